"""Each verb: its arguments, its exit status, and what it says on which stream."""

from __future__ import annotations

import json
import re
import zipfile

import pytest
from command_line import GOOD, WARNED, WRONG

SENTENCE = "error[unknown-argument]: `Dense` has no argument `unit`"
CONCISE = "wrong.yaml:5:13: error[unknown-argument] `Dense` has no argument `unit`\n"


# --- check -----------------------------------------------------------------------------------------------


def test_check_says_that_a_document_is_good(run):
    done = run("check", "good.yaml")
    assert (done.status, done.out, done.err) == (0, "good.yaml: ok  2 layers, 21 parameters\n", "")


def test_check_shows_a_mistake_where_it_stands(run):
    done = run("check", "wrong.yaml")
    assert (done.status, done.out) == (1, "")
    assert done.err == (
        f"{SENTENCE}\n --> wrong.yaml:5:13\n  |\n5 |   - Dense: {{unit: $width}}\n"
        "  |             ^^^^\nhelp: did you mean `units`?\n\n1 error\n"
    )


def test_check_shows_a_mistake_on_one_line(run):
    done = run("check", "wrong.yaml", "--format", "concise")
    assert (done.status, done.out, done.err) == (1, "", CONCISE)


def test_check_shows_a_mistake_as_json(run):
    done = run("check", "wrong.yaml", "--format", "json")
    assert (done.status, done.err) == (1, "")
    (document,) = json.loads(done.out)
    assert document["document"] == "wrong.yaml"
    (found,) = document["diagnostics"]
    assert (found["code"], found["severity"]) == ("unknown-argument", "error")
    assert found["place"] == {"file": "wrong.yaml", "line": 5, "column": 13, "end_line": 5, "end_column": 17}


def test_check_goes_on_after_a_wrong_document(run):
    done = run("check", "wrong.yaml", "good.yaml", "--format", "concise")
    assert (done.status, done.out) == (1, "good.yaml: ok  2 layers, 21 parameters\n")
    assert done.err == CONCISE


def test_check_of_several_documents_is_one_json_text(run):
    done = run("check", "wrong.yaml", "good.yaml", "--format", "json")
    assert (done.status, done.err) == (1, "")
    assert [(d["document"], len(d["diagnostics"])) for d in json.loads(done.out)] == [
        ("wrong.yaml", 1),
        ("good.yaml", 0),
    ]


def test_a_warning_leaves_the_status_zero(run):
    done = run("check", "warned.yaml", "--format", "concise")
    assert done.status == 0
    assert done.out == "warned.yaml: ok  2 layers, 21 parameters\n"
    assert done.err == "warned.yaml:3:18: warning[unused-input] nobody reads the input `y`\n"


def test_quiet_leaves_out_warnings_and_good_news(run):
    done = run("check", "warned.yaml", "good.yaml", "--quiet")
    assert (done.status, done.out, done.err) == (0, "", "")


def test_quiet_leaves_mistakes(run):
    done = run("check", "wrong.yaml", "-q", "--format", "concise")
    assert (done.status, done.out, done.err) == (1, "", CONCISE)


def test_standard_input_is_read(run):
    done = run("check", "-", stdin=GOOD)
    assert (done.status, done.out, done.err) == (0, "-: ok  2 layers, 21 parameters\n", "")


def test_a_mistake_on_standard_input_has_its_place(run):
    done = run("check", "-", "--format", "concise", stdin=WRONG)
    assert (done.status, done.err) == (1, CONCISE.replace("wrong.yaml", "<stdin>"))


def test_a_value_is_set(run):
    done = run("check", "good.yaml", "--set", "vars.width=5", "--set", "layers.out.units=2")
    assert (done.status, done.out) == (0, "good.yaml: ok  2 layers, 32 parameters\n")


def test_the_later_of_two_values_counts(run):
    done = run("check", "good.yaml", "--set", "vars.width=9", "--set", "vars.width=5")
    assert (done.status, done.out) == (0, "good.yaml: ok  2 layers, 26 parameters\n")


