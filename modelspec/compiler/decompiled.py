"""Files and live models as documents: the config is read under guard, written as a document, and checked."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from modelspec.archive.atomic import atomic_file
from modelspec.archive.atomic_set import kept_unless_done
from modelspec.archive.container import open_regular
from modelspec.archive.json_values import read_json
from modelspec.archive.limits import LIMITS
from modelspec.archive.reader import open_keras, unreadable
from modelspec.archive.recognition import identify_file, kind_of
from modelspec.archive.refusal import Refused
from modelspec.archive.sizes import readable_size
from modelspec.archive.write_failures import diagnosed_writing
from modelspec.catalog.load import installed_keras_version, load_catalog
from modelspec.compiler.values import Options, Progress, silent
from modelspec.decompiler.decompile import Wanted, decompile
from modelspec.diagnostics import Report
from modelspec.frozen import dataclass

Json = Any

_VALUES = ".weights.h5"


@dataclass(frozen=True, slots=True)
class Asked:
    """What shall be decompiled, and how.

    Args:
        path: a `.keras` archive, the folder of one, or a `config.json`.
        target: the document; `None` where its text is wanted alone.
        auto_names: whether automatic names are left out wherever a layer has one.
        weights: whether the values are written beside the document.
    """

    path: Path
    target: Path | None = None
    auto_names: bool = False
    weights: bool = False


@dataclass(frozen=True, slots=True)
class Decompiled:
    """What came of it.

    Args:
        text: the document.
        target: where it was written.
        values: the file of weights beside it.
    """

    source: Path
    text: str
    target: Path | None
    values: Path | None


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
    values = values_beside(asked.target) if asked.weights and asked.target is not None else None
    extra: dict[str, object] = {}
    if values is not None:
        extra["weights"] = {"load": [{"file": f"./{values.name}"}]}
    data = read_config(asked.path, report)
    wanted = Wanted(str(asked.path), auto=asked.auto_names, extra=extra)
    text = decompile(data, load_catalog(installed_keras_version()), wanted, report)
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

                extract_from(asked.path, Extraction(values), report, options=options, progress=progress)
    return Decompiled(asked.path, text, asked.target, values)


def values_beside(target: Path) -> Path:
    """The file of weights beside a document: `net.weights.h5` for `net.yaml`."""
    return target.with_name(f"{target.name.partition('.')[0]}{_VALUES}")


def decompile_model(model: object) -> str:
    """The document of a live model, by what Keras serialises it as; raises `SpecError` without one.

    Warns where the document makes two layers of one.
    """
    from modelspec.link.canonical import canonical, serialize

    data: Mapping[str, Json] = canonical(serialize(model))
    catalog = load_catalog(installed_keras_version())
    report = Report()
    text = decompile(data, catalog, Wanted(str(getattr(model, "name", "the model"))), report)
    for found in report.warnings:
        if found.code == "unshared-layer":
            warnings.warn(f"{found.message}: {found.help}", UserWarning, stacklevel=3)
    return text


def read_config(path: Path, report: Report) -> dict[str, Json]:
    """The serialization dict of an archive, its folder, or a `config.json`. Raises `SpecError`."""
    try:
        if path.is_dir():
            return _of_archive(path, report)
        with ExitStack() as stack:
            file = stack.enter_context(open_regular(path))
            kind = kind_of(file)
            if kind == "json":
                size = os.fstat(file.fileno()).st_size
                if size > LIMITS.json:
                    message = f"is JSON of {readable_size(size)}, more than {readable_size(LIMITS.json)}"
                    raise Refused("archive-too-large", message)
                file.seek(0)
                return _of_json(file.read())
            if kind != "zip":
                what = identify_file(file)[0] if kind is None else f"a file of weights ({kind})"
                raise Refused(
                    "cannot-decompile",
                    f"is {what}, which holds no model",
                    help="give a `.keras` archive or the `config.json` of one",
                )
        return _of_archive(path, report)
    except Refused as refused:
        refused.fail(report, name=str(path), place=None)
    except OSError as error:
        unreadable(error).fail(report, name=str(path), place=None)


def _of_archive(path: Path, report: Report) -> dict[str, Json]:
    archive = open_keras(path, report)
    report.raise_if_errors()
    assert archive is not None
    with archive:
        return archive.config


def _of_json(content: bytes) -> dict[str, Json]:
    data = read_json(content, LIMITS)
    if not isinstance(data.get("class_name"), str) or not isinstance(data.get("config"), dict):
        raise Refused(
            "cannot-decompile",
            "describes no Keras object",
            help="a `config.json` is what `keras.saving.serialize_keras_object(model)` gives, or the member "
            "of that name in a `.keras` archive",
        )
    return data
