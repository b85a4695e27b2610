"""A checked document told layer by layer: without a model of Keras, and without Keras where all is known."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from modelspec.architecture import model as architecture
from modelspec.architecture.hashing import exact_of, hash_of
from modelspec.architecture.order import in_order
from modelspec.catalog.resolved import KerasObject
from modelspec.compiler.layerwise.kept import KnownLayers
from modelspec.compiler.layerwise.keys import Asked, call_key, key_of, references_in, settings_of
from modelspec.compiler.layerwise.levels import LEVEL_NAME, same
from modelspec.compiler.layerwise.plain import optimizer_of, plain_graph
from modelspec.compiler.layerwise.values import (
    Json,
    Known,
    KnownCall,
    KnownCompile,
    KnownInput,
    KnownOptimizer,
    KnownSlots,
    Row,
    Said,
    Spec,
    Told,
    Trained,
)
from modelspec.compiler.values import Checked, Options
from modelspec.graph.model import Call, Graph, Tensor, TensorList, TensorMap, TensorStructure
from modelspec.language.closed import Input
from modelspec.weights.table import ITEM_SIZES

T = TypeVar("T", bound=Known)


def tell(checked: Checked, options: Options, known: KnownLayers) -> Told | None:
    """What a document comes to; `None` where it has to be compiled to be told, be it right or not.

    Args:
        known: what is known of layers; Keras is asked for what is not, and it is put there.
    """
    graph = plain_graph(checked, options)
    return _Telling(graph, checked, options, known).run() if graph is not None else None


@dataclass(slots=True)
class _Telling:
    """One plain graph while it is told."""

    graph: Graph
    checked: Checked
    options: Options
    known: KnownLayers
    specs: dict[str, Spec] = field(default_factory=dict)
    asked: dict[str, Asked] = field(default_factory=dict)
    calls: dict[str, KnownCall] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    reads: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def run(self) -> Told | None:
        compiled = self.checked.resolved.compile
        trained = self._trained() if compiled is not None else None
        if compiled is not None and trained is None:
            return None
        self.specs |= {entry.name: _spec_of(entry) for entry in self.graph.inputs}
        self.names |= {entry.name: entry.called for entry in self.graph.inputs}
        self.names |= {layer.path: layer.name for layer in self.graph.layers}
        self.reads |= {call.path: _read(call) for call in self.graph.calls}
        if not self._know_calls(trained):
            return None
        if sum(call.params for call in self.calls.values()) > self.options.max_params:
            return None
        if trained is None:
            return self._told(0, None)
        slots, ends = self._slots(trained), self._compiled()
        if slots is None or ends is None:
            return None
        return self._told(slots + ends.memory, ends.hash)

    def _trained(self) -> Trained | None:
        """What trains the model; `None` where that has to be seen with all of the model."""
        from modelspec.compiler.layerwise.asking import ask_optimizer

        data = optimizer_of(self.checked.resolved)
        if data is None:
            return None
        key = key_of("optimizer", settings_of(self.checked), data)
        if key not in self.known:
            self.known.put(key, ask_optimizer(self.checked, self.options, data))
        found = _of(KnownOptimizer, self.known.get(key))
        return Trained(key, data, found) if found is not None else None

    def _know_calls(self, trained: Trained | None) -> bool:
        """Whether every layer is known, in the end: what one gives tells what the next is given."""
        layers = {layer.path: layer for layer in self.graph.layers}
        made = self.checked.resolved.layers[self.graph.key]
        settings = settings_of(self.checked)
        while True:
            missing: dict[str, Asked] = {}
            for call in self.graph.calls:
                if call.path in self.specs or not all(name in self.specs for name in self.reads[call.path]):
                    continue
                one = self.asked.get(call.path)
                if one is None:
                    layer, of = layers[call.layer], made[call.layer]
                    assert isinstance(of, KerasObject)
                    given = tuple(self.specs[name] for name in self.reads[call.path])
                    key = call_key(layer, call, given, self.checked, of, settings)
                    one = self.asked[call.path] = Asked(key, layer, call, given)
                found = _of(KnownCall, self.known.get(one.key)) if one.key in self.known else None
                if found is None and one.key in self.known:
                    return False
                if found is None or not self._knows_inputs(call):
                    missing.setdefault(one.key, one)
                    continue
                self.calls[call.path] = found
                self.specs[call.path] = found.output
            if not missing:
                return True
            self._ask(missing.values(), trained)

    def _knows_inputs(self, call: Call) -> bool:
        """Whether what a call reads of the model's inputs is known."""
        read = self.reads[call.path]
        keys = (_input_key(_spec_of(entry)) for entry in self.graph.inputs if entry.name in read)
        return all(key in self.known for key in keys)

    def _slots(self, trained: Trained) -> int | None:
        """What the optimizer keeps for the variables, in bytes; `None` where that cannot be told."""
        keys = {
            path: _slots_key(trained, self.asked[path].key)
            for path, call in self.calls.items()
            if call.trainable_params
        }
        missing = {self.asked[path].key: self.asked[path] for path in keys if keys[path] not in self.known}
        if missing:
            self._ask(missing.values(), trained)
        found = [_of(KnownSlots, self.known.get(key)) for key in keys.values()]
        return None if None in found else sum(one.memory for one in found if one is not None)

    def _compiled(self) -> KnownCompile | None:
        from modelspec.compiler.layerwise.asking import ask_compile

        compiled = dict(self.checked.resolved.compile or {})
        read = dict.fromkeys(end.call for end in _tensors(self.graph.outputs))
        names = {path: self.names[path] for path in read}
        if not any(_mentions(compiled, name) for name in names.values()):
            names = {path: f"end{number}" for number, path in enumerate(read)}
        outputs = _renamed(self.graph.outputs, names)
        ends = {names[path]: self.specs[path] for path in read}
        key = key_of(
            "compile",
            settings_of(self.checked),
            compiled,
            self.graph.cls,
            _json(outputs),
            [[name, spec.shape, spec.dtype] for name, spec in ends.items()],
        )
        if key not in self.known:
            found = ask_compile(tuple(ends.items()), outputs, self.checked, self.options)
            self.known.put(key, found)
        return _of(KnownCompile, self.known.get(key))

    def _ask(self, asked: Iterable[Asked], trained: Trained | None) -> None:
        from modelspec.compiler.layerwise.asking import ask

        found = ask(tuple(asked), self.checked, self.options, trained=trained)
        for key, told in found.items():
            self.known.put(key, told.call if told is not None else None)
            if told is not None:
                for spec, entry in told.inputs:
                    self.known.put(_input_key(spec), entry)
            if trained is not None:
                self.known.put(_slots_key(trained, key), told.slots if told is not None else None)

    def _told(self, kept: int, compiled: str | None) -> Told | None:
        """All of it together.

        Args:
            kept: bytes of the optimizer's variables.
            compiled: see `Told`.
        """
        rows = sorted(
            (path, below, shape, dtype)
            for path, call in self.calls.items()
            for below, shape, dtype in call.variables
        )
        exact, levelled = self._hashes()
        return Told(
            params=sum(call.params for call in self.calls.values()),
            trainable_params=sum(call.trainable_params for call in self.calls.values()),
            layers=len(self.calls),
            memory=kept + bytes_of(rows),
            output_shape=_shapes(self.graph.outputs, self.specs),
            exact=exact,
            levelled=levelled,
            compile=compiled,
            variables=hash_of(rows),
        )

    def _hashes(self) -> tuple[str, str]:
        """The hashes of the architecture, as it is and levelled."""
        graph = self._architecture()
        level = {node.name: node for node in self._levelled()}
        if not level:
            exact, levelled = exact_of(graph, LEVEL_NAME)
            return exact, levelled
        nodes = tuple(level.get(node.name, node) for node in graph.nodes)
        return exact_of(graph)[0], exact_of(replace(graph, name=LEVEL_NAME, nodes=nodes))[0]

    def _architecture(self) -> architecture.Graph:
        """The model as `read_architecture` would have it of its config."""
        names = self.names
        nodes = {}
        for entry in self.graph.inputs:
            known = _of(KnownInput, self.known.get(_input_key(_spec_of(entry))))
            assert known is not None
            nodes[entry.called] = architecture.Node(entry.called, "input", _INPUT, known.said)
        for path, known_call in self.calls.items():
            nodes[names[path]] = self._node(path, known_call, known_call.said)
        ends = {names[path]: call.index for path, call in self.calls.items()}
        inputs_as = _refer(_renamed(self.graph.inputs_as, names), {})
        outputs = _refer(_renamed(self.graph.outputs, names), ends)
        return architecture.Graph(
            name=self.graph.name,
            cls=str(self.graph.cls),
            arguments={},
            nodes=in_order(nodes, inputs_as, outputs),
            inputs_as=inputs_as,
            outputs=outputs,
        )

    def _levelled(self) -> Iterator[architecture.Node]:
        """The nodes that are others with whole numbers as integers."""
        for entry in self.graph.inputs:
            known = _of(KnownInput, self.known.get(_input_key(_spec_of(entry))))
            if known is not None and not same(known.said, known.levelled):
                yield architecture.Node(entry.called, "input", _INPUT, known.levelled)
        for path, call in self.calls.items():
            if not call.level:
                yield self._node(path, call, call.levelled)

    def _node(self, path: str, known: KnownCall, said: Said) -> architecture.Node:
        given = [
            architecture.Tensor(self.names[name], 0, self.calls[name].index if name in self.calls else ())
            for name in self.reads[path]
        ]
        tensors = {key: _filled(value, given) for key, value in known.tensors.items()}
        return architecture.Node(
            self.names[path],
            "layer",
            known.cls,
            said.arguments,
            (architecture.Call(tensors, said.call),),
            dtype=said.dtype,
            trainable=known.trainable,
        )


