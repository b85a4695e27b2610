"""The table, and the page around it."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence

from comparison import Outcome
from documents import Archive
from environments import NEW_JAX, REFERENCES, Release

from modelspec.catalog.late_values import LATE

Found = Mapping[Release, Mapping[str, Outcome]]

_PAGE = """\
# Which Keras opens an archive

Written by `python tests/portability -o docs/portability.md`, which builds archives once, opens them with
`keras.saving.load_model(..., safe_mode=True)` in virtual environments of each release, and compares.

Keras writes every argument of every layer into an archive, those that nobody gave included, and an older
Keras refuses the ones it does not know. modelspec leaves out what every release from 3.5 on fills in
itself, so an archive is opened by every release that has what the document asks for. `modelspec build` says
which that is: `for Keras 3.5 and newer`. `--target 'keras>=3.8'` makes it an error, at its line, where an
archive would need a newer one; `--target installed` leaves nothing out.

Of every release, class and key it was tried, not assumed, whether the object made without the key is the
one made with it, whatever the other arguments and the settings of the process are. `name`, `dtype`,
`data_format`, `trainable` and shapes are always written, and so is what follows another argument (the
`strides` of a pooling layer), what `from_config` asks for (the `offset` of `Rescaling`), and every argument
of a registered class.

## What was opened

A cell is the number of archives opened, of those that `build` said this release would open. Opened means
without an error, with predictions equal to the last bit to those of Keras {newest} on the same JAX, and
with the same value of every argument that both releases know. The rows below the golden documents are the
conformance set: each class with its defaults and with each argument off its default, each operation, each a
document of its own. The rows with `keras>=3.5` are what has the names of its operations left out; those
with `installed` are what Keras itself writes: nothing was promised, and what opened is in parentheses.

{table}

{excuses}

Not opened where nothing was promised is what a release does not have: the class, the argument or the value
is newer. Some it has and fails at all the same; `build` counts this too. The release that does it first:

{late}

## What Keras computes otherwise

Some layers compute otherwise in another release of Keras, whatever wrote the archive. These opened as
promised, with equal arguments; and what that release saved of them gives in Keras {newest} the same bits as
the archive itself or, where the release had put a cast before the layer, has the same arguments and values:
it is the same model, and counts as opened. A cell is the largest difference of any value, and in how many
archives there is one; `dtype` is equal values of another dtype, `shape` an output of another shape, `not at
all` what the numpy backend of that release does not compute.

{otherwise}

Where a mask leaves an attention nothing to read, as a text of padding alone does, Keras before 3.10 reads
all of it and later ones give 0. The inputs here begin with something.

## The configs

{configs}

{names}{without}

## How it was run

{runs}

