from __future__ import annotations

import keras
import pytest

from modelspec.link.registered.signatures import call_kinds_of, call_of, reads_itself, signature_of


class Closed(keras.layers.Layer):
    def __init__(self, units, rate=0.5):
        super().__init__()


class Passing(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)


class Derived(Passing):
    def __init__(self, depth=2, **kwargs):
        kwargs.setdefault("units", 8)
        super().__init__(**kwargs)


class Popping(keras.layers.Layer):
    def __init__(self, **options):
        self.size = options.pop("size", 1)
        if "other" in options:
            self.other = options["other"]
        super().__init__(**options)


class Spending(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__()
        self.inner = keras.layers.Dense(units, **kwargs)


class OfDense(keras.layers.Dense):
    def __init__(self, units, gain=1.0, **kwargs):
        super().__init__(units, **kwargs)


class Annotated(keras.layers.Layer):
    def __init__(
        self,
        layer: keras.Layer,
        layers: list[keras.Layer],
        by_name: dict[str, keras.Layer] | None = None,
        initializer: keras.Initializer | str = "zeros",
        size: int = 3,
        **kwargs,
    ):
        super().__init__(**kwargs)


class Reading(keras.layers.Layer):
    def __init__(self, layer, **kwargs):
        super().__init__(**kwargs)

    @classmethod
    def from_config(cls, config):
        layer = config.pop("inner")
        return cls(layer, **config)


def test_a_constructor_without_keywords_takes_what_it_names():
    signature = signature_of(Closed)
    assert signature.arguments == {"units": {}, "rate": {"default": 0.5}}
    assert not signature.is_open


def test_keywords_that_are_passed_on_are_those_of_the_bases():
    signature = signature_of(Passing)
    assert next(iter(signature.arguments)) == "units"
    assert {"name", "trainable", "dtype", "activity_regularizer"} <= signature.arguments.keys()
    assert signature.arguments["dtype"]["family"] == "dtype_policy"
    assert not signature.is_open
    assert "input_shape" in signature.legacy
    assert "input_shape" not in signature.arguments


def test_an_argument_that_a_base_needs_may_be_given_by_the_class():
    signature = signature_of(Derived)
    assert list(signature.arguments)[:2] == ["depth", "units"]
    assert "opaque" in signature.arguments["units"]
    assert not signature.is_open


def test_keywords_that_are_looked_at_one_by_one_are_arguments():
    signature = signature_of(Popping)
    assert list(signature.arguments)[:2] == ["size", "other"]
    assert not signature.is_open


def test_keywords_that_go_elsewhere_may_be_anything():
    assert signature_of(Spending).is_open


def test_a_class_of_a_layer_of_keras_has_the_arguments_of_that_layer():
    signature = signature_of(OfDense)
    assert list(signature.arguments)[:2] == ["units", "gain"]
    assert signature.arguments["kernel_initializer"]["family"] == "initializer"
    assert not signature.is_open


def test_annotations_with_classes_of_keras_tell_what_is_wanted():
    found = signature_of(Annotated).arguments
    families = [found[name].get("family") for name in ("layer", "layers", "by_name", "initializer", "size")]
    assert families == ["layer", "layer", "layer", None, None]


def test_a_from_config_of_its_own_tells_which_keys_it_reads():
    assert reads_itself(Reading) == (True, ("inner",))
    assert reads_itself(Passing) == (False, ())
    assert reads_itself(keras.layers.TimeDistributed) == (False, ())


@pytest.mark.parametrize(
    ("cls", "expected"),
    [
        (keras.layers.Dense, {"inputs": True, "training": False}),
        (keras.layers.Attention, {"inputs": True}),
    ],
)
def test_a_call_has_its_parameters_each_required_or_not(cls, expected):
    named, is_open = call_of(cls)
    assert not is_open
    assert expected.items() <= named.items()


class Called(keras.layers.Layer):
    def call(self, x: keras.KerasTensor, flip: bool = False, scale: float | None = None, training=False):
        return x


def test_a_call_takes_the_kinds_that_its_annotations_name():
    assert call_kinds_of(Called) == {"flip": ["bool"], "scale": ["float", "int"]}


def test_a_call_that_is_inherited_from_keras_takes_what_keras_does():
    class Derived(keras.layers.LSTM):
        pass

    assert call_kinds_of(Derived) == call_kinds_of(keras.layers.LSTM)
    assert call_kinds_of(Derived)["mask"] == ["tensor"]
    assert call_kinds_of(Derived)["training"] == ["bool"]


class OtherwiseNamed(keras.layers.Layer):
    def __init__(this, units, **kwargs):
        super().__init__(**kwargs)

    def call(s, x, flip=False):
        return x


class Static(keras.layers.Layer):
    @staticmethod
    def call(x, flip=False):
        return x


class Wrapped(keras.layers.Layer):
    def call(*args):
        return args[1]


def test_the_first_parameter_of_a_method_is_the_instance_whatever_its_name():
    assert call_of(OtherwiseNamed) == ({"x": True, "flip": False}, False)
    assert "this" not in signature_of(OtherwiseNamed).arguments
    assert "units" in signature_of(OtherwiseNamed).arguments


def test_a_static_call_has_no_instance():
    assert call_of(Static) == ({"x": True, "flip": False}, False)


def test_a_call_that_takes_the_instance_among_all_is_open():
    assert call_of(Wrapped) == ({}, True)
