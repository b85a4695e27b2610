"""The plotting library that the page carries along: plotly.js, as the package `plotly` holds it."""

from __future__ import annotations

from modelspec.frozen import dataclass

EXTRA = "report"


class MissingLibraryError(Exception):
    """The package is not installed."""


@dataclass(frozen=True, slots=True)
class Library:
    """A script that makes `window.Plotly`.

    Args:
        version: of plotly.js.
    """

    source: str
    version: str


def plotly_js() -> Library:
    """The library, all of it: the package holds no smaller one.

    Raises:
        MissingLibraryError: `plotly` is not installed.
    """
    try:
        from plotly.offline import get_plotlyjs, get_plotlyjs_version
    except ImportError as error:
        raise MissingLibraryError from error
    return Library(str(get_plotlyjs()), str(get_plotlyjs_version()))
