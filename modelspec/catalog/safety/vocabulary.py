"""Vocabulary files of lookup layers: read here and put into the config, so that an archive opens none."""

from __future__ import annotations

from pathlib import Path

from modelspec.catalog.context import Context
from modelspec.diagnostics.shown import shown
from modelspec.language.values import Origin
from modelspec.source.data_files import read_bounded
from modelspec.source.files import resolve_inside

_OF_TEXTS = frozenset({"StringLookup", "TextVectorization"})
_OF_NUMBERS = frozenset({"IntegerLookup"})
# What a `config.json` can hold, which the list becomes a part of.
_MOST = 16 << 20


def is_vocabulary(class_name: str, argument: str) -> bool:
    """Whether a text in an argument of a class of Keras is the path of a vocabulary."""
    return argument == "vocabulary" and class_name in _OF_TEXTS | _OF_NUMBERS


def inlined(reference: str, origin: Origin, context: Context, *, class_name: str) -> list[object] | None:
    """The entries of a vocabulary file, one a line; `None` where it cannot be read, which is reported.

    The path is relative to the document that names it and stays inside the project, links resolved.
    """
    policy = context.policy
    folder = origin.place.source.folder or Path.cwd()
    path = resolve_inside(
        reference,
        folder,
        policy.root or folder,
        allowed=policy.allowed_paths,
        place=origin.place,
        report=context.report,
    )
    if path is None:
        return None
    name = shown(reference)
    try:
        data = read_bounded(path, _MOST)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        context.complain("file-not-found", f"`{name}` cannot be read: {reason}", origin)
        return None
    if data is None:
        context.complain(
            "bad-vocabulary",
            f"`{name}` has more than {_MOST:,} bytes",
            origin,
            help="a vocabulary stands in the archive's config, which is read whole at every load",
        )
        return None
    return _entries(data, name, origin, context, class_name=class_name)


def _entries(
    data: bytes, name: str, origin: Origin, context: Context, *, class_name: str
) -> list[object] | None:
    try:
        lines = data.decode("utf-8").split("\n")
    except UnicodeDecodeError as error:
        context.complain("bad-vocabulary", f"`{name}` is not UTF-8 at byte {error.start}", origin)
        return None
    if lines[-1] == "":
        lines.pop()
    entries = [line.removesuffix("\r") for line in lines]
    if class_name in _OF_TEXTS:
        return list(entries)
    numbers: list[object] = []
    for number, entry in enumerate(entries, start=1):
        try:
            numbers.append(int(entry))
        except ValueError:
            context.complain(
                "bad-vocabulary",
                f"line {number} of `{name}` is no whole number",
                origin,
                help=f"a vocabulary of `{class_name}` is a file of whole numbers, one a line",
            )
            return None
    return numbers
