"""Arguments in, text and exit codes out: the only room that prints and exits. Knows no stage from inside."""

from __future__ import annotations

import gc
import os
import sys

# Objects made between two looks for garbage; with Python's own 700 a fifth of a build is spent looking.
_GARBAGE_EVERY = 20_000
_INTERRUPTED = 130  # as shells have it


def main() -> None:
    """Run the command line and exit: 0 as asked, 1 the document failed, 2 the command line is wrong."""
    gc.set_threshold(_GARBAGE_EVERY, 10, 10)
    status = 0
    try:
        status = _run()
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader (`head`, `less`) has gone; nothing is wrong with the document.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except Exception as error:
        if os.environ.get("MODELSPEC_DEBUG"):
            raise
        print(_bug_text(error), file=sys.stderr)
        status = 1
    gc.freeze()  # or Python takes all of Keras apart at the end, a third of a second for nothing
    sys.exit(status)


def _run() -> int:
    import click

    from modelspec.cli.app import app

    stdout = sys.stdout
    try:
        return int(app.main(standalone_mode=False) or 0)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:
        return _INTERRUPTED
    except SystemExit as end:
        # Click's and rich's answers to a reader that has gone, both with status 1.
        if sys.stdout is not stdout or isinstance(end.__context__, BrokenPipeError):
            raise BrokenPipeError from None
        return int(end.code or 0)


def _bug_text(error: Exception) -> str:
    """What to say of a mistake of our own: where it happened, and what a report needs."""
    from pathlib import Path
    from traceback import extract_tb

    from modelspec import __version__

    frames = extract_tb(error.__traceback__)
    where = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return (
        f"bug in modelspec {__version__}: {type(error).__name__}{where}: {error}\n"
        "This is a mistake of ours, not of your document. Please report it, with the document and the\n"
        "output of the same command under MODELSPEC_DEBUG=1."
    )
