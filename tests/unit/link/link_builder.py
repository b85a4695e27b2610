"""Resolved programs by hand: from a few words, or from a model of Keras taken apart."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, field, replace

from modelspec.catalog.resolved import KerasObject, KerasOp, Resolved
from modelspec.diagnostics import Place, Source
from modelspec.graph.model import (
    Call,
    ConstantTensor,
    Graph,
    Layer,
    MadeLayer,
    OpLayer,
    Program,
    SliceLayer,
    SubModel,
    Tensor,
    TensorList,
    TensorMap,
    WholeModel,
)
from modelspec.language.closed import ClosedModel, ClosedSpec, Input, Name, Weights
from modelspec.language.values import KerasDict, Origin, Plain


@dataclass
class Lines:
    """A text in which each place asked for is a line of its own."""

    source: Source = field(
        default_factory=lambda: Source("model.yaml", "\n".join(f"line {n}" for n in range(1, 400)))
    )
    used: int = 0

    def next(self) -> Origin:
        start = self.source.line_starts[self.used % len(self.source.line_starts)]
        self.used += 1
        return Origin(Place(self.source, start, start + 4))


def ref(text, origin):
    """`lstm.1` as a tensor; lists and dicts of them as structures."""
    match text:
        case str():
            call, *steps = text.split(".")
            return Tensor(call, tuple(int(step) if step.isdigit() else step for step in steps), origin)
        case list():
            return TensorList(tuple(ref(item, origin) for item in text))
        case dict():
            return TensorMap(tuple((key, ref(item, origin)) for key, item in text.items()))
        case _:
            return text


class GraphBuilder:
    """A graph and what the catalog resolves of it.

    Args:
        key: of the model; empty for the main one.
        inputs: name to shape, or to a mapping of what an input may say.
    """

    def __init__(self, key="", *, inputs, name=None, cls="Functional", lines=None, inputs_as=None):
        self.key, self.name, self.cls = key, name or key or "main", cls
        self.lines = lines or Lines()
        self.inputs = tuple(self._input(name, said) for name, said in inputs.items())
        self.inputs_as = inputs_as
        self.layers, self.calls, self.made = {}, [], {}
        self.call_arguments, self.dtypes = {}, {}
        self.trainable = None
        self.last = next(iter(inputs))

    def _input(self, name, said):
        given = {"shape": tuple(said)} if isinstance(said, list) else dict(said)
        return Input(name, self.lines.next(), **given)

    def layer(self, name, data, feed=None, *, call=None, trainable=None, dtype=None, tensors=(), path=None):
        """An item with a layer; `data` is a class name with `config`, or a whole dict."""
        origin = self.lines.next()
        arguments = {key: self.lines.next() for key in data["config"]}
        made = KerasObject(data, origin, arguments)
        path = path or name
        kind = MadeLayer(KerasDict(data, origin))
        said = None if trainable is None else Plain(trainable, origin)
        self.layers[path] = Layer(path, name, kind, origin, True, said)
        self.made[path] = made
        if dtype is not None:
            self.dtypes[path] = dtype
        return self.again(path, feed, path=path, call=call, tensors=tensors, origin=origin)

    def op(self, name, function, feed=None, *, parameters, takes_sequence=False, **arguments):
        origin = self.lines.next()
        self.layers[name] = Layer(name, name, OpLayer(function, ()), origin)
        self.made[name] = KerasOp(function, arguments, parameters, takes_sequence, origin)
        return self.again(name, feed, path=name, origin=origin)

    def slice(self, name, key, feed=None):
        origin = self.lines.next()
        self.layers[name] = Layer(name, name, SliceLayer(key), origin)
        return self.again(name, feed, path=name, origin=origin)

    def model(self, key, feed=None, *, path, trainable=None):
        origin = self.lines.next()
        said = None if trainable is None else Plain(trainable, origin)
        self.layers.setdefault(key, Layer(key, key, SubModel(key), origin, True, said))
        return self.again(key, feed, path=path, origin=origin)

    def again(self, layer, feed=None, *, path, call=None, tensors=(), origin=None):
        origin = origin or self.lines.next()
        feed = self.last if feed is None else feed
        if isinstance(feed, tuple):
            inputs = tuple((name, ref(item, origin)) for name, item in feed)
        else:
            inputs = ref(feed, origin)
        kwargs = tuple((name, ref(item, origin), origin.place) for name, item in tensors)
        self.calls.append(Call(path, layer, inputs, origin, kwargs))
        if call:
            self.call_arguments[path] = call
        self.last = path
        return path

    def graph(self, outputs=None):
        origin = self.lines.next()
        names = [entry.name for entry in self.inputs]
        inputs_as = self.inputs_as if self.inputs_as is not None else (names[0] if len(names) == 1 else names)
        return Graph(
            self.key,
            self.name,
            self.cls,
            self.inputs,
            ref(inputs_as, origin),
            tuple(self.layers.values()),
            tuple(self.calls),
            ref(outputs if outputs is not None else self.last, origin),
            origin,
            trainable=self.trainable,
        )


def resolve(
    main, *others, outputs=None, compile=None, dtype=None, data_format="channels_last", nested=None, seed=0
):
    """The resolved program of builders; each of `others` is a builder, a pair of one and its outputs, or a
    whole.
    """
    lines = main.lines if isinstance(main, GraphBuilder) else Lines()
    origin = lines.next()
    models, wholes, builders = [], {}, [main] if isinstance(main, GraphBuilder) else []
    for other in others:
        builder, wanted = other if isinstance(other, tuple) else (other, None)
        if isinstance(builder, GraphBuilder):
            models.append(builder.graph(wanted))
            builders.append(builder)
        else:
            models.append(builder)
            if wanted is not None:  # an archive's own config is not the document's
                wholes[builder.key] = KerasObject(wanted, origin, {}, verbatim=True)
    if isinstance(main, GraphBuilder):
        graph = main.graph(outputs)
    else:
        graph, data = main
        wholes[graph.key] = KerasObject(data, origin, {}, verbatim=True)
    closed = ClosedModel("", Name("main", origin), "Functional", origin)
    spec = ClosedSpec(closed, (), origin, data_format=data_format, weights=Weights(seed))
    program = Program(spec, graph, tuple(models), ())
    return Resolved(
        program=program,
        layers={builder.key: builder.made for builder in builders},
        wholes=wholes,
        classes={},
        calls={builder.key: builder.call_arguments for builder in builders},
        dtypes={builder.key: builder.dtypes for builder in builders},
        model_dtypes={"": dtype} if dtype is not None else {},
        compile=compile,
        compile_arguments={key: lines.next() for key in compile or {}},
        nested=nested or {},
    )


def keras_layer(class_name, module="keras.layers", **config):
    """The serialization dict of a layer of Keras."""
    return {"module": module, "class_name": class_name, "config": config, "registered_name": None}


def whole(key, data, *, inputs=None, name=None, archive=None):
    """A model that is one object, with its dict."""
    lines = Lines()
    entries = tuple(Input(n, lines.next(), shape=tuple(shape)) for n, shape in (inputs or {}).items())
    names = [entry.name for entry in entries]
    structure = None
    if names:
        structure = ref(names[0] if len(names) == 1 else names, lines.next())
    model = WholeModel(key, name or key, lines.next(), entries, structure, archive=archive)
    return model, data


def taken_apart(twin):
    """A Functional or Sequential model of Keras as a resolved program, nested models as models."""
    models = []
    main = _apart(twin, "", models, Lines())
    program = resolve(main[0], *models, outputs=main[1])
    graph = replace(program.program.main, name=twin.name)
    return replace(program, program=replace(program.program, main=graph))


def _apart(model, key, models, lines):
    import keras

    from modelspec.link import private

    if isinstance(model, keras.Sequential):
        return _chain(model, key, models, lines)
    config = model.get_config()
    for end in private.bare_ends(model):
        if len(config[end]) == 1:  # as releases before 3.11 write one tensor
            (config[end],) = config[end]
    entries = {}
    for data in config["layers"]:
        if data["class_name"] == "InputLayer":
            entries[data["name"]] = {
                k: v for k, v in data["config"].items() if k != "name" and v not in (None, False)
            }
            entries[data["name"]]["batch_shape"] = tuple(data["config"]["batch_shape"])
    structure = _structure(config["input_layers"])
    builder = GraphBuilder(key, inputs=entries, name=model.name, lines=lines, inputs_as=structure)
    operations = {operation.name: operation for operation in model.operations}
    waiting = [
        (data, number, node) for data in config["layers"] for number, node in enumerate(data["inbound_nodes"])
    ]
    done = dict.fromkeys(entries)
    while waiting:
        later = []
        for data, number, node in waiting:
            if not _needs(node) <= done.keys() or (number and _path(data["name"], number - 1) not in done):
                later.append((data, number, node))
                continue
            _call(builder, data, number, node, operations, models, lines)
            done[_path(data["name"], number)] = None
        assert len(later) < len(waiting), "a circle"
        waiting = later
    return builder, _structure(config["output_layers"], operations)


def _chain(model, key, models, lines):
    import keras

    first, *rest = model._layers
    entries = {first.name: {"batch_shape": tuple(first.batch_shape), "dtype": first.dtype}}
    builder = GraphBuilder(key, inputs=entries, name=model.name, cls="Sequential", lines=lines)
    for layer in rest:
        data = keras.saving.serialize_keras_object(layer)
        _call(builder, {**data, "name": layer.name}, 0, None, {layer.name: layer}, models, lines)
    return builder, None


def _call(builder, data, number, node, operations, models, lines):
    import keras

    name = data["name"]
    path = _path(name, number)
    arguments, tensors, feed = {}, (), None
    if node is not None:
        feed, arguments, tensors = _feed(node, operations[name], operations)
    if isinstance(operations[name], keras.Model):
        if name not in builder.layers:
            models.append(_apart(operations[name], name, models, lines))
        builder.model(name, feed, path=path)
    elif number:
        builder.again(name, feed, path=path, call=arguments, tensors=tensors)
    else:
        config = {k: v for k, v in data["config"].items() if k != "name"}
        made = {k: v for k, v in data.items() if k in ("module", "class_name", "registered_name")}
        if data["class_name"] == "GetItem":
            builder.slice(name, _key(node["args"][1]), _tensor(node["args"][0], operations))
            return
        if data["class_name"] == "Einsum":
            builder.op(
                name, "einsum", feed, parameters=("subscripts", "operands"), subscripts=config["subscripts"]
            )
            return
        if (
            made["module"].startswith("keras.src.ops")
            and node is not None
            and len(node["args"]) > 1
            and any(isinstance(arg, int | float) for arg in node["args"])
        ):
            builder.op(
                name,
                data["class_name"].lower(),
                _constants(node["args"], operations),
                parameters=("x1", "x2"),
            )
            return
        builder.layer(name, made | {"config": config}, feed, call=arguments, tensors=tensors)


def _feed(node, operation, operations):
    args = [_tensor(item, operations) for item in node["args"]]
    tensors, arguments = [], {}
    for name, value in node["kwargs"].items():
        found = _tensor(value, operations)
        if isinstance(found, str):
            tensors.append((name, found))
        else:
            arguments[name] = value
    if len(args) > 1 and not any(
        p.kind is p.VAR_POSITIONAL for p in inspect.signature(operation.call).parameters.values()
    ):
        names = [name for name in inspect.signature(operation.call).parameters if name != "self"]
        pairs = list(zip(names, args, strict=False))
        arguments |= {name: item for name, item in pairs if not _has_tensor(item)}
        return tuple((name, item) for name, item in pairs if _has_tensor(item)), arguments, tuple(tensors)
    return (args[0] if len(args) == 1 else args), arguments, tuple(tensors)


def _has_tensor(item):
    match item:
        case str():
            return True
        case list():
            return bool(item) and all(_has_tensor(part) for part in item)
        case _:
            return False


def _key(data):
    import keras

    found = keras.saving.deserialize_keras_object(data)
    return tuple(found) if isinstance(found, list) else (found,)


def _constants(args, operations):
    origin = Lines().next()
    found = [_tensor(arg, operations) for arg in args]
    return [item if isinstance(item, str) else ConstantTensor(Plain(item, origin), origin) for item in found]


def _tensor(item, operations):
    if isinstance(item, dict) and item.get("class_name") == "__keras_tensor__":
        return _name(item["config"]["keras_history"], operations)
    if isinstance(item, list | tuple):
        return [_tensor(part, operations) for part in item]
    if isinstance(item, dict) and "class_name" not in item:
        return {key: _tensor(part, operations) for key, part in item.items()}
    return item


def _name(history, operations, *, first=0):
    name, node, index = history
    operation = operations[name]
    call = _path(name, node - first)
    several = len(operation._inbound_nodes[-1].output_tensors) > 1
    return f"{call}.{index}" if several else call


def _path(name, number):
    return f"{name}@{number}" if number else name


def _needs(node):
    needed = set()

    def visit(item):
        if isinstance(item, dict):
            if item.get("class_name") == "__keras_tensor__":
                name, number, _ = item["config"]["keras_history"]
                needed.add(_path(name, number))
            else:
                for part in item.values():
                    visit(part)
        elif isinstance(item, list | tuple):
            for part in item:
                visit(part)

    visit(node)
    return needed


def _structure(given, operations=None):
    import keras

    if isinstance(given, list | tuple) and len(given) == 3 and isinstance(given[0], str):
        if operations is None:
            return given[0]
        # Only here does Keras count a Functional model's own first node.
        functional = isinstance(operations[given[0]], keras.src.models.Functional)
        return _name(given, operations, first=int(functional))
    if isinstance(given, dict):
        return {key: _structure(item, operations) for key, item in given.items()}
    return [_structure(item, operations) for item in given]
