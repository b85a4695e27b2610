"""What items read: references looked up in their scope, slices made into nodes of their own."""

from __future__ import annotations

from dataclasses import field

from modelspec.diagnostics import Report
from modelspec.frozen import dataclass
from modelspec.graph.inputs import Feed
from modelspec.graph.model import (
    Call,
    ConstantTensor,
    Layer,
    SliceLayer,
    Tensor,
    TensorList,
    TensorMap,
    TensorStructure,
)
from modelspec.graph.names import joined_name
from modelspec.graph.naming import Naming
from modelspec.graph.references import Reference, read_reference
from modelspec.graph.scope import Node, Scope, look_up, select
from modelspec.language.closed import Constant, Item, OpKind, Ref, RefList, RefMap, RefStructure
from modelspec.language.values import Origin

_PREVIOUS = Reference(("prev",), (), None)


@dataclass(frozen=True, slots=True)
class Reading:
    """The layers and calls of one graph while it is built, and the reading of references in it.

    Args:
        layers: by path, in the order of first call.
        calls: by path, each after those it reads.
    """

    naming: Naming
    report: Report
    layers: dict[str, Layer] = field(default_factory=dict)
    calls: dict[str, Call] = field(default_factory=dict)

    def absent(self, item: Item, scope: Scope) -> Node:
        """An absent item stands for its one input, or for `prev` where it reads that among several."""
        if item.unreadable:
            return Node(None, item.origin)
        reads = item.reads
        if isinstance(reads, RefMap):
            reads = RefList(tuple(field.value for field in reads.fields), reads.origin)
        if isinstance(reads, RefList):
            if len(reads.items) == 1:
                reads = reads.items[0]
            else:
                previous = [ref for ref in reads.items if isinstance(ref, Ref) and ref.text.strip() == "prev"]
                if not previous:
                    return Node(None, item.origin)
                reads = previous[0]
        if (
            isinstance(reads, Ref)
            and (reference := read_reference(reads.text))
            and not isinstance(reference, str)
        ):
            node = look_up(reference, reads, scope, self.report)
            if node is not None and not reference.index and reference.slices is None:
                return node
        structure = self._feed_structure(item, reads, scope)
        return Node(structure, item.origin, broken=structure is None)

    def feed(self, item: Item, scope: Scope) -> Feed | None:
        """What an item reads: one structure, or a mapping of argument names."""
        reads = item.reads
        if isinstance(reads, RefMap):
            fields = [
                (entry.name, self.resolve(entry.value, scope, constants=isinstance(item.kind, OpKind)))
                for entry in reads.fields
            ]
            if any(structure is None for _, structure in fields):
                return None
            return tuple((name, structure) for name, structure in fields if structure is not None)
        return self._feed_structure(item, reads, scope)

    def _feed_structure(self, item: Item, reads: RefStructure | None, scope: Scope) -> TensorStructure | None:
        if reads is not None:
            return self.resolve(reads, scope, constants=isinstance(item.kind, OpKind))
        node = scope.previous
        if node is None:
            if len(scope.inputs) == 1:
                node = next(iter(scope.inputs.values()))
            elif not scope.inputs and self.report.has_errors:  # the inputs may be what is wrong
                return None
            else:
                self.report.add(
                    "needs-from",
                    "the first item must say what it reads: there are several inputs"
                    if scope.inputs
                    else "the first item has nothing to read: there are no inputs",
                    item.origin.place,
                    help=f"write `from: {next(iter(scope.inputs))}`" if scope.inputs else "declare `inputs`",
                    frames=item.origin.frames,
                )
                return None
        if node.broken:
            return None
        return select(node, _PREVIOUS, Ref("prev", item.origin), self.report)

    def resolve(self, given: RefStructure, scope: Scope, *, constants: bool) -> TensorStructure | None:
        """The tensors that a structure of references names; `None` where one names nothing, reported.

        Args:
            constants: whether constants may stand among them.
        """
        match given:
            case Ref():
                return self._resolve_ref(given, scope)
            case Constant():
                if constants:
                    return ConstantTensor(given.value, given.origin)
                self.report.add(
                    "misplaced-constant",
                    "a constant can stand among the tensors of an operation only",
                    given.origin.place,
                    help="give a layer its constants as arguments",
                    frames=given.origin.frames,
                )
                return None
            case RefList():
                items = [self.resolve(item, scope, constants=constants) for item in given.items]
                return None if None in items else TensorList(tuple(i for i in items if i is not None))
            case RefMap():
                fields = [(f.name, self.resolve(f.value, scope, constants=constants)) for f in given.fields]
                if any(structure is None for _, structure in fields):
                    return None
                return TensorMap(tuple((name, s) for name, s in fields if s is not None))

    def _resolve_ref(self, ref: Ref, scope: Scope) -> TensorStructure | None:
        reference = read_reference(ref.text)
        if isinstance(reference, str):
            self.report.add("bad-reference", reference, ref.origin.place, frames=ref.origin.frames)
            return None
        node = look_up(reference, ref, scope, self.report)
        if node is None:
            return None
        structure = select(node, reference, ref, self.report)
        if structure is None or reference.slices is None:
            return structure
        if not isinstance(structure, Tensor):
            self.report.add(
                "bad-reference",
                f"`{'/'.join(reference.path)}` has several outputs, and a slice takes one tensor",
                ref.origin.place,
                help="choose one with a dot: `name.0[:, 0]`",
                frames=ref.origin.frames,
            )
            return None
        return self._slice(structure, reference.slices, ref.origin, scope)

    def _slice(self, tensor: Tensor, key: tuple[object, ...], origin: Origin, scope: Scope) -> Tensor:
        name = self.naming.given.next(joined_name(scope.prefix, "get_item"), origin)
        count = 0
        path = scope.child_path("get_item")
        while path in self.layers or path.rpartition("/")[2] in scope.later:
            count += 1
            path = scope.child_path(f"get_item_{count}")
        self.layers[path] = Layer(path, name, SliceLayer(key), origin)
        self.calls[path] = Call(path, path, tensor, origin)
        return Tensor(path, (), origin)
