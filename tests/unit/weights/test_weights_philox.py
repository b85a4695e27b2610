from __future__ import annotations

import hashlib

import numpy as np
import pytest

from modelspec.weights.keys import shared_key, variable_key
from modelspec.weights.philox import stream

# Known answers of Philox 4x64 with 10 rounds, from Random123's `kat_vectors`: counter, key, words.
KNOWN = [
    (
        (0, 0, 0, 0),
        (0, 0),
        (0x16554D9ECA36314C, 0xDB20FE9D672D0FDC, 0xD7E772CEE186176B, 0x7E68B68AEC7BA23B),
    ),
    (
        (2**64 - 1,) * 4,
        (2**64 - 1,) * 2,
        (0x87B092C3013FE90B, 0x438C3C67BE8D0224, 0x9CC7D7C69CD777B6, 0xA09CAEBF594F0BA0),
    ),
    (
        (0x243F6A8885A308D3, 0x13198A2E03707344, 0xA4093822299F31D0, 0x082EFA98EC4E6C89),
        (0x452821E638D01377, 0xBE5466CF34E90C6C),
        (0xA528F45403E61D95, 0x38C72DBD566E9788, 0xA5A1610E72FD18B5, 0x57BD43B5E52B7FE6),
    ),
]


@pytest.mark.parametrize(("counter", "key", "expected"), KNOWN)
def test_the_words_are_those_of_random123(
    counter: tuple[int, ...], key: tuple[int, int], expected: tuple[int, ...]
) -> None:
    position = sum(word << (64 * i) for i, word in enumerate(counter))
    start = (position - 1) % 2**256 * 4
    assert tuple(stream(key, start).random_raw(4).tolist()) == expected


def test_a_stream_goes_on_from_any_count() -> None:
    whole = stream((1, 2), 0).random_raw(4000)
    assert np.array_equal(stream((1, 2), 1024).random_raw(2976), whole[1024:])


def test_no_stream_begins_within_a_count() -> None:
    with pytest.raises(ValueError, match="word 3"):
        stream((1, 2), 3)


def test_keys_differ_by_seed_layer_and_address_and_are_kept_for_good() -> None:
    keys = [
        variable_key(0, "a", "vars/0"),
        variable_key(1, "a", "vars/0"),
        variable_key(0, "a/vars", "0"),
        variable_key(0, "b", "vars/0"),
        shared_key(0),
        shared_key(1),
    ]
    assert len(set(keys)) == len(keys)
    assert all(0 <= word < 2**64 for key in keys for word in key)
    text = '["modelspec-draw-1","variable",7,"s2/residual_1/main","vars/0"]'
    digest = hashlib.sha256(text.encode()).digest()
    low, high = (int.from_bytes(part, "little") for part in (digest[:8], digest[8:16]))
    assert variable_key(7, "s2/residual_1/main", "vars/0") == (low, high)


def test_a_seed_may_be_any_integer_and_a_path_any_text() -> None:
    assert variable_key(-1, "ü", "vars/0") != variable_key(2**80, "ü", "vars/0")
