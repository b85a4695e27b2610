"""A `Lambda` of Keras 2: its code is data that nobody runs, so a placeholder stands for it."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any

from modelspec.past.work import Work

Json = Any

_NAME = re.compile(rb"[A-Za-z_][A-Za-z0-9_]{1,40}")
_MOST_CODE = 1 << 20
_MOST_NAMES = 8
# Names that marshalled code of any function holds and that say nothing of it.
_USUAL = frozenset({"lambda", "None", "args", "kwargs", "self", "module", "arguments", "py"})


def lambda_data(config: Mapping[str, Json], work: Work) -> dict[str, Json]:
    """The placeholder of a `Lambda`, called as its layer is, or as its function where that has a name."""
    function = config.get("function")
    if isinstance(function, dict):
        function = function.get("config", function.get("value"))
    named = config.get("function_type") == "function" and isinstance(function, str)
    if named:
        name, why = str(function), f"`{function}` is a function of its author's that a `Lambda` calls"
    else:
        name, why = str(config.get("name") or work.layer or "lambda"), _why(function)
    full = work.placeholder(name, "layer", why=why, config=dict(config))
    kept = {key: config[key] for key in ("name", "trainable", "dtype") if key in config}
    arguments = config.get("arguments")
    if isinstance(arguments, dict):
        kept |= {key: value for key, value in arguments.items() if key not in kept}
    package, _, short = full.partition(">")
    return {"module": package, "class_name": short, "config": kept, "registered_name": full}


def _why(function: Json) -> str:
    code = function[0] if isinstance(function, list) and function else function
    if isinstance(code, dict):
        code = code.get("code")
    names = names_in(code) if isinstance(code, str) else ()
    told = f"; its code speaks of {', '.join(f'`{name}`' for name in names)}" if names else ""
    return f"it was a `Lambda`, whose code is not run{told}"


def names_in(code: str) -> tuple[str, ...]:
    """Identifiers that stand in marshalled code; nothing of it is unmarshalled.

    Args:
        code: in base64, or as text of which each character is a byte, as Keras before 2.1 wrote it.
    """
    text = code[:_MOST_CODE]
    try:
        data = base64.b64decode(text, validate=False)
    except (binascii.Error, ValueError):
        return ()
    found: dict[str, None] = {}
    # Names of Python are marshalled as a letter for the kind, the length, and the bytes.
    for match in re.finditer(rb"[zZuaA\xda\xfa\xe1\xc1](.)", data, re.DOTALL):
        size, start = match[1][0], match.end()
        name = data[start : start + size]
        if size == len(name) and _NAME.fullmatch(name):
            found[name.decode("ascii")] = None
    return tuple(name for name in found if name not in _USUAL)[:_MOST_NAMES]
