"""Which line of a user's own class an exception came from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from traceback import extract_tb, walk_tb
from types import FrameType

import keras

from modelspec.link.registered.territory import package_of


def raised_at(error: BaseException) -> tuple[str, ...]:
    """The line of a registered object's code that raised, as a note; none where Keras itself did.

    Args:
        error: as it was caught; Keras often wraps the one that matters.
    """
    packages = {package_of(found) for found in keras.saving.get_custom_objects().values()} - {"keras"}
    for link in _chain(error):
        frames = [
            (summary.filename, summary.lineno)
            for summary, (frame, _) in zip(
                extract_tb(link.__traceback__), walk_tb(link.__traceback__), strict=True
            )
            if _package_of_frame(frame) in packages
        ]
        if frames:
            file, line = frames[-1]
            return (f"raised at {Path(file).name}:{line}",)
    return ()


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The exceptions behind an exception, the first one first."""
    found: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in found:
        found.append(current)
        current = current.__cause__ or current.__context__
    yield from reversed(found)


def _package_of_frame(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__", "")).partition(".")[0]
