"""YAML to the tree: places, anchors, merge keys, mistakes."""

from __future__ import annotations

import gc
import subprocess
import sys

import pytest
from source_reading import both_parsers, data, everything, marked, only_mistake, read, tree_of, walk, written

from modelspec.diagnostics import Report, Source
from modelspec.source.reader import read_tree
from modelspec.source.tree import Mapping, Scalar

DOCUMENT = """\
# a comment
modelspec: 1
name: "été 😀"   # another
vars:
  widths: [8, 16,
           32]
  table: {a: 1, 'b': [x, y], c: }
layers:
- Dense: {units: 4}
  name: première

- Flatten
- text: |
    one
      two

  folded: >-
    three
    four


  last:

meta:
  - - nested
    - 日本語
"""


@both_parsers
def test_a_document_has_its_values(parse):
    assert data(tree_of(DOCUMENT, parse)) == {
        "modelspec": 1,
        "name": "été 😀",
        "vars": {"widths": [8, 16, 32], "table": {"a": 1, "b": ["x", "y"], "c": None}},
        "layers": [
            {"Dense": {"units": 4}, "name": "première"},
            "Flatten",
            {"text": "one\n  two\n", "folded": "three four", "last": None},
        ],
        "meta": [["nested", "日本語"]],
    }


@both_parsers
def test_a_place_covers_what_was_written_and_no_more(parse):
    tree = tree_of(DOCUMENT, parse)
    assert written(tree.get("name")) == '"été 😀"'
    assert written(tree.get("vars").get("widths")) == "[8, 16,\n           32]"
    assert written(tree.get("vars").get("table")) == "{a: 1, 'b': [x, y], c: }"
    assert written(tree.get("vars").get("table").entry("b").key) == "'b'"
    layers = tree.get("layers")
    assert written(layers.items[0]) == "Dense: {units: 4}\n  name: première"
    assert written(layers.items[2].get("text")) == "|\n    one\n      two"
    assert written(layers.items[2].get("folded")) == ">-\n    three\n    four"
    assert written(layers).startswith("- Dense")
    assert written(layers).endswith("last:")
    assert written(tree.get("meta")) == "- - nested\n    - 日本語"
    assert written(tree.get("meta").items[0]) == "- nested\n    - 日本語"
    assert written(tree) == DOCUMENT[DOCUMENT.index("modelspec") : -1]


@both_parsers
def test_lines_and_columns_count_characters(parse):
    place = tree_of("é: 1\n😀😀: {日本: x}\n", parse).get("😀😀").get("日本").place
    assert (place.line, place.column) == (2, 10)


@both_parsers
@pytest.mark.parametrize(
    ("text", "offset"),
    [
        ("a:", 2),
        ("a:\nb: 1", 2),
        ("{a: }", 3),
        ("{a: , b: 1}", 3),
        ("{a}", 2),
        ("? a\n", 3),
        ("{a :\n}", 4),
        ("a: &x\n", 5),
    ],
)
def test_a_value_that_is_not_written_stands_behind_its_key(text, offset, parse):
    value = tree_of(text, parse).entries[0].value
    assert (value.value, value.place.start, value.place.end) == (None, offset, offset)


@both_parsers
def test_an_item_that_is_not_written_stands_behind_its_dash(parse):
    tree = tree_of("-\n- \n", parse)
    assert [(item.value, item.place.start) for item in tree.items] == [(None, 1), (None, 3)]


@both_parsers
def test_line_ends_of_any_system_give_the_same_values(parse):
    unix = data(tree_of(DOCUMENT, parse))
    assert data(tree_of(DOCUMENT.replace("\n", "\r\n"), parse)) == unix
    assert data(tree_of(DOCUMENT.replace("\n", "\r"), parse)) == unix


@both_parsers
def test_a_byte_order_mark_is_passed_over(parse):
    tree = tree_of("\ufeffa: é", parse)
    assert data(tree) == {"a": "é"}
    assert written(tree.get("a")) == "é"


@both_parsers
@pytest.mark.parametrize(
    "text", ["", "\n\n", "# nothing\n", "\ufeff", "---\n", "--- # nothing\n...\n", "   "]
)
def test_a_text_with_nothing_in_it_is_none_without_a_mistake(text, parse):
    assert read(text, parse) == (None, [])


@both_parsers
def test_one_document_may_be_marked_as_such(parse):
    assert data(tree_of("%YAML 1.2\n---\na: 1\n...\n", parse)) == {"a": 1}


