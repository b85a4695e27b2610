"""Files and live models as documents: the config is read under guard, written as a document, and checked."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from modelspec.archive.atomic import atomic_file
from modelspec.archive.atomic_set import kept_unless_done
from modelspec.archive.write_failures import diagnosed_writing
from modelspec.catalog.load import installed_keras_version, load_catalog
from modelspec.compiler.learnt import with_learnt
from modelspec.compiler.values import Options, Progress, silent
from modelspec.decompiler.decompile import Wanted, decompile
from modelspec.decompiler.late_names import Shorter, shorter_without
from modelspec.diagnostics import Report
from modelspec.frozen import dataclass
from modelspec.past.forms import is_past
from modelspec.past.modules import with_modules
from modelspec.past.older import of_older_release
from modelspec.past.reading import open_origin, past_of
from modelspec.past.values import Placeholder

Json = Any

_VALUES = ".weights.h5"


@dataclass(frozen=True, slots=True)
class Asked:
    """What shall be decompiled, and how.

    Args:
        path: a `.keras` archive, the folder of one, a `config.json`, or a model in a file of Keras 2.
        target: the document; `None` where its text is wanted alone.
        auto_names: whether automatic names are left out wherever a layer has one.
        weights: whether the values are written beside the document.
        flat: whether every layer stands for itself, nothing folded into blocks.
    """

    path: Path
    target: Path | None = None
    auto_names: bool = False
    weights: bool = False
    flat: bool = False


@dataclass(frozen=True, slots=True)
class Decompiled:
    """What came of it.

    Args:
        text: the document.
        target: where it was written.
        values: the file of weights beside it.
        shorter: what the document would be without automatic names that another model's were counted before;
            `None` where that is hardly less, or they cannot be left out.
    """

    source: Path
    text: str
    target: Path | None
    values: Path | None
    shorter: Shorter | None = None


def decompile_file(
    asked: Asked, report: Report, *, options: Options, progress: Progress = silent
) -> Decompiled:
    """Write the document of a file, and its values where they are wanted: both or neither.

    Only the values may need Keras.

    Args:
        asked: see there.
        report: gets what a reader of the document must know.
        options: how a model is linked for the names of its variables, where that is needed.
        progress: told of the bytes written.

    Raises:
        SpecError: the document was not written.
    """
    read = read_config(asked.path, report)
    values = _values_of(asked, without=read.taken)
    extra = dict(read.extra)
    if values is not None:
        extra["weights"] = {"load": [{"file": f"./{values.name}"}]}
    wanted = Wanted(str(asked.path), auto=asked.auto_names, flat=asked.flat, extra=extra)
    catalog = load_catalog(installed_keras_version())
    text = decompile(read.config, catalog, wanted, report)
    # Values are found by their names.
    shorter = shorter_without(read.config, catalog, wanted, text) if values is None else None
    if asked.target is not None:
        encoded = text.encode()
        with diagnosed_writing(asked.target, report, needed=len(encoded)), ExitStack() as both:
            if values is not None:
                both.enter_context(kept_unless_done(values))
            both.enter_context(atomic_file(asked.target)).write(encoded)
            # Before the document appears, so that there is none without its values.
            if values is not None:
                from modelspec.compiler.weights.extract import Wanted as Extraction
                from modelspec.compiler.weights.extract import extract_from

                extraction = Extraction(values, was=read.was, without=read.taken)
                extract_from(asked.path, extraction, report, options=options, progress=progress)
    return Decompiled(asked.path, text, asked.target, values, shorter)


def _values_of(asked: Asked, *, without: frozenset[str]) -> Path | None:
    """Where the values are to be written; `None` where they are not wanted, or the model has none.

    Args:
        without: keys of those that the document says.
    """
    if not asked.weights or asked.target is None:
        return None
    from modelspec.archive.checkpoint import open_checkpoint

    checkpoint = open_checkpoint(asked.path, Report())
    if checkpoint is not None:
        with checkpoint:
            if all(tensor.key in without for tensor in checkpoint.tensors):
                return None
    return values_beside(asked.target)  # what could not be opened is told where it is to be read


def values_beside(target: Path) -> Path:
    """The file of weights beside a document: `net.weights.h5` for `net.yaml`."""
    return target.with_name(f"{target.name.partition('.')[0]}{_VALUES}")


def decompile_model(model: object, *, flat: bool = False) -> str:
    """The document of a live model, by what Keras serialises it as; raises `SpecError` without one.

    Warns where the document makes two layers of one.

    Args:
        flat: see `Asked`.
    """
    from modelspec.link.canonical import canonical, serialize

    data: Mapping[str, Json] = canonical(serialize(model))
    catalog = load_catalog(installed_keras_version())
    report = Report()
    text = decompile(data, catalog, Wanted(str(getattr(model, "name", "the model")), flat=flat), report)
    for found in report.warnings:
        if found.code == "unshared-layer":
            warnings.warn(f"{found.message}: {found.help}", UserWarning, stacklevel=3)
    return text


@dataclass(frozen=True, slots=True)
class ReadModel:
    """What a file says of a model.

    Args:
        config: the serialization dict of the model as Keras 3 writes it.
        extra: what a document of it says besides.
        was: what layers are called in the file that are called otherwise in the config, by their paths there.
        taken: keys of values that the config says, and that Keras 3 has no variables for.
    """

    config: dict[str, Json]
    extra: Mapping[str, object]
    was: Mapping[str, str]
    taken: frozenset[str] = frozenset()


def read_config(path: Path, report: Report) -> ReadModel:
    """The model in a file, with the vocabularies and boundaries that its layers have learnt.

    Args:
        path: an archive, its folder, JSON, or a model of Keras 2 in any of its files.
        report: told what of an older Keras was changed, and what of Keras 2 is left to write.

    Raises:
        SpecError: the file holds no model, or one that cannot be read.
    """
    origin = open_origin(path, report)
    if not is_past(origin.config, origin.keras_version):
        catalog = load_catalog(installed_keras_version())
        in_hdf5 = origin.container == "hdf5"
        config = with_modules(origin.config, catalog) if in_hdf5 else dict(origin.config)
        older = of_older_release(config, origin.keras_version, catalog)
        for note in older.notes:
            report.add("past-changed", note)
        learnt = with_learnt(older.config, path, report)
        return ReadModel(learnt.config, {}, {}, learnt.taken)
    past = past_of(origin, path, report)
    left = {found.name: _left(found) for found in past.placeholders}
    learnt = with_learnt(past.config, path, report)
    return ReadModel(learnt.config, {"x-left-to-write": left} if left else {}, past.names, learnt.taken)


def _left(found: Placeholder) -> dict[str, object]:
    """What a document says of a class that is left to write."""
    told: dict[str, object] = {"was": found.why}
    if found.reads:
        told["reads"] = list(found.reads)
    if found.read_by:
        told["read by"] = list(found.read_by)
    shape = found.config.get("output_shape")
    if isinstance(shape, list) and all(size is None or type(size) is int for size in shape):
        told["output shape"] = shape
    return told
