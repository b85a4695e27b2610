"""Modules that documents name: which are allowed, and what comes of those that change, fail or meet."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import keras
import pytest
from registered_documents import document, environment, items, mistakes

import modelspec
from modelspec import SpecError

SCALE = """
import keras
from {helper} import WIDTH

@keras.saving.register_keras_serializable(package="{package}")
class Wide(keras.layers.Layer):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.dense = keras.layers.Dense(WIDTH)

    def build(self, input_shape):
        self.dense.build(input_shape)
        self.built = True

    def call(self, inputs):
        return self.dense(inputs)
"""


@pytest.fixture
def workshop(tmp_path, monkeypatch):
    """A folder of a user's own, on the path and the working folder, whose modules go with the test."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        file = getattr(sys.modules[name], "__file__", None)
        if file and Path(file).is_relative_to(tmp_path):
            del sys.modules[name]


def written(path: Path, text: str) -> None:
    """Write a file so that its state differs from before, whatever the clock's grain."""
    import os

    stamp = path.stat().st_mtime_ns + 10**9 if path.exists() else None
    path.write_text(text)
    if stamp is not None:
        os.utime(path, ns=(stamp, stamp))


def net(folder: Path, module: str, name: str, *, use: str | None = None) -> modelspec.Document:
    path = folder / f"{module}.yaml"
    path.write_text(f"modelspec: 1\nuse: [{use or module + '.py'}]\n{items(name, head='inputs: {x: [3]}')}\n")
    return modelspec.load(path, allow=(use or f"{module}.py",))


def test_a_module_that_is_not_allowed_is_not_imported():
    made = document(items("acme>AttentionPool: {heads: 2}"), use="acme.never_imported", allow=())
    ((code, message, help_text),) = mistakes(made)
    assert (code, message) == ("module-not-allowed", "the module `acme.never_imported` is not allowed")
    assert "`--allow acme`" in help_text
    assert "acme.never_imported" not in sys.modules


def test_a_module_that_cannot_be_imported_is_told_with_the_line_that_raises():
    ((code, message, _),) = mistakes(document(items("Dense: {units: 1}"), use="acme.broken"))
    assert code == "module-failed"
    assert message == ("importing `acme.broken` fails: RuntimeError: not on this machine, at broken.py:5")


def test_a_module_that_is_not_there_is_told():
    ((code, message, help_text),) = mistakes(
        document(items("Dense: {units: 1}"), use="nosuchpackage.layers", allow=("nosuchpackage",))
    )
    assert (code, message) == (
        "module-failed",
        "importing `nosuchpackage.layers` fails: there is no module `nosuchpackage`",
    )
    assert "PYTHONPATH" in help_text


_OWN = """import keras
@keras.saving.register_keras_serializable(package='later')
class Tenfold(keras.layers.Layer):
    def call(self, inputs):
        return inputs * self.ten()
    def ten(self):
        from later_numbers import TEN
        return TEN
"""


