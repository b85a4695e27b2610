"""What a block needs besides files: broken archives, full disks, machines that lack something."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Mapping
from importlib import metadata
from pathlib import Path
from types import MappingProxyType, SimpleNamespace
from typing import Any, NoReturn

import pytest
from docs_pages import REPOSITORY, Block
from docs_sweeps import begun_sweep, swept, swept_without_models

from modelspec.catalog import load
from modelspec.catalog.lookup import Catalog

Setup = Callable[[Path, pytest.MonkeyPatch], None]


def prepare(block: Block, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make what the note `setup` of a block asks for."""
    name = block.notes.get("setup")
    if name is not None:
        SETUPS[name](folder, monkeypatch)


def _configs(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The repository's own documents, as a reader of the README has them."""
    if not (folder / "configs").exists():
        (folder / "configs").symlink_to(REPOSITORY / "configs", target_is_directory=True)


def _repository(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A git repository, and a git without settings."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    subprocess.run(["git", "init", "--quiet"], check=True)


def _latin1(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "net.yaml").write_bytes("modelspec: 1\n# café\n".encode("latin-1"))


def _archive_as_document(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    graph: dict[str, Any] = {"name": "net", "layers": [], "input_layers": [], "output_layers": []}
    config = {"class_name": "Functional", "config": graph}
    with zipfile.ZipFile(folder / "net.keras", "w") as archive:
        archive.writestr("metadata.json", json.dumps({"keras_version": "3.15.0"}))
        archive.writestr("config.json", json.dumps(config))
        archive.writestr("model.weights.h5", b"\x89HDF\r\n\x1a\n")


def _reviewed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A repository with `net.yaml` committed, which was edited since as the file `edited.yaml` says."""
    settings = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "init.defaultBranch=main")
    for command in (["init"], ["add", "net.yaml"], ["commit", "-m", "first"]):
        subprocess.run(["git", *settings, *command], cwd=folder, check=True, capture_output=True)
    if (folder / "edited.yaml").exists():
        (folder / "edited.yaml").replace(folder / "net.yaml")


def _keras_2(*layers: Mapping[str, Any]) -> Setup:
    """A model of Keras 2 as `to_json` wrote it."""

    def setup(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        data = {
            "class_name": "Sequential",
            "config": {"name": "net", "layers": list(layers)},
            "keras_version": "2.4.0",
            "backend": "tensorflow",
        }
        (folder / "old.json").write_text(json.dumps(data))

    return setup


_OLD_INPUT = {"name": "dense", "batch_input_shape": [None, 8], "units": 4, "activation": "relu"}
# What Keras 2 kept of `lambda t: K.l2_normalize(t, axis=-1)`.
_OLD_CODE = base64.b64encode(b"\xe3\x01\xda\x01K\xda\x0cl2_normalize\xa9\x00").decode()
_OLD_LAMBDA = {"name": "normalize", "function": [_OLD_CODE, None, None], "function_type": "lambda"}


# --- machines ------------------------------------------------------------------------------------------


def _fresh(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a new process sees it: nothing compiled before, no backend chosen."""
    monkeypatch.setenv("MODELSPEC_CACHE", str(folder / "cache"))
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    monkeypatch.setattr("modelspec.link.backend._running", lambda: None)


def _no_backend(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _fresh(folder, monkeypatch)
    monkeypatch.setattr("modelspec.link.backend._installed", lambda name: False)


def _no_torch(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _fresh(folder, monkeypatch)
    monkeypatch.setattr("modelspec.link.backend._installed", lambda name: name != "torch")


def _no_tensorflow(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _fresh(folder, monkeypatch)
    monkeypatch.setattr("modelspec.link.backend._installed", lambda name: name != "tensorflow")


def _on_jax(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that runs on JAX already."""
    _fresh(folder, monkeypatch)
    monkeypatch.setattr("modelspec.link.backend._running", lambda: "jax")


def _no_keras(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> NoReturn:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(load, "_recorded_version", lambda distribution: None)
    monkeypatch.setattr(metadata, "version", missing)


def _broken_keras(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A release that no catalog is packaged for, and that cannot be imported."""
    _fresh(folder, monkeypatch)
    monkeypatch.setattr(load, "_recorded_version", lambda distribution: "3.9.2")
    monkeypatch.setattr(
        "modelspec.catalog.load.harvest_in_process_of_its_own",
        lambda path: "ModuleNotFoundError: No module named 'jax'",
    )


def _keras_3_13(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the model is made by counts as a release before 3.14."""
    monkeypatch.setattr(Catalog, "keras_version", "3.13.2")


def _full_disk(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=2000))


# --- modules of the reader's own -----------------------------------------------------------------------

_SCALE = '''import keras


@keras.saving.register_keras_serializable(package="own")
class Scale(keras.layers.Layer):
    """Multiplies what it is given."""

    def __init__(self, by, **kwargs):
        super().__init__(**kwargs)
        self.by = by

    def call(self, inputs):
        return inputs * self.by
'''

_ODD = """import keras


@keras.saving.register_keras_serializable(package="own")
class Around(keras.layers.Layer):
    def __init__(self, layer, **kwargs):
        super().__init__(**kwargs)
        self.layer = layer

    def call(self, inputs):
        return self.layer(inputs)

    def get_config(self):
        return {**super().get_config(), "layer": keras.saving.serialize_keras_object(self.layer)}


@keras.saving.register_keras_serializable(package="own")
class Forgetful(keras.layers.Layer):
    def __init__(self, by=1, **kwargs):
        super().__init__(**kwargs)
        self.by = by

    def call(self, inputs):
        return inputs * self.by

    def get_config(self):
        return super().get_config()


@keras.saving.register_keras_serializable(package="own")
class Nameless(keras.layers.Layer):
    def __init__(self, by=1, **kwargs):
        super().__init__(**kwargs)
        self.by = by

    def call(self, inputs):
        return inputs * self.by

    def get_config(self):
        return {"by": self.by}


@keras.saving.register_keras_serializable(package="own")
class InASet(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.inner = {keras.layers.Dense(units)}

    def build(self, input_shape):
        for layer in self.inner:
            layer.build(input_shape)
        self.built = True

    def call(self, inputs):
        for layer in self.inner:
            inputs = layer(inputs)
        return inputs
"""

_SHADOWS = """import keras


def relu(x):
    return x


keras.saving.get_custom_objects()["relu"] = relu
"""


def _own_modules(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Python files with classes of one's own, new to this process."""
    files = {"own_layers": _SCALE, "more_layers": _SCALE, "odd_layers": _ODD, "shadows": _SHADOWS}
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text)
        monkeypatch.delitem(sys.modules, name, raising=False)


def _broken_module(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "own_layers", raising=False)
    (folder / "own_layers.py").write_text("import nosuchmodule\n")


def _empty_module(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "own_layers", raising=False)
    (folder / "own_layers.py").write_text("scale = 2\n")


def _stale_module(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A module that the process has imported by itself, used once, and that has changed since."""
    import importlib.util
    import os

    import modelspec

    _own_modules(folder, monkeypatch)
    path = folder / "own_layers.py"
    spec = importlib.util.spec_from_file_location("own_layers", path.resolve())
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "own_layers", made)
    keras = importlib.import_module("keras")
    monkeypatch.setattr("keras.src.saving.object_registration.GLOBAL_CUSTOM_OBJECTS", {})
    spec.loader.exec_module(made)
    assert keras.saving.get_custom_objects()
    modelspec.load(folder / "net.yaml", allow=("own_layers.py",)).check()
    os.utime(path, ns=(0, 0))


def _bad_setting(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _own_modules(folder, monkeypatch)
    (folder / "pyproject.toml").write_text("[tool.modelspec]\nallow = true\n")


# --- archives ------------------------------------------------------------------------------------------

_CONFIG = json.dumps({"class_name": "Functional", "config": {}})


def _zip(folder: Path, members: Mapping[str, str]) -> Path:
    path = folder / "old.keras"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return path


def _ordered_weights(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Weights of a model of other layers whose variables have the shapes of the document's."""
    import keras

    first = keras.layers.EinsumDense("ab,bc->ac", output_shape=4, bias_axes="c")
    keras.Sequential([keras.Input((8,)), first, keras.layers.Dense(2)]).save_weights(
        folder / "old.weights.h5"
    )


def _no_archive(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "old.keras").write_text("<!doctype html><title>404 Not Found</title>")


def _cut_archive(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = _zip(folder, {"metadata.json": "{}", "config.json": _CONFIG})
    path.write_bytes(path.read_bytes()[:-40])


def _unsafe_archive(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _zip(folder, {"metadata.json": "{}", "config.json": _CONFIG, "../outside.txt": "here"})


def _large_archive(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = folder / "old.keras"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("config.json", _CONFIG)
        with archive.open("model.weights.h5", "w", force_zip64=True) as member:
            for _ in range(300):
                member.write(bytes(1_000_000))


def _odd_archive(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _zip(folder, {"metadata.json": "{}", "config.json": _CONFIG, "model.weights.npz": "PK"})


def _no_model(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _zip(folder, {"metadata.json": "{}", "config.json": '{"layers": []}'})


def _odd_metadata(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sound archive, but for the member that Keras does not read."""
    import keras

    model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(4)], name="old")
    model.save(folder / "saved.keras")
    with zipfile.ZipFile(folder / "saved.keras") as saved, zipfile.ZipFile(folder / "old.keras", "w") as new:
        for name in saved.namelist():
            new.writestr(name, "none" if name == "metadata.json" else saved.read(name))


def _custom_archive(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    custom = {"class_name": "Pool", "module": "acme.layers", "registered_name": "acme>Pool", "config": {}}
    config = {"class_name": "Sequential", "module": "keras", "config": {"layers": [custom]}}
    _zip(folder, {"metadata.json": "{}", "config.json": json.dumps(config)})


def _closed_archive(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An archive of a class that keeps its layers to itself."""
    config = {"class_name": "Net", "module": "acme", "registered_name": "acme>Net", "config": {"units": 4}}
    _zip(folder, {"metadata.json": "{}", "config.json": json.dumps(config)})


def _evil_archive(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Code in a wrapper, and a layer that opens a file."""
    code = {"class_name": "__lambda__", "config": {"code": "4wAAAA==", "defaults": None, "closure": None}}
    inner = {"class_name": "Lambda", "module": "keras.layers", "config": {"function": code}}
    layers = [
        {"class_name": "TimeDistributed", "module": "keras.layers", "config": {"layer": inner}},
        {"class_name": "StringLookup", "module": "keras.layers", "config": {"vocabulary": "/etc/passwd"}},
    ]
    config = {"class_name": "Sequential", "module": "keras", "config": {"layers": layers}}
    _zip(folder, {"metadata.json": "{}", "config.json": json.dumps(config)}).rename(folder / "evil.keras")


def _coded_archive(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A layer whose function is in the archive as code."""
    code = {"class_name": "__lambda__", "config": {"code": "4wAAAA==", "defaults": None, "closure": None}}
    layers = [
        {
            "class_name": "InputLayer",
            "module": "keras.layers",
            "config": {"batch_shape": [None, 8], "name": "x"},
        },
        {
            "class_name": "Lambda",
            "module": "keras.layers",
            "config": {"name": "double", "function": code},
            "registered_name": None,
        },
    ]
    config = {"class_name": "Sequential", "module": "keras", "config": {"name": "net", "layers": layers}}
    _zip(folder, {"metadata.json": "{}", "config.json": json.dumps(config)})


def _linked_weights(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import h5py

    with h5py.File(folder / "old.weights.h5", "w") as file:
        file["layers/dense/vars/0"] = h5py.ExternalLink("/etc/passwd", "data")


def _pretrained(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Weights of two layers as arrays by name, and as Keras without names of layers writes them."""
    import h5py
    import numpy as np

    arrays = {
        "encoder/kernel": np.ones((8, 4), np.float32),
        "encoder/bias": np.ones(4, np.float32),
        "head/kernel": np.ones((4, 2), np.float32),
        "head/bias": np.ones(2, np.float32),
    }
    np.savez(folder / "pretrained.npz", **arrays)
    with h5py.File(folder / "nameless.weights.h5", "w") as file:
        for number, array in enumerate(arrays.values()):
            layer = "dense" if number < 2 else "dense_1"
            file[f"layers/{layer}/vars/{number % 2}"] = array


def _pretrained_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "pretrained.npz").write_bytes(b"PK\x05\x06" + bytes(18))  # with a checksum that stays as it is


def _failed_training(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import numpy as np

    np.savez(folder / "failed.npz", **{"head/kernel": np.full((8, 2), np.nan), "head/bias": np.zeros(2)})


def _keras_2_weights(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What `save_weights` of Keras 2 writes of two layers."""
    import numpy as np

    values = {
        "embed": {"embed/embeddings:0": np.ones((100, 8), "float32")},
        "reader": {
            "reader/lstm_cell/kernel:0": np.ones((8, 16), "float32"),
            "reader/lstm_cell/recurrent_kernel:0": np.ones((4, 16), "float32"),
            "reader/lstm_cell/bias:0": np.zeros(16, "float32"),
        },
    }
    _write_as_keras_2(folder / "old.h5", values)


def _keras_2_renorm(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A whole model of Keras 2 with an argument that went away."""
    import numpy as np

    config = {"name": "bn", "renorm": True}
    model = {"name": "net", "layers": [{"class_name": "BatchNormalization", "config": config}]}
    names = ("gamma", "beta", "moving_mean", "moving_variance", "renorm_mean", "renorm_stddev")
    values = {"bn": {f"bn/{name}:0": np.ones(8, "float32") for name in names}}
    _write_as_keras_2(folder / "old.h5", values, {"class_name": "Sequential", "config": model})


def _write_as_keras_2(path: Path, values: Any, config: Any = None) -> None:
    import h5py

    with h5py.File(path, "w") as file:
        group = file
        if config is not None:
            file.attrs["model_config"] = json.dumps(config)
            group = file.create_group("model_weights")
        group.attrs["layer_names"] = [name.encode() for name in values]
        for layer, arrays in values.items():
            below = group.create_group(layer)
            below.attrs["weight_names"] = [name.encode() for name in arrays]
            for name, array in arrays.items():
                below[name] = array


def _noted_archive(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An archive with a member of somebody's own, and values for it."""
    import numpy as np

    import modelspec

    modelspec.load(folder / "net.yaml").build(folder / "noted.keras")
    with zipfile.ZipFile(folder / "noted.keras", "a") as archive:
        archive.writestr("notes.txt", "read me")
    arrays = {"head/kernel": np.ones((8, 2), np.float32), "head/bias": np.ones(2, np.float32)}
    np.savez(folder / "head.npz", **arrays)


def _lost_shard(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import h5py

    with h5py.File(folder / "large_00000.weights.h5", "w") as file:
        file["layers/embedding/vars/0"] = [1.0]
    entries = {
        "/layers/embedding/vars": "large_00000.weights.h5",
        "/layers/dense/vars": "large_00001.weights.h5",
    }
    (folder / "large.weights.json").write_text(json.dumps({"weight_map": entries}))


def _odd_dtype(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    header = json.dumps({"head.weight": {"dtype": "F4", "shape": [2], "data_offsets": [0, 1]}}).encode()
    (folder / "small.safetensors").write_bytes(len(header).to_bytes(8, "little") + header + b"\0")


def _outside_name(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    header = json.dumps({"../head": {"dtype": "U8", "shape": [1], "data_offsets": [0, 1]}}).encode()
    (folder / "old.safetensors").write_bytes(len(header).to_bytes(8, "little") + header + b"\0")


# --- training ------------------------------------------------------------------------------------------

_MINE = """\
def load():
    return open("data.txt")
"""


def _data(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Arrays that fit a small model, some that do not, and a function of the reader's own."""
    import numpy as np

    x = np.arange(24, dtype="float32").reshape(6, 4) / 24
    y = np.arange(6) % 3
    wide = np.concatenate([x, x], axis=1)
    np.savez(folder / "data.npz", x=x, y=y, wide=wide, few=y[:5])
    np.savez(folder / "nan.npz", x=x * np.nan, y=y)
    np.savez(folder / "objects.npz", x=x.astype(object), y=y)
    (folder / "mine.py").write_text(_MINE)


def _unfinished_run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from modelspec.training.folder import Kept, RunFolder, keep

    _data(folder, monkeypatch)
    (folder / "net.run").mkdir(exist_ok=True)
    keep(RunFolder(folder / "net.run"), Kept({}, 7, stopped=False, callbacks=()))


def _damaged_run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _data(folder, monkeypatch)
    (folder / "net.run").mkdir(exist_ok=True)
    (folder / "net.run" / "state.json").write_text("[]")


def _locked_run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(run: object) -> NoReturn:
        from modelspec.training.folder import LockedError

        raise LockedError

    _data(folder, monkeypatch)
    monkeypatch.setattr("modelspec.training.folder.locked", locked)
    monkeypatch.setattr("modelspec.compiler.training.session.locked", locked)


def _digits(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The example of training, as a reader of the pages has it."""
    for path in (REPOSITORY / "examples" / "digits").iterdir():
        if path.is_file() and not (folder / path.name).exists():
            shutil.copy(path, folder / path.name)


def _damaged_ledger(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "net.sweep").mkdir()
    (folder / "net.sweep" / "ledger.sqlite").write_text("This was a ledger once.\n" * 100)


def _words(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "words.txt").write_text("12\nseven\n")


SETUPS: Mapping[str, Setup] = MappingProxyType(
    {
        "begun_sweep": begun_sweep,
        "swept": swept,
        "swept_without_models": swept_without_models,
        "coded_archive": _coded_archive,
        "configs": _configs,
        "latin1": _latin1,
        "archive_as_document": _archive_as_document,
        "repository": _repository,
        "fresh": _fresh,
        "no_backend": _no_backend,
        "no_torch": _no_torch,
        "no_tensorflow": _no_tensorflow,
        "on_jax": _on_jax,
        "no_keras": _no_keras,
        "broken_keras": _broken_keras,
        "keras_3_13": _keras_3_13,
        "full_disk": _full_disk,
        "own_modules": _own_modules,
        "broken_module": _broken_module,
        "empty_module": _empty_module,
        "bad_setting": _bad_setting,
        "stale_module": _stale_module,
        "ordered_weights": _ordered_weights,
        "no_archive": _no_archive,
        "cut_archive": _cut_archive,
        "unsafe_archive": _unsafe_archive,
        "large_archive": _large_archive,
        "odd_archive": _odd_archive,
        "no_model": _no_model,
        "reviewed": _reviewed,
        "custom_archive": _custom_archive,
        "closed_archive": _closed_archive,
        "evil_archive": _evil_archive,
        "linked_weights": _linked_weights,
        "pretrained": _pretrained,
        "pretrained_again": _pretrained_again,
        "failed_training": _failed_training,
        "keras_2_weights": _keras_2_weights,
        "keras_2_broken": _keras_2({"class_name": "Dense"}),
        "keras_2_gates": _keras_2(
            {"class_name": "Dense", "config": _OLD_INPUT | {"activation": "hard_sigmoid"}},
        ),
        "keras_2_lambda": _keras_2(
            {"class_name": "Dense", "config": _OLD_INPUT},
            {"class_name": "Lambda", "config": _OLD_LAMBDA},
        ),
        "keras_2_words": _keras_2(
            {"class_name": "StringLookup", "config": {"name": "words", "batch_input_shape": [None, 3]}},
        ),
        "keras_2_renorm": _keras_2_renorm,
        "noted_archive": _noted_archive,
        "lost_shard": _lost_shard,
        "odd_dtype": _odd_dtype,
        "outside_name": _outside_name,
        "words": _words,
        "data": _data,
        "unfinished_run": _unfinished_run,
        "damaged_run": _damaged_run,
        "locked_run": _locked_run,
        "damaged_ledger": _damaged_ledger,
        "digits": _digits,
        "odd_metadata": _odd_metadata,
    }
)
