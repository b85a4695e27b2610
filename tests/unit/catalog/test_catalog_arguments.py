from __future__ import annotations

from dataclasses import replace

import pytest
from handmade_programs import CATALOG, Page, layer_of, place_text, program_of, resolve, resolve_item

from modelspec.catalog.registered import Registered
from modelspec.language.values import Plain


def keras(module: str, name: str, config: dict[str, object]) -> dict[str, object]:
    return {"module": module, "class_name": name, "config": config, "registered_name": None}


def test_a_class_becomes_its_serialization_dict():
    outcome = resolve_item(
        "- Convolution2D: {kernel_size: 3, filters: 8}", {"Convolution2D": {"kernel_size": 3, "filters": 8}}
    )
    assert outcome.resolved.layers["main"]["layer"].data == keras(
        "keras.layers", "Conv2D", {"filters": 8, "kernel_size": 3}
    )


def test_objects_nest_through_arguments_lists_and_strings():
    outcome = resolve_item(
        "",
        {
            "RNN": {
                "cell": [
                    {"LSTMCell": {"units": 4, "kernel_initializer": {"Constant": {"value": 2.0}}}},
                    {"GRUCell": {"units": 3, "kernel_regularizer": {"L2": {"l2": 0.1}}}},
                ]
            }
        },
    )
    constant = keras("keras.initializers", "Constant", {"value": 2.0})
    assert outcome.config()["cell"] == [
        keras("keras.layers", "LSTMCell", {"units": 4, "kernel_initializer": constant}),
        keras(
            "keras.layers",
            "GRUCell",
            {"units": 3, "kernel_regularizer": keras("keras.regularizers", "L2", {"l2": 0.1})},
        ),
    ]


@pytest.mark.parametrize(
    ("item", "config"),
    [
        ({"Dense": {"units": 1, "activation": "relu"}}, {"units": 1, "activation": "relu"}),
        (
            {"Dense": {"units": 1, "kernel_initializer": "he_normal"}},
            {"units": 1, "kernel_initializer": "he_normal"},
        ),
        (
            {"Dense": {"units": 1, "activation": "keras.activations.swish"}},
            {
                "units": 1,
                "activation": {
                    "module": "keras.activations",
                    "class_name": "function",
                    "config": "silu",
                    "registered_name": "silu",
                },
            },
        ),
        (
            {"Dense": {"units": 1, "activation": "keras.ops.nn.relu"}},
            {
                "units": 1,
                "activation": {
                    "module": "keras.ops",
                    "class_name": "function",
                    "config": "relu",
                    "registered_name": "relu",
                },
            },
        ),
        (
            {"Dense": {"units": 1, "kernel_initializer": "keras.initializers.HeNormal"}},
            {"units": 1, "kernel_initializer": keras("keras.initializers", "HeNormal", {})},
        ),
        (
            {"Activation": {"activation": {"LeakyReLU": {"negative_slope": 0.1}}}},
            {"activation": keras("keras.layers", "LeakyReLU", {"negative_slope": 0.1})},
        ),
        ({"TimeDistributed": {"layer": "Flatten"}}, {"layer": keras("keras.layers", "Flatten", {})}),
        ({"Rescaling": {"scale": 0.5}}, {"scale": 0.5, "offset": 0.0}),
        ({"Dense": {"units": 1, "dtype": "mixed_float16"}}, {"units": 1, "dtype": "mixed_float16"}),
        (
            {"Dense": {"units": 1, "dtype": {"DTypePolicy": {"name": "bfloat16"}}}},
            {"units": 1, "dtype": keras("keras", "DTypePolicy", {"name": "bfloat16"})},
        ),
        (
            {
                "MultiHeadAttention": {
                    "num_heads": 1,
                    "key_dim": 1,
                    "dtype": {"DTypePolicyMap": {"policy_map": {"q": "float16"}}},
                }
            },
            {
                "num_heads": 1,
                "key_dim": 1,
                "dtype": keras(
                    "keras.dtype_policies",
                    "DTypePolicyMap",
                    {"policy_map": {"q": keras("keras", "DTypePolicy", {"name": "float16"})}},
                ),
            },
        ),
        ({"Reshape": {"target_shape": [2, -1]}}, {"target_shape": [2, -1]}),
        ({"StringLookup": {"vocabulary": ["a", "b"]}}, None),
        ({"Dense": {"units": None}}, {"units": None}),
    ],
)
def test_a_value_becomes_what_keras_reads(item, config):
    outcome = resolve_item("", item)
    assert outcome.codes == []
    if config is not None:
        assert outcome.config() == config


