"""Small programs made by hand, each value placed where its text stands in a small document."""

from __future__ import annotations

from dataclasses import dataclass, field

from modelspec.catalog.load import load_catalog
from modelspec.catalog.lookup import Catalog
from modelspec.catalog.resolve import resolve_program
from modelspec.catalog.resolved import Resolved
from modelspec.diagnostics import Diagnostic, Place, Report, Source
from modelspec.graph.model import (
    Call,
    Graph,
    Layer,
    MadeLayer,
    OpLayer,
    Program,
    SubModel,
    Tensor,
    TensorList,
)
from modelspec.language.closed import Body, ClosedModel, ClosedSpec, Name
from modelspec.language.values import Field, Fields, Items, KerasDict, Object, Origin, Plain, Value
from modelspec.language.words import is_class_key

CATALOG = load_catalog("3.15.1")


@dataclass
class Page:
    """A document's text, on which keys and values are found one after another."""

    text: str
    position: int = 0
    source: Source = field(init=False)

    def __post_init__(self) -> None:
        self.source = Source("model.yaml", self.text)

    def place(self, token: str) -> Place:
        start = self.text.find(token, self.position)
        if start < 0:
            return Place(self.source, 0, 0)
        self.position = start + len(token)
        return Place(self.source, start, self.position)

    def origin(self, token: str) -> Origin:
        return Origin(self.place(token))

    def value(self, data: object) -> Value:
        match data:
            case dict() if set(data) == {"$literal"}:
                inner = self.fields(data["$literal"])
                return Fields(inner, Origin(self.place("")), literal=True)
            case dict() if "class_name" in data and "config" in data:
                return KerasDict(data, self.origin("class_name"))
            case dict() if len(data) == 1 and is_class_key(next(iter(data))):
                return self.object(data)
            case dict():
                return Fields(self.fields(data), Origin(self.place("")))
            case list():
                return Items(tuple(self.value(item) for item in data), Origin(self.place("")))
            case None | bool():
                return Plain(data, self.origin({None: "null", True: "true", False: "false"}[data]))
            case _:
                return Plain(data, self.origin(str(data)))

    def object(self, data: dict[str, object]) -> Object:
        ((cls, args),) = data.items()
        origin = self.origin(cls)
        return Object(cls, self.fields(args or {}), origin, written_bare=args is None)

    def fields(self, data: dict[str, object]) -> tuple[Field, ...]:
        made = []
        for name, value in data.items():
            place = self.place(name)
            made.append(Field(name, self.value(value), place))
        return tuple(made)


@dataclass
class Outcome:
    """What resolving has given, and what was said."""

    resolved: Resolved | None
    diagnostics: list[Diagnostic]

    @property
    def codes(self) -> list[str]:
        return [found.code for found in self.diagnostics]

    @property
    def only(self) -> Diagnostic:
        assert len(self.diagnostics) == 1, self.diagnostics
        return self.diagnostics[0]

    def config(self, path: str = "layer") -> dict[str, object]:
        assert self.resolved is not None, self.diagnostics
        return self.resolved.layers["main"][path].data["config"]


def place_text(found: Diagnostic) -> str:
    """The text a diagnostic points at."""
    assert found.place is not None
    return found.place.source.text[found.place.start : found.place.end]


def layer_of(page: Page, item: dict[str, object], path: str = "layer", **words: object) -> Layer:
    """A layer of an item; `{"ops.add": {…}}` is an operation, `{"class_name": …}` a Keras dict."""
    key = next(iter(item))
    origin = Origin(page.place("")) if "class_name" in item else None
    if key.startswith("ops."):
        origin = page.origin(key)
        kind = OpLayer(key.removeprefix("ops."), page.fields(item[key] or {}))
    elif origin is not None:
        kind = MadeLayer(KerasDict(item, origin))
    else:
        written = page.object(item)
        kind, origin = MadeLayer(written), written.origin
    return Layer(path, path, kind, origin, **words)


def tensor(name: str = "x") -> Tensor:
    return Tensor(name, (), Origin(Place(Source("model.yaml", ""), 0, 0)))


def tensors(count: int) -> TensorList:
    return TensorList(tuple(tensor() for _ in range(count)))


def program_of(
    page: Page,
    layers: list[Layer],
    calls: list[Call] | None = None,
    *,
    models: tuple[str, ...] = (),
    defaults: dict[str, dict[str, object]] | None = None,
    use: tuple[str, ...] = (),
    compile: dict[str, object] | None = None,
    output_names: tuple[tuple[str, str], ...] = (),
    dtype: object = None,
) -> Program:
    nowhere = Origin(Place(page.source, 0, 0))
    if calls is None:
        calls = [Call(layer.path, layer.path, tensor(), layer.origin) for layer in layers]
    graph = Graph(
        "main",
        "main",
        "Functional",
        (),
        tensor(),
        tuple(layers),
        tuple(calls),
        tensor(),
        nowhere,
        output_names,
    )
    closed = tuple(
        ClosedModel(key, Name(key, nowhere), "Functional", nowhere, body=Body((), None, nowhere))
        for key in models
    )
    spec = ClosedSpec(
        ClosedModel("main", Name("main", nowhere), "Functional", nowhere),
        closed,
        nowhere,
        defaults=tuple(
            (Name(cls, page.origin(cls)), page.fields(arguments))
            for cls, arguments in (defaults or {}).items()
        ),
        use=tuple(Plain(name, page.origin(name)) for name in use),
        dtype=page.value(dtype) if dtype is not None else None,
        compile=Fields(page.fields(compile), nowhere) if compile is not None else None,
    )
    return Program(spec, graph, ())


def resolve(program: Program, catalog: Catalog = CATALOG) -> Outcome:
    report = Report()
    return Outcome(resolve_program(program, catalog, report), report.diagnostics)


def resolve_item(text: str, item: dict[str, object], *, needs_call: bool = False, **rest: object) -> Outcome:
    """Resolve one item alone; its call is left out unless asked for."""
    page = Page(text)
    defaults = rest.pop("defaults", None)
    written = {} if defaults is None else {"defaults": defaults}
    if defaults is not None:
        # Defaults stand above the layers in a document.
        program_of(page, [], defaults=defaults)
        page.position = text.find("layers") if "layers" in text else 0
    layer = layer_of(page, item)
    if written:
        page.position = 0
    return resolve(program_of(page, [layer], None if needs_call else [], **written, **rest))


__all__ = [
    "CATALOG",
    "Outcome",
    "Page",
    "SubModel",
    "layer_of",
    "place_text",
    "program_of",
    "resolve",
    "resolve_item",
    "tensor",
    "tensors",
]
