"""Whether two trees say the same, wherever and however each is written."""

from __future__ import annotations

from modelspec.source.tree import Mapping, Node, Scalar, Sequence


def says_the_same(one: Node, two: Node) -> bool:
    """Whether whoever reads two trees, their names and references included, finds no difference.

    Quotes make none where the value is the same. A value of which nothing is written is another than `null`:
    the parameter of a block that has none must be given.
    """
    match one, two:
        case Scalar(value=None), Scalar(value=None):
            return bool(one.text) == bool(two.text)
        case Scalar(), Scalar():
            # By representation: 1, 1.0 and true are three values, and a number that is none equals itself.
            return one.text == two.text and repr(one.value) == repr(two.value)
        case Sequence(), Sequence():
            return len(one.items) == len(two.items) and all(map(says_the_same, one.items, two.items))
        case Mapping(), Mapping():
            return len(one.entries) == len(two.entries) and all(
                first.key.text == second.key.text and says_the_same(first.value, second.value)
                for first, second in zip(one.entries, two.entries, strict=True)
            )
        case _:
            return False
