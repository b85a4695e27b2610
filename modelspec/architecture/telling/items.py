"""Equal edits of several nodes told once, at the line that they share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from typing import Any

from modelspec.architecture.comparing.comparison import Comparison
from modelspec.architecture.comparing.edits import Edit
from modelspec.architecture.comparing.sides import NodePath, Site
from modelspec.architecture.model import walk
from modelspec.architecture.telling.defaults import Defaults
from modelspec.architecture.telling.patterns import numbered, pattern_of
from modelspec.architecture.telling.story import Block, Change, Item
from modelspec.architecture.telling.words import (
    arguments_text,
    change_texts,
    key_text,
    shapes_text,
    short_class,
)
from modelspec.frozen import dataclass

# Whatever the class of a layer has them.
_OF_ANY = frozenset({"dtype", "trainable"})
# The same edit at so many lines is one of something that they share: defaults, a policy, a variable.
_MANY_PLACES = 4
_MANY_NODES = 3


@dataclass(frozen=True, slots=True)
class _Unit:
    """One edit of one node."""

    path: NodePath
    cls: str
    what: str
    before: str
    after: str
    site: Site | None
    why: str

    @property
    def place(self) -> str | None:
        return self.site.place if self.site is not None else None


def blocks_and_items(
    comparison: Comparison, edits: Iterable[Edit], defaults: Defaults
) -> tuple[tuple[Block, ...], tuple[Item, ...]]:
    """The blocks that were edited, and what else was, in the order of the model."""
    units = tuple(_units(comparison, edits, defaults))
    shapes = {
        change.after_path: (shapes_text(change.before), shapes_text(change.after))
        for change in comparison.shapes.causes
    }
    blocks: dict[tuple[str, str], list[Item]] = {}
    single: list[Item] = []
    for group in _groups(units):
        item = _item(group, shapes)
        site = group[0].site
        if item.place is not None and site is not None and site.block is not None:
            blocks.setdefault((site.block, site.block_place or ""), []).append(item)
        else:
            single.append(item)
    edited = {unit.path for unit in units}
    if any(edit.op in ("argument", "replace", "rewire", "add", "remove", "inputs") for edit in edits):
        single += [_shaped(path, pair) for path, pair in shapes.items() if path not in edited]
    return tuple(_block(*block, items) for block, items in blocks.items()), tuple(single)


def _units(comparison: Comparison, edits: Iterable[Edit], defaults: Defaults) -> Iterator[_Unit]:
    nodes = dict(walk(comparison.after.architecture.graph))
    for edit in edits:
        path = edit.after_path
        if edit.op not in ("argument", "replace") or not path or edit.follows is not None:
            continue
        site = comparison.after.sites.get(path)
        full = nodes[path].cls
        if edit.op == "replace":
            texts = (_definition(edit.before), _definition(edit.after))
        else:
            texts = change_texts(*defaults.values(edit))
        yield _Unit(path, short_class(full), key_text(edit.key), *texts, site, edit.why or "")


def _definition(data: Mapping[str, Any]) -> str:
    return f"{short_class(data['class'])}{arguments_text(data['arguments'])}"


def _groups(units: Iterable[_Unit]) -> Iterator[tuple[_Unit, ...]]:
    """What is told as one: first what all kinds of layers share, then those of a class, then lines."""
    left = tuple(units)
    found: list[list[_Unit]] = []
    for key, is_one in _SHARED:  # each takes of what those before it left
        for bucket in _by(left, key):
            if is_one(bucket):
                found.append(bucket)
        taken = {id(unit) for bucket in found for unit in bucket}
        left = tuple(unit for unit in left if id(unit) not in taken)
    found += _by(left, lambda unit: (unit.place, unit.site.item) if unit.site is not None else unit.path)
    joined: dict[tuple[NodePath, ...], list[_Unit]] = {}
    for bucket in found:
        joined.setdefault(tuple(dict.fromkeys(unit.path for unit in bucket)), []).extend(bucket)
    yield from map(tuple, joined.values())


def _by(units: Iterable[_Unit], key: Callable[[_Unit], object]) -> list[list[_Unit]]:
    found: dict[object, list[_Unit]] = {}
    for unit in units:
        found.setdefault(key(unit), []).append(unit)
    return list(found.values())


def _is_of_any(units: list[_Unit]) -> bool:
    return units[0].what in _OF_ANY and len(units) >= _MANY_NODES


def _is_of_class(units: list[_Unit]) -> bool:
    places = {unit.place for unit in units}
    return len(units) > 1 and (None in places or len(places) >= _MANY_PLACES)


def _is_of_form(units: list[_Unit]) -> bool:
    return len(units) > 1 and all(unit.site is None for unit in units)


_SHARED: tuple[tuple[Callable[[_Unit], object], Callable[[list[_Unit]], bool]], ...] = (
    (lambda unit: (unit.what, unit.before, unit.after), _is_of_any),
    (lambda unit: (unit.cls, unit.what, unit.before, unit.after), _is_of_class),
    (lambda unit: (unit.cls, unit.what, numbered("/".join(unit.path))), _is_of_form),
)


def _item(units: tuple[_Unit, ...], shapes: Mapping[NodePath, tuple[str, str]]) -> Item:
    paths = tuple(dict.fromkeys(unit.path for unit in units))
    places = {unit.place for unit in units}
    classes = {unit.cls for unit in units}
    whats: dict[str, dict[tuple[str, str], None]] = {}
    for unit in units:
        whats.setdefault(unit.what, {})[unit.before, unit.after] = None
    return Item(
        label=_label(units, paths, classes),
        cls=classes.pop() if len(classes) == 1 else "",
        nodes=paths,
        changes=tuple(Change(what, tuple(values)) for what, values in whats.items()),
        place=places.pop() if len(places) == 1 else None,
        shapes=tuple(dict.fromkeys(shapes[path] for path in paths if path in shapes)),
        whys=tuple({unit.path: unit.why for unit in units}.values()),
    )


def _label(units: tuple[_Unit, ...], paths: tuple[NodePath, ...], classes: Set[str]) -> str:
    site = units[0].site
    written = {(unit.place, unit.site.item if unit.site is not None else "") for unit in units}
    if site is not None and site.block is not None and len(written) == 1:
        return site.item
    pattern = pattern_of(["/".join(path) for path in paths])
    if pattern is not None and (len(classes) == 1 or len(paths) == 1):
        return pattern
    return " ".join([str(len(paths)), *(classes if len(classes) == 1 else ()), "layers"])


def _shaped(path: NodePath, shapes: tuple[str, str]) -> Item:
    return Item("/".join(path), "", (path,), (), shapes=(shapes,))


def _block(name: str, place: str, items: list[Item]) -> Block:
    instances = max(len(item.nodes) for item in items)
    return Block(name, place or items[0].place or "", instances, tuple(items))
