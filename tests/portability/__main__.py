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
from dataclasses import asdict, dataclass
from pathlib import Path

from comparison import Opened, Outcome, compare, otherwise
from documents import Archive, build_all, masked
from environments import REFERENCES, RELEASES, Release, open_all
from page import page, table


def main() -> int:
    """Build, open, compare; 1 where an archive does not open that `build` said would, or gives other bits."""
    asked = _arguments()
    with tempfile.TemporaryDirectory(prefix="modelspec-portability-") as folder:
        work = asked.keep or Path(folder)
        built = _built(work / "archives", asked)
        rounds = Rounds(asked.environments or work / "environments", work, asked.jobs)
        opened = rounds.all_opened()
        # What this backend does not have at all is no matter of releases.
        there = [
            one for one in built if all("error" not in opened[new][one.name] for new in REFERENCES.values())
        ]
        found = {release: _outcomes(there, release, opened) for release in RELEASES}
        carrying = [one for one in there if masked(work / "archives" / f"{one.name}.keras")]
        again = rounds.all_opened([one.name for one in carrying], backend="jax") if carrying else {}
        for release, outcomes in found.items():
            if carrying:
                outcomes |= _outcomes(carrying, release, again)
            outcomes |= rounds.held_to_saved(release, outcomes)
    print(table(there, found))
    if asked.output is not None:
        missing = [*asked.without, *(one.name for one in built if one not in there)]
        asked.output.write_text(page(there, found, missing), encoding="utf-8")
    broken = [
        f"{name} in {release.keras}: {outcome.told}"
        for release, outcomes in found.items()
        for name, outcome in outcomes.items()
        if outcome.promised and not outcome.kept
    ]
    print("\n".join(broken), file=sys.stderr)
    return 1 if broken else 0


def _built(archives: Path, asked: argparse.Namespace) -> list[Archive]:
    listed = archives.with_name("built.json")
    if not listed.exists():
        archives.mkdir(parents=True)
        built = build_all(archives, classes=not asked.quick, without=frozenset(asked.without))
        listed.write_text(json.dumps([asdict(one) for one in built]), encoding="utf-8")
        print(f"{len(built)} archives built", file=sys.stderr)
    return [Archive(**one) for one in json.loads(listed.read_bytes())]


def _outcomes(
    built: Sequence[Archive], release: Release, opened: Mapping[Release, Opened]
) -> dict[str, Outcome]:
    return {
        one.name: compare(one, release, opened[release], opened[REFERENCES[release.jax]]) for one in built
    }


@dataclass(frozen=True, slots=True)
class Rounds:
    """Opens archives in several releases, a few at a time.

    Args:
        environments: the folder of the environments.
        work: the folder that has the archives and keeps what the releases say of them; what is there counts.
        jobs: how many at a time.
    """

    environments: Path
    work: Path
    jobs: int

    def all_opened(self, names: Sequence[str] = (), *, backend: str = "numpy") -> dict[Release, Opened]:
        """What each release says of the archives that are named; of every archive where none is."""
        releases = tuple(dict.fromkeys((*REFERENCES.values(), *RELEASES)))
        with ThreadPoolExecutor(self.jobs) as pool:
            opened = pool.map(
                lambda one: self._open(
                    one,
                    self.work / "archives",
                    backend,
                    [str(self.work / f"{backend}-{one.folder}"), *names] if names else (),
                    backend=backend,
                ),
                releases,
            )
            return dict(zip(releases, opened, strict=True))

    def held_to_saved(self, release: Release, outcomes: Mapping[str, Outcome]) -> dict[str, Outcome]:
        """What opened as promised with other predictions, held against what the release saves of it."""
        names = [name for name, one in outcomes.items() if one.promised and one.opened and one.same is False]
        if not names:
            return {}
        newest, archives = REFERENCES[release.jax], self.work / "archives"
        here, there = self.work / f"saved-{release.folder}", self.work / f"newest-{release.folder}"
        mine = self._open(release, archives, f"named-{release.label}", [str(here), *names])
        newer = self._open(newest, archives, f"named-{release.label}", [str(there), *names])
        saved = self._open(newest, here, f"saved-{release.label}")
        return {name: otherwise(outcomes[name], mine[name], newer[name], saved.get(name)) for name in names}

    def _open(
        self,
        release: Release,
        archives: Path,
        kind: str,
        saved_and_names: Sequence[str] = (),
        *,
        backend: str = "numpy",
    ) -> Opened:
        result = self.work / f"{release.folder}-{kind}.json"
        if not result.exists():
            for folder in saved_and_names[:1]:
                Path(folder).mkdir(exist_ok=True)
            open_all(
                release, self.environments, [str(archives), str(result), *saved_and_names], backend=backend
            )
            print(f"opened in Keras {release.keras} on JAX {release.jax}: {kind}", file=sys.stderr)
        return dict(json.loads(result.read_bytes())["archives"])


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python tests/portability", description=__doc__)
    parser.add_argument("--environments", type=Path, help="the folder that keeps the environments")
    parser.add_argument("--keep", type=Path, help="a folder for archives and results; what is there counts")
    parser.add_argument("--jobs", type=int, default=2, help="how many releases at a time (default: 2)")
    parser.add_argument("--quick", action="store_true", help="leave out the document of each class")
    parser.add_argument("--without", action="append", default=[], help="a document to leave out; repeatable")
    parser.add_argument("-o", "--output", type=Path, help="the page to write")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
