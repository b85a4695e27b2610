"""Optuna, imported when it is needed first: it belongs to an extra of the project."""

from __future__ import annotations

from functools import cache
from typing import Any

NEEDED = 5
"""The first release that knows all that is asked of it."""


class MissingLibraryError(Exception):
    """Optuna is not there, or too old; the message says which."""


@cache
def optuna() -> Any:
    """Optuna, which says nothing but its own mistakes.

    Raises:
        MissingLibraryError: it cannot be used.
    """
    try:
        import optuna as library
    except ImportError as error:
        raise MissingLibraryError("needs Optuna, which is not installed") from error
    if int(library.__version__.partition(".")[0]) < NEEDED:
        raise MissingLibraryError(f"needs Optuna {NEEDED} or newer, and {library.__version__} is installed")
    library.logging.set_verbosity(library.logging.ERROR)
    return library
