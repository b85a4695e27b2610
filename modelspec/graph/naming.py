"""The naming of one model: written names claimed first, automatic ones given out in document order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field

from modelspec.diagnostics import Label, Report
from modelspec.frozen import dataclass
from modelspec.graph.names import (
    KerasNames,
    Stem,
    check_given_names,
    given_name,
    is_foreign,
    joined_name,
    local_names,
)
from modelspec.graph.scope import Node, Scope
from modelspec.language.closed import BlockKind, Body, Item, LayerKind, OpKind


@dataclass(frozen=True, slots=True)
class Naming:
    """The names of one Keras model while its graph is built.

    Args:
        stem: the automatic name of a class before it is counted.
        given: the names given out so far.
        known: of bodies, by identity, what their items are called.
    """

    stem: Stem
    report: Report
    given: KerasNames = field(default_factory=KerasNames)
    known: dict[int, list[str]] = field(default_factory=dict)

    def local(self, body: Body, inputs: Iterable[str]) -> list[str]:
        """The name of each item within its scope."""
        names = self.known.get(id(body))
        if names is None:
            names = self.known[id(body)] = local_names(body.items, inputs, self.stem)
        return names

    def scope(self, path: tuple[str, ...], prefix: str, inputs: dict[str, Node], body: Body) -> Scope:
        """A body's scope before anything in it is wired; two items of one name are reported."""
        names = self.local(body, () if path else inputs)
        later: dict[str, Item] = {}
        for name, item in zip(names, body.items, strict=True):
            if name in later and item.name is not None:
                self._report_same_name(name, later[name], item)
            later[name] = item
        for item in body.items:
            if item.alias:
                later[item.alias] = item
        return Scope(path, prefix, inputs, later)

    def _report_same_name(self, name: str, first: Item, second: Item) -> None:
        assert second.name is not None
        first_place = (first.name.origin if first.name else first.origin).place
        self.report.add(
            "duplicate-name",
            f"two items are named `{name}`",
            second.name.origin.place,
            help="rename one of the two",
            frames=second.origin.frames,
            labels=(Label(first_place, "the first is written here"),)
            if first_place != second.name.origin.place
            else (),
        )

    def claim_written(self, body: Body, scope: Scope) -> None:
        """Take all written names of the model before any automatic one is given out."""
        names = self.local(body, () if scope.path else scope.inputs)
        for position, (name, item) in enumerate(zip(names, body.items, strict=True)):
            match item.kind:
                case _ if item.name is not None and name in names[:position]:
                    continue  # reported where the scope is made
                case BlockKind():
                    inner = Scope((*scope.path, name), self.inner_prefix(scope, item, name), {}, {})
                    self.claim_written(item.kind.body, inner)
                case LayerKind() | OpKind():
                    check_given_names(item, self.report)
                    if (written := self._written_name(item, scope)) and written != "/":
                        given = given_name(item)
                        origin = given.origin if given is not None else item.origin
                        if not is_foreign(item):
                            self._check_start(written, item)
                        self.given.claim(written, origin, self.report)

    def _written_name(self, item: Item, scope: Scope) -> str | None:
        name = given_name(item)
        if name is None:
            return None
        if name.text == "/":
            return "/"
        if name.text.startswith("/"):
            return name.text[1:]
        return joined_name(scope.prefix, name.text)

    def inner_prefix(self, scope: Scope, item: Item, name: str) -> str:
        """What the names inside a block instance are joined to."""
        assert isinstance(item.kind, BlockKind)
        if item.kind.scope_root:
            return ""
        if item.name is not None and item.name.text.startswith("/"):
            return name
        return joined_name(scope.prefix, name)

    def _check_start(self, name: str, item: Item) -> None:
        if name and not (name[0].isalpha() and name[0].isascii()):
            origin = item.name.origin if item.name else item.origin
            self.report.add(
                "bad-name",
                f"the layer's name `{name}` does not start with a letter",
                origin.place,
                help=f"call it `x{name}`, or give the block around it a name",
                frames=origin.frames,
            )

    def keras_name(self, item: Item, scope: Scope, stem: str) -> tuple[str, bool]:
        """The name of a layer in Keras, and whether it was written."""
        written = self._written_name(item, scope)
        if written is not None and written != "/":
            return written, True
        prefix = "" if written == "/" else scope.prefix
        return self.given.next(joined_name(prefix, stem), item.origin), False
