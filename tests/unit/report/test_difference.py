from __future__ import annotations

from sweep_rows import BASE, variant

from modelspec.report.difference import Line, difference


def text(lines: tuple[Line, ...]) -> str:
    marks = {"same": " ", "added": "+", "removed": "-", "gap": "~"}
    return "\n".join(f"{marks[line.kind]}{line.text}" for line in lines)


def test_lines_that_differ_stand_with_two_around_them():
    base = "".join(f"line {number}\n" for number in range(20))
    other = base.replace("line 3\n", "line three\n").replace("line 15\n", "")
    assert text(difference(base, other)) == (
        "~\n line 1\n line 2\n-line 3\n+line three\n line 4\n line 5\n"
        "~\n line 13\n line 14\n-line 15\n line 16\n line 17\n~"
    )


def test_the_base_itself_has_none():
    assert difference(BASE, BASE) == ()
    without = BASE.replace(BASE[BASE.index("# What is tried.") : BASE.index("train:")], "")
    assert difference(BASE, without) == ()
    assert difference(BASE, f"{without}\n\n") == ()


def test_the_section_sweep_makes_no_difference_wherever_it_stands():
    for base in (
        "a: 1\nsweep:\n  method: grid\n\n  space: {}\n# inside\n  seed: 1\nb: 2\n",
        "sweep: {method: grid,\n  space: {}}\na: 1\nb: 2\n",
        "a: 1\nb: 2\n# Of the sweep.\n'sweep':\n  method: grid\n",
        "a: 1\nb: 2\nsweep :\n",
    ):
        assert difference(base, "a: 1\nb: 2\n") == (), base


def test_a_comment_of_the_next_section_stays():
    base = "a: 1\nsweep:\n  method: grid\n# Of b.\nb: 2\n"
    assert text(difference(base, "a: 1\nb: 2\n")) == " a: 1\n-# Of b.\n b: 2"


def test_a_key_that_begins_alike_is_no_section():
    assert text(difference("sweeper: 1\n", "sweeper: 2\n")) == "-sweeper: 1\n+sweeper: 2"


def test_a_variant_differs_where_its_values_do():
    found = [line for line in difference(BASE, variant(1).document) if line.kind in ("added", "removed")]
    assert {line.text.strip().partition(":")[0] for line in found} == {"vars", "optimizer"}
