"""Reads the installed Keras and writes down what it has: the data of the `catalog` room.

`python -m modelspec.link.harvest -o keras-3.15.json` writes the file; `harvest()` returns the same as data.
`--docs` writes what Keras says about each name, `--history` since when the releases have it.
"""

from __future__ import annotations

from modelspec.link.harvest.catalog_data import harvest
from modelspec.link.harvest.layout import dump

__all__ = ["dump", "harvest"]
