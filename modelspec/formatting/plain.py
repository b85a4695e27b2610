"""Which texts need no quotes, whoever reads them."""

from __future__ import annotations

import re

from modelspec.source.scalars import AMBIGUOUS, plain_value

_PLAIN = re.compile(r"[A-Za-z_./<][A-Za-z0-9_ ./<>+*()$=-]*[A-Za-z0-9_./>)]|[A-Za-z_]")
# An expression that ends a text, or is all of it; in brackets, others may be cut.
_EXPRESSION = re.compile(
    r"(?:[A-Za-z_][A-Za-z0-9_-]*)?\$(?:[A-Za-z_][A-Za-z0-9_]*|\([A-Za-z0-9_ +*/=!'-]+\))"
)
# What YAML 1.1 reads as a boolean; a reader of this language need not wonder.
_YAML11 = frozenset({"yes", "no", "on", "off"})


def may_be_plain(text: str) -> bool:
    """Whether a text can be written without quotes anywhere, brackets included, and stays a text."""
    if _EXPRESSION.fullmatch(text):
        return True
    if not _PLAIN.fullmatch(text) or text.lower() in _YAML11 or text in AMBIGUOUS:
        return False
    return "  " not in text and plain_value(text) == text and isinstance(plain_value(text), str)
