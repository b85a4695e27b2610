"""Two changes of a document merged: which are both taken, and which are a conflict."""

from __future__ import annotations

from pathlib import Path

import pytest

from modelspec.compiler.git.merge import Versions, merge
from modelspec.compiler.git.three_way import Marks

BASE = """\
modelspec: 1
name: net

vars:
  width: 4                        # of the stem
  classes: 3

blocks:
  unit:
    params: {n: 2}
    layers:
      - Dense: {units: $n}
        name: inner
      - ReLU

# one image
inputs: {x: [8]}

layers:
  # the stem
  - Dense: {units: $width}
    name: stem
  - ReLU
  - unit:
    name: body
  - Dropout: {rate: 0.1}
  - Dense: {units: $classes}
    name: head

compile: {optimizer: adam, loss: mse}
"""


def merged(ours, theirs, base=BASE):
    versions = Versions(base.encode(), ours.encode(), theirs.encode())
    result = merge(versions, Path("net.yaml"), Marks())
    return result.data.decode(), result.reasons


def change(*pairs, text=BASE):
    for old, new in pairs:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def is_clean(ours, theirs, both):
    assert merged(change(*ours), change(*theirs)) == (change(*both), ())
    assert merged(change(*theirs), change(*ours)) == (change(*both), ())


# Each changes the base in a way that any other of them can be merged with.
CHANGES = {
    "a variable": [("width: 4                        #", "width: 6                        #")],
    "the variable below": [("classes: 3", "classes: 5")],
    "an argument": [("{units: $width}", "{units: $width, activation: relu}")],
    "the item below": [("  - ReLU\n  - unit:", "  - ReLU:\n      max_value: 6\n  - unit:")],
    "a parameter": [("{n: 2}", "{n: 3}")],
    "an item of a block": [("      - ReLU\n", "      - ReLU6\n")],
    "an inserted item": [
        ("  - Dropout: {rate: 0.1}\n", "  - Dropout: {rate: 0.1}\n  # why\n  - LayerNormalization\n")
    ],
    "a removed section": [("\ncompile: {optimizer: adam, loss: mse}\n", "")],
    "a renamed item": [("    name: head", "    name: logits")],
    "a comment": [("# one image", "# one image, flat")],
    "the name": [("name: net", "name: network")],
}
PAIRS = [(one, two) for number, one in enumerate(CHANGES) for two in list(CHANGES)[number + 1 :]]


@pytest.mark.parametrize(("one", "two"), PAIRS)
def test_changes_of_different_parts_are_both_taken(one, two):
    is_clean(CHANGES[one], CHANGES[two], [*CHANGES[one], *CHANGES[two]])


def test_changes_side_by_side_that_git_itself_would_not_merge_are_taken():
    ours, theirs = [("width: 4 ", "width: 6 ")], [("classes: 3", "classes: 5")]
    is_clean(ours, theirs, [*ours, *theirs])


def test_the_same_change_twice_is_one():
    same = change(*CHANGES["an inserted item"])
    assert merged(same, same) == (same, ())


def test_two_changes_of_one_item_are_a_conflict_that_shows_both():
    text, reasons = merged(
        change(("{units: $classes}", "{units: 7}")),
        change(("    name: head", "    name: head\n    trainable: false")),
    )
    assert reasons == ("both sides changed `head`",)
    assert text == change(
        (
            "  - Dense: {units: $classes}\n    name: head\n",
            "<<<<<<< ours\n  - Dense: {units: 7}\n    name: head\n=======\n"
            "  - Dense: {units: $classes}\n    name: head\n    trainable: false\n>>>>>>> theirs\n",
        )
    )


@pytest.mark.parametrize(
    ("ours", "theirs", "called"),
    [
        ([("classes: 3", "classes: 4")], [("classes: 3", "classes: 5")], "classes"),
        ([("{n: 2}", "{n: 3}")], [("{n: 2}", "{n: 4}")], "params"),
        ([("  - Dropout: {rate: 0.1}\n", "")], [("{rate: 0.1}", "{rate: 0.2}")], "Dropout"),
        (
            [("  - Dropout: {rate: 0.1}\n", "  - Dropout: {rate: 0.1}\n  - Flatten\n")],
            [("  - Dropout: {rate: 0.1}\n", "  - Dropout: {rate: 0.1}\n  - Softmax\n")],
            "Flatten, Softmax",
        ),
        ([("name: head", "name: logits")], [("name: head", "name: scores")], "logits, scores"),
        ([("# the stem", "# the first")], [("# the stem", "# the lowest")], "stem"),
        (
            [("{x: [8]}", "\n  x: [8]\n  y: [2]")],
            [("{x: [8]}", "\n  x: [8]\n  z: [3]")],
            "inputs",
        ),
        (
            [("\n# one image", "\nmeta: {a: 1}\n\n# one image")],
            [("\n# one image", "\nmeta: {a: 2}\n\n# one image")],
            "meta",
        ),
    ],
)
def test_two_changes_of_one_part_are_a_conflict(ours, theirs, called):
    text, reasons = merged(change(*ours), change(*theirs))
    assert reasons == (f"both sides changed `{called}`",)
    assert text.count("<<<<<<< ours\n") == text.count("=======\n") == text.count(">>>>>>> theirs\n") == 1


