"""Files of weights as other variants of a model would have them, and what Keras reads of ours."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
from extracted_nets import fill, values, variables
from held_to_twin import quick_values

from modelspec.compiler.values import Options
from modelspec.compiler.weights.archive import AttachedArchive, attach_to_archive
from modelspec.diagnostics import Report
from modelspec.weights.attach.rules import Rule

_GB = 1024**3


def opened(archive: Path) -> keras.Model:
    """The model of an archive, opened by Keras without drawing anything."""
    keras.utils.clear_session(free_memory=False)
    with quick_values():
        return keras.saving.load_model(archive)


def saved(model: keras.Model, folder: Path, suffix: str) -> Path:
    """The model's values in a file that Keras writes."""
    path = folder / f"theirs{suffix}"
    if suffix == ".keras":
        model.save(path)
    elif suffix == ".weights.json":
        sizes = [value.nbytes for value in values(model)]
        model.save_weights(path, max_shard_size=(max(*sizes, sum(sizes) // 2) + 4096) / _GB)
    else:
        model.save_weights(path)
    return path


def lost(model: keras.Model, path: Path, expected: list[np.ndarray]) -> list[str]:
    """The variables that Keras' own loader finds other values for in a file."""
    fill(model, seed=999)
    model.load_weights(path)
    found = zip(variables(model), values(model), expected, strict=True)
    return [one.path for one, value, other in found if not equal(value, other)]


def equal(one: Any, other: Any) -> bool:
    """Whether two arrays are the same bits."""
    one, other = np.asarray(one), np.asarray(other)
    return (one.dtype, one.shape, one.tobytes()) == (other.dtype, other.shape, other.tobytes())


def attached(archive: Path, file: Path, target: Path, **rule: Any) -> AttachedArchive:
    """`weights attach`; nothing is warned of."""
    report = Report()
    done = attach_to_archive(archive, [(file, None)], Rule(**rule), target, report, options=Options())
    assert report.diagnostics == []
    return done


def of_another_variant(source: Path, target: Path) -> tuple[str, ...]:
    """A file as the model would have saved it with its layers made in another order, and under other names.

    In each model, what lies at the number of one layer lies at that of the next of its class. The names of
    the outermost layers begin with `old_`. A layer more, `extra`, comes first among the dense ones, and
    the last layer with values is left out.

    Returns:
        The names of the layers left out.
    """
    with h5py.File(source) as old, h5py.File(target, "w") as new:
        _copy(old, new, renamed=True)
        names = {str(group["vars"].attrs["name"]): group.name for group in old["layers"].values()}
        full = [name for name, address in names.items() if _datasets(old[address])]
        taken = (full[-1],) if len(full) > 1 else ()
        for name in taken:
            found = [
                key for key, group in new["layers"].items() if group["vars"].attrs["name"] == f"old_{name}"
            ]
            del new["layers"][found[0]]
        extra = new.create_group("layers/dense_99/vars")
        extra.attrs["name"] = "extra"
        extra["0"] = np.ones((3, 3), "float32")
    return taken


def _copy(old: Any, new: Any, *, renamed: bool) -> None:
    for key, item in old.items():
        if isinstance(item, h5py.Dataset):
            old.copy(key, new)
            continue
        group = new.create_group(key)
        group.attrs.update(item.attrs)
        if key != "layers":
            _copy(item, group, renamed=renamed)
            continue
        for child, number in _rotated(item):
            layer = group.create_group(number)
            _copy(item[child], layer, renamed=False)
            if renamed and "vars" in layer:
                layer["vars"].attrs["name"] = f"old_{layer['vars'].attrs['name']}"


def _rotated(container: Any) -> Iterator[tuple[str, str]]:
    """Each layer of a model, and the number of another of its class."""
    classes: dict[str, list[str]] = {}
    for key in container:
        stem, _, number = key.rpartition("_")
        classes.setdefault(stem if number.isdigit() and stem in container else key, []).append(key)
    for keys in classes.values():
        yield from zip(keys, [*keys[1:], keys[0]], strict=True)


def _datasets(group: Any) -> list[str]:
    found: list[str] = []
    group.visititems(lambda name, item: found.append(name) if isinstance(item, h5py.Dataset) else None)
    return [name for name in found if "seed_generator" not in name]
