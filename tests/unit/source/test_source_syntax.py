"""What YAML objects to is said in our own words, at its place, with a way out, by both parsers alike."""

from __future__ import annotations

import pytest
from source_reading import both_parsers, marked, only_mistake, read

# text, what is marked, a piece of the message, a piece of the help
CASES = [
    ("inputs: {x: [8]\nlayers:\n", "l", "a `,` or `}` is missing", "close the mapping with `}`"),
    ("a: [1, 2\nb: 3\n", ":", "a `,` or `]` is missing", "close the list with `]`"),
    ("{'a': '1' 'b': 2}", "'", "a `,` or `}` is missing", "close the mapping"),
    ("a: b: c\n", ":", "a `:` cannot stand here", "quote a text that holds `: `"),
    ("a: 1\nb\nc: 2\n", "b", "a `:` is missing behind this key", "write `key: value`"),
    ("\ta: 1", "\t", "a tab cannot stand here", "indent with spaces"),
    ("a: |\n  \tb\n", "\t", "a tab cannot stand here", "indent with spaces"),
    ("a:\n  b: 1\n c: 2\n", "c", "this line does not fit the lines above it", "align it"),
    ("- a\nb: 1\n", "b", "this line does not fit the lines above it", "align it"),
    ("a: 1\n- b\n", "-", "", ""),
    ("a: 'x' y\n", "y", "the value has ended before this", "quote the whole value"),
    ("a: 'x\n", "'x", "a quoted text does not end", "end it with `'`"),
    ('a: "x\n', '"x', "a quoted text does not end", 'end it with `"`'),
    ('"block_(\\d+)": x', "\\d", "starts an escape, and this is none", "write `\\\\`"),
    ('a: "\\U00110000"', "", "this escape stands for no character", "write the character itself"),
    ("only: [**/kernel]\n", "**/kernel]", "no name follows the `*`", "quote it"),
    ("only: *\n", "*", "no name follows the `*`", "quote it"),
    ("a: & b\n", "& b", "no name follows the `&`", "quote it"),
    ("x: @a\n", "@", "no text starts with `@`", "quote"),
    ("x: `a`\n", "`", "no text starts with backtick", "quote"),
    ("x: %a\n", "%", "no text starts with `%`", "quote"),
    ("a: - b\n", "-", "a `-` cannot start a list here", "on a line of its own"),
    ("a: ? b\n", "?", "a `?` cannot stand here", "quote the text"),
    ("[a, , b]", ",", "a value is missing here", "write `null`"),
    ("[1, 2] 3\n", "3", "the document has ended before this", "check the indentation and the brackets"),
    ("a: |x\n", "x", "the text after `|` or `>` starts on the next line", "quote it"),
    ("%YAML 3.0\n---\na: 1\n", "", "this directive cannot be read", "take it out"),
    ("%FOO\n---\na: 1\n", "", "this directive cannot be read", "take it out"),
    (": a\n", ":", "this line does not fit the lines above it", ""),
    ("}\n", "}", "", ""),
]


@both_parsers
@pytest.mark.parametrize(("text", "place", "message", "help_text"), CASES, ids=[case[0] for case in CASES])
def test_a_syntax_error_is_told_in_one_sentence_with_a_way_out(text, place, message, help_text, parse):
    mistake = only_mistake(text, parse)
    assert mistake.code == "yaml-syntax"
    assert message in mistake.message
    assert help_text in (mistake.help or "")
    assert marked(mistake).startswith(place)
    assert "\n" not in mistake.message


@pytest.mark.parametrize(
    ("text", "label"), [("a: {b: 1\n", "the mapping starts here"), ("[1\n", "the list starts here")]
)
def test_brackets_that_do_not_close_are_shown_where_they_open(text, label):
    (shown,) = only_mistake(text).labels
    assert shown.text == label
    assert text[shown.place.start] in "[{"


def test_what_is_wrong_at_the_end_stands_behind_the_last_character():
    assert str(only_mistake("a: {b: 1\n\n\n").place) == "net.yaml:1:9"


@both_parsers
def test_a_syntax_error_gives_no_tree(parse):
    assert read("a: 1\nb: [", parse)[0] is None


def test_mistakes_before_a_syntax_error_are_told_too():
    _, found = read("a: True\na: 1\nb: [")
    assert [item.code for item in found] == ["ambiguous-scalar", "duplicate-key", "yaml-syntax"]
