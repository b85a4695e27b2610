"""What names mean at a place of the document, and the evaluation of text that holds `$…`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from itertools import islice
from types import MappingProxyType

from modelspec.diagnostics import Frame, Place, Report
from modelspec.frozen import dataclass
from modelspec.language.expressions import ExpressionError, Name, Template, evaluate, parse_template
from modelspec.language.values import Items, Origin, Plain, Step, Unknown, Value, walk
from modelspec.source.tree import Scalar

# Values that one variable or parameter may hold, nested ones counted.
MAX_VALUES = 100_000


@dataclass(frozen=True, slots=True)
class Binding:
    """A name's value and what it is.

    Args:
        kind: ``variable``, ``parameter``, ``column``.
        of: what it belongs to, where that is not the document: ``block `stem` ``.
    """

    value: Value
    kind: str
    of: str = ""

    def called(self, name: str) -> str:
        """How messages speak of it."""
        return f"{self.kind} `{name}`" + (f" of {self.of}" if self.of else "")


@dataclass(frozen=True, slots=True)
class Scope:
    """The names that can be read at a place, and the frames that led there.

    Args:
        pending: the variables of a document while they are evaluated in order, those with a value included.
    """

    bindings: Mapping[str, Binding] = field(default_factory=lambda: MappingProxyType({}))
    frames: tuple[Frame, ...] = ()
    pending: frozenset[str] = frozenset()

    def bind(self, names: Mapping[str, Binding]) -> Scope:
        """This scope with more names; they hide those of the same spelling."""
        return Scope(MappingProxyType({**self.bindings, **names}), self.frames, self.pending)

    def entered(self, frame: Frame) -> Scope:
        """This scope one frame further in."""
        return Scope(self.bindings, (frame, *self.frames), self.pending)

    def origin(self, place: Place) -> Origin:
        """The origin of something written at `place` and expanded here."""
        return Origin(place, self.frames)


def check_size(value: Value, what: str, report: Report) -> Value:
    """The value, or `Unknown` where variables of variables have grown beyond the bound, reported."""
    if next(islice(walk(value), MAX_VALUES, None), None) is None:
        return value
    report.add(
        "too-large",
        f"{what} holds more than {MAX_VALUES:,} values",
        value.origin.place,
        help="build large lists where they are used, with `range` or `repeat`",
        frames=value.origin.frames,
    )
    return Unknown(value.origin)


def evaluate_scalar(scalar: Scalar, scope: Scope, report: Report) -> Value:
    """A scalar with its `$…` replaced; `Unknown` where that fails, which is reported."""
    origin = scope.origin(scalar.place)
    if not isinstance(scalar.value, str):
        return Plain(scalar.value, origin)
    return evaluate_text(scalar.value, origin, scope, report, quoted=not scalar.plain)


def evaluate_text(text: str, origin: Origin, scope: Scope, report: Report, *, quoted: bool = False) -> Value:
    """A text with its `$…` replaced; a text that is one `$…` takes the type and structure of its value."""
    if "$" not in text:
        return Plain(text, origin)
    try:
        template = parse_template(text)
        if template is None:
            return Plain(text, origin)
        if not all(_is_known(name, scope) for name in template.names):
            return Unknown(origin)
        for read in template.reads:
            if read.name in scope.pending and read.name not in scope.bindings:
                raise _too_early(read)
        result = evaluate(template, lambda name: _read(scope.bindings[name].value), known=scope.bindings)
    except ExpressionError as error:
        report.add(
            error.code,
            error.message,
            _inside(origin.place, error, quoted=quoted),
            help=error.help,
            frames=origin.frames,
        )
        return Unknown(origin)
    return _wrap(result, Origin(origin.place, origin.frames, _steps(template, scope)))


def _too_early(read: Name) -> ExpressionError:
    return ExpressionError(
        "unknown-variable",
        f"variable `{read.name}` has no value yet here",
        start=read.start,
        end=read.end,
        help=f"variables are evaluated in order: write `{read.name}` above the one that reads it",
    )


def _is_known(name: str, scope: Scope) -> bool:
    binding = scope.bindings.get(name)
    return binding is None or not isinstance(binding.value, Unknown)


def _read(value: Value) -> object:
    """A variable's value as the expression language takes it; objects and mappings stay opaque."""
    match value:
        case Plain():
            return value.value
        case Items():
            return [_read(item) for item in value.items]
        case _:
            return value


def _wrap(result: object, origin: Origin) -> Value:
    match result:
        case list() | tuple():
            return Items(tuple(_wrap(item, origin) for item in result), origin)
        case None | bool() | int() | float() | str():
            return Plain(result, origin)
        case _:
            assert isinstance(result, Value)
            return replace(result, origin=replace(origin, via=origin.via + result.origin.via))


def _steps(template: Template, scope: Scope) -> tuple[Step, ...]:
    steps: list[Step] = []
    for name in sorted(template.names):
        binding = scope.bindings[name]
        steps.append(Step(binding.called(name), binding.value.origin.place))
        steps.extend(binding.value.origin.via)
    return tuple(dict.fromkeys(steps))


def _inside(place: Place, error: ExpressionError, *, quoted: bool) -> Place:
    """The part of a scalar's place that an error is about; all of it where escapes blur the offsets."""
    start = place.start + error.start + (1 if quoted else 0)
    end = place.start + error.end + (1 if quoted else 0)
    written = place.source.text[place.start : place.end]
    if "\\" in written or "\n" in written or end > place.end or start >= end:
        return place
    return Place(place.source, start, end)
