"""The floating-point operations of a whole architecture, and the layers that nobody can count."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from modelspec.architecture.costs.call import Call, Shape, Unknown
from modelspec.architecture.costs.formulas import LAYERS, OPERATIONS, Formula
from modelspec.architecture.model import Graph, Node, Structure, Tensor, tensors_in
from modelspec.frozen import dataclass

NodePath = tuple[str, ...]
_TIME_DISTRIBUTED = "keras.layers.TimeDistributed"


@dataclass(frozen=True, slots=True)
class Cost:
    """What one example of a batch costs.

    Args:
        flops: of all that can be counted.
        unknown: the paths of the nodes that cannot, each with the reason.
    """

    flops: int
    unknown: tuple[tuple[NodePath, str], ...]


def cost_of(
    graph: Graph,
    shapes: Mapping[NodePath, tuple[Structure, ...]],
    variables: Mapping[NodePath, Mapping[str, tuple[int, ...]]],
) -> Cost:
    """What a model costs.

    A model that is called several times costs as much each time as it does for the inputs it was made with.

    Args:
        graph: the model.
        shapes: by the path of each node, of what its calls give.
        variables: by the path of each layer, the shapes of its variables by name.
    """
    total, unknown = _cost(graph, (), shapes, variables)
    return Cost(total, tuple(unknown))


def _cost(
    graph: Graph,
    path: NodePath,
    shapes: Mapping[NodePath, tuple[Structure, ...]],
    variables: Mapping[NodePath, Mapping[str, tuple[int, ...]]],
) -> tuple[int, list[tuple[NodePath, str]]]:
    total, unknown = 0, []
    if not graph.nodes:
        unknown.append((path, "its layers are not known"))
    for node in graph.nodes:
        here = (*path, node.name)
        if node.graph is not None:
            inner, more = _cost(node.graph, here, shapes, variables)
            total += inner * len(node.calls)
            unknown += more
            continue
        try:
            total += sum(_of_call(call) for call in _calls(node, path, shapes, variables.get(here, {})))
        except Unknown as reason:
            unknown.append((here, str(reason)))
    return total, unknown


def _calls(
    node: Node,
    path: NodePath,
    shapes: Mapping[NodePath, tuple[Structure, ...]],
    variables: Mapping[str, tuple[int, ...]],
) -> Iterator[Call]:
    given = shapes.get((*path, node.name), ())
    for number, call in enumerate(node.calls):
        reads = {
            name: tuple(_shape_of(tensor, path, shapes) for tensor in tensors_in(structure))
            for name, structure in call.tensors.items()
        }
        gives = tuple(_flat(given[number])) if number < len(given) else ()
        yield Call(node.cls, node.arguments, reads, gives, variables)


def _of_call(call: Call) -> int:
    if call.cls == _TIME_DISTRIBUTED:
        return _each_step(call)
    return _formula(call.cls)(call)


def _formula(cls: str) -> Formula:
    room, _, name = cls.rpartition(".")
    table = {"keras.layers": LAYERS, "keras.ops": OPERATIONS}.get(room, {})
    found = table.get(name) if table else OPERATIONS.get(name) if room.startswith("keras.ops.") else None
    if found is None:
        raise Unknown(f"there is no formula for `{cls}`")
    return found


def _each_step(call: Call) -> int:
    """Of a layer that is applied to each step of a sequence."""
    layer = call.arguments.get("layer")
    if not isinstance(layer, dict) or "class" not in layer:
        raise Unknown("the layer inside it is not known")
    steps = call.first[1]
    if steps is None:
        raise Unknown("a size is open")
    inner = Call(
        layer["class"],
        layer["arguments"],
        {name: tuple(map(_without_steps, found)) for name, found in call.reads.items()},
        tuple(map(_without_steps, call.gives)),
        {name.partition("/")[2] or name: shape for name, shape in call.variables.items()},
    )
    return steps * _of_call(inner)


def _without_steps(shape: Shape) -> Shape:
    return (*shape[:1], *shape[2:])


def _shape_of(tensor: Tensor, path: NodePath, shapes: Mapping[NodePath, tuple[Structure, ...]]) -> Shape:
    given = shapes.get((*path, tensor.node), ())
    if tensor.call >= len(given):
        raise Unknown("the shape of what it reads is not known")
    found: Structure = given[tensor.call]
    for step in tensor.index:
        if is_shape(found):
            break
        try:
            found = found[step]  # type: ignore[index]
        except (LookupError, TypeError):
            raise Unknown("the shape of what it reads is not known") from None
    flat = list(_flat(found))
    if len(flat) != 1:
        raise Unknown("it reads several tensors as one")
    return flat[0]


def is_shape(value: Structure) -> bool:
    """Whether a structure of shapes is one shape."""
    return isinstance(value, list | tuple) and all(size is None or type(size) is int for size in value)


def _flat(structure: Structure) -> Iterator[Shape]:
    match structure:
        case dict():
            for item in structure.values():
                yield from _flat(item)
        case list() | tuple() if is_shape(structure):
            yield tuple(structure)
        case list() | tuple():
            for item in structure:
                yield from _flat(item)