def test_a_path_that_leads_nowhere_is_a_mistake(run):
    done = run("check", "good.yaml", "--set", "vars.widht=5")
    assert (done.status, done.out) == (1, "")
    assert "error[unknown-path]" in done.err
    assert "did you mean `vars.width`?" in done.err


@pytest.mark.parametrize(
    ("path", "meant"),
    [("width", "vars.width"), ("widht", "vars.width"), ("hidden.units", "layers.hidden")],
)
def test_a_path_without_its_section_is_told_whole(run, path, meant):
    done = run("check", "good.yaml", "--set", f"{path}=5")
    assert done.status == 1
    assert f"did you mean `{meant}`?" in done.err


def test_a_set_value_that_is_wrong_is_shown_as_it_was_given(run):
    done = run("check", "good.yaml", "--set", "layers.hidden.units=many", "--format", "concise")
    assert done.status == 1
    assert done.err.startswith("--set layers.hidden.units=many: error[wrong-kind]")


def test_a_missing_document_is_named(run):
    done = run("check", "godo.yaml")
    assert (done.status, done.out) == (1, "")
    assert "error[file-not-found]: `godo.yaml`" in done.err
    assert "`good.yaml`" in done.err


def test_too_many_parameters_are_refused_from_the_cache_too(run):
    assert run("check", "good.yaml").status == 0
    done = run("check", "good.yaml", "--max-params", "3")
    assert done.status == 1
    assert "error[too-many-parameters]" in done.err


def test_a_missing_backend_is_named(run):
    from importlib.util import find_spec

    missing = [name for name in ("torch", "tensorflow") if find_spec(name) is None]
    if not missing:
        pytest.skip("every backend is installed")
    done = run("check", "good.yaml", "--no-cache", "--backend", missing[0])
    assert done.status == 1
    assert f"error[backend-not-installed]: the backend `{missing[0]}`" in done.err
    assert f"pip install 'modelspec[{missing[0]}]'" in done.err


# --- build -----------------------------------------------------------------------------------------------


def test_build_writes_beside_the_caller(run, folder):
    done = run("build", "good.yaml")
    archive = folder / "good.keras"
    assert (done.status, done.err) == (0, "")
    assert done.out.startswith("good.yaml -> good.keras  21 parameters, ")
    assert zipfile.ZipFile(archive).namelist() == ["metadata.json", "config.json", "model.weights.h5"]


def test_build_writes_where_it_is_told(run, folder):
    done = run("build", "good.yaml", "-o", "other.keras")
    assert (done.status, done.err) == (0, "")
    assert done.out.startswith("good.yaml -> other.keras")
    assert [path.name for path in folder.glob("*.keras")] == ["other.keras"]


def test_build_makes_the_folder_for_several_documents(run, folder):
    done = run("build", "good.yaml", "warned.yaml", "-o", "out/models/", "--quiet")
    assert (done.status, done.out, done.err) == (0, "", "")
    assert sorted(path.name for path in (folder / "out" / "models").iterdir()) == [
        "good.keras",
        "warned.keras",
    ]


def test_build_goes_on_after_a_wrong_document_and_leaves_nothing_of_it(run, folder):
    done = run("build", "wrong.yaml", "good.yaml", "-o", "out/", "--format", "concise")
    assert (done.status, done.err) == (1, CONCISE)
    assert done.out.startswith("good.yaml -> out/good.keras")
    assert [path.name for path in (folder / "out").iterdir()] == ["good.keras"]


def test_build_keeps_the_old_archive_where_the_document_is_wrong(run, folder):
    (folder / "wrong.keras").write_bytes(b"old")
    assert run("build", "wrong.yaml").status == 1
    assert (folder / "wrong.keras").read_bytes() == b"old"


