"""A folder for a sweep, data beside it, and a trainer that says outside of it when it is started."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

if sys.platform == "win32":
    collect_ignore_glob = ["test_*.py"]  # no signals, no sessions


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the sweep goes; it is not there yet."""
    monkeypatch.setenv("FAKE_WITNESS", str(tmp_path / "witness"))
    np.savez(tmp_path / "data.npz", x=np.zeros((4, 2), "float32"), y=np.zeros((4, 1), "float32"))
    return tmp_path / "sweep"
