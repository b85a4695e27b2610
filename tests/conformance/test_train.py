"""Training against Keras itself: the same values as its own `fit`, an archive as standard as a built one."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import keras
import numpy as np
import pytest

import modelspec

NET = """\
modelspec: 1
inputs: {x: [5]}
layers:
  - Dense: {units: 8, activation: relu}
  - BatchNormalization
  - Dense: {units: 3, activation: softmax}
    name: kind
compile:
  optimizer: {Adam: {learning_rate: 0.01}}
  loss: sparse_categorical_crossentropy
  metrics: [accuracy]
  run_eagerly: true
"""
ARRAYS = "{file: d.npz, x: x, y: y, validation: {x: x_test, y: y_test}}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    random = np.random.RandomState(0)
    x = random.normal(size=(70, 5))
    y = (x[:, 0] > 0) + (x[:, 1] > 0).astype(int)
    np.savez(tmp_path / "d.npz", x=x[:50], y=y[:50], x_test=x[50:], y_test=y[50:], w=np.linspace(0, 1, 50))
    return tmp_path


def write(folder: Path, train: str, net: str = NET) -> Path:
    (folder / "net.yaml").write_text(f"{net}train:\n{train}")
    return folder / "net.yaml"


def values(path: Path) -> list[np.ndarray]:
    model = keras.saving.load_model(path)
    return [*model.get_weights(), *(np.asarray(v.numpy()) for v in model.optimizer.variables)]


def lines(folder: Path, name: str = "net.run") -> list[dict[str, float]]:
    found = [json.loads(line) for line in (folder / name / "metrics.jsonl").read_text().splitlines()]
    return [{key: value for key, value in line.items() if key not in ("epoch", "seconds")} for line in found]


@pytest.mark.parametrize(
    ("more", "arguments"),
    [
        ("", {}),
        (
            ", class_weight: {0: 1.0, 1: 3, 2: 0.5}, validation_freq: 2, validation_batch_size: 7",
            {
                "class_weight": {0: 1.0, 1: 3.0, 2: 0.5},
                "validation_freq": 2,
                "validation_batch_size": 7,
            },
        ),
    ],
    ids=["plain", "weighted"],
)
def test_training_is_what_fit_does(folder, more, arguments):
    net = NET if more else NET.replace("run_eagerly: true", "run_eagerly: false")
    path = write(
        folder, f"  data: {ARRAYS}\n  fit: {{epochs: 3, batch_size: 8, shuffle: false{more}}}\n", net
    )
    modelspec.train(path, folder / "net.keras")
    modelspec.load(path).build(folder / "twin.keras")
    twin = keras.saving.load_model(folder / "twin.keras")
    data = {
        name: array.astype("float32" if array.dtype.kind == "f" else "int32")
        for name, array in np.load(folder / "d.npz").items()
    }
    history = twin.fit(
        data["x"],
        data["y"],
        validation_data=(data["x_test"], data["y_test"]),
        epochs=3,
        batch_size=8,
        shuffle=False,
        verbose=0,
        **arguments,
    )
    for ours, theirs in zip(
        values(folder / "net.keras"),
        [*twin.get_weights(), *(np.asarray(v.numpy()) for v in twin.optimizer.variables)],
        strict=True,
    ):
        np.testing.assert_allclose(ours, theirs, rtol=2e-5, atol=1e-6)
    found = lines(folder)
    for name in ("loss", "accuracy"):
        np.testing.assert_allclose([line[name] for line in found], history.history[name], rtol=1e-5)
    told = [line["val_loss"] for line in found if "val_loss" in line]
    np.testing.assert_allclose(told, history.history["val_loss"], rtol=1e-5)


def test_the_archive_is_as_a_built_one_but_for_its_values(folder):
    path = write(folder, f"  data: {ARRAYS}\n  fit: {{epochs: 2}}\n")
    trained = modelspec.train(path, folder / "net.keras")
    modelspec.load(path).build(folder / "built.keras")
    with zipfile.ZipFile(folder / "net.keras") as ours, zipfile.ZipFile(folder / "built.keras") as built:
        assert ours.namelist() == built.namelist()
        assert ours.read("config.json") == built.read("config.json")
        record = json.loads(ours.read("metadata.json"))["modelspec"]
        assert record.pop("training") == {
            "seed": 0,
            "epochs": 2,
            "data": [{"file": "d.npz", "sha256": record_of(folder / "d.npz")}],
        }
        assert record == json.loads(built.read("metadata.json"))["modelspec"]
    assert (trained.state, trained.epochs, trained.params) == ("done", 2, 107)
    model = keras.saving.load_model(folder / "net.keras", safe_mode=True)
    assert int(model.optimizer.iterations) == 2 * 2
    loss, accuracy = model.evaluate(
        *(np.load(folder / "d.npz")[name] for name in ("x_test", "y_test")), verbose=0
    )
    assert (pytest.approx(loss, rel=1e-5), pytest.approx(accuracy)) == (
        trained.metrics["val_loss"],
        trained.metrics["val_accuracy"],
    )


def record_of(path: Path) -> str:
    import hashlib

    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_trained_archive_is_attached_as_weights(folder):
    path = write(folder, f"  data: {ARRAYS}\n  fit: {{epochs: 2}}\n")
    modelspec.train(path, folder / "net.keras")
    (folder / "more.yaml").write_text(f"{NET}weights: {{load: [{{file: net.keras, optimizer: true}}]}}\n")
    modelspec.load(folder / "more.yaml").build(folder / "more.keras")
    for ours, theirs in zip(values(folder / "more.keras"), values(folder / "net.keras"), strict=True):
        np.testing.assert_array_equal(ours, theirs)


DROPPING = NET.replace("  - BatchNormalization\n", "  - BatchNormalization\n  - Dropout: {rate: 0.3}\n")
CALLBACKS = """\
    callbacks:
      - EarlyStopping: {monitor: val_loss, patience: 2, restore_best_weights: true}
      - ReduceLROnPlateau: {monitor: loss, patience: 0, factor: 0.7}
      - CSVLogger: {filename: log.csv}