_INPUT = "keras.layers.InputLayer"


def bytes_of(rows: Iterable[Row]) -> int:
    """What variables take."""
    return sum(math.prod(shape) * ITEM_SIZES.get(dtype, 0) for _, _, shape, dtype in rows)


def _of(kind: type[T], value: Known | None) -> T | None:
    return value if isinstance(value, kind) else None


def _spec_of(entry: Input) -> Spec:
    shape = entry.batch_shape if entry.batch_shape is not None else (None, *(entry.shape or ()))
    return Spec(shape, entry.dtype or "float32")


def _input_key(spec: Spec) -> str:
    return key_of("input", spec.shape, spec.dtype)


def _slots_key(trained: Trained, key: str) -> str:
    return key_of("slots", trained.key, key)


def _read(call: Call) -> tuple[str, ...]:
    """What the tensors of a call are given by."""
    return tuple(leaf.call for leaf in references_in(call) if isinstance(leaf, Tensor))


def _tensors(structure: TensorStructure) -> list[Tensor]:
    match structure:
        case Tensor():
            return [structure]
        case TensorList(items=items):
            return [found for item in items for found in _tensors(item)]
        case TensorMap(items=entries):
            return [found for _, item in entries for found in _tensors(item)]
        case _:
            return []


def _renamed(structure: TensorStructure, names: Mapping[str, str]) -> TensorStructure:
    """A structure of whole tensors by the names of Keras."""
    match structure:
        case Tensor(call=call):
            return Tensor(names[call], (), structure.origin)
        case TensorList(items=items):
            return TensorList(tuple(_renamed(item, names) for item in items))
        case TensorMap(items=entries):
            return TensorMap(tuple((key, _renamed(item, names)) for key, item in entries))
        case _:
            return structure


