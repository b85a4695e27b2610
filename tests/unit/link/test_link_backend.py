"""Which backend is chosen, without importing anything."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from modelspec.diagnostics import Report
from modelspec.link import backend
from modelspec.link.backend import choose_backend


@pytest.fixture
def _no_keras(monkeypatch):
    monkeypatch.setattr(backend, "_running", lambda: None)


@pytest.fixture
def installed(monkeypatch, _no_keras):
    def these(*names):
        monkeypatch.setattr(backend, "find_spec", lambda name: object() if name in names else None)

    return these


def home(tmp_path, **settings):
    (tmp_path / "keras.json").write_text(json.dumps(settings))
    return {"KERAS_HOME": str(tmp_path)}


def test_the_lightest_that_is_installed_is_taken(installed, tmp_path):
    nowhere = {"KERAS_HOME": str(tmp_path)}
    installed("tensorflow", "torch", "jax")
    assert choose_backend(Report(), environ=nowhere).name == "jax"
    installed("tensorflow", "torch")
    assert choose_backend(Report(), environ=nowhere).name == "torch"
    installed("tensorflow")
    assert choose_backend(Report(), environ=nowhere).name == "tensorflow"


def test_the_caller_comes_before_the_environment_and_that_before_the_file(installed, tmp_path):
    installed("tensorflow", "torch", "jax")
    environ = home(tmp_path, backend="tensorflow")
    assert choose_backend(Report(), environ=environ).name == "tensorflow"
    environ["KERAS_BACKEND"] = "torch"
    assert choose_backend(Report(), environ=environ).name == "torch"
    assert choose_backend(Report(), asked="jax", environ=environ).name == "jax"


def test_a_file_that_keras_wrote_by_itself_says_nothing(installed, tmp_path):
    installed("tensorflow", "jax")
    environ = home(
        tmp_path, floatx="float32", epsilon=1e-07, backend="tensorflow", image_data_format="channels_last"
    )
    assert choose_backend(Report(), environ=environ).name == "jax"


@pytest.mark.parametrize("text", ["{", "[]", '{"backend": 3}', '{"backend": "numpy"}'])
def test_a_file_without_a_usable_backend_says_nothing(installed, tmp_path, text):
    installed("jax")
    (tmp_path / "keras.json").write_text(text)
    assert choose_backend(Report(), environ={"KERAS_HOME": str(tmp_path)}).name == "jax"


@pytest.mark.parametrize(
    ("asked", "there", "code"),
    [
        ("torch", ("jax",), "backend-not-installed"),
        ("numpy", ("jax",), "unknown-backend"),
        (None, (), "no-backend"),
    ],
)
def test_what_cannot_be_is_told(installed, tmp_path, asked, there, code):
    installed(*there)
    report = Report()
    assert choose_backend(report, asked=asked, environ={"KERAS_HOME": str(tmp_path)}) is None
    (found,) = report.diagnostics
    assert found.code == code
    assert found.help


def test_a_running_keras_keeps_its_backend(monkeypatch):
    monkeypatch.setattr(backend, "_running", lambda: "torch")
    assert choose_backend(Report(), environ={"KERAS_BACKEND": "jax"}).name == "torch"
    report = Report()
    assert choose_backend(report, asked="jax", environ={}) is None
    assert report.diagnostics[0].code == "backend-fixed"


def test_choosing_imports_nothing_and_importing_leaves_the_environment():
    code = """
import os, sys
from modelspec.diagnostics import Report
from modelspec.link.backend import choose_backend, import_keras
chosen = choose_backend(Report())
assert not {"keras", "jax", "torch", "tensorflow", "numpy"} & sys.modules.keys()
before = dict(os.environ)
import_keras(chosen)
import keras
assert keras.config.backend() == chosen.name
changed = {k for k in before.keys() | os.environ.keys() if before.get(k) != os.environ.get(k)}
assert not changed & {"KERAS_BACKEND", "KERAS_NNX_ENABLED", "JAX_PLATFORMS", "TF_CPP_MIN_LOG_LEVEL"}, changed
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=dict(os.environ))
    assert done.returncode == 0, done.stderr
