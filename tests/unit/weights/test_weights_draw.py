from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from initializer_dicts import built_in

from modelspec.weights import values as module
from modelspec.weights.draw import draw
from modelspec.weights.dtypes import below, rounded, stored_dtype
from modelspec.weights.values import Values

RANDOM = ("RandomUniform", "RandomNormal", "TruncatedNormal", "GlorotUniform", "HeNormal", "Orthogonal")


def _draw(data: dict[str, object], shape: tuple[int, ...], **other: object) -> Values:
    given = {"dtype": "float32", "seed": 0, "owner": "a", "below": "vars/0"} | other
    return draw(data, shape=shape, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", [*RANDOM, "Ones", "Identity"])
def test_blocks_in_any_order_are_the_array(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = _draw(built_in(name), (101, 97)).array()
    monkeypatch.setattr(module, "BLOCK", 1 << 12)
    parts = list(_draw(built_in(name), (101, 97)).steps())
    assert len(parts) == (1 if name == "Orthogonal" else 3)
    made = [part.make() for part in reversed(parts)][::-1]
    assert [len(values) for values in made] == [part.count for part in parts]
    assert np.concatenate(made).tobytes() == whole.tobytes()


@settings(deadline=None, max_examples=60)
@given(
    rows=st.integers(0, 40),
    columns=st.integers(0, 40),
    gain=st.sampled_from([1.0, -2.5, 0.0]),
    block=st.sampled_from([4, 8, 60, 1 << 20]),
)
def test_an_identity_in_blocks_is_the_identity(rows: int, columns: int, gain: float, block: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "BLOCK", block)
        values = _draw(built_in("Identity", gain=gain), (rows, columns))
        assert np.array_equal(values.array(), gain * np.eye(rows, columns, dtype=np.float32))
        assert values.is_zero == (gain == 0.0)


@pytest.mark.parametrize("name", RANDOM)
def test_values_depend_on_seed_layer_and_address_and_on_nothing_else(name: str) -> None:
    base = _draw(built_in(name), (8, 6)).array()
    assert np.array_equal(base, _draw(built_in(name), (8, 6)).array())
    for change in ({"seed": 1}, {"owner": "b"}, {"below": "vars/1"}):
        assert not np.array_equal(base, _draw(built_in(name), (8, 6), **change).array())


@pytest.mark.parametrize("name", RANDOM)
def test_an_explicit_seed_gives_equal_values_everywhere(name: str) -> None:
    first = _draw(built_in(name, seed=5), (8, 6)).array()
    second = _draw(built_in(name, seed=5), (8, 6), seed=1, owner="b", below="vars/3").array()
    assert np.array_equal(first, second)
    assert not np.array_equal(first, _draw(built_in(name, seed=6), (8, 6)).array())


def test_a_seed_generator_gives_other_values_at_each_use() -> None:
    def seeded(seed: int | None) -> dict[str, object]:
        config = {"name": "seed_generator", "seed": seed}
        generator = {"module": "keras.random", "class_name": "SeedGenerator", "config": config}
        return built_in("RandomNormal", seed=generator)

    first = _draw(seeded(5), (8,)).array()
    assert np.array_equal(first, _draw(seeded(5), (8,), seed=1).array())
    assert not np.array_equal(first, _draw(seeded(5), (8,), owner="b").array())
    assert np.array_equal(_draw(seeded(None), (8,)).array(), _draw(built_in("RandomNormal"), (8,)).array())


@pytest.mark.parametrize("name", ["GlorotUniform", "RandomNormal"])
@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32"])
def test_a_smaller_dtype_holds_the_same_values_rounded_once(name: str, dtype: str) -> None:
    exact = _draw(built_in(name), (50, 60), dtype="float64").array()
    expected = rounded(exact, stored_dtype(dtype))
    if name == "GlorotUniform":
        # The upper bound is excluded after rounding too.
        expected = np.minimum(expected, np.array(below((6 / 110) ** 0.5, expected.dtype), expected.dtype))
    assert np.array_equal(_draw(built_in(name), (50, 60), dtype=dtype).array(), expected)


def test_a_longer_tensor_begins_with_the_shorter_one() -> None:
    short = _draw(built_in("RandomNormal"), (1001,)).array()
    long = _draw(built_in("RandomNormal"), (3000,)).array()
    assert np.array_equal(long[:1001], short)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float8_e4m3fn", "float8_e5m2"])
def test_rounding_is_to_the_nearest_and_ties_to_even(dtype: str) -> None:
    kind = stored_dtype(dtype)
    digits = ml_dtypes.finfo(kind).nmant
    unit = 2.0**-digits
    values = np.array([1 + unit / 2, 1 + unit / 2 + 2.0**-40, 1 + 1.5 * unit, -1 - unit / 2 - 2.0**-40])
    expected = [1.0, 1 + unit, 1 + 2 * unit, -1 - unit]
    assert rounded(values, kind).astype(np.float64).tolist() == expected


def test_bfloat16_keeps_what_is_not_finite() -> None:
    values = np.array([np.inf, -np.inf, np.nan, 0.0, -0.0])
    found = rounded(values, stored_dtype("bfloat16")).astype(np.float64)
    assert np.array_equal(found, values, equal_nan=True)
    assert np.signbit(found[4])


@pytest.mark.parametrize(
    ("value", "dtype", "expected"),
    [
        (2.5, "float32", [2.5, 2.5]),
        (2.7, "int32", [2, 2]),
        (2**53 + 1, "int64", [2**53 + 1] * 2),
        (True, "bool", [True, True]),
        (1, "bfloat16", [1.0, 1.0]),
        ([1.0, 2.0], "float16", [1.0, 2.0]),
        ([3], "uint8", [3, 3]),
    ],
)
def test_a_constant_fills_any_dtype(value: object, dtype: str, expected: list[object]) -> None:
    found = _draw(built_in("Constant", value=value), (2,), dtype=dtype)
    assert found.array().tolist() == expected
    assert found.array().dtype == stored_dtype(dtype)
    assert not found.is_zero


def test_zeros_are_known_to_be_zero_and_negative_zero_is_not() -> None:
    assert _draw(built_in("Zeros"), (3,), dtype="bfloat16").is_zero
    assert _draw(built_in("Constant", value=0), (3,), dtype="int8").is_zero
    assert _draw(built_in("Constant", value=[[0.0], [0.0]]), (2, 2)).is_zero
    assert not _draw(built_in("Constant", value=-0.0), (3,)).is_zero


@pytest.mark.parametrize("name", [*RANDOM, "Ones"])
def test_an_empty_tensor_has_no_values(name: str) -> None:
    found = _draw(built_in(name), (0, 4))
    assert found.array().shape == (0, 4)
    assert list(found.blocks()) == []


GOLDEN_CASES: tuple[tuple[str, dict[str, object], tuple[int, ...]], ...] = (
    ("RandomUniform", {"minval": -1, "maxval": 3}, (40, 30)),
    ("RandomNormal", {}, (40, 30)),
    ("TruncatedNormal", {"mean": 0.1}, (40, 30)),
    ("GlorotUniform", {}, (3, 3, 16, 32)),
    ("HeNormal", {}, (3, 3, 16, 32)),
    ("VarianceScaling", {"distribution": "untruncated_normal", "seed": 9}, (40, 30)),
    ("Orthogonal", {}, (200, 160)),
    ("Orthogonal", {"gain": 0.5}, (30, 170)),
    ("STFT", {}, (64, 1, 33)),
    ("STFT", {"side": "imag", "window": "hamming", "scaling": "spectrum", "periodic": True}, (60, 1, 31)),
)
GOLDEN = "90dbcbc38e619ba483cfee2041599537b5bae11690b6fef2f37566347932f2fb"


def _golden() -> str:
    digest = hashlib.sha256()
    for name, config, shape in GOLDEN_CASES:
        for dtype in ("float16", "bfloat16", "float32", "float64"):
            digest.update(
                _draw(built_in(name, **config), shape, dtype=dtype, seed=7, owner="s/a").array().tobytes()
            )
    return digest.hexdigest()


def test_values_are_kept_for_good() -> None:
    assert _golden() == GOLDEN


def _vector_units() -> str:
    """What NumPy uses of this processor beyond the least it needs."""
    extensions = np.show_config(mode="dicts")["SIMD Extensions"]
    return " ".join(extensions.get("found", ()))


@pytest.mark.parametrize(
    "environment",
    [
        {"OPENBLAS_CORETYPE": "Prescott", "OPENBLAS_NUM_THREADS": "1"},
        {"NPY_DISABLE_CPU_FEATURES": _vector_units(), "OPENBLAS_CORETYPE": "Haswell"},
    ],
)
def test_values_are_the_same_on_other_processors(environment: dict[str, str]) -> None:
    code = "import sys; sys.path.insert(0, sys.argv[1]); import test_weights_draw as t; print(t._golden())"
    found = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code, str(Path(__file__).parent)],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | environment,
    )
    assert found.stdout.strip() == GOLDEN
