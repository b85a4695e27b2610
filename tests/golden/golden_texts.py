"""What is kept of a document: its graph, its config and its table of variables, each as a text."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path

import h5py
from graph_text import render

import modelspec
from modelspec.compiler.stages import compile_document
from modelspec.diagnostics import Report
from modelspec.link.linked import Variable

HERE = Path(__file__).parent
DOCUMENTS = tuple(sorted(path.stem for path in HERE.glob("*.yaml")))
RELEASE = HERE / "keras.txt"
"""The release of Keras whose defaults the configs hold: `3.15`."""

_COLUMNS = ("address", "owner", "below", "name", "shape", "dtype", "trains", "initializer", "values")
_HASH_LENGTH = 12


def texts_of(name: str, folder: Path) -> Mapping[str, str]:
    """The texts of a document, by what stands after its name in theirs.

    Args:
        name: of the document, without `.yaml`.
        folder: where the archive is written.
    """
    document = modelspec.load(HERE / f"{name}.yaml", use_cache=False)
    report = Report()
    compiled = compile_document(document.text, document.options, report)
    assert not report.diagnostics, [found.message for found in report.diagnostics]
    archive = document.build(folder / f"{name}.keras").path
    with zipfile.ZipFile(archive) as members:
        config = json.loads(members.read("config.json"))
        weights = members.read("model.weights.h5")
    assert config == compiled.linked.config
    return {
        "graph.txt": render(compiled.checked.program),
        "config.json": json.dumps(config, indent=1) + "\n",
        "variables.txt": _table(compiled.linked.variables, weights),
    }


def _table(variables: tuple[Variable, ...], weights: bytes) -> str:
    """The variables in Keras' order, each with a hash of its bytes in the archive, in columns."""
    with h5py.File(BytesIO(weights)) as file:
        rows = [_COLUMNS, *(_row(variable, file[variable.address]) for variable in variables)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)
    return "\n".join(lines) + "\n"


def _row(variable: Variable, dataset: h5py.Dataset) -> tuple[str, ...]:
    values = dataset[()]
    return (
        variable.address,
        variable.owner,
        variable.below,
        variable.name,
        "x".join(map(str, variable.shape)) or "-",
        variable.dtype,
        "yes" if variable.trainable else "no",
        _initializer(variable),
        hashlib.sha256(values.tobytes()).hexdigest()[:_HASH_LENGTH],
    )


def _initializer(variable: Variable) -> str:
    match variable.initializer:
        case {"class_name": str(name), "config": {**config}}:
            given = ", ".join(f"{key}={value}" for key, value in config.items() if value is not None)
            return f"{name}({given})"
        case _:
            return "-"
