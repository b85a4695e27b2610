"""A comparison as a story."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from modelspec.architecture.comparing.comparison import Comparison
from modelspec.architecture.comparing.edits import Edit, Op
from modelspec.architecture.comparing.sides import NodePath, Side
from modelspec.architecture.telling.defaults import Defaults
from modelspec.architecture.telling.identity import Identities
from modelspec.architecture.telling.items import blocks_and_items
from modelspec.architecture.telling.patterns import Renamed, rename_patterns
from modelspec.architecture.telling.runs import runs_of
from modelspec.architecture.telling.story import Rewired, Story, Whole
from modelspec.architecture.telling.words import change_texts, key_text, value_text

ALL: tuple[Op, ...] = ()


def tell(comparison: Comparison, *, only: Sequence[Op] = ALL) -> Story:
    """What a reader is told.

    Args:
        only: the kinds of edits to tell of; all of them where it is empty.
    """
    edits = tuple(edit for edit in comparison.edits if not only or edit.op in only)
    defaults, identities = Defaults(comparison), Identities(comparison)
    blocks, items = blocks_and_items(comparison, edits, defaults)
    done = [edit for edit in edits if edit.follows is None]
    return Story(
        wholes=tuple(_wholes(done, defaults, identities)),
        blocks=blocks,
        items=items,
        added=runs_of(comparison, edits, "add"),
        removed=runs_of(comparison, edits, "remove"),
        rewired=tuple(_rewired(done, comparison.after, identities)),
        renamed=_renamed(done),
        compiled=tuple(_compiled(done, defaults)),
        recounted=sum(edit.follows == "names" for edit in edits),
        followers=comparison.shapes.consequences,
    )


def _wholes(edits: Iterable[Edit], defaults: Defaults, identities: Identities) -> Iterator[Whole]:
    for edit in edits:
        owner = "/".join(edit.after_path or ())
        head = f"{owner} " if owner else ""
        match edit.op:
            case "inputs" | "outputs":
                yield Whole(f"{head}{edit.op}", *identities.texts(edit, inside=True))
            case "rename" if edit.path == () or edit.key:
                yield Whole(f"{head}name", value_text(edit.before), value_text(edit.after))
            case "argument" if edit.path == ():
                yield Whole(f"{head}{key_text(edit.key)}", *change_texts(*defaults.values(edit)))


def _compiled(edits: Iterable[Edit], defaults: Defaults) -> Iterator[Whole]:
    for edit in edits:
        if edit.op == "compile":
            yield Whole(key_text(edit.key), *change_texts(*defaults.values(edit)))


def _renamed(edits: Iterable[Edit]) -> tuple[Renamed, ...]:
    """Renames by pattern, those in one nested model together."""
    by_model: dict[NodePath, dict[tuple[str, str], str]] = {}
    for edit in edits:
        if edit.op == "rename" and edit.path and not edit.key and edit.after_path:
            pair = edit.path[-1], edit.after_path[-1]
            by_model.setdefault(edit.after_path[:-1], {})[pair] = edit.why or ""
    return tuple(
        _inside(path, found, pairs) for path, pairs in by_model.items() for found in rename_patterns(pairs)
    )


def _inside(path: NodePath, found: Renamed, whys: Mapping[tuple[str, str], str]) -> Renamed:
    head = "".join(f"{name}/" for name in path)
    why = tuple(whys[pair] for pair in found.names)
    return Renamed(f"{head}{found.before}", f"{head}{found.after}", found.names, why)


def _rewired(edits: Iterable[Edit], after: Side, identities: Identities) -> Iterator[Rewired]:
    groups: dict[object, list[Edit]] = {}
    for edit in edits:
        if edit.op == "rewire" and edit.after_path is not None:
            site = after.sites.get(edit.after_path)
            key = (site.place, site.item) if site is not None else edit.after_path
            groups.setdefault(key, []).append(edit)
    for found in groups.values():
        paths = tuple(dict.fromkeys(edit.after_path for edit in found if edit.after_path is not None))
        site = after.sites.get(paths[0])
        yield Rewired(
            "/".join(paths[0]),
            paths,
            *identities.texts(found[0], inside=False),
            site.place if site is not None else None,
        )
