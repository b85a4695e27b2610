"""Blocks: their declarations, and the binding of parameters at a use."""

from __future__ import annotations

from collections.abc import Mapping as MappingOf

from modelspec.diagnostics import Frame, Report, nearest
from modelspec.frozen import dataclass
from modelspec.language.close import close_value
from modelspec.language.raw_items import RawItem, read_items
from modelspec.language.scope import Binding, Scope, check_size
from modelspec.language.values import Field, Fields, Items, Object, Plain, Unknown, Value, to_data
from modelspec.language.words import BLOCK_KEYS, IDENTIFIER, LOCAL_KEY, RESERVED_NAMES
from modelspec.source.tree import Entry, Mapping, Node, Scalar, Sequence

_TYPES: MappingOf[str, tuple[type, ...]] = {
    "int": (int,),
    "float": (int, float),
    "bool": (bool,),
    "str": (str,),
    "list": (list,),
    "any": (object,),
}
_PARAM_KEYS = ("type", "default", "choices", "help")


@dataclass(frozen=True, slots=True)
class Param:
    """A parameter: required when `default` is `None` (a null default is a scalar node)."""

    name: Scalar
    default: Node | None
    type: str = "any"
    choices: tuple[object, ...] | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """A declared block, its items read but nothing expanded."""

    name: Scalar
    params: tuple[Param, ...]
    inputs: tuple[str, ...]
    items: tuple[RawItem, ...]
    outputs: Node | None
    scope_root: bool

    @property
    def gives_several(self) -> bool:
        """Whether a use of it has several outputs."""
        return isinstance(self.outputs, Sequence | Mapping)


def read_blocks(node: Node | None, local: frozenset[str], report: Report) -> dict[str, Block]:
    """The `blocks` section.

    Args:
        local: the keys of all blocks and models, which items may name.
    """
    blocks: dict[str, Block] = {}
    if node is None:
        return blocks
    if not isinstance(node, Mapping):
        report.add(
            "wrong-kind",
            "`blocks` is a mapping of names to blocks",
            node.place,
            help="for example `blocks: {unit: {layers: [ReLU]}}`",
        )
        return blocks
    for entry in node.entries:
        check_local_key(entry.key, "block", report)
        if not isinstance(entry.value, Mapping):
            report.add(
                "wrong-kind",
                f"block `{entry.key.text}` must be a mapping with `layers`",
                entry.value.place,
                help=f"write `{entry.key.text}: {{layers: […]}}`",
            )
            continue
        blocks[entry.key.text] = _read_block(entry.key, entry.value, local, report)
    return blocks


def check_local_key(key: Scalar, kind: str, report: Report) -> None:
    """Report a key of `blocks` or `models` that an item could not name."""
    from modelspec.language.words import ITEM_WORDS

    if not LOCAL_KEY.fullmatch(key.text):
        report.add(
            "bad-name",
            f"the {kind} name `{key.text}` must be letters, digits, `_` and `-`, the first in lower case",
            key.place,
            help="names that start with a capital letter are classes of Keras",
        )
    elif key.text in ITEM_WORDS or key.text in RESERVED_NAMES:
        report.add(
            "bad-name",
            f"`{key.text}` is a word of the language and cannot name a {kind}",
            key.place,
            help=f"call it `{key.text}_{kind}`",
        )


def _read_block(name: Scalar, node: Mapping, local: frozenset[str], report: Report) -> Block:
    for entry in node.entries:
        if entry.key.text not in BLOCK_KEYS:
            near = nearest(entry.key.text, BLOCK_KEYS)
            report.add(
                "unknown-key",
                f"a block has no key `{entry.key.text}`",
                entry.key.place,
                help=f"did you mean `{near}`?" if near else f"its keys are {', '.join(BLOCK_KEYS)}",
            )
    layers = node.get("layers")
    if layers is None:
        report.add(
            "missing-key",
            f"block `{name.text}` has no `layers`",
            name.place,
            help="list its items under `layers`",
        )
    scope = node.get("scope")
    if scope is not None and not (isinstance(scope, Scalar) and scope.text == "root"):
        report.add(
            "wrong-value",
            "`scope` can only be `root`",
            scope.place,
            help="leave it away to join the names of the block's nodes to the name of its use",
        )
    return Block(
        name,
        _read_params(node.get("params"), report),
        _read_inputs(node.get("inputs"), report),
        read_items(layers, local, report) if layers is not None else (),
        node.get("outputs"),
        scope is not None,
    )


def _read_inputs(node: Node | None, report: Report) -> tuple[str, ...]:
    match node:
        case None:
            return ("in",)
        case Scalar(value=str()):
            return (node.text,)
        case Sequence() if all(isinstance(item, Scalar) for item in node.items) and node.items:
            return tuple(item.text for item in node.items if isinstance(item, Scalar))
        case _:
            report.add(
                "wrong-kind",
                "a block's `inputs` are a list of names",
                node.place,
                help="for example `inputs: [query, value]`",
            )
            return ("in",)


def _read_params(node: Node | None, report: Report) -> tuple[Param, ...]:
    match node:
        case None | Scalar(value=None):
            return ()
        case Mapping():
            return tuple(_read_param(entry, report) for entry in node.entries)
        case Sequence() if all(isinstance(item, Scalar) for item in node.items):
            return tuple(Param(item, None) for item in node.items if isinstance(item, Scalar))
        case _:
            report.add(
                "wrong-kind",
                "`params` is a mapping of names to defaults",
                node.place,
                help="for example `params: {filters: {type: int}, stride: 1}`",
            )
            return ()


