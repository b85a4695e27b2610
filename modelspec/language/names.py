"""The words `name` and `keras_name`."""

from __future__ import annotations

import re
from dataclasses import replace

from modelspec.diagnostics import Report
from modelspec.language.closed import BlockKind, Kind, LayerKind, ModelKind, Name, OpKind
from modelspec.language.handles import is_keras_name
from modelspec.language.scope import Scope, evaluate_text
from modelspec.language.values import Plain, Unknown
from modelspec.language.words import MAX_NAME, RESERVED_NAMES, WRITTEN_NAME
from modelspec.source.tree import Node, Scalar


def close_name(node: Node, scope: Scope, report: Report) -> Name | None:
    """The word `name` of an item, read as text; `None` where it is no name, which is reported."""
    origin = scope.origin(node.place)
    if isinstance(node, Scalar):
        value = evaluate_text(node.text, origin, scope, report, quoted=not node.plain)
        if isinstance(value, Unknown):
            return None
        if isinstance(value, Plain) and value.value is not None:
            text = value.value if isinstance(value.value, str) else _as_text(value.value)
            if text.removeprefix("/") in RESERVED_NAMES:
                report.add(
                    "bad-name",
                    f"`{text}` is a word of the language and cannot name an item",
                    node.place,
                    help=f"call it `{text}_`",
                    frames=scope.frames,
                )
                return None
            if len(text) > MAX_NAME:
                report.add(
                    "bad-name",
                    f"a name has at most {MAX_NAME} characters, this one {len(text):,}",
                    node.place,
                    frames=scope.frames,
                    help="use a shorter one",
                )
                return None
            if WRITTEN_NAME.fullmatch(text):
                return Name(text, replace(origin, via=value.origin.via))
            report.add(
                "bad-name",
                f"`{text}` is no name: a name is letters, digits, `_` and `-`",
                node.place,
                help=_name_help(text),
                frames=scope.frames,
            )
            return None
    report.add(
        "bad-name",
        "a name is a text",
        node.place,
        frames=scope.frames,
        help="write letters, digits, `_` and `-`",
    )
    return None


def _as_text(value: bool | int | float) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _name_help(text: str) -> str | None:
    cleaned = re.sub(r"[^A-Za-z0-9_-]+", "_", text).strip("_")
    if not cleaned:
        return None
    return f"write `{cleaned}`, or `keras_name` beside it for the name in Keras"


def close_keras_name(node: Node, scope: Scope, report: Report, *, what: str = "`keras_name`") -> Name | None:
    """The word `keras_name`, or `name` of a model, as it is; `None` where it is none, which is reported."""
    origin = scope.origin(node.place)
    text = ""
    if isinstance(node, Scalar):
        value = evaluate_text(node.text, origin, scope, report, quoted=not node.plain)
        if isinstance(value, Unknown):
            return None
        if isinstance(value, Plain) and value.value is not None:
            text = value.value if isinstance(value.value, str) else _as_text(value.value)
    if is_keras_name(text):
        return Name(text, origin)
    report.add(
        "bad-name",
        f"{what} is a text of at most {MAX_NAME} characters without `/`",
        node.place,
        help="it is what Keras is told, as it is",
        frames=scope.frames,
    )
    return None


def check_keras_name(keras_name: Name, name: Name | None, kind: Kind, report: Report) -> bool:
    """Whether what an item is can have a name in Keras; where not, or where `name` asks for another, that is
    reported.
    """
    match kind:
        case LayerKind() | OpKind():
            if name is None or name.text != "/":
                return True
            report.add(
                "two-names",
                "`name: /` asks for the name that Keras would give, and `keras_name` says another",
                keras_name.origin.place,
                help="take one of the two out",
                frames=keras_name.origin.frames,
            )
            return False
        case BlockKind():
            reason, help_text = "a block is no layer", "write it on the items of the block"
        case ModelKind():
            reason, help_text = "a model brings its own", "write `name` under `models`"
        case _:
            reason, help_text = "a second call shares the layer of the first", "take it out"
    report.add(
        "misplaced-word",
        f"`keras_name` cannot stand here: {reason}",
        keras_name.origin.place,
        help=help_text,
        frames=keras_name.origin.frames,
    )
    return False
