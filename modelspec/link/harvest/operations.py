"""Operations of `keras.ops`: parameters, and the class whose node they add to a graph."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from typing import Any

from modelspec.link.harvest.docstring import argument_texts
from modelspec.link.harvest.signature import describe_parameter

_SEQUENCE = re.compile(r"^(?:the |an? )?(?:sequence|list|tuple)\b.{0,20}\bof\b", re.IGNORECASE)
_MAX_DEPTH = 3


def harvest_operation(name: str, function: Any, aliases: list[str]) -> dict[str, Any]:
    """One operation, by its name below `keras.ops`.

    Returns:
        `parameters` in order (a variadic one as `*name`), described as arguments of classes are,
        `class` (the `Operation` it makes, absent where it is composed of others), `sequence` where the
        first parameter is one, `open` where any keyword is taken, `aliases`.
    """
    entry: dict[str, Any] = {"parameters": {}}
    texts = argument_texts(function)
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind is inspect.Parameter.VAR_KEYWORD:
            entry["open"] = True
        elif parameter.kind is inspect.Parameter.VAR_POSITIONAL:
            entry["parameters"][f"*{parameter.name}"] = {}
        else:
            entry["parameters"][parameter.name] = describe_parameter(
                parameter, owner=f"ops.{name}", text=texts.get(parameter.name, "")
            )
    for described in entry["parameters"].values():
        if "float" in described.get("kinds", ()) and "int" not in described["kinds"]:
            described["kinds"].append("int")
    first = next(iter(entry["parameters"]), "")
    if _SEQUENCE.match(texts.get(first, "")):
        entry["sequence"] = True
    operation = operation_class(function)
    if operation is not None:
        entry["class"] = operation.__name__
    if aliases:
        entry["aliases"] = [alias.removeprefix("keras.ops.") for alias in aliases if ".ops." in alias]
    return entry


def operation_class(function: Any, *, depth: int = 0) -> type | None:
    """The `Operation` subclass whose instance the function calls; `None` where it finds none.

    Read from the source: `return Add().symbolic_call(x1, x2)`, `Pad(…)(x)`, or another function of
    the same module that is only passed on to.
    """
    import keras

    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    names = vars(inspect.getmodule(function))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            symbol = names.get(node.func.id)
            if inspect.isclass(symbol) and issubclass(symbol, keras.Operation):
                return symbol
    for node in ast.walk(tree):
        if (
            depth < _MAX_DEPTH
            and isinstance(node, ast.Return)
            and isinstance(node.value, ast.Call)
            and isinstance(node.value.func, ast.Name)
        ):
            symbol = names.get(node.value.func.id)
            if inspect.isfunction(symbol):
                return operation_class(symbol, depth=depth + 1)
    return None
