"""How large a foreign archive may be, and how much it may unpack to."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds within which an archive is read; sizes in bytes.

    Args:
        members: how many.
        directory: of the list of members at the archive's end.
        json: of `config.json` and `metadata.json`, unpacked.
        json_depth: lists and mappings inside each other. A nested model takes four.
        total: of all members, unpacked.
        ratio: unpacked to packed size of a member, as Keras bounds it.
        ratio_floor: a member that unpacks to less may have any ratio, as in Keras.
    """

    members: int = 10_000
    directory: int = 16 * MIB
    json: int = 32 * MIB
    json_depth: int = 200
    total: int = 1 << 42
    ratio: int = 100
    ratio_floor: int = 256 * MIB


LIMITS = Limits()