@pytest.fixture
def later_layers(tmp_path, monkeypatch):
    (tmp_path / "later_layers.py").write_text(_OWN)
    (tmp_path / "later_numbers.py").write_text("TEN = 10\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield
    for name in ("later_layers", "later_numbers"):
        sys.modules.pop(name, None)


@pytest.mark.usefixtures("clean_registry", "later_layers")
def test_who_imports_a_module_after_a_build_gets_what_it_registers(tmp_path):
    path = tmp_path / "net.keras"
    body = items("later>Tenfold")
    document(body, use="later_layers", allow=("later_layers",), use_cache=False).build(path)
    assert "later_layers" not in sys.modules
    import later_layers

    model = keras.saving.load_model(path)
    assert type(model.layers[1]) is later_layers.Tenfold
    # From now on the process has the module, and its classes are the ones that documents use.
    made = document(body, use="later_layers", allow=("later_layers",), use_cache=False).model()
    assert type(made.layers[1]) is later_layers.Tenfold


@pytest.mark.usefixtures("clean_registry", "later_layers")
def test_a_live_model_and_the_module_imported_after_it_are_of_one_class():
    made = document(items("later>Tenfold"), use="later_layers", allow=("later_layers",)).model()
    import later_layers

    assert type(made.layers[1]) is later_layers.Tenfold


@pytest.mark.usefixtures("clean_registry", "later_layers")
def test_a_module_that_the_process_imported_counts_when_it_has_cleared_the_registry():
    import later_layers

    keras.saving.get_custom_objects().clear()
    made = document(items("later>Tenfold"), use="later_layers", allow=("later_layers",), use_cache=False)
    assert type(made.model().layers[1]) is later_layers.Tenfold


def test_a_python_file_is_named_by_its_path_and_allowed_by_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own_layers.py").write_text(
        "import keras\n"
        "@keras.saving.register_keras_serializable(package='own')\n"
        "class Negated(keras.layers.Layer):\n"
        "    def call(self, inputs):\n"
        "        return -inputs\n"
    )
    net = tmp_path / "net.yaml"
    net.write_text(f"modelspec: 1\nuse: [own_layers.py]\n{items('own>Negated')}\n")
    refused = modelspec.load(net)
    ((code, _, help_text),) = mistakes(refused)
    assert code == "module-not-allowed"
    assert "`--allow own_layers.py`" in help_text
    assert "own_layers" not in sys.modules
    try:
        assert modelspec.load(net, allow=("own_layers.py",)).check() == ()
        assert modelspec.load(net, allow=(str(tmp_path / "own_layers.py"),)).check() == ()
    finally:
        sys.modules.pop("own_layers", None)


def test_the_project_of_the_working_folder_allows_modules_and_that_of_the_document_does_not(
    tmp_path, monkeypatch
):
    body = f"modelspec: 1\nuse: [acme.layers]\n{items('acme>AttentionPool: {heads: 2}')}\n"
    project, elsewhere = tmp_path / "project", tmp_path / "elsewhere"
    for folder in (project, elsewhere):
        (folder / "below").mkdir(parents=True)
        (folder / "below" / "net.yaml").write_text(body)
    (project / "pyproject.toml").write_text('[tool.modelspec]\nallow = ["acme"]\n')
    monkeypatch.chdir(project / "below")
    assert modelspec.load("net.yaml").check() == ()
    assert modelspec.load(elsewhere / "below" / "net.yaml").check() == ()
    monkeypatch.chdir(elsewhere)
    ((code, _, _),) = mistakes(modelspec.load(project / "below" / "net.yaml"))
    assert code == "module-not-allowed"


def test_an_unchanged_custom_module_is_not_imported_again(tmp_path):
    (tmp_path / "quiet_layers.py").write_text(
        "import keras\n"
        "print('imported')\n"
        "@keras.saving.register_keras_serializable(package='quiet')\n"
        "class Same(keras.layers.Layer):\n"
        "    def call(self, inputs):\n"
        "        return inputs\n"
    )
    (tmp_path / "net.yaml").write_text(f"modelspec: 1\nuse: [quiet_layers]\n{items('quiet>Same')}\n")
    check = (
        "import sys, modelspec; modelspec.load('net.yaml', allow=('quiet_layers',)).check(); "
        "print('keras' in sys.modules)"
    )

    def run() -> str:
        package = str(Path(modelspec.__file__).parents[1])
        done = subprocess.run(
            [sys.executable, "-c", check],
            capture_output=True,
            text=True,
            check=True,
            cwd=tmp_path,
            env={
                **environment(),
                "PYTHONPATH": f"{tmp_path}:{package}",
                "MODELSPEC_CACHE": str(tmp_path / "cache"),
            },
        )
        return " ".join(done.stdout.split())

    assert [run(), run()] == ["imported True", "False"]
    (tmp_path / "quiet_layers.py").write_text((tmp_path / "quiet_layers.py").read_text() + "# changed\n")
    assert [run(), run()] == ["imported True", "False"]


