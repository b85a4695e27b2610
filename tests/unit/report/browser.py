"""A real browser: one that the system has, driven by playwright, which brings none along."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

VARIABLE = "MODELSPEC_BROWSER"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
ARGUMENTS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-dev-shm-usage"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)


def browser_path() -> Path | None:
    """The browser that the environment names, or the first one found; `None` where there is none."""
    named = os.environ.get(VARIABLE)
    if named:
        assert shutil.which(named), f"{VARIABLE} names `{named}`, which cannot be run"
    found = shutil.which(named) if named else next(filter(None, map(shutil.which, NAMES)), None)
    return Path(found) if found else None


def is_blank(png: bytes) -> bool:
    """Whether a picture is of one colour: such a one packs to nearly nothing."""
    return len(png) < 5_000
