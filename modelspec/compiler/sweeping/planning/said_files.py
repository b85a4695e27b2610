"""What a document says of its values and its training, with each file by where it lies in the project.

A path that is written in two ways, or from two folders, is one file.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from modelspec.compiler.values import Checked, Options
from modelspec.language.closed import Weights
from modelspec.language.closed_train import (
    Arrays,
    ArraySource,
    FileData,
    FunctionData,
    NamedArrays,
    Samples,
    Train,
)
from modelspec.language.values import Plain
from modelspec.language.words import is_file
from modelspec.source.files import find_root

_Moved = Callable[[str, Path | None], str]


def said_of(checked: Checked, options: Options) -> tuple[Weights, Train | None]:
    """The sections `weights` and `train`, without the places of what is in them."""
    spec = checked.spec
    root = (options.root or _root(checked)).resolve()

    def moved(written: str, folder: Path | None) -> str:
        return Path(os.path.relpath((folder or Path.cwd()).resolve() / written, root)).as_posix()

    loads = tuple(
        replace(load, places=(), file=moved(load.file, load.origin.place.source.folder))
        for load in spec.weights.loads
    )
    weights = replace(spec.weights, loads=loads)
    return weights, None if spec.train is None else _train(spec.train, moved)


def _root(checked: Checked) -> Path:
    chain = checked.document.chain
    return find_root(chain[0]) if chain else Path.cwd()


def _train(train: Train, moved: _Moved) -> Train:
    entry = None if train.entry is None else _function(train.entry, moved)
    match train.data:
        case FileData() as data:
            validation = data.validation
            if isinstance(validation, Samples):
                validation = _samples(validation, moved)
            samples = _samples(data.samples, moved)
            return replace(train, entry=entry, data=replace(data, samples=samples, validation=validation))
        case FunctionData() as given:
            return replace(train, entry=entry, data=replace(given, function=_function(given.function, moved)))
        case _:
            return replace(train, entry=entry)


def _samples(samples: Samples, moved: _Moved) -> Samples:
    def optional(arrays: Arrays | None) -> Arrays | None:
        return None if arrays is None else _arrays(arrays, moved)

    return replace(
        samples,
        x=_arrays(samples.x, moved),
        y=optional(samples.y),
        sample_weight=optional(samples.sample_weight),
    )


def _arrays(arrays: Arrays, moved: _Moved) -> Arrays:
    match arrays:
        case NamedArrays():
            items = tuple((name, _source(source, moved), place) for name, source, place in arrays.items)
            return replace(arrays, items=items)
        case ArraySource():
            return _source(arrays, moved)


def _source(source: ArraySource, moved: _Moved) -> ArraySource:
    return replace(source, file=moved(source.file, source.file_origin.place.source.folder))


def _function(named: Plain, moved: _Moved) -> Plain:
    """A function of a file by the file; of a module by the module."""
    text, colon, name = str(named.value).rpartition(":")
    if not is_file(text):
        return named
    return replace(named, value=moved(text, named.origin.place.source.folder) + colon + name)
