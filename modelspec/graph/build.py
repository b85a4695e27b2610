"""Closed spec to program: every body flattened into layers and calls, every reference a tensor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from modelspec.diagnostics import Label, Report, nearest
from modelspec.graph.checks import check_chain, check_unused
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
    TensorStructure,
    WholeModel,
)
from modelspec.graph.names import KerasNames, Stem, check_given_names, given_name, joined_name, local_names
from modelspec.graph.references import read_reference
from modelspec.graph.scope import Node, Scope, look_up, select, tensors
from modelspec.language.closed import (
    BlockKind,
    Body,
    ClosedModel,
    ClosedSpec,
    Constant,
    Item,
    ModelKind,
    OpKind,
    Ref,
    RefList,
    RefMap,
    RefStructure,
    ReuseKind,
)
from modelspec.language.closed import LayerKind as ClosedLayerKind
from modelspec.language.values import Object, Origin, Plain, Value

Feed = TensorStructure | tuple[tuple[str, TensorStructure], ...]


def build_program(spec: ClosedSpec, stem: Stem, report: Report) -> Program | None:
    """The graphs of a document and of the models it nests; `None` where one cannot be built, reported.

    Args:
        stem: the automatic name of a class, as Keras would spell it (`Conv2D` -> `conv2d`).
    """
    build = _Build(spec, {model.key: model for model in spec.models}, stem, report)
    main = build.model(spec.model)
    for model in spec.models:
        if model.key not in build.done:
            build.model_of(model.key)
            report.add(
                "unused-model",
                f"model `{model.key}` is never used",
                model.origin.place,
                help="use it as an item, or take it out",
            )
    if main is None or any(model is None for model in build.done.values()):
        return None
    found = tuple(model for model in build.done.values() if model is not None)
    return Program(spec, main, found, tuple(build.nested.items()))


@dataclass(slots=True)
class _Build:
    """The models of one document while they are built; each once, in the order of need."""

    spec: ClosedSpec
    closed: Mapping[str, ClosedModel]
    stem: Stem
    report: Report
    done: dict[str, Graph | WholeModel | None] = field(default_factory=dict)
    nested: dict[str, Program] = field(default_factory=dict)
    under_way: list[str] = field(default_factory=list)

    def model_of(self, key: str) -> Graph | WholeModel | None:
        """The graph of a nested model."""
        if key in self.done:
            return self.done[key]
        self.under_way.append(key)
        built = self.model(self.closed[key])
        self.under_way.pop()
        self.done[key] = built
        return built

    def model(self, closed: ClosedModel) -> Graph | WholeModel | None:
        """The graph of one model."""
        if closed.spec is not None:
            program = build_program(closed.spec, self.stem, self.report)
            if program is None:
                return None
            self.nested[closed.key] = program
            return replace(program.main, key=closed.key, name=closed.name.text, origin=closed.origin)
        if closed.body is not None:
            return _GraphBuilder(self, closed, closed.body).build()
        inputs = _input_nodes(closed)
        return WholeModel(
            closed.key,
            closed.name.text,
            closed.origin,
            closed.inputs,
            _inputs_structure(closed, inputs, self.report) if closed.inputs else None,
            closed.object,
            closed.archive,
            closed.dtype,
        )


def _input_nodes(closed: ClosedModel) -> dict[str, Node]:
    return {entry.name: Node(Tensor(entry.name, (), entry.origin), entry.origin) for entry in closed.inputs}


def _inputs_structure(closed: ClosedModel, nodes: dict[str, Node], report: Report) -> TensorStructure | None:
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
            report.add("inputs-as", "`inputs_as` holds the names of inputs", given.origin.place)
            return None


@dataclass(frozen=True, slots=True)
class _Inherited:
    """What a block hands down to its layers."""

    trainable: Plain | None = None
    dtype: Value | None = None


@dataclass(slots=True)
class _GraphBuilder:
    """One model's graph while it is wired, in document order."""

    owner: _Build
    closed: ClosedModel
    body: Body
    names: KerasNames = field(default_factory=KerasNames)
    layers: dict[str, Layer] = field(default_factory=dict)
    calls: dict[str, Call] = field(default_factory=dict)
    calls_of: dict[str, str] = field(default_factory=dict)  # layer path -> path of its first call

    @property
    def report(self) -> Report:
        return self.owner.report

    def build(self) -> Graph:
        """The whole graph."""
        inputs = _input_nodes(self.closed)
        for entry in self.closed.inputs:
            self.names.claim(entry.name, entry.origin, self.report)
        structure = _inputs_structure(self.closed, inputs, self.report)
        scope = self._scope((), "", inputs, self.body)
        self._claim_written(self.body, scope)
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
            layers=tuple(self.layers.values()),
            calls=tuple(self.calls.values()),
            outputs=outputs,
            origin=self.closed.origin,
            output_names=self._output_names(outputs),
            dtype=self.closed.dtype,
            trainable=self.closed.trainable,
        )
        if graph.cls == "Sequential" and not self.report.has_errors:
            check_chain(graph, self.report)
        if not self.report.has_errors:  # what a mistake left unread is no second mistake
            check_unused(graph, self.report)
        return graph

    # --- names ---------------------------------------------------------------------------------------

    def _scope(self, path: tuple[str, ...], prefix: str, inputs: dict[str, Node], body: Body) -> Scope:
        names = local_names(body.items, () if path else inputs, self.owner.stem)
        later: dict[str, Item] = {}
        for name, item in zip(names, body.items, strict=True):
            if name in later and item.name is not None:
                self._report_same_name(name, later[name], item)
            later[name] = item
        for item in body.items:
            if item.alias:
                later[item.alias] = item
        return Scope(path, prefix, inputs, later)

    def _report_same_name(self, name: str, first: Item, second: Item) -> None:
        assert second.name is not None
        first_place = (first.name.origin if first.name else first.origin).place
        self.report.add(
            "duplicate-name",
            f"two items are named `{name}`",
            second.name.origin.place,
            help="rename one of the two",
            frames=second.origin.frames,
            labels=(Label(first_place, "the first is written here"),)
            if first_place != second.name.origin.place
            else (),
        )

    def _claim_written(self, body: Body, scope: Scope) -> None:
        """Take all written names of the model before any automatic one is given out."""
        names = local_names(body.items, () if scope.path else scope.inputs, self.owner.stem)
        for position, (name, item) in enumerate(zip(names, body.items, strict=True)):
            match item.kind:
                case _ if item.name is not None and name in names[:position]:
                    continue  # reported where the scope is made
                case BlockKind():
                    inner = Scope((*scope.path, name), self._inner_prefix(scope, item, name), {}, {})
                    self._claim_written(item.kind.body, inner)
                case ClosedLayerKind() | OpKind():
                    check_given_names(item, self.report)
                    if (written := self._written_name(item, scope)) and written != "/":
                        origin = item.name.origin if item.name else item.origin
                        self._check_start(written, item)
                        self.names.claim(written, origin, self.report)

    def _written_name(self, item: Item, scope: Scope) -> str | None:
        name = given_name(item)
        if name is None:
            return None
        if name.text == "/":
            return "/"
        if name.text.startswith("/"):
            return name.text[1:]
        return joined_name(scope.prefix, name.text)

    def _inner_prefix(self, scope: Scope, item: Item, name: str) -> str:
        assert isinstance(item.kind, BlockKind)
        if item.kind.scope_root:
            return ""
        if item.name is not None and item.name.text.startswith("/"):
            return name
        return joined_name(scope.prefix, name)

    def _check_start(self, name: str, item: Item) -> None:
        if name and not (name[0].isalpha() and name[0].isascii()):
            origin = item.name.origin if item.name else item.origin
            self.report.add(
                "bad-name",
                f"the layer's name `{name}` does not start with a letter",
                origin.place,
                help=f"call it `x{name}`, or give the block around it a name",
                frames=origin.frames,
            )

    def _keras_name(self, item: Item, scope: Scope, stem: str) -> tuple[str, bool]:
        written = self._written_name(item, scope)
        if written is not None and written != "/":
            return written, True
        prefix = "" if written == "/" else scope.prefix
        return self.names.next(joined_name(prefix, stem), item.origin), False

    # --- wiring --------------------------------------------------------------------------------------

    def _wire(self, body: Body, scope: Scope, inherited: _Inherited) -> Node:
        """Wire a body's items in order; what it gives."""
        names = local_names(body.items, () if scope.path else scope.inputs, self.owner.stem)
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
        structure = self._resolve(body.outputs, scope, constants=False)
        return Node(structure, body.origin, broken=structure is None)

    def _identity_of(self, scope: Scope, body: Body) -> Node:
        if scope.path and len(scope.inputs) == 1:
            return next(iter(scope.inputs.values()))
        if not self.report.has_errors:  # the layers may be what is wrong
            self.report.add(
                "no-layers", "there are no layers here", body.origin.place, frames=body.origin.frames
            )
        return Node(None, body.origin, broken=True)

    def _item(self, item: Item, name: str, scope: Scope, inherited: _Inherited) -> Node:
        if item.broken:
            return Node(None, item.origin, broken=True)
        if item.absent:
            return self._absent(item, scope)
        match item.kind:
            case BlockKind():
                return self._block(item, item.kind, name, scope, inherited)
            case ModelKind():
                return self._submodel(item, item.kind.key, name, scope)
            case ReuseKind():
                return self._reuse(item, item.kind.target, name, scope)
            case OpKind():
                return self._op(item, item.kind, name, scope)
            case ClosedLayerKind():
                return self._layer(item, item.kind, name, scope, inherited)
            case None:
                return Node(None, item.origin, broken=True)

    def _absent(self, item: Item, scope: Scope) -> Node:
        """An absent item stands for its one input, or for `prev` where it reads that among several."""
        if item.unreadable:
            return Node(None, item.origin)
        reads = item.reads
        if isinstance(reads, RefMap):
            reads = RefList(tuple(field.value for field in reads.fields), reads.origin)
        if isinstance(reads, RefList):
            if len(reads.items) == 1:
                reads = reads.items[0]
            else:
                previous = [ref for ref in reads.items if isinstance(ref, Ref) and ref.text.strip() == "prev"]
                if not previous:
                    return Node(None, item.origin)
                reads = previous[0]
        if (
            isinstance(reads, Ref)
            and (reference := read_reference(reads.text))
            and not isinstance(reference, str)
        ):
            node = look_up(reference, reads, scope, self.report)
            if node is not None and not reference.index and reference.slices is None:
                return node
        structure = self._feed_structure(item, reads, scope)
        return Node(structure, item.origin, broken=structure is None)

    def _layer(
        self, item: Item, kind: ClosedLayerKind, name: str, scope: Scope, inherited: _Inherited
    ) -> Node:
        stem = self.owner.stem(
            kind.object.cls if isinstance(kind.object, Object) else str(kind.object.data.get("class_name"))
        )
        keras_name, named = self._keras_name(item, scope, stem)
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
        keras_name, named = self._keras_name(item, scope, self.owner.stem(f"ops.{kind.op}"))
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
        if key in self.owner.under_way or (
            key == self.closed.key and self.closed is not self.owner.spec.model
        ):
            chain = " → ".join(f"`{step}`" for step in (*self.owner.under_way, key))
            self.report.add(
                "model-recursion",
                f"model `{key}` stands inside itself: {chain}",
                item.origin.place,
                help="a model cannot use itself",
                frames=item.origin.frames,
            )
            return Node(None, item.origin, broken=True)
        model = self.owner.model_of(key)
        if model is None:
            return Node(None, item.origin, broken=True)
        first = key not in self.layers
        if not first:
            self._refuse_words(item, f"`{key}` is the same model at every use")
        else:
            keras_name = model.name or key
            if not isinstance(model, WholeModel) or model.archive is None:
                self.names.claim(keras_name, self.owner.closed[key].name.origin, self.report)
            self.layers[key] = Layer(
                key, keras_name, SubModel(key), item.origin, True, item.trainable, item.dtype
            )
        feed = self._feed(item, scope)
        if feed is None:
            return Node(None, item.origin, broken=True)
        arranged = self._arrange(feed, model, item)
        if arranged is None:
            return Node(None, item.origin, broken=True)
        return self._record(item, scope.child_path(name), key, arranged, scope)

    def _arrange(self, feed: Feed, model: Graph | WholeModel, item: Item) -> Feed | None:
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
            self.report.add(
                "unknown-input",
                f"model `{model.key}` has no input `{name}`",
                (item.reads or item).origin.place,
                help=f"did you mean `{near}`?" if near else f"its inputs are {', '.join(names)}",
                frames=item.origin.frames,
            )
        if missing and not unknown:
            self.report.add(
                "unknown-input",
                f"model `{model.key}` also needs its input `{missing[0]}`",
                (item.reads or item).origin.place,
                frames=item.origin.frames,
            )
        return None if unknown or missing else _filled(structure, given)

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
        feed = self._feed(item, scope)
        if feed is None:
            return Node(None, item.origin, broken=True)
        kind = self.layers[node.layer].kind
        if isinstance(kind, SubModel):
            model = self.owner.model_of(kind.key)
            arranged = self._arrange(feed, model, item) if model is not None else None
            if arranged is None:
                return Node(None, item.origin, broken=True)
            feed = arranged
        return self._record(item, scope.child_path(name), node.layer, feed, scope)

    def _block(self, item: Item, kind: BlockKind, name: str, scope: Scope, inherited: _Inherited) -> Node:
        inputs = self._block_inputs(item, kind, scope)
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
        inner = self._scope((*scope.path, name), self._inner_prefix(scope, item, name), inputs, kind.body)
        handed = _Inherited(item.trainable or inherited.trainable, item.dtype or inherited.dtype)
        result = self._wire(kind.body, inner, handed)
        return replace(result, origin=item.origin, inner=inner.nodes, layer=None)

    def _block_inputs(self, item: Item, kind: BlockKind, scope: Scope) -> dict[str, Node] | None:
        feed = self._feed(item, scope)
        if feed is None:
            return None
        if isinstance(feed, tuple):
            given = dict(feed)
        elif isinstance(feed, TensorList) and (len(kind.inputs) > 1 or isinstance(item.reads, RefList)):
            if len(feed.items) == len(kind.inputs):
                given = dict(zip(kind.inputs, feed.items, strict=True))
            elif len(kind.inputs) == 1:
                given = {kind.inputs[0]: feed}
            else:
                self._report_inputs(item, kind, f"is given {len(feed.items)}")
                return None
        elif isinstance(feed, TensorMap) and len(kind.inputs) > 1:
            given = dict(feed.items)
        elif len(kind.inputs) == 1:
            given = {kind.inputs[0]: feed}
        else:
            self._report_inputs(item, kind, "is given one")
            return None
        for name in given:
            if name not in kind.inputs:
                near = nearest(name, kind.inputs)
                self.report.add(
                    "unknown-input",
                    f"block `{kind.block}` has no input `{name}`",
                    (item.reads or item).origin.place,
                    help=f"did you mean `{near}`?" if near else f"its inputs are {', '.join(kind.inputs)}",
                    frames=item.origin.frames,
                )
                return None
        if len(given) < len(kind.inputs):
            missing = next(name for name in kind.inputs if name not in given)
            self._report_inputs(item, kind, f"lacks `{missing}`")
            return None
        return {name: Node(structure, item.origin) for name, structure in given.items()}

    def _report_inputs(self, item: Item, kind: BlockKind, what: str) -> None:
        self.report.add(
            "block-inputs",
            f"block `{kind.block}` has {len(kind.inputs)} inputs and {what}",
            (item.reads or item).origin.place,
            help=f"write `from: [{', '.join(kind.inputs)}]` with the names of tensors",
            frames=item.origin.frames,
        )

    # --- calls ---------------------------------------------------------------------------------------

    def _call(self, item: Item, layer: Layer, scope: Scope) -> Node:
        feed = self._feed(item, scope)
        self.layers[layer.path] = layer
        if feed is None:
            return Node(None, item.origin, broken=True, layer=layer.path)
        return self._record(item, layer.path, layer.path, feed, scope)

    def _record(self, item: Item, path: str, layer: str, feed: Feed, scope: Scope) -> Node:
        kwargs: list[tuple[str, Value | Tensor, object]] = []
        for field_ in item.call:
            if isinstance(field_.value, Ref):
                tensor = self._resolve(field_.value, scope, constants=False)
                if tensor is None:
                    continue
                if not isinstance(tensor, Tensor):
                    self.report.add(
                        "bad-reference",
                        f"`{field_.name}` takes one tensor",
                        field_.value.origin.place,
                        frames=item.origin.frames,
                    )
                    continue
                kwargs.append((field_.name, tensor, field_.place))
            else:
                kwargs.append((field_.name, field_.value, field_.place))
        self.calls[path] = Call(path, layer, feed, item.origin, tuple(kwargs))  # type: ignore[arg-type]
        self.calls_of.setdefault(layer, path)
        reusable = None if isinstance(self.layers[layer].kind, OpLayer | SliceLayer) else layer
        return Node(Tensor(path, (), item.origin), item.origin, layer=reusable)

    def _feed(self, item: Item, scope: Scope) -> Feed | None:
        """What an item reads: one structure, or a mapping of argument names."""
        reads = item.reads
        if isinstance(reads, RefMap):
            fields = [
                (entry.name, self._resolve(entry.value, scope, constants=isinstance(item.kind, OpKind)))
                for entry in reads.fields
            ]
            if any(structure is None for _, structure in fields):
                return None
            return tuple((name, structure) for name, structure in fields if structure is not None)
        return self._feed_structure(item, reads, scope)

    def _feed_structure(self, item: Item, reads: RefStructure | None, scope: Scope) -> TensorStructure | None:
        if reads is not None:
            return self._resolve(reads, scope, constants=isinstance(item.kind, OpKind))
        node = scope.previous
        if node is None:
            if len(scope.inputs) == 1:
                node = next(iter(scope.inputs.values()))
            elif not scope.inputs and self.report.has_errors:  # the inputs may be what is wrong
                return None
            else:
                self.report.add(
                    "needs-from",
                    "the first item must say what it reads: there are several inputs"
                    if scope.inputs
                    else "the first item has nothing to read: there are no inputs",
                    item.origin.place,
                    help=f"write `from: {next(iter(scope.inputs))}`" if scope.inputs else "declare `inputs`",
                    frames=item.origin.frames,
                )
                return None
        if node.broken:
            return None
        return select(node, _PREVIOUS, Ref("prev", item.origin), self.report)

    def _resolve(self, given: RefStructure, scope: Scope, *, constants: bool) -> TensorStructure | None:
        match given:
            case Ref():
                return self._resolve_ref(given, scope)
            case Constant():
                if constants:
                    return ConstantTensor(given.value, given.origin)
                self.report.add(
                    "misplaced-constant",
                    "a constant can stand among the tensors of an operation only",
                    given.origin.place,
                    help="give a layer its constants as arguments",
                    frames=given.origin.frames,
                )
                return None
            case RefList():
                items = [self._resolve(item, scope, constants=constants) for item in given.items]
                return None if None in items else TensorList(tuple(i for i in items if i is not None))
            case RefMap():
                fields = [(f.name, self._resolve(f.value, scope, constants=constants)) for f in given.fields]
                if any(structure is None for _, structure in fields):
                    return None
                return TensorMap(tuple((name, s) for name, s in fields if s is not None))

    def _resolve_ref(self, ref: Ref, scope: Scope) -> TensorStructure | None:
        reference = read_reference(ref.text)
        if isinstance(reference, str):
            self.report.add("bad-reference", reference, ref.origin.place, frames=ref.origin.frames)
            return None
        node = look_up(reference, ref, scope, self.report)
        if node is None:
            return None
        structure = select(node, reference, ref, self.report)
        if structure is None or reference.slices is None:
            return structure
        if not isinstance(structure, Tensor):
            self.report.add(
                "bad-reference",
                f"`{'/'.join(reference.path)}` has several outputs, and a slice takes one tensor",
                ref.origin.place,
                help="choose one with a dot: `name.0[:, 0]`",
                frames=ref.origin.frames,
            )
            return None
        return self._slice(structure, reference.slices, ref.origin, scope)

    def _slice(self, tensor: Tensor, key: tuple[object, ...], origin: Origin, scope: Scope) -> Tensor:
        name = self.names.next(joined_name(scope.prefix, "get_item"), origin)
        count = 0
        path = scope.child_path("get_item")
        while path in self.layers or path.rpartition("/")[2] in scope.later:
            count += 1
            path = scope.child_path(f"get_item_{count}")
        self.layers[path] = Layer(path, name, SliceLayer(key), origin)
        self.calls[path] = Call(path, path, tensor, origin)
        return Tensor(path, (), origin)

    # --- outputs -------------------------------------------------------------------------------------

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
        call = self.calls.get(tensor.call)
        return self.layers[call.layer].name if call else tensor.call


_PREVIOUS = read_reference("prev")
assert not isinstance(_PREVIOUS, str)


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
