"""What a run is known by, so that it goes on only as what it was, and what an archive records of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from modelspec.catalog.resolved import Fit
from modelspec.compiler.fingerprint import fingerprint
from modelspec.compiler.values import Compiled
from modelspec.language.closed_train import DatasetData, FunctionData, Share, Train
from modelspec.language.values import to_data

NAMES: Mapping[str, str] = MappingProxyType(
    {
        "model": "the model",
        "weights": "`weights`",
        "data": "the data",
        "training": "`train`",
        "seed": "the seed",
    }
)
"""What each part of an identity is called."""


def seed_of(compiled: Compiled) -> int:
    """The seed of what training draws: its own, else that of the initial values."""
    spec = compiled.checked.spec
    assert spec.train is not None
    return spec.train.seed if spec.train.seed is not None else spec.weights.seed


def identity_of(compiled: Compiled, files: tuple[tuple[str, str], ...], code: str | None) -> dict[str, Any]:
    """All that the values after an epoch depend on, but for the versions of what computes them.

    How long is trained is not part of it, so that a run can be made longer.

    Args:
        files: of the data, as written, each with its SHA-256.
        code: of the caller's functions, as a hash.
    """
    spec, fit = compiled.checked.spec, compiled.checked.resolved.fit
    assert spec.train is not None
    weights = replace(
        spec.weights, seed=0, loads=tuple(replace(load, places=()) for load in spec.weights.loads)
    )
    return {
        "model": fingerprint(compiled.linked.config),
        "weights": fingerprint(weights),
        "data": fingerprint([list(file) for file in files], _source(spec.train), code),
        "training": fingerprint(_arguments(fit), [one.data for one in fit.callbacks] if fit else None),
        "seed": [spec.weights.seed, seed_of(compiled)],
    }


def record_of(compiled: Compiled, files: tuple[tuple[str, str], ...], *, epochs: int) -> dict[str, object]:
    """What the metadata of a trained archive says of its training: no clock and no path of this machine."""
    train = compiled.checked.spec.train
    assert train is not None
    record: dict[str, object] = {"seed": seed_of(compiled), "epochs": epochs}
    if files:
        record["data"] = [{"file": name, "sha256": sha256} for name, sha256 in files]
    match train.data:
        case DatasetData(dataset=named):
            record["data"] = {"dataset": named.value}
        case FunctionData(function=named):
            record["data"] = {"python": named.value}
    if train.entry is not None:
        record["entry"] = train.entry.value
    return record


def _arguments(fit: Fit | None) -> object:
    if fit is None:
        return None
    return {name: value for name, value in fit.arguments.items() if name not in ("epochs", "initial_epoch")}


def _source(train: Train) -> object:
    """What is said of the data besides files."""
    match train.data:
        case DatasetData() as data:
            return [data.dataset.value, to_data(data.args) if data.args else None, _share(data.validation)]
        case FunctionData() as data:
            return [data.function.value, to_data(data.args) if data.args else None, _share(data.validation)]
        case None:
            return [
                train.entry.value if train.entry is not None else None,
                to_data(train.args) if train.args is not None else None,
            ]
        case data:
            # Which arrays of the files; where they are written says nothing.
            return fingerprint(data)


def _share(validation: Share | str | None) -> object:
    return validation.fraction if isinstance(validation, Share) else validation
