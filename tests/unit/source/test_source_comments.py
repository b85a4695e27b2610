"""Comments of a text, found when somebody asks for them."""

from __future__ import annotations

import pytest

from modelspec.diagnostics import Source
from modelspec.source.comments import comments_with
from modelspec.source.parser import parse_in_c
from modelspec.source.python_parser import parse_in_python


def found(text: str, *, parse=parse_in_c) -> list[tuple[int, str, bool]]:
    comments = comments_with("mark", Source("net.yaml", text), parse=parse)
    return [(comment.place.line, comment.text, comment.alone) for comment in comments]


@pytest.mark.parametrize("parse", [parse_in_c, parse_in_python], ids=["libyaml", "python"])
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 1  # mark one\n", [(1, "mark one", False)]),
        ("# mark\na: 1\n  # mark two  \n", [(1, "mark", True), (3, "mark two", True)]),
        ("a: {b: 1, # mark\n  c: 2} # mark c\n", [(1, "mark", False), (2, "mark c", False)]),
        ("a: 1 # mark", [(1, "mark", False)]),
        ("a: 1 # mark\r\nb: 2\r\n", [(1, "mark", False)]),
        ("a: b#mark\nc: '# mark'\nd: \"# mark\"\n", []),
        ("a: |\n  # mark\n  text\nb: 1\n", []),
        ("a: 1 # other\n", []),
        ("a: [1\n# mark\n", []),
    ],
)
def test_a_comment_is_what_starts_with_a_hash_outside_of_texts(text, expected, parse):
    assert found(text, parse=parse) == expected


def test_a_text_without_the_word_is_not_parsed():
    def parse(text: str):
        raise AssertionError("it was parsed")

    assert found("a: 1 # other\n", parse=parse) == []
