"""Arguments of a call that are given by position: `from: {0: a, 1: b}`."""

from __future__ import annotations

from collections.abc import Sequence

_MAX_DIGITS = 4  # no call has more arguments


def position_of(name: str) -> int | None:
    """The position that an argument's name is; `None` for a name."""
    return int(name) if name.isascii() and name.isdigit() and len(name) <= _MAX_DIGITS else None


def by_name(name: str, parameters: Sequence[str] | None) -> str:
    """The name of the parameter at the position that an argument is given by; as it is where nobody knows it.

    Args:
        name: of the argument, or its position.
        parameters: of the call, in order; `None` where they are not known.
    """
    position = position_of(name)
    if position is None or parameters is None or position >= len(parameters):
        return name
    return parameters[position]
