"""The changed lines of a file, as `git diff` prints them."""

from __future__ import annotations

from difflib import unified_diff
from pathlib import Path

_NO_END = "\n\\ No newline at end of file\n"


def changed_lines(path: str, old: Path | None, new: Path | None) -> str:
    """A unified diff of two versions of a file; bytes that are no UTF-8 as half surrogate pairs.

    Args:
        path: what the file is called.
        old: the one version; `None` where the file is new.
        new: the other; `None` where it is gone.
    """
    called, now_called = (
        f"{side}/{path}" if file else "/dev/null" for side, file in (("a", old), ("b", new))
    )
    before, after = (_lines(file) if file else [] for file in (old, new))
    lines = unified_diff(before, after, called, now_called)
    ended = "".join(line if line.endswith("\n") else f"{line}{_NO_END}" for line in lines)
    return f"diff --git a/{path} b/{path}\n{ended}" if ended else ""


def _lines(file: Path) -> list[str]:
    return file.read_bytes().decode("utf-8", "surrogateescape").splitlines(keepends=True)
