"""Keras' own flag set to unsafe: whatever modelspec is asked for, code in a config does not run."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import keras
import pytest

import modelspec
from modelspec import SpecError
from modelspec.link.layers import deserialize, make
from modelspec.link.refusal import Refused
from modelspec.link.scopes import in_own_thread, pinned_process, safe_mode


def in_safe_mode() -> object:
    from keras.src.saving import serialization_lib

    return serialization_lib.in_safe_mode()


def set_flag(value: object) -> None:
    from keras.src.backend.common import global_state

    global_state.set_global_attribute("safe_mode_saving", value)


@pytest.fixture
def unsafe() -> Iterator[None]:
    before = in_safe_mode()
    keras.config.enable_unsafe_deserialization()
    yield
    kept = in_safe_mode()
    set_flag(before)
    assert kept is False, "the caller's flag is the caller's"


def serialized() -> dict[str, Any]:
    """A `Lambda` that tells when it runs."""
    layer = keras.layers.Lambda(lambda x: __import__("builtins").modelspec_ran.append(1) or x)
    return keras.saving.serialize_keras_object(layer)


@pytest.fixture
def ran(monkeypatch) -> list[int]:
    import builtins

    seen: list[int] = []
    monkeypatch.setattr(builtins, "modelspec_ran", seen, raising=False)
    return seen


def lambda_document() -> str:
    return json.dumps({"modelspec": 1, "inputs": {"x": [3]}, "layers": [serialized()]})


def lambda_archive(folder: Path) -> Path:
    x = keras.Input((3,))
    layer = keras.layers.Lambda(lambda x: __import__("builtins").modelspec_ran.append(1) or x)
    keras.Model(x, layer(x)).save(folder / "evil.keras")
    return folder / "evil.keras"


def nesting(folder: Path) -> str:
    lambda_archive(folder)
    text = {
        "modelspec": 1,
        "inputs": {"x": [3]},
        "models": {"m": {"file": "evil.keras"}},
        "layers": ["m"],
    }
    return json.dumps(text)


ENTRIES: dict[str, Callable[[modelspec.api.Document, Path], object]] = {
    "check": lambda document, folder: document.check(),
    "config": lambda document, folder: document.config(),
    "layers": lambda document, folder: document.layers(),
    "params": lambda document, folder: document.params,
    "build": lambda document, folder: document.build(folder / "net.keras"),
    "model": lambda document, folder: document.model(),
}


@pytest.mark.parametrize("entry", ENTRIES)
def test_every_entry_point_refuses_a_lambda(tmp_path, entry, unsafe, ran):
    text = lambda_document()
    ran.clear()
    modules = {*sys.modules}
    with pytest.raises(SpecError) as caught:
        ENTRIES[entry](modelspec.loads(text, use_cache=False), tmp_path)
    assert [found.code for found in caught.value.diagnostics] == ["unsafe-object"]
    assert ran == []
    new = {name.partition(".")[0] for name in {*sys.modules} - modules}
    assert new - {"modelspec", *sys.stdlib_module_names} == set()


@pytest.mark.parametrize("entry", ENTRIES)
def test_every_entry_point_refuses_a_vocabulary_path(tmp_path, entry, unsafe):
    (tmp_path / "words.txt").write_text("a\n")
    item = keras_dict("StringLookup", {"vocabulary": str(tmp_path / "words.txt")})
    text = json.dumps({"modelspec": 1, "inputs": {"x": [3]}, "layers": [item]})
    with pytest.raises(SpecError) as caught:
        ENTRIES[entry](modelspec.loads(text, use_cache=False), tmp_path)
    assert [found.code for found in caught.value.diagnostics] == ["unsafe-path"]


def keras_dict(name: str, config: dict[str, Any]) -> dict[str, Any]:
    return {"class_name": name, "module": "keras.layers", "config": config, "registered_name": None}


@pytest.mark.parametrize("entry", ENTRIES)
def test_every_entry_point_refuses_a_lambda_in_a_nested_archive(tmp_path, entry, ran):
    text = nesting(tmp_path)
    ran.clear()
    keras.config.enable_unsafe_deserialization()
    try:
        with pytest.raises(SpecError) as caught:
            ENTRIES[entry](modelspec.loads(text, use_cache=False, root=tmp_path), tmp_path)
        assert in_safe_mode() is False
    finally:
        set_flag(None)
    assert "unsafe-object" in [found.code for found in caught.value.diagnostics]
    assert ran == []


def test_what_is_built_loads_in_safe_mode_under_either_flag(tmp_path, unsafe):
    text = json.dumps({"modelspec": 1, "inputs": {"x": [3]}, "layers": [{"Dense": {"units": 2}}]})
    modelspec.loads(text).build(tmp_path / "net.keras")
    assert modelspec.loads(text).model().count_params() == 8
    set_flag(None)
    assert keras.saving.load_model(tmp_path / "net.keras", safe_mode=True).count_params() == 8
    set_flag(False)


# --- below the judge -----------------------------------------------------------------------------------
# The scope holds even for what the judge would let through.


def test_link_reads_no_lambda_by_itself(unsafe, ran):
    data = serialized()
    ran.clear()
    for attempt in (
        lambda: deserialize(data),
        lambda: deserialize({"a": [data]}),
        lambda: deserialize(keras_dict("TimeDistributed", {"layer": data})),
    ):
        with pytest.raises(Exception, match="lambda"):
            attempt()
    with pytest.raises(Refused):
        make(data, settings={}, seed="0")
    assert ran == []


def _fail(error: type[BaseException], seen: list[object]) -> None:
    seen.append(in_safe_mode())
    raise error


def test_the_flag_is_put_back_after_an_error():
    for before in (None, True, False):
        set_flag(before)
        for scope, error in ((safe_mode, RuntimeError), (pinned_process, KeyboardInterrupt)):
            seen: list[object] = []
            with pytest.raises(error), scope():
                _fail(error, seen)
            assert seen == [True]
            assert in_safe_mode() is before
    set_flag(None)


def test_code_is_allowed_where_the_caller_says_so_and_not_beyond(ran):
    data = serialized()
    with safe_mode(allow_unsafe=True):
        layer = deserialize(data)
        with safe_mode(), pytest.raises(Exception, match="lambda"):
            deserialize(data)
    assert isinstance(layer, keras.layers.Lambda)
    with pytest.raises(Exception, match="lambda"):
        deserialize(data)


def test_the_flag_of_another_thread_changes_nothing(ran):
    data = serialized()
    inside, go_on, outcomes = threading.Event(), threading.Event(), []

    def other() -> None:
        keras.config.enable_unsafe_deserialization()
        inside.set()
        go_on.wait(10)
        outcomes.append(in_safe_mode())

    thread = threading.Thread(target=other)
    thread.start()
    inside.wait(10)
    try:
        with pytest.raises(Exception, match="lambda"):
            deserialize(data)

        def build() -> None:
            with pinned_process():
                deserialize(data)

        with pytest.raises(Exception, match="lambda"):
            in_own_thread(build, depth=1)
    finally:
        go_on.set()
        thread.join()
    assert outcomes == [False]


def test_two_builds_at_once_keep_their_own_mode(ran):
    data = serialized()
    barrier = threading.Barrier(2, timeout=20)
    outcomes: dict[bool, object] = {}

    def run(*, allowed: bool) -> None:
        with safe_mode(allow_unsafe=allowed):
            barrier.wait()
            try:
                outcomes[allowed] = deserialize(data)
            except Exception as error:
                outcomes[allowed] = error
            barrier.wait()

    threads = [threading.Thread(target=run, kwargs={"allowed": flag}) for flag in (True, False)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert isinstance(outcomes[True], keras.layers.Lambda)
    assert isinstance(outcomes[False], Exception)


def test_a_lambda_is_built_where_the_caller_allows_it(tmp_path):
    layer = keras.layers.Lambda(lambda x: x * 2)
    item = keras.saving.serialize_keras_object(layer)
    text = json.dumps({"modelspec": 1, "inputs": {"x": [3]}, "layers": [item]})
    document = modelspec.loads(text, allow_unsafe=True)
    document.build(tmp_path / "net.keras")
    assert float(document.model()(keras.ops.ones((1, 3)))[0, 0]) == 2.0
    with pytest.raises(ValueError, match="lambda"):
        keras.saving.load_model(tmp_path / "net.keras", safe_mode=True)


# --- what is written -----------------------------------------------------------------------------------


def test_an_archive_names_no_place_of_this_machine(tmp_path):
    """No path, no user, no folder of a vocabulary."""
    import getpass
    import zipfile

    folder = tmp_path / "unmistakable"
    folder.mkdir()
    text = {"modelspec": 1, "inputs": {"x": [3]}, "layers": [{"Dense": {"units": 2}}], "name": "net"}
    (folder / "net.yaml").write_text(json.dumps(text))
    modelspec.load(folder / "net.yaml").build(folder / "net.keras")
    with zipfile.ZipFile(folder / "net.keras") as archive:
        for name in ("config.json", "metadata.json"):
            content = archive.read(name).decode()
            assert "unmistakable" not in content
            assert str(Path.home()) not in content or Path.home() == Path("/")
            assert f'"{getpass.getuser()}"' not in content
            assert "__lambda__" not in content
    assert b"unmistakable" not in (folder / "net.keras").read_bytes()


def test_a_refusal_of_keras_shows_no_config():
    """Keras prints the whole config when it cannot read one."""
    secret = "secret" * 50
    item = keras_dict("Dense", {"units": 2, "bogus": secret})
    text = json.dumps({"modelspec": 1, "inputs": {"x": [3]}, "layers": [item]})
    with pytest.raises(SpecError) as caught:
        modelspec.loads(text).check()
    for found in caught.value.diagnostics:
        shown = f"{found.message}{found.help}{found.notes}"
        assert secret not in shown
        assert len(shown) < 600
