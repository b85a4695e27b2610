"""Arguments that say what they would be anyway."""

from __future__ import annotations

from collections.abc import Iterator

from modelspec.graph.model import MadeLayer
from modelspec.language.values import Field, KerasDict, Object, Origin, Value, to_data
from modelspec.lint.finding import Finding, Remove
from modelspec.lint.view import Node, View

# What Keras has to be given all the same, or what says more than its value.
_MEANT = frozenset({"name", "dtype", "trainable", "data_format"})


def default_written(view: View) -> Iterator[Finding]:
    """An argument that equals the default of its class."""
    given = {(name.text, field.name) for name, fields in view.program.spec.defaults for field in fields}
    for model, node in view.nodes():
        if node.again or node.entry is None or model.prefix:
            continue
        for field in _written(node):
            argument = node.entry.arguments.get(field.name)
            if (
                argument is None
                or argument.required
                or field.name in _MEANT
                or field.name in node.entry.fill
                or any((name, field.name) in given for name in _names(node))
                or not _is_literal(field.value)
                or not _same(to_data(field.value), argument.default)
            ):
                continue
            yield Finding(
                "default-written",
                f"`{field.name}` of `{node.short}` is `{_shown(argument.default)}` by default",
                Origin(field.place, field.value.origin.frames),
                help="leave it out",
                change=Remove(field.place),
            )


def _written(node: Node) -> tuple[Field, ...]:
    match node.layer.kind:
        case MadeLayer(object=Object(args=args)):
            return args
        case _:
            return ()


def _names(node: Node) -> tuple[str, ...]:
    """What the class may be called under `defaults`."""
    assert node.entry is not None, "asked of known classes only"
    full = (node.entry.name, *node.entry.aliases)
    return (*full, *(name.rpartition(".")[2] for name in full))


def _is_literal(value: Value) -> bool:
    """Whether a value stands there as it is, not through a variable or parameter."""
    return not value.origin.via and not isinstance(value, KerasDict | Object)


def _same(written: object, default: object) -> bool:
    return type(written) is type(default) and written == default


def _shown(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case _:
            return str(value)
