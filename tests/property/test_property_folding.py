"""Random documents of blocks, repeats, rows and switches come back folded, equal to what they mean."""

from __future__ import annotations

import json
from typing import Any

from effort import tried
from hypothesis import HealthCheck, assume, given, reject, settings
from hypothesis import strategies as st

from modelspec.catalog.load import newest_packaged_catalog
from modelspec.catalog.resolve import Resolved
from modelspec.catalog.resolved import KerasOp
from modelspec.decompiler.checking import compiled
from modelspec.decompiler.folding.fold import fold
from modelspec.decompiler.yaml_text import print_document
from modelspec.diagnostics import SpecError
from modelspec.graph.model import Call, Graph, Tensor, TensorList

CATALOG = newest_packaged_catalog()
UNARY = ("ReLU", "LayerNormalization", "Dropout", "Dense", "ops.tanh")


@st.composite
def bodies(draw: st.DrawFn, names: tuple[str, ...]) -> dict[str, Any]:
    """A block of one input: layers with names and without, sums, switches."""
    params: dict[str, Any] = {"units": {"type": "int"}, "on": True}
    items: list[dict[str, Any]] = []
    for number in range(draw(st.integers(1, 4))):
        kind = draw(st.sampled_from((*UNARY, "Add", *names)))
        item: dict[str, Any]
        match kind:
            case "Add":
                item = {"Add": None, "from": ["in", "prev"] if items else ["in", "in"]}
            case "Dense":
                item = {"Dense": {"units": draw(st.sampled_from(["$units", 4, "$(units * 2)"]))}}
            case "Dropout":
                item = {"Dropout": {"rate": draw(st.sampled_from([0.1, 0.2]))}}
            case _ if kind in names:
                item = {kind: {"units": "$units"}}
            case _:
                item = {kind: None}
        if draw(st.booleans()):
            item["name"] = f"{draw(st.sampled_from('abc'))}{number}"
        if kind not in names and kind != "Add" and draw(st.integers(0, 3)) == 0:
            item["when"] = "$on"
        items.append(item)
    body: dict[str, Any] = {"params": params, "layers": items}
    if draw(st.booleans()):
        body["scope"] = "root"
        for item in items:
            item.pop("name", None)
    return body


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """A chain with branches of uses of random blocks."""
    blocks: dict[str, Any] = {}
    for name in ("small", "large")[: draw(st.integers(1, 2))]:
        blocks[name] = draw(bodies(tuple(blocks)))
    items: list[dict[str, Any]] = []
    above: list[str] = ["x"]
    for number in range(draw(st.integers(1, 5))):
        key = draw(st.sampled_from((*blocks, *blocks, "Dense", "Multiply")))
        name = f"{draw(st.sampled_from(['stage', 'part']))}_{number}"
        item: dict[str, Any] = {"name": name}
        if key == "Multiply":
            item = {
                "Multiply": None,
                **item,
                "from": [draw(st.sampled_from(above)), draw(st.sampled_from(above))],
            }
        elif key == "Dense":
            item = {"Dense": {"units": 4}, **item}
        else:
            args: dict[str, Any] = {"units": 4, "on": draw(st.booleans())}
            item = {key: args, **item}
            match draw(st.sampled_from(["once", "repeat", "each"])):
                case "repeat":
                    item |= {"name": f"{name}_$i", "repeat": draw(st.integers(1, 4))}
                    name = f"{name}_{item['repeat'] - 1}"
                case "each":
                    args["on"] = "$on"
                    rows = draw(st.lists(st.booleans(), min_size=1, max_size=4))
                    item |= {"name": f"{name}_$i", "each": {"on": rows}}
                    name = f"{name}_{len(rows) - 1}"
            if draw(st.booleans()):
                item["from"] = draw(st.sampled_from(above))
        items.append(item)
        above.append(name)
    outputs = draw(st.lists(st.sampled_from(above[1:]), min_size=1, max_size=2, unique=True))
    return {
        "modelspec": 1,
        "name": "random",
        "inputs": {"x": [4]},
        "blocks": blocks,
        "layers": items,
        "outputs": outputs if len(outputs) > 1 else outputs[0],
    }


def meaning(resolved: Resolved) -> tuple[list[tuple[Any, ...]], Any]:
    """Every call of a document by the name of its layer, with what it is and reads; and the outputs."""
    graph = resolved.program.main
    assert isinstance(graph, Graph)
    names = {layer.path: layer.name for layer in graph.layers}
    calls = {call.path: names[call.layer] for call in graph.calls} | {
        one.name: one.name for one in graph.inputs
    }
    found = []
    for call in graph.calls:
        made = resolved.layers[""][call.layer]
        what: Any = (
            (made.function, made.arguments)
            if isinstance(made, KerasOp)
            else (made.data["class_name"], {k: v for k, v in made.data["config"].items() if v is not None})
        )
        found.append((names[call.layer], what, _read(call.inputs, calls)))
    return sorted(found, key=lambda one: one[0]), _read(graph.outputs, calls)


def _read(structure: Any, calls: dict[str, str]) -> Any:
    match structure:
        case Tensor():
            return calls[structure.call]
        case TensorList():
            return [_read(item, calls) for item in structure.items]
        case tuple():
            return [(name, _read(item, calls)) for name, item in structure]
        case _:
            raise TypeError(type(structure).__name__)


def flat(resolved: Resolved) -> dict[str, Any]:
    """The same document with every layer for itself, named as it is in Keras."""
    graph = resolved.program.main
    assert isinstance(graph, Graph)
    calls = {call.path: call for call in graph.calls}
    names = {layer.path: layer.name for layer in graph.layers}
    items = [_item(call, resolved, names, calls) for call in graph.calls]

    def reference(tensor: Any) -> str:
        return names[calls[tensor.call].layer] if tensor.call in calls else tensor.call

    outputs = (
        [reference(item) for item in graph.outputs.items]
        if isinstance(graph.outputs, TensorList)
        else reference(graph.outputs)
    )
    return {"modelspec": 1, "name": "random", "inputs": {"x": [4]}, "layers": items, "outputs": outputs}


def _item(call: Call, resolved: Resolved, names: dict[str, str], calls: dict[str, Call]) -> dict[str, Any]:
    made = resolved.layers[""][call.layer]
    if isinstance(made, KerasOp):
        item: dict[str, Any] = {f"ops.{made.function}": None}
    else:
        given = {k: v for k, v in made.data["config"].items() if v is not None}
        item = {str(made.data["class_name"]): given or None}
    read = _read(call.inputs, {path: names[one.layer] for path, one in calls.items()} | {"x": "x"})
    return {**item, "name": names[call.layer], "from": read}


@settings(max_examples=tried(40), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(documents())
def test_what_a_random_document_means_comes_back_folded(document):
    try:
        resolved = compiled(json.dumps(document), CATALOG, frozenset())
    except SpecError:  # written names of a block that joins none may meet, absent as the layers may be
        reject()
    spread = flat(resolved)
    assume(spread["layers"])
    folded = fold(spread, CATALOG)
    text = print_document(folded)
    again = compiled(text, CATALOG, frozenset())
    assert meaning(again) == meaning(compiled(print_document(spread), CATALOG, frozenset())), text
    assert print_document(fold(flat(resolved), CATALOG)) == text
