"""Write anew what is kept of each document: its graph, its config and its table of variables.

    python tests/golden/regenerate_golden.py

Look at the difference before it is committed: the test holds modelspec to what it gives, not to what it
should.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path


def regenerate(folder: Path) -> None:
    """Write all files; archives go to `folder` meanwhile."""
    import keras
    from decompiled_texts import write_all
    from diff_texts import write_diffs
    from golden_texts import DOCUMENTS, HERE, RELEASE, texts_of

    for name in DOCUMENTS:
        for ending, text in texts_of(name, folder).items():
            (HERE / f"{name}.{ending}").write_text(text, encoding="utf-8", newline="\n")
    write_all()
    write_diffs()
    RELEASE.write_text(".".join(keras.__version__.split(".")[:2]) + "\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    tests = Path(__file__).parents[1]
    sys.path[:0] = [str(tests), str(tests.parent)]
    os.environ.setdefault("KERAS_BACKEND", "jax")
    with tempfile.TemporaryDirectory() as name:
        regenerate(Path(name))
