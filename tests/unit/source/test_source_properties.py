"""Any text gives a tree or diagnostics; both parsers agree; places lead back to what was written."""

from __future__ import annotations

import json

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from source_reading import PARSERS, data, everything, read, tree_of, walk, written

from modelspec.source.tree import Mapping, Scalar, Sequence

relaxed = settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.too_slow])

# fmt: off
PIECES = (
    "a", "b: ", "- ", "? ", ": ", "\n", "\n  ", "\n    ", " ", "  ", "\t", "{", "}", "[", "]", ",", "'", '"',
    "#c", "\n#c\n", "&x ", "*x", "<<: *x", "|", "|-\n", "|+\n", ">\n", "> \n", "!!str ", "!t ", "${b}", "$(x",
    "(", ")", "$", "1", "true", "True", "null", "~", "---\n", "...\n", "%YAML 1.2\n", "\\", "\\n", "é",
    "\u2028", "\x85", "\r\n", "\r", "@", "`", "-", "?", ":", "key: value\n", "- item\n", "  nested: 1\n",
    "|2\n", "😀", "\\U00110000", "\\ud83d\\ude00", "\\\n", "\ufeff", "\0", "\xa0",
)
# fmt: on
SOUP = st.lists(st.sampled_from(PIECES), max_size=14).map("".join)

WORDS = st.text("abcé😀 _-.:#'\"0123456789~$(){}[],&*!|>%@`\\\t", max_size=12)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | WORDS
TREES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=20,
)


@given(st.text() | SOUP)
@settings(relaxed)
@example("\ud800")
@example("[" * 300)
@example('"\\U00110000"')
def test_any_text_gives_a_tree_or_diagnostics_and_places_within_it(text):
    for parse in PARSERS.values():
        tree, found = read(text, parse)
        places = [node.place for node in walk(tree)]
        for item in found:
            places += [item.place, *(label.place for label in item.labels)]
        assert all(0 <= place.start <= place.end <= len(text) for place in places)


@given(SOUP)
@settings(relaxed, max_examples=600)
@example("a: \tb")
@example("[a?b, ?c]")
@example("|\t\n")
@example("a: |\n  \tb\n")
@example("{a: b\t, c: }")
@example("? \n- : x")
@example("a:\n\n# c\n\n  b\n\n")
def test_both_parsers_give_the_same_tree_and_the_same_verdict(text):
    (c, c_found), (python, python_found) = (read(text, parse) for parse in PARSERS.values())
    assert bool(c_found) == bool(python_found)
    if not c_found:
        assert everything(c) == everything(python)


@given(SOUP)
@settings(relaxed, max_examples=600)
def test_the_place_of_a_scalar_holds_what_was_written(text):
    tree, found = read(text)
    if found:
        return
    for node in walk(tree):
        match node:
            case Scalar(text=value, plain=True) if "\n" not in written(node) and not written(node).startswith(
                "*"
            ):
                assert written(node) == value or any(letter in text for letter in "\r\x85\u2028")
            case Scalar(plain=False):
                assert written(node)[0] in "'\"|>*"
                assert written(node)[-1] not in " \n"
            case Sequence() | Mapping():
                assert not written(node) or written(node)[0] not in " \n"


@given(TREES)
@settings(relaxed)
def test_json_is_read_as_json_reads_it(value):
    for text in (json.dumps(value), json.dumps(value, indent="\t", ensure_ascii=False)):
        for parse in PARSERS.values():
            if data(read(text, parse)[0]) != value:
                assert value is None  # a lone `null` is written, and so a tree
            else:
                assert read(text, parse)[1] == []


@given(TREES.filter(lambda value: isinstance(value, list | dict)))
@settings(relaxed)
def test_a_collection_covers_its_children_in_order(value):
    tree = tree_of(json.dumps(value, indent=1))
    for node in walk(tree):
        children = list(node.items) if isinstance(node, Sequence) else []
        if isinstance(node, Mapping):
            children = [part for entry in node.entries for part in (entry.key, entry.value)]
        ends = [node.place.start]
        for child in children:
            assert ends[-1] <= child.place.start
            ends.append(child.place.end)
        assert ends[-1] <= node.place.end
