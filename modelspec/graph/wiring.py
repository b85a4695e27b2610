"""One model's graph, wired item by item in document order."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from modelspec.diagnostics import Report
from modelspec.frozen import dataclass
from modelspec.graph.checks import check_chain, check_unused
from modelspec.graph.inputs import Feed, arrange, block_inputs, input_nodes, inputs_structure
from modelspec.graph.model import (
    Call,
    Graph,
    Layer,
    MadeLayer,
    OpLayer,
    SliceLayer,
    SubModel,
    Tensor,
    TensorList,
    TensorMap,
    TensorStructure,
    WholeModel,
)
from modelspec.graph.naming import Naming
from modelspec.graph.reading import Reading
from modelspec.graph.references import read_reference
from modelspec.graph.scope import Node, Scope, look_up, tensors
from modelspec.language.closed import (
    BlockKind,
    Body,
    CallField,
    ClosedModel,
    Item,
    LayerKind,
    ModelKind,
    OpKind,
    Ref,
    RefList,
    RefMap,
    ReuseKind,
)
from modelspec.language.values import Items, Object, Origin, Plain, Value


class Models(Protocol):
    """The models of the whole document, as one graph sees them."""

    def model_of(self, key: str) -> Graph | WholeModel | None:
        """The graph of a nested model, built if it is not yet; `None` where it cannot be."""

    def is_under_way(self, key: str) -> bool:
        """Whether a model is being built, so that using it would be a circle."""

    def chain_to(self, key: str) -> tuple[str, ...]:
        """The models that lead to this one, for messages."""

    def origin_of(self, key: str) -> Origin:
        """Where a model's name is written."""


@dataclass(frozen=True, slots=True)
class _Inherited:
    """What a block hands down to its layers."""

    trainable: Plain | None = None
    dtype: Value | None = None


