"""The text of a document that a caller names; of a file that is something else, what that is."""

from __future__ import annotations

from pathlib import Path

from modelspec.diagnostics import Place, Report, Source
from modelspec.source.files import load_text, shown_path

# What is wrong with a text that may be none at all.
_DOUBTFUL = frozenset({"not-utf8", "too-large"})
# A file of weights may be UTF-8 by chance; a text has no zeros.
_BINARY = "\0"


def load_document(path: Path, report: Report) -> tuple[Source, str] | None:
    """The text and the SHA-256 of its bytes; `None` where it cannot be read, which is reported.

    Only a file that cannot be a document is looked at by what knows archives and weights.
    """
    found = Report()
    loaded = load_text(path, found)
    doubtful = (
        _BINARY in loaded[0].text
        if loaded is not None
        else any(item.code in _DOUBTFUL for item in found.diagnostics)
    )
    if doubtful and path.is_file() and _told(path, report):
        return None
    report.take(found.diagnostics)
    return loaded


def _told(path: Path, report: Report) -> bool:
    """Say what a file is that is no document; whether it is of a kind that is known."""
    from modelspec.archive.foreign import UNKNOWN
    from modelspec.archive.refusal import Refused
    from modelspec.diagnostics import SpecError
    from modelspec.past.recognition import recognise

    name = shown_path(path)
    place = Place(Source(name, "", inline=True), 0, 0)
    try:
        found = recognise(path, Report())
    except Refused as refused:
        refused.note(report, name=name, place=place)
        return True
    except SpecError as error:
        report.take(error.diagnostics)
        return True
    except OSError:
        return False
    if found.kind == "document" or found.what == UNKNOWN:
        return False
    report.add("not-a-document", f"`{name}` is {found.what}, not a document", place, help=found.help)
    return True
