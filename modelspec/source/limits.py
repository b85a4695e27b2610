"""The bounds within which a text is read; what lies beyond them is reported, never tried."""

from __future__ import annotations

MAX_BYTES = 16 * 1024 * 1024
"""Bytes of one text, as UTF-8."""

MAX_DEPTH = 200
"""Lists and mappings inside one another, those that aliases bring along included."""

MAX_NODES = 2_000_000
"""Scalars, lists and mappings of one text, those that aliases stand for counted at each use."""

MAX_DIGITS = 1_000
"""Characters of a number."""

MAX_QUOTED = 2_000
"""Characters behind an unquoted scalar within which the end of its expression is looked for."""

MAX_CUTS = 200
"""Expressions of one text whose end is looked for so."""

MAX_PASSES = 10
"""Times that a text with cut expressions is read, each time with those found so far mended."""

MAX_REREAD = 100_000
"""Characters of a text that is read so often; a longer one is read twice."""
