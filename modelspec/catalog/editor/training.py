"""The section `train`: data, the arguments of `Model.fit`, callbacks."""

from __future__ import annotations

from collections.abc import Mapping

from modelspec.catalog.editor import texts
from modelspec.catalog.editor.parts import Schema, any_of, closed, computed, described, ref
from modelspec.catalog.editor.values import value_schema
from modelspec.catalog.reference import Vocabulary
from modelspec.catalog.sentences import first_sentence, in_yaml
from modelspec.catalog.train_section import DATASETS, ELSEWHERE

_FUNCTION: Schema = {"type": ["string", "null"], "pattern": r":|\$"}
_ARGUMENTS: Schema = {"type": ["object", "null"]}
_ARRAYS: Schema = {"type": ["string", "array", "object", "null"]}


def train_schema(vocabulary: Vocabulary) -> Schema:
    """The section; each key told."""
    samples = {"file": {"type": ["string", "null"]}, "x": _ARRAYS, "y": _ARRAYS, "sample_weight": _ARRAYS}
    data = {
        **samples,
        "validation": any_of(
            computed("number"),
            {**closed(_told(samples, texts.DATA)), "type": "object"},
            {"enum": ["test", None]},
        ),
        "dataset": {"enum": [*DATASETS, None]},
        "python": _FUNCTION,
        "args": _ARGUMENTS,
    }
    schemas = {
        "data": closed(_told(data, texts.DATA)),
        "fit": closed(_fit(vocabulary)),
        "entry": _FUNCTION,
        "args": _ARGUMENTS,
        "seed": {**computed("integer"), "minimum": 0},
        "checkpoint": {**computed("integer"), "minimum": 0},
    }
    return closed(_told(schemas, texts.TRAIN))


def _fit(vocabulary: Vocabulary) -> dict[str, Schema]:
    said = vocabulary.docs["fit"]["arguments"]
    arguments = {
        name: argument for name, argument in vocabulary.catalog.fit_arguments.items() if name not in ELSEWHERE
    }
    schemas = {name: value_schema(argument) for name, argument in arguments.items()}
    schemas["callbacks"] = any_of(
        {"type": ["array", "null"], "items": ref("callback")}, ref("callback"), computed()
    )
    return {
        name: described(schema, first_sentence(in_yaml(said.get(name, ""))))
        for name, schema in schemas.items()
    }


def _told(schemas: Mapping[str, Schema], said: Mapping[str, str]) -> dict[str, Schema]:
    return {key: described(schema, said[key]) for key, schema in schemas.items()}
