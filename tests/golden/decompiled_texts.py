"""The documents that the golden configs are decompiled to."""

from __future__ import annotations

import json
from pathlib import Path

from modelspec.catalog.load import newest_packaged_catalog
from modelspec.decompiler.decompile import Wanted, decompile
from modelspec.diagnostics import Report

HERE = Path(__file__).parent
FOLDER = HERE / "decompiled"
CONFIGS = {path.name.partition(".")[0]: path for path in sorted(HERE.glob("*.config.json"))}


def decompiled(name: str) -> str:
    """The text for a config."""
    report = Report()
    data = json.loads(CONFIGS[name].read_text(encoding="utf-8"))
    text = decompile(data, newest_packaged_catalog(), Wanted(name), report)
    assert not report.diagnostics
    return text


def write_all() -> None:
    """Write every text anew."""
    for name in CONFIGS:
        (FOLDER / f"{name}.yaml").write_text(decompiled(name), encoding="utf-8")
