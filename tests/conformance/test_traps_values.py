"""Traps 47 to 50: scalars that YAML 1.1 reads otherwise, and values of the wrong kind, found before Keras."""

from __future__ import annotations

import subprocess
import sys

import pytest
from trap_documents import codes, document, items, mistakes

import modelspec


def plain(*lines: str) -> modelspec.Document:
    return document(items(*lines), use="")


def arguments(made: modelspec.Document, number: int = 1) -> dict[str, object]:
    return made.config()["config"]["layers"][number]["config"]


# --- 47: floats ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "value"), [("2e-3", 2e-3), ("1e0", 1.0), (".5", 0.5), ("5e-1", 0.5)])
def test_trap_47_what_looks_like_a_float_is_one(text, value):
    found = arguments(plain(f"BatchNormalization: {{epsilon: {text}}}"))["epsilon"]
    assert (type(found), found) == (float, value)


@pytest.mark.parametrize(
    ("item", "help_text"),
    [
        ('BatchNormalization: {epsilon: "1e-3"}', "write `1e-3` without quotes"),
        ('Dropout: {rate: "0.5"}', "write `0.5` without quotes"),
    ],
)
def test_trap_47_a_quoted_number_is_refused_though_keras_may_take_it(item, help_text):
    assert [(code, told) for code, _, told in mistakes(plain(item))] == [("wrong-kind", help_text)]


def test_trap_47_a_quoted_number_in_the_optimizer_is_refused():
    body = items("Dense: {units: 1}") + '\ncompile: {optimizer: {Adam: {learning_rate: "1e-3"}}, loss: mse}'
    assert codes(document(body, use="")) == ["wrong-kind"]


# --- 48: booleans ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["yes", "no", "on", "off", "Yes", "ON", '"no"'])
def test_trap_48_a_word_is_no_boolean(word):
    ((code, _, help_text),) = mistakes(plain(f"Dense: {{units: 1, use_bias: {word}}}"))
    truth = "true" if word.lower() in ("yes", "on") else "false"
    assert (code, help_text) == ("wrong-kind", f"write `{truth}`")


@pytest.mark.parametrize("word", ["True", "FALSE", "None", "NULL"])
def test_trap_48_a_word_that_readers_disagree_on_is_refused(word):
    assert codes(plain(f"Dense: {{units: 1, use_bias: {word}}}")) == ["ambiguous-scalar"]


def test_trap_48_a_boolean_is_no_number():
    assert codes(plain("Dense: {units: true}")) == ["wrong-kind"]


@pytest.mark.parametrize("name", ["on", "no", "yes", "true", "null"])
def test_trap_48_names_are_texts(name):
    made = plain(f"{{Dense: {{units: 1}}, name: {name}}}", f"{{Dense: {{units: 1}}, from: {name}}}")
    assert made.config()["config"]["layers"][1]["name"] == name


# --- 49: integers, dates, keys -----------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "units"), [("010", 10), ("0o10", 8), ("0x10", 16)])
def test_trap_49_integers_are_those_of_yaml_1_2(text, units):
    assert arguments(plain(f"Dense: {{units: {text}}}"))["units"] == units


@pytest.mark.parametrize("text", ["1:30", "1_000", "2020-01-01"])
def test_trap_49_what_yaml_1_1_takes_for_a_number_or_a_date_is_a_text(text):
    ((code, message, _),) = mistakes(plain(f"Dense: {{units: {text}}}"))
    assert code == "wrong-kind"
    assert f"the text `{text}`" in message


def test_trap_49_infinity_is_refused_where_json_has_to_hold_it():
    assert codes(plain("{ReLU: {max_value: .inf}}")) == ["not-json"]


def test_trap_49_a_tilde_is_null():
    found = plain("Dense: {units: 2, activation: tanh, kernel_regularizer: ~}")
    assert arguments(found)["activation"] == "tanh"


def test_trap_49_a_key_that_stands_twice_is_refused():
    assert codes(plain("Dense: {units: 1, units: 2}")) == ["duplicate-key"]


@pytest.mark.parametrize("key", ["1", "true", "[a]", "? {a: b}"])
def test_trap_49_a_key_that_is_no_argument_is_refused(key):
    assert len(codes(plain(f"Dense: {{units: 1, {key}: 2}}"))) == 1


# --- 50: kinds -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("item", "code"),
    [
        ('Dense: {units: "64"}', "wrong-kind"),
        ("Dense: {units: 8.0}", "wrong-kind"),
        ('Conv1D: {filters: 1, kernel_size: "3"}', "wrong-kind"),
        ("Conv1D: {filters: 1, kernel_size: 3, padding: Same}", "wrong-value"),
        ("Dense: {units: 1, activation: Relu}", "unknown-identifier"),
        ("Dense: {units: 1, kernel_initializer: {L2: {l2: 0.1}}}", "wrong-family"),
    ],
)
def test_trap_50_a_value_of_the_wrong_kind_is_told_before_keras(item, code):
    assert codes(plain(item)) == [code]


def test_trap_50_none_of_it_imports_keras():
    script = (
        "import sys, modelspec\n"
        "made = modelspec.loads(sys.argv[1])\n"
        "try:\n    made.check()\n"
        "except modelspec.SpecError as error:\n    print([found.code for found in error.diagnostics])\n"
        "print('keras' in sys.modules)\n"
    )
    text = (
        "modelspec: 1\ninputs: {x: [4]}\nlayers:\n"
        '  - Dense: {units: "64"}\n  - Dropout: {rate: "1e-3"}\n  - Dense: {units: 1, units: 2}\n'
    )
    done = subprocess.run([sys.executable, "-c", script, text], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[1] == "False"
