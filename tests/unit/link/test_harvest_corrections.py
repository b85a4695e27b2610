"""Each correction is tried with the real class or operation: what it lets pass, Keras takes."""

from __future__ import annotations

import json
import warnings
from importlib.util import find_spec

import keras
import numpy as np
import pytest

from modelspec.catalog.load import load_catalog
from modelspec.link.harvest.choices import NONSENSE
from modelspec.link.harvest.corrections import (
    ARGUMENT_CHOICES,
    ARGUMENT_FAMILIES,
    ARGUMENT_KINDS,
    KINDS_BY_NAME,
)
from modelspec.link.harvest.surface import read_surface
from modelspec.link.harvest.trials import make, try_class

DATA = load_catalog(keras.__version__)._data
SURFACE = read_surface()

# Values of each kind, of which Keras has to take at least one.
VALUES = {
    "bool": (True, False),
    "int": (2, 1, 4, 0, -1),
    "float": (0.5, 1.5, 0.0, 1e-3, 2.0),
    "str": ("sample", "ab,bc->ac", "c", "xyxy", "float32", "auto", "log.csv", "a.keras"),
    "list": (
        [1],
        [0],
        [2],
        [0.25, 0.5],
        [1, 1],
        [1, 2],
        [0.5, 0.25, 0.125],
        [[1, 1], [1, 1]],
        [[1, 1], [1, 1], [1, 1]],
        [None, 2],
    ),
    "mapping": (
        {"a": "float32"},
        {"hidden": {"module": "keras.optimizers", "class_name": "Adam", "config": {}}},
    ),
    "object": ({"module": "keras.random", "class_name": "SeedGenerator", "config": {"seed": 1}},),
}
# What has to be given with an argument, by its value.
TOGETHER = {
    "InputLayer.batch_shape": lambda value: {"shape": None},
    "Normalization.mean": lambda value: {"variance": value},
    "Normalization.variance": lambda value: {"mean": value},
}
# Objects that no config holds, or classes that cannot be made from one alone.
NOT_TRIED = {
    ("gamma", "object"),  # a tensor, for operations only
    ("gamma", "list"),
    ("idf_weights", "list"),  # needs TensorFlow
    ("max_tokens", "int"),
    ("num_oov_indices", "int"),
    ("output_sequence_length", "int"),
    ("salt", "int"),
    ("salt", "list"),
    ("OrbaxCheckpoint.save_freq", "str"),  # needs one more library
    ("OrbaxCheckpoint.save_freq", "int"),
    ("OptimizerMap.optimizer_map", "mapping"),  # its values are made from configs elsewhere
}

