from __future__ import annotations

import inspect

import keras
import numpy as np
import pytest
from initializer_dicts import built_in
from keras.src.initializers.random_initializers import compute_fans

from modelspec.weights.recipes import (
    Constant,
    Normal,
    UndrawableError,
    Uniform,
    fans,
    read_initializer,
)

SHAPES = [
    (),
    (7,),
    (0,),
    (5, 9),
    (3, 3, 8, 16),
    (3, 3, 64, 1),
    (5, 2, 4),
    (2, 3, 4, 5, 6),
]
CLASSES = sorted(
    name
    for name, value in vars(keras.initializers).items()
    if inspect.isclass(value) and name[0].isupper() and name != "Initializer"
)
FIT = {"Identity": (4, 6), "IdentityInitializer": (4, 6), "STFT": (16, 1, 9), "STFTInitializer": (16, 1, 9)}


@pytest.mark.parametrize("shape", SHAPES)
def test_fans_are_those_of_keras(shape: tuple[int, ...]) -> None:
    assert fans(shape) == compute_fans(shape)


@pytest.mark.parametrize(
    ("inputs", "outputs"), [([0], [1, 2]), ([0, 1], [2]), ([-1], [0]), ([], [0]), ([0], None), (None, [1])]
)
def test_fans_over_given_axes_are_those_of_keras(inputs: list[int] | None, outputs: list[int] | None) -> None:
    shape = (6, 4, 5)
    assert fans(shape, inputs=inputs, outputs=outputs) == compute_fans(
        shape, input_axes=inputs, output_axes=outputs
    )


@pytest.mark.parametrize("name", CLASSES)
def test_every_initializer_of_keras_is_read_with_and_without_its_defaults(name: str) -> None:
    instance = getattr(keras.initializers, name)()
    data = keras.initializers.serialize(instance)
    shape = FIT.get(name, (4, 6))
    written = read_initializer(data, shape=shape, dtype="float32")
    assert written == read_initializer(built_in(name), shape=shape, dtype="float32")
    assert set(data["config"]) <= set(inspect.signature(type(instance).__init__).parameters)


def test_scaling_follows_given_axes() -> None:
    recipe = read_initializer(
        built_in("GlorotUniform", input_axes=[0], output_axes=[1, 2]), shape=(6, 4, 5), dtype="float32"
    )
    limit = (6 / (6 + 20)) ** 0.5
    assert isinstance(recipe.makes, Uniform)
    assert recipe.makes.high == pytest.approx(limit)
    assert recipe.makes.low == -recipe.makes.high


def test_normal_is_keras_old_name_of_the_truncated_one() -> None:
    old = read_initializer(built_in("VarianceScaling", distribution="Normal"), shape=(4, 6), dtype="float32")
    new = read_initializer(built_in("VarianceScaling"), shape=(4, 6), dtype="float32")
    assert old == new
    assert isinstance(new.makes, Normal)
    assert new.makes.truncated


def test_a_serialized_array_is_read_as_its_numbers() -> None:
    data = keras.initializers.serialize(keras.initializers.Constant(np.array([[1.0, 2.0]])))
    assert read_initializer(data, shape=(3, 2), dtype="float32").makes == Constant([[1.0, 2.0]])


@pytest.mark.parametrize(
    ("data", "shape", "dtype", "message"),
    [
        (built_in("Nonsense"), (2, 2), "float32", "no initializer that Keras has built in"),
        (built_in("Ones") | {"registered_name": "acme>Ones"}, (2,), "float32", "built in"),
        (built_in("Ones") | {"module": "acme"}, (2,), "float32", "`Ones` of `acme`"),
        (built_in("Ones", gain=2), (2,), "float32", "`Ones` has no argument `gain`"),
        (built_in("Identity"), (2, 2, 2), "float32", "two dimensions"),
        (built_in("Orthogonal"), (2,), "float32", "two dimensions or more"),
        (built_in("RandomNormal"), (2,), "int32", "a variable of `int32` cannot hold"),
        (built_in("Orthogonal"), (2, 2), "bool", "a variable of `bool` cannot hold"),
        (built_in("Constant", value=[1, 2]), (3,), "float32", "do not fit"),
        (built_in("Constant", value=[[1, 2], [3]]), (2, 2), "float32", "differ in length"),
        (built_in("Constant", value=[[1, 2]]), (2,), "float32", "do not fit"),
        (built_in("Constant", value="x"), (2,), "float32", "no number"),
        (built_in("RandomUniform", minval=1, maxval=0), (2,), "float32", "above `maxval`"),
        (built_in("VarianceScaling", scale=0), (2, 2), "float32", "not scaled"),
        (built_in("VarianceScaling", distribution="cauchy"), (2, 2), "float32", "`cauchy`"),
        (built_in("GlorotUniform", input_axes=[5], output_axes=[0]), (2, 2), "float32", "the axes"),
        (built_in("GlorotUniform", seed="x"), (2, 2), "float32", "the seed `x`"),
        (built_in("STFT"), (4, 2, 3), "float32", "an STFT kernel"),
        (built_in("STFT", window=[1, 2]), (4, 1, 3), "float32", "the frame's length, 4"),
    ],
)
def test_what_cannot_be_drawn_says_why(
    data: dict[str, object], shape: tuple[int, ...], dtype: str, message: str
) -> None:
    with pytest.raises(UndrawableError, match=message):
        read_initializer(data, shape=shape, dtype=dtype)
