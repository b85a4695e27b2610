"""Rows of a sweep as a ledger has them, made by formulas: what the tests of the page look at."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace

from modelspec.ledger.values import Primitive, RunRow, SweepRow, VariantRow, folder_name
from modelspec.report.board import Board, board_of
from modelspec.report.curves import Curves, curves_of

BASE = """\
modelspec: 1
name: digits
vars: {width: 16, depth: 2, unit: plain, expand: 4}
# Eight by eight pixels.
inputs: {image: [8, 8, 1]}
layers:
  - Conv2D: {filters: $width, kernel_size: 3, padding: same}
  - $unit:
    repeat: $depth
  - GlobalAveragePooling2D
  - Dense: {units: 10}
    name: logits
compile:
  optimizer: {Adam: {learning_rate: 0.001}}

# What is tried.
sweep:
  method: random
  seed: 7
  space:
    vars.width: [8, 16, 32]

train:
  fit: {epochs: 12}
"""
START = 1_790_000_000.0
EPOCHS = 12

SWEEP = SweepRow(
    name="digits",
    identity={"space": "0"},
    method="random",
    seed=7,
    parameters=("vars.width", "vars.depth", "body", "vars.expand", "compile.optimizer.Adam.learning_rate"),
    document=BASE,
    base=(".", "/project"),
    settings={},
    metric="val_accuracy",
    goal="maximize",
    reduce="best",
    aggregate="mean",
    seeds=(0, 1),
    version="0.1.0",
)
BUILT = replace(SWEEP, metric=None, seeds=(), method="grid")


def noise(*numbers: int) -> float:
    """From 0 to 1, always the same for the same numbers."""
    return math.modf(
        abs(math.sin(sum((place + 1.7) * number for place, number in enumerate(numbers)))) * 43758.5453
    )[0]


def values_of(number: int) -> tuple[tuple[str, Primitive], ...]:
    width = (8, 16, 32, 64)[int(noise(number, 1) * 4)]
    depth = 1 + int(noise(number, 2) * 4)
    body = ("plain", "bottleneck")[int(noise(number, 3) * 2)]
    rate = float(f"{10 ** (-4 + 3 * noise(number, 5)):.3g}")
    found: list[tuple[str, Primitive]] = [("vars.width", width), ("vars.depth", depth), ("body", body)]
    if body == "bottleneck":
        found.append(("vars.expand", (2, 4)[int(noise(number, 4) * 2)]))
    return (*found, ("compile.optimizer.Adam.learning_rate", rate))


def variant(number: int, *, name: str | None = None) -> VariantRow:
    values = values_of(number)
    known = dict(values)
    width, depth = known["vars.width"], known["vars.depth"]
    assert isinstance(width, int)
    assert isinstance(depth, int)
    params = 10 * width + 90 + depth * (9 * width * width // (3 if known["body"] == "bottleneck" else 1))
    document = BASE.partition("# What is tried.")[0] + "train:\n  fit: {epochs: 12}\n"
    document = document.replace("width: 16, depth: 2", f"width: {width}, depth: {depth}")
    document = document.replace("unit: plain", f"unit: {known['body']}")
    document = document.replace("0.001", str(known["compile.optimizer.Adam.learning_rate"]))
    return VariantRow(
        number=number,
        name=name or f"w{width}_d{depth}_{known['body']}",
        values=values,
        state="distinct",
        fingerprint=f"f{number}",
        document=document,
        facts={
            "params": params,
            "trainable_params": params,
            "layers": 4 + depth,
            "memory": params * 12,
            "output_shape": [10],
            "hash": f"m1:{number * 2654435761 % 2**48:012x}",
        },
    )


def accuracy(number: int, seed: int, epoch: int) -> float:
    known = dict(values_of(number))
    width, depth, rate = (
        known[key] for key in ("vars.width", "vars.depth", "compile.optimizer.Adam.learning_rate")
    )
    assert isinstance(width, int)
    assert isinstance(depth, int)
    assert isinstance(rate, float)
    top = 0.97 - 0.05 * (math.log10(rate) + 2.4) ** 2 + 0.012 * math.log2(width / 16) + 0.01 * (depth - 2)
    reached = top * (1 - math.exp(-epoch * (0.25 + 0.2 * noise(number, 9)))) + 0.02 * (
        noise(number, seed, epoch) - 0.5
    )
    return round(min(reached, 0.9972), 4)


def run(number: int, seed: int | None, *, state: str = "DONE", epochs: int = EPOCHS) -> RunRow:
    values = [accuracy(number, seed or 0, epoch) for epoch in range(1, epochs + 1)]
    spent = 14 + 40 * noise(number, seed or 0, 3)
    started = START + number * 31 + (seed or 0) * 5
    done = state in ("DONE", "PRUNED")
    return RunRow(
        variant=number,
        seed=seed,
        folder=folder_name(number, seed),
        state=state,  # type: ignore[arg-type]
        attempt=0 if state == "PENDING" else 1,
        value=max(values) if done else None,
        epochs=epochs if done else 0,
        started=None if state == "PENDING" else started,
        ended=started + spent if state in ("DONE", "PRUNED", "FAILED") else None,
        spent=0.0 if state == "PENDING" else spent,
        host="node-1",
        pid=4711,
        exit=1 if state == "FAILED" else 0 if done else None,
        error={
            "code": "not-finite",
            "message": "the loss is no number after epoch 3",
            "log": "epoch 1\nepoch 3\nloss: nan",
        }
        if state == "FAILED"
        else {},
    )


STATES: Mapping[int, str] = {5: "FAILED", 9: "PRUNED", 28: "RUNNING", 29: "PENDING", 30: "PENDING"}


def trained_rows(count: int = 30) -> tuple[tuple[VariantRow, ...], tuple[RunRow, ...]]:
    """Variants, most of them trained with two seeds; behind them a duplicate and a reject."""
    variants = [variant(number) for number in range(1, count + 1)]
    runs = [
        run(
            number,
            seed,
            state=STATES.get(number, "DONE"),
            epochs=4 if STATES.get(number) == "PRUNED" else EPOCHS,
        )
        for number in range(1, count + 1)
        for seed in SWEEP.seeds
    ]
    same = replace(variant(3), number=count + 1, state="duplicate", duplicate_of=3, document="")
    reason = (
        "digits.yaml:20:10: error[not-kept]: `$(plan.params < 60000)` does not hold: plan.params is 76,074"
    )
    rejected = replace(variant(count + 2), state="rejected", reasons=(reason,), document="", fingerprint="")
    return (*variants, same, rejected), tuple(runs)


def trained_board(count: int = 30) -> Board:
    return board_of(SWEEP, *trained_rows(count))


def metric_lines(one: RunRow) -> Iterator[Mapping[str, object]]:
    for epoch in range(1, one.epochs + 1):
        value = accuracy(one.variant, one.seed or 0, epoch)
        yield {
            "epoch": epoch,
            "accuracy": round(min(1.0, value + 0.01), 4),
            "loss": round(2.3 * (1 - value) + 0.05, 4),
            "val_accuracy": value,
            "val_loss": round(2.4 * (1 - value) + 0.07, 4),
            "seconds": 1.25,
        }


def curves(board: Board) -> Mapping[str, Curves]:
    runs = (one for entry in board.entries if entry.standing is not None for one in entry.standing.runs)
    return {one.folder: curves_of(metric_lines(one)) for one in runs}


def built_board(count: int = 24) -> Board:
    """A sweep that only builds."""
    variants, _ = trained_rows(count)
    runs = tuple(replace(run(number, None), value=None, epochs=0) for number in range(1, count + 1))
    return board_of(BUILT, variants, runs)


def hostile_board() -> Board:
    """Names, values and documents that would be HTML, scripts and templates if they could."""
    alert = "<script>window.broken=1</script>"
    texts = (
        f"{alert}</script>",
        "<img src=x onerror=window.broken=1>",
        "\"quotes' & &amp; <b>bold</b>",
        '<a href="javascript:window.broken=1">%{x}</a> ${y} $z$',
        "Ünïcødé 模型 🚀 \u202eevil \u2028 \0",
        "]]> --> <!-- <style>*{display:none}</style>",
    )
    keys = ("vars.<b>", "vars.a\"b' onmouseover='window.broken=1")
    sweep = replace(SWEEP, name=f"</title>{alert}", parameters=keys, seeds=(0,), metric="val_<i>accuracy</i>")
    variants = tuple(
        replace(
            variant(number),
            name=f"{texts[number % len(texts)]} {number}",
            values=((keys[0], texts[(number + 1) % len(texts)]), (keys[1], number % 3)),
            document=f"modelspec: 1\nname: {texts[number % len(texts)]}\nmeta: '{texts[0]}'\n",
        )
        for number in range(1, 13)
    )
    rejected = replace(variants[0], number=13, state="rejected", reasons=texts, document="")
    runs = tuple(run(number, 0) for number in range(1, 13))
    failed = replace(run(2, 0, state="FAILED"), error={"message": texts[1], "log": f"{texts[0]}\n{texts[5]}"})
    return board_of(sweep, (*variants, rejected), (runs[0], failed, *runs[2:]))