"""


def test_a_run_in_parts_is_the_run_at_once_byte_for_byte(folder):
    path = write(
        folder,
        f"  data: {ARRAYS}\n  seed: 4\n  fit:\n    epochs: 6\n    batch_size: 8\n{CALLBACKS}",
        DROPPING,
    )
    whole = modelspec.train(path, folder / "whole.keras")
    for epochs in (1, 2, 5, 6):
        part = modelspec.train(
            path, folder / "part.keras", overrides={"train.fit.epochs": epochs}, resume=True
        )
        assert part.metrics == lines(folder, "part.run")[-1]
    assert (folder / "part.keras").read_bytes() == (folder / "whole.keras").read_bytes()
    assert lines(folder, "part.run") == lines(folder, "whole.run")
    assert part.begun == (5 if whole.epochs == 6 else part.begun)
    assert (folder / "part.run" / "log.csv").read_text() == (folder / "whole.run" / "log.csv").read_text()


def test_the_seed_decides_and_nothing_else(folder):
    path = write(folder, f"  data: {ARRAYS}\n  fit: {{epochs: 2}}\n", DROPPING)
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        np.random.seed(len(name))
        modelspec.train(path, folder / f"{name}.keras", overrides={"train.seed": seed})
    a, b, c = ((folder / f"{name}.keras").read_bytes() for name in "abc")
    assert a == b
    assert a != c


BOTH = """\
modelspec: 1
inputs: {a: [5], b: [1]}
layers:
  - Dense: {units: 3, activation: softmax}
    from: a
    name: kind
  - ops.add: {}
    from: [a, b]
    name: sum
  - Dense: {units: 1}
    from: sum
    name: size
outputs: OUTPUTS
compile:
  optimizer: sgd
  loss: {kind: sparse_categorical_crossentropy, size: mse}
train:
  data:
    file: d.npz
    x: {b: w, a: x}
    y: {size: w, kind: y}
    sample_weight: {size: w, kind: w}
    validation: 0.2
  fit: {epochs: 2, batch_size: 16}
"""


@pytest.mark.parametrize("outputs", ["[kind, size]", "{size: size, kind: kind}"])
def test_several_inputs_and_outputs_are_told_apart_by_their_names(folder, outputs):
    (folder / "net.yaml").write_text(BOTH.replace("OUTPUTS", outputs))
    trained = modelspec.train(folder / "net.yaml", folder / "net.keras")
    assert {"loss", "kind_loss", "size_loss", "val_loss"} <= trained.metrics.keys()
    model = keras.saving.load_model(folder / "net.keras")
    data = np.load(folder / "d.npz")
    x, y = {"a": data["x"][40:], "b": data["w"][40:]}, {"kind": data["y"][40:], "size": data["w"][40:]}
    names = list(model.output_names)
    given = y if outputs.startswith("{") else [y[name] for name in names]
    found = model.evaluate(x, given, verbose=0, return_dict=True)
    assert trained.metrics["size_loss"] > 0
    assert found["loss"] > 0


def test_columns_of_a_table_are_inputs_and_labels(folder):
    data = np.load(folder / "d.npz")
    rows = "\n".join(",".join(map(str, [*x, y])) for x, y in zip(data["x"], data["y"], strict=True))
    (folder / "d.csv").write_text(f"a,b,c,d,e,label\n{rows}\n")
    path = write(folder, "  data: {file: d.csv, x: [a, b, c, d, e], y: label}\n  fit: {epochs: 2}\n")
    modelspec.train(path, folder / "table.keras")
    write(folder, "  data: {file: d.npz, x: x, y: y}\n  fit: {epochs: 2}\n")
    modelspec.train(path, folder / "arrays.keras")
    for ours, theirs in zip(values(folder / "table.keras"), values(folder / "arrays.keras"), strict=True):
        np.testing.assert_array_equal(ours, theirs)


FUNCTIONS = """\
import keras
import numpy as np


