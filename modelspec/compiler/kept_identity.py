"""The hashes of a model, kept from one run to the next: an architecture takes longer to read than they do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from modelspec.archive.atomic import write_atomically
from modelspec.catalog.load import cache_folder
from modelspec.compiler.cache import prune
from modelspec.compiler.code_stamp import code_stamp
from modelspec.compiler.fingerprint import fingerprint
from modelspec.compiler.identity import Identity, identity_of, recorded_identity, rows_of

if TYPE_CHECKING:
    from modelspec.link.linked import Linked

_ROOMS = ("architecture", "catalog", "decompiler")


def identity_of_linked(linked: Linked, *, use_cache: bool = True) -> Identity:
    """The hashes of a model without values.

    Args:
        use_cache: whether they may be those of an earlier run, and are kept for a later one.
    """
    rows = tuple(rows_of(linked))
    if not use_cache:
        return identity_of(linked.config, rows)
    key = fingerprint(code_stamp(rooms=_ROOMS), json.dumps([linked.config, rows]))
    path = cache_folder() / "identities" / f"{key}.json"
    try:
        kept = recorded_identity(json.loads(path.read_bytes()))
    except (OSError, ValueError):
        kept = None
    return kept if kept is not None else _keep(identity_of(linked.config, rows), path)


def _keep(identity: Identity, path: Path) -> Identity:
    """A folder that cannot be written to is left alone."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, json.dumps(identity.record).encode())
        prune(path.parent)
    except OSError:
        pass
    return identity