def _read_param(entry: Entry, report: Report) -> Param:
    name, value = entry.key, entry.value
    if not IDENTIFIER.fullmatch(name.text):
        report.add(
            "bad-name",
            f"the parameter name `{name.text}` must be letters, digits and `_`, so that `$` can read it",
            name.place,
        )
    if isinstance(value, Scalar) and value.value is None and value.plain and not value.text:
        return Param(name, None)  # `filters:` with nothing after it: required
    if not (isinstance(value, Mapping) and value.entries and _is_declaration(value)):
        return Param(name, value)
    for extra in value.entries:
        if extra.key.text not in _PARAM_KEYS:
            report.add(
                "unknown-key",
                f"a parameter has no key `{extra.key.text}`",
                extra.key.place,
                help=f"its keys are {', '.join(_PARAM_KEYS)}",
            )
    kind = value.get("type")
    type_name = kind.text if isinstance(kind, Scalar) else "any"
    if type_name not in _TYPES:
        near = nearest(type_name, _TYPES)
        report.add(
            "wrong-value",
            f"`{type_name}` is no type of a parameter",
            kind.place if kind else None,
            help=f"did you mean `{near}`?" if near else f"the types are {', '.join(_TYPES)}",
        )
        type_name = "any"
    choices = value.get("choices")
    allowed = None
    if choices is not None:
        allowed_value = close_value(choices, Scope(), report)
        if isinstance(allowed_value, Items):
            allowed = tuple(to_data(item) for item in allowed_value.items)
        else:
            report.add(
                "wrong-kind",
                "`choices` is a list",
                choices.place,
                help="for example `choices: [same, valid]`",
            )
    return Param(name, value.get("default"), type_name, allowed)


def _is_declaration(value: Mapping) -> bool:
    return any(entry.key.text in _PARAM_KEYS for entry in value.entries)


def bind_params(
    block: Block, given: tuple[Field, ...], use: Scalar, outer: Scope, inner: Scope, report: Report
) -> Scope:
    """The scope of a block's body: the document's names and the parameters.

    Args:
        given: the arguments at the use, closed in the user's scope.
        outer: the user's scope, for frames.
        inner: the scope of the document, entered by the frame of this use.
    """
    known = {param.name.text for param in block.params}
    for field in given:
        if field.name not in known:
            near = nearest(field.name, known)
            options = f"its parameters are {', '.join(sorted(known))}" if known else "it has none"
            report.add(
                "unknown-param",
                f"block `{block.name.text}` has no parameter `{field.name}`",
                field.place,
                help=f"did you mean `{near}`?" if near else options,
                frames=outer.frames,
            )
    values = {field.name: field.value for field in given}
    scope = inner
    for param in block.params:
        scope = scope.bind({param.name.text: _bind_param(block, param, values, use, scope, report)})
    return scope


def _bind_param(
    block: Block,
    param: Param,
    given: MappingOf[str, Value],
    use: Scalar,
    scope: Scope,
    report: Report,
) -> Binding:
    name = param.name.text
    of = f"block `{block.name.text}`"
    if name in given:
        value = check_size(given[name], f"parameter `{name}`", report)
        return Binding(_checked(block, param, value, report), "parameter", of)
    if param.default is None:
        report.add(
            "missing-param",
            f"block `{block.name.text}` needs `{name}`",
            use.place,
            help=f"write `{block.name.text}: {{{name}: …}}`, or give the parameter a default",
            frames=scope.frames[1:],
        )
        return Binding(Unknown(scope.origin(use.place)), "parameter", of)
    value = check_size(close_value(param.default, scope, report), f"parameter `{name}`", report)
    return Binding(_checked(block, param, value, report), "parameter", of)


def _checked(block: Block, param: Param, value: Value, report: Report) -> Value:
    """The value, or `Unknown` where it does not fit the parameter, which is reported."""
    if isinstance(value, Unknown):
        return value
    data = to_data(value)
    if not _has_type(data, value, param.type):
        report.add(
            "wrong-kind",
            f"parameter `{param.name.text}` of block `{block.name.text}` is {_article(param.type)}, "
            f"not `{_shown(data)}`",
            value.origin.place,
            frames=value.origin.frames,
        )
        return Unknown(value.origin)
    if param.choices is not None and not any(
        data == choice and type(data) is type(choice) for choice in param.choices
    ):
        choices = ", ".join(_shown(choice) for choice in param.choices)
        near = nearest(str(data), [str(choice) for choice in param.choices])
        report.add(
            "wrong-value",
            f"parameter `{param.name.text}` of block `{block.name.text}` cannot be `{_shown(data)}`",
            value.origin.place,
            help=f"did you mean `{near}`? the choices are {choices}"
            if near
            else f"the choices are {choices}",
            frames=value.origin.frames,
        )
        return Unknown(value.origin)
    return value


def _has_type(data: object, value: Value, type_name: str) -> bool:
    if type_name == "any":
        return True
    if isinstance(value, Object | Fields):
        return False
    if isinstance(data, bool):
        return type_name == "bool"
    if type_name == "float" and isinstance(value, Plain) and isinstance(data, int | float):
        return True
    return isinstance(data, _TYPES[type_name])


def _article(type_name: str) -> str:
    return f"an {type_name}" if type_name == "int" else f"a {type_name}"


def _shown(data: object) -> str:
    from modelspec.language.expressions import format_constant

    match data:
        case None | bool() | int() | float() | str() | list():
            return format_constant(data)
        case _:
            return "a mapping"


def block_frame(block: Block, use: Scalar, copy: tuple[int, int] | None) -> Frame:
    """The frame of a use of a block: ``in block `residual`, repeat 2 of 3``."""
    repeat = f", repeat {copy[0] + 1} of {copy[1]}" if copy else ""
    return Frame(f"in block `{block.name.text}`{repeat}, used at", use.place)
