"""A document's text in the house's form: the edits in order, and the check that nothing else was changed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from modelspec.diagnostics import Report, Source
from modelspec.formatting.alignment import realign
from modelspec.formatting.blank_lines import set_off
from modelspec.formatting.edits import Edit
from modelspec.formatting.indentation import indent
from modelspec.formatting.marked import Marked, mark
from modelspec.formatting.quotes import unquote
from modelspec.formatting.spacing import space
from modelspec.formatting.width import shorten
from modelspec.source.limits import MAX_DEPTH
from modelspec.source.reader import read_tree
from modelspec.source.tree import Mapping, Node, Scalar, Sequence

Rule = Callable[[Marked], Iterator[Edit]]

RULES: tuple[Rule, ...] = (unquote, space, indent, shorten, set_off)

_BREAK = re.compile(r"\r\n?")
_BREAK_OR_LINE_FEED = re.compile(r"\r\n?|\n")
# What libyaml takes for the end of a line and nobody else does.
_OTHER_BREAKS = re.compile("[\x85\u2028\u2029]")
_DOCUMENT = re.compile(r"""^(?:---\s+|\{\s*)?["']?modelspec["']?[ \t]*:""", re.MULTILINE)


class FormattingError(AssertionError):
    """An edit would have changed what the document says: a mistake of ours, and nothing is written."""


def is_document(text: str) -> bool:
    """Whether a text is a document of this language, as far as that can be told without reading it."""
    return _DOCUMENT.search(text.removeprefix("\ufeff")) is not None


def format_text(source: Source, report: Report) -> str | None:
    """The text in the house's form; `None` where it cannot be read, which is reported.

    A text without `modelspec` is given back as it is, and so is one in brackets as a whole, as JSON is, and
    one with line ends that only YAML 1.1 knows. Where the first line ends with `\\r\\n` all do.

    Raises:
        FormattingError: see there.
    """
    tree = read_tree(source, report)
    if tree is None or report.has_errors:
        return None
    text = source.text.removeprefix("\ufeff")
    if not isinstance(tree, Mapping) or tree.get("modelspec") is None:
        return source.text
    if text[tree.place.start : tree.place.start + 1] == "{" or _OTHER_BREAKS.search(text):
        return source.text
    original = mark(_BREAK.sub("\n", text))
    marked = _ruled(original)
    _check_comments(original, marked)
    marked = marked.edited(realign(marked, original))
    _check_comments(original, marked)
    _check_tree(marked, tree)
    first_end = _BREAK_OR_LINE_FEED.search(text)
    windows = first_end is not None and first_end[0] == "\r\n"
    return marked.text.replace("\n", "\r\n") if windows else marked.text


def _ruled(marked: Marked) -> Marked:
    """A text to which no rule applies any more: lines that one makes may be the business of another."""
    for _ in range(MAX_DEPTH):
        before = marked
        for rule in RULES:
            marked = marked.edited(rule(marked))
        if marked is before:
            return marked
    raise FormattingError("the rules would go on for ever")


def _check_tree(marked: Marked, tree: Node) -> None:
    again = Report()
    read = read_tree(Source("", marked.text), again)
    if read is None or again.has_errors or not _same(tree, read):
        raise FormattingError("the tree would be another")


def _check_comments(original: Marked, marked: Marked) -> None:
    if _comments(original) != _comments(marked):
        raise FormattingError("the comments would be others")


def _comments(marked: Marked) -> list[str]:
    return [marked.text[comment.start : comment.end].rstrip() for comment in marked.comments]


def _same(one: Node, two: Node) -> bool:
    """Whether two trees say the same, wherever and however it is written."""
    match one, two:
        case Scalar(), Scalar():
            # By representation: a number that is none equals itself here.
            return one.text == two.text and repr(one.value) == repr(two.value)
        case Sequence(), Sequence():
            return len(one.items) == len(two.items) and all(map(_same, one.items, two.items))
        case Mapping(), Mapping():
            return len(one.entries) == len(two.entries) and all(
                _same(first.key, second.key) and _same(first.value, second.value)
                for first, second in zip(one.entries, two.entries, strict=True)
            )
        case _:
            return False
