"""Rows of a ledger as a sweep would have made them."""

from __future__ import annotations

from modelspec.ledger.values import RunRow, RunState, SweepRow, VariantRow, folder_name


def sweep_row(**changed: object) -> SweepRow:
    given: dict[str, object] = {
        "name": "net",
        "identity": {"base": "1"},
        "method": "grid",
        "seed": 0,
        "parameters": ("vars.width",),
        "document": "modelspec: 1\n",
        "base": ("..", "/nowhere"),
        "settings": {"train": True},
        "metric": "score",
        "goal": "maximize",
        "reduce": "best",
        "aggregate": "mean",
        "seeds": (),
        "version": "0",
    }
    return SweepRow(**{**given, **changed})  # type: ignore[arg-type]


def variant_row(number: int, **changed: object) -> VariantRow:
    given: dict[str, object] = {
        "number": number,
        "name": f"net_{number}",
        "values": (("vars.width", number),),
        "state": "distinct",
        "fingerprint": f"f{number}",
        "facts": {"params": 10 * number, "hash": f"m1:{number}", "output_shape": [10]},
    }
    return VariantRow(**{**given, **changed})  # type: ignore[arg-type]


def run_row(
    number: int, value: float | None, state: RunState = "DONE", *, seed: int | None = None, **changed: object
) -> RunRow:
    given: dict[str, object] = {"attempt": 1, "value": value, "epochs": 2, "spent": 1.5}
    if value is not None:
        given["metrics"] = {"score": value, "loss": 1 - value}
    return RunRow(number, seed, folder_name(number, seed), state, **{**given, **changed})  # type: ignore[arg-type]
