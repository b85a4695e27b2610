"""What can be said of a finished graph: nodes nobody reads, and whether a Sequential is one chain."""

from __future__ import annotations

from collections.abc import Iterator

from modelspec.diagnostics import Report
from modelspec.graph.model import Call, Graph, OpLayer, SliceLayer, Tensor
from modelspec.graph.scope import tensors


def tensors_read(call: Call) -> Iterator[Tensor]:
    """All tensors that a call reads, in order."""
    if isinstance(call.inputs, tuple):
        for _, structure in call.inputs:
            yield from tensors(structure)
    else:
        yield from tensors(call.inputs)
    for _, value, _ in call.kwargs:
        if isinstance(value, Tensor):
            yield value


def check_unused(graph: Graph, report: Report) -> None:
    """Warn of inputs and nodes that nobody reads."""
    read = {tensor.call for call in graph.calls for tensor in tensors_read(call)}
    read |= {tensor.call for tensor in tensors(graph.outputs)}
    for entry in graph.inputs:
        if entry.name not in read:
            report.add(
                "unused-input",
                f"nobody reads the input `{entry.name}`",
                entry.origin.place,
                help="take it out, or read it with `from`",
            )
    for call in graph.calls:
        if call.path not in read:
            report.add(
                "unused-node",
                f"nobody reads `{call.path}`",
                call.origin.place,
                help="read it with `from`, name it in `outputs`, or take it out",
                frames=call.origin.frames,
            )


def check_chain(graph: Graph, report: Report) -> None:
    """Report what keeps a Sequential from being one chain from its one input to its one output."""
    if len(graph.inputs) > 1:
        report.add(
            "not-a-chain",
            "a `Sequential` has one input",
            graph.inputs[1].origin.place,
            help="leave `class: Sequential` away",
        )
        return
    kinds = {layer.path: layer.kind for layer in graph.layers}
    above = graph.inputs[0].name if graph.inputs else ""
    for call in graph.calls:
        message = None
        if isinstance(kinds[call.layer], OpLayer | SliceLayer):
            message = "a `Sequential` holds layers, not operations"
        elif call.path != call.layer and call.layer in {c.path for c in graph.calls}:
            message = "a `Sequential` calls each layer once"
        elif [tensor.call for tensor in tensors_read(call)] != [above]:
            message = "in a `Sequential` each layer reads the one above"
        elif call.kwargs:
            message = "a `Sequential` passes its layers one tensor and nothing else"
        if message:
            report.add(
                "not-a-chain",
                message,
                call.origin.place,
                help="leave `class: Sequential` away: a Functional model can do all this",
                frames=call.origin.frames,
            )
            return
        above = call.path
    if not (isinstance(graph.outputs, Tensor) and graph.outputs.call == above and not graph.outputs.index):
        report.add(
            "not-a-chain",
            "the output of a `Sequential` is its last layer",
            graph.origin.place,
            help="leave `outputs` away",
        )
