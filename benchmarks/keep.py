"""Architectures under version control: what git and editors call often, the largest model as a document."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from benchmarks.children import ROOT, Child, modelspec, run_child, script, side_by_side
from benchmarks.rows import Row, megabytes, seconds

_DECOMPILE, _PEAK = 5.0, 300e6
_FORMAT, _LINT = 0.25, 0.6


def measure_keep(backend: str, folder: Path, *, runs: int) -> Iterator[Row]:
    """What needs no Keras, on ResNet-50 and the largest of `keras.applications`, beside Keras' own ways."""
    large, kept = folder / "large.json", folder / "kept"
    run_child(Child(script("write_config", "EfficientNetV2L", str(large)), backend=backend))
    yield from _decompile(large, backend, runs)
    text = (ROOT / "configs" / "resnet50.yaml").read_text()
    before, after = folder / "before.yaml", folder / "after.yaml"
    assert text.count("classes: 1000") == 1
    before.write_text(text)
    after.write_text(text.replace("classes: 1000", "classes: 10"))
    archives = [path.with_suffix(".keras") for path in (before, after)]
    for path, archive in zip((before, after), archives, strict=True):
        run_child(Child(modelspec("build", str(path), "-o", str(archive)), cache=kept, backend=backend))
    diff = modelspec("diff", str(before), str(after))
    run_child(Child(diff, cache=kept, backend=backend))
    done = side_by_side(
        {
            "script": Child(script("diff_archives", *map(str, archives)), backend=backend),
            "diff": Child(diff, cache=kept, backend=backend),
            "lint": Child(modelspec("lint", str(before)), cache=kept, backend=backend),
            "fmt": Child(modelspec("fmt", "--check", str(before)), cache=kept),
            "textconv": Child(modelspec("textconv", str(archives[0])), cache=kept),
            "verify": Child(modelspec("verify", str(archives[0])), cache=kept, backend=backend),
        },
        runs=runs,
    )
    of = done["script"]
    size = megabytes(archives[0].stat().st_size)
    yield Row(
        backend,
        "diff of two resnet50s, both compiled before",
        seconds(done["diff"].seconds),
        f"script {seconds(of.seconds)}",
        f"{of.seconds / done['diff'].seconds:.1f}x faster",
        "faster",
        of.seconds > done["diff"].seconds,
        f"{seconds(done['diff'].processor)}, {of.processor / done['diff'].processor:.1f}x",
        "the script loads both archives and compares the lines of their JSON",
    )
    bars = {"lint": _LINT, "fmt": _FORMAT, "textconv": None, "verify": None}
    notes = {
        "lint": "unchanged",
        "textconv": f"{size}, every value hashed",
        "verify": f"{size}, every byte read",
    }
    for verb, bar in bars.items():
        series = done[verb]
        yield Row(
            "",
            f"{verb} of resnet50",
            seconds(series.seconds),
            bar=f"{bar} s" if bar is not None else "",
            met=None if bar is None else series.seconds <= bar,
            processor=seconds(series.processor),
            note=notes.get(verb, ""),
        )


def _decompile(config: Path, backend: str, runs: int) -> Iterator[Row]:
    done = side_by_side(
        {
            "script": Child(script("summary", str(config)), backend=backend),
            "decompile": Child(modelspec("decompile", str(config))),
        },
        runs=runs,
    )
    ours, theirs = done["decompile"], done["script"]
    yield Row(
        backend,
        "decompile EfficientNetV2L, 1,029 layers",
        f"{seconds(ours.seconds)}, {megabytes(ours.peak)}",
        f"script {seconds(theirs.seconds)}",
        f"{theirs.seconds / ours.seconds:.1f}x faster",
        f"{_DECOMPILE:.0f} s, {megabytes(_PEAK)}",
        ours.seconds <= _DECOMPILE and ours.peak <= _PEAK,
        f"{seconds(ours.processor)}, {theirs.processor / ours.processor:.1f}x",
        "the script makes the model of the config and prints its summary",
    )