# A call with a value for the parameter, and what it takes and refuses.
X = np.ones((2, 3), "float32")
IMAGE = np.ones((4, 4, 3), "float32")
OPERATIONS = {
    "ops.average.axis": (lambda v: keras.ops.average(X, axis=v), (0, [0, 1])),
    "ops.cond.pred": (lambda v: keras.ops.cond(v, lambda: 1, lambda: 0), (True, np.array(True))),
    "ops.correlate.mode": (
        lambda v: keras.ops.correlate(X[0], X[0], mode=v),
        ("valid", "same", "full", (NONSENSE,)),
    ),
    "ops.einsum.subscripts": (lambda v: keras.ops.einsum(v, X, X), ("ij,ij->i", (NONSENSE,))),
    "ops.expand_dims.axis": (lambda v: keras.ops.expand_dims(X, v), (0, [0, 1])),
    "ops.image.affine_transform.fill_mode": (
        lambda v: keras.ops.image.affine_transform(IMAGE, np.ones(8, "float32"), fill_mode=v),
        ("constant", "nearest", "wrap", "mirror", "reflect", (NONSENSE,)),
    ),
    "ops.image.elastic_transform.fill_mode": (
        lambda v: keras.ops.image.elastic_transform(IMAGE, fill_mode=v),
        ("constant", "nearest", "wrap", "mirror", "reflect", (NONSENSE,)),
    ),
    "ops.image.resize.interpolation": (
        lambda v: keras.ops.image.resize(IMAGE, (2, 2), interpolation=v),
        ("nearest", "bilinear", "bicubic", "lanczos3", "lanczos5", (NONSENSE,)),
    ),
    "ops.meshgrid.indexing": (
        lambda v: keras.ops.meshgrid(X[0], X[1], indexing=v),
        ("xy", "ij", (NONSENSE,)),
    ),
    "ops.moveaxis.destination": (
        lambda v: keras.ops.moveaxis(X, [0, 1] if isinstance(v, list) else 0, v),
        (1, [1, 0]),
    ),
    "ops.moveaxis.source": (
        lambda v: keras.ops.moveaxis(X, v, [0, 1] if isinstance(v, list) else 0),
        (1, [1, 0]),
    ),
    "ops.norm.ord": (lambda v: keras.ops.norm(X, ord=v), (2, 1.0, "fro", "nuc", (NONSENSE,))),
    "ops.pad.mode": (lambda v: keras.ops.pad(X, 1, mode=v), ("reflect", (NONSENSE,))),
    "ops.pad.pad_width": (lambda v: keras.ops.pad(X, v), (1, [[1, 1], [0, 1]])),
    "ops.qr.mode": (lambda v: keras.ops.qr(X, mode=v), ("reduced", "complete", (NONSENSE,))),
    # Of the backends, JAX alone refuses a plain list.
    "ops.repeat.repeats": (lambda v: keras.ops.repeat(X, np.array(v), axis=0), (2, [1, 2])),
    "ops.reshape.newshape": (lambda v: keras.ops.reshape(X, v), (6, [3, 2])),
    "ops.roll.shift": (
        lambda v: keras.ops.roll(X, v, axis=[0, 1] if isinstance(v, list) else 0),
        (1, [1, 2]),
    ),
    "ops.searchsorted.side": (
        lambda v: keras.ops.searchsorted(X[0], X[0], side=v),
        ("left", "right", (NONSENSE,)),
    ),
    "ops.switch.index": (
        lambda v: keras.ops.switch(v, [lambda: 1, lambda: 2]),
        (1, np.array(1)),
    ),
    "ops.tensordot.axes": (lambda v: keras.ops.tensordot(X, X.T, axes=v), (1, [[0], [1]])),
    "ops.tile.repeats": (lambda v: keras.ops.tile(X, v), (2, [1, 2])),
}


@pytest.fixture(autouse=True)
def _quiet():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def short(name: str) -> str:
    return name.rpartition(".")[2]


def having(key: str) -> list[tuple[str, str]]:
    """The classes and the argument that a key is about."""
    owner, _, argument = key.rpartition(".")
    return [
        (name, argument)
        for name, entry in DATA["classes"].items()
        if argument in entry["arguments"] and owner in ("", "*", short(name))
    ]


def takes(name: str, argument: str, value: object) -> bool:
    cls = SURFACE.canonical[name]
    entry = DATA["classes"][name]
    trial = try_class(name, cls, entry["arguments"])
    base = trial.base
    if base is None and entry.get("needs_tensorflow") and find_spec("tensorflow") is None:
        pytest.skip("TensorFlow is not installed")
    together = TOGETHER.get(f"{short(name)}.{argument}", lambda value: {})
    try:
        make(name, {**(base or {}), **together(value), argument: value})
    except Exception:
        return False
    return True


@pytest.mark.parametrize("key", [*ARGUMENT_FAMILIES, *ARGUMENT_KINDS, *KINDS_BY_NAME, *ARGUMENT_CHOICES])
def test_every_correction_is_about_an_argument_that_exists(key):
    owner, _, argument = key.rpartition(".")
    operations = DATA["operations"]
    of_operation = (
        owner.startswith("ops.") and argument in operations[owner.removeprefix("ops.")]["parameters"]
    )
    anywhere = owner == "" and any(argument in entry["parameters"] for entry in operations.values())
    of_method = owner in ("compile", "fit") and argument in DATA[owner]["arguments"]
    assert having(key) or of_operation or anywhere or of_method


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        (key, kind)
        for table in (ARGUMENT_KINDS, KINDS_BY_NAME)
        for key, correction in table.items()
        if not key.startswith(("ops.", "compile.", "fit.")) and having(key)
        for kind in correction.value or ()
        if (key, kind) not in NOT_TRIED and not key.startswith("TextVectorization.")
    ],
)
def test_keras_takes_each_kind_that_a_correction_names(key, kind):
    tried = [
        (name, argument, value)
        for name, argument in having(key)
        for value in (
            *(DATA["classes"][name]["arguments"][argument].get("choices", ()) if kind == "str" else ()),
            *VALUES[kind],
        )
    ]
    assert any(takes(*attempt) for attempt in tried)


