"""Changes of different items are both taken, whichever they are and whichever side is ours."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from effort import tried
from hypothesis import given, settings
from hypothesis import strategies as st

from modelspec.compiler.git.merge import Versions, merge
from modelspec.compiler.git.three_way import Marks

COUNT = 8


@dataclass(frozen=True)
class Item:
    """A layer, with or without a name and a comment above it."""

    units: int
    name: str | None
    remark: str | None

    def text(self) -> str:
        lines = [f"  # {self.remark}"] if self.remark else []
        lines.append(f"  - Dense: {{units: {self.units}}}")
        lines += [f"    name: {self.name}"] if self.name else []
        return "".join(f"{line}\n" for line in lines)


def document(items):
    return f"modelspec: 1\ninputs: {{x: [3]}}\nlayers:\n{''.join(item.text() for item in items)}"


@st.composite
def changes(draw):
    """The items of a base and, for some of them, no neighbours, who changes each and to what."""
    base = [
        Item(number + 1, draw(st.sampled_from([f"n{number}", None])), draw(st.sampled_from(["why", None])))
        for number in range(COUNT)
    ]
    edits = {}
    for number in range(0, COUNT, 2):
        item = base[number]
        after = draw(
            st.sampled_from(
                [
                    [replace(item, units=100 + number)],
                    [replace(item, remark="otherwise")],
                    [replace(item, name=f"m{number}")],
                    [item, Item(200 + number, None, "new")],
                    [Item(200 + number, f"new{number}", None), item],
                    [],
                ]
            )
        )
        edits[number] = (draw(st.sampled_from(["ours", "theirs", "both"])), after)
    return base, edits


def version(base, edits, *sides):
    return document(
        one
        for number, item in enumerate(base)
        for one in (edits[number][1] if number in edits and edits[number][0] in (*sides, "both") else [item])
    )


@settings(max_examples=tried(60), deadline=None)
@given(changes())
def test_changes_of_different_items_are_both_taken(drawn):
    base, edits = drawn
    texts = [document(base), version(base, edits, "ours"), version(base, edits, "theirs")]
    expected = version(base, edits, "ours", "theirs")
    for ours, theirs in ((1, 2), (2, 1)):
        versions = Versions(*(texts[number].encode() for number in (0, ours, theirs)))
        result = merge(versions, Path("net.yaml"), Marks())
        assert (result.data.decode(), result.reasons) == (expected, ())
