"""The sections of a document that are not the graph: `inputs`, `expect`, `weights`, `requires`, `compile`.

The schema is imported by the sections that need it: pydantic takes as long to import as all else.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeGuard

from modelspec.diagnostics import Report, nearest
from modelspec.language.close import close_value
from modelspec.language.closed import Bound, Expect, Input, Lint, Requirement, Weights
from modelspec.language.handles import is_keras_name
from modelspec.language.load import Loader
from modelspec.language.loads import read_loads, renamed_keys
from modelspec.language.scope import Scope
from modelspec.language.values import Field, Fields, Items, Object, Origin, Plain, Unknown, Value, walk
from modelspec.language.words import COMPILE_KEYS, LINT_KEYS, MAX_NAME, NAME, RESERVED_NAMES
from modelspec.source.tree import Entry, Mapping, Node, Scalar, Sequence

if TYPE_CHECKING:
    from modelspec.language.schema import BoundSection

_REQUIREMENT = re.compile(r"\s*([A-Za-z][A-Za-z0-9_-]*)\s*((?:[<>=!]=?\s*[0-9][0-9.]*\s*,?\s*)+)$")
_BOUND = re.compile(r"([<>=!]=?)\s*([0-9]+(?:\.[0-9]+)*)")
_OPERATORS = frozenset({">=", "<=", ">", "<", "==", "!="})
# Keys of `expect` that hold a number.
_COUNTS = ("params", "trainable_params", "layers")


def close_inputs(node: Node | None, scope: Scope, report: Report) -> tuple[Input, ...]:
    """The `inputs` section of a document or model."""
    if node is None:
        return ()
    if not isinstance(node, Mapping):
        report.add(
            "wrong-kind",
            "`inputs` is a mapping of names to shapes",
            node.place,
            help="for example `inputs: {image: [28, 28, 1]}`",
        )
        return ()
    inputs = (_close_input(entry, scope, report) for entry in node.entries)
    return tuple(found for found in inputs if found is not None)


def _close_input(entry: Entry, scope: Scope, report: Report) -> Input | None:
    name = entry.key.text
    origin = scope.origin(entry.key.place)
    if not NAME.fullmatch(name) or name in RESERVED_NAMES:
        report.add(
            "bad-name",
            f"`{name}` cannot name an input: a name is letters, digits, `_` and `-`",
            entry.key.place,
        )
        return None
    value = close_value(entry.value, scope, report)
    if isinstance(value, Items):
        shape = _plain_shape(value)
        if shape is not None:
            return Input(name, origin, shape=shape)
        value = Fields((Field("shape", value, entry.key.place),), value.origin)
    if isinstance(value, Plain):
        report.add(
            "wrong-kind",
            f"the shape of input `{name}` must be a list without the batch",
            value.origin.place,
            help=f"write `{name}: [{_shown(value).strip('(), ')}]`; a scalar is `[]`",
        )
        return Input(name, origin, shape=())
    from modelspec.language.schema import InputSection, read_section

    section = read_section(InputSection, value, f"input `{name}`", report)
    if section is None:
        return Input(name, origin, shape=())  # so that what reads it is not complained about
    if (section.shape is None) == (section.batch_shape is None):
        report.add(
            "input-shape",
            f"input `{name}` needs `shape` (without the batch) or `batch_shape` (with it), one of the two",
            entry.key.place,
            help="take one of them out",
        )
        return Input(name, origin, shape=())
    if section.keras_name is not None and not is_keras_name(section.keras_name):
        report.add(
            "bad-name",
            f"`keras_name` of input `{name}` is a text of at most {MAX_NAME} characters without `/`",
            entry.key.place,
            help="it is what Keras is told, as it is",
        )
        return None
    return Input(
        name,
        origin,
        shape=None if section.shape is None else tuple(section.shape),
        batch_shape=None if section.batch_shape is None else tuple(section.batch_shape),
        dtype=section.dtype,
        sparse=section.sparse,
        ragged=section.ragged,
        optional=section.optional,
        keras_name=section.keras_name,
    )


def _plain_shape(value: Items) -> tuple[int | None, ...] | None:
    """A list of sizes and nulls; `None` for every other list, which is left to the schema to complain of."""
    sizes: list[int | None] = []
    for item in value.items:
        match item:
            case Plain(value=bool()):
                return None
            case Plain(value=None):
                sizes.append(None)
            case Plain(value=int(size)) if size >= 0:
                sizes.append(size)
            case _:
                return None
    return tuple(sizes)


def _shown(value: Plain) -> str:
    return "…" if value.value is None else str(value.value)


def close_expect(node: Node | None, scope: Scope, report: Report) -> Expect | None:
    """The `expect` section."""
    if node is None:
        return None
    value = close_value(node, scope, report)
    if _is_plain_expect(value):
        bounds = {field.name: _exact(field.value) for field in value.fields if field.name in _COUNTS}
        return Expect(value.origin, **bounds, output_shape=value.get("output_shape"))
    from modelspec.language.schema import ExpectSection, read_section

    section = read_section(ExpectSection, value, "`expect`", report)
    if section is None or not isinstance(value, Fields):
        return None
    shape = value.get("output_shape")
    return Expect(
        value.origin,
        params=_bound(section.params, value, "params"),
        trainable_params=_bound(section.trainable_params, value, "trainable_params"),
        layers=_bound(section.layers, value, "layers"),
        output_shape=shape,
    )


def _is_plain_expect(value: Value) -> TypeGuard[Fields]:
    """Whether this is a right `expect` of exact numbers, as most are, which needs no pydantic."""
    return isinstance(value, Fields) and all(
        (field.name == "output_shape" and not any(isinstance(part, Unknown) for part in walk(field.value)))
        or (field.name in _COUNTS and _exact(field.value) is not None)
        for field in value.fields
    )


def _exact(value: Value) -> Bound | None:
    match value:
        case Plain(value=bool()):
            return None
        case Plain(value=int(count)) if count >= 0:
            return Bound(count, count, value.origin)
        case _:
            return None


def _bound(given: int | BoundSection | None, section: Fields, key: str) -> Bound | None:
    value = section.get(key)
    if given is None or value is None:
        return None
    if isinstance(given, int):
        return Bound(given, given, value.origin)
    return Bound(given.min, given.max, value.origin)


def close_lint(node: Node | None, scope: Scope, report: Report) -> Lint | None:
    """The `lint` section."""
    if node is None:
        return None
    value = close_value(node, scope, report)
    if isinstance(value, Fields) and all(_is_names(field) for field in value.fields):
        # As most are, which needs no pydantic.
        return Lint(_texts(value.get("select")), _texts(value.get("ignore")) or ())
    from modelspec.language.schema import LintSection, read_section

    read_section(LintSection, value, "`lint`", report)
    return None


def _is_names(field: Field) -> bool:
    """Whether this is a list of texts, or null, where one belongs."""
    match field.value:
        case Plain(value=None):
            return field.name in LINT_KEYS
        case Items(items=items):
            texts = all(isinstance(item, Plain) and isinstance(item.value, str) for item in items)
            return field.name in LINT_KEYS and texts
        case _:
            return False


def _texts(value: Value | None) -> tuple[Plain, ...] | None:
    if not isinstance(value, Items):
        return None
    return tuple(item for item in value.items if isinstance(item, Plain))


def close_weights(node: Node | None, scope: Scope, loader: Loader, report: Report) -> Weights:
    """The `weights` section."""
    if node is None:
        return Weights()
    value = close_value(node, scope, report, plain_keys=renamed_keys(node))
    from modelspec.language.schema import WeightsSection, read_section

    section = read_section(WeightsSection, value, "`weights`", report)
    if section is None or not isinstance(value, Fields):
        return Weights()
    from modelspec.language.layer_changes import close_lora, close_quantize, patterns_of

    return Weights(
        section.seed,
        read_loads(value.get("load"), loader, report),
        patterns_of(value.get("freeze")),
        patterns_of(value.get("inference")),
        close_lora(value.get("lora"), report),
        close_quantize(value.get("quantize"), report),
    )


def close_compile(
    node: Node | None, scope: Scope, report: Report, *, outputs: frozenset[str]
) -> Fields | None:
    """The `compile` section; keys that are outputs stay keys whatever they look like."""
    if node is None or (isinstance(node, Scalar) and node.value is None):
        return None
    value = close_value(node, scope, report, plain_keys=outputs)
    if isinstance(value, Unknown):
        return None
    if not isinstance(value, Fields):
        report.add(
            "wrong-kind",
            "`compile` must be a mapping",
            value.origin.place,
            help=f"its keys are {', '.join(COMPILE_KEYS)}",
        )
        return None
    jit = value.get("jit_compile")
    if isinstance(jit, Plain) and not (isinstance(jit.value, bool) or jit.value in ("auto", None)):
        report.add(
            "wrong-value",
            "`jit_compile` is `auto`, `true` or `false`",
            jit.origin.place,
            help="leave it away for `auto`",
        )
    return Fields(tuple(f for f in value.fields if not isinstance(f.value, Unknown)), value.origin)


def close_defaults(
    node: Node | None, scope: Scope, report: Report
) -> tuple[tuple[Scalar, Origin, tuple[Field, ...]], ...]:
    """The `defaults` section: the class as written, and its arguments."""
    if node is None:
        return ()
    if not isinstance(node, Mapping):
        report.add(
            "wrong-kind",
            "`defaults` is a mapping of classes to arguments",
            node.place,
            help="for example `defaults: {Conv2D: {padding: same}}`",
        )
        return ()
    found = []
    for entry in node.entries:
        value = close_value(entry.value, scope, report)
        match value:
            case Fields():
                fields = value.fields
            case Object():
                fields = (Field(value.cls, value, entry.value.place),)
            case _:
                if not isinstance(value, Unknown):
                    report.add(
                        "arguments-not-mapping",
                        f"the defaults of `{entry.key.text}` must be a mapping of arguments",
                        value.origin.place,
                        help=f"write `{entry.key.text}: {{argument: value}}`",
                    )
                continue
        found.append((entry.key, scope.origin(entry.key.place), fields))
    return tuple(found)


def close_requires(node: Node | None, scope: Scope, report: Report) -> tuple[Requirement, ...]:
    """The `requires` section: one requirement or a list of them."""
    if node is None:
        return ()
    nodes = node.items if isinstance(node, Sequence) else (node,)
    found = (_close_requirement(item, scope, report) for item in nodes)
    return tuple(item for item in found if item is not None)


def _close_requirement(node: Node, scope: Scope, report: Report) -> Requirement | None:
    match = _REQUIREMENT.match(node.text) if isinstance(node, Scalar) else None
    bounds = tuple(_BOUND.findall(match[2])) if match else ()
    if not match or not bounds or any(operator not in _OPERATORS for operator, _ in bounds):
        report.add(
            "bad-requirement",
            "a requirement is a package and versions, such as `keras>=3.12`",
            node.place,
            help="several bounds are joined by commas: `keras>=3.10,<4`",
        )
        return None
    package = match[1].lower()
    if package not in ("keras", "modelspec"):
        near = nearest(package, ("keras", "modelspec"))
        report.add(
            "bad-requirement",
            f"`requires` can name `keras` and `modelspec`, not `{package}`",
            node.place,
            help=f"did you mean `{near}`?" if near else None,
        )
        return None
    versions = tuple((operator, tuple(int(part) for part in text.split("."))) for operator, text in bounds)
    assert isinstance(node, Scalar)
    return Requirement(package, versions, node.text, scope.origin(node.place))