def test_a_dict_given_verbatim_is_passed_on_as_a_copy():
    given = {"class_name": "Zeros", "module": "keras.initializers", "config": {}, "registered_name": None}
    outcome = resolve_item("", {"Dense": {"units": 1, "kernel_initializer": given}})
    passed = outcome.config()["kernel_initializer"]
    assert passed == given
    assert passed is not given


def test_a_verbatim_item_is_marked_so():
    outcome = resolve_item("", {"class_name": "Whatever", "module": "acme", "config": {"a": [1]}})
    made = outcome.resolved.layers["main"]["layer"]
    assert made.verbatim
    assert made.data == {"class_name": "Whatever", "module": "acme", "config": {"a": [1]}}


def test_a_nested_model_may_stand_where_a_layer_is_wanted():
    from modelspec.catalog.resolved import referenced_model

    outcome = resolve_item("", {"TimeDistributed": {"layer": "encoder"}}, models=("encoder",))
    assert referenced_model(outcome.config()["layer"]) == "encoder"


@pytest.mark.parametrize(
    ("text", "item", "code", "at", "help"),
    [
        ("- Dens: {}", {"Dens": {}}, "unknown-layer", "Dens", "did you mean `Dense`?"),
        (
            "- Adam: {}",
            {"Adam": {}},
            "wrong-family",
            "Adam",
            "`modelspec classes --family layer` lists what may stand here",
        ),
        (
            "- Dense: {units: 1, activaton: relu}",
            {"Dense": {"units": 1, "activaton": "relu"}},
            "unknown-argument",
            "activaton",
            "did you mean `activation`?",
        ),
        (
            "- Conv2D: {padding: same}",
            {"Conv2D": {"padding": "same"}},
            "missing-argument",
            "Conv2D",
            "write `Conv2D: {filters: …, kernel_size: …}`",
        ),
        ("- Dense: {units: 64}", {"Dense": {"units": "64"}}, "wrong-kind", "64", "write `64` without quotes"),
        ("- Dense: {units: true}", {"Dense": {"units": True}}, "wrong-kind", "true", None),
        ("- Dense: {units: 8.0}", {"Dense": {"units": 8.0}}, "wrong-kind", "8.0", "write `8`"),
        ("- Dense: {units: {a: 1}}", {"Dense": {"units": {"a": 1, "b": 2}}}, "wrong-kind", "", None),
        (
            "- Dense: {units: 1, use_bias: no}",
            {"Dense": {"units": 1, "use_bias": "no"}},
            "wrong-kind",
            "no",
            "write `false`",
        ),
        (
            "- Conv2D: {filters: 1, kernel_size: [3, '4']}",
            {"Conv2D": {"filters": 1, "kernel_size": [3, "4"]}},
            "wrong-kind",
            "4",
            "write `4` without quotes",
        ),
        (
            "- Dense: {units: 1, activation: Relu}",
            {"Dense": {"units": 1, "activation": "Relu"}},
            "unknown-identifier",
            "Relu",
            "did you mean `relu`?",
        ),
        (
            "- Dense: {units: 1, kernel_initializer: {L2: {}}}",
            {"Dense": {"units": 1, "kernel_initializer": {"L2": {}}}},
            "wrong-family",
            "L2",
            "`modelspec classes --family initializer` lists what may stand here",
        ),
        (
            "- Dense: {units: 1, kernel_initializer: constant}",
            {"Dense": {"units": 1, "kernel_initializer": "constant"}},
            "unknown-identifier",
            "constant",
            "a class is written as a mapping: `{Constant: {…}}`",
        ),
        (
            "- Dense: {units: 1, kernel_regularizer: {l2: 0.1}}",
            {"Dense": {"units": 1, "kernel_regularizer": {"l2": 0.1}}},
            "wrong-kind",
            "",
            "did you mean `{L2: …}`?",
        ),
        (
            "- Dense: {units: 1, dtype: flaot32}",
            {"Dense": {"units": 1, "dtype": "flaot32"}},
            "unknown-identifier",
            "flaot32",
            "did you mean `float32`?",
        ),
        (
            "- RNN: {cell: Dense}",
            {"RNN": {"cell": "Dense"}},
            "wrong-family",
            "Dense",
            "`modelspec classes --family cell` lists what may stand here",
        ),
        (
            "- TimeDistributed: {layer: Flaten}",
            {"TimeDistributed": {"layer": "Flaten"}},
            "unknown-identifier",
            "Flaten",
            "did you mean `Flatten`?",
        ),
        (
            "- Lambda: {function: {Hinge: {}}}",
            {"Lambda": {"function": {"Hinge": {}}}},
            "ambiguous-class",
            "Hinge",
            "write the full name",
        ),
        (
            "- Lambda: {function: {Qwerty: {}}}",
            {"Lambda": {"function": {"Qwerty": {}}}},
            "unknown-class",
            "Qwerty",
            "a plain mapping is written `{$literal: {Qwerty: …}}`",
        ),
        (
            "- Lambda: {function: {class_name: a, config: b}}",
            {"Lambda": {"function": {"$literal": {"class_name": "a", "config": "b"}}}},
            "literal-object",
            "",
            "rename one of the two keys",
        ),
        (
            "- Dense: {units: 1, name: stem}",
            {"Dense": {"units": 1, "name": "stem"}},
            "misplaced-name",
            "name",
            "write `name: stem` as a word of the item",
        ),
    ],
)
def test_a_mistake_is_told_at_its_place(text, item, code, at, help):
    found = resolve_item(text, item).only
    assert (found.code, place_text(found), found.help) == (code, at, help)


