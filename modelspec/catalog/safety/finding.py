"""What the judge of a serialization tree finds."""

from __future__ import annotations

import re

from modelspec.frozen import dataclass

Step = str | int
"""A key of a mapping or a position in a list."""

_PLAIN = re.compile(r"[A-Za-z_]\w*")
_SHOWN = 80


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing in a serialization tree that must not, or need not, be there.

    Args:
        code: a key of the diagnostics' codes.
        path: where, from the root of the tree.
        message: one sentence; nothing longer of the tree is in it than a name.
        help: what to do about it.
        liftable: whether a caller may allow it: what runs code or opens files, as opposed to names that
            lead nowhere good.
        name: of `needs-code`, under which it is to be registered.
    """

    code: str
    path: tuple[Step, ...]
    message: str
    help: str | None = None
    liftable: bool = False
    name: str = ""


def path_text(path: tuple[Step, ...]) -> str:
    """A path as it is read: `config.layers[3].config.function`."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif _PLAIN.fullmatch(step):
            text += f".{step}" if text else step
        else:
            text += f"[{shown(step)!r}]"
    return text


def shown(name: object) -> str:
    """A name of a tree, shortened, with everything escaped that a terminal might obey."""
    text = str(name)
    text = text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in text
    )
