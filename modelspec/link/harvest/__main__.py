"""The command: harvest the installed Keras into files, or merge what several releases gave."""

from __future__ import annotations

import argparse
import json
import os
import sys
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from modelspec.catalog.load import packaged_versions
from modelspec.diagnostics import Report
from modelspec.link.backend import choose_backend, import_keras
from modelspec.link.harvest.catalog_data import harvest, harvest_documentation
from modelspec.link.harvest.history import merge_history
from modelspec.link.harvest.layout import dump


def main(arguments: list[str] | None = None) -> int:
    """Write what is asked for; each file appears whole or not at all."""
    parser = argparse.ArgumentParser(prog="python -m modelspec.link.harvest", description=__doc__)
    parser.add_argument("-o", "--output", type=Path, help="the JSON file for the installed Keras' data")
    parser.add_argument("--docs", type=Path, help="the JSON file for its documentation")
    parser.add_argument(
        "--history", type=Path, metavar="FOLDER", help="merge the data in a folder into its history.json"
    )
    asked = parser.parse_args(arguments)
    if not (asked.output or asked.docs or asked.history):
        parser.error("say what to write: -o, --docs or --history")
    wanted: list[tuple[Path, Callable[[], Mapping[str, Any]]]] = []
    if asked.output:
        wanted.append((asked.output, harvest))
    if asked.docs:
        wanted.append((asked.docs, harvest_documentation))
    if wanted and not _keras_is_imported():
        return 1
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Keras warns about many of the values that are only tried
        for path, read in wanted:
            _write(path, dump(read()))
    if asked.history:
        _write(asked.history / "history.json", dump(merge_history(_read_all(asked.history))))
    return 0


def _keras_is_imported() -> bool:
    backend = choose_backend(report := Report())
    if backend is None:
        print("\n".join(found.message for found in report.diagnostics), file=sys.stderr)  # noqa: T201
        return False
    import_keras(backend)
    return True


def _read_all(folder: Path) -> list[Mapping[str, Any]]:
    paths = [folder / f"keras-{minor}.json" for minor in packaged_versions(folder)]
    return [json.loads(path.read_bytes()) for path in paths]


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        half.write_text(text, encoding="utf-8", newline="\n")
        half.replace(path)
    finally:
        half.unlink(missing_ok=True)


if __name__ == "__main__":
    sys.exit(main())
