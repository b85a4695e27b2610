"""Files of Keras 2 as models: HDF5, `.keras` archives, JSON, and the `model.json` of TensorFlow.js."""

from __future__ import annotations

from pathlib import Path

from modelspec.archive.reader import unreadable
from modelspec.archive.refusal import Refused
from modelspec.catalog.load import installed_keras_version, load_catalog
from modelspec.catalog.lookup import Catalog
from modelspec.diagnostics import Report
from modelspec.past.recognition import recognise
from modelspec.past.refusal import Unreadable
from modelspec.past.translate import translate
from modelspec.past.values import Origin, Past
from modelspec.source.files import nearest_help

_NOT_FOUND = "paths are relative to the working folder"


def past_of(origin: Origin, path: Path, report: Report, *, catalog: Catalog | None = None) -> Past:
    """A model of Keras 2, of what was read of a file.

    Args:
        path: of the file, for messages.
        report: told what was changed, once each, and of each placeholder.
        catalog: of the Keras that it is translated for; by default the installed one.

    Raises:
        SpecError: the config contradicts itself.
    """
    try:
        past = translate(origin, catalog or load_catalog(installed_keras_version()))
    except Unreadable as error:
        report.fail("past-config", f"`{path}` has a config of Keras 2 that cannot be read: {error}")
    _tell(past, report)
    return past


def open_origin(path: Path, report: Report) -> Origin:
    """What a file says of its model, of Keras 2 or 3.

    Raises:
        SpecError: it holds none, or is damaged.
    """
    try:
        found = recognise(path, report)
        if found.origin is None:
            raise Refused("cannot-decompile", f"is {found.what}", help=found.help)
        return found.origin
    except Refused as refused:
        refused.fail(report, name=str(path), place=None)
    except FileNotFoundError:
        report.fail("file-not-found", f"`{path}` does not exist", help=nearest_help(path) or _NOT_FOUND)
    except OSError as error:
        unreadable(error).fail(report, name=str(path), place=None)


def _tell(past: Past, report: Report) -> None:
    """Warn of what was changed, and of what is left to write."""
    for note in past.notes:
        report.add("past-changed", note)
    for found in past.placeholders:
        where = f" (`{found.layer}`)" if found.layer else ""
        reads = f"; it reads {_listed(found.reads)}" if found.reads else ""
        by = f", and is read by {_listed(found.read_by)}" if found.read_by else ""
        report.add(
            "placeholder",
            f"{found.why}{where}{reads}{by}",
            help=f"write a {found.kind} and register it as `{found.name}`; the document has it by that name",
        )


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(name if name.startswith("(") else f"`{name}`" for name in names)
