"""What an argument is where nothing says: known of Keras' own classes and operations, and of `compile`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from modelspec.architecture.comparing.comparison import Comparison
from modelspec.architecture.comparing.edits import ABSENT, Edit, Key
from modelspec.architecture.comparing.sides import NodePath, Side
from modelspec.architecture.model import Json, Node, walk
from modelspec.architecture.plain import plain
from modelspec.architecture.telling.words import NOTHING
from modelspec.catalog.load import newest_packaged_catalog
from modelspec.catalog.portable import load_portable
from modelspec.decompiler.reduced import Settings, default_of, reduce_object

_OPERATIONS = "keras.ops."


class Defaults:
    """What both sides of a comparison take where nothing is written."""

    def __init__(self, comparison: Comparison) -> None:
        self._sides = _Side(comparison.before), _Side(comparison.after)

    def values(self, edit: Edit) -> tuple[Json, Json]:
        """What an edit changes, before and after.

        Where there is nothing it is what Keras takes, `NOTHING` where it takes nothing, and `ABSENT` where
        nobody knows.
        """
        before, after = self._sides
        return (
            before.filled(edit.before, edit.path, edit),
            after.filled(edit.after, edit.after_path, edit),
        )


class _Side:
    def __init__(self, side: Side) -> None:
        self._side = side
        self._settings = Settings(newest_packaged_catalog(), load_portable())

    @cached_property
    def _nodes(self) -> Mapping[NodePath, Node]:
        return dict(walk(self._side.architecture.graph))

    def filled(self, value: Json, path: NodePath | None, edit: Edit) -> Json:
        """The value at a place that has one, else what Keras comes to there."""
        if value is not ABSENT:
            return value
        if edit.op == "compile":
            return self._of_compile(edit.key)
        match edit.key:
            case ("arguments", *_) if path is not None:
                owner = self._nodes[path] if path else self._side.architecture.graph
                return self._below({"class": owner.cls, "arguments": owner.arguments}, edit.key)
            case _:
                return value

    def _of_compile(self, key: Key) -> Json:
        compiled = self._side.architecture.compile
        if len(key) > 1 or not compiled:
            return self._below(compiled, key) if compiled else NOTHING
        argument = self._settings.catalog.compile_arguments.get(str(key[0]))
        if argument is None or argument.required:
            return ABSENT
        reduced = reduce_object(argument.default, self._settings, argument=argument)
        return NOTHING if reduced is None else plain(reduced)

    def _below(self, data: Json, key: Key) -> Json:
        """What stands at a key of plain data that ends there: what the object around it takes."""
        owner = None
        for step in key[:-1]:
            owner = data if step == "arguments" and _is_object(data) else None
            data = data[step]
        if owner is not None:
            return self._of_class(owner["class"], str(key[-1]), data)
        return ABSENT if "keras" in key else NOTHING

    def _of_class(self, cls: str, name: str, arguments: Mapping[str, Any]) -> Json:
        if name == "name":  # which Keras counts
            return ABSENT
        catalog = self._settings.catalog
        if cls.startswith(_OPERATIONS):
            operation = catalog.operation(cls.removeprefix(_OPERATIONS))
            known = None if operation is None else catalog.operation_parameters(operation.name).get(name)
            if known is None or known.required:
                return ABSENT
            return NOTHING if known.default is None else known.default
        entry = catalog.entry(cls)
        if entry is None:
            return ABSENT
        try:
            found = default_of(entry, name, arguments, self._settings)
        except KeyError:
            return ABSENT
        return NOTHING if found is None else plain(found)


def _is_object(data: Json) -> bool:
    return isinstance(data, Mapping) and isinstance(data.get("class"), str)
