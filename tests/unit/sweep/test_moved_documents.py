"""A document moved to another folder reads the same files as before, whatever it names them for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import modelspec
from modelspec.compiler.stages import check_document
from modelspec.compiler.values import Options, Text
from modelspec.diagnostics import Report, SpecError
from modelspec.source.files import load_text
from modelspec.sweep.moved import moved_text

NET = """\
modelspec: 1
inputs: {x: [4]}
layers:
  - Dense: {units: 3}
"""
TRAINED = """\
compile: {optimizer: sgd, loss: mse}
train:
  data: DATA
  fit: {epochs: 1}
"""
LOOKUP = """\
modelspec: 1
inputs: {x: {shape: [4], dtype: string}}
layers:
"""
BLOCK = "blocks: {look: {params: [words], layers: [{StringLookup: {vocabulary: $words}}]}}\n"
MODULE = """\
import keras

@keras.saving.register_keras_serializable("acme")
class Twice(keras.layers.Layer):
    def call(self, x):
        return 2 * x

def load(model=None, trial=None):
    import numpy as np
    return np.ones((8, 4), "float32"), np.ones((8, 3), "float32")

def fit(model, trial):
    model.fit(*load(), epochs=1, verbose=0)
"""


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """The folder of the document, in a project, with all that the documents name."""
    (tmp_path / "pyproject.toml").write_text("")
    folder = tmp_path / "nets" / "small"
    (folder / "parts").mkdir(parents=True)
    for name in ("words.txt", "parts/words.txt"):
        (folder / name).write_text("a\nb\n")
    np.savez(folder / "data.npz", x=np.ones((8, 4), "float32"), y=np.ones((8, 3), "float32"))
    np.save(folder.parent / "x.npy", np.ones((8, 4), "float32"))
    (folder / "parts" / "part.yaml").write_text(NET)
    (folder / "lib.py").write_text(MODULE)
    modelspec.loads(NET).build(folder / "parts" / "part.keras")
    return folder


def files_of(text: str, folder: Path, name: str = "net.yaml") -> set[str]:
    """The files that a document names, all of which are there."""
    path = folder / name
    path.write_text(text)
    report = Report()
    loaded = load_text(path, report)
    assert loaded is not None
    checked = check_document(
        Text(*loaded, path),
        Options(cpu_only=True, allow=(str(folder.parents[1] / "nets/small/lib.py"),)),
        report,
    )
    assert checked is not None
    report.raise_if_errors()
    return set(report.files)


def elsewhere(here: Path) -> Path:
    folder = here.parents[1] / "runs" / "of it"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.mark.parametrize(
    "text",
    [
        NET + "use: [lib.py]\n",
        NET + "use: ./lib.py\n",
        NET + "vars: {mine: lib}\nuse: ['$mine.py']\n",
        NET + "vars: {all: [lib.py]}\nuse: $all\n",
        NET + "weights: {load: [{file: parts/part.keras}, {file: ./parts/../parts/part.keras}]}\n",
        NET + "weights: {load: {file: parts/part.keras}}\n",
        NET + "vars: {loads: [{file: parts/part.keras}]}\nweights: {load: $loads}\n",
        "extends: parts/part.yaml\n",
        "modelspec: 1\nextends: [parts/part.yaml]\n",
        NET.replace("- Dense: {units: 3}", "- part") + "models: {part: {file: parts/part.yaml}}\n",
        NET.replace("- Dense: {units: 3}", "- part")
        + 'models: {part: {file: "$dir/part.keras"}}\nvars: {dir: parts}\n',
        LOOKUP + "  - StringLookup: {vocabulary: words.txt}\n",
        LOOKUP + "  - keras.layers.StringLookup: {vocabulary: ./parts/words.txt}\n",
        LOOKUP + "  - $kind: {vocabulary: words.txt}\nvars: {kind: StringLookup}\n",
        LOOKUP + "  - $whole\nvars: {whole: {StringLookup: {vocabulary: words.txt}}}\n",
        LOOKUP + "  - StringLookup\ndefaults: {StringLookup: {vocabulary: parts/words.txt}}\n",
        LOOKUP + "  - look: {words: words.txt}\n" + BLOCK,
        LOOKUP + "  - look: {words: words.txt}\n  - from: x\n    look: {words: [a, b]}\n" + BLOCK,
        LOOKUP
        + "  - StringLookup: {vocabulary: $at}\n    from: x\n    each: {at: [words.txt, parts/words.txt]}\n",
    ],
)
def test_it_reads_the_same_files(here, text):
    before = files_of(text, here)
    assert before
    folder = elsewhere(here)
    moved = moved_text(text, here, folder)
    assert moved != text
    assert files_of(moved, folder) == before
    assert moved_text(text, here, here) == text


@pytest.mark.parametrize(
    "data",
    [
        "{file: data.npz, x: x, y: y}",
        "{x: {file: ../x.npy}, y: {file: data.npz, array: y}}",
        "{x: {x: {file: ../x.npy}}, y: {file: data.npz, array: y}, validation: {file: ./data.npz, x: x}}",
        "{file: $from, x: x, y: y, validation: 0.5}",
        "$all",
        "{python: 'lib.py:load'}",
        "{python: './lib.py:load', validation: 0.5}",
    ],
)
def test_it_is_trained_on_the_same(here, data, tmp_path):
    held = "vars: {from: data.npz, all: {file: data.npz, x: x, y: y}}\n"
    text = NET + held + TRAINED.replace("DATA", data)
    folder = elsewhere(here)
    path = folder / "net.yaml"
    path.write_text(moved_text(text, here, folder))
    document = modelspec.load(path, allow=[str(here / "lib.py")])
    assert document.train(tmp_path / "net.keras", run=tmp_path / "run").epochs == 1


def test_a_function_that_trains_is_the_same(here, tmp_path):
    text = NET + "compile: {optimizer: sgd, loss: mse}\ntrain: {entry: 'lib.py:fit'}\n"
    folder = elsewhere(here)
    path = folder / "net.yaml"
    path.write_text(moved_text(text, here, folder))
    assert "lib.py:fit" in path.read_text()
    assert "entry: 'lib.py:fit'" not in path.read_text()
    modelspec.load(path, allow=[str(here / "lib.py")]).train(tmp_path / "net.keras", run=tmp_path / "run")
    assert (tmp_path / "net.keras").exists()


@pytest.mark.parametrize(
    "text",
    [
        NET + "use: [acme.layers, numpy]\n",
        NET + "use: [/opt/lib.py, https://example.org/lib.py, ~/lib.py, C:/lib.py]\n",
        NET + "train: {data: {dataset: mnist}}\n",
        NET + "train: {entry: 'acme.training:fit', args: {file: data.npz}}\n",
        NET + "meta: {file: data.npz, StringLookup: {vocabulary: words.txt}}\n",
        NET + "vars: {top: /data}\nweights: {load: [{file: $top/part.keras}]}\n",
        LOOKUP + "  - StringLookup: {vocabulary: [a, b]}\n",
        LOOKUP + "  - StringLookup: {vocabulary: $words}\nvars: {words: [a, b]}\n",
        LOOKUP + "  - class_name: StringLookup\n    config: {vocabulary: words.txt}\n",
    ],
)
def test_what_is_no_path_of_the_document_stays(here, text):
    assert moved_text(text, here, elsewhere(here)) == text


def test_only_what_names_a_file_is_touched():
    text = NET.replace("\n", "  # x.npz\n") + "use:   [ './lib.py' ,acme ]   # lib.py\n"
    moved = moved_text(text, Path("/p/a"), Path("/p/b"))
    assert moved == text.replace("'./lib.py'", "../a/lib.py")


def test_a_dollar_in_the_name_of_a_folder_reads_no_variable():
    moved = moved_text(NET + "use: [lib.py]\n", Path("/p/a$b"), Path("/p"))
    assert moved.endswith("use: [a$$b/lib.py]\n") or moved.endswith('use: ["a$$b/lib.py"]\n')
    moved = moved_text("extends: base.yaml\n", Path("/p/a$b"), Path("/p"))
    assert "a$b/base.yaml" in moved
    assert "$$" not in moved


def test_a_link_is_followed_before_its_folder_is_left(here):
    """`..` behind a link leads out of where the link leads to, not out of where it stands."""
    link = here.parents[1] / "linked"
    link.symlink_to(here / "parts", target_is_directory=True)
    text = NET + "use: [../lib.py]\n"
    folder = elsewhere(here)
    assert files_of(moved_text(text, link, folder), folder) == {str(here / "lib.py")}


def test_what_a_sweep_gives_to_a_document_is_moved_with_it(here):
    text = (
        NET + "vars: {width: 4}\n" + TRAINED.replace("DATA", "{file: data.npz, x: x, y: y}") + "sweep:\n"
        "  method: random\n"
        "  space:\n"
        "    vars.width: [4, 8]\n"
        "    train.data.file: [data.npz, ../other.npz]\n"
        "    how: {path: train.data.x, choice: [{file: x.npy}, x]}\n"
        "    rows: {zip: {train.data.y: [{file: y.npy}, y], train.data.validation: [0.1, 0.2]}}\n"
        "    from: {choose: {it: {set: {weights.load: [{file: it.keras}]}}, no: {}}}\n"
        "  start: [{train.data.file: ../other.npz}]\n"
    )
    moved = moved_text(text, Path("/p/a"), Path("/p/b"))
    changed = [
        (one.strip(), two.strip())
        for one, two in zip(text.splitlines(), moved.splitlines(), strict=True)
        if one != two
    ]
    assert changed == [
        ("data: {file: data.npz, x: x, y: y}", "data: {file: ../a/data.npz, x: x, y: y}"),
        ("train.data.file: [data.npz, ../other.npz]", "train.data.file: [../a/data.npz, ../other.npz]"),
        (
            "how: {path: train.data.x, choice: [{file: x.npy}, x]}",
            "how: {path: train.data.x, choice: [{file: ../a/x.npy}, x]}",
        ),
        (
            "rows: {zip: {train.data.y: [{file: y.npy}, y], train.data.validation: [0.1, 0.2]}}",
            "rows: {zip: {train.data.y: [{file: ../a/y.npy}, y], train.data.validation: [0.1, 0.2]}}",
        ),
        (
            "from: {choose: {it: {set: {weights.load: [{file: it.keras}]}}, no: {}}}",
            "from: {choose: {it: {set: {weights.load: [{file: ../a/it.keras}]}}, no: {}}}",
        ),
    ]


def test_a_sweep_of_its_own_names_its_base():
    text = (
        "modelspec_sweep: 1\nbase: nets/net.yaml\nmethod: grid\nspace:\n  train.data.file: [a.npz]\n"
        "train: {entry: 'fit.py:fit'}\n"
    )
    moved = moved_text(text, Path("/p"), Path("/p/sweeps"))
    assert moved.splitlines()[1:] == [
        "base: ../nets/net.yaml",
        "method: grid",
        "space:",
        "  train.data.file: [../a.npz]",
        'train: {entry: "../fit.py:fit"}',
    ]


def test_a_text_that_cannot_be_read_is_a_mistake():
    with pytest.raises(SpecError):
        moved_text("a: [", Path("/a"), Path("/b"))
