"""Diagnostics in full, on one line, in colour and as data."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelspec.diagnostics import Diagnostic, Frame, Label, Place, Source, SpecError
from modelspec.diagnostics.excerpt import MAX_COLUMNS, columns, excerpt
from modelspec.diagnostics.render import (
    in_order,
    render_concise,
    render_full,
    render_json,
    render_rich,
    summary,
)

TEXT = """\
modelspec: 1
layers:
  - Dense: {unitz: 4}
  - residual
"""
NET = Source("net.yaml", TEXT)


def at(piece: str, source: Source = NET) -> Place:
    start = source.text.index(piece)
    return Place(source, start, start + len(piece))


FULL = Diagnostic(
    "unknown-argument",
    "`Dense` has no argument `unitz`",
    at("unitz"),
    help="did you mean `units`?",
    frames=(Frame("in block `residual`, used at", at("residual")),),
    labels=(Label(at("Dense"), "of this class"),),
    notes=("it has `units`\nand more", "a second note"),
)


def caret_of(text: str, piece: str) -> tuple[str, str]:
    """The line as shown, and what of it stands above the caret, by columns."""
    rendered = render_full(Diagnostic("bad-key", "m", at(piece, Source("x", text)))).splitlines()
    line, caret = (row.partition("| ")[2] for row in rendered[3:5])
    start = columns(caret) - len(caret.lstrip())
    shown, column = "", 0
    for letter in line:
        if start <= column < start + len(caret.strip()):
            shown += letter
        column += columns(letter)
    return line, shown


def test_the_full_form_holds_everything_in_the_order_it_is_read():
    assert render_full(FULL).split("\n") == [
        "error[unknown-argument]: `Dense` has no argument `unitz`",
        " --> net.yaml:3:13",
        "  |",
        "3 |   - Dense: {unitz: 4}",
        "  |             ^^^^^",
        " --> net.yaml:3:5",
        "  |",
        "3 |   - Dense: {unitz: 4}",
        "  |     ^^^^^ of this class",
        "  = it has `units`",
        "    and more",
        "  = a second note",
        "  ^ in block `residual`, used at net.yaml:4:5",
        "help: did you mean `units`?",
    ]


def test_the_concise_form_is_one_line():
    assert render_concise(FULL) == "net.yaml:3:13: error[unknown-argument] `Dense` has no argument `unitz`"


def test_what_has_no_place_is_told_without_one():
    item = Diagnostic("no-backend", "no backend is installed", help="install `jax`")
    assert render_full(item) == "error[no-backend]: no backend is installed\nhelp: install `jax`"
    assert render_concise(item) == "error[no-backend] no backend is installed"
    assert render_json([item])[0]["place"] is None
    assert render_rich(item).plain == render_full(item)


def test_of_a_source_without_text_only_the_name_is_told():
    place = Place(Source("net.yaml", "", inline=True), 0, 0)
    item = Diagnostic("file-not-found", "it does not exist", place, labels=(Label(place, "named here"),))
    assert render_full(item).split("\n") == [
        "error[file-not-found]: it does not exist",
        " --> net.yaml",
        " --> net.yaml",
        "  = named here",
    ]


def test_a_warning_says_so():
    assert render_full(Diagnostic("unused-node", "nobody reads `x`")).startswith("warning[unused-node]: ")


def test_the_margin_is_as_wide_as_the_number_of_the_line():
    source = Source("x.yaml", "\n" * 99 + "here\n")
    assert render_full(Diagnostic("bad-key", "m", at("here", source))).split("\n")[1:] == [
        "   --> x.yaml:100:1",
        "    |",
        "100 | here",
        "    | ^^^^",
    ]


@pytest.mark.parametrize(
    ("text", "piece", "line"),
    [
        ("\ta: foo", "foo", "    a: foo"),
        ("a:\tfoo\tbar", "foo", "a:    foo    bar"),
        ("日本: 語学", "語学", "日本: 語学"),
        ("é: e\u0301x foo", "foo", "é: e\u0301x foo"),
        ("😀: foo", "foo", "😀: foo"),
        ("ｆ: foo\r\nb", "foo", "ｆ: foo"),
        ("a: \x1b[2Jfoo", "foo", "a: �[2Jfoo"),
        ("a: \u202efoo", "foo", "a: �foo"),
    ],
)
def test_the_caret_stands_under_the_place(text, piece, line):
    assert caret_of(text, piece) == (line, piece)


def test_the_caret_of_a_place_over_several_lines_ends_with_the_first():
    place = Place(NET, TEXT.index("layers"), len(TEXT))
    assert render_full(Diagnostic("bad-key", "m", place)).split("\n")[-2:] == ["2 | layers:", "  | ^^^^^^^"]


@pytest.mark.parametrize(
    ("offset", "rows"), [(len(TEXT), ["5 |", "  | ^"]), (12, ["1 | modelspec: 1", "  | " + " " * 12 + "^"])]
)
def test_an_empty_place_has_one_caret(offset, rows):
    assert render_full(Diagnostic("bad-key", "m", Place(NET, offset, offset))).split("\n")[-2:] == rows


@pytest.mark.parametrize(
    "text",
    [
        "x" * 500 + "HERE" + "y" * 500,
        "HERE" + "y" * 500,
        "x" * 500 + "HERE",
        "語" * 300 + "HERE" + "学" * 300,
        "\t" * 99 + "HERE",
    ],
)
def test_a_long_line_is_cut_around_the_place(text):
    line, shown = caret_of(text, "HERE")
    assert shown == "HERE"
    assert columns(line) <= MAX_COLUMNS
    assert line.startswith("…") == (not text.startswith("HERE"))
    assert line.endswith("…") == (not text.endswith("HERE"))


def test_of_a_long_place_the_start_is_shown():
    line, shown = caret_of("key: " + "x" * 500 + ", b", "x" * 500)
    assert line.startswith("key: xxx")
    assert shown.endswith("…")
    assert columns(line) <= MAX_COLUMNS


def test_a_line_of_megabytes_is_shown_at_once():
    source = Source("x", "a: " + "\x01\t" * 8_000_000)
    begun = time.process_time()
    render_full(Diagnostic("bad-key", "m", Place(source, 8_000_000, 15_000_000)))
    assert time.process_time() - begun < 1.0


def test_many_frames_are_cut_after_the_innermost():
    frames = tuple(Frame(f"in block `b{n}`, used at", at("residual")) for n in range(60))
    rows = render_full(Diagnostic("bad-key", "m", at("Dense"), frames=frames)).split("\n")
    assert rows[5] == "  ^ in block `b0`, used at net.yaml:4:5"
    assert rows[-1] == "  ^ and 52 more"


def test_what_is_invisible_is_written_out_in_every_form():
    source = Source("a\nb\x1b.yaml", "k: v")
    item = Diagnostic("bad-key", "x\n\x1b[31m\u202e", at("v", source), help="a\tb", notes=("n\x07",))
    assert render_concise(item) == "a\\nb\\x1b.yaml:1:4: error[bad-key] x\\n\\x1b[31m\\u202e"
    assert all(letter.isprintable() for row in render_full(item).split("\n") for letter in row)


def test_a_giant_name_does_not_bury_a_sentence():
    source = Source("n" * 10_000, "k: v")
    item = Diagnostic("bad-key", "m" * 10**6, at("v", source), help="h" * 10**6, notes=("n" * 10**6,))
    for form in (render_full(item), render_concise(item), json.dumps(render_json([item]))):
        assert len(form) < 10_000


def test_json_holds_lines_and_columns_from_one_and_ends_behind_the_last_character():
    (found,) = render_json([FULL])
    assert json.loads(json.dumps(found)) == found
    assert found == {
        "code": "unknown-argument",
        "severity": "error",
        "message": "`Dense` has no argument `unitz`",
        "help": "did you mean `units`?",
        "place": {"file": "net.yaml", "line": 3, "column": 13, "end_line": 3, "end_column": 18},
        "frames": [
            {
                "text": "in block `residual`, used at",
                "place": {"file": "net.yaml", "line": 4, "column": 5, "end_line": 4, "end_column": 13},
            }
        ],
        "labels": [
            {
                "text": "of this class",
                "place": {"file": "net.yaml", "line": 3, "column": 5, "end_line": 3, "end_column": 10},
            }
        ],
        "notes": ["it has `units`\nand more", "a second note"],
    }


def test_json_can_always_be_written_as_utf8():
    source = Source("\udc80", "\ud800")
    item = Diagnostic("bad-key", "\ud83d", Place(source, 0, 1), help="\udc80", notes=("\ud800",))
    json.dumps(render_json([item]), ensure_ascii=False).encode("utf-8")
    render_full(item).encode("utf-8")
    render_concise(item).encode("utf-8")


def test_colours_change_no_character():
    text = render_rich(FULL)
    assert text.plain == render_full(FULL)
    styles = {text.plain[span.start : span.end]: str(span.style) for span in text.spans}
    assert styles["error[unknown-argument]"] == "bold red"
    assert styles["^^^^^"] == "bold red"
    assert styles["^^^^^ of this class"] == "bold blue"


def test_an_exception_with_diagnostics_says_all_of_them_in_full():
    other = Diagnostic("no-backend", "no backend is installed")
    assert str(SpecError([FULL, other])) == f"{render_full(FULL)}\n\n{render_full(other)}"


def test_the_order_is_by_file_as_they_appear_then_by_position():
    first, second = Source("b.yaml", "abc"), Source("a.yaml", "abc")
    given_order = [
        Diagnostic("bad-key", "1", Place(first, 2, 3)),
        Diagnostic("bad-key", "2", Place(second, 1, 2)),
        Diagnostic("no-backend", "3"),
        Diagnostic("unused-node", "4", Place(first, 0, 1)),
        Diagnostic("bad-key", "5", Place(second, 0, 1)),
        Diagnostic("unused-node", "6", Place(first, 2, 3)),
    ]
    assert [item.message for item in in_order(given_order)] == ["4", "1", "6", "5", "2", "3"]


def test_two_readings_of_one_file_count_as_one():
    items = [Diagnostic("bad-key", str(n), Place(Source("a.yaml", "abc"), n, n)) for n in (2, 0, 1)]
    assert [item.message for item in in_order(items)] == ["0", "1", "2"]


@pytest.mark.parametrize(
    ("codes", "text"),
    [
        ([], "no errors"),
        (["bad-key"], "1 error"),
        (["bad-key", "unused-node", "bad-key"], "2 errors, 1 warning"),
        (["unused-node"] * 2, "2 warnings"),
    ],
)
def test_the_summary_counts(codes, text):
    assert summary(Diagnostic(code, "m") for code in codes) == text


@given(st.text(), st.integers(0, 300), st.integers(0, 300), st.text(max_size=20))
@settings(deadline=None)
def test_any_place_of_any_text_can_be_shown(text, start, length, message):
    start = min(start, len(text))
    place = Place(Source("x", text), start, min(start + length, len(text)))
    item = Diagnostic("bad-key", message, place, labels=(Label(place, message),))
    rendered = render_full(item)
    assert all(letter.isprintable() or letter == "\n" for letter in rendered)
    assert render_rich(item).plain == rendered
    assert columns(excerpt(place).line) <= MAX_COLUMNS
    assert "\n" not in render_concise(item)
    assert rendered.count("\n") == (8 if text else 3 if message else 2)