def _json(structure: TensorStructure) -> Json:
    match structure:
        case Tensor(call=call):
            return call
        case TensorList(items=items):
            return [_json(item) for item in items]
        case TensorMap(items=entries):
            return {key: _json(item) for key, item in entries}
        case _:
            raise TypeError(type(structure).__name__)


def _refer(structure: TensorStructure, index: Mapping[str, tuple[int | str, ...]]) -> architecture.Structure:
    match structure:
        case Tensor(call=call):
            return architecture.Tensor(call, 0, index.get(call, ()))
        case TensorList(items=items):
            return [_refer(item, index) for item in items]
        case TensorMap(items=entries):
            return {key: _refer(item, index) for key, item in entries}
        case _:
            raise TypeError(type(structure).__name__)


def _mentions(value: Json, name: str) -> bool:
    """Whether a key or text anywhere in a value is a name."""
    match value:
        case dict():
            return name in value or any(_mentions(item, name) for item in value.values())
        case list() | tuple():
            return any(_mentions(item, name) for item in value)
        case _:
            return bool(value == name)


def _shapes(structure: TensorStructure, specs: Mapping[str, Spec]) -> Json:
    match structure:
        case Tensor(call=call):
            return list(specs[call].shape)
        case TensorList(items=items):
            return [_shapes(item, specs) for item in items]
        case TensorMap(items=entries):
            return {key: _shapes(item, specs) for key, item in entries}
        case _:
            raise TypeError(type(structure).__name__)


def _filled(template: Json, given: list[architecture.Tensor]) -> architecture.Structure:
    match template:
        case int():
            return given[template]
        case dict():
            return {key: _filled(item, given) for key, item in template.items()}
        case _:
            return [_filled(item, given) for item in template]
