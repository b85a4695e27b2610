"""What is wrong with the data of a document is told at its line, before Keras is imported."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from modelspec.compiler.training.ready import check_training
from modelspec.compiler.values import Options, Text
from modelspec.diagnostics import Report, SpecError
from modelspec.source.files import load_text

HEAD = """\
modelspec: 1
inputs: {image: [4, 4, 1], size: []}
layers:
  - Flatten: {}
    from: image
    name: flat
  - Dense: {units: 3}
    name: kind
  - Dense: {units: 1}
    from: flat
    name: height
  - Dense: {units: 1}
    from: size
    name: width
outputs: [kind, height]
compile: {optimizer: adam, loss: mse}
train:
"""
ONE = """\
modelspec: 1
inputs: {image: [4, 4, 1]}
layers: [Flatten, {Dense: {units: 3}}]
compile: {optimizer: adam, loss: sparse_categorical_crossentropy}
train:
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    images, labels = np.ones((6, 4, 4), np.uint8), np.arange(6) % 3
    np.savez(
        tmp_path / "d.npz",
        image=images,
        flat=images.reshape(6, 16),
        label=labels,
        short=labels[:5],
        size=np.ones(6),
    )
    (tmp_path / "t.csv").write_text("a,kind,name\n" + "1.5,0,red\n" * 6)
    np.save(tmp_path / "x.npy", images)
    return tmp_path


def checked(folder: Path, head: str, data: str, **options: object):
    path = folder / "net.yaml"
    path.write_text(head + data)
    report = Report()
    source, sha256 = load_text(path, report) or pytest.fail("unreadable")
    return check_training(Text(source, sha256, path), Options(**options), report)


def mistakes(folder: Path, head: str, data: str, **options: object) -> list[tuple[str, str, int]]:
    with pytest.raises(SpecError) as caught:
        checked(folder, head, data, **options)
    found = [item for item in caught.value.diagnostics if item.severity == "error"]
    return [(item.code, item.message, item.place.line) for item in found]


FIRST = len(ONE.splitlines()) + 1


@pytest.mark.parametrize(
    ("data", "code", "message"),
    [
        ("{file: e.npz, x: image}", "file-not-found", "`e.npz` does not exist"),
        ("{file: ../d.npz, x: image}", "outside-root", "lies outside of the project"),
        ("{file: net.yaml, x: image}", "bad-data", "is no file of data that is read"),
        ("{file: d.npz, x: imgae}", "unknown-array", "`d.npz` holds no array `imgae`"),
        ("{file: t.csv, x: b}", "unknown-array", "`t.csv` holds no column `b`"),
        ("{file: d.npz, x: [image]}", "wrong-kind", "a list names columns of a table"),
        ("{x: {file: d.npz}}", "unknown-array", "holds several arrays, and none is named"),
        ("{x: {file: x.npy, array: x}}", "unknown-array", "holds one array, which has no name"),
        ("{file: d.npz, x: image, y: short}", "data-mismatch", "`short` has 5 samples, and `image` has 6"),
        ("{file: d.npz, x: flat}", "data-mismatch", "samples of shape [16] are given for input `image`"),
        ("{file: t.csv, x: name}", "data-mismatch", "texts are given for input `image`"),
        (
            "{file: d.npz, x: image, y: {file: t.csv, columns: name}}",
            "data-mismatch",
            "`name` holds texts, and what a model learns is numbers",
        ),
        ("{file: d.npz, x: {imgae: image}}", "unknown-input", "the model has no input `imgae`"),
    ],
)
def test_a_mistake_in_what_data_is_named_is_told_at_its_line(folder, data, code, message):
    found = mistakes(folder, ONE, f"  data: {data}\n")
    assert {(item[0], item[2]) for item in found} == {(code, FIRST)}
    assert any(message in item[1] for item in found)