def test_build_reads_standard_input(run, folder):
    done = run("build", "-", "-o", "net.keras", stdin=GOOD)
    assert (done.status, done.err) == (0, "")
    assert (folder / "net.keras").exists()


def test_build_tells_json(run, folder):
    done = run("build", "good.yaml", "wrong.yaml", "-o", "out/", "--format", "json")
    good, wrong = json.loads(done.out)
    assert (done.status, done.err) == (1, "")
    assert good == {
        "document": "good.yaml",
        "diagnostics": [],
        "archive": "out/good.keras",
        "bytes": (folder / "out" / "good.keras").stat().st_size,
        "params": 21,
        "keras": "3.5",
    }
    assert wrong.keys() == {"document", "diagnostics"}


def test_build_writes_the_same_bytes_from_the_cache(run, folder):
    assert run("build", "good.yaml", "-o", "one.keras").status == 0
    assert run("build", "good.yaml", "-o", "two.keras", "--no-cache").status == 0
    assert (folder / "one.keras").read_bytes() == (folder / "two.keras").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["good.yaml", "good.yaml", "-o", "out/"], "two documents would be written to out/good.keras"),
        (["-"], "a document from standard input needs `-o FILE`"),
        (["good.yaml", "wrong.yaml", "-o", "warned.yaml"], "several documents need a folder"),
        ([], "Missing argument 'DOCUMENT...'"),
        (
            ["good.yaml", "--bakend", "jax"],
            "No such option '--bakend'. (Did you mean one of: '--backend', '--locked'?)",
        ),
        (["good.yaml", "--backend", "numpy"], "'numpy' is not one of 'jax', 'torch', 'tensorflow'"),
        (["good.yaml", "--root", "nowhere"], "Directory 'nowhere' does not exist"),
        (["good.yaml", "--max-params", "0"], "0 is not in the range"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_wrong_command_line_has_status_two(run, folder, arguments, sentence):
    before = sorted(folder.iterdir())
    done = run("build", *arguments)
    assert (done.status, done.out) == (2, "")
    assert sentence in done.err
    assert "modelspec build --help" in done.err
    assert sorted(path for path in folder.iterdir() if path.suffix == ".keras") == []
    assert set(before) <= set(folder.iterdir())


def test_a_folder_that_does_not_exist_is_a_mistake(run):
    done = run("build", "good.yaml", "-o", "nowhere/net.keras")
    assert (done.status, done.out) == (1, "")
    assert "error[cannot-write]" in done.err


# --- show ------------------------------------------------------------------------------------------------


def test_show_prints_a_table_and_totals(run):
    done = run("show", "good.yaml")
    assert (done.status, done.err) == (0, "")
    rows = [line.split() for line in done.out.splitlines()]
    assert ["hidden", "Dense", "–,", "4", "16", "5"] in rows
    assert ["out", "Dense", "–,", "1", "5", "7"] in rows
    assert rows[-2][:4] == ["2", "layers", "21", "parameters"]
    assert re.fullmatch(
        r"architecture m1:(\w{12})   automatic names free m1:\1   structure m1:\w{12}",
        done.out.splitlines()[-1],
    )


def test_show_tells_json(run):
    done = run("show", "good.yaml", "--format", "json")
    assert (done.status, done.err) == (0, "")
    data = json.loads(done.out)
    assert [row["path"] for row in data["layers"]] == ["x", "hidden", "out"]
    assert data["totals"] == {
        "layers": 2,
        "params": 21,
        "trainable_params": 21,
        "bytes": 84,
        "output_shape": [None, 1],
    }
    assert data["diagnostics"] == []


def test_show_takes_set_and_standard_input(run):
    done = run("show", "-", "--set", "vars.width=5", "--format", "json", stdin=GOOD)
    assert (done.status, json.loads(done.out)["totals"]["params"]) == (0, 26)


def test_show_keeps_models_of_several_documents_apart(run, folder):
    nested = "models: {inner: {inputs: {x: [3]}, layers: [{Dense: {units: 4}}]}}\nlayers: [inner]\n"
    (folder / "encoder.yaml").write_text(f"modelspec: 1\ninputs: {{x: [3]}}\n{nested}")
    (folder / "outer.yaml").write_text(
        "modelspec: 1\n"
        "inputs: {x: [3]}\n"
        "models:\n"
        "  encoder: {file: encoder.yaml}\n"
        "  inner:\n"
        "    inputs: {x: [3]}\n"
        "    layers:\n"
        "      - Dense: {units: 3}\n"
        "layers: [inner, encoder]\n"
    )
    done = run("show", "outer.yaml", "--format", "json")
    assert (done.status, done.err) == (0, "")
    data = json.loads(done.out)
    assert data["diagnostics"] == []
    dense = [row for row in data["layers"] if row["class_name"] == "Dense"]
    assert [(row["model"], row["line"], row["params"]) for row in dense] == [
        ("inner", "outer.yaml:8", 12),
        ("encoder/inner", "encoder.yaml:3", 16),
    ]


# --- config ----------------------------------------------------------------------------------------------


def test_config_prints_the_config_of_the_archive(run, folder):
    assert run("build", "good.yaml").status == 0
    done = run("config", "good.yaml")
    assert (done.status, done.err) == (0, "")
    assert json.loads(done.out) == json.loads(zipfile.ZipFile(folder / "good.keras").read("config.json"))


def test_config_writes_a_file(run, folder):
    done = run("config", "good.yaml", "-o", "config.json")
    assert (done.status, done.out, done.err) == (0, "", "")
    assert json.loads((folder / "config.json").read_text())["class_name"] == "Functional"


# --- explain ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("vars.width", ["4", "written", "good.yaml:2:15"]),
        ("layers.hidden.units", ["4", "variable `width`", "good.yaml:5:20", "good.yaml:2:15"]),
        ("hidden", ["Dense", "units", "use_bias", "default of Keras"]),
        ("hidden.units", ["4", "variable `width`", "good.yaml:5:20"]),
    ],
)
def test_explain_tells_a_value_and_its_way(run, path, words):
    done = run("explain", "good.yaml", path)
    assert (done.status, done.err) == (0, "")
    assert [word for word in words if word not in done.out] == []


