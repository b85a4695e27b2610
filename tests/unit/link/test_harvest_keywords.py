"""Which keywords a class takes besides the parameters of its own constructor."""

from __future__ import annotations

import inspect
import json
import warnings
from importlib.util import find_spec

import keras
import pytest

from modelspec.catalog.load import load_catalog
from modelspec.link.harvest.handed_on import keywords_taken
from modelspec.link.harvest.surface import read_surface

CLASSES = load_catalog(keras.__version__)._data["classes"]
SURFACE = read_surface()
NEEDING_TENSORFLOW = tuple(name for name, entry in CLASSES.items() if entry.get("needs_tensorflow"))
MADE_UP = "no_such_keyword"
# A value of each keyword that Keras takes if it takes the keyword.
VALUES = {
    "activity_regularizer": None,
    "autocast": True,
    "dtype": None,
    "encoding": "utf-8",
    "has_input_vocabulary": False,
    "input_dim": None,
    "input_shape": [2],
    "max_tokens": 9,
    "name": "sample",
    "num_bins": 2,
    "num_oov_indices": 1,
    "oov_method": "floormod",
    "oov_token": "x",
    "output_mode": "int",
    "trainable": False,
    "vocabulary_dtype": "string",
    "vocabulary_size": None,
}


@pytest.fixture(autouse=True)
def _quiet():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def known(name: str) -> frozenset[str]:
    return frozenset({*CLASSES[name]["arguments"], *CLASSES[name].get("legacy", ())})


def refusal(name: str, keywords: dict[str, object]) -> str | None:
    required = {"num_bins": 2} if "num_bins" in CLASSES[name]["arguments"] else {}
    try:
        SURFACE.canonical[name](**{**required, **keywords})
    except (TypeError, ValueError) as error:
        return str(error)
    return None


def swallows(name: str) -> bool:
    return refusal(name, {MADE_UP: 1}) is None


@pytest.mark.skipif(find_spec("tensorflow") is None, reason="these layers need TensorFlow")
@pytest.mark.parametrize("name", NEEDING_TENSORFLOW)
def test_a_class_that_only_tensorflow_can_make_has_the_keywords_that_keras_takes(name):
    own = set(inspect.signature(SURFACE.canonical[name].__init__).parameters)
    for keyword, value in VALUES.items():
        if keyword in own:
            assert keyword in known(name)
        elif not swallows(name):
            assert (refusal(name, {keyword: value}) is None) is (keyword in known(name)), keyword
        else:
            assert keyword not in known(name), keyword
    assert MADE_UP not in known(name)


@pytest.mark.skipif(
    "oov_method" not in CLASSES["keras.layers.IntegerLookup"]["arguments"],
    reason="this Keras has but one method",
)
def test_a_base_names_what_a_lookup_takes_unless_the_lookup_gives_it_by_itself():
    arguments = CLASSES["keras.layers.StringLookup"]["arguments"]
    assert arguments["oov_method"]["choices"] == ["floormod", "farmhash"]
    assert "vocabulary_dtype" not in arguments


@pytest.mark.parametrize(
    "name",
    [
        "AutoContrast",
        "CenterCrop",
        "RandomFlip",
        "RandomShear",
        "RandomTranslation",
        "RandomZoom",
        "Resizing",
        "Solarization",
    ],
)
def test_a_keyword_that_takes_nothing_but_null_is_none(name):
    assert "factor" not in known(f"keras.layers.{name}")
    needs = {"Resizing": (4, 4), "CenterCrop": (4, 4), "RandomTranslation": (0.1, 0.1), "RandomZoom": (0.1,)}
    with pytest.raises(ValueError, match="does not take a `factor` argument"):
        getattr(keras.layers, name)(*needs.get(name, ()), factor=0.25)


def test_a_keyword_that_a_base_takes_stays():
    assert "factor" in known("keras.layers.MixUp")
    keras.layers.MixUp(factor=0.25)


@pytest.mark.skipif(
    not hasattr(keras.quantizers, "Float8QuantizationConfig"), reason="this Keras has no such class"
)
def test_a_class_that_swallows_keywords_has_none_but_those_it_reads_or_writes():
    assert known("keras.quantizers.Float8QuantizationConfig") == frozenset()
    with pytest.raises(TypeError):
        keras.quantizers.Float8QuantizationConfig(weight_quantizer=None)
    assert known("keras.Sequential") == {"build_input_shape", "dtype", "layers", "name", "trainable"}


class Grandparent:
    def __init__(self, deep=1, *, given=2, **kwargs):
        self.old = kwargs.pop("old", None)
        assert not kwargs


class Parent(Grandparent):
    def __init__(self, middle=1, **kwargs):
        super().__init__(given=3, **kwargs)


class Closed(Parent):
    def __init__(self, own):
        super().__init__()


class Swallowing(Parent):
    def __init__(self, own, **kwargs):
        super().__init__()


class Skipping(Parent):
    def __init__(self, own, *args, **kwargs):
        Grandparent.__init__(self, *args, **kwargs)


@pytest.mark.parametrize(
    ("cls", "taken"),
    [
        (Grandparent, {"deep", "given", "old"}),
        (Parent, {"middle", "deep", "old"}),
        (Closed, {"own"}),
        (Swallowing, {"own"}),
        (Skipping, {"own", "deep", "given", "old"}),
        (dict, set()),
    ],
)
def test_keywords_are_followed_as_far_as_they_are_handed_on(cls, taken):
    assert keywords_taken(cls) == taken


def test_the_data_says_nothing_twice():
    for name, entry in CLASSES.items():
        assert not set(entry.get("legacy", ())) & set(entry["arguments"]), name
    json.dumps(CLASSES, allow_nan=False)