def test_a_helper_that_changes_changes_what_is_built(workshop):
    written(workshop / "helper_one.py", "WIDTH = 4\n")
    written(workshop / "wide_one.py", SCALE.format(helper="helper_one", package="one"))
    assert net(workshop, "wide_one", "one>Wide").params == 16
    written(workshop / "helper_one.py", "WIDTH = 8\n")
    assert net(workshop, "wide_one", "one>Wide").params == 32


def test_a_helper_that_the_process_holds_is_watched_all_the_same(workshop):
    import importlib

    written(workshop / "helper_two.py", "WIDTH = 4\n")
    importlib.import_module("helper_two")
    written(workshop / "wide_two.py", SCALE.format(helper="helper_two", package="two"))
    assert net(workshop, "wide_two", "two>Wide").params == 16
    written(workshop / "helper_two.py", "WIDTH = 8\n")
    script = "import modelspec; print(modelspec.load('wide_two.yaml', allow=('wide_two.py',)).params)"
    package = str(Path(modelspec.__file__).parents[1])
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env={**environment(), "PYTHONPATH": f"{workshop}:{package}"},
    )
    assert done.stdout.strip() == "32"


@pytest.mark.usefixtures("clean_registry")
def test_old_code_that_the_process_holds_is_told_and_not_kept(workshop):
    written(workshop / "helper_three.py", "WIDTH = 4\n")
    written(workshop / "wide_three.py", SCALE.format(helper="helper_three", package="three"))
    net(workshop, "wide_three", "three>Wide").model()
    written(workshop / "helper_three.py", "WIDTH = 8\n")
    again = net(workshop, "wide_three", "three>Wide")
    assert [found.code for found in again.check()] == ["stale-module"]
    assert again.params == 16


def test_a_module_that_fails_leaves_the_libraries_it_imported(workshop):
    written(workshop / "fails.py", "import wsgiref.util\nimport colorsys_like\n")
    made = net(workshop, "fails", "fails>Wide")
    ((code, message, _),) = mistakes(made)
    assert (code, message) == (
        "module-failed",
        "importing `fails.py` fails: ModuleNotFoundError: No module named 'colorsys_like', at fails.py:2",
    )
    assert "wsgiref.util" in sys.modules
    assert "fails" not in sys.modules


def test_two_files_may_have_one_stem(workshop):
    written(workshop / "helper_four.py", "WIDTH = 4\n")
    for folder, package in (("left", "left"), ("right", "right")):
        (workshop / folder).mkdir()
        written(workshop / folder / "layers.py", SCALE.format(helper="helper_four", package=package))
    path = workshop / "net.yaml"
    body = items("left>Wide", "right>Wide", head="inputs: {x: [3]}")
    path.write_text(f"modelspec: 1\nuse: [left/layers.py, right/layers.py]\n{body}\n")
    assert modelspec.load(path, allow=("left/layers.py", "right/")).params == 16 + 20


def test_a_file_that_is_called_like_a_module_of_python_is_told(workshop):
    written(workshop / "random.py", "import keras\n")
    ((code, message, help_text),) = mistakes(net(workshop, "random", "own>Wide"))
    assert (code, message, help_text) == (
        "module-failed",
        "importing `random.py` fails: Python itself has a module called `random`",
        "call the file something else",
    )


def test_a_file_that_a_document_names_is_told_to_whoever_watches(workshop):
    from modelspec.compiler.stages import check_document
    from modelspec.diagnostics import Report

    written(workshop / "fails_too.py", "raise RuntimeError\n")
    made, report = net(workshop, "fails_too", "own>Wide"), Report()
    with pytest.raises(SpecError):
        check_document(made.text, made.options, report)
    assert str(workshop / "fails_too.py") in report.files
