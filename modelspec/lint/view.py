"""A compiled document as rules ask for it: nodes with their classes, who reads whom, shapes by path."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from modelspec.catalog.entry import ClassEntry
from modelspec.catalog.lookup import Catalog
from modelspec.catalog.resolved import KerasObject, KerasOp, Resolved
from modelspec.frozen import dataclass
from modelspec.graph.checks import tensors_read
from modelspec.graph.model import Call, Graph, Layer, MadeLayer, Program, SliceLayer, SubModel, Tensor
from modelspec.graph.scope import tensors
from modelspec.language.values import Field, Object, Origin
from modelspec.link.linked import LayerRow, Linked

Shape = tuple[int | None, ...]

SLICE = "keras.ops.get_item"


@dataclass(frozen=True, slots=True)
class Node:
    """One call of a layer, operation or nested model.

    Args:
        model: the path of the model it stands in, as rows have it.
        cls: the full name of its class (`keras.layers.Conv2D`) or operation (`keras.ops.add`); `None` for a
            nested model and for whatever is not Keras' own, of which nothing is guessed.
        entry: what the catalog knows of its class.
        config: the arguments that are written or come from the document's defaults, as Keras has them.
        again: whether the layer was called before, so that it shares its weights.
    """

    model: str
    call: Call
    layer: Layer
    cls: str | None
    entry: ClassEntry | None
    config: Mapping[str, Any]
    again: bool

    @property
    def path(self) -> str:
        """Its path in its graph."""
        return self.call.path

    @property
    def origin(self) -> Origin:
        """Where its item stands."""
        return self.call.origin

    @property
    def short(self) -> str:
        """What messages call its class or operation."""
        if self.cls is None:
            return self.layer.name
        prefix = "ops." if self.cls.startswith("keras.ops.") else ""
        return prefix + self.cls.rpartition(".")[2]

    def argument(self, name: str) -> Any:
        """An argument's value, the default of its class where nothing is written; `None` where unknown."""
        if name in self.config:
            return self.config[name]
        known = self.entry.arguments.get(name) if self.entry is not None else None
        return known.default if known is not None else None

    def written(self, name: str) -> Field | None:
        """An argument as the item has it; `None` where it comes from elsewhere."""
        match self.layer.kind:
            case MadeLayer(object=Object(args=args)):
                return next((field for field in args if field.name == name), None)
            case _:
                return None


