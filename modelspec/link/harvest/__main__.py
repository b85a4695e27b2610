"""The command: harvest the installed Keras into a file."""

from __future__ import annotations

import argparse
import os
import sys
import warnings
from pathlib import Path

from modelspec.diagnostics import Report
from modelspec.link.backend import choose_backend, import_keras
from modelspec.link.harvest.catalog_data import harvest
from modelspec.link.harvest.layout import dump


def main(arguments: list[str] | None = None) -> int:
    """Write the data of the installed Keras; the file appears whole or not at all."""
    parser = argparse.ArgumentParser(prog="python -m modelspec.link.harvest", description=__doc__)
    parser.add_argument("-o", "--output", type=Path, required=True, help="the JSON file to write")
    output: Path = parser.parse_args(arguments).output
    backend = choose_backend(report := Report())
    if backend is None:
        print("\n".join(found.message for found in report.diagnostics), file=sys.stderr)  # noqa: T201
        return 1
    import_keras(backend)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Keras warns about many of the values that are only tried
        text = dump(harvest())
    output.parent.mkdir(parents=True, exist_ok=True)
    half = output.with_name(f"{output.name}.{os.getpid()}.part")
    try:
        half.write_text(text, encoding="utf-8", newline="\n")
        half.replace(output)
    finally:
        half.unlink(missing_ok=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
