"""`show`, `decompile` and `textconv` of files that are no models, or damaged ones."""

from __future__ import annotations

import json
from pathlib import Path

import h5py
import pytest
from command_line import Run


def tensor(layer: str, index: int = 0) -> dict[str, object]:
    config = {"shape": [None, 4], "dtype": "float32", "keras_history": [layer, 0, index]}
    return {"class_name": "__keras_tensor__", "config": config}


def dense(name: str, reads: str, index: int = 0) -> dict[str, object]:
    return {
        "module": "keras.layers",
        "class_name": "Dense",
        "registered_name": None,
        "config": {"name": name, "units": 4},
        "name": name,
        "inbound_nodes": [{"args": [tensor(reads, index)], "kwargs": {}}],
    }


def write_net(path: Path, *layers: dict[str, object], output: str) -> None:
    first = {
        "module": "keras.layers",
        "class_name": "InputLayer",
        "registered_name": None,
        "config": {"name": "x", "batch_shape": [None, 4], "dtype": "float32"},
        "name": "x",
        "inbound_nodes": [],
    }
    config = {"name": "net", "trainable": True, "layers": [first, *layers]}
    config |= {"input_layers": [["x", 0, 0]], "output_layers": [[output, 0, 0]]}
    model = {"module": "keras.src.models.functional", "class_name": "Functional", "config": config}
    path.write_text(json.dumps(model | {"registered_name": "Functional"}))


@pytest.mark.parametrize("verb", ["show", "decompile"])
@pytest.mark.parametrize(("text", "column"), [("[1,2", 5), ('{"a": 1,', 9)])
def test_broken_json_is_told_with_its_line(folder: Path, run: Run, verb: str, text: str, column: int) -> None:
    (folder / "a.json").write_text(text)
    done = run(verb, "a.json")
    assert done.status == 1
    assert f"error[archive-config]: `a.json` is broken JSON: line 1, column {column}\nhelp: " in done.err


@pytest.mark.parametrize("text", ["[1, 2]", '{"a": 1}'])
def test_json_of_something_else_is_no_keras_object(folder: Path, run: Run, text: str) -> None:
    (folder / "a.json").write_text(text)
    assert run("show", "a.json").out.startswith(
        "a.json is JSON that describes no Keras object; a `config.json`"
    )
    done = run("decompile", "a.json")
    assert "error[cannot-decompile]: `a.json` is JSON that describes no Keras object\nhelp: " in done.err


def test_binary_data_is_of_no_known_kind(folder: Path, run: Run) -> None:
    (folder / "a.bin").write_bytes(bytes(range(255, -1, -1)) * 4)
    assert run("show", "a.bin").out.startswith("a.bin is data of no kind that modelspec knows; ")


def test_a_damaged_hdf5_file_is_told_once(folder: Path, run: Run) -> None:
    with h5py.File(folder / "a.h5", "w") as file:
        file["a"] = [1.0] * 50
    data = (folder / "a.h5").read_bytes()
    (folder / "a.h5").write_bytes(data[: len(data) // 2])
    assert run("show", "a.h5").err.startswith(
        "error[broken-archive]: `a.h5` is a damaged HDF5 file, which HDF5 cannot read (OSError)\n"
        "help: copy or download it again\n"
    )


@pytest.mark.parametrize(
    ("cls", "lacks"),
    [("Functional", "`layers`, `input_layers`, `output_layers`"), ("Sequential", "`layers`")],
)
def test_a_model_without_its_layers_is_incomplete(folder: Path, run: Run, cls: str, lacks: str) -> None:
    (folder / "a.json").write_text(json.dumps({"class_name": cls, "config": {}}))
    told = f"is a `{cls}` whose config is incomplete: it has no {lacks}"
    shown = run("show", "a.json")
    assert shown.out.startswith(f"a.json {told}; ")
    assert not shown.err
    assert f"error[cannot-decompile]: `a.json` {told}\nhelp: " in run("decompile", "a.json").err


def test_a_class_of_ones_own_may_be_called_as_keras_calls_its_own(folder: Path, run: Run) -> None:
    own = {"module": "acme", "class_name": "Model", "registered_name": "acme>Model", "config": {}}
    (folder / "a.json").write_text(json.dumps(own))
    assert "a model (`Model`)" in run("show", "a.json").out


@pytest.mark.parametrize(
    ("layers", "output", "reason"),
    [
        ((dense("a", "b"), dense("b", "a")), "b", "`b` reads what it gives itself"),
        ((dense("a", "x"), dense("a", "a")), "a", "two layers are named `a`"),
        (
            (dense("a", "x"), dense("b", "a", 7)),
            "b",
            "something reads output 7 of `a`, which does not give so many",
        ),
        ((dense("a", "q"),), "a", "something reads call 0 of `q`, which is not there"),
    ],
)
def test_show_promises_no_document_of_a_contradiction(
    folder: Path, run: Run, layers: tuple[dict[str, object], ...], output: str, reason: str
) -> None:
    write_net(folder / "a.json", *layers, output=output)
    shown = run("show", "a.json")
    assert f"without values; no document can be written of it: {reason}\n" in shown.out
    refused = run("decompile", "a.json")
    assert f"cannot be written as a document: {reason}\nhelp: save the model again" in refused.err


def test_a_whole_model_is_promised_a_document(folder: Path, run: Run) -> None:
    write_net(folder / "a.json", dense("a", "x"), output="a")
    assert "; `modelspec decompile` writes its document" in run("show", "a.json").out
    assert run("decompile", "a.json").status == 0


def test_a_file_that_is_not_there_has_a_way_out(folder: Path, run: Run) -> None:
    assert "help: paths are relative to the working folder" in run("decompile", "nope.keras").err
    (folder / "network.keras").write_bytes(b"")
    assert "help: did you mean `network.keras`?" in run("decompile", "netwrk.keras").err


@pytest.mark.parametrize("verb", ["show", "decompile", "verify"])
def test_a_url_is_told_as_it_was_written(run: Run, verb: str) -> None:
    done = run(verb, "https://x.y/z.keras")
    assert done.status == 2
    assert "`https://x.y/z.keras` is a URL: download it" in done.err


def test_textconv_says_that_a_file_is_not_there(folder: Path, run: Run) -> None:
    done = run("textconv", "nope")
    assert (done.status, done.out) == (0, "(modelspec: not shown: the file does not exist)\n")