def test_independent_mistakes_are_told_together():
    outcome = resolve_item(
        "- Dense: {unit: 1, activation: Relu, kernel_initializer: {L2: {l3: 1}}, dtype: f}",
        {"Dense": {"unit": 1, "activation": "Relu", "kernel_initializer": {"L1": {"l3": 1}}, "dtype": "f"}},
    )
    # `units` is misspelt, not missing.
    assert sorted(outcome.codes) == [
        "unknown-argument",
        "unknown-identifier",
        "unknown-identifier",
        "wrong-family",
    ]
    assert outcome.resolved is None


def test_dtype_both_under_the_class_and_beside_it_is_an_error():
    page = Page("- Dense: {units: 1, dtype: float16}\n  dtype: float32")
    layer = layer_of(page, {"Dense": {"units": 1, "dtype": "float16"}})
    layer = replace(layer, dtype=Plain("float32", page.origin("float32")))
    found = resolve(program_of(page, [layer], [])).only
    assert (found.code, place_text(found)) == ("given-twice", "dtype")


def test_a_policy_beside_the_class_is_resolved():
    page = Page("- Dense: {units: 1}\n  dtype: float16")
    layer = layer_of(page, {"Dense": {"units": 1}}, dtype=Plain("float16", page.origin("float16")))
    resolved = resolve(program_of(page, [layer], [], dtype="bfloat16")).resolved
    assert resolved.dtypes["main"] == {"layer": "float16"}
    assert resolved.model_dtypes == {"main": "bfloat16"}


def test_a_module_that_is_not_allowed_is_said_once_and_the_rest_still_checked():
    page = Page("use: [acme.layers]\n- acme>Pool: {act: {Dens: {}}}\n- Dens: {}")
    page.position = page.text.find("- acme")
    layers = [
        layer_of(page, {"acme>Pool": {"heads": {"L2": {}}}}, "pool"),
        layer_of(page, {"Dens": {}}, "dens"),
    ]
    page.position = 0
    catalog = CATALOG.with_registered(Registered(refused=frozenset({"acme.layers"})))
    outcome = resolve(program_of(page, layers, [], use=("acme.layers",)), catalog)
    assert outcome.codes == ["module-not-allowed", "unknown-layer"]
    assert place_text(outcome.diagnostics[0]) == "acme.layers"
    assert "`--allow acme`" in outcome.diagnostics[0].help
    assert outcome.diagnostics[0].labels[0].text == "used here"


def test_a_registered_name_without_a_module_is_told_at_the_name():
    found = resolve_item("- acme>Pool: {}", {"acme>Pool": {}}).only
    assert (found.code, place_text(found)) == ("unknown-registered-name", "acme>Pool")


def test_where_each_argument_was_written_is_kept():
    outcome = resolve_item("- Dense: {units: 7}", {"Dense": {"units": 7}})
    arguments = outcome.resolved.layers["main"]["layer"].arguments
    assert arguments["units"].place.start == 17


def test_layers_that_need_tensorflow_can_be_asked_for():
    from modelspec.catalog.resolve import tensorflow_classes

    nested = {"TimeDistributed": {"layer": {"Hashing": {"num_bins": 2}}}}
    for item, needs in (({"StringLookup": {}}, True), (nested, True), ({"Dense": {"units": 1}}, False)):
        assert bool(tensorflow_classes(resolve_item("", item).resolved, CATALOG)) is needs
