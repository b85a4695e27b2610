"""The command: build archives once, open them in every release of Keras, print what happened.

`python tests/portability` makes an environment for each release first; `--environments` names a folder that
keeps them. `-o docs/portability.md` writes the page.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
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
        newest = dict(
            zip(REFERENCES, _open_in(REFERENCES.values(), environments, archives, asked.jobs), strict=True)
        )
        opened = dict(zip(RELEASES, _open_in(RELEASES, environments, archives, asked.jobs), strict=True))
        found = {
            release: {one.name: compare(one, release, opened[release], newest[release.jax]) for one in built}
            for release in RELEASES
        }
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


def _open_in(releases: Iterable[Release], environments: Path, archives: Path, jobs: int) -> Iterator[Opened]:
    with ThreadPoolExecutor(jobs) as pool:
        yield from pool.map(lambda release: _open(release, environments, archives), releases)


def _open(release: Release, environments: Path, archives: Path) -> Opened:
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "result.json"
        open_all(release, environments, archives, result)
        print(f"opened in Keras {release.keras} on JAX {release.jax}", file=sys.stderr)
        return dict(json.loads(result.read_bytes())["archives"])


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python tests/portability", description=__doc__)
    parser.add_argument("--environments", type=Path, help="the folder that keeps the environments")
    parser.add_argument("--jobs", type=int, default=2, help="how many releases at a time (default: 2)")
    parser.add_argument("--quick", action="store_true", help="leave out the document of each class")
    parser.add_argument("-o", "--output", type=Path, help="the page to write")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
