"""How values are written, and that they read back."""

from __future__ import annotations

import math
import re

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from modelspec.language.expressions import format_constant


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, "null"),
        (True, "true"),
        (False, "false"),
        (16, "16"),
        (-3, "-3"),
        (0.001, "0.001"),
        (1e-05, "1e-05"),
        (1.0, "1.0"),
        (1e16, "1e+16"),
        (math.inf, ".inf"),
        (-math.inf, "-.inf"),
        (math.nan, ".nan"),
        ("same", "same"),
        ("acme/x.h5", "acme/x.h5"),
        ("", '""'),
        ("true", '"true"'),
        ("None", '"None"'),
        ("no", '"no"'),
        ("1", '"1"'),
        ("1e-3", '"1e-3"'),
        ("a b", '"a b"'),
        ('a\n"\\\x07\u2028\U0001f600', '"a\\n\\"\\\\\\x07\\u2028\U0001f600"'),
        ([], "[]"),
        ([64, "same", [1.5, None]], "[64, same, [1.5, null]]"),
        ((1, 2), "[1, 2]"),
        ({"L2": {"l2": 0.5}, "a b": []}, '{L2: {l2: 0.5}, "a b": []}'),
    ],
)
def test_values_are_written_as_yaml_writes_them(value: object, written: str) -> None:
    assert format_constant(value) == written


def test_what_yaml_cannot_say_is_our_mistake() -> None:
    with pytest.raises(TypeError, match="a bytes is no value"):
        format_constant([b"x"])


def test_a_deep_list_is_written() -> None:
    deep: list[object] = []
    for _ in range(5000):
        deep = [deep]
    assert format_constant(deep) == "[" * 5001 + "]" * 5001


SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.text(),
    st.sampled_from(
        ["~", "null", "Null", "TRUE", "017", "0o17", "0x1F", ".5", "1e-3", "-", "- a", "a: b", "#"]
    ),
)
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4), max_leaves=8)


@given(VALUES)
def test_what_is_written_reads_back_by_the_rules_of_yaml_1_2(value: object) -> None:
    written = format_constant(value)
    assert "\n" not in written
    found = _read(yaml.compose(written, Loader=yaml.BaseLoader))
    assert found == value
    assert repr(found) == repr(value)


_NULL = re.compile(r"null|Null|NULL|~|")
_BOOLEAN = re.compile(r"true|True|TRUE|false|False|FALSE")
_INTEGER = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_INFINITY = re.compile(r"[-+]?\.(inf|Inf|INF)")


def _read(node: yaml.Node) -> object:
    """The value of a node by the core schema of YAML 1.2."""
    if isinstance(node, yaml.SequenceNode):
        return [_read(item) for item in node.value]
    text = str(node.value)
    if node.style is not None:
        return text
    if _NULL.fullmatch(text):
        return None
    if _BOOLEAN.fullmatch(text):
        return text.lower() == "true"
    if _INTEGER.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    if _INFINITY.fullmatch(text):
        return -math.inf if text.startswith("-") else math.inf
    return text
