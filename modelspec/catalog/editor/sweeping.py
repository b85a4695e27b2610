"""The section `sweep`: its space, and what a sweep says beside it."""

from __future__ import annotations

from collections.abc import Mapping

from modelspec.catalog.editor import texts
from modelspec.catalog.editor.parts import Schema, any_of, closed, described, ref

_TEXT: Schema = {"type": "string"}
_COUNT: Schema = {"type": ["integer", "null"], "minimum": 1}
_TIME: Schema = {"type": ["number", "string", "null"]}
_PAIR: Schema = {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}


def sweep_schema() -> Schema:
    """The section; each key told."""
    schemas: dict[str, Schema] = {
        "method": {"enum": ["grid", "random", "bayes"]},
        "seed": {"type": ["integer", "null"], "minimum": 0},
        "space": ref("space"),
        "keep": any_of(_TEXT, {"type": ["array", "null"], "items": _TEXT}),
        "name": {"type": ["string", "null"]},
        "objective": closed(
            {
                "metric": _TEXT,
                "goal": {"enum": ["maximize", "minimize"]},
                "reduce": {"enum": ["best", "last", None]},
            }
        ),
        "start": {"type": ["array", "null"], "items": {"type": "object"}},
        "repeats": closed(
            {
                "seeds": {"type": "array", "items": {"type": "integer", "minimum": 0}},
                "aggregate": {"enum": ["mean", "median", "best", "worst", None]},
            }
        ),
        "prune": closed(
            {"by": {"enum": ["hyperband", "median"]}, "min_epochs": _COUNT, "max_epochs": _COUNT}
        ),
        "budget": closed(
            {
                "variants": _COUNT,
                "wall": _TIME,
                "gpu_hours": {"type": ["number", "null"], "minimum": 0},
                "run_timeout": _TIME,
                "disk_free": _TIME,
            }
        ),
        "on_failure": closed(
            {"retries": {"type": ["integer", "null"], "minimum": 0}, "stop_after_consecutive": _COUNT}
        ),
        "run": closed(
            {
                "executor": {"enum": ["local", "ray", "slurm", "dask", None]},
                "parallel": _COUNT,
                "resources": closed({"cpu": _TIME, "gpu": _TIME, "memory": _TIME}),
                "address": _TEXT,
                "options": {"type": ["object", "null"]},
            }
        ),
        "track": closed({"mlflow": _TEXT}),
        "artifacts": closed(
            {
                "keep": {"type": ["string", "null"], "pattern": "^(all|best [0-9]+)$"},
                "always": any_of(_TEXT, {"type": ["array", "null"], "items": _TEXT}),
            }
        ),
    }
    return closed(_told(schemas, texts.SWEEP))


def space_schema() -> Schema:
    """A space: paths and labels, each with a domain or alternatives."""
    alternative = closed({"set": {"type": ["object", "null"]}, "space": ref("space")})
    part = {
        "path": _TEXT,
        "int": _PAIR,
        "float": _PAIR,
        "choice": {"type": "array", "minItems": 1},
        "normal": _PAIR,
        "step": {"type": "number", "exclusiveMinimum": 0},
        "points": _COUNT,
        "log": {"type": ["boolean", "null"]},
        "choose": {"type": "object", "additionalProperties": alternative},
        "zip": {"type": "object", "additionalProperties": {"type": "array"}},
    }
    parts = any_of({"type": "array", "minItems": 1}, {**closed(_told(part, texts.DOMAIN)), "type": "object"})
    return {"type": ["object", "null"], "additionalProperties": parts}


def _told(schemas: Mapping[str, Schema], said: Mapping[str, str]) -> dict[str, Schema]:
    return {key: described(schema, said[key]) for key, schema in schemas.items()}
