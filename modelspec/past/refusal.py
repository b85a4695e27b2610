"""A config of Keras 2 that cannot be read."""

from __future__ import annotations


class Unreadable(Exception):
    """A config that contradicts itself or is of no known form; the text is a clause that says why."""
