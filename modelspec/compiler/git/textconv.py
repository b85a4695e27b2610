"""A file of a model as text for git: its document, and a line for each variable with the hash of its values.

Git ends a whole `git diff` where this fails, so whatever the file is there is a text; and where two files
differ, their texts do.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

from modelspec.diagnostics import Diagnostic, Report, SpecError
from modelspec.diagnostics.shown import escaped

_PREFIX = 16
_LFS = re.compile(rb"version https://git-lfs\.github\.com/spec/.*?^oid (\S+)$", re.DOTALL | re.MULTILINE)
_LFS_MOST = 1024


def textconv(path: Path) -> str:
    """The text of a `.keras` archive or a file of weights, or one line that says why there is none.

    Nothing of the file runs, and Keras is not imported.
    """
    try:
        return "\n".join(_lines(path)) + "\n"
    except FileNotFoundError:
        return "(modelspec: not shown: the file does not exist)\n"
    except OSError as error:
        return f"(modelspec: not shown: the file cannot be read: {_reason(error)})\n"
    except Exception as error:  # whatever it is, git goes on
        return f"(modelspec: not shown: {escaped(_first_line(error))}; {_mark(path)})\n"


def _lines(path: Path) -> Iterator[str]:
    pointer = _pointer(path)
    if pointer is not None:
        yield f"(modelspec: a git-LFS pointer to {pointer}, not the file itself)"
        return
    document, mistakes = _document(path)
    report = Report()
    table = _table(path, report)
    if document is None and table is None:
        reason = mistakes[0].message if mistakes else "it cannot be read"
        yield f"(modelspec: not shown: {_sentence(reason, path)}; {_mark(path)})"
        return
    if document is not None:
        yield document
    else:
        for mistake in mistakes:
            yield f"(modelspec: no document: {_sentence(mistake.message, path)})"
        yield f"(modelspec: {_config_mark(path)})\n"
    if table is not None:
        yield from table
    else:
        for mistake in report.diagnostics:
            yield f"(modelspec: no variables: {_sentence(mistake.message, path)}; {_mark(path)})"


def _pointer(path: Path) -> str | None:
    """What a git-LFS pointer points to; `None` for every other file."""
    with path.open("rb") as file:
        head = file.read(_LFS_MOST)
    found = _LFS.match(head)
    return found[1].decode("ascii", "replace") if found else None


def _document(path: Path) -> tuple[str | None, tuple[Diagnostic, ...]]:
    from modelspec.compiler.decompiled import Asked, decompile_file
    from modelspec.compiler.values import Options

    try:
        return decompile_file(Asked(path), Report(), options=Options(cpu_only=True)).text, ()
    except SpecError as error:
        return None, error.diagnostics


def _table(path: Path, report: Report) -> list[str] | None:
    """A line for each variable: path, shape, dtype, hash; `None` where they cannot be read, reported.

    Columns are not aligned, so that a longer name changes no other line.
    """
    from modelspec.archive.checkpoint import open_checkpoint

    checkpoint = open_checkpoint(path, report)
    if checkpoint is None:
        return None
    with checkpoint:
        lines = [f"# {len(checkpoint.tensors)} variables: path, shape, dtype, sha256 of the values"]
        for tensor in checkpoint.tensors:
            digest = hashlib.sha256()
            try:
                for block in checkpoint.values(tensor).blocks():
                    digest.update(block.view("u1").data)
                said = digest.hexdigest()[:_PREFIX]
            except SpecError as error:
                said = f"({_sentence(error.diagnostics[0].message, path)})"
            shape = ", ".join(map(str, tensor.shape))
            lines.append(f"{escaped(tensor.shown)}  [{shape}]  {tensor.dtype}  {said}")
    return lines


def _sentence(message: str, path: Path) -> str:
    """A message without the name of the file, which git makes up anew each time."""
    return escaped(message.replace(f"`{path}`", "the file").replace(str(path), "the file"))


def _mark(path: Path) -> str:
    """What tells one file from another."""
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        return _reason(error)
    return f"{path.stat().st_size:,} bytes, sha256 {digest[:_PREFIX]}"


def _config_mark(path: Path) -> str:
    """What tells one config from another, where there is no document of it."""
    from modelspec.archive.reader import open_keras

    archive = open_keras(path, Report())
    if archive is None:
        return _mark(path)
    with archive:
        return f"config sha256 {hashlib.sha256(archive.read('config.json')).hexdigest()[:_PREFIX]}"


def _reason(error: OSError) -> str:
    return escaped((error.strerror or "unreadable").lower())


def _first_line(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".partition("\n")[0]
