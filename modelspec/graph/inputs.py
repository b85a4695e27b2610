"""What models and blocks take: the structure of their inputs, and what a use gives to each."""

from __future__ import annotations

from collections.abc import Mapping

from modelspec.diagnostics import Report, nearest
from modelspec.graph.model import (
    ConstantTensor,
    Graph,
    Tensor,
    TensorList,
    TensorMap,
    TensorStructure,
    WholeModel,
)
from modelspec.graph.scope import Node
from modelspec.language.closed import (
    BlockKind,
    ClosedModel,
    Constant,
    Item,
    Ref,
    RefList,
    RefMap,
    RefStructure,
)

Feed = TensorStructure | tuple[tuple[str, TensorStructure], ...]
"""What an item reads: one structure, or a structure for each of several arguments."""


def input_nodes(closed: ClosedModel) -> dict[str, Node]:
    """The inputs of a model as nodes that references can name."""
    return {entry.name: Node(Tensor(entry.name, (), entry.origin), entry.origin) for entry in closed.inputs}


def inputs_structure(closed: ClosedModel, nodes: dict[str, Node], report: Report) -> TensorStructure | None:
    """How the model takes its inputs; each must stand in `inputs_as` once."""
    every = [node.structure for node in nodes.values()]
    if closed.inputs_as is None:
        plain = [structure for structure in every if structure is not None]
        return plain[0] if len(plain) == 1 else TensorList(tuple(plain))
    seen: dict[str, Ref] = {}
    structure = _input_structure(closed.inputs_as, nodes, seen, report)
    for name in nodes.keys() - seen.keys():
        report.add(
            "inputs-as",
            f"`inputs_as` leaves out the input `{name}`",
            closed.inputs_as.origin.place,
            help="name every input once",
        )
    return structure


def _input_structure(
    given: RefStructure, nodes: dict[str, Node], seen: dict[str, Ref], report: Report
) -> TensorStructure | None:
    match given:
        case Ref():
            node = nodes.get(given.text)
            if node is None or given.text in seen:
                near = nearest(given.text, nodes)
                message = (
                    f"there is no input `{given.text}`"
                    if node is None
                    else f"the input `{given.text}` stands twice in `inputs_as`"
                )
                help_text = f"did you mean `{near}`?" if near and node is None else None
                report.add("inputs-as", message, given.origin.place, help=help_text)
                return None
            seen[given.text] = given
            return node.structure
        case RefList():
            items = [_input_structure(item, nodes, seen, report) for item in given.items]
            return TensorList(tuple(item for item in items if item is not None))
        case RefMap():
            fields = [
                (field.name, _input_structure(field.value, nodes, seen, report)) for field in given.fields
            ]
            return TensorMap(tuple((name, item) for name, item in fields if item is not None))
        case Constant():
            report.add(
                "inputs-as",
                "`inputs_as` holds the names of inputs",
                given.origin.place,
                help="for example `inputs_as: {text: title, rest: [review, numeric]}`",
            )
            return None


def arrange(feed: Feed, model: Graph | WholeModel, item: Item, report: Report) -> TensorStructure | None:
    """A mapping of a nested model's input names as the structure in which that model takes them."""
    if not isinstance(feed, tuple) or model.inputs_as is None:
        return TensorMap(feed) if isinstance(feed, tuple) else feed
    given = dict(feed)
    structure = model.inputs_as
    if isinstance(structure, TensorMap) and given.keys() == {key for key, _ in structure.items}:
        return TensorMap(feed)
    names = [entry.name for entry in model.inputs]
    unknown = [name for name in given if name not in names]
    missing = [name for name in names if name not in given]
    for name in unknown:
        near = nearest(name, names)
        report.add(
            "unknown-input",
            f"model `{model.key}` has no input `{name}`",
            (item.reads or item).origin.place,
            help=f"did you mean `{near}`?" if near else f"its inputs are {', '.join(names)}",
            frames=item.origin.frames,
        )
    if missing and not unknown:
        report.add(
            "unknown-input",
            f"model `{model.key}` also needs its input `{missing[0]}`",
            (item.reads or item).origin.place,
            frames=item.origin.frames,
            help="give each input in `from`: a mapping of its inputs to what they read",
        )
    return None if unknown or missing else _filled(structure, given)


def _filled(structure: TensorStructure, given: Mapping[str, TensorStructure]) -> TensorStructure:
    match structure:
        case Tensor():
            return given[structure.call]
        case TensorList():
            return TensorList(tuple(_filled(item, given) for item in structure.items))
        case TensorMap():
            return TensorMap(tuple((name, _filled(item, given)) for name, item in structure.items))
        case ConstantTensor():
            return structure


def block_inputs(feed: Feed, item: Item, kind: BlockKind, report: Report) -> dict[str, Node] | None:
    """What each input of a block instance is given; `None` where that does not fit, which is reported."""
    if isinstance(feed, tuple):
        given = dict(feed)
    elif isinstance(feed, TensorList) and (len(kind.inputs) > 1 or isinstance(item.reads, RefList)):
        if len(feed.items) == len(kind.inputs):
            given = dict(zip(kind.inputs, feed.items, strict=True))
        elif len(kind.inputs) == 1:
            given = {kind.inputs[0]: feed}
        else:
            _report_inputs(item, kind, f"is given {len(feed.items)}", report)
            return None
    elif isinstance(feed, TensorMap) and len(kind.inputs) > 1:
        given = dict(feed.items)
    elif len(kind.inputs) == 1:
        given = {kind.inputs[0]: feed}
    else:
        _report_inputs(item, kind, "is given one", report)
        return None
    for name in given:
        if name not in kind.inputs:
            near = nearest(name, kind.inputs)
            report.add(
                "unknown-input",
                f"block `{kind.block}` has no input `{name}`",
                (item.reads or item).origin.place,
                help=f"did you mean `{near}`?" if near else f"its inputs are {', '.join(kind.inputs)}",
                frames=item.origin.frames,
            )
            return None
    if len(given) < len(kind.inputs):
        missing = next(name for name in kind.inputs if name not in given)
        _report_inputs(item, kind, f"lacks `{missing}`", report)
        return None
    return {name: Node(structure, item.origin) for name, structure in given.items()}


def _report_inputs(item: Item, kind: BlockKind, what: str, report: Report) -> None:
    report.add(
        "block-inputs",
        f"block `{kind.block}` has {len(kind.inputs)} inputs and {what}",
        (item.reads or item).origin.place,
        help=f"write `from: [{', '.join(kind.inputs)}]` with the names of tensors",
        frames=item.origin.frames,
    )
