"""The catalog of one Keras release: names to entries, and the names that are near."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from copy import copy
from functools import cached_property
from types import MappingProxyType
from typing import Any

from modelspec.catalog.entry import (
    Argument,
    ClassEntry,
    FunctionEntry,
    OperationEntry,
    read_arguments,
    read_operation,
)
from modelspec.catalog.families import CUSTOM, FAMILIES
from modelspec.catalog.known import KnownObjects
from modelspec.catalog.registered import Registered
from modelspec.catalog.release import Release
from modelspec.catalog.stem import to_snake_case
from modelspec.diagnostics import nearest


class Catalog:
    """What one Keras release has, and what a document may name besides.

    Entries are read from the harvested data when they are first asked for.

    Args:
        data: what `modelspec.link.harvest` wrote.
        registered: classes and functions that are not Keras' own.
    """

    def __init__(self, data: Mapping[str, Any], registered: Registered | None = None) -> None:
        self._data = data
        self._release = Release(data)
        self._found: dict[tuple[str, tuple[str, ...] | None], tuple[ClassEntry, ...]] = {}
        self._known: dict[Hashable, KnownObjects] = {}
        self.registered = registered or Registered()

    def with_registered(self, registered: Registered) -> Catalog:
        """The same release with these classes and functions beside its own."""
        found = copy(self)
        found.registered = registered
        found._found = {}
        found._known = {}
        return found

    def known(self, settings: Hashable) -> KnownObjects:
        """What is known of objects under these settings, to which whoever resolves objects adds."""
        return self._known.setdefault(settings, KnownObjects())

    @property
    def keras_version(self) -> str:
        """The release that was harvested."""
        return str(self._data["keras"])

    def entry(self, name: str) -> ClassEntry | None:
        """The class with this full public name, the canonical one or an alias, or this registered name."""
        if name in self.registered.classes:
            return self.registered.classes[name]
        return self._release.entry(name)

    def class_of(self, data: Mapping[str, object]) -> ClassEntry | None:
        """The class of a serialization dict; `None` for custom ones and what no document can use."""
        name = data.get("registered_name")
        if isinstance(name, str) and name in self.registered.classes:
            return self.registered.classes[name]
        # Keras writes the name of its own private layers there, and nothing for public ones.
        if name not in (None, "", data.get("class_name")):
            return None
        return self.entry(f"{data.get('module')}.{data.get('class_name')}")

    def find(self, written: str, families: Iterable[str] | None = None) -> tuple[ClassEntry, ...]:
        """The classes that a name as written may mean.

        Args:
            written: a short name (of an alias too), a full public name or a registered one.
            families: the first of them that has the name decides; `None` searches everywhere.

        Returns:
            none, one, or several where the name is in several families.
        """
        key = (written, None if families is None else tuple(families))
        if key not in self._found:
            self._found[key] = self._find(*key)
        return self._found[key]

    def _find(self, written: str, families: tuple[str, ...] | None) -> tuple[ClassEntry, ...]:
        if written in self.registered.classes:
            custom = self.registered.classes[written]
            # What derives from none of Keras' bases may be anything that behaves like one.
            fits = families is None or custom.family == CUSTOM or custom.family in families
            return (custom,) if fits else ()
        if "." in written:
            full = self.entry(written)
            fits = full is not None and (families is None or full.family in families)
            return (full,) if full is not None and fits else ()
        found = tuple(self._entries(self._release.short_names.get(written, ())))
        if families is None:
            return found
        for family in families:
            of_family = tuple(entry for entry in found if entry.family == family)
            if of_family:
                return of_family
        return ()

    def spelt_otherwise(self, written: str, families: Iterable[str]) -> ClassEntry | None:
        """The class whose short name is `written` but for upper and lower case and `_`."""
        folded = written.lower().replace("_", "")
        for short in sorted(self._release.short_names):
            if short.lower().replace("_", "") == folded:
                found = self.find(short, families)
                if found:
                    return found[0]
        return None

    def near(self, written: str, families: Iterable[str] | None = None) -> str | None:
        """The name of a class a user most likely meant, full where a full one was written."""
        wanted = None if families is None else frozenset(families)
        classes = self._data["classes"]
        names = [
            (full if "." in written else full.rpartition(".")[2])
            for full, canonical in self._release.full_names.items()
            if wanted is None or classes[canonical]["family"] in wanted
        ]
        own = [
            name
            for name, custom in self.registered.classes.items()
            if wanted is None or custom.family in wanted
        ]
        # Registered in a package, however short the name.
        same = next((name for name in sorted(own) if name.rpartition(">")[2] == written), None)
        return same or nearest(written, [*names, *own])

    def has_name(self, name: str) -> bool:
        """Whether a short name or a string that Keras' own `get` takes is Keras', in whatever family."""
        return (
            name in self._release.short_names
            or any(name in strings for strings in self._data["identifiers"].values())
            or any(full.rpartition(".")[2] == name for full in self._release.function_names)
        )

    def class_names(self) -> tuple[str, ...]:
        """The short names of all classes and the names of registered ones, sorted."""
        return tuple(sorted({*self._release.short_names, *self.registered.classes}))

    def classes(self) -> tuple[ClassEntry, ...]:
        """Every class, Keras' own by full name, then the registered ones."""
        own = self._entries(sorted(self._data["classes"]))
        return (*own, *(self.registered.classes[name] for name in sorted(self.registered.classes)))

    def functions(self) -> tuple[FunctionEntry, ...]:
        """Every function that an argument can name, operations left out; the registered ones last."""
        own = (FunctionEntry(name, tuple(data["families"])) for name, data in self._data["functions"].items())
        return (*own, *(self.registered.functions[name] for name in sorted(self.registered.functions)))

    def operations(self) -> tuple[OperationEntry, ...]:
        """Every operation, by name."""
        return self._release.operations

    def operation_parameters(self, name: str) -> Mapping[str, Argument]:
        """The parameters of an operation, by its name below `keras.ops`; variadic ones start with `*`."""
        return read_arguments(self._data["operations"][name]["parameters"])

    def aliases(self, function: str) -> tuple[str, ...]:
        """The other full public names of a function or operation (`keras.ops.add`), sorted."""
        prefix = "keras.ops."
        is_operation = function.startswith(prefix)
        table = self._data["operations"] if is_operation else self._data["functions"]
        listed = table.get(function.removeprefix(prefix) if is_operation else function, {}).get("aliases", ())
        return tuple(sorted(f"{prefix}{name}" if is_operation else name for name in listed))

    def identifiers(self, family: str) -> Mapping[str, str]:
        """The strings that Keras' own `get` takes in a family, and the full name each stands for."""
        return MappingProxyType(self._data["identifiers"].get(family, {}))

    def identifier(self, text: str, family: str) -> str | None:
        """The full name that a string stands for in a family; `None` where Keras takes no such string."""
        known = self.identifiers(family)
        return known.get(text.lower() if FAMILIES[family].folded else text)

    def class_of_identifier(self, identifier: str) -> str | None:
        """The short name of the class that a string such as `adam` or `he_normal` stands for."""
        for family in ("optimizer", "initializer", "regularizer", "constraint", "loss", "metric"):
            full = self.identifier(identifier, family)
            entry = self.entry(full) if full is not None else None
            if entry is not None:
                return entry.short if self.find(entry.short) == (entry,) else entry.name
        return None

    def is_dtype(self, text: str) -> bool:
        """Whether Keras reads a text as a dtype or a dtype policy."""
        dtypes = self._data["dtypes"]
        return text in dtypes["names"] or text.startswith(tuple(dtypes["prefixes"]))

    def dtypes(self) -> tuple[str, ...]:
        """The names of dtypes and policies, quantized ones left out."""
        return tuple(self._data["dtypes"]["names"])

    def dtype_prefixes(self) -> tuple[str, ...]:
        """What the names of quantized policies start with."""
        return tuple(self._data["dtypes"]["prefixes"])

    def function(self, written: str) -> FunctionEntry | None:
        """The function with this full public name: an activation, loss, metric or operation; or the
        registered function with this name.
        """
        if written in self.registered.functions:
            return self.registered.functions[written]
        canonical = self._release.function_names.get(written)
        if canonical is not None:
            families = self._data["functions"][canonical]["families"]
            return FunctionEntry(canonical, tuple(families))
        for prefix in ("keras.ops.", "ops."):
            if written.startswith(prefix):
                operation = self.operation(written.removeprefix(prefix))
                if operation is not None:
                    return FunctionEntry(f"keras.ops.{operation.name}", ("activation",))
        return None

    def operation(self, written: str) -> OperationEntry | None:
        """The operation of this name below `keras.ops`."""
        name = self._release.operation_names.get(written)
        return read_operation(name, self._data["operations"][name]) if name is not None else None

    def near_operation(self, written: str) -> str | None:
        """The operation a user most likely meant."""
        return nearest(written, self._release.operation_names)

    @cached_property
    def compile_arguments(self) -> Mapping[str, Argument]:
        """The arguments of `Model.compile`."""
        return read_arguments(self._data["compile"]["arguments"])

    @cached_property
    def fit_arguments(self) -> Mapping[str, Argument]:
        """The arguments of `Model.fit`."""
        return read_arguments(self._data["fit"]["arguments"])

    def stem(self, written: str) -> str:
        """The automatic name of a class or operation as a document writes it, before it is counted.

        Args:
            written: `Conv2D`, `keras.layers.Convolution2D`, `acme>AttentionPool`, `ops.add`.
        """
        if written.startswith(("ops.", "keras.ops.")):
            name = written.removeprefix("keras.").removeprefix("ops.")
            operation = self.operation(name)
            class_name = operation.class_name if operation is not None else None
            return to_snake_case(class_name or name.rpartition(".")[2])
        if written in self.registered.classes:
            return to_snake_case(self.registered.classes[written].class_name)
        short = written.rpartition(">")[2]
        if short == written:
            found = self.find(written, FAMILIES["layer"].accepts)
            short = found[0].class_name if found else written.rpartition(".")[2]
        return to_snake_case(short)

    def _entries(self, names: Iterable[str]) -> Iterable[ClassEntry]:
        for name in names:
            entry = self.entry(name)
            if entry is not None:
                yield entry

    @cached_property
    def private_names(self) -> frozenset[str]:
        """The names of classes and operations as they stand under the private modules of Keras."""
        classes = self._data["classes"].items()
        names = {data.get("class", name.rpartition(".")[2]) for name, data in classes}
        names |= {full.rpartition(".")[2] for full in self._release.full_names}
        return frozenset(names | {str(data.get("class")) for data in self._data["operations"].values()})