class ModelView:
    """One graph of the document: its nodes in order, and who reads them.

    Args:
        prefix: what stands before the paths of its document's models: empty, or `file_model/`.
        graph: the graph.
        resolved: of the document it is written in.
        view: the whole.
    """

    def __init__(self, prefix: str, graph: Graph, resolved: Resolved, view: View) -> None:
        self.prefix = prefix
        # As rows have it: empty for the document's own model, `encoder`, `file_model/encoder`.
        self.path = _joined(prefix, graph.key)
        self.graph = graph
        self.resolved = resolved
        self.view = view

    @cached_property
    def nodes(self) -> tuple[Node, ...]:
        """The calls in order."""
        layers = {layer.path: layer for layer in self.graph.layers}
        called: set[str] = set()
        found = []
        for call in self.graph.calls:
            found.append(self._node(call, layers[call.layer], again=call.layer in called))
            called.add(call.layer)
        return tuple(found)

    def _node(self, call: Call, layer: Layer, *, again: bool) -> Node:
        made = self.resolved.layers[self.graph.key].get(layer.path)
        match made:
            case KerasObject(data=data):
                entry = self.view.catalog.class_of(data)
                known = entry if entry is not None and entry.home is None else None
                config = data.get("config")
                arguments = config if isinstance(config, dict) else {}
                return Node(self.path, call, layer, known.name if known else None, known, arguments, again)
            case KerasOp(function=function, arguments=arguments):
                return Node(self.path, call, layer, f"keras.ops.{function}", None, arguments, again)
            case _:
                cls = SLICE if isinstance(layer.kind, SliceLayer) else None
                return Node(self.path, call, layer, cls, None, {}, again)

    @cached_property
    def _by_path(self) -> Mapping[str, Node]:
        return {node.path: node for node in self.nodes}

    @cached_property
    def _readers(self) -> Mapping[str, tuple[Node, ...]]:
        found: dict[str, list[Node]] = {}
        for node in self.nodes:
            for tensor in tensors_read(node.call):
                found.setdefault(tensor.call, []).append(node)
        return {path: tuple(readers) for path, readers in found.items()}

    @cached_property
    def outputs(self) -> tuple[Tensor, ...]:
        """The tensors that the model gives."""
        return tuple(tensors(self.graph.outputs))

    @cached_property
    def _output_calls(self) -> frozenset[str]:
        return frozenset(tensor.call for tensor in self.outputs)

    @cached_property
    def _calls_of(self) -> Mapping[str, int]:
        found: dict[str, int] = {}
        for node in self.nodes:
            found[node.layer.path] = found.get(node.layer.path, 0) + 1
        return found

    def producer(self, tensor: Tensor) -> Node | None:
        """The call that gives a tensor; `None` for an input of the model."""
        return self._by_path.get(tensor.call)

    def reads(self, node: Node) -> tuple[Tensor, ...]:
        """The tensors that a call reads, in order."""
        return tuple(tensors_read(node.call))

    def source(self, node: Node) -> Node | None:
        """The call whose one tensor a call reads and nothing else; `None` where there is no such."""
        read = self.reads(node)
        return self.producer(read[0]) if len(read) == 1 else None

    def readers(self, path: str) -> tuple[Node, ...]:
        """The calls that read a call or input, once for each tensor of it that they read."""
        return self._readers.get(path, ())

    def sole_reader(self, node: Node) -> Node | None:
        """The only reader of a call that is no output; `None` where there are several or none."""
        readers = self.readers(node.path)
        return readers[0] if len(readers) == 1 and not self.is_output(node) else None

    def is_output(self, node: Node) -> bool:
        """Whether the model gives out what a call gives."""
        return node.path in self._output_calls

    def is_shared(self, node: Node) -> bool:
        """Whether the layer is called more than once."""
        return self._calls_of[node.layer.path] > 1

    def submodel(self, node: Node) -> ModelView | None:
        """The graph of the nested model that a call uses, where it is one that is written out."""
        match node.layer.kind:
            case SubModel(key=key):
                return self.view.by_path.get(_joined(self.prefix, key))
            case _:
                return None

    def row(self, path: str) -> LayerRow | None:
        """The row of a call or input; `None` where the model was not linked."""
        return self.view.rows.get((self.path, path))

    def shape(self, tensor: Tensor) -> Shape | None:
        """A tensor's shape with the batch; `None` where it is not known."""
        row = self.row(tensor.call)
        return None if row is None else _shape(_at(row.output_shape, tensor.index))

    def output_shape(self, node: Node) -> Shape | None:
        """The shape of what a call gives, where that is one tensor."""
        row = self.row(node.path)
        return None if row is None else _shape(row.output_shape)

    def input_shape(self, node: Node) -> Shape | None:
        """The shape of the first tensor that a call reads."""
        read = self.reads(node)
        return self.shape(read[0]) if read else None

    def dtype(self, tensor: Tensor) -> str | None:
        """A tensor's dtype; `None` where it is not known."""
        row = self.row(tensor.call)
        found = None if row is None else _at(row.dtype, tensor.index)
        return found if isinstance(found, str) else None


class View:
    """A compiled document.

    Args:
        resolved: the document without Keras.
        catalog: of the installed Keras.
        linked: the model, where it was linked; rules that need shapes find nothing without it.
    """

    def __init__(self, resolved: Resolved, catalog: Catalog, linked: Linked | None = None) -> None:
        self.resolved = resolved
        self.catalog = catalog
        self.linked = linked

    @property
    def program(self) -> Program:
        """The document's graphs."""
        return self.resolved.program

    @cached_property
    def models(self) -> tuple[ModelView, ...]:
        """Every graph that is written out, the document's own first, those of nested documents last."""
        return tuple(_models("", self.resolved, self))

    @cached_property
    def by_path(self) -> Mapping[str, ModelView]:
        """The graphs by their paths."""
        return {model.path: model for model in self.models}

    @property
    def main(self) -> ModelView | None:
        """The document's own graph; `None` where its model is one object."""
        return self.by_path.get("")

    @cached_property
    def rows(self) -> Mapping[tuple[str, str], LayerRow]:
        """The rows by model and path."""
        rows = self.linked.rows if self.linked is not None else ()
        return {(row.model, row.path): row for row in rows}

    def nodes(self) -> Iterator[tuple[ModelView, Node]]:
        """Every call of every graph."""
        for model in self.models:
            for node in model.nodes:
                yield model, node


def _models(prefix: str, resolved: Resolved, view: View) -> Iterator[ModelView]:
    program = resolved.program
    for model in (program.main, *program.models):
        if isinstance(model, Graph) and model.key not in resolved.nested:
            yield ModelView(prefix, model, resolved, view)
    for key, inner in resolved.nested.items():
        yield from _models(f"{prefix}{key}/", inner, view)


def _joined(prefix: str, key: str) -> str:
    return f"{prefix}{key}".rstrip("/")


def _at(structure: object, index: tuple[int | str, ...]) -> object:
    for step in index:
        match structure:
            case list() if isinstance(step, int) and step < len(structure):
                structure = structure[step]
            case dict() if step in structure:
                structure = structure[step]
            case _:
                return None
    return structure


def _shape(found: object) -> Shape | None:
    """A row's shape; `None` for a structure of several."""
    if isinstance(found, list) and all(size is None or isinstance(size, int) for size in found):
        return tuple(found)
    return None
