"""All that a ledger says of runs as one table: a row for each run, and for each point that has none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from modelspec.ledger.values import RunRow, SweepRow, VariantRow

Cell = str | int | float | bool | None
_FACTS = ("params", "trainable_params", "layers", "memory", "output_shape", "hash")
_RUN = ("seed", "state", "value", "epochs", "attempt", "spent", "started", "ended", "host")


def columns_of(
    sweep: SweepRow, variants: Iterable[VariantRow], runs: Iterable[RunRow]
) -> dict[str, list[Cell]]:
    """The columns by name: `number`, `name`, each parameter, what is built, how it ended, each metric.

    A metric, or a parameter, that is called as another column is gets `metric.` or `parameter.` before it.
    """
    by_variant: dict[int, list[RunRow]] = {}
    for run in runs:
        by_variant.setdefault(run.variant, []).append(run)
    pairs = [(variant, run) for variant in variants for run in by_variant.get(variant.number) or (None,)]
    metrics = dict.fromkeys(name for _, run in pairs if run is not None for name in run.metrics)
    names = ("number", "name", *_FACTS, *_RUN, "duplicate_of", "error")
    parameters = {name: _free(name, names, "parameter") for name in sweep.parameters}
    measured = {name: _free(name, (*names, *parameters.values()), "metric") for name in metrics}
    rows = [_row(variant, run, parameters, measured) for variant, run in pairs]
    order = ("number", "name", *parameters.values(), *names[2:], *measured.values())
    return {name: [row.get(name) for row in rows] for name in order}


def _free(name: str, taken: Iterable[str], kind: str) -> str:
    return f"{kind}.{name}" if name in taken else name


def _row(
    variant: VariantRow, run: RunRow | None, parameters: Mapping[str, str], measured: Mapping[str, str]
) -> dict[str, Cell]:
    row: dict[str, Cell] = {"number": variant.number, "name": variant.name}
    row["duplicate_of"], row["state"] = variant.duplicate_of, variant.state
    row["error"] = variant.reasons[0] if variant.reasons else None
    row |= {name: _cell(variant.facts.get(name)) for name in _FACTS}
    row |= {parameters[key]: value for key, value in variant.values if key in parameters}
    if run is not None:
        row |= {name: getattr(run, name) for name in _RUN}
        row["state"] = run.state.lower()
        message = run.error.get("message")
        row["error"] = str(message) if message is not None else None
        row |= {measured[name]: value for name, value in run.metrics.items()}
    return row


def _cell(value: object) -> Cell:
    match value:
        case None | bool() | int() | float() | str():
            return value
        case _:
            return str(value)
