"""The edits that make the second architecture of the first, once it is known which node is which."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from modelspec.architecture.comparing.edits import ABSENT, Edit, Follows, Key, Op
from modelspec.architecture.comparing.explained import Wiring
from modelspec.architecture.comparing.matching import Matching, Pair, Why
from modelspec.architecture.comparing.plain_data import call_data, node_data, structure_data
from modelspec.architecture.comparing.sides import NodePath
from modelspec.architecture.comparing.values import differences, same
from modelspec.architecture.model import Architecture, Graph, Json, Node, Structure
from modelspec.architecture.names import is_counted


def edits_between(before: Architecture, after: Architecture, matching: Matching) -> tuple[Edit, ...]:
    """Every difference between two architectures as an edit, in the order of the second; removed nodes follow
    those of their graph.

    Args:
        matching: of their graphs.
    """
    found = [*_of_model_name(before.graph, after.graph)]
    found += _of_graph(before.graph, after.graph, matching, (), ())
    found += [
        Edit("compile", (), (), key, first, second)
        for key, first, second in _named_differences(before.compile, after.compile, ())
    ]
    return tuple(found)


def _of_model_name(before: Graph, after: Graph) -> Iterator[Edit]:
    if before.name != after.name:
        yield _renaming(before, after, (), (), None)


def _renaming(
    before: Node | Graph, after: Node | Graph, path: NodePath, after_path: NodePath, why: Why | None
) -> Edit:
    automatic = before.automatic, after.automatic
    follows: Follows | None = "names" if all(automatic) else None
    return Edit("rename", path, after_path, (), before.name, after.name, why, follows, automatic)


def _of_graph(
    before: Graph, after: Graph, matching: Matching, path: NodePath, after_path: NodePath
) -> Iterator[Edit]:
    if before.cls != after.cls:
        yield Edit("argument", path, after_path, ("class",), before.cls, after.cls)
    for key, first, second in _named_differences(before.arguments, after.arguments, ("arguments",)):
        yield Edit("argument", path, after_path, key, first, second)
    first_nodes = {node.name: node for node in before.nodes}
    second_nodes = {node.name: node for node in after.nodes}
    wiring = Wiring(first_nodes, second_nodes, matching.forward)
    pairs = {pair.after: pair for pair in matching.pairs}
    ends: tuple[tuple[Op, Structure, Structure], ...] = (
        ("inputs", before.inputs_as, after.inputs_as),
        ("outputs", before.outputs, after.outputs),
    )
    for op, old, new in ends:
        if not wiring.equal(old, new):
            follows: Follows | None = "edges" if wiring.follows(old, new) else None
            yield Edit(op, path, after_path, (), structure_data(old), structure_data(new), None, follows)
    for node in after.nodes:
        pair = pairs.get(node.name)
        if pair is None:
            yield Edit("add", None, (*after_path, node.name), after=node_data(node))
        else:
            yield from _of_pair(first_nodes[pair.before], node, pair, wiring, (path, after_path))
    for node in before.nodes:
        if node.name not in wiring.forward:
            yield Edit("remove", (*path, node.name), None, before=node_data(node))


def _of_pair(
    before: Node, after: Node, pair: Pair, wiring: Wiring, paths: tuple[NodePath, NodePath]
) -> Iterator[Edit]:
    path, after_path = (*paths[0], before.name), (*paths[1], after.name)
    if before.name != after.name:
        yield _renaming(before, after, path, after_path, pair.why)
    elif before.automatic != after.automatic:  # the same word, of another class
        yield Edit("rename", path, after_path, (), before.name, after.name, pair.why, "names",
                   (before.automatic, after.automatic))  # fmt: skip
    if (before.kind, before.graph is None) != (after.kind, after.graph is None) or (
        after.graph is None and before.cls != after.cls
    ):
        definitions = (_definition(before), _definition(after))
        yield Edit("replace", path, after_path, (), *definitions, why=pair.why)
    else:
        for key, first, second in _own_differences(before, after):
            counted = _is_counted(before.arguments, key) and _is_counted(after.arguments, key)
            follows: Follows | None = "names" if counted else None
            yield Edit("argument", path, after_path, key, first, second, pair.why, follows)
    yield from _of_calls(before, after, pair, wiring, (path, after_path))
    if pair.inner is not None and before.graph is not None and after.graph is not None:
        renamed = after.name if before.graph.name == before.name else before.graph.name
        if after.graph.name != renamed:
            yield Edit("rename", path, after_path, ("graph",), before.graph.name, after.graph.name, pair.why)
        yield from _of_graph(before.graph, after.graph, pair.inner, path, after_path)


def _definition(node: Node) -> dict[str, Json]:
    return {key: value for key, value in node_data(node).items() if key not in ("calls", "automatic")}


def _is_counted(arguments: Json, key: Key) -> bool:
    """Whether a key is that of the name of an object in arguments, and Keras may have counted it."""
    match key:
        case ("arguments", *steps, "arguments" | "config" as home, "name"):
            owner = arguments
            for step in steps:
                owner = owner[step]
            cls = owner.get("class") or owner.get("class_name")
            return is_counted(owner[home].get("name"), str(cls))
        case _:
            return False


def _own_differences(before: Node, after: Node) -> Iterator[tuple[Key, Json, Json]]:
    yield from _named_differences(before.arguments, after.arguments, ("arguments",))
    yield from differences(before.dtype, after.dtype, key=("dtype",))
    yield from differences(before.trainable, after.trainable, key=("trainable",))


def _of_calls(
    before: Node, after: Node, pair: Pair, wiring: Wiring, paths: tuple[NodePath, NodePath]
) -> Iterator[Edit]:
    if len(before.calls) != len(after.calls):
        calls = ([call_data(call) for call in before.calls], [call_data(call) for call in after.calls])
        yield Edit("rewire", *paths, ("calls",), *calls, why=pair.why)
        return
    for number, (first, second) in enumerate(zip(before.calls, after.calls, strict=True)):
        key: Key = ("calls", number)
        for inner, old, new in _named_differences(first.arguments, second.arguments, (*key, "arguments")):
            yield Edit("argument", *paths, inner, old, new, pair.why)
        if not wiring.equal(first.tensors, second.tensors):
            tensors = call_data(first)["tensors"], call_data(second)["tensors"]
            follows: Follows | None = "edges" if wiring.follows(first.tensors, second.tensors) else None
            yield Edit("rewire", *paths, (*key, "tensors"), *tensors, pair.why, follows)


def _named_differences(
    before: Mapping[str, Json], after: Mapping[str, Json], key: Key
) -> Iterator[tuple[Key, Json, Json]]:
    """The differences between two sets of arguments, by their names even where one set is empty."""
    for name in {**before, **after}:
        pair = before.get(name, ABSENT), after.get(name, ABSENT)
        if not same(*pair):
            yield from differences(*pair, key=(*key, name))
