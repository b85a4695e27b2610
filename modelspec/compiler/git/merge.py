"""Two changes of a document merged item by item, or where that is in doubt line by line as git does."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable
from pathlib import Path

from modelspec.compiler.git.command import git
from modelspec.compiler.git.parts import Doubt, parts_of
from modelspec.compiler.git.three_way import Marks, Merged, merge_parts
from modelspec.diagnostics import Report, Source, SpecError
from modelspec.diagnostics.render import render_concise
from modelspec.formatting.form import FormattingError, format_text
from modelspec.frozen import dataclass

_BREAK = re.compile(r"\r\n?")
_MOST_TOLD = 5


@dataclass(frozen=True, slots=True)
class Versions:
    """The three texts of a document that is merged, as they lie in files.

    Args:
        base: what both come from.
        ours: this side.
        theirs: the other.
    """

    base: bytes
    ours: bytes
    theirs: bytes


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a merge.

    Args:
        data: the file, conflicts between marks.
        reasons: why it is not clean, a sentence each; none where it is.
    """

    data: bytes
    reasons: tuple[str, ...]


def merge(versions: Versions, path: Path, marks: Marks) -> Result:
    """Merge two changes of a document.

    What is clean is checked as `modelspec check` does before it imports Keras; mistakes that neither side has
    by itself make it a conflict.

    Args:
        path: where the document lies in the working tree, for what it names.
    """
    try:
        texts = tuple(_text(data) for data in (versions.base, versions.ours, versions.theirs))
    except UnicodeDecodeError:
        return _by_lines(versions, marks)
    merged = _by_items(texts, marks)
    if merged is None:
        result = _by_lines(versions, marks)
    else:
        text = "".join(merged.lines)
        windows = b"\r\n" in versions.ours.partition(b"\n")[0] + b"\n"
        data = (text.replace("\n", "\r\n") if windows else text).encode()
        result = Result(data, tuple(f"both sides changed `{name}`" for name in merged.conflicts))
    if result.reasons:
        return result
    return Result(result.data, _new_mistakes(_text(result.data), texts[1:], path))


def _text(data: bytes) -> str:
    return _BREAK.sub("\n", data.decode("utf-8").removeprefix("\ufeff"))


def _by_items(texts: tuple[str, ...], marks: Marks) -> Merged | None:
    """The texts merged part by part, as they are or, if that is not clean, all in the house's form.

    `None` where neither can be told.
    """
    found: Merged | None = None
    for shape in _SHAPES:
        try:
            base, ours, theirs = (parts_of(shape(text)) for text in texts)
            merged = merge_parts(base, ours, theirs, marks)
        except (Doubt, FormattingError):
            continue
        if not merged.conflicts:
            return merged
        found = found or merged
    return found


def _as_it_is(text: str) -> str:
    return text


def _formatted(text: str) -> str:
    form = format_text(Source("", text), Report())
    if form is None:
        raise Doubt
    return form


_SHAPES: tuple[Callable[[str], str], ...] = (_as_it_is, _formatted)


def _by_lines(versions: Versions, marks: Marks) -> Result:
    """What `git merge-file` makes of the files."""
    with tempfile.TemporaryDirectory() as folder:
        names = [str(Path(folder) / name) for name in ("ours", "base", "theirs")]
        for name, data in zip(names, (versions.ours, versions.base, versions.theirs), strict=True):
            Path(name).write_bytes(data)
        labels = ("-L", marks.ours, "-L", "base", "-L", marks.theirs)
        done = git("merge-file", "-p", f"--marker-size={marks.size}", *labels, *names)
    if 0 <= done.returncode <= 127:
        reasons = ("both sides changed the same lines",) if done.returncode else ()
        return Result(done.stdout, reasons)
    said = done.stderr.decode("utf-8", "replace").strip()
    return Result(versions.ours, (f"`git merge-file` fails: {said}",))


def _new_mistakes(merged: str, sides: tuple[str, ...], path: Path) -> tuple[str, ...]:
    """What is wrong with a merged document and with neither of its sides, told concisely."""
    found = _mistakes(merged, path)
    if not found:
        return ()
    known = {mistake for side in sides for mistake in _mistakes(side, path)}
    told = tuple(said for mistake, said in found.items() if mistake not in known)
    return told[:_MOST_TOLD]


def _mistakes(text: str, path: Path) -> dict[tuple[str, str], str]:
    """The errors of a document, by code and message."""
    from modelspec.compiler.stages import check_document
    from modelspec.compiler.values import Options, Text

    source = Source(str(path), text, folder=path.resolve().parent)
    report = Report()
    try:
        check_document(Text(source, "", path.resolve()), Options(cpu_only=True), report)
        return {}
    except SpecError as error:
        errors = (found for found in error.diagnostics if found.severity == "error")
        return {(found.code, found.message): render_concise(found) for found in errors}