@both_parsers
@pytest.mark.parametrize("text", ["a: 1\n---\nb: 2\n", "---\n---\n", "--- a\n...\n--- b\n"])
def test_a_second_document_is_refused_where_it_starts(text, parse):
    mistake = only_mistake(text, parse)
    assert mistake.code == "multiple-documents"
    assert marked(mistake) == "---"
    assert mistake.place.start > 0


@both_parsers
def test_tabs_may_stand_between_things_but_not_indent(parse):
    assert data(tree_of("a:\t1\nb: [1,\t2]\t# c\nd: x\ty\n", parse)) == {"a": 1, "b": [1, 2], "d": "x\ty"}
    mistake = only_mistake("a:\n\tb: 1\n", parse)
    assert (mistake.code, mistake.help, str(mistake.place)) == (
        "yaml-syntax",
        "indent with spaces",
        "net.yaml:2:1",
    )


# --- anchors, aliases, merge keys ----------------------------------------------------------------------


@both_parsers
def test_an_alias_stands_where_it_is_used_and_what_is_in_it_where_it_was_written(parse):
    text = "base: &b {k: [1]}\nused: *b\n"
    used = tree_of(text, parse).get("used")
    assert data(used) == {"k": [1]}
    assert written(used) == "*b"
    assert used.get("k").place.line == 1


@both_parsers
@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("&x foo", "foo"),
        ("&x 'foo'", "'foo'"),
        ("&x {a: 1}", "{a: 1}"),
        ("&x [1]", "[1]"),
        ("&x  |\n  foo\n", "|\n  foo"),
    ],
)
def test_an_anchor_is_no_part_of_the_place(text, value, parse):
    assert written(tree_of(f"a: {text}", parse).get("a")) == value


@both_parsers
def test_an_anchor_above_a_block_is_no_part_of_its_place(parse):
    tree = tree_of("a: &x  # why\n  b: 1\nc: &y\n  - 1\n", parse)
    assert (written(tree.get("a")), written(tree.get("c"))) == ("b: 1", "- 1")


@both_parsers
def test_aliases_of_scalars_keep_text_and_value_and_may_be_keys(parse):
    tree = tree_of("a: &n 1e-3\nb: *n\n*n : c\n", parse)
    assert isinstance(tree, Mapping)
    assert tree.get("b") == Scalar(0.001, "1e-3", tree.get("b").place)
    assert tree.entries[2].key.value == "1e-3"


def test_the_alias_of_a_key_has_the_value_of_a_value():
    assert data(tree_of("&k 12: x\nb: *k\n")) == {"12": "x", "b": 12}


def test_an_anchor_may_be_set_again():
    assert data(tree_of("- &a 1\n- *a\n- &a 2\n- *a\n")) == [1, 1, 2, 2]


@both_parsers
def test_an_unknown_alias_is_named(parse):
    mistake = only_mistake("a: *nothing\n", parse)
    assert (mistake.code, mistake.message) == ("yaml-syntax", "no anchor `&nothing` stands above")
    assert marked(mistake) == "*nothing"


@both_parsers
def test_merged_entries_stand_where_the_merge_key_stands_and_own_ones_win(parse):
    text = "b: &b {x: 1, y: 2, z: 3}\nm:\n  y: own\n  <<: *b\n  z: own\n  w: 4\n"
    merged = tree_of(text, parse).get("m")
    assert list(data(merged).items()) == [("y", "own"), ("x", 1), ("z", "own"), ("w", 4)]
    assert merged.get("x").place.line == 1
    assert written(merged) == "y: own\n  <<: *b\n  z: own\n  w: 4"


@both_parsers
def test_of_several_merged_mappings_the_earlier_wins(parse):
    text = "- &a {x: 1, y: 1}\n- &b {y: 2, z: 2}\n- {<<: [*a, *b, {z: 3, w: 3}]}\n"
    assert list(data(tree_of(text, parse).items[2]).items()) == [("x", 1), ("y", 1), ("z", 2), ("w", 3)]


def test_a_merged_mapping_may_itself_be_merged():
    text = "a: &a {x: 1}\nb: &b {<<: *a, y: 2}\nc: {<<: *b, z: 3}\n"
    assert data(tree_of(text).get("c")) == {"x": 1, "y": 2, "z": 3}


def test_quoted_the_merge_key_is_a_key():
    assert data(tree_of("'<<': {a: 1}")) == {"<<": {"a": 1}}


@pytest.mark.parametrize("value", ["4", "[1]", "[{a: 1}, x]", "[[{a: 1}]]", "~"])
def test_a_merge_key_takes_mappings_only(value):
    mistake = only_mistake(f"<<: {value}\nb: 1\n")
    assert (mistake.code, mistake.message) == ("bad-merge", "`<<` takes a mapping or a list of mappings")


