"""What a document can name: found by patterns, documented, and written in examples that are right."""

from __future__ import annotations

import json
import re

import pytest

from modelspec.catalog.example import example_of
from modelspec.catalog.families import FAMILIES
from modelspec.catalog.history import load_history
from modelspec.catalog.load import installed_keras_version, load_catalog, load_docs
from modelspec.catalog.matching import by_family, find_names, near_pattern
from modelspec.catalog.reference import (
    FAMILY_ORDER,
    Vocabulary,
    names_of,
    reference_of,
)
from modelspec.catalog.sentences import first_sentence, in_yaml
from modelspec.compiler.stages import check_document
from modelspec.compiler.values import Options, Text
from modelspec.diagnostics import Report, Source, SpecError

VERSION = installed_keras_version()
VOCABULARY = Vocabulary(load_catalog(VERSION), load_docs(VERSION), load_history())
NAMES = names_of(VOCABULARY)


def found(pattern, *families):
    return [name.full for name in find_names(NAMES, pattern, families=families)]


def reference(pattern, *families):
    (name,) = find_names(NAMES, pattern, families=families)
    return reference_of(name, VOCABULARY)


def argument(of, name):
    return next(argument for argument in of.arguments if argument.name == name)


@pytest.mark.parametrize(
    ("pattern", "full"),
    [
        ("Conv2D", "keras.layers.Conv2D"),
        ("conv2d", "keras.layers.Conv2D"),
        ("KERAS.layers.conv2d", "keras.layers.Conv2D"),
        ("Convolution2D", "keras.layers.Conv2D"),
        ("keras.layers.Convolution2D", "keras.layers.Conv2D"),
        ("he_normal", "keras.initializers.HeNormal"),
        ("adam", "keras.optimizers.Adam"),
        ("gelu", "keras.activations.gelu"),
        ("swish", "keras.activations.silu"),
        ("ops.einsum", "keras.ops.einsum"),
        ("keras.ops.numpy.einsum", "keras.ops.einsum"),
        ("keras.src.applications.convnext.LayerScale", "keras.src.applications.convnext.LayerScale"),
    ],
)
def test_a_name_is_found_by_each_of_its_names_whatever_their_case(pattern, full):
    assert found(pattern) == [full]


def test_a_pattern_finds_what_things_are_called_and_not_their_aliases():
    assert found("*pool*2d") == [
        f"keras.layers.{name}"
        for name in (
            "AdaptiveAveragePooling2D",
            "AdaptiveMaxPooling2D",
            "AveragePooling2D",
            "GlobalAveragePooling2D",
            "GlobalMaxPooling2D",
            "MaxPooling2D",
        )
    ]
    assert found("convolution*") == []
    assert found("keras.regularizers.l?") == ["keras.regularizers.L1", "keras.regularizers.L2"]


def test_a_family_selects_what_can_stand_for_it():
    assert found("mse", "metric") == ["keras.metrics.mean_squared_error", "keras.metrics.MeanSquaredError"]
    assert found("cosinesimilarity", "loss") == ["keras.losses.CosineSimilarity"]
    assert set(found(None, "cell")) == {
        "keras.layers.GRUCell",
        "keras.layers.LSTMCell",
        "keras.layers.SimpleRNNCell",
        "keras.layers.StackedRNNCells",
    }


@pytest.mark.parametrize(
    ("pattern", "near"),
    [
        ("Conv2", "Conv2D"),
        ("Dens", "Dense"),
        ("einsum", "ops.einsum"),
        ("LayerScal", "*LayerScal*"),
        ("zzz", None),
        ("*nothing*", None),
    ],
)
def test_what_is_near_is_a_name_or_a_wider_pattern(pattern, near):
    assert found(pattern) == []
    assert near_pattern(NAMES, pattern) == near


def test_every_name_stands_in_one_family_in_their_order():
    families = by_family(NAMES)
    assert sum(map(len, families.values())) == len(NAMES)
    assert list(families) == [family for family in FAMILY_ORDER if family in families]
    assert {"layer", "cell", "initializer", "activation", "loss", "metric", "operation"} <= families.keys()
    assert set(families) - {"operation"} <= set(FAMILIES)


