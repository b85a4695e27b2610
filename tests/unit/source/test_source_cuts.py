"""Unquoted expressions that YAML cuts are found whole, each once, with what to write."""

from __future__ import annotations

import pytest
from source_reading import both_parsers, data, marked, only_mistake, read, tree_of

from modelspec.diagnostics import Report, Source, SpecError
from modelspec.source.reader import read_tree

WHOLE = [
    "{a: ${b}}",
    "{a: ${b}, c: 1}",
    "[${b}]",
    "[x, ${b}, y]",
    "{a: $(min(b, 2))}",
    "{a: $(min(b, c, 2)), d: 1}",
    "{a: $(x[0])}",
    "[$(x[0]), 1]",
    "{$(min(a, b)): 1}",
    "{${name}: 1}",
    "- {Dense: {units: $(max(8, n // 2)), use_bias: false}}",
    "[$(f(',', \"]\"))]",
    "[$(min(a,\n  b))]",
    "{a: $(len('a: b'))}",
    'a: $(x == "a: b")',
    "a: $(x # y)",
]


@both_parsers
@pytest.mark.parametrize("text", WHOLE)
def test_a_cut_expression_is_told_once_and_whole(text, parse):
    mistake = only_mistake(text, parse)
    assert mistake.code == "cut-expression"
    assert mistake.help.startswith("quote it")
    expression = marked(mistake)
    assert expression[:2] in ("$(", "${")
    assert expression[-1] in ")}"


@both_parsers
@pytest.mark.parametrize("text", WHOLE)
def test_what_a_cut_expression_was_meant_to_be_is_in_the_tree(text, parse):
    tree, (mistake,) = read(text, parse)
    expression = " ".join(marked(mistake).split())
    assert expression in repr(data(tree)).replace('\\"', '"').replace("\\'", "'")


@both_parsers
def test_the_help_can_be_pasted(parse):
    text = "layers:\n- {units: $(min(4, 8)), name: ${n}, x: $(a['b'])}\n"
    _, found = read(text, parse)
    for item in sorted(found, key=lambda item: -item.place.start):
        quoted = item.help.removeprefix("quote it: `").removesuffix("`")
        text = text[: item.place.start] + quoted + text[item.place.end :]
    assert data(tree_of(text, parse)) == {
        "layers": [{"units": "$(min(4, 8))", "name": "${n}", "x": "$(a['b'])"}]
    }


@both_parsers
def test_every_cut_expression_of_a_text_is_told_and_so_is_what_else_is_wrong(parse):
    text = "a: {b: ${c}, d: $(x[0])}\ne: [True, ${f}]\ng: [$(min(h, i))]\na: 2\n"
    _, found = read(text, parse)
    assert [(item.code, item.place.line) for item in sorted(found, key=lambda item: item.place.start)] == [
        ("cut-expression", 1),
        ("cut-expression", 1),
        ("ambiguous-scalar", 2),
        ("cut-expression", 2),
        ("cut-expression", 3),
        ("duplicate-key", 4),
    ]


@both_parsers
@pytest.mark.parametrize(
    ("text", "written", "read_as"),
    [
        ("{a: (2, 4)}", "(2, 4)", {"a": [2, 4]}),
        ("[(1,), x]", "(1,)", [[1], "x"]),
        ("{a: ((1, 2), (3, 4)), b: 5}", "((1, 2), (3, 4))", {"a": [[1, 2], [3, 4]], "b": 5}),
        ("{a: (2,\n  4)}", "(2,\n  4)", {"a": [2, 4]}),
    ],
)
def test_a_tuple_is_told_once_and_read_as_the_list_it_was_meant_to_be(text, written, read_as, parse):
    tree, found = read(text, parse)
    assert [item.code for item in found] == ["cut-expression"]
    assert marked(found[0]) == written
    assert found[0].help.startswith("YAML has no tuples: write the list `[")
    assert data(tree) == read_as


@both_parsers
def test_an_expression_in_a_tuple_is_told_first(parse):
    assert marked(only_mistake("[(f, $(min(a, b)))]", parse)) == "$(min(a, b))"


@both_parsers
def test_an_expression_in_braces_is_to_stand_in_parentheses_too(parse):
    tree, (mistake,) = read("{units: ${n * 2}, name: a}", parse)
    assert mistake.help == 'quote it: `"$(n * 2)"`'
    assert data(tree) == {"units": "$(n * 2)", "name": "a"}


def test_a_part_of_a_longer_text_is_to_be_quoted_with_all_of_it():
    mistake = only_mistake("[block${i}_conv]")
    assert marked(mistake) == "${i}"
    assert "outside of quotes" in mistake.help


def test_an_expression_with_double_quotes_is_to_stand_in_single_ones():
    assert only_mistake('{a: $(min("x", "y"))}').help == """quote it: `'$(min("x", "y"))'`"""


@both_parsers
@pytest.mark.parametrize(
    "text", ["{a: $(min(b, 2), c: 1}", "[$(a, b]", "{a: $(x[0}", "[${a, b]", "[$(a[, b]"]
)
def test_an_expression_that_is_cut_and_never_ends_is_told_and_gives_no_tree(text, parse):
    tree, found = read(text, parse)
    assert tree is None
    assert found[0].code == "cut-expression"
    assert found[0].help.startswith("quote it")
    assert [item.code for item in found] == ["cut-expression"]


@both_parsers
@pytest.mark.parametrize(
    "text",
    [
        "{a: $b, c: $(d + 1)}",
        "{a: \"$(min(b, 2))\", c: '${d}'}",
        "a: $(min(b, 2))",
        "a: ${b}",
        "- $(x[0])",
        "a: $(min(b,\n   2))",
        "[$$(a, b]",
        "[costs $5, $, $$]",
        "[$(a), ($b]",
        "{a: (b), c: (d) e}",
        "a: (b, c)",
        "[x (y, z) w]",
        "[a$, {b: c}]",
        "a: $(unclosed",
        "[$(unclosed]",
        "a: |\n  $(x\n  )\n",
    ],
)
def test_what_is_not_cut_is_left_alone(text, parse):
    tree_of(text, parse)


def test_a_text_with_cuts_all_over_is_told_of_as_many_as_a_report_takes():
    report = Report()
    text = "\n".join(f"- {{c: $(min(d, {n}))}}" for n in range(20_000))
    with pytest.raises(SpecError):
        read_tree(Source("net.yaml", text), report)
    assert {item.code for item in report.diagnostics} == {"cut-expression"}


def test_a_long_text_with_many_cuts_ends_soon():
    text = "\n".join(f"- {{a: ${{b{n}}}}}" for n in range(20_000))
    _, found = read(text)
    assert {item.code for item in found} == {"cut-expression"}