def test_two_merge_keys_are_a_key_twice():
    assert only_mistake("<<: {a: 1}\n<<: {b: 1}\n").code == "duplicate-key"


# --- keys ----------------------------------------------------------------------------------------------


@both_parsers
@pytest.mark.parametrize("text", ["a: 1\nb: 2\na: 3\n", "{a: 1, b: 2, 'a': 3}", "a: 1\nb: 2\n? a\n: 3\n"])
def test_a_key_twice_shows_both_places(text, parse):
    tree, (mistake,) = read(text, parse)
    assert (mistake.code, mistake.message) == ("duplicate-key", "the key `a` stands here twice")
    (label,) = mistake.labels
    assert label.place.start < mistake.place.start
    assert data(tree) == {"a": 1, "b": 2}


def test_a_key_three_times_is_told_twice():
    _, found = read("a: 1\na: 2\na: 3\n")
    assert [item.place.line for item in found] == [2, 3]


@both_parsers
@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("[a, b]: 1", "[a, b]"),
        ("{a: 1}: 2", "{a: 1}"),
        ("? - a\n: b", "- a"),
        ("x: {{a}}", "{a}"),
        ("b: &b [1]\n*b : 2", "*b"),
    ],
)
def test_a_key_that_is_no_text_is_refused(text, place, parse):
    mistake = only_mistake(text, parse)
    assert (mistake.code, marked(mistake)) == ("bad-key", place)
    assert "quote it" in mistake.help


def test_a_key_of_which_nothing_is_written_is_refused():
    assert only_mistake("? \n: b\n").code == "bad-key"


# --- tags ----------------------------------------------------------------------------------------------


@both_parsers
@pytest.mark.parametrize(
    "tag", ["!", "!Foo", "!!str", "!!python/object/apply:os.system", "!<tag:yaml.org,2002:int>", "!e!x"]
)
@pytest.mark.parametrize("form", ["a: {} x", "{} {{a: 1}}", "- {}\n  - 1", "{} a: 1", "a: &x {} 1"])
def test_a_tag_is_refused_wherever_it_stands(tag, form, parse):
    _, found = read(form.format(tag), parse)
    assert found[0].code == "yaml-tag"
    assert tag[1:4] in marked(found[0])


@both_parsers
def test_a_pattern_that_starts_with_an_exclamation_mark_is_to_be_quoted(parse):
    _, found = read('freeze: ["text/**", !text/pool]\n', parse)
    assert (found[0].code, found[0].help) == ("yaml-tag", "quote it if it is a text")


# --- bounds and characters -----------------------------------------------------------------------------


@both_parsers
@pytest.mark.parametrize("letter", ["\0", "\x07", "\x1b", "\x7f", "\x9f", "\ufffe", "\ufeff"])
def test_a_character_that_yaml_does_not_have_is_named(letter, parse):
    mistake = only_mistake(f"é: 1\nb: x{letter}y\n", parse)
    assert mistake.code == "yaml-syntax"
    assert f"U+{ord(letter):04X}" in mistake.message
    assert str(mistake.place) == "net.yaml:2:5"


@both_parsers
def test_half_a_surrogate_pair_is_no_text(parse):
    assert only_mistake("a: \udc80", parse).code == "not-utf8"
    assert only_mistake('a: "\\ud83d"', parse).code == "yaml-syntax"


def test_reading_leaves_the_collector_as_it_was():
    for switch in (gc.disable, gc.enable):
        switch()
        before = gc.isenabled()
        read("a: [1")
        read("a: 1")
        assert gc.isenabled() == before


def test_reading_imports_nothing_heavy():
    program = (
        "import sys; import modelspec.source.reader, modelspec.source.files, modelspec.diagnostics.render;"
        "print(sorted({'keras', 'numpy', 'h5py', 'pydantic', 'rich', 'click'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_ten_thousand_items_are_read_whole():
    lines = [f"- Conv2D: {{filters: {n}}}\n  name: c{n}\n  from: c{n - 1}\n" for n in range(10_000)]
    tree = tree_of("".join(lines))
    assert len(tree.items) == 10_000
    assert data(tree.items[-1]) == {"Conv2D": {"filters": 9_999}, "name": "c9999", "from": "c9998"}
    assert tree.items[-1].place.line == 29_998


def test_the_faster_parser_is_the_default_and_both_agree():
    report = Report()
    tree = read_tree(Source("net.yaml", DOCUMENT), report)
    assert report.diagnostics == []
    from source_reading import PARSERS

    assert [everything(tree_of(DOCUMENT, parse)) for parse in PARSERS.values()] == [everything(tree)] * 2
    assert len(walk(tree)) > 40
