"""In-toto statements about archives: what each was built from, and by what.

Source of the format: the in-toto Attestation Framework, Statement v1, and SLSA Provenance v1. A statement is
not signed here: whoever signs signs these bytes. It says nothing of when: equal builds give equal bytes.
"""

from __future__ import annotations

import json
import platform
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from modelspec import __version__
from modelspec.archive.container import sha256_of
from modelspec.compiler.locking.lock import LockedDocument
from modelspec.compiler.locking.reading import locked_document, path_from
from modelspec.compiler.produce import Built
from modelspec.compiler.values import Compiled
from modelspec.source.data_files import read_bounded
from modelspec.source.files import find_root

STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "https://slsa.dev/provenance/v1"
BUILD = "urn:modelspec:build:1"
BUILDER = "urn:modelspec:builder"
_LARGEST = 64 << 20  # bytes of a file of statements
_GIT_SECONDS = 10

Json = Any


def statement_about(compiled: Compiled, built: Built, named: Iterable[str]) -> str:
    """The statement about an archive that was just built from a file, as one line.

    Args:
        compiled: its document.
        named: the paths of the files that the document names.

    Raises:
        OSError: a file cannot be read any more.
    """
    own = compiled.checked.document.chain[0]
    folder = find_root(own)
    made_of = locked_document(compiled, (str(own), *named), folder)
    archive = built.path
    options = compiled.options
    statement = {
        "_type": STATEMENT,
        "subject": [{"name": archive.name, "digest": {"sha256": sha256_of(archive)}}],
        "predicateType": PREDICATE,
        "predicate": {
            "buildDefinition": {
                "buildType": BUILD,
                "externalParameters": {
                    "document": path_from(folder, own),
                    "set": list(options.overrides),
                    "keras": compiled.floor,
                },
                "internalParameters": {"model": made_of.identity.record, "params": made_of.params},
                "resolvedDependencies": [*_dependencies(made_of), *_commit(folder, made_of.files)],
            },
            "runDetails": {"builder": {"id": BUILDER, "version": _versions(compiled)}},
        },
    }
    return json.dumps(statement, ensure_ascii=True, sort_keys=False) + "\n"


def subjects_in(path: Path) -> dict[str, str] | None:
    """The SHA-256 of each subject of the statements in a file, by name; `None` where it holds none."""
    try:
        data = read_bounded(path, _LARGEST)
        lines = [] if data is None else [json.loads(line) for line in data.splitlines() if line.strip()]
    except (OSError, ValueError, RecursionError):
        return None
    found: dict[str, str] = {}
    for statement in lines:
        match statement:
            case {"_type": str(), "subject": list(subjects)}:
                found |= dict(filter(None, map(_subject, subjects)))
            case _:
                return None
    return found or None


def _subject(value: Json) -> tuple[str, str] | None:
    match value:
        case {"name": str(name), "digest": {"sha256": str(digest)}}:
            return name, digest
        case _:
            return None


def _dependencies(made_of: LockedDocument) -> list[Json]:
    files = [{"name": path, "digest": {"sha256": file.sha256}} for path, file in made_of.files.items()]
    code = [
        {"name": code.version or name, "digest": {"sha256": code.sha256}, "annotations": {"module": name}}
        for name, code in made_of.code.items()
    ]
    return files + code


def _versions(compiled: Compiled) -> dict[str, str]:
    from importlib import metadata  # which takes long to import

    return {
        "modelspec": __version__,
        "keras": compiled.linked.keras_version,
        "numpy": metadata.version("numpy"),
        "h5py": metadata.version("h5py"),
        "python": platform.python_version(),
    }


def _commit(folder: Path, files: Mapping[str, object]) -> list[Json]:
    """The commit that the project is at, and whether the files are as it has them; none without git."""
    commit = _git(folder, "rev-parse", "HEAD")
    changed = _git(folder, "status", "--porcelain", "--", *files)
    if commit is None or changed is None:
        return []
    digest = {"gitCommit": commit.strip()}
    return [{"name": "git", "digest": digest, "annotations": {"dirty": bool(changed.strip())}}]


def _git(folder: Path, *arguments: str) -> str | None:
    command: Sequence[str] = ("git", "-C", str(folder), *arguments)
    try:
        run = subprocess.run(command, capture_output=True, text=True, timeout=_GIT_SECONDS, check=False)
    except (OSError, subprocess.SubprocessError):
        return None
    return run.stdout if run.returncode == 0 else None