def test_new_inputs_of_both_sides_are_a_conflict_since_their_order_matters():
    base = change(("inputs: {x: [8]}", "inputs:\n  x: [8]"))
    _, reasons = merged(*(base.replace("  x: [8]\n", f"  x: [8]\n  {name}: [2]\n") for name in "yz"), base)
    assert reasons == ("both sides changed `y, z`",)


def test_new_entries_of_a_section_are_both_taken_in_any_order():
    ours = change(("  classes: 3\n", "  classes: 3\n  drop: 0.1\n"))
    theirs = change(("  classes: 3\n", "  classes: 3\n  heads: 2\n"))
    text, reasons = merged(ours, theirs)
    assert (text, reasons) == (change(("  classes: 3\n", "  classes: 3\n  drop: 0.1\n  heads: 2\n")), ())


def test_what_both_sides_change_well_but_not_together_is_told():
    ours = change(("  classes: 3\n", ""), ("{units: $classes}", "{units: 3}"))
    theirs = change(("  - Dropout: {rate: 0.1}\n", "  - Dense: {units: $classes}\n    name: more\n"))
    text, reasons = merged(ours, theirs)
    assert "name: more" in text
    assert "<<<" not in text
    assert len(reasons) == 1
    assert reasons[0].startswith("net.yaml:")
    assert "classes" in reasons[0]


def test_mistakes_that_a_side_had_before_are_no_conflict():
    base = change(("optimizer: adam", "optimizer: adamm"))
    ours = change(("{rate: 0.1}", "{rate: 0.2}"), text=base)
    theirs = change(("classes: 3", "classes: 5"), text=base)
    text, reasons = merged(ours, theirs, base)
    assert (text, reasons) == (
        change(("{rate: 0.1}", "{rate: 0.2}"), ("classes: 3", "classes: 5"), text=base),
        (),
    )


def test_line_ends_are_ours():
    ours = change(("{rate: 0.1}", "{rate: 0.2}")).replace("\n", "\r\n")
    theirs = change(("classes: 3", "classes: 5"))
    expected = change(("{rate: 0.1}", "{rate: 0.2}"), ("classes: 3", "classes: 5")).replace("\n", "\r\n")
    assert merged(ours, theirs, BASE.replace("\n", "\r\n")) == (expected, ())
    assert merged(ours, theirs) == (expected, ())


def test_a_side_that_was_only_formatted_is_merged_with_the_changes_of_the_other():
    crooked = BASE.replace("\n    ", "\n      ").replace("{units: $width}", "{ units: $width }")
    text, reasons = merged(
        change(("{rate: 0.1}", "{rate: 0.2}")), crooked.replace("classes: 3", "classes: 5"), crooked
    )
    assert reasons == ()
    assert text == change(("{rate: 0.1}", "{rate: 0.2}"), ("classes: 3", "classes: 5"))


@pytest.mark.parametrize("old", ["width: 4 ", "name: net\n"])
def test_what_cannot_be_taken_apart_is_merged_by_lines(old):
    base = change((old, old.replace(":", ": &here", 1)))
    ours = change(("{rate: 0.1}", "{rate: 0.2}"), text=base)
    theirs = change(("{n: 2}", "{n: 3}"), text=base)
    text, reasons = merged(ours, theirs, base)
    assert (text, reasons) == (change(("{rate: 0.1}", "{rate: 0.2}"), ("{n: 2}", "{n: 3}"), text=base), ())
    text, reasons = merged(change(("{n: 2}", "{n: 5}"), text=base), theirs, base)
    assert reasons == ("both sides changed the same lines",)
    assert "<<<<<<< ours\n" in text


@pytest.mark.parametrize("broken", ["modelspec: [\n", "", "[1, 2]\n"])
def test_a_side_that_is_no_document_is_merged_by_lines(broken):
    text, reasons = merged(broken, change(*CHANGES["a parameter"]))
    assert reasons
    assert "<<<<<<<" in text


def test_bytes_that_are_no_text_are_left_to_git():
    versions = Versions(b"\xff\n", b"\xff\xfe\n", b"\xfd\n")
    assert merge(versions, Path("net.yaml"), Marks()).reasons


def test_the_size_of_marks_is_the_given_one():
    versions = Versions(b"modelspec: 1\nname: a\n", b"modelspec: 1\nname: b\n", b"modelspec: 1\nname: c\n")
    text = merge(versions, Path("net.yaml"), Marks(12)).data.decode()
    assert text == f"modelspec: 1\n{'<' * 12} ours\nname: b\n{'=' * 12}\nname: c\n{'>' * 12} theirs\n"