@pytest.mark.parametrize(
    ("data", "code", "message"),
    [
        ("{file: d.npz, x: image}", "unknown-input", "the model has 2 inputs, `image`, `size`"),
        ("{file: d.npz, x: {image: image}}", "unknown-input", "nothing is given for input `size`"),
        (
            "{file: d.npz, x: {image: image, size: size}, y: label}",
            "unknown-output",
            "the model has 2 outputs, and one array is given",
        ),
        (
            "{file: d.npz, x: {image: image, size: size}, y: {kind: label, hight: size}}",
            "unknown-output",
            "the model has no output `hight`",
        ),
    ],
)
def test_several_inputs_and_outputs_are_named_one_by_one(folder, data, code, message):
    found = mistakes(folder, HEAD, f"  data: {data}\n")
    assert found[0][0] == code
    assert message in found[0][1]


def test_several_mistakes_are_told_together(folder):
    found = mistakes(folder, ONE, "  data: {file: d.npz, x: imgae, y: labl}\n")
    assert [item[0] for item in found] == ["unknown-array", "unknown-array"]


def test_arrays_are_read_as_they_lie(folder):
    ready = checked(folder, ONE, "  data: {file: d.npz, x: image, y: label, validation: 0.5}\n")
    assert ready.read is not None
    training = ready.read.feed.training
    assert (training.x.shape, training.y.dtype.kind) == ((6, 4, 4), "i")
    assert [name for name, _ in ready.files] == ["d.npz"]


def test_validation_that_names_a_file_only_takes_the_same_arrays_of_it(folder):
    np.savez(folder / "v.npz", image=np.zeros((2, 4, 4)), label=np.zeros(2, int))
    ready = checked(folder, ONE, "  data: {file: d.npz, x: image, y: label, validation: {file: v.npz}}\n")
    assert ready.read is not None
    assert ready.read.feed.validation.x.shape == (2, 4, 4)
    assert [name for name, _ in ready.files] == ["d.npz", "v.npz"]


def test_a_file_outside_of_the_root_is_read_where_the_caller_allows(folder, tmp_path_factory):
    other = tmp_path_factory.mktemp("other") / "o.npz"
    np.savez(other, image=np.zeros((2, 4, 4)))
    data = f"  data: {{file: {other}, x: image}}\n"
    assert mistakes(folder, ONE, data)[0][0] == "outside-root"
    assert checked(folder, ONE, data, allowed_paths=(other,)).read is not None


@pytest.mark.parametrize("written", ["data.py:load", "acme.data:load"])
def test_code_of_the_caller_is_imported_only_where_the_caller_allows(folder, written, monkeypatch):
    monkeypatch.chdir(folder)
    (folder / "data.py").write_text("raise AssertionError('imported')\n")
    found = mistakes(folder, ONE, f'  data: {{python: "{written}"}}\n')
    assert found == [("module-not-allowed", f"the module `{written[:-5]}` is not allowed", FIRST)]
    allow = (written.partition(".")[0] if "acme" in written else "data.py",)
    assert checked(folder, ONE, f'  data: {{python: "{written}"}}\n', allow=allow).functions
    entry = ONE.replace("compile", "x-compile")
    assert mistakes(folder, entry, f'  entry: "{written}"\n')[0][0] == "module-not-allowed"


def test_a_document_without_train_is_not_trained(folder):
    found = mistakes(folder, ONE.replace("train:\n", ""), "")
    assert found[0][:2] == ("missing-key", "the document has no `train`")


def test_keras_is_not_imported_for_any_of_it(folder):
    import subprocess
    import sys

    (folder / "net.yaml").write_text(ONE + "  data: {file: d.npz, x: flat, y: label}\n")
    program = (
        "import sys\nfrom pathlib import Path\nimport modelspec\n"
        "try:\n    modelspec.train('net.yaml', 'net.keras')\n"
        "except modelspec.SpecError as error:\n    print(error.diagnostics[0].code)\n"
        "print(sorted({'keras', 'jax', 'h5py'} & set(sys.modules)), Path('net.run').exists())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=folder
    )
    assert done.stdout.splitlines() == ["data-mismatch", "[] False"]
