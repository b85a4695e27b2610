"""What a config holds that no document can say, or that is no config."""

from __future__ import annotations


class Undecompilable(Exception):
    """A model that cannot be written as a document; the text is a clause that says why."""
