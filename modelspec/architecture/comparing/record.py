"""A comparison as JSON, and the edits in it back; the schema is `comparing/schema.json`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from modelspec.architecture.comparing.comparison import Comparison
from modelspec.architecture.comparing.edits import ABSENT, Edit
from modelspec.architecture.comparing.fitting import STATUSES, Fit
from modelspec.architecture.comparing.sides import NodePath, Side
from modelspec.architecture.comparing.totals import Totals
from modelspec.architecture.hashing import Hashes

VERSION = 1
SCHEMA = Path(__file__).with_name("schema.json")

Json = Any


def comparison_data(comparison: Comparison) -> dict[str, Json]:
    """All of a comparison. `edit_of` reads each of its `changes`."""
    sides = zip(
        ("before", "after"),
        (comparison.before, comparison.after),
        comparison.hashes,
        comparison.totals,
        strict=True,
    )
    return {
        "version": VERSION,
        **{word: _side(side, hashes, totals) for word, side, hashes, totals in sides},
        "level": comparison.level,
        "differs": comparison.differs,
        "changes": [_change(edit, comparison) for edit in comparison.edits],
        "shapes": {
            "causes": [
                {
                    "path": list(change.path),
                    "after_path": list(change.after_path),
                    "before": change.before,
                    "after": change.after,
                }
                for change in comparison.shapes.causes
            ],
            "consequences": comparison.shapes.consequences,
        },
        "weights": _fits(comparison),
    }


def _side(side: Side, hashes: Hashes, totals: Totals) -> dict[str, Json]:
    return {
        "name": side.name,
        "lacks": side.lacks,
        "hashes": {"exact": hashes.exact, "auto": hashes.auto, "structure": hashes.structure},
        "totals": {
            "layers": totals.layers,
            "params": totals.params,
            "trainable_params": totals.trainable,
            "bytes": totals.memory,
            "flops": totals.flops,
            "uncounted": [{"path": list(path), "reason": reason} for path, reason in totals.uncounted],
        },
    }


def _change(edit: Edit, comparison: Comparison) -> dict[str, Json]:
    places = {
        word: side.sites[path].place
        for word, side, path in (
            ("before", comparison.before, edit.path),
            ("after", comparison.after, edit.after_path),
        )
        if path is not None and path in side.sites
    }
    return {**edit_data(edit), "places": places}


def edit_data(edit: Edit) -> dict[str, Json]:
    """An edit; `before` and `after` are left out where there is nothing."""
    found: dict[str, Json] = {
        "op": edit.op,
        "path": _path(edit.path),
        "after_path": _path(edit.after_path),
        "key": list(edit.key),
        "why": edit.why,
        "follows": edit.follows,
    }
    if edit.op == "rename":
        found["automatic"] = list(edit.automatic)
    found |= {
        word: value for word, value in (("before", edit.before), ("after", edit.after)) if value is not ABSENT
    }
    return found


def edit_of(data: Mapping[str, Json]) -> Edit:
    """The edit that such data is of."""
    automatic = data.get("automatic", (False, False))
    return Edit(
        data["op"],
        _read_path(data["path"]),
        _read_path(data["after_path"]),
        tuple(data["key"]),
        data.get("before", ABSENT),
        data.get("after", ABSENT),
        data["why"],
        data["follows"],
        (automatic[0], automatic[1]),
    )


def _path(path: NodePath | None) -> list[str] | None:
    return None if path is None else list(path)


def _read_path(path: list[str] | None) -> NodePath | None:
    return None if path is None else tuple(path)


def _fits(comparison: Comparison) -> Json:
    if comparison.fits is None:
        return None
    fits = comparison.fits
    return {"by_name": _fit(fits.by_name), "by_order": _fit(fits.by_order), "renamed": fits.renamed}


def _fit(fit: Fit) -> dict[str, Json]:
    fitting, every = fit.layers
    return {
        **{status: fit.count(status) for status in STATUSES},
        "layers": {"fitting": fitting, "all": every},
        "first_misfit": _path(fit.first_misfit),
        "variables": [
            {
                "status": status,
                "layer": list(variable.layer),
                "name": variable.name,
                "shape": list(variable.shape),
                "stored_shape": list(stored.shape) if stored is not None else None,
            }
            for status, variable, stored in fit.variables
            if status != "kept"
        ],
    }
