"""Which names a member of an archive may have, and how a foreign name is shown."""

from __future__ import annotations

CONFIG = "config.json"
METADATA = "metadata.json"
WEIGHTS = "model.weights.h5"
ASSETS = "assets/"

_WEIGHTS_STEM = "model.weights."
_SHOWN = 80


def is_own_name(name: str) -> bool:
    """Whether a name means something to Keras at the top of an archive, weights of any form included."""
    return name in (CONFIG, METADATA) or name.startswith(_WEIGHTS_STEM)


def name_problem(name: str) -> str | None:
    """What is wrong with a member's name, as the end of a sentence, or `None`.

    A good name is a relative path of `/`-separated parts that means the same on every system: no
    empty part, `.`, `..`, backslash, drive or control character. A folder's name ends in `/`.
    """
    if not name or name == "/":
        return "is empty"
    if any(ord(letter) < 32 or ord(letter) == 127 for letter in name):
        return "has a control character"
    if "\\" in name:
        return "has a backslash"
    if name.startswith("/"):
        return "is absolute"
    if name[1:2] == ":":
        return "starts with a drive"
    parts = name.removesuffix("/").split("/")
    if ".." in parts:
        return "leads out of the archive"
    if "" in parts or "." in parts:
        return "has an empty part"
    return None


def quoted(name: str) -> str:
    """A foreign name in backticks, shortened, with everything escaped that a terminal might obey."""
    short = name if len(name) <= _SHOWN else f"{name[: _SHOWN - 1]}…"
    return f"`{escaped(short)}`"


def escaped(name: str) -> str:
    """A foreign name with everything escaped that a terminal might obey."""
    if name.isprintable():
        return name
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in name
    )
