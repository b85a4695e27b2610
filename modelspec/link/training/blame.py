"""Which line of the caller's own code an exception came from."""

from __future__ import annotations

import sysconfig
from pathlib import Path
from traceback import extract_tb

_OURS = Path(__file__).parents[2]
_LIBRARIES = tuple(Path(sysconfig.get_path(name)) for name in ("stdlib", "purelib", "platlib"))


def raised_in(error: BaseException) -> tuple[str, ...]:
    """The innermost line that is neither a library's nor ours, as a note; none where there is none."""
    frames = [
        frame
        for frame in extract_tb(error.__traceback__)
        if Path(frame.filename).is_file()
        and not Path(frame.filename).is_relative_to(_OURS)
        and not any(Path(frame.filename).is_relative_to(library) for library in _LIBRARIES)
    ]
    return (f"raised at {Path(frames[-1].filename).name}:{frames[-1].lineno}",) if frames else ()