def test_classes_to_derive_from_are_not_offered():
    assert found("keras.Layer") == found("keras.Initializer") == found("keras.losses.Loss") == []
    assert found("keras.Sequential") == ["keras.Sequential"]


def test_a_class_is_told_with_its_arguments_call_and_names():
    conv = reference("Conv2D")
    assert conv.name.about == "2D convolution layer."
    assert (conv.span.since, conv.span.until) == ("3.5", None)
    assert conv.aliases == ("keras.layers.Convolution2D",)
    assert conv.call == {"inputs": True}
    kernel = argument(conv, "kernel_size")
    assert (kernel.required, kernel.kinds, kernel.family, kernel.since) == (True, ("int", "list"), None, None)
    assert argument(conv, "padding").choices == ("valid", "same")
    assert argument(conv, "kernel_initializer").family == "initializer"
    assert argument(conv, "kernel_initializer").default == "glorot_uniform"
    assert argument(conv, "lora_alpha").since == "3.10"
    assert reference("he_normal").strings == ("HeNormal", "he_normal")
    assert reference("StringLookup").needs_tensorflow


def test_an_operation_is_told_with_its_parameters():
    einsum = reference("ops.einsum")
    assert [(argument.name, argument.required) for argument in einsum.arguments] == [
        ("subscripts", True),
        ("*operands", False),
    ]


def test_constants_of_python_are_spelt_as_yaml_spells_them():
    assert in_yaml("If `None` or `True`, `x` is None.") == "If `null` or `true`, `x` is None."
    texts = [argument.about for name in NAMES for argument in reference_of(name, VOCABULARY).arguments]
    assert not any("`None`" in text or "`True`" in text or "`False`" in text for text in texts)


def test_a_sentence_ends_where_a_reader_ends_it():
    assert first_sentence("A size, e.g. 2. It doubles.") == "A size, e.g. 2."
    assert first_sentence("No end") == "No end"


def test_the_order_of_names_is_always_the_same():
    again = names_of(VOCABULARY)
    assert again == NAMES
    assert json.dumps([name.written for name in again]) == json.dumps([name.written for name in NAMES])


# Where an example of a family stands in a document.
_AROUND = {
    "compile": "inputs: {x: [8]}\nlayers:\n  - Dense: {units: 1}\n{example}\n",
    "argument": "inputs: {x: [8]}\nlayers:\n  - Dense: {units: 1, {example}}\n",
    "inputs": "{example}\nlayers:\n  - Flatten\n",
    "model": "inputs: {x: [8]}\n{example}\n",
}


def document_with(example: str) -> str:
    if example.startswith("- "):
        reads = re.search(r"from: \[(.*)\]", example)
        inputs = ", ".join(f"{name}: [8, 8]" for name in (reads[1].split(", ") if reads else ["x"]))
        item = example.replace("\n", "\n  ")
        return f"inputs: {{{inputs}}}\nlayers:\n  {item}\n"
    key = example.partition(":")[0]
    return _AROUND.get(key, _AROUND["argument"]).replace("{example}", example)


def complete_examples():
    for name in NAMES:
        reference = reference_of(name, VOCABULARY)
        example = example_of(reference)
        placed = example.startswith(("- ", "{")) or ": " in example
        # A place that takes such objects alone is no section of a document.
        if "…" not in example and placed and not example.startswith("{"):
            yield pytest.param(example, id=name.full)


@pytest.mark.parametrize("example", [*complete_examples()])
def test_the_example_of_a_name_is_right(example):
    text = "modelspec: 1\n" + document_with(example)
    report = Report()
    try:
        check_document(Text(Source("net.yaml", text), ""), Options(), report)
    except SpecError as error:
        report.take(error.diagnostics)
    wrong = [found for found in report.diagnostics if found.severity == "error"]
    if [found.code for found in wrong] == ["needs-tensorflow"]:
        pytest.skip("the layer needs TensorFlow")
    assert [found.message for found in wrong] == [], text


def test_most_examples_are_complete():
    assert len([*complete_examples()]) > 400