def test_explain_tells_what_was_set(run):
    done = run("explain", "good.yaml", "hidden.units", "--set", "vars.width=6")
    assert (done.status, done.err) == (0, "")
    assert "6" in done.out
    assert "--set vars.width=6" in done.out


def test_explain_tells_json(run):
    done = run("explain", "good.yaml", "layers.hidden.units", "--format", "json")
    assert (done.status, done.err) == (0, "")
    (value,) = json.loads(done.out)["values"]
    assert value["value"] == 4


def test_explain_of_an_unknown_path_has_status_one(run):
    done = run("explain", "good.yaml", "layers.hiden.units")
    assert (done.status, done.out) == (1, "")
    assert "error[unknown-path]" in done.err
    assert "did you mean `layers.hidden" in done.err


def test_explain_of_a_misspelt_argument_of_a_node_tells_the_nearest(run):
    done = run("explain", "good.yaml", "hidden.unit")
    assert (done.status, done.out) == (1, "")
    assert "did you mean `hidden.units`?" in done.err


@pytest.mark.parametrize("path", ["width", "widht"])
def test_explain_of_a_path_without_its_section_tells_the_whole(run, path):
    done = run("explain", "good.yaml", path)
    assert (done.status, done.out) == (1, "")
    assert "did you mean `vars.width`?" in done.err


@pytest.mark.parametrize("verb", [["show"], ["config"], ["explain"]], ids=" ".join)
def test_a_mistake_is_the_same_for_every_verb(run, verb):
    more = ["hidden"] if verb == ["explain"] else []
    done = run(*verb, "wrong.yaml", *more, "--format", "concise")
    assert (done.status, done.out, done.err) == (1, "", CONCISE)


