"""Keys of random streams: which stream a variable is drawn from."""

from __future__ import annotations

import hashlib
import json

Key = tuple[int, int]
"""Two 64-bit words, the key of Philox 4x64."""

# Part of every key. Whoever changes how values are drawn changes this too.
_SCHEME = "modelspec-draw-1"


def variable_key(seed: int, owner: str, below: str) -> Key:
    """The key of a variable's stream.

    Args:
        seed: of the document, or of a `SeedGenerator` that the initializer holds.
        owner: the graph path of the layer.
        below: the variable's HDF5 address below that layer.
    """
    return _hashed("variable", seed, owner, below)


def shared_key(seed: int) -> Key:
    """The key of an initializer with an integer seed of its own: the same for every variable that has it."""
    return _hashed("shared", seed)


def _hashed(*parts: str | int) -> Key:
    # JSON keeps the parts apart whatever they hold: no two lists have the same text.
    text = json.dumps([_SCHEME, *parts], separators=(",", ":"))
    digest = hashlib.sha256(text.encode("ascii")).digest()
    return int.from_bytes(digest[:8], "little"), int.from_bytes(digest[8:16], "little")
