"""One document for each layer of Keras, with a branch for each of its arguments off its default."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import modelspec
from modelspec.catalog.entry import ClassEntry
from modelspec.catalog.load import installed_keras_version, load_catalog
from modelspec.link.harvest.portable.variations import values_off
from modelspec.link.harvest.samples import is_wanted, sample

OLDEST = "keras>=3.5"
_SETTINGS = frozenset({"name", "trainable", "dtype", "autocast", "weights"})
_VALUES = 2

# What a layer may read: the shapes of an input, its dtype, and how it is given.
_FEEDS: tuple[tuple[list[int], str, object], ...] = (
    ([8], "float32", "x"),
    ([6, 4], "float32", "x"),
    ([8, 8, 3], "float32", "x"),
    ([6, 6, 6, 2], "float32", "x"),
    ([8], "int32", "x"),
    ([4, 6, 6, 2], "float32", "x"),
    ([4, 6, 6, 6, 2], "float32", "x"),
    ([6, 4], "float32", ["x", "y"]),
    ([6, 4], "float32", {"query": "x", "value": "y"}),
    ([8, 8, 3], "float32", {"data": "x"}),
)


def class_documents() -> Iterator[tuple[str, str]]:
    """By class: the document of all branches that open in the oldest Keras, and that of the others."""
    catalog = load_catalog(installed_keras_version())
    for short in catalog.class_names():
        for entry in catalog.find(short, ("layer",)):
            if entry.short != short or entry.needs_tensorflow or entry.name == "keras.layers.InputLayer":
                continue
            branches = list(_branches(entry))
            for feed in _FEEDS:
                works = _working(branches, feed, target=None)
                if branches and branches[0] in works:
                    old = _working(works, feed, target=OLDEST)
                    new = [branch for branch in works if branch not in old]
                    for kind, kept in (("", old), ("-newer", new)):
                        if kept:
                            yield f"{short}{kind}", _text(kept, feed)
                    break


def _branches(entry: ClassEntry) -> Iterator[dict[str, Any]]:
    """The arguments of each branch: as few as can be, then one of the others off its default."""
    try:
        needed = {
            name: sample(entry.class_name, name)
            for name, argument in entry.arguments.items()
            if argument.required or is_wanted(entry.class_name, name)
        }
    except KeyError:
        return
    yield {entry.name: needed}
    for name, argument in entry.arguments.items():
        if name in _SETTINGS:
            continue
        for number, value in enumerate(values_off(argument.default, family=argument.family, text="")):
            if number == _VALUES:
                break
            yield {entry.name: {**needed, name: value}}


def _working(branches: list[dict[str, Any]], feed: Any, *, target: str | None) -> list[dict[str, Any]]:
    """The branches in which nothing is found wrong."""
    left = list(branches)
    while left:
        try:
            modelspec.loads(_text(left, feed), target=target, use_cache=False).check()
            return left
        except modelspec.SpecError as error:
            lines = {found.place.line for found in error.diagnostics if found.place is not None}
            kept = [branch for number, branch in enumerate(left) if number + _FIRST_LINE not in lines]
            if len(kept) == len(left):
                return []
            left = kept
    return []


# Where the first branch stands in the text.
_FIRST_LINE = 4


def _text(branches: list[dict[str, Any]], feed: Any) -> str:
    shape, dtype, given = feed
    inputs = {name: {"shape": shape, "dtype": dtype} for name in (("x",) if given == "x" else ("x", "y"))}
    if isinstance(given, dict) and "y" not in given.values():
        inputs = {"x": inputs["x"]}
    items = [
        json.dumps({**branch, "name": f"branch_{number}", "from": given})
        for number, branch in enumerate(branches)
    ]
    outputs = [f"branch_{number}" for number in range(len(branches))]
    return "\n".join(
        [
            "modelspec: 1",
            f"inputs: {json.dumps(inputs)}",
            "layers:",
            *(f"  - {item}" for item in items),
            f"outputs: {json.dumps(outputs)}",
        ]
    )
