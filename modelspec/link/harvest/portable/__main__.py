"""The command: try the installed Keras, or merge what several releases have shown."""

from __future__ import annotations

import argparse
import json
import os
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path

from modelspec.diagnostics import Report
from modelspec.link.backend import choose_backend, import_keras
from modelspec.link.harvest.layout import dump


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the file that is asked for; it appears whole or not at all."""
    parser = argparse.ArgumentParser(prog="python -m modelspec.link.harvest.portable", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    trying = verbs.add_parser("try", help="try the installed Keras")
    trying.add_argument(
        "--words-of", type=Path, help="another release's file, whose words are tried here too"
    )
    merging = verbs.add_parser("merge", help="make one file of several releases' files")
    merging.add_argument("releases", type=Path, nargs="+", help="what `try` wrote")
    for verb in (trying, merging):
        verb.add_argument("-o", "--output", type=Path, required=True, help="the JSON file to write")
    given = parser.parse_args(arguments)
    text = _tried(given.words_of) if given.verb == "try" else _merged(given.releases)
    if text is None:
        return 1
    output: Path = given.output
    output.parent.mkdir(parents=True, exist_ok=True)
    half = output.with_name(f"{output.name}.{os.getpid()}.part")
    try:
        half.write_text(text, encoding="utf-8", newline="\n")
        half.replace(output)
    finally:
        half.unlink(missing_ok=True)
    return 0


def _tried(words_of: Path | None) -> str | None:
    other = json.loads(words_of.read_bytes()) if words_of is not None else None
    backend = choose_backend(report := Report())
    if backend is None:
        print("\n".join(found.message for found in report.diagnostics), file=sys.stderr)  # noqa: T201
        return None
    import_keras(backend)
    from modelspec.link.harvest.portable.release import try_release

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Keras warns about many of the values that are only tried
        return dump(try_release(other))


def _merged(files: Sequence[Path]) -> str:
    from modelspec.link.harvest.portable.merge import merge

    return dump(merge([json.loads(file.read_bytes()) for file in files]))


if __name__ == "__main__":
    sys.exit(main())
