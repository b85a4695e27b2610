"""The nodes that a reference can name while a body is wired, and the looking-up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from modelspec.diagnostics import Label, Report, nearest
from modelspec.graph.model import Tensor, TensorList, TensorMap, TensorStructure
from modelspec.graph.references import Reference
from modelspec.language.closed import Item, Ref
from modelspec.language.values import Origin


@dataclass(frozen=True, slots=True)
class Node:
    """What a name stands for.

    Args:
        structure: its output or outputs; `None` when nothing can be read from it.
        origin: where it is written.
        layer: the path of the layer it calls, for `reuse`; `None` for blocks, ops and inputs.
        inner: the nodes inside a block instance.
        broken: a mistake in it has been reported, so what reads it is not complained about.
    """

    structure: TensorStructure | None
    origin: Origin
    layer: str | None = None
    inner: dict[str, Node] | None = None
    broken: bool = False


@dataclass(slots=True)
class Scope:
    """One body while it is wired.

    Args:
        path: the graph path of the block instance, `()` at the top.
        prefix: what Keras names of written names are joined to.
        inputs: the inputs of the body.
        later: the items by name, for telling a forward reference from an unknown one.
        nodes: what has been wired so far.
        previous: the item above.
    """

    path: tuple[str, ...]
    prefix: str
    inputs: dict[str, Node]
    later: dict[str, Item]
    nodes: dict[str, Node] = field(default_factory=dict)
    previous: Node | None = None

    def child_path(self, name: str) -> str:
        """The graph path of a node of this scope."""
        return "/".join((*self.path, name))


def look_up(reference: Reference, ref: Ref, scope: Scope, report: Report) -> Node | None:
    """The node a reference names, selections not yet applied; `None` where there is none, reported."""
    first, *rest = reference.path
    node = _look_up_first(first, ref, scope, report)
    for position, name in enumerate(rest):
        if node is None or node.broken:
            return node
        if node.inner is None:
            where = "/".join(reference.path[: position + 1])
            _error(
                report,
                ref,
                "unknown-node",
                f"`{where}` is no block, so nothing lies inside it",
                help="outputs are named with a dot: `lstm.1`",
            )
            return None
        inner = node.inner
        node = inner.get(name)
        if node is None:
            near = nearest(name, inner)
            _error(
                report,
                ref,
                "unknown-node",
                f"there is no `{name}` inside `{reference.path[position]}`",
                help=f"did you mean `{near}`?" if near else f"it holds {_listed(inner)}",
            )
    return node


def _look_up_first(name: str, ref: Ref, scope: Scope, report: Report) -> Node | None:
    if name == "prev":
        if scope.previous is None:
            _error(
                report,
                ref,
                "unknown-node",
                "`prev` is the item above, and this is the first",
                help="`in` is the input of the block, model or document",
            )
        return scope.previous
    if name == "in" and "in" not in scope.inputs:
        if len(scope.inputs) == 1:
            return next(iter(scope.inputs.values()))
        _error(
            report,
            ref,
            "several-inputs",
            "`in` is the one input, and there are several here" if scope.inputs else "there is no input here",
            help=f"use a name: {_listed(scope.inputs)}" if scope.inputs else "declare it under `inputs`",
        )
        return None
    node = scope.nodes.get(name) or scope.inputs.get(name)
    if node is not None:
        return node
    if name in scope.later:
        place = scope.later[name].origin.place
        _error(
            report,
            ref,
            "forward-reference",
            f"`{name}` stands below, and an item reads only what stands above it",
            help="move one of the two",
            labels=(Label(place, "it is written here"),),
        )
        return None
    near = nearest(name, (*scope.nodes, *scope.inputs))
    _error(
        report,
        ref,
        "unknown-node",
        f"nothing here is named `{name}`",
        help=f"did you mean `{near}`?" if near else _scope_help(scope),
    )
    return None


def _scope_help(scope: Scope) -> str:
    if scope.path:
        return "a block sees its own inputs and nodes; pass it what it needs with `from`"
    return f"the names so far are {_listed((*scope.inputs, *scope.nodes))}"


def select(node: Node, reference: Reference, ref: Ref, report: Report) -> TensorStructure | None:
    """The part of a node's outputs that the steps after the dots choose."""
    if node.broken:
        return None
    structure = node.structure
    if structure is None:
        _error(
            report,
            ref,
            "absent-node",
            f"`{'/'.join(reference.path)}` is absent here and reads several tensors, so it stands for none",
            help="let it read `prev`, or read another node",
            labels=(Label(node.origin.place, "it is written here"),),
        )
        return None
    for position, step in enumerate(reference.index):
        match structure:
            case Tensor():
                index = (*structure.index, *reference.index[position:])
                return replace(structure, index=index, origin=ref.origin)
            case TensorMap() if (found := dict(structure.items).get(str(step))) is not None:
                structure = found
            case TensorList() if isinstance(step, int) and step < len(structure.items):
                structure = structure.items[step]
            case TensorMap() | TensorList():
                names = _output_names(structure)
                near = nearest(str(step), names)
                _error(
                    report,
                    ref,
                    "unknown-output",
                    f"`{'/'.join(reference.path)}` has no output `{step}`",
                    help=f"did you mean `.{near}`?" if near else f"it has {_listed(f'.{n}' for n in names)}",
                )
                return None
            case _:
                return None
    return _at(structure, ref.origin)


def _at(structure: TensorStructure, origin: Origin) -> TensorStructure:
    """The structure as read at another place."""
    match structure:
        case Tensor():
            return Tensor(structure.call, structure.index, origin)
        case TensorList():
            return TensorList(tuple(_at(item, origin) for item in structure.items))
        case TensorMap():
            return TensorMap(tuple((name, _at(item, origin)) for name, item in structure.items))
        case _:
            return structure


def tensors(structure: TensorStructure | None) -> Iterator[Tensor]:
    """All tensors in a structure, in order."""
    match structure:
        case Tensor():
            yield structure
        case TensorList():
            for item in structure.items:
                yield from tensors(item)
        case TensorMap():
            for _, item in structure.items:
                yield from tensors(item)


def _output_names(structure: TensorMap | TensorList) -> list[str]:
    if isinstance(structure, TensorMap):
        return [name for name, _ in structure.items]
    return [str(i) for i in range(len(structure.items))]


def _listed(names: object) -> str:
    shown = [f"`{name}`" for name in names]  # type: ignore[attr-defined]
    return ", ".join(shown[:8]) + (", …" if len(shown) > 8 else "") if shown else "nothing"


def _error(
    report: Report, ref: Ref, code: str, message: str, *, help: str | None, labels: tuple[Label, ...] = ()
) -> None:
    report.add(code, message, ref.origin.place, help=help, frames=ref.origin.frames, labels=labels)