@dataclass(frozen=True, slots=True)
class GraphBuilder:
    """The wiring of one model.

    Args:
        models: the other models of the document.
        closed: the model.
        body: its items.
    """

    models: Models
    closed: ClosedModel
    body: Body
    naming: Naming
    reading: Reading
    report: Report

    def build(self) -> Graph:
        """The whole graph."""
        inputs = input_nodes(self.closed)
        for entry in self.closed.inputs:
            self.naming.given.claim(entry.called, entry.origin, self.report)
        structure = inputs_structure(self.closed, inputs, self.report)
        scope = self.naming.scope((), "", inputs, self.body)
        self.naming.claim_written(self.body, scope)
        result = self._wire(self.body, scope, _Inherited())
        outputs = None if result.broken else result.structure
        if outputs is None and not self.report.has_errors:
            self.report.add(
                "absent-node",
                "the last item is absent and reads several tensors, so it gives no output",
                self.body.origin.place,
                help="name an output with `outputs`",
            )
        # A graph with mistakes goes on as far as it is known, so that the catalog's findings join them.
        outputs = _in_key_order(outputs or TensorList(()))
        graph = Graph(
            key=self.closed.key,
            name=self.closed.name.text,
            cls=self.closed.cls,
            inputs=self.closed.inputs,
            inputs_as=_in_key_order(structure or TensorList(())),
            layers=tuple(self.reading.layers.values()),
            calls=tuple(self.reading.calls.values()),
            outputs=outputs,
            origin=self.closed.origin,
            output_names=tuple(sorted(self._output_names(outputs))),
            dtype=self.closed.dtype,
            trainable=self.closed.trainable,
        )
        if graph.cls == "Sequential" and not self.report.has_errors:
            check_chain(graph, self.report)
        if not self.report.has_errors:  # what a mistake left unread is no second mistake
            check_unused(graph, self.report)
        return graph

    def _wire(self, body: Body, scope: Scope, inherited: _Inherited) -> Node:
        """Wire a body's items in order; what it gives."""
        names = self.naming.local(body, () if scope.path else scope.inputs)
        for name, item in zip(names, body.items, strict=True):
            node = self._item(item, name, scope, inherited)
            scope.nodes[name] = node
            scope.later.pop(name, None)
            if item.alias:
                scope.nodes[item.alias] = node
            scope.previous = node
        if body.outputs is None:
            if scope.previous is None:
                return self._identity_of(scope, body)
            return replace(scope.previous, inner=None)
        structure = self.reading.resolve(body.outputs, scope, constants=False)
        return Node(structure, body.origin, broken=structure is None)

    def _identity_of(self, scope: Scope, body: Body) -> Node:
        if scope.path and len(scope.inputs) == 1:
            return next(iter(scope.inputs.values()))
        if not self.report.has_errors:  # the layers may be what is wrong
            self.report.add(
                "no-layers",
                "there are no layers here",
                body.origin.place,
                frames=body.origin.frames,
                help="write at least one item under `layers`",
            )
        return Node(None, body.origin, broken=True)

    def _item(self, item: Item, name: str, scope: Scope, inherited: _Inherited) -> Node:
        if item.broken:
            return Node(None, item.origin, broken=True)
        if item.absent:
            return self.reading.absent(item, scope)
        match item.kind:
            case BlockKind():
                return self._block(item, item.kind, name, scope, inherited)
            case ModelKind():
                return self._submodel(item, item.kind.key, name, scope)
            case ReuseKind():
                return self._reuse(item, item.kind.target, name, scope)
            case OpKind():
                return self._op(item, item.kind, name, scope)
            case LayerKind():
                return self._layer(item, item.kind, name, scope, inherited)
            case None:
                return Node(None, item.origin, broken=True)

    def _layer(self, item: Item, kind: LayerKind, name: str, scope: Scope, inherited: _Inherited) -> Node:
        stem = self.naming.stem(
            kind.object.cls if isinstance(kind.object, Object) else str(kind.object.data.get("class_name"))
        )
        keras_name, named = self.naming.keras_name(item, scope, stem)
        written = {field.name for field in kind.object.args} if isinstance(kind.object, Object) else set()
        layer = Layer(
            scope.child_path(name),
            keras_name,
            MadeLayer(kind.object),
            item.origin,
            named,
            item.trainable or (None if "trainable" in written else inherited.trainable),
            item.dtype or (None if "dtype" in written else inherited.dtype),
        )
        return self._call(item, layer, scope)

    def _op(self, item: Item, kind: OpKind, name: str, scope: Scope) -> Node:
        self._refuse_words(item, "an operation has no variables")
        keras_name, named = self.naming.keras_name(item, scope, self.naming.stem(f"ops.{kind.op}"))
        layer = Layer(scope.child_path(name), keras_name, OpLayer(kind.op, kind.args), item.origin, named)
        return self._call(item, layer, scope)

    def _refuse_words(self, item: Item, reason: str) -> None:
        for word, value in (("trainable", item.trainable), ("dtype", item.dtype)):
            if value is not None:
                self.report.add(
                    "misplaced-word",
                    f"`{word}` cannot stand here: {reason}",
                    value.origin.place,
                    help="take it out",
                    frames=item.origin.frames,
                )

    def _submodel(self, item: Item, key: str, name: str, scope: Scope) -> Node:
        if self.models.is_under_way(key):
            chain = " → ".join(f"`{step}`" for step in self.models.chain_to(key))
            self.report.add(
                "model-recursion",
                f"model `{key}` stands inside itself: {chain}",
                item.origin.place,
                help="a model cannot use itself",
                frames=item.origin.frames,
            )
            return Node(None, item.origin, broken=True)
        model = self.models.model_of(key)
        if model is None:
            return Node(None, item.origin, broken=True)
        first = key not in self.reading.layers
        if not first:
            self._refuse_words(item, f"`{key}` is the same model at every use")
        else:
            keras_name = model.name or key
            if not isinstance(model, WholeModel) or model.archive is None:
                self.naming.given.claim(keras_name, self.models.origin_of(key), self.report)
            self.reading.layers[key] = Layer(
                key, keras_name, SubModel(key), item.origin, True, item.trainable, item.dtype
            )
        feed = self.reading.feed(item, scope)
        if feed is None:
            return Node(None, item.origin, broken=True)
        arranged = arrange(feed, model, item, self.report)
        if arranged is None:
            return Node(None, item.origin, broken=True)
        return self._record(item, scope.child_path(name), key, arranged, scope)

    def _reuse(self, item: Item, target: str, name: str, scope: Scope) -> Node:
        self._refuse_words(item, "a second call shares the layer of the first")
        ref = Ref(target, item.origin)
        reference = read_reference(target)
        if isinstance(reference, str):
            self.report.add("bad-reference", reference, item.origin.place, frames=item.origin.frames)
            return Node(None, item.origin, broken=True)
        node = look_up(reference, ref, scope, self.report)
        if node is None or node.broken:
            return Node(None, item.origin, broken=True)
        if node.layer is None:
            self.report.add(
                "bad-reuse",
                f"`{target}` is no layer or model, so it cannot be called again",
                item.origin.place,
                help="a block used again is written as the block: each use has weights of its own",
                frames=item.origin.frames,
            )
            return Node(None, item.origin, broken=True)
        feed = self.reading.feed(item, scope)
        if feed is None:
            return Node(None, item.origin, broken=True)
        kind = self.reading.layers[node.layer].kind
        if isinstance(kind, SubModel):
            model = self.models.model_of(kind.key)
            arranged = arrange(feed, model, item, self.report) if model is not None else None
            if arranged is None:
                return Node(None, item.origin, broken=True)
            feed = arranged
        return self._record(item, scope.child_path(name), node.layer, feed, scope)

    def _block(self, item: Item, kind: BlockKind, name: str, scope: Scope, inherited: _Inherited) -> Node:
        feed = self.reading.feed(item, scope)
        inputs = block_inputs(feed, item, kind, self.report) if feed is not None else None
        if inputs is None:
            return Node(None, item.origin, broken=True)
        if item.call:
            self.report.add(
                "misplaced-word",
                f"`call` cannot stand on block `{kind.block}`, which is no layer",
                item.call[0].place,
                help="pass what it needs as a parameter",
                frames=item.origin.frames,
            )
        inner = self.naming.scope(
            (*scope.path, name), self.naming.inner_prefix(scope, item, name), inputs, kind.body
        )
        handed = _Inherited(item.trainable or inherited.trainable, item.dtype or inherited.dtype)
        result = self._wire(kind.body, inner, handed)
        return replace(result, origin=item.origin, inner=inner.nodes, layer=None)

    def _call(self, item: Item, layer: Layer, scope: Scope) -> Node:
        feed = self.reading.feed(item, scope)
        self.reading.layers[layer.path] = layer
        if feed is None:
            return Node(None, item.origin, broken=True, layer=layer.path)
        return self._record(item, layer.path, layer.path, feed, scope)

    def _record(self, item: Item, path: str, layer: str, feed: Feed, scope: Scope) -> Node:
        found = ((entry, self._call_value(entry, item, scope)) for entry in item.call)
        kwargs = tuple((entry.name, value, entry.place) for entry, value in found if value is not None)
        self.reading.calls[path] = Call(path, layer, feed, item.origin, kwargs)
        reusable = None if isinstance(self.reading.layers[layer].kind, OpLayer | SliceLayer) else layer
        return Node(Tensor(path, (), item.origin), item.origin, layer=reusable)

    def _call_value(self, entry: CallField, item: Item, scope: Scope) -> Value | Tensor | None:
        """A call argument; `None` where it names tensors in a way it cannot, which is reported."""
        match entry.value:
            case Ref() as ref:
                tensor = self.reading.resolve(ref, scope, constants=False)
                if tensor is None or isinstance(tensor, Tensor):
                    return tensor
                message, help_text = f"`{entry.name}` takes one tensor", None
            case Items(items=items) as texts if items and all(_names_node(text, scope) for text in items):
                message = f"`{entry.name}` is a list of texts here, and each is the name of a tensor"
                help_text = f"tensors go into `from: {{{entry.name}: [{', '.join(_texts(texts))}], …}}`"
            case value:
                return value
        self.report.add(
            "bad-reference",
            message,
            entry.value.origin.place,
            help=help_text,
            frames=item.origin.frames,
        )
        return None

    def _output_names(self, structure: TensorStructure) -> tuple[tuple[str, str], ...]:
        """Each name that `outputs` writes, and what Keras calls that output."""
        given = self.body.outputs
        if isinstance(given, RefMap):
            names = {entry.name: entry.name for entry in given.fields}
            for entry in given.fields:
                if isinstance(entry.value, Ref):
                    names.setdefault(entry.value.text, entry.name)
            return tuple(names.items())
        found = list(tensors(structure))
        keras = [self._keras_output(tensor) for tensor in found]
        refs = given.items if isinstance(given, RefList) else (given,)
        written = [ref.text if isinstance(ref, Ref) else name for ref, name in zip(refs, keras, strict=False)]
        if len(written) != len(keras):
            written = keras
        names = dict(zip(written, keras, strict=True))
        for name in keras:
            names.setdefault(name, name)
        return tuple(names.items())

    def _keras_output(self, tensor: Tensor) -> str:
        call = self.reading.calls.get(tensor.call)
        if call is not None:
            return self.reading.layers[call.layer].name
        return next((one.called for one in self.closed.inputs if one.name == tensor.call), tensor.call)


def _names_node(value: Value, scope: Scope) -> bool:
    return isinstance(value, Plain) and (value.value in scope.nodes or value.value in scope.inputs)


def _texts(values: Items) -> tuple[str, ...]:
    return tuple(str(item.value) for item in values.items if isinstance(item, Plain))


def _in_key_order(structure: TensorStructure) -> TensorStructure:
    """A model's structure with its mappings in the order in which Keras gives them back."""
    match structure:
        case TensorList():
            return TensorList(tuple(_in_key_order(item) for item in structure.items))
        case TensorMap():
            items = sorted(structure.items, key=lambda entry: entry[0])
            return TensorMap(tuple((name, _in_key_order(item)) for name, item in items))
        case _:
            return structure