def arrays(count):
    data = np.load("d.npz")
    return data["x"][:count], data["y"][:count]


def dataset(count):
    class Batches(keras.utils.PyDataset):
        def __len__(self):
            return 2

        def __getitem__(self, index):
            return arrays(count)

    return {"x": Batches(), "validation_data": arrays(5)}


def fails():
    return {}["missing"]


def fit(model, trial, epochs):
    print("said to the log")
    (trial.folder / "mine.txt").write_text(str(trial.seed))
    history = model.fit(*arrays(50), epochs=epochs, verbose=2, callbacks=trial.callbacks())
    return {"score": history.history["loss"][-1]}


def breaks(model, trial):
    model.compile("sgd", "mse")
"""


@pytest.fixture
def functions(folder, monkeypatch):
    (folder / "mine.py").write_text(FUNCTIONS)
    monkeypatch.chdir(folder)
    return folder


def test_data_comes_from_a_function_of_the_caller(functions):
    path = write(functions, '  data: {python: "mine.py:arrays", args: {count: 50}}\n  fit: {epochs: 2}\n')
    modelspec.train(path, functions / "net.keras", allow="mine.py")
    write(functions, "  data: {file: d.npz, x: x, y: y}\n  fit: {epochs: 2}\n")
    modelspec.train(path, functions / "arrays.keras")
    for ours, theirs in zip(values(functions / "net.keras"), values(functions / "arrays.keras"), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_data_may_be_whatever_fit_takes(functions):
    path = write(functions, '  data: {python: "mine.py:dataset", args: {count: 4}}\n  fit: {epochs: 2}\n')
    trained = modelspec.train(path, functions / "net.keras", allow="mine.py")
    assert "val_loss" in trained.metrics
    assert int(keras.saving.load_model(functions / "net.keras").optimizer.iterations) == 4


def test_a_function_of_the_caller_trains(functions):
    path = write(functions, '  entry: "mine.py:fit"\n  args: {epochs: 3}\n  seed: 5\n')
    trained = modelspec.train(path, functions / "net.keras", allow="mine.py")
    assert (trained.epochs, list(trained.metrics)) == (3, ["score"])
    assert [line["loss"] for line in lines(functions)][-1] == trained.metrics["score"]
    assert "said to the log" in (functions / "net.run" / "log.txt").read_text()
    assert (functions / "net.run" / "mine.txt").read_text() == "5"


@pytest.mark.parametrize(
    ("train", "code", "message", "notes"),
    [
        ('  data: {python: "mine.py:array"}', "unknown-function", "`mine.py` has no function `array`", ()),
        (
            '  data: {python: "mine.py:fails"}',
            "training-failed",
            "`mine.py:fails` fails: no key `missing`",
            ("raised at mine.py:22",),
        ),
        ('  entry: "mine.py:breaks"', "training-failed", "after training the model is another", ()),
        (
            '  data: {python: "mine.py:dataset", args: {count: 4}, validation: 0.2}',
            "data-mismatch",
            "gives no arrays",
            (),
        ),
    ],
)
def test_what_goes_wrong_in_the_caller_s_code_is_told(functions, train, code, message, notes):
    path = write(functions, f"{train}\n")
    with pytest.raises(modelspec.SpecError) as caught:
        modelspec.train(path, functions / "net.keras", allow="mine.py")
    (found,) = (item for item in caught.value.diagnostics if item.severity == "error")
    assert (found.code, found.notes) == (code, notes)
    assert message in found.message
    assert not (functions / "net.keras").exists()
    assert json.loads((functions / "net.run" / "result.json").read_text())["state"] == "failed"


def test_a_data_set_of_keras_is_loaded(folder, monkeypatch):
    random = np.random.RandomState(0)

    def load_data(path="mnist.npz"):
        images, labels = random.randint(0, 255, (20, 4, 4)).astype("uint8"), np.arange(20) % 3
        return (images[:16], labels[:16].astype("uint8")), (images[16:], labels[16:].astype("uint8"))

    monkeypatch.setattr(keras.datasets.mnist, "load_data", load_data)
    net = NET.replace("x: [5]", "x: [4, 4, 1]").replace("layers:\n", "layers:\n  - Flatten\n")
    path = write(folder, "  data: {dataset: mnist, validation: test}\n  fit: {epochs: 1}\n", net)
    assert "val_accuracy" in modelspec.train(path, folder / "net.keras").metrics


@pytest.mark.parametrize(
    ("train", "code", "message"),
    [
        (
            "  data: {file: d.npz, x: x, y: y}\n  fit: {callbacks: [{EarlyStopping: {monitor: val_loss}}]}\n",
            "unknown-metric",
            "`EarlyStopping` watches `val_loss`",
        ),
        (
            "  data: {file: d.npz, x: x, y: y}\n  fit: {callbacks: [{ReduceLROnPlateau: {monitor: los}}]}\n",
            "unknown-metric",
            "`ReduceLROnPlateau` watches `los`",
        ),
        (
            "  data: {file: d.npz, x: x, y: y}\n  fit: {callbacks: [{ReduceLROnPlateau: {factor: 2.0}}]}\n",
            "keras-refused",
            "`ReduceLROnPlateau` cannot be made",
        ),
        (
            "  data: {file: d.npz, x: x, y: y, validation: 0.999}\n",
            "data-mismatch",
            "50 samples are too few",
        ),
        (
            "  data: {file: d.npz, x: x, y: x}\ncompile: {optimizer: sgd, loss: mse}\n",
            "training-failed",
            "training fails",
        ),
    ],
)
def test_what_only_keras_finds_is_told_too(folder, train, code, message):
    net = NET.partition("compile:")[0] if "compile" in train else NET
    path = write(folder, train, net)
    with pytest.raises(modelspec.SpecError) as caught:
        modelspec.train(path, folder / "net.keras")
    found = next(item for item in caught.value.diagnostics if item.severity == "error")
    assert found.code == code
    assert message in found.message
    assert found.place is not None
    assert not (folder / "net.keras").exists()


def test_labels_out_of_range_are_told_before_anything_is_trained(folder):
    data = dict(np.load(folder / "d.npz"))
    np.savez(folder / "d.npz", **{**data, "y": data["y"] + 1})
    path = write(folder, "  data: {file: d.npz, x: x, y: y}\n")
    with pytest.raises(modelspec.SpecError, match="the labels go from 1 to 3, and the model has 3 classes"):
        modelspec.train(path, folder / "net.keras")
    assert not (folder / "net.run").exists()


def test_a_loss_that_is_no_number_ends_the_run_and_keeps_what_was(folder):
    data = dict(np.load(folder / "d.npz"))
    data["x"][3, 2] = np.nan
    np.savez(folder / "d.npz", **data)
    (folder / "net.keras").write_text("what was there")
    path = write(folder, "  data: {file: d.npz, x: x, y: y}\n  fit: {epochs: 5}\n")
    with pytest.raises(modelspec.SpecError, match="the loss is no number in epoch 1"):
        modelspec.train(path, folder / "net.keras")
    assert (folder / "net.keras").read_text() == "what was there"
    assert len(lines(folder)) == 1


def test_a_run_goes_on_as_what_it_was_only(folder):
    path = write(folder, f"  data: {ARRAYS}\n  fit: {{epochs: 4, batch_size: 8}}\n")
    (folder / "net.run").mkdir()
    first = modelspec.train(path, folder / "net.keras", overrides={"train.fit.epochs": 2})
    assert first.kept == 2
    for overrides, what in (
        ({"train.fit.batch_size": 9}, "`train` differs"),
        ({"train.seed": 9}, "the seed differs"),
        ({"compile.optimizer": "sgd"}, "the model differs"),
        ({"train.data.x": "x_test", "train.data.y": "y_test"}, "the data differs"),
        ({"train.fit.epochs": 1}, "has done 2 epochs, more than the 1"),
    ):
        with pytest.raises(modelspec.SpecError, match=what):
            modelspec.train(path, folder / "net.keras", overrides=overrides, resume=True)
    assert modelspec.train(path, folder / "net.keras", resume=True).begun == 2


def test_adapters_of_lora_train(folder):
    net = NET + "weights: {lora: {layers: [dense], rank: 2}}\n"
    path = write(folder, f"  data: {ARRAYS}\n  fit: {{epochs: 2}}\n", net)
    modelspec.load(path).build(folder / "built.keras")
    modelspec.train(path, folder / "net.keras")
    built, trained = (keras.saving.load_model(folder / name) for name in ("built.keras", "net.keras"))
    before, after = (np.asarray(model.layers[1].kernel) for model in (built, trained))
    # Keras saves the kernel with the adapters' product in it.
    assert not np.allclose(before, after)
