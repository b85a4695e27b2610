"""`weights.load`: which files of weights are taken into the model, and how."""

from __future__ import annotations

from modelspec.diagnostics import Report
from modelspec.language.closed import Load
from modelspec.language.load import Loader
from modelspec.language.values import Field, Fields, Items, Origin, Plain, Unknown, Value
from modelspec.source.tree import Mapping, Node, Sequence


def renamed_keys(weights: Node) -> frozenset[str]:
    """The keys of all `rename` in a `weights` section: text, however much they look like classes."""
    load = weights.get("load") if isinstance(weights, Mapping) else None
    items = load.items if isinstance(load, Sequence) else (load,)
    tables = (item.get("rename") for item in items if isinstance(item, Mapping))
    return frozenset(
        entry.key.text for table in tables if isinstance(table, Mapping) for entry in table.entries
    )


def read_loads(value: Value | None, loader: Loader, report: Report) -> tuple[Load, ...]:
    """The entries of `load`; what is wrong with one is reported, and it is left out."""
    match value:
        case None | Unknown() | Plain(value=None):
            return ()
        case Items():
            found = (_read_load(item, number, loader, report) for number, item in enumerate(value.items))
            return tuple(load for load in found if load is not None)
        case Fields():
            load = _read_load(value, 0, loader, report)
            return () if load is None else (load,)
        case _:
            report.add(
                "wrong-kind",
                "`load` of `weights` is a list of mappings, one a file",
                value.origin.place,
                help="write `load: [{file: pretrained.keras}]`",
            )
            return ()


def _read_load(value: Value, number: int, loader: Loader, report: Report) -> Load | None:
    from modelspec.language.schema import LoadSection, read_section

    section = read_section(LoadSection, value, "an entry of `weights.load`", report)
    if section is None or not isinstance(value, Fields):
        return None
    file = value.get("file")
    assert file is not None
    path = loader.resolve(section.file, file.origin.place, report)
    if path is None:
        return None
    return Load(
        number=number,
        file=section.file,
        path=path,
        origin=file.origin,
        places=tuple(_places(value)),
        sha256=section.sha256,
        source=_path(section.source),
        into=_path(section.into),
        match=section.match,
        rename=tuple((section.rename or {}).items()),
        only=tuple(section.only or ()),
        exclude=tuple(section.exclude or ()),
        missing=section.missing,
        unexpected=section.unexpected,
        mismatch=section.mismatch,
        optimizer=section.optimizer,
    )


def _path(written: str | None) -> str | None:
    """A path without the slashes that say nothing; an empty one is all there is."""
    return (written or "").strip("/") or None


def _places(value: Fields) -> list[tuple[tuple[str | int, ...], Origin]]:
    """Where each part of an entry is written."""
    found: list[tuple[tuple[str | int, ...], Origin]] = []
    for field in value.fields:
        found.append(((field.name,), field.value.origin))
        match field.value:
            case Items(items=items):
                found.extend(((field.name, at), item.origin) for at, item in enumerate(items))
            case Fields(fields=fields):
                found.extend(((field.name, at), _at_key(inner)) for at, inner in enumerate(fields))
    return found


def _at_key(field: Field) -> Origin:
    return Origin(field.place, field.value.origin.frames)
