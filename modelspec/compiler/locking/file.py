"""The text of a lock, written for people and read under the rules of documents."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from collections.abc import Mapping as MappingOf
from pathlib import Path

from modelspec.architecture.hashing import Hashes
from modelspec.compiler.identity import Identity
from modelspec.compiler.locking.lock import FORMAT, Lock, LockedCode, LockedDocument, LockedFile
from modelspec.diagnostics import Place, Report, Source
from modelspec.source.files import load_text
from modelspec.source.reader import read_tree
from modelspec.source.scalars import plain_value
from modelspec.source.tree import Mapping, Node, Scalar

_HEAD = "# What documents are made of and come to. Written and compared by `modelspec lock`.\n"
_PLAIN = re.compile(r"\w([\w./:-]*\w)?", re.ASCII)


def lock_text(lock: Lock) -> str:
    """A lock as the text of its file, the same for the same lock."""
    data = {
        "lock": FORMAT,
        "modelspec": lock.modelspec,
        "keras": lock.keras,
        "documents": {path: _data(lock.documents[path]) for path in sorted(lock.documents)},
    }
    return _HEAD + "".join(f"{line}\n" for line in _lines(data, ""))


def _lines(data: MappingOf[str, object], indent: str) -> Iterator[str]:
    for key, value in data.items():
        match value:
            case dict() if value:
                yield f"{indent}{_scalar(key)}:"
                yield from _lines(value, f"{indent}  ")
            case dict():
                yield f"{indent}{_scalar(key)}: {{}}"
            case _:
                yield f"{indent}{_scalar(key)}: {_scalar(value)}"


def _scalar(value: object) -> str:
    """As JSON writes it, which YAML reads; without quotes where nothing but text can be meant."""
    if isinstance(value, str) and _PLAIN.fullmatch(value) and plain_value(value) == value:
        return value
    return json.dumps(value, ensure_ascii=False)


def _data(document: LockedDocument) -> dict[str, object]:
    return {
        **document.identity.record,
        "params": document.params,
        "seed": document.seed,
        "files": {path: {"sha256": file.sha256, "size": file.size} for path, file in document.files.items()},
        "code": {
            name: {"version": code.version, "sha256": code.sha256} for name, code in document.code.items()
        },
    }


def read_lock(path: Path, report: Report) -> Lock:
    """The lock of a file.

    Raises:
        SpecError: it cannot be read, or is no lock that this modelspec knows.
    """
    loaded = load_text(path, report)
    tree = read_tree(loaded[0], report) if loaded is not None else None
    report.raise_if_errors()
    source = loaded[0] if loaded is not None else Source(str(path), "", inline=True)
    data = _plain(tree) if tree is not None else None
    try:
        lock = _lock(data)
    except (KeyError, TypeError, ValueError, AttributeError):
        lock = None
    if lock is None:
        report.fail(
            "bad-lock",
            "this is no lock that this modelspec reads",
            Place(source, 0, 0),
            help="write it anew with `modelspec lock DOCUMENT...`",
        )
    return lock


def _plain(node: Node) -> object:
    match node:
        case Scalar(value=value):
            return value
        case Mapping(entries=entries):
            return {entry.key.text: _plain(entry.value) for entry in entries}
        case _:
            return [_plain(item) for item in node.items]


def _lock(data: object) -> Lock | None:
    if not isinstance(data, dict) or data.get("lock") != FORMAT:
        return None
    documents = data["documents"] or {}
    return Lock(
        modelspec=_text(data["modelspec"]),
        keras=_text(data["keras"]),
        documents={path: _document(found) for path, found in documents.items()},
    )


def _document(data: MappingOf[str, object]) -> LockedDocument:
    match data:
        case {
            "architecture": {"exact": str(exact), "auto": str(auto), "structure": str(structure)},
            "compile": str() | None as compiled,
            "variables": str() | None as variables,
            "params": int(params),
            "seed": int(seed),
            "files": dict(files),
            "code": dict(code),
        }:
            return LockedDocument(
                Identity(Hashes(exact, auto, structure), compiled, variables),
                params,
                seed,
                {path: LockedFile(_text(one["sha256"]), int(one["size"])) for path, one in files.items()},
                {
                    name: LockedCode(
                        None if one["version"] is None else _text(one["version"]), _text(one["sha256"])
                    )
                    for name, one in code.items()
                },
            )
        case _:
            raise ValueError("no entry of a lock")


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("no text")
    return value
