"""Arguments in, text and exit codes out: the only room that prints and exits. Knows no stage from inside."""

from __future__ import annotations

import gc
import os
import sys

# Objects made between two looks for garbage; with Python's own 700 a fifth of a build is spent looking.
_GARBAGE_EVERY = 20_000


def main() -> None:
    """Run the command line and exit: 0 as asked, 1 the document failed, 2 the command line is wrong."""
    gc.set_threshold(_GARBAGE_EVERY, 10, 10)
    from modelspec.cli.app import app

    try:
        app.main(standalone_mode=True)
    except BrokenPipeError:
        # The reader (`head`, `less`) has gone; nothing is wrong with the document.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as error:
        if os.environ.get("MODELSPEC_DEBUG"):
            raise
        print(_bug_text(error), file=sys.stderr)
        sys.exit(1)
    finally:
        gc.freeze()  # or Python takes all of Keras apart at the end, a third of a second for nothing


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
