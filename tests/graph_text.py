"""A program's graphs as text: a line for each call, `path [name] Class argument=value <- what it reads`."""

from __future__ import annotations

from modelspec.graph.checks import tensors_read
from modelspec.graph.model import Graph, MadeLayer, OpLayer, Program, SliceLayer, SubModel, Tensor
from modelspec.language.values import KerasDict, Object, to_data


def render(program: Program) -> str:
    """The graphs of a program as text, the document's own first."""
    return "".join(
        (f"model {model.key}\n" if model.key else "") + render_graph(model)
        for model in (program.main, *program.models)
        if isinstance(model, Graph)
    )


def render_graph(graph: Graph) -> str:
    layers = {layer.path: layer for layer in graph.layers}
    lines = []
    for call in graph.calls:
        layer = layers[call.layer]
        match layer.kind:
            case MadeLayer(object=Object(cls=cls, args=args)):
                what = cls + "".join(f" {arg.name}={to_data(arg.value)}" for arg in args)
            case MadeLayer(object=KerasDict(data=data)):
                what = f"verbatim {data['class_name']}"
            case OpLayer(op=op, args=args):
                what = f"ops.{op}" + "".join(f" {arg.name}={to_data(arg.value)}" for arg in args)
            case SliceLayer(key=steps):
                what = f"slice {steps}"
            case SubModel(key=key):
                what = f"model {key}"
        reads = ", ".join(tensor_text(tensor) for tensor in tensors_read(call))
        lines.append(f"{call.path} [{layer.name}] {what} <- {reads}\n")
    return "".join(lines)


def tensor_text(tensor: Tensor) -> str:
    return ".".join([tensor.call, *map(str, tensor.index)])
