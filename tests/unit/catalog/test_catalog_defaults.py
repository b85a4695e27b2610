from __future__ import annotations

import pytest
from handmade_programs import Page, layer_of, place_text, program_of, resolve, resolve_item


def test_a_default_reaches_every_object_of_its_class_under_any_name():
    for written in ("Conv2D", "Convolution2D", "keras.layers.Conv2D"):
        outcome = resolve_item(
            "", {"Conv2D": {"filters": 1, "kernel_size": 3}}, defaults={written: {"padding": "same"}}
        )
        assert outcome.config() == {"filters": 1, "kernel_size": 3, "padding": "same"}


def test_a_given_argument_replaces_the_default_whole_and_null_too():
    defaults = {"Dense": {"kernel_regularizer": {"L2": {"l2": 0.1}}, "use_bias": False}}
    outcome = resolve_item("", {"Dense": {"units": 1, "kernel_regularizer": None}}, defaults=defaults)
    assert outcome.config() == {"units": 1, "use_bias": False, "kernel_regularizer": None}


def test_a_default_reaches_nested_objects_bare_names_and_strings():
    defaults = {"HeNormal": {"seed": 1}, "Flatten": {"data_format": "channels_first"}}
    outcome = resolve_item("", {"Dense": {"units": 1, "kernel_initializer": "he_normal"}}, defaults=defaults)
    assert outcome.config()["kernel_initializer"]["config"] == {"seed": 1}
    outcome = resolve_item("", {"TimeDistributed": {"layer": "Flatten"}}, defaults=defaults)
    assert outcome.config()["layer"]["config"] == {"data_format": "channels_first"}


def test_a_default_does_not_reach_a_verbatim_dict():
    given = {"class_name": "HeNormal", "module": "keras.initializers", "config": {}}
    outcome = resolve_item(
        "", {"Dense": {"units": 1, "kernel_initializer": given}}, defaults={"HeNormal": {"seed": 1}}
    )
    assert outcome.config()["kernel_initializer"] == given


def test_a_default_may_be_the_required_argument():
    assert resolve_item("", {"Dense": {}}, defaults={"Dense": {"units": 3}}).config() == {"units": 3}


def test_a_default_says_that_it_is_one():
    text = "defaults: {Dense: {units: 3}}\nlayers: [Dense]"
    outcome = resolve_item(text, {"Dense": {}}, defaults={"Dense": {"units": 3}})
    origin = outcome.resolved.layers["main"]["layer"].arguments["units"]
    assert [step.text for step in origin.via] == ["default of `Dense`"]
    assert text[origin.place.start : origin.place.end] == "3"


def test_a_default_that_stands_inside_itself_ends():
    outcome = resolve_item(
        "",
        {"Bidirectional": {"layer": {"LSTM": {"units": 1}}}},
        defaults={"Bidirectional": {"backward_layer": {"Bidirectional": {"layer": {"LSTM": {"units": 2}}}}}},
    )
    inner = outcome.config()["backward_layer"]
    assert inner["config"] == {"layer": {**inner["config"]["layer"]}}


def test_a_word_on_the_item_goes_before_a_default():
    from modelspec.language.values import Plain

    page = Page("")
    layer = layer_of(page, {"Dense": {"units": 1}}, trainable=Plain(True, page.origin("true")))
    program = program_of(page, [layer], [], defaults={"Dense": {"trainable": False}})
    assert "trainable" not in resolve(program).config()


@pytest.mark.parametrize(
    ("text", "defaults", "code", "at"),
    [
        ("defaults: {Dens: {}}", {"Dens": {}}, "unknown-class", "Dens"),
        ("defaults: {Dense: {unit: 1}}", {"Dense": {"unit": 1}}, "unknown-argument", "unit"),
        ("defaults: {Dense: {units: true}}", {"Dense": {"units": True}}, "wrong-kind", "true"),
        ("defaults: {Dense: {name: a}}", {"Dense": {"name": "a"}}, "misplaced-name", "name"),
        ("defaults: {Hinge: {}}", {"Hinge": {}}, "ambiguous-class", "Hinge"),
        (
            "defaults: {Conv2D: {}, Convolution2D: {}}",
            {"Conv2D": {}, "Convolution2D": {}},
            "duplicate-key",
            "Convolution2D",
        ),
    ],
)
def test_a_wrong_default_is_told_at_its_place_even_if_unused(text, defaults, code, at):
    found = resolve(program_of(Page(text), [], defaults=defaults)).only
    assert (found.code, place_text(found)) == (code, at)


def test_a_wrong_default_is_told_once_however_often_it_is_used():
    page = Page("defaults: {Dense: {activation: Relu}}")
    layers = [layer_of(page, {"Dense": {"units": 1}}, f"d{i}") for i in range(3)]
    page.position = 0
    outcome = resolve(program_of(page, layers, [], defaults={"Dense": {"activation": "Relu"}}))
    assert outcome.codes == ["unknown-identifier"]
