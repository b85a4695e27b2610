"""What was compiled once, kept: canonical config and table of variables, so that Keras is not needed again.

An entry is JSON, never code; one that cannot be read counts as absent.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from modelspec.archive.atomic import write_atomically
from modelspec.link.linked import CallShapes, Group, LayerRow, Linked, Quantized, Variable

FORMAT = 5
MAX_ENTRIES = 500
# Larger values would make an entry slower to read than the model is to make.
MAX_VALUE_BYTES = 1 << 20


def read_entry(folder: Path, key: str, *, seed: int) -> Linked | None:
    """The model kept under a key, or `None`.

    Args:
        seed: of the document; values that were drawn while the model was made are those of one seed only.
    """
    try:
        data = json.loads((folder / f"{key}.json").read_bytes())
        if data["format"] != FORMAT or data["seed"] not in (None, seed):
            return None
        return _linked(data)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_entry(folder: Path, key: str, linked: Linked, *, seed: int) -> None:
    """Keep a model; a folder that cannot be written to is left alone, and too large a model is not kept."""
    size = sum(v.value.nbytes for v in linked.variables if v.value is not None)
    exotic = any(v.value is not None and v.value.dtype.kind not in "biuf" for v in linked.variables)
    if size > MAX_VALUE_BYTES or exotic or linked.assets:
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps(_data(linked, seed), separators=(",", ":"), allow_nan=False)
        write_atomically(folder / f"{key}.json", text.encode())
        prune(folder)
    except (OSError, ValueError):
        return


def prune(folder: Path, *, most: int = MAX_ENTRIES) -> None:
    """Take the oldest entries of a folder away where there are more than `most`."""
    entries = sorted(folder.glob("*.json"), key=lambda path: path.stat().st_mtime_ns)
    for path in entries[:-most]:
        path.unlink(missing_ok=True)


def _data(linked: Linked, seed: int) -> dict[str, Any]:
    data = {field.name: getattr(linked, field.name) for field in fields(linked)}
    data["format"] = FORMAT
    data["seed"] = seed if any(variable.value is not None for variable in linked.variables) else None
    data["assets"] = []
    data["groups"] = [[group.address, group.name] for group in linked.groups]
    data["variables"] = _table(linked.variables)
    data["quantized"] = [
        {**{field.name: getattr(one, field.name) for field in fields(one)}, "stored": _table(one.stored)}
        for one in linked.quantized
    ]
    data["shapes"] = [[shapes.path, shapes.calls] for shapes in linked.shapes]
    data["rows"] = [[getattr(row, field.name) for field in fields(row)] for row in linked.rows]
    return data


def _table(variables: tuple[Variable, ...]) -> list[list[Any]]:
    return [_variable_data(variable) for variable in variables]


def _variable_data(variable: Variable) -> list[Any]:
    data = {field.name: getattr(variable, field.name) for field in fields(variable)}
    if variable.value is not None:
        value = variable.value
        encoded = base64.b64encode(value.tobytes()).decode()
        data["value"] = [value.dtype.str, list(value.shape), encoded]
    return list(data.values())


def _linked(data: Mapping[str, Any]) -> Linked:
    kept = {field.name: data[field.name] for field in fields(Linked)}
    kept["assets"] = ()
    kept["groups"] = tuple(Group(*group) for group in data["groups"])
    kept["variables"] = tuple(_variable(entry) for entry in data["variables"])
    kept["adapters"] = tuple(data["adapters"])
    kept["tied"] = tuple(data["tied"])
    kept["quantized"] = tuple(
        Quantized(**{**one, "stored": tuple(_variable(entry) for entry in one["stored"])})
        for one in data["quantized"]
    )
    kept["shapes"] = tuple(CallShapes(tuple(path), tuple(calls)) for path, calls in data["shapes"])
    kept["rows"] = tuple(_row(entry) for entry in data["rows"])
    return Linked(**kept)


def _row(entry: list[Any]) -> LayerRow:
    names = [field.name for field in fields(LayerRow)]
    values = dict(zip(names, entry, strict=True))
    return LayerRow(**{**values, "reads": tuple(values["reads"])})


def _variable(entry: list[Any]) -> Variable:
    names = [field.name for field in fields(Variable)]
    values = dict(zip(names, entry, strict=True))
    values["shape"] = tuple(values["shape"])
    if values["source"] is not None:
        values["source"] = tuple(values["source"])
    if values["value"] is not None:
        import numpy as np

        dtype, shape, text = values["value"]
        values["value"] = np.frombuffer(base64.b64decode(text), dtype=np.dtype(dtype)).reshape(shape)
    return Variable(**values)
