from __future__ import annotations

import json
import warnings

import keras
import pytest

from modelspec.catalog.portable import load_portable
from modelspec.catalog.target import minor_of
from modelspec.link.harvest.portable.merge import merge
from modelspec.link.harvest.portable.omission import config_of
from modelspec.link.harvest.portable.release import try_class_of, try_compile, try_operation
from modelspec.link.harvest.portable.variations import quoted_words, values_off

PORTABLE = load_portable()
newest = pytest.mark.skipif(
    minor_of(keras.__version__) != minor_of(PORTABLE.releases[-1]),
    reason="not the Keras that the data ends with",
)


@pytest.fixture(autouse=True)
def _quiet():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def omits(name: str) -> dict[str, object]:
    return try_class_of(name)["omits"]


def test_a_key_that_follows_another_argument_is_not_left_out() -> None:
    found = omits("keras.layers.MaxPooling2D")
    assert found == {"pool_size": [2, 2], "padding": "valid"}


def test_a_key_that_from_config_needs_is_not_left_out() -> None:
    assert omits("keras.layers.Rescaling") == {}
    assert omits("keras.initializers.Constant") == {}


def test_a_key_that_follows_a_setting_of_the_process_is_not_left_out() -> None:
    found = omits("keras.layers.Conv2D")
    assert not {"dtype", "data_format"} & found.keys()
    assert {"groups", "dilation_rate", "use_bias"} < found.keys()


def test_an_object_made_of_other_arguments_is_no_default() -> None:
    assert "backward_layer" not in omits("keras.layers.Bidirectional")


def test_trying_leaves_the_settings_of_the_process_as_they_were() -> None:
    omits("keras.layers.Dense")
    assert keras.config.image_data_format() == "channels_last"
    assert keras.config.dtype_policy().name == "float32"
    assert (keras.config.floatx(), keras.config.epsilon()) == ("float32", 1e-7)


def test_an_operation_is_told_by_its_attributes() -> None:
    found = try_operation(type(keras.ops.mean(keras.Input((3,)))._keras_history.operation))
    assert found == {"accepts": ["axis", "keepdims", "name"], "omits": {"axis": None, "keepdims": False}}


def test_what_to_compile_with_is_never_left_out() -> None:
    found = try_compile()["omits"]
    assert not {"optimizer", "loss", "metrics", "weighted_metrics"} & found.keys()
    assert found["steps_per_execution"] == 1


@newest
@pytest.mark.parametrize(
    "name", ["keras.layers.LayerNormalization", "keras.optimizers.SGD", "keras.losses.Huber"]
)
def test_the_packaged_data_leaves_out_no_more_than_the_installed_keras_allows(name: str) -> None:
    module, _, short = name.rpartition(".")
    habits = PORTABLE.habits({"module": module, "class_name": short, "registered_name": None})
    assert habits is not None
    found = try_class_of(name)
    assert habits.omits
    assert habits.omits.keys() <= found["omits"].keys() | found["unwritten"].keys()


@newest
def test_a_config_without_what_may_be_left_out_makes_an_equal_object() -> None:
    """For every class of the packaged data that the catalog has a sample of, beyond what was tried before."""
    from modelspec.link.harvest.surface import read_surface

    surface = read_surface()
    tried = 0
    for name, cls in surface.classes():
        module, _, short = name.rpartition(".")
        habits = PORTABLE.habits({"module": module, "class_name": short, "registered_name": None})
        base = _base(name, cls)
        written = config_of(name, base) if base is not None else None
        if habits is None or written is None:
            continue
        left = {key: value for key, value in written.items() if habits.omits.get(key, ...) != value}
        assert config_of(name, left) == written, name
        tried += len(left) < len(written)
    assert tried > 150


def _base(name: str, cls: type) -> object:
    from modelspec.link.harvest.families import family_of
    from modelspec.link.harvest.portable.release import base_of

    return base_of(name, cls) if family_of(cls) is not None else None


# --- merging -------------------------------------------------------------------------------------------


