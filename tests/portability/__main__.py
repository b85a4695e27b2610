"""The command: build archives once, open them in every release of Keras, print what happened.

`python tests/portability` makes an environment for each release first; `--environments` names a folder that
keeps them. `-o docs/portability.md` writes the page.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from comparison import Opened, Outcome, compare
from documents import Archive, build_all
from environments import REFERENCES, RELEASES, Release, open_all
from page import page, table


def main() -> int:
    """Build, open, compare; 1 where an archive does not open that `build` said would, or gives other bits."""
    asked = _arguments()
    with tempfile.TemporaryDirectory(prefix="modelspec-portability-") as folder:
        archives = Path(folder) / "archives"
        archives.mkdir()
        built = build_all(archives, classes=not asked.quick, without=frozenset(asked.without))
        print(f"{len(built)} archives built", file=sys.stderr)
        rounds = Rounds(asked.environments or Path(folder) / "environments", archives, asked.jobs)
        opened = rounds.open(dict.fromkeys((*REFERENCES.values(), *RELEASES), ()), "numpy")
        # What this backend does not have at all is no matter of releases.
        there = [
            one for one in built if all("error" not in opened[new][one.name] for new in REFERENCES.values())
        ]
        found = {release: _outcomes(there, release, opened) for release in RELEASES}
        doubtful = {release: doubted for release in RELEASES if (doubted := _doubtful(found[release]))}
        asked_again: dict[Release, set[str]] = {}
        for release, names in doubtful.items():
            asked_again.setdefault(REFERENCES[release.jax], set()).update(names)
            asked_again.setdefault(release, set()).update(names)
        again = rounds.open({release: sorted(names) for release, names in asked_again.items()}, "jax")
    for release, names in doubtful.items():
        found[release] |= _outcomes([one for one in there if one.name in names], release, again)
    print(table(there, found))
    if asked.output is not None:
        missing = [*asked.without, *(one.name for one in built if one not in there)]
        asked.output.write_text(page(there, found, doubtful, missing), encoding="utf-8")
    broken = [
        f"{name} in {release.keras}: {outcome.told}"
        for release, outcomes in found.items()
        for name, outcome in outcomes.items()
        if outcome.promised and not outcome.kept
    ]
    print("\n".join(broken), file=sys.stderr)
    return 1 if broken else 0


def _outcomes(
    built: Sequence[Archive], release: Release, opened: Mapping[Release, Opened]
) -> dict[str, Outcome]:
    return {
        one.name: compare(one, release, opened[release], opened[REFERENCES[release.jax]]) for one in built
    }


def _doubtful(outcomes: Mapping[str, Outcome]) -> tuple[str, ...]:
    """What opened as promised, and computes otherwise or not at all on one backend."""
    return tuple(name for name, one in outcomes.items() if one.promised and one.opened and one.same is False)


@dataclass(frozen=True, slots=True)
class Rounds:
    """Opens archives in several releases, a few at a time.

    Args:
        environments: the folder of the environments.
        archives: the folder of the archives.
        jobs: how many at a time.
    """

    environments: Path
    archives: Path
    jobs: int

    def open(self, wanted: Mapping[Release, Sequence[str]], backend: str) -> dict[Release, Opened]:
        """What each release says of the archives that are named for it; of all where none is."""
        with ThreadPoolExecutor(self.jobs) as pool:
            opened = pool.map(lambda release: self._open(release, wanted[release], backend), wanted)
            return dict(zip(wanted, opened, strict=True))

    def _open(self, release: Release, names: Sequence[str], backend: str) -> Opened:
        with tempfile.TemporaryDirectory() as folder:
            result = Path(folder) / "result.json"
            open_all(release, self.environments, [str(self.archives), str(result), *names], backend=backend)
            print(f"opened in Keras {release.keras} on JAX {release.jax}, {backend}", file=sys.stderr)
            return dict(json.loads(result.read_bytes())["archives"])


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python tests/portability", description=__doc__)
    parser.add_argument("--environments", type=Path, help="the folder that keeps the environments")
    parser.add_argument("--jobs", type=int, default=2, help="how many releases at a time (default: 2)")
    parser.add_argument("--quick", action="store_true", help="leave out the document of each class")
    parser.add_argument("--without", action="append", default=[], help="a document to leave out; repeatable")
    parser.add_argument("-o", "--output", type=Path, help="the page to write")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
