"""The bounds within which an expression is read and evaluated.

They lie far above what a description of a network needs, and low enough that the worst text within them
takes a fraction of a second.
"""

from __future__ import annotations

MAX_LENGTH = 10_000
"""Characters of one expression."""

MAX_DEPTH = 50
"""Operators, brackets and calls inside one another; the parser and the evaluator recurse this far."""

MAX_STEPS = 100_000
"""Nodes evaluated plus items and characters made or walked over, for one text."""

MAX_SIZE = 10_000
"""Items and characters, nested ones included, of a list or string that an operator or function makes."""

MAX_INSERTED = 100_000
"""Characters that the values of one text's `$…` come to, written into it."""

MAX_INTEGER = 2**63 - 1
"""The largest integer, and with a minus the smallest, that takes part in arithmetic or comes out of it."""

MAX_DIGITS = 400
"""The largest second argument of `round`, either side of zero; a float has no more decimals than that."""