def release(version: str, **classes: dict) -> dict:
    filled = {
        name: {"accepts": sorted(entry["omits"]), "words": {}, "call": [], "unwritten": {}, **entry}
        for name, entry in classes.items()
    }
    return {
        "keras": version,
        "classes": filled,
        "operations": {},
        "compile": {"accepts": [], "omits": {}},
        "strings": {},
    }


def entry_of(*releases: dict) -> dict:
    return merge(releases)["classes"].get("A", {})


def test_a_key_goes_only_where_every_release_that_takes_it_fills_in_the_same() -> None:
    same = release("3.5.0", A={"omits": {"a": 1}}), release("3.8.0", A={"omits": {"a": 1, "b": None}})
    assert entry_of(*same) == {"omits": {"a": 1, "b": None}, "keys": {"b": 1}}
    other = release("3.5.0", A={"omits": {"a": 2}}), same[1]
    assert entry_of(*other)["omits"] == {"b": None}
    needed = release("3.5.0", A={"omits": {}, "accepts": ["a"]}), same[1]
    assert entry_of(*needed)["omits"] == {"b": None}


def test_the_order_of_the_files_is_no_matter() -> None:
    releases = [release(f"3.{number}.0", A={"omits": {f"a{number}": 1}}) for number in (10, 5, 8)]
    assert merge(releases) == merge(reversed(releases))
    assert merge(releases)["releases"] == ["3.5.0", "3.8.0", "3.10.0"]


def test_a_release_that_takes_a_key_and_never_writes_it_has_a_default_all_the_same() -> None:
    old = release("3.5.0", A={"omits": {}, "accepts": ["a"], "unwritten": {"a": False}})
    assert entry_of(old, release("3.8.0", A={"omits": {"a": False}}))["omits"] == {"a": False}
    assert "omits" not in entry_of(old, release("3.8.0", A={"omits": {"a": True}}))


def test_an_object_inside_is_compared_without_what_its_own_release_fills_in() -> None:
    def written(**config: object) -> dict:
        return {"module": "m", "class_name": "B", "config": config, "registered_name": None}

    old = release("3.5.0", A={"omits": {"a": written()}}, **{"m.B": {"omits": {}}})
    new = release("3.8.0", A={"omits": {"a": written(axes=None)}}, **{"m.B": {"omits": {"axes": None}}})
    assert entry_of(old, new)["omits"] == {"a": written()}


def test_a_seed_goes_only_where_some_release_knows_of_none() -> None:
    with_seed = {"omits": {"seed": None}}
    assert "omits" not in entry_of(release("3.5.0", A=with_seed), release("3.8.0", A=with_seed))
    assert entry_of(release("3.5.0", A={"omits": {}}), release("3.8.0", A=with_seed))["omits"] == {
        "seed": None
    }


def test_a_class_and_a_word_have_the_date_of_the_first_release_that_takes_them() -> None:
    old = release("3.5.0", A={"omits": {}, "accepts": ["mode"], "words": {"mode": ["same"]}})
    new = release(
        "3.8.0", A={"omits": {}, "accepts": ["mode"], "words": {"mode": ["full", "same"]}}, C={"omits": {}}
    )
    assert merge([old, new])["classes"] == {"A": {"words": {"mode": {"full": 1}}}, "C": {"since": 1}}


def test_no_word_has_a_date_where_a_release_could_not_try_it() -> None:
    old = release("3.5.0", A={"omits": {}, "accepts": ["mode"]})
    new = release("3.8.0", A={"omits": {}, "accepts": ["mode"], "words": {"mode": ["full"]}})
    assert entry_of(old, new) == {}


# --- values off a default ------------------------------------------------------------------------------


def test_values_off_a_default_are_other_than_it() -> None:
    for default in (True, 3, 0.5, "valid", [1, 1], None):
        found = list(values_off(default, family=None, text="either `valid` or 'same'"))
        assert found
        assert all(json.dumps(value) != json.dumps(default) for value in found)


def test_words_in_quotes_are_what_an_argument_may_take() -> None:
    assert quoted_words("One of `\"valid\"`, 'same' or `None`.") == ("valid", "same")
