"""Weights of a file put into a model, against what a user of Keras would write: `load_weights`, `save`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from benchmarks.children import ROOT, Child, modelspec, run_child, script, side_by_side
from benchmarks.rows import Row, megabytes, seconds

_LIVE = 1.3


def measure_attach(backend: str, folder: Path, *, runs: int) -> Iterator[Row]:
    """The rows of ResNet-50 on one backend: archives from cold processes, then a live model."""
    weights, archive = folder / "resnet50.weights.h5", folder / "resnet50.keras"
    target = folder / "loaded.keras"
    document = folder / "loading.yaml"
    text = (ROOT / "configs" / "resnet50.yaml").read_text()
    document.write_text(f"{text}\nweights: {{load: [{{file: {weights.name}}}]}}\n")
    run_child(Child(script("resnet50_weights", str(weights)), backend=backend))
    build = modelspec("build", str(document), "-o", str(target))
    attach = modelspec("weights", "attach", str(archive), "--from", str(weights), "-o", str(target))
    kept = folder / "kept"
    run_child(Child(build, cache=kept, backend=backend))
    target.rename(archive)
    live = {
        how: Child(script("load_live", how, str(weights)), backend=backend) for how in ("keras", "modelspec")
    }
    done = side_by_side(
        {
            "script": Child(
                script("resnet50_loaded", str(weights), str(target)), backend=backend, removes=target
            ),
            "build": Child(build, cache=folder / "empty", fresh=True, backend=backend, removes=target),
            "again": Child(build, cache=kept, backend=backend, removes=target),
            "attach": Child(attach, cache=kept, backend=backend, removes=target),
            **live,
        },
        runs=runs,
    )
    named = {
        "build": "build resnet50 with `weights.load`, cold",
        "again": "build resnet50 with `weights.load`, unchanged",
        "attach": "weights attach to resnet50's archive",
    }
    of = done["script"]
    for name, what in named.items():
        series = done[name]
        yield Row(
            backend,
            what,
            seconds(series.seconds),
            f"script {seconds(of.seconds)}",
            f"{of.seconds / series.seconds:.1f}x faster",
            "faster",
            of.seconds > series.seconds,
            f"{seconds(series.processor)}, {of.processor / series.processor:.1f}x",
            f"{megabytes(weights.stat().st_size)}; the script builds, loads and saves the model",
        )
    ours, theirs = done["modelspec"].told, done["keras"].told
    yield Row(
        backend,
        "attach to a live resnet50",
        seconds(ours),
        f"load_weights {seconds(theirs)}",
        f"{ours / theirs:.2f}x",
        f"at most {_LIVE}x",
        ours <= _LIVE * theirs,
    )
