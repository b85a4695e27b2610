"""JSON is read as JSON, also where PyYAML would refuse it, with the same places."""

from __future__ import annotations

import json

import pytest
from source_reading import both_parsers, data, everything, only_mistake, read, tree_of, written

from modelspec.diagnostics import Report, Source
from modelspec.source.json_reader import read_json
from modelspec.source.limits import MAX_DEPTH

TEXTS = [
    '{"a": 1, "b": [true, false, null], "c": {"d": -1.5e-3}}',
    '{\n\t"modelspec": 1,\n\t"layers": [\n\t\t"Flatten"\n\t]\n}\n',
    '{"a": "\\ud83d\\ude00 \\u00e9 \\/ \\b\\f\\n\\r\\t\\"\\\\"}',
    '"\\ud83d\\ude00"',
    '{"a":\t[1,\t2]}',
    "[]",
    "{}",
    ' [ { } , [ ] , "" ] ',
    '{"": 0, "<<": {"x": 1}, "~": 2}',
    '["\x7f\u2028\ufeff"]',
    "[0, -0, 1E5, 1.0, 12345678901234567890]",
    '["True", "&a", "*a", "!b", "$(x, y)", "a: b # c"]',
]


@both_parsers
@pytest.mark.parametrize("text", TEXTS)
def test_json_has_the_values_that_json_gives_it(text, parse):
    assert data(tree_of(text, parse)) == json.loads(text)


@pytest.mark.parametrize("text", TEXTS[:1] + TEXTS[5:8])
def test_json_that_yaml_reads_too_gives_the_same_tree(text):
    as_yaml = tree_of(text + " # so that it is not JSON")
    assert everything(tree_of(text)) == everything(as_yaml)


def test_places_in_json_are_tight():
    text = '{\n\t"é": "\\ud83d\\ude00",\n\t"b": [1.5, {}]\n}'
    tree = tree_of(text)
    assert written(tree) == text
    assert written(tree.get("é")) == '"\\ud83d\\ude00"'
    assert written(tree.entries[0].key) == '"é"'
    assert [written(item) for item in tree.get("b").items] == ["1.5", "{}"]
    assert tree.get("b").items[0].plain
    assert (tree.get("b").place.line, tree.get("b").place.column) == (3, 7)


def test_a_byte_order_mark_before_json_is_passed_over():
    assert data(tree_of('\ufeff{"a":\t1}')) == {"a": 1}


def test_a_key_twice_is_told_in_json_too():
    tree, (mistake,) = read('{"a": 1, "a":\t2}')
    assert (mistake.code, str(mistake.place), data(tree)) == ("duplicate-key", "net.yaml:1:10", {"a": 1})


def test_half_a_surrogate_pair_is_refused():
    mistake = only_mistake('{"a": "\\ud83d"}')
    assert mistake.code == "yaml-syntax"
    assert "surrogate" in mistake.message


def test_json_that_is_nested_too_deep_is_refused():
    assert data(tree_of("[" * MAX_DEPTH + "]" * MAX_DEPTH)) is not None
    mistake = only_mistake("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1))
    assert (mistake.code, mistake.place.start) == ("too-large", MAX_DEPTH)
    assert only_mistake("[\t" * 5_000).code == "too-large"


OTHERS = [
    *("", "1", "true", "a: 1", "{a: 1}", "[1, 2", "[1 2]", "[1,]", '{"a" 1}', '{"a": }', '{"a": 1,}', "[01]"),
    *(
        "[1.]",
        "[.5]",
        "[NaN]",
        "[True]",
        "['a']",
        '["a\n"]',
        '{"a": 1} # c',
        "[1]\n...\n",
        "[+1]",
        "[truefalse]",
    ),
    *('{1: "a"}', "[", '"a" b', '"a'),
]


@pytest.mark.parametrize("text", OTHERS)
def test_what_json_does_not_have_is_left_to_yaml(text):
    report = Report()
    assert read_json(Source("x", text), report) == (False, None)
    assert report.diagnostics == []
