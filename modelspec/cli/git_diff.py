"""`modelspec git-diff`: git's external diff driver for documents."""

from __future__ import annotations

import io
from contextlib import redirect_stderr, redirect_stdout
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
    told = None if _NOTHING in (old, new) else _compared(old, new)
    if told is None:
        from modelspec.compiler.git.lines import changed_lines

        files = (None if name == _NOTHING else Path(name) for name in (old, new))
        print_as_it_is(changed_lines(path, *files), errors="surrogateescape")
        return
    for side, name in (("a", old), ("b", new)):
        if name != path:  # a version that lies in no file has got one from git for the moment
            told = told.replace(name, f"{side}/{path}")
    print_as_it_is(f"modelspec diff a/{path} b/{path}\n{told}")


def _compared(old: str, new: str) -> str | None:
    """What `modelspec diff` prints of two files; `None` where it fails, or there is no such verb.

    The one place where the driver meets that verb.
    """
    from modelspec.cli.app import app

    printed = io.StringIO()
    try:
        with redirect_stdout(printed), redirect_stderr(io.StringIO()):
            status = app.main(["diff", old, new, "--no-facts"], standalone_mode=False)
    except SystemExit as end:
        status = end.code
    except Exception:  # whatever it is, git goes on
        return None
    return printed.getvalue() if status in (0, None) else None
