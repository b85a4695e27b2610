"""Documents that hold what runs code, opens files or names no part of a model: refused without Keras."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import modelspec
from modelspec import SpecError
from modelspec.compiler.stages import check_document
from modelspec.diagnostics import Diagnostic, Report

LAMBDA = {"class_name": "__lambda__", "config": {"code": "4wAAAA==", "defaults": None, "closure": None}}
HEAD: dict[str, Any] = {"modelspec": 1, "inputs": {"x": [4]}}


def function(module: str, name: str) -> dict[str, Any]:
    return {"class_name": "function", "module": module, "config": name, "registered_name": name}


def keras_dict(name: str, config: dict[str, Any], module: str = "keras.layers") -> dict[str, Any]:
    return {"class_name": name, "module": module, "config": config, "registered_name": None}


def document(*layers: object, **more: object) -> dict[str, Any]:
    return {**HEAD, "layers": [*layers], **more}


def codes(text: object, *, allow_unsafe: bool = False, root: Path | None = None) -> list[str]:
    """What a check without Keras finds."""
    given = modelspec.loads(json.dumps(text), root=root, allow_unsafe=allow_unsafe)
    found: tuple[Diagnostic, ...] = ()
    try:
        check_document(given.text, given.options, Report())
    except SpecError as error:
        found = error.diagnostics
    assert all(item.place for item in found)
    assert all(len(item.message) < 300 for item in found)
    return [item.code for item in found]


HIDDEN = {
    "an item": document(keras_dict("Lambda", {"function": LAMBDA})),
    "an item with its class key": document({"Lambda": {"function": LAMBDA}}),
    "a shape": document({"Lambda": {"function": "relu", "output_shape": LAMBDA}}),
    "a mask": document({"Lambda": {"function": "relu", "mask": LAMBDA}}),
    "a wrapper": document({"TimeDistributed": {"layer": keras_dict("Lambda", {"function": LAMBDA})}}),
    "an activation": document({"Dense": {"units": 1, "activation": LAMBDA}}),
    "a list of layers": document({"Pipeline": {"layers": [keras_dict("Lambda", {"function": LAMBDA})]}}),
    "a call's argument": document({"Dense": {"units": 1}, "call": {"f": LAMBDA}}),
    "an operation's argument": document({"ops.sum": {"axis": LAMBDA}}),
    "a block": document("b", blocks={"b": {"layers": [{"Dense": {"units": 1, "activation": LAMBDA}}]}}),
    "a variable": document({"Dense": {"units": 1, "activation": "$f"}}, vars={"f": LAMBDA}),
    "defaults": document({"Dense": {"units": 1}}, defaults={"Dense": {"activation": LAMBDA}}),
    "a nested model": document(
        "m",
        models={"m": {"inputs": {"y": [4]}, "layers": [{"Dense": {"units": 1, "activation": LAMBDA}}]}},
    ),
    "a whole model": {
        **HEAD,
        "model": {
            "class_name": "Sequential",
            "module": "keras",
            "config": {"layers": [keras_dict("Lambda", {"function": LAMBDA})]},
        },
    },
    "a loss": document({"Dense": {"units": 1}}, compile={"loss": LAMBDA}),
    "a metric": document({"Dense": {"units": 1}}, compile={"metrics": [LAMBDA]}),
    "a schedule": document(
        {"Dense": {"units": 1}}, compile={"optimizer": {"Adam": {"learning_rate": LAMBDA}}}
    ),
    "a policy": document({"Dense": {"units": 1}, "dtype": LAMBDA}),
}


@pytest.mark.parametrize("where", HIDDEN)
def test_a_lambda_is_found_wherever_it_hides(where):
    assert "unsafe-object" in codes(HIDDEN[where])


OBJECTS = {
    "a SavedModel": ({"TFSMLayer": {"filepath": "model"}}, "unsafe-object"),
    "a SavedModel in a wrapper": (
        {"TimeDistributed": {"layer": {"TFSMLayer": {"filepath": "model"}}}},
        "unsafe-object",
    ),
    "a torch module": (keras_dict("TorchModuleWrapper", {"module": "gASV"}), "unsafe-object"),
    "a vocabulary in a Keras dict": (
        keras_dict("StringLookup", {"vocabulary": "/etc/passwd"}),
        "unsafe-path",
    ),
    "a vocabulary in a slice": (
        keras_dict(
            "Lambda",
            {
                "function": function("keras.activations", "relu"),
                "arguments": {
                    "by": {
                        "class_name": "__slice__",
                        "config": {
                            "start": keras_dict("StringLookup", {"vocabulary": "/etc/passwd"}),
                            "stop": None,
                            "step": None,
                        },
                    }
                },
            },
        ),
        "unsafe-path",
    ),
    "an object in an array": (
        {
            "Dense": {
                "units": 1,
                "activation": {
                    "class_name": "__numpy__",
                    "config": {"value": [LAMBDA], "dtype": "object"},
                },
            }
        },
        "unsafe-object",
    ),
    "a vocabulary in a wrapper's Keras dict": (
        {"TimeDistributed": {"layer": keras_dict("StringLookup", {"vocabulary": "/etc/passwd"})}},
        "unsafe-path",
    ),
    "weights that are a path": (
        keras_dict("StringLookup", {"vocabulary": ["a"], "idf_weights": "/etc/passwd"}),
        "unsafe-path",
    ),
    "a function of the system": (function("os", "system"), "unsafe-name"),
    "a function of Python": (
        {"Dense": {"units": 1, "activation": function("builtins", "eval")}},
        "unsafe-name",
    ),
    "a download": (
        {"Lambda": {"function": function("keras.utils", "get_file"), "arguments": {"origin": "http://x"}}},
        "unsafe-name",
    ),
    "a switch of Keras": (
        {"Lambda": {"function": function("keras.config", "enable_unsafe_deserialization")}},
        "unsafe-name",
    ),
    "a private function of Keras": (
        keras_dict("get_file", {}, module="keras.src.utils.file_utils"),
        "unsafe-name",
    ),
    "a module to import": (keras_dict("X", {}, module="keras_hub.evil"), "unsafe-name"),
    "our own marker": (
        {"class_name": "__modelspec_model__", "module": None, "config": {"key": "x"}},
        "unsafe-name",
    ),
    "an absurd width": ({"Dense": {"units": 10**12}}, "too-many-parameters"),
    "an absurd table": ({"Embedding": {"input_dim": 10**9, "output_dim": 10**4}}, "too-many-parameters"),
    "an absurd width, repeated": ({"Dense": {"units": 10**9}, "repeat": 200}, "too-many-parameters"),
    "an absurd width in a Keras dict": (keras_dict("Dense", {"units": 10**12}), "too-many-parameters"),
    "an absurd shape": ({"Reshape": {"target_shape": [10**9]}}, "excessive-size"),
    "an absurd repetition": ({"RepeatVector": {"n": 10**10}}, "excessive-size"),
    "an absurd number of n-grams": ({"TextVectorization": {"ngrams": 10**10}}, "excessive-size"),
    "a repeat of a billion": ({"Flatten": None, "repeat": 10**9}, "too-many-items"),
}


@pytest.mark.parametrize("name", OBJECTS)
def test_a_hostile_object_is_refused(name):
    item, code = OBJECTS[name]
    assert code in codes(document(item))


def test_absurd_metrics_are_refused():
    compiled = {"metrics": [{"AUC": {"num_thresholds": 10**10}}]}
    assert codes(document({"Dense": {"units": 1}}, compile=compiled)) == ["excessive-size"]
    compiled = {"metrics": [{"MeanIoU": {"num_classes": 10**6}}]}
    assert codes(document({"Dense": {"units": 1}}, compile=compiled)) == ["excessive-size"]


def test_what_a_caller_allows_is_lifted_and_nothing_else():
    lambda_item = keras_dict("Lambda", {"function": LAMBDA})
    assert codes(document(lambda_item), allow_unsafe=True) == []
    assert codes(document({"TFSMLayer": {"filepath": "model"}}), allow_unsafe=True) == []
    allowed = modelspec.loads(json.dumps(document(lambda_item)), allow_unsafe=True)
    report = Report()
    check_document(allowed.text, allowed.options, report)
    assert [item.code for item in report.warnings] == ["unsafe-allowed"]
    gadget = keras_dict("Lambda", {"function": function("keras.utils", "get_file")})
    assert codes(document(gadget), allow_unsafe=True) == ["unsafe-name"]
    assert codes(document({"Dense": {"units": 10**12}}), allow_unsafe=True) == ["too-many-parameters"]


def test_a_function_by_its_name_is_no_code():
    relu = function("keras.activations", "relu")
    assert codes(document({"Lambda": {"function": relu}})) == []
    registered = {"class_name": "function", "module": "builtins", "config": "acme>f", "registered_name": None}
    text = document(keras_dict("Lambda", {"function": registered}))
    assert codes(text) == ["unknown-registered-name"]
    given = modelspec.loads(json.dumps(text), custom_objects={"acme>f": lambda x: x})
    check_document(given.text, given.options, Report())


def test_a_finding_points_at_the_argument_it_is_in():
    text = json.dumps(document({"TimeDistributed": {"layer": keras_dict("Lambda", {"function": LAMBDA})}}))
    given = modelspec.loads(text)
    with pytest.raises(SpecError) as caught:
        check_document(given.text, given.options, Report())
    (found,) = caught.value.diagnostics
    assert text[found.place.start :].startswith('{"class_name": "Lambda"')
    assert "(at `config.function`)" in found.message


def test_a_message_shows_nothing_of_a_config():
    secret = "secret" * 200
    item = keras_dict("Lambda", {"function": {**LAMBDA, "config": {"code": secret}}, "arguments": secret})
    given = modelspec.loads(json.dumps(document(item)))
    with pytest.raises(SpecError) as caught:
        given.check()
    for found in caught.value.diagnostics:
        assert "secret" not in f"{found.message}{found.help}{found.notes}"


# --- vocabularies --------------------------------------------------------------------------------------


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "secret.txt").write_text("secret\n")
    root = tmp_path / "project"
    root.mkdir()
    (root / "link.txt").symlink_to(tmp_path / "secret.txt")
    (root / "folder").symlink_to(tmp_path)
    os.mkfifo(root / "pipe.txt")
    (root / "words.txt").write_bytes("a\r\nb c\n\u00e9\n".encode())
    (root / "numbers.txt").write_text("3\n1\n")
    (root / "latin.txt").write_bytes(b"a\n\xe9\n")
    return root


@pytest.mark.parametrize(
    "reference",
    [
        "/etc/passwd",
        "../secret.txt",
        "{root}/../secret.txt",
        "link.txt",
        "folder/secret.txt",
        "pipe.txt",
        "/dev/zero",
        "/dev/stdin",
        ".",
        "absent.txt",
        "http://169.254.169.254/",
        "file:///etc/passwd",
        "gs://bucket/words.txt",
        "~/words.txt",
        "C:\\words.txt",
        "words.txt\0",
        "",
    ],
)
@pytest.mark.parametrize("layer", ["StringLookup", "IntegerLookup", "TextVectorization"])
def test_a_vocabulary_outside_the_project_is_not_read(project, reference, layer):
    item = {layer: {"vocabulary": reference.format(root=project)}}
    (found,) = codes(document(item), root=project)
    assert found in {"outside-root", "file-not-found"}


def resolved_vocabulary(project: Path, item: dict[str, Any]) -> object:
    given = modelspec.loads(json.dumps(document(item)), root=project)
    checked = check_document(given.text, given.options, Report())
    (made,) = checked.resolved.layers[""].values()
    return made.data["config"]["vocabulary"]


def test_a_vocabulary_of_the_project_stands_in_the_config(project):
    item = {"StringLookup": {"vocabulary": "words.txt"}}
    assert resolved_vocabulary(project, item) == ["a", "b c", "\u00e9"]
    assert resolved_vocabulary(project, {"IntegerLookup": {"vocabulary": "numbers.txt"}}) == [3, 1]


@pytest.mark.parametrize(("layer", "name"), [("IntegerLookup", "words.txt"), ("StringLookup", "latin.txt")])
def test_a_file_that_is_no_vocabulary_is_told_without_its_content(project, layer, name):
    given = modelspec.loads(json.dumps(document({layer: {"vocabulary": name}})), root=project)
    with pytest.raises(SpecError) as caught:
        check_document(given.text, given.options, Report())
    (found,) = caught.value.diagnostics
    assert found.code == "bad-vocabulary"
    assert "b c" not in found.message


def test_a_vocabulary_is_bounded(project):
    with (project / "large.txt").open("wb") as file:
        file.truncate(1 << 30)
    assert codes(document({"StringLookup": {"vocabulary": "large.txt"}}), root=project) == ["bad-vocabulary"]


# --- imports -------------------------------------------------------------------------------------------

IMPORTS = """
import json, sys
import modelspec
from modelspec import SpecError
from modelspec.compiler.stages import check_document
from modelspec.diagnostics import Diagnostic, Report
known = {*sys.modules}
for text in json.loads(sys.argv[1]):
    given = modelspec.loads(json.dumps(text))
    try:
        check_document(given.text, given.options, Report())
    except SpecError:
        pass
    else:
        raise AssertionError(text)
new = {name.partition(".")[0] for name in {*sys.modules} - known}
assert not new & {"keras", "keras_hub", "acme_evil", "os_evil", "subprocess", "jax", "numpy"}, new
"""


def test_no_module_is_imported_for_a_name(tmp_path):
    """Modules of the names lie ready in the working folder and on the path."""
    for name in ("keras_hub", "acme_evil"):
        (tmp_path / f"{name}.py").write_text("open('proof', 'w').close()")
    items = [keras_dict("X", {}, module=name) for name in ("keras_hub", "keras_hub.evil")]
    items += [keras_dict("Popen", {}, module="subprocess"), function("acme_evil", "f") | {"module": "os"}]
    texts = [document(item) for item in items] + [
        {**document("Flatten"), "use": ["acme_evil"]},
        document({"acme_evil>X": {}}),
    ]
    package = str(Path(modelspec.__file__).parents[1])
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), package])}
    done = subprocess.run(
        [sys.executable, "-c", IMPORTS, json.dumps(texts)],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env=env,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert not (tmp_path / "proof").exists()
