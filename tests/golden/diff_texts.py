"""What is told of a golden document and an edit of it, in each format."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from modelspec.architecture.comparing.comparison import Comparison
from modelspec.architecture.comparing.record import comparison_data
from modelspec.architecture.telling.tell import tell
from modelspec.cli.diffing.markdown import markdown_of
from modelspec.cli.diffing.terminal import print_trimmed, terminal_of
from modelspec.compiler.diffing.compare import Asked, compare
from modelspec.compiler.diffing.sides import Given
from modelspec.diagnostics import Report

HERE = Path(__file__).parent
FOLDER = HERE / "diffs"
DIFFS = sorted(path.stem for path in FOLDER.glob("*.yaml"))


def compared(name: str) -> Comparison:
    """A document and its edit, whose places are as seen from this folder."""
    paths = HERE / f"{name}.yaml", FOLDER / f"{name}.yaml"
    found = compare(Given(str(paths[0])), Given(str(paths[1])), Report(), asked=Asked())
    sides = [
        replace(
            side,
            name=path.relative_to(HERE).as_posix(),
            sites={
                key: replace(
                    site,
                    place=_short(site.place),
                    block_place=_short(site.block_place) if site.block_place is not None else None,
                    uses=tuple(replace(use, place=_short(use.place)) for use in site.uses),
                )
                for key, site in side.sites.items()
            },
        )
        for side, path in zip((found.before, found.after), paths, strict=True)
    ]
    return replace(found, before=sides[0], after=sides[1])


def _short(place: str) -> str:
    return place.rpartition("golden/")[2]


def texts_of_diff(name: str) -> dict[str, str]:
    """Each format by its ending."""
    from io import StringIO

    from rich.console import Console

    comparison = compared(name)
    story = tell(comparison)
    console = Console(file=StringIO(), width=120, highlight=False, color_system=None)
    for part in terminal_of(comparison, story, why=True):
        print_trimmed(console, part)
    assert isinstance(console.file, StringIO)
    return {
        "txt": console.file.getvalue(),
        "md": markdown_of(comparison, story),
        "json": json.dumps(comparison_data(comparison), indent=1, ensure_ascii=False) + "\n",
    }


def write_diffs() -> None:
    """Write every text anew."""
    for name in DIFFS:
        for ending, text in texts_of_diff(name).items():
            (FOLDER / f"{name}.{ending}").write_text(text, encoding="utf-8", newline="\n")
