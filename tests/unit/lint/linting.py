"""A document linted as a test writes it."""

from __future__ import annotations

import hashlib

from modelspec.compiler.lint import Linted, lint_document
from modelspec.compiler.values import Options, Text
from modelspec.diagnostics import Report, Source
from modelspec.lint.choice import Asked


def text_of(written: str) -> Text:
    return Text(Source("net.yaml", written), hashlib.sha256(written.encode()).hexdigest())


def lint(written: str, *select: str, ignore: tuple[str, ...] = ()) -> Linted:
    return lint_document(text_of(written), Options(use_cache=False), Asked(select or None, ignore), Report())


def told(written: str, *select: str, ignore: tuple[str, ...] = ()) -> list[tuple[str, int | None]]:
    """The code and line of everything that is told."""
    found = lint(written, *select, ignore=ignore).diagnostics
    return [(item.code, item.place.line if item.place else None) for item in found]