@pytest.mark.parametrize("verb", [["show"], ["config"], ["explain"]], ids=" ".join)
def test_a_mistake_is_json_for_every_verb(run, verb):
    more = ["hidden"] if verb == ["explain"] else []
    done = run(*verb, "wrong.yaml", *more, "--format", "json")
    assert (done.status, done.err) == (1, "")
    assert [item["code"] for item in json.loads(done.out)["diagnostics"]] == ["unknown-argument"]


def test_warnings_leave_standard_output_to_the_answer(run):
    done = run("config", "warned.yaml", "--format", "concise")
    assert (done.status, json.loads(done.out)["class_name"]) == (0, "Functional")
    assert done.err.startswith("warned.yaml:3:18: warning[unused-input]")
    assert WARNED.splitlines()[2][17] == "y"


# --- verbs -----------------------------------------------------------------------------------------------


def test_an_unknown_verb_is_answered_with_the_nearest(run):
    done = run("biuld", "good.yaml")
    assert (done.status, done.out) == (2, "")
    assert "No such command 'biuld'. Did you mean `build`?" in done.err


def test_no_verb_shows_the_help_with_status_two(run):
    done = run()
    assert done.status == 2
    assert "build       write the .keras archive of a document" in done.out + done.err


def test_the_version_is_told(run):
    from modelspec import __version__

    done = run("--version")
    assert (done.status, done.out, done.err) == (0, f"modelspec, version {__version__}\n", "")


# --- target ----------------------------------------------------------------------------------------------

NEWER = """\
modelspec: 1
inputs: {x: [3]}
layers:
  - Dense: {units: 4}
  - BatchNormalization: {renorm: true}
"""


def test_build_says_which_keras_opens_the_archive(run, folder):
    (folder / "newer.yaml").write_text(NEWER)
    assert run("build", "good.yaml").out.endswith(", for Keras 3.5 and newer\n")
    assert run("build", "newer.yaml").out.endswith(", for Keras 3.14 and newer\n")
    (data,) = json.loads(run("build", "newer.yaml", "--format", "json").out)
    assert data["keras"] == "3.14"


@pytest.mark.parametrize("verb", ["build", "check", "config"])
def test_what_the_target_lacks_is_an_error_at_its_line(run, folder, verb):
    (folder / "newer.yaml").write_text(NEWER)
    done = run(verb, "newer.yaml", "--target", "keras>=3.8", "--format", "concise")
    assert done.status == 1
    assert done.err.startswith(
        "newer.yaml:5:34: error[newer-keras] `renorm` of `BatchNormalization` needs Keras 3.14"
    )
    assert run(verb, "newer.yaml", "--target", "keras>=3.14").status == 0


def test_config_for_the_installed_keras_leaves_nothing_out(run):
    short, whole = (
        json.loads(run("config", "good.yaml", *more).out) for more in ((), ("--target", "installed"))
    )
    (old,), (new,) = (
        [layer["config"] for layer in data["config"]["layers"] if layer["name"] == "hidden"]
        for data in (short, whole)
    )
    assert old.items() < new.items()
    assert "bias_regularizer" in new.keys() - old.keys()


def test_a_target_that_is_none_is_a_wrong_command_line(run):
    done = run("build", "good.yaml", "--target", "3.8")
    assert done.status == 2
    assert "`3.8` is no target: write `keras>=3.8` or `installed`" in done.err


def test_check_can_stop_where_keras_would_begin(run, folder):
    done = run("check", "good.yaml", "wrong.yaml", "--no-keras", "--format", "concise")
    assert (done.status, done.out) == (1, "good.yaml: ok, as far as that is known without Keras\n")
    assert "unknown-argument" in done.err
    found = json.loads(run("check", "wrong.yaml", "--no-keras", "--format", "json").out)
    assert [item["code"] for item in found[0]["diagnostics"]] == ["unknown-argument"]
