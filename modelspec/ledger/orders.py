"""What a run is told: which attempt of which variant it is, and how it is built and trained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from modelspec.frozen import dataclass
from modelspec.ledger.folder import RunFolder, read_json, write_json
from modelspec.ledger.rows import data_of, row_of
from modelspec.ledger.values import VariantRow

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Order:
    """What is in `run.json`.

    Args:
        train: whether it is trained, or only built.
        seed: `None` for the document's own, which has another one for each of several seeds.
        variant: without its document, which lies beside.
        settings: what the caller decided, as JSON values.
    """

    attempt: int
    train: bool
    seed: int | None
    variant: VariantRow
    settings: Mapping[str, object]


def write_order(folder: RunFolder, order: Order) -> None:
    """Tell a run what it is. Raises `WriteError`.

    Where the power goes, the run begins anew, and is told again: nobody waits for the disk.
    """
    write_json(
        folder.order,
        {
            "format": FORMAT,
            "attempt": order.attempt,
            "train": order.train,
            "seed": order.seed,
            "variant": data_of(replace(order.variant, document="")),
            "settings": order.settings,
        },
        durable=False,
    )


def read_order(folder: RunFolder) -> Order:
    """What a run was told.

    Raises:
        OSError: it cannot be read.
        ValueError: it is damaged, or of a newer release.
    """
    data: Mapping[str, Any] = read_json(folder.order)
    match data:
        case {
            "format": 1,
            "attempt": int(attempt),
            "train": bool(train),
            "seed": int() | None as seed,
            "variant": dict(variant),
            "settings": dict(settings),
        }:
            return Order(attempt, train, seed, row_of(VariantRow, variant), settings)
        case _:
            raise ValueError("it is not what a run is told")
