"""The command: build archives once, open them in every release of Keras, print what happened.

`python tests/portability` makes an environment for each release first; `--environments` names a folder that
keeps them. `-o docs/portability.md` writes the page.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

from comparison import Opened, compare
from documents import build_all
from environments import REFERENCES, RELEASES, Release, open_all
from page import page, table


def main() -> int:
    """Build, open, compare; 1 where an archive does not open that `build` said would, or gives other bits."""
    asked = _arguments()
    with tempfile.TemporaryDirectory(prefix="modelspec-portability-") as folder:
        archives = Path(folder) / "archives"
        archives.mkdir()
        built = build_all(archives, classes=not asked.quick)
        print(f"{len(built)} archives built", file=sys.stderr)
        environments = asked.environments or Path(folder) / "environments"
        references = {jax: _open(release, environments, archives) for jax, release in REFERENCES.items()}
        found = {}
        for release in RELEASES:
            reference = references[release.jax]
            opened = _open(release, environments, archives)
            found[release] = {one.name: compare(one, release, opened, reference) for one in built}
            print(f"{release.keras}: {len(built)} archives opened", file=sys.stderr)
    print(table(built, found))
    if asked.output is not None:
        asked.output.write_text(page(built, found), encoding="utf-8")
    broken = [
        f"{name} in {release.keras}: {outcome.told}"
        for release, outcomes in found.items()
        for name, outcome in outcomes.items()
        if outcome.promised and not outcome.kept
    ]
    print("\n".join(broken), file=sys.stderr)
    return 1 if broken else 0


def _open(release: Release, environments: Path, archives: Path) -> Opened:
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "result.json"
        open_all(release, environments, archives, result)
        return dict(json.loads(result.read_bytes())["archives"])


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python tests/portability", description=__doc__)
    parser.add_argument("--environments", type=Path, help="the folder that keeps the environments")
    parser.add_argument("--quick", action="store_true", help="leave out the document of each class")
    parser.add_argument("-o", "--output", type=Path, help="the page to write")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