@pytest.mark.parametrize(
    "key", [key for key in ARGUMENT_CHOICES if not key.startswith(("ops.", "compile.", "fit."))]
)
def test_keras_takes_each_choice_and_no_other_word_where_it_looks(key):
    correction = ARGUMENT_CHOICES[key]
    hits = [(name, argument) for name, argument in having(key) if not DATA["classes"][name].get("untried")]
    for name, argument in hits:
        entry = DATA["classes"][name]["arguments"][argument]
        if correction.value is None:
            assert "choices" not in entry
            continue
        if "str" not in entry.get("kinds", ()):
            continue
        assert set(entry["choices"]) <= set(correction.value)
        for choice in entry["choices"]:
            assert takes(name, argument, choice), (name, choice)


@pytest.mark.parametrize(
    "key",
    [key for key in {**ARGUMENT_KINDS, **ARGUMENT_CHOICES} if key.startswith("ops.")],
)
def test_an_operation_takes_what_its_correction_says(key):
    call, values = OPERATIONS[key]
    owner, _, argument = key.rpartition(".")
    entry = DATA["operations"][owner.removeprefix("ops.")]["parameters"][argument]
    taken = [value for value in values if not isinstance(value, tuple)]
    for value in taken:
        call(value)
    for (refused,) in (value for value in values if isinstance(value, tuple)):
        with pytest.raises(Exception, match=r"."):
            call(refused)
    kinds = {type(value).__name__ for value in taken}
    assert not entry.get("kinds") or kinds == set(entry["kinds"])
    if "choices" in entry and key in ARGUMENT_CHOICES:
        assert [value for value in taken if isinstance(value, str)] == entry["choices"]


def test_compile_takes_what_its_corrections_say():
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    for value in (True, False, "auto"):
        model.compile(loss="mse", jit_compile=value)
    for value in (True, False):
        model.compile(loss="mse", auto_scale_loss=value)
    for value in ([1.0], {"dense": 1.0}, 1.0):
        model.compile(loss="mse", loss_weights=value)


def test_corrected_numbers_are_numbers_to_keras_too():
    samples = {"num_heads": 2, "key_dim": 2, "value_dim": 2}
    keras.layers.MultiHeadAttention(**samples)
    for name in samples:
        with pytest.raises(ValueError, match=name):
            keras.layers.MultiHeadAttention(**{**samples, name: "two"})


@pytest.mark.skipif(find_spec("tensorflow") is None, reason="these layers need TensorFlow")
def test_text_layers_take_what_their_corrections_say():
    for argument in ("split", "standardize"):
        for choice in ARGUMENT_CHOICES[f"TextVectorization.{argument}"].value:
            keras.layers.TextVectorization(**{argument: choice})
        with pytest.raises(ValueError, match=argument):
            keras.layers.TextVectorization(**{argument: NONSENSE})
        keras.layers.TextVectorization(**{argument: lambda text: text})
    for ngrams in (2, [1, 2]):
        keras.layers.TextVectorization(ngrams=ngrams if isinstance(ngrams, int) else tuple(ngrams))
    assert keras.layers.StringLookup(oov_token="x").oov_token == "x"
    assert keras.layers.IntegerLookup(oov_token=-2).oov_token == -2
    for method in ARGUMENT_CHOICES["*.oov_method"].value:
        for lookup in (keras.layers.IntegerLookup, keras.layers.StringLookup):
            lookup(oov_method=method, num_oov_indices=2)
    for layer in (keras.layers.IntegerLookup, keras.layers.TextVectorization):
        layer(max_tokens=10)
        with pytest.raises((ValueError, TypeError)):
            layer(max_tokens=-1)


@pytest.mark.parametrize(
    ("name", "argument"),
    [
        (name, argument)
        for name, entry in DATA["classes"].items()
        for argument, described in entry["arguments"].items()
        if "choices" in described and not entry.get("untried")
    ],
)
def test_keras_takes_every_choice_of_the_catalog(name, argument):
    described = DATA["classes"][name]["arguments"][argument]
    for choice in described["choices"]:
        assert takes(name, argument, choice)
        if described.get("folded"):
            assert takes(name, argument, choice.upper())


def test_the_catalog_is_json_with_nothing_but_known_kinds():
    known = {"bool", "int", "float", "str", "list", "mapping", "object"}
    for section, members in (("classes", "arguments"), ("operations", "parameters")):
        for entry in DATA[section].values():
            for described in entry[members].values():
                assert set(described.get("kinds", ())) <= known
                assert not described.get("choices") or "str" in described["kinds"]
    json.dumps(DATA, allow_nan=False)