On Keras' numpy backend, which compiles nothing, and whose convolutions are JAX' own; archives with masks
(`mask_zero`, `Masking`) on the JAX backend, for NumPy's arrays carry none. 3.5 and 3.8 do not import with a
newer JAX; different releases of JAX may give different bits, whatever the release of Keras, so each is
compared with Keras {newest} on its own JAX.
"""


def table(built: Sequence[Archive], found: Found) -> str:
    """By kind of document, in Markdown: how many archives each release opened of those promised."""
    kinds = list(dict.fromkeys(archive.kind for archive in built))
    rows = [["documents", "archives", *(release.label for release in found)]]
    for kind in sorted(kinds, key=lambda kind: ("installed" in kind, kinds.index(kind))):
        names = [archive.name for archive in built if archive.kind == kind]
        cells = [_cell([outcomes[name] for name in names]) for outcomes in found.values()]
        rows.append([kind, str(len(names)), *cells])
    return _markdown(rows)


def page(built: Sequence[Archive], found: Found, without: Sequence[str]) -> str:
    """The whole page."""
    newest = REFERENCES[NEW_JAX].keras
    return _PAGE.format(
        newest=newest,
        table=table(built, found),
        excuses="\n".join(_excuses(found)) or "Every promise was kept.",
        late="\n".join(_late()),
        configs=_configs(built, found),
        otherwise=_otherwise(found),
        without=f"\n\nLeft out of this run: {', '.join(f'`{name}`' for name in without)}." if without else "",
        names="✓ opened, with equal predictions · – not promised, not opened · ≈ not promised, but opened",
        runs=_markdown(
            [
                ["Keras", "JAX", "compared with"],
                *([release.keras, release.jax, f"{newest} on JAX {release.jax}"] for release in found),
            ]
        ),
    )


def _cell(outcomes: Sequence[Outcome]) -> str:
    promised = [outcome for outcome in outcomes if outcome.promised]
    if promised:
        return f"{sum(outcome.kept for outcome in promised)} of {len(promised)}"
    return f"({sum(outcome.kept for outcome in outcomes)} of {len(outcomes)})"


def _configs(built: Sequence[Archive], found: Found) -> str:
    rows = [["document", "says", *(release.label for release in found)]]
    for archive in built:
        if archive.kind == "configs":
            marks = [_mark(outcomes[archive.name]) for outcomes in found.values()]
            rows.append([f"`{archive.name.removeprefix('configs-')}`", f"{archive.floor} and newer", *marks])
    return _markdown(rows)


def _mark(outcome: Outcome) -> str:
    if outcome.promised:
        return "✓" if outcome.kept else "✗"
    return "≈" if outcome.opened else "–"


def _excuses(found: Found) -> Iterator[str]:
    """A line for each way in which promises were not kept."""
    broken: dict[str, dict[str, list[str]]] = {}
    for release, outcomes in found.items():
        for name, outcome in outcomes.items():
            if outcome.promised and not outcome.kept:
                broken.setdefault(outcome.told, {}).setdefault(release.label, []).append(name)
    for told, releases in broken.items():
        names = [name for found in releases.values() for name in found]
        yield f"- {_owners(names)} in {', '.join(releases)}: {told}"


def _otherwise(found: Found) -> str:
    """By what is computed otherwise: in which releases, in how many archives, and the largest difference."""
    seen: dict[str, dict[str, list[str]]] = {}
    names: dict[str, set[str]] = {}
    for release, outcomes in found.items():
        for name, outcome in outcomes.items():
            if outcome.promised and outcome.otherwise is not None:
                words = outcome.otherwise if " " not in outcome.otherwise else "not at all"
                seen.setdefault(_owners([name]), {}).setdefault(release.label, []).append(words)
                names.setdefault(_owners([name]), set()).add(name)
    rows = [
        [
            f"{owner} in bfloat16" if all(name.endswith(".off_dtype") for name in names[owner]) else owner,
            *(
                f"{max(said[one.label], key=_size)} ({len(said[one.label])})" if one.label in said else ""
                for one in found
            ),
        ]
        for owner, said in seen.items()
    ]
    return _markdown([["computed otherwise", *(release.label for release in found)], *rows])


def _size(difference: str) -> float:
    if difference == "dtype":
        return 0.0
    return float(difference) if difference[0].isdigit() else math.inf


def _late() -> Iterator[str]:
    """What older releases fail at, each with the release that mended it."""
    for rows in LATE.values():
        for late in rows:
            yield f"- {late.what}: {'.'.join(map(str, late.since))}"
    yield "- `mean` and `variance` of `Normalization` in another shape than that of their axes: 3.8 or 3.14"


def _owners(names: Sequence[str]) -> str:
    """The classes, operations and documents of archives, each once."""
    owners = dict.fromkeys(re.sub(r"\.(default|off_\w+)$|-3\.5$", "", name) for name in names)
    return ", ".join(f"`{owner}`" for owner in owners)


def _markdown(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["| " + " | ".join(map(str.ljust, row, widths)) + " |" for row in rows]
    lines.insert(1, "| " + " | ".join("-" * width for width in widths) + " |")
    return "\n".join(lines)
