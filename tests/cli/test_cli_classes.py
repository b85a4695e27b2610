"""`modelspec classes` and `modelspec schema` as a user has them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

PACKAGES = str(Path(__file__).parents[1] / "packages")


@pytest.fixture
def run_with_acme(run, environment):
    """Run where the package `acme` is installed."""
    paths = f"{environment['PYTHONPATH']}:{PACKAGES}"
    return lambda *arguments: run(*arguments, PYTHONPATH=paths, KERAS_BACKEND="jax")


def test_without_a_pattern_there_is_a_row_for_each_family(run):
    done = run("classes")
    assert (done.status, done.err) == (0, "")
    rows = {line.split()[0]: line.split()[1] for line in done.out.splitlines() if len(line.split()) > 2}
    assert {"layer", "cell", "activation", "initializer", "loss", "operation"} <= rows.keys()
    assert int(rows["layer"]) > 100
    assert max(map(len, done.out.splitlines())) <= 120


def test_one_name_has_a_page(run):
    done = run("classes", "conv2d")
    assert (done.status, done.err) == (0, "")
    assert done.out.startswith("Conv2D  layer, Keras 3.5 and newer\n2D convolution layer.\n")
    assert "\n  - Conv2D: {filters: 16, kernel_size: 3}\n" in done.out
    row = next(line for line in done.out.splitlines() if line.startswith(" padding"))
    assert row.split()[:5] == ["padding", "valid", "|", "same", "valid"]
    assert "keras.layers.Convolution2D" in done.out


def test_several_names_are_a_list_with_a_sentence_each(run):
    done = run("classes", "L?", "--family", "regularizer")
    assert (done.status, done.err) == (0, "")
    assert [line.split()[0] for line in done.out.splitlines() if line.startswith(" L")] == ["L1", "L2"]
    assert "A regularizer that applies a L2 regularization penalty." in done.out


def test_names_alone_are_a_line_each(run):
    done = run("classes", "--family", "cell", "--format", "concise")
    assert done.out.splitlines() == ["GRUCell", "LSTMCell", "SimpleRNNCell", "StackedRNNCells"]


def test_data_has_all_that_a_page_has(run):
    done = run("classes", "he_normal", "--format", "json")
    data = json.loads(done.out)
    (found,) = data["classes"]
    assert (data["diagnostics"], found["name"]) == ([], "HeNormal")
    assert found["strings"] == ["HeNormal", "he_normal"]
    assert found["example"] == "kernel_initializer: he_normal"
    assert found["arguments"][0]["name"] == "seed"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("Conv2",), "did you mean `Conv2D`?"),
        (("cnv*",), None),
        (("HeNormal", "--family", "layer"), "did you mean `HeNormal`?"),
        (("layerscal",), "did you mean `*layerscal*`?"),
    ],
)
def test_nothing_found_is_an_error_that_names_what_is_near(run, arguments, said):
    done = run("classes", *arguments)
    assert (done.status, done.out) == (1, "")
    assert "error[unknown-name]: nothing is called" in done.err
    assert (said in done.err) if said is not None else ("help" not in done.err)


def test_nothing_found_is_data_too(run):
    done = run("classes", "Conv2", "--format", "json")
    assert done.status == 1
    assert [found["code"] for found in json.loads(done.out)["diagnostics"]] == ["unknown-name"]


def test_an_unknown_family_is_a_wrong_command_line(run):
    done = run("classes", "--family", "layers")
    assert done.status == 2
    assert "'layers' is not one of" in done.err


def test_modules_the_caller_names_are_looked_into(run_with_acme):
    done = run_with_acme("classes", "acme>*", "--allow", "acme.layers")
    assert (done.status, done.err) == (0, "")
    names = [line.split()[0] for line in done.out.splitlines() if line.startswith(" acme>")]
    assert names == ["acme>AttentionPool", "acme>Residual", "acme>swish2"]
    page = run_with_acme("classes", "acme>attentionpool", "--allow", "acme.layers").out
    assert page.startswith(
        "acme>AttentionPool  layer, registered by acme.layers\nPools a sequence by attention"
    )
    assert "how many ways of looking at the sequence" in page
    assert "input_shape" not in page


def test_a_python_file_is_looked_into(run, folder):
    (folder / "own.py").write_text(
        "import keras\n\n"
        "@keras.saving.register_keras_serializable('own')\n"
        "class Twice(keras.layers.Layer):\n"
        '    """Doubles."""\n\n'
        "    def call(self, x):\n        return x * 2\n\n"
        "print('imported')\n"
    )
    done = run("classes", "own>*", "--allow", "own.py", "--format", "concise", KERAS_BACKEND="jax")
    assert (done.status, done.out, done.err) == (0, "own>Twice\n", "imported\n")


def test_a_module_that_registers_nothing_or_cannot_be_imported_is_told(run_with_acme):
    done = run_with_acme("classes", "Dense", "--allow", "acme", "--format", "concise")
    assert (done.status, done.out) == (0, "Dense\n")
    assert "warning[nothing-registered] importing `acme` registers nothing" in done.err
    done = run_with_acme("classes", "Dense", "--allow", "acme.broken")
    assert (done.status, done.out) == (1, "")
    assert "error[module-failed]: importing `acme.broken` fails: RuntimeError" in done.err


def test_the_schema_is_printed_or_written_the_same(run, folder):
    printed = run("schema")
    assert (printed.status, printed.err) == (0, "")
    written = run("schema", "-o", "schema.json")
    assert (written.status, written.out, written.err) == (0, "", "")
    assert (folder / "schema.json").read_text() == printed.out
    assert json.loads(printed.out)["required"] == ["modelspec"]


def test_the_schema_knows_the_classes_of_modules_the_caller_names(run_with_acme):
    schema = json.loads(run_with_acme("schema", "--allow", "acme.layers").out)
    pool = schema["definitions"]["acme..AttentionPool"]
    assert pool["description"] == "Pools a sequence by attention, with several heads."
    assert {"heads", "scale", "trainable"} <= pool["allOf"][0]["properties"].keys()


def test_a_schema_that_cannot_be_written_is_told(run):
    done = run("schema", "-o", "missing/schema.json")
    assert (done.status, done.out) == (1, "")
    assert "error[cannot-write]" in done.err


@pytest.mark.parametrize(("named", "what"), [("nosuch.py", "does not exist"), ("folder/", "is a folder")])
def test_a_file_to_look_into_that_is_none_is_told(run, named, what, folder):
    (folder / "folder").mkdir()
    done = run("classes", "--allow", named, "--format", "concise")
    assert done.status == 1
    assert done.err == f"--allow {named}: error[file-not-found] `{named}` {what}\n"
