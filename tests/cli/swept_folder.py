"""The folder of a sweep, written without running any of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from modelspec.ledger.folder import SweepFolder
from modelspec.ledger.store import create, open_for_writing
from modelspec.ledger.values import RunRow, SweepRow, VariantRow, folder_name


def write_swept(
    folder: Path, document: str, *, seeds: tuple[int, ...] = (), metric: str | None = "val_loss"
) -> SweepFolder:
    """A sweep over `vars.width` of a document that lies beside its folder, `net.sweep`.

    #1 to #3 are run, #2 comes to the least; #4 is the same as #1, #5 is rejected.

    Args:
        document: with `WIDTH` where the width stands.
        seeds: the higher, the less comes out.
    """
    at = SweepFolder(folder / "net.sweep")
    at.path.mkdir()
    sweep = SweepRow(
        name="net",
        identity={},
        method="grid",
        seed=0,
        parameters=("vars.width",),
        document=document.replace("WIDTH", "4"),
        base=("..", str(folder)),
        settings={"train": True},
        metric=metric,
        goal="minimize",
        reduce="best",
        aggregate="mean",
        seeds=seeds,
        version="0",
    )
    create(at, sweep)
    variants, runs = [], []
    for number, width, value in ((1, 4, 0.5), (2, 8, 0.25), (3, 16, 0.75)):
        facts = {"params": 10 * width, "hash": f"m1:{width:064d}", "output_shape": [width]}
        row = VariantRow(number, f"w{width}", (("vars.width", width),), "distinct", f"f{width}", facts=facts)
        variants.append(replace(row, document=document.replace("WIDTH", str(width))))
        for seed in seeds or (None,):
            run = RunRow(number, seed, folder_name(number, seed), "DONE", attempt=1, epochs=2, spent=1.5)
            runs.append(replace(run, value=value - (seed or 0) / 100) if metric is not None else run)
            path = at.run(run.folder).path
            path.mkdir(parents=True)
            (path / "model.keras").write_bytes(f"the model of {run.folder}".encode())
    variants += [
        VariantRow(4, "w4", (("vars.width", 4.0),), "duplicate", "f4", duplicate_of=1),
        VariantRow(5, "w-1", (("vars.width", -1),), "rejected", reasons=("net.yaml:2:3: error[x]: no",)),
    ]
    with open_for_writing(at) as ledger:
        ledger.add(variants, runs, planned=5)
    return at
