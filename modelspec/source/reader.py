"""A text, of YAML or JSON, to a tree that knows its places, within bounds."""

from __future__ import annotations

import gc
import re
from collections.abc import Iterator
from contextlib import contextmanager

import yaml

from modelspec.diagnostics import Place, Report, Source, SpecError
from modelspec.diagnostics.shown import escaped
from modelspec.source.builder import TreeBuilder
from modelspec.source.cut import Cut, mend
from modelspec.source.json_reader import read_json
from modelspec.source.limits import MAX_BYTES, MAX_PASSES, MAX_REREAD
from modelspec.source.mistakes import Refused, refuse_size
from modelspec.source.parser import Parse, default_parse
from modelspec.source.syntax import report_syntax
from modelspec.source.tree import Node

# What YAML 1.2.2, sections 5.1 and 5.2, lets no text hold outside of escapes. Python takes ten times as long
# to compile what it allows, negated.
_FORBIDDEN = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufeff\ufffe\uffff]")


def read_tree(source: Source, report: Report, *, parse: Parse = default_parse) -> Node | None:
    """The tree of a text; `None` for an empty one and for one that cannot be read, which is reported.

    After mistakes that leave the rest readable (a key twice, an ambiguous word) there is a tree all the
    same; `report` tells. No value is ever made by YAML's tags, so reading runs no code.

    Args:
        parse: the parser to use for YAML.

    Raises:
        SpecError: the report has as many errors as it takes.
    """
    try:
        with _without_cycle_collector():
            return _read(source, report, parse)
    except Refused:
        return None


@contextmanager
def _without_cycle_collector() -> Iterator[None]:
    """Spare the growing tree, which holds no cycles, from being searched for them again and again.

    That would be a third of the time.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _read(source: Source, report: Report, parse: Parse) -> Node | None:
    _check_size(source, report)
    offset = 1 if source.text.startswith("\ufeff") else 0
    found, tree = read_json(source, report, offset=offset)
    if found:
        return tree
    _check_characters(source, report, offset)
    return _read_yaml(source, report, offset, parse)


def _check_size(source: Source, report: Report) -> None:
    text = source.text
    size = len(text)
    if size * 4 > MAX_BYTES:  # a character takes four bytes at the most
        size = len(text.encode("utf-8", "surrogatepass"))
    if size > MAX_BYTES:
        refuse_size(size, Place(source, 0, 0), report)


def _check_characters(source: Source, report: Report, offset: int) -> None:
    bad = _FORBIDDEN.search(source.text, offset)
    if bad is None:
        return
    letter = bad[0]
    place = Place(source, bad.start(), bad.end())
    if "\ud800" <= letter <= "\udfff":
        report.add("not-utf8", "what stands here is no character of UTF-8", place, help="save it as UTF-8")
    else:
        report.add(
            "yaml-syntax",
            f"the character U+{ord(letter):04X} cannot stand in YAML",
            place,
            help="save it as UTF-8" if letter == "\0" else f'write it as `{escaped(letter)}` in `"…"`',
        )
    raise Refused


def _read_yaml(source: Source, report: Report, offset: int, parse: Parse) -> Node | None:
    """The tree; where expressions are cut, reads again with those mended, to find what else is wrong."""
    mended: tuple[Cut, ...] = ()
    for _ in range(MAX_PASSES if len(source.text) <= MAX_REREAD else 2):
        found = Report()
        builder = TreeBuilder(source, found, offset=offset, mended=mended)
        try:
            tree = _build(builder, mend(source.text, mended)[offset:], parse)
        except SpecError:  # as many errors as a report takes
            tree = None
        cuts = tuple(cut for cut in builder.cuts if cut.closed)
        # What else was found may come from the cut alone.
        report.take(item for item in found.diagnostics if not cuts or item.code == "cut-expression")
        if not cuts:
            return None if builder.cuts else tree  # in pieces, the tree is not what was meant
        mended += cuts
    return None


def _build(builder: TreeBuilder, text: str, parse: Parse) -> Node | None:
    try:
        return builder.build(parse(text))
    except Refused:
        return None
    except yaml.YAMLError as error:
        report_syntax(error, builder)
        return None
