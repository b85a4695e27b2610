"""Names of any length and of any letters are told short and harmless."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import modelspec
from modelspec import SpecError

LONG = "a" * 100_000
STEERING = "a\x1b[2Jb\nc"
GOOD = {"head/kernel": np.ones((2, 2)), "head/bias": np.ones(2)}


def model() -> Any:
    import keras

    return keras.Sequential([keras.Input((2,)), keras.layers.Dense(2, name="head")])


@pytest.mark.parametrize("name", [LONG, f"{LONG}/kernel", STEERING, f"{STEERING}/kernel"])
@pytest.mark.parametrize(
    ("arrays", "options", "code"),
    [
        (lambda name: {**GOOD, name: np.ones(3)}, {}, "unexpected-weights"),
        (lambda name: {name: np.ones((2, 2))}, {}, "nothing-matches"),
        (lambda name: {"head/bias": np.ones(2), name: np.ones((2, 2))}, {}, "missing-weights"),
        (lambda name: GOOD, {"into": True}, "unknown-subtree"),
        (lambda name: GOOD, {"source": True}, "unknown-subtree"),
        (lambda name: GOOD, {"only": True}, "idle-pattern"),
        (lambda name: {f"{name}/x/kernel": np.ones((2, 2))}, {"source": "b"}, "unknown-subtree"),
    ],
    ids=["unexpected", "nothing", "missing", "into", "from", "only", "nearest"],
)
def test_no_message_holds_a_foreign_name_whole(name: str, arrays: Any, options: Any, code: str) -> None:
    given = {key: name if value is True else value for key, value in options.items()}
    with pytest.raises(SpecError) as raised:
        modelspec.attach(model(), arrays(name), **given)
    assert code in [item.code for item in raised.value.diagnostics]
    for item in raised.value.diagnostics:
        for text in (item.message, item.help or ""):
            assert len(text) < 1_000
            assert text.isprintable()
