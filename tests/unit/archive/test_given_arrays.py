"""Tensors of each library become arrays with the same bits; what is no array is told by its key."""

from __future__ import annotations

from typing import Any

import ml_dtypes
import numpy as np
import pytest

import modelspec
from modelspec import SpecError
from modelspec.archive.checkpoint import checkpoint_of_arrays
from modelspec.archive.checkpoint.given_arrays import as_array

DTYPES = ("float32", "float16", "bfloat16", "int8", "float8_e4m3fn", "float8_e5m2", "bool")


def every_bit_pattern(dtype: str) -> np.ndarray[Any, Any]:
    """An array of a dtype with as many patterns of bits as there are, NaNs and -0.0 among them."""
    made = np.dtype(getattr(ml_dtypes, dtype, dtype))
    if dtype == "bool":
        return np.array([True, False])
    bits = np.arange(256, dtype=np.uint8) if made.itemsize == 1 else np.arange(1 << 16, dtype=np.uint16)
    return (bits.astype(np.uint32) << 16 if made.itemsize == 4 else bits).view(made)


def torch_tensor(array: np.ndarray[Any, Any]) -> Any:
    import torch

    if array.dtype.isbuiltin == 1:
        return torch.from_numpy(array.copy())
    return torch.from_numpy(array.view(f"u{array.itemsize}").copy()).view(getattr(torch, array.dtype.name))


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_tensor_of_pytorch_keeps_its_bits(dtype: str) -> None:
    array = every_bit_pattern(dtype)
    found = as_array("a", torch_tensor(array))
    assert found.dtype == array.dtype
    assert found.tobytes() == array.tobytes()


def test_a_tensor_of_pytorch_may_have_a_gradient_be_turned_or_conjugate() -> None:
    import torch

    grown = torch.nn.Parameter(torch.arange(6.0).reshape(2, 3))
    assert np.array_equal(as_array("a", grown), np.arange(6.0).reshape(2, 3))
    assert np.array_equal(as_array("a", grown.T), np.arange(6.0).reshape(2, 3).T)
    turned = torch_tensor(every_bit_pattern("bfloat16")[:6].reshape(2, 3)).T
    assert as_array("a", turned).tobytes() == every_bit_pattern("bfloat16")[:6].reshape(2, 3).T.tobytes()
    assert as_array("a", torch.tensor([1 + 2j]).conj()).tolist() == [1 - 2j]
    assert as_array("a", torch.tensor(2.5, dtype=torch.bfloat16)).shape == ()


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_tensor_of_jax_keeps_its_bits(dtype: str) -> None:
    import jax.numpy as jnp

    array = every_bit_pattern(dtype)
    found = as_array("a", jnp.asarray(array))
    assert found.dtype == array.dtype
    assert found.tobytes() == array.tobytes()


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
@pytest.mark.parametrize("kind", ["constant", "Variable"])
def test_a_tensor_of_tensorflow_keeps_its_bits(dtype: str, kind: str) -> None:
    tf = pytest.importorskip("tensorflow")
    array = every_bit_pattern(dtype)
    found = as_array("a", getattr(tf, kind)(array))
    assert found.dtype == array.dtype
    assert found.tobytes() == array.tobytes()


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_a_variable_of_keras_is_its_value(dtype: str) -> None:
    import keras

    array = every_bit_pattern(dtype)
    found = as_array("a", keras.Variable(array, dtype=dtype))
    assert found.dtype == array.dtype
    assert found.tobytes() == array.tobytes()


def test_an_array_of_numpy_is_not_copied() -> None:
    array = np.arange(3.0)
    assert as_array("a", array) is array


class Stubborn:
    """Something that says it is an array, and is none."""

    def __array__(self, *arguments: Any, **named: Any) -> Any:
        raise LookupError("none\nof this")


def sparse() -> Any:
    import torch

    return torch.eye(2).to_sparse()


def on_meta() -> Any:
    import torch

    return torch.empty(2, device="meta")


@pytest.mark.parametrize(
    ("key", "given", "named"),
    [
        ("a/kernel", lambda: [[1.0, 2.0], [3.0]], "`a/kernel`"),
        ("a/kernel", Stubborn, "`none`"),
        ("a/kernel", sparse, "`a/kernel`"),
        ("a/kernel", on_meta, "`a/kernel`"),
        ("a", lambda: {"kernel": [1.0]}, "a mapping under `a`"),
        (3, lambda: [1.0], "the key `3`"),
        (("a", "b"), lambda: [1.0], "the key `('a', 'b')`"),
        ("a\x1b" + "b" * 1000, lambda: [[1.0], []], "`a\\x1bb"),
    ],
    ids=["ragged", "raises", "sparse", "meta", "mapping", "number", "tuple", "long"],
)
def test_what_is_no_array_is_told_by_its_key(key: Any, given: Any, named: str) -> None:
    with pytest.raises(SpecError) as raised:
        checkpoint_of_arrays({key: given(), "b": [1.0]}, shown="the arrays")
    (told,) = raised.value.diagnostics
    assert told.code == "not-an-array"
    assert named in told.message
    assert told.help
    assert len(told.message) < 400
    assert told.message.isprintable()


def test_all_that_are_no_arrays_are_told_at_once() -> None:
    with pytest.raises(SpecError) as raised:
        checkpoint_of_arrays({"a": [[1], []], 3: [1], "c": {}}, shown="the arrays")  # type: ignore[dict-item]
    assert [item.code for item in raised.value.diagnostics] == ["not-an-array"] * 3


def test_tensors_are_attached_to_a_live_model_with_their_values() -> None:
    import keras
    import torch

    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2, name="head")])
    kernel = torch.nn.Parameter(torch.tensor([[1.5, 2.0], [3.0, 4.0]], dtype=torch.bfloat16))
    modelspec.attach(model, {"head/kernel": kernel, "head/bias": keras.Variable([5.0, 6.0])})
    assert model.get_layer("head").kernel.numpy().tolist() == [[1.5, 2.0], [3.0, 4.0]]
    assert model.get_layer("head").bias.numpy().tolist() == [5.0, 6.0]
    with pytest.raises(SpecError):
        modelspec.attach(model, {"head/kernel": [[1.0], [2.0, 3.0]], "head/bias": [0.0, 0.0]})
    assert model.get_layer("head").bias.numpy().tolist() == [5.0, 6.0]
