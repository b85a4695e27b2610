"""What git is told: which command shows, compares and merges which files."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from modelspec import __version__

ARCHIVES = ("*.keras", "*.weights.h5")
DOCUMENTS = ("*.net.yaml", "*.net.yml", "*.model.yaml", "*.model.yml")
"""Patterns of `.gitattributes`."""

# Git keeps what it converted under the command's text (`cachetextconv`): another release, another text.
TEXTCONV = f"modelspec textconv --release {__version__}"

# A section, a block or model, an item of `layers`: what a hunk's header calls the place of a change.
_PLACES = r"^(([a-z_]+|x-[^:]*):.*|  [A-Za-z_][A-Za-z0-9_-]*:|[ ]*- [A-Za-z$].*)$"

SETTINGS: Mapping[str, str] = MappingProxyType(
    {
        "diff.modelspec.textconv": TEXTCONV,
        "diff.modelspec.cachetextconv": "true",
        "diff.modelspec.binary": "true",
        "diff.modelspec.xfuncname": _PLACES,
        "diff.modelspec-yaml.xfuncname": _PLACES,
        "merge.modelspec.name": "documents of modelspec, item by item",
        "merge.modelspec.driver": "modelspec merge %O %A %B %L %P",
    }
)
"""Of git's configuration, by key."""

DIFF_DRIVER: Mapping[str, str] = MappingProxyType({"diff.modelspec-yaml.command": "modelspec git-diff"})
"""The same for who wants to see changes of documents as changes of models; it hides the changed lines."""

_BEGIN = "# written by `modelspec git install`"
_END = "# end of what `modelspec git install` wrote"


def attributes(documents: tuple[str, ...]) -> str:
    """The lines of `.gitattributes`.

    Args:
        documents: patterns of documents.
    """
    lines = [
        _BEGIN,
        *(f"{pattern} diff=modelspec merge=binary -text" for pattern in ARCHIVES),
        *(f"{pattern} diff=modelspec-yaml merge=modelspec" for pattern in documents),
        _END,
    ]
    return "".join(f"{line}\n" for line in lines)


def with_attributes(text: str, block: str) -> str:
    """A file of attributes with the lines in place of those from before, else at its end."""
    before, found, after = _split(text)
    if not found and before and not before.endswith("\n"):
        before += "\n"
    return f"{before}{block}{after}"


def documents_in(text: str) -> tuple[str, ...]:
    """The patterns of documents in a file of attributes, as the lines were written there."""
    _, inside, _ = _split(text)
    lines = (line.split() for line in inside)
    return tuple(words[0] for words in lines if words[1:2] == ["diff=modelspec-yaml"])


def without_attributes(text: str) -> str:
    """A file of attributes without the lines."""
    before, _, after = _split(text)
    return before + after


def _split(text: str) -> tuple[str, tuple[str, ...], str]:
    """What stands before the lines, these, and what stands behind them; without them, all stands before."""
    lines = text.splitlines(keepends=True)
    bare = [line.rstrip("\r\n") for line in lines]
    if _BEGIN not in bare or _END not in bare[bare.index(_BEGIN) :]:
        return text, (), ""
    begin = bare.index(_BEGIN)
    end = bare.index(_END, begin)
    return "".join(lines[:begin]), tuple(bare[begin : end + 1]), "".join(lines[end + 1 :])
