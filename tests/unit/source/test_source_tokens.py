"""The tokens of a text, by either scanner, each with exactly the characters that it is."""

from __future__ import annotations

import pytest
import yaml

from modelspec.source.tokens import scan_tokens

TEXT = """\
# a comment
key: &x {a: 1, 'b': [2 ,"c"]}  # why
list:
- *x
-   - |  # kept
      text

  - >+
   folded


? odd
: two
  lines
"""


def written(text):
    return [(token.kind, text[token.start : token.end]) for token in scan_tokens(text) if token.is_written]


@pytest.fixture(params=["libyaml", "python"])
def scanner(request, monkeypatch):
    if request.param == "libyaml" and not yaml.__with_libyaml__:
        pytest.skip("this PyYAML has no libyaml")
    monkeypatch.setattr(yaml, "__with_libyaml__", request.param == "libyaml")


@pytest.mark.usefixtures("scanner")
def test_tokens_are_what_stands_in_the_text():
    scalars = [text for kind, text in written(TEXT) if kind == "scalar"]
    assert scalars == [
        *("key", "a", "1", "'b'", "2", '"c"', "list"),
        "|  # kept\n      text",
        ">+\n   folded\n\n",
        *("odd", "two\n  lines"),
    ]
    assert [kind for kind, _ in written(TEXT) if kind != "scalar"] == [
        *(":", "anchor", "{", ":", ",", ":", "[", ",", "]", "}", ":"),
        *("-", "alias", "-", "-", "-", "?", ":"),
    ]


@pytest.mark.usefixtures("scanner")
def test_blocks_without_a_mark_of_their_own_are_tokens_without_a_text():
    kinds = [token.kind for token in scan_tokens("a:\n  - b: 1\n") if not token.is_written]
    assert kinds == ["mapping", "key", "sequence", "mapping", "key", "end", "end", "end"]


@pytest.mark.usefixtures("scanner")
def test_only_some_blocks_of_text_keep_the_lines_below_them():
    text = "a: |\n  x\n\nb: |+\n  x\n\nc: >2+\n  x\n\nd: >-\n  x\n"
    blocks = [token for token in scan_tokens(text) if token.style in ("|", ">")]
    assert [token.keeps_blank_lines(text) for token in blocks] == [False, True, True, False]


@pytest.mark.usefixtures("scanner")
def test_what_is_no_yaml_is_an_error():
    with pytest.raises(yaml.YAMLError):
        scan_tokens("a: 'b\n")
