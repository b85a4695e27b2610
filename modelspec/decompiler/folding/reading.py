"""The flat sections of a document as leaves that know what they read."""

from __future__ import annotations

import re
from collections import Counter as Counts
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from modelspec.decompiler.folding.names import parts_of
from modelspec.decompiler.folding.values import Constant, Feed, Leaf, Ref, Sequence, refs_in
from modelspec.decompiler.naming import Counter
from modelspec.language.handles import handle_of
from modelspec.language.words import ITEM_WORDS

_STEPS = re.compile(r"(?:\.[A-Za-z0-9_-]+)*\Z")


class Unfoldable(Exception):
    """Sections that are no flat document of a graph."""


def read_sequences(
    sections: Mapping[str, object], stem: Callable[[str], str], models: frozenset[str]
) -> tuple[Sequence, ...]:
    """The items of each model of a document, nested ones first, as the document has them.

    Args:
        stem: the automatic name of a class or operation before it is counted.
        models: the keys of nested models.
    """
    found: list[Sequence] = []
    start = 0
    nested = sections.get("models", {})
    assert isinstance(nested, dict)
    for key, body in (*nested.items(), ("", sections)):
        if isinstance(body, dict) and isinstance(body.get("layers"), list):
            sequence = _read(key, body, start, stem, models)
            found.append(sequence)
            start += len(sequence.nodes)
    return tuple(found)


def _read(
    key: str,
    body: Mapping[str, object],
    start: int,
    stem: Callable[[str], str],
    models: frozenset[str],
) -> Sequence:
    items = body["layers"]
    inputs = body.get("inputs")
    assert isinstance(items, list)
    assert isinstance(inputs, dict)
    whole: list[dict[str, object]] = [item if isinstance(item, dict) else {item: None} for item in items]
    handles = list(_handles(whole, tuple(inputs), stem, models))
    where: dict[str, int | str] = {name: name for name in inputs}
    reused = {str(item["reuse"]) for item in whole if "reuse" in item}
    nodes: list[Leaf] = []
    previous: Ref | None = Ref(next(iter(inputs))) if len(inputs) == 1 else None
    for number, (item, handle) in enumerate(zip(whole, handles, strict=True), start):
        leaf = _leaf(number, item, previous, where, models, solid=handle in reused)
        nodes.append(leaf)
        where[handle] = number
        previous = Ref(number)
    nodes = _all_written(nodes, handles, stem)
    outputs: Feed = _feed(body["outputs"], where) if "outputs" in body else previous
    return Sequence(key, tuple(inputs), tuple(nodes), outputs, body.get("class") == "Sequential")


def _all_written(nodes: list[Leaf], handles: list[str], stem: Callable[[str], str]) -> list[Leaf]:
    """The leaves with every automatic name written whose like are written for the most part.

    Where layers inside layers take numbers, some names can be left out by chance; beside the others they
    would look as if they were of another kind.
    """
    stems = [None if leaf.handle or leaf.solid else stem(leaf.key) for leaf in nodes]
    written: Counts[str] = Counts()
    free: Counts[str] = Counts()
    for leaf, handle, name in zip(nodes, handles, stems, strict=True):
        if name is not None and re.fullmatch(rf"{re.escape(name)}(_[0-9]+)?", handle):
            (free if leaf.name is None else written)[name] += 1
    mostly = {name for name in written if name in free and written[name] > free[name]}
    return [
        replace(leaf, name=parts_of(handle)) if leaf.name is None and name in mostly else leaf
        for leaf, handle, name in zip(nodes, handles, stems, strict=True)
    ]


def _handles(
    items: list[dict[str, object]],
    inputs: tuple[str, ...],
    stem: Callable[[str], str],
    models: frozenset[str],
) -> Iterator[str]:
    """What each item is called within its model; see `graph.names.local_names`."""
    written = [_written(item) for item in items]
    counter = Counter({*inputs, *(name for name in written if name is not None)})
    for item, name in zip(items, written, strict=True):
        if name is not None:
            yield name
            continue
        key = next(iter(item))
        yield counter.next(key if key in models else stem(key))


def _written(item: Mapping[str, object]) -> str | None:
    """The handle that an item's words give it."""
    if "name" in item:
        return str(item["name"])
    return handle_of(str(item["keras_name"]).replace("$$", "$")) if "keras_name" in item else None


def _leaf(
    number: int,
    item: dict[str, object],
    previous: Ref | None,
    where: Mapping[str, int | str],
    models: frozenset[str],
    *,
    solid: bool,
) -> Leaf:
    key = next(iter(item))
    args = item[key]
    call = item.get("call", {})
    assert isinstance(call, dict)
    given = {name: value["from"] for name, value in call.items() if _is_tensor(value)}
    if "from" in item:
        feed = _feed(item["from"], where, top=True)
    elif previous is None:
        raise Unfoldable(f"item {number} does not say what it reads")
    else:
        feed = previous
    if given:
        feed = {"": feed, **{name: _feed(value, where) for name, value in given.items()}}
    verbatim = "class_name" in item or "reuse" in item or not (isinstance(args, dict) or args is None)
    return Leaf(
        number=number,
        key=key,
        args=args if isinstance(args, dict) and not verbatim else {},
        call={name: value for name, value in call.items() if name not in given},
        words={
            word: item[word]
            for word in ITEM_WORDS
            if word in item and word not in ("name", "keras_name", "from", "call", "reuse")
        },
        feed=feed,
        reads=refs_in(feed),
        name=parts_of(name) if (name := _written(item)) is not None else None,
        handle=key in models,
        solid=solid or verbatim or "keras_name" in item,
        item=item,
        target=where[str(item["reuse"])] if "reuse" in item else None,
    )


def _is_tensor(value: object) -> bool:
    return isinstance(value, dict) and value.keys() == {"from"}


def _feed(value: object, where: Mapping[str, int | str], *, top: bool = False) -> Feed:
    match value:
        case str():
            return _ref(value, where)
        case list():
            return [_feed(item, where) for item in value]
        case dict() if not top and value.keys() == {"value"}:
            return Constant(value["value"])
        case dict():
            return {key: _feed(item, where) for key, item in value.items()}
        case _:
            raise Unfoldable(f"`{value}` is no reference")


def _ref(text: str, where: Mapping[str, int | str]) -> Ref:
    bracket = text.find("[")
    whole, slice_ = (text, "") if bracket < 0 else (text[:bracket], text[bracket:])
    name = whole
    while name not in where:
        name, dot, _ = name.rpartition(".")
        if not dot:
            raise Unfoldable(f"`{text}` is not known where it is read")
    path = whole[len(name) :]
    if not _STEPS.fullmatch(path):
        raise Unfoldable(f"`{text}` is no reference")
    return Ref(where[name], path, slice_)
