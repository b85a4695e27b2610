"""What a file of weights holds, as JSON values."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import asdict

from modelspec.compiler.weights.listing import ListedTensor, Listing
from modelspec.weights.statistics import Statistics


def listing_data(listing: Listing) -> dict[str, object]:
    """The file, its tensors and their totals."""
    model = [row for row in listing.rows if not row.of_optimizer]
    optimizer = [row for row in listing.rows if row.of_optimizer]
    return {
        "file": str(listing.path),
        "form": listing.form,
        "tensors": [_tensor(row) for row in listing.rows],
        "totals": {"model": _totals(model), "optimizer": _totals(optimizer)},
    }


def _tensor(row: ListedTensor) -> dict[str, object]:
    found: dict[str, object] = {
        "name": row.tensor.shown,
        "names": list(row.tensor.names),
        "path": row.tensor.key,
        "shape": list(row.tensor.shape),
        "dtype": row.tensor.dtype,
        "bytes": row.size,
        "optimizer": row.of_optimizer,
    }
    if row.statistics is not None:
        found["statistics"] = _statistics(row.statistics)
    return found


def _statistics(found: Statistics) -> dict[str, object]:
    """Numbers that JSON lacks as texts: `inf`, `-inf`, `nan`."""
    names = {"least": "min", "most": "max"}
    return {
        names.get(name, name): value if value is None or math.isfinite(value) else str(value)
        for name, value in asdict(found).items()
    }


def _totals(rows: Iterable[ListedTensor]) -> dict[str, int]:
    rows = list(rows)
    return {
        "tensors": len(rows),
        "values": sum(row.count for row in rows),
        "bytes": sum(row.size for row in rows),
    }
