"""`modelspec git-diff`: git's external diff driver for documents."""

from __future__ import annotations

import sys
from contextlib import redirect_stdout
from pathlib import Path

import click

from modelspec.cli.common import print_as_it_is

_EPILOG = """\b
Examples:
  modelspec git-diff net.yaml a.yaml 0 100644 b.yaml 0 100644
"""
_NOTHING = "/dev/null"
_NAMES = ("path", "old", "old_hex", "old_mode", "new", "new_hex", "new_mode")


@click.command(epilog=_EPILOG)
@click.argument("given", nargs=-1, required=True, metavar="PATH OLD HEX MODE NEW HEX MODE")
def git_diff(given: tuple[str, ...]) -> None:
    """Print how the versions OLD and NEW of the document PATH differ as models.

    `modelspec git install --diff-driver` has git call it, with these seven arguments. Where the models
    cannot be compared, the changed lines are printed. It ends with 0 whatever differs, since git stops where
    it fails.
    """
    known = dict(zip(_NAMES, given, strict=False))
    path = known["path"]
    if "new" not in known:
        click.echo(f"* Unmerged path {path}")
        return
    old, new = known["old"], known["new"]
    told = None if _NOTHING in (old, new) else _compared(path, old, new)
    if told is None:
        from modelspec.compiler.git.lines import changed_lines

        files = (None if name == _NOTHING else Path(name) for name in (old, new))
        print_as_it_is(changed_lines(path, *files), errors="surrogateescape")
        return
    print_as_it_is(f"modelspec diff a/{path} b/{path}\n{told}")


def _compared(path: str, old: str, new: str) -> str | None:
    """What `modelspec diff` prints of two versions of a file; `None` where they cannot be compared.

    Args:
        path: of the file, from the top of the repository, which is where git runs its drivers.
        old, new: where the versions lie; one that lies in no file has got one from git for the moment.
    """
    try:
        from modelspec.cli.diff import comparison_text
        from modelspec.compiler.diffing.compare import Asked, compare
        from modelspec.compiler.diffing.sides import Given
        from modelspec.diagnostics import Report

        first, second = (
            Given(name) if name == path else Given(name, name=f"{side}/{path}", at=Path(path))
            for side, name in (("a", old), ("b", new))
        )
        # What a user's module prints while it is imported must not get among what git shows.
        with redirect_stdout(sys.stderr):
            return comparison_text(compare(first, second, Report(), asked=Asked(facts=False)))
    except Exception:  # whatever it is, git goes on
        return None
