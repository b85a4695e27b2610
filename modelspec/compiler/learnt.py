"""What layers that prepare data have learnt from it, taken from a file into the arguments of a document."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modelspec.diagnostics import Report
from modelspec.diagnostics.shown import quoted, shown
from modelspec.frozen import dataclass
from modelspec.weights.described_layers import described_layers
from modelspec.weights.learnt import (
    BINNED,
    IDF_WEIGHTS,
    LOOKUPS,
    VOCABULARY,
    boundaries_of,
    entries_of,
    is_weighed,
    lacks_boundaries,
    lacks_vocabulary,
    weights_of,
)

if TYPE_CHECKING:
    import numpy as np

    from modelspec.weights.checkpoint import Checkpoint

Json = Any

_VOCABULARY = "give the layer one in the document, as a list or the path of a file with an entry a line"
_BOUNDARIES = "give the layer some in the document: `bin_boundaries: [0.0, 1.0]`"


@dataclass(frozen=True, slots=True)
class WithLearnt:
    """A config that holds what its layers have learnt.

    Args:
        taken: keys of the tensors that arguments say now, for which Keras 3 has no variable.
    """

    config: dict[str, Json]
    taken: frozenset[str] = frozenset()


def with_learnt(config: dict[str, Json], path: Path, report: Report) -> WithLearnt:
    """The config of a model with the vocabularies and boundaries that the file holds elsewhere.

    Args:
        config: as Keras 3 writes it.
        path: of the file that it is of; not opened where no layer lacks anything.
        report: told of each layer whose vocabulary or boundaries are not in the file.
    """
    layers = {address: item for address, item in described_layers(config).items.items() if _learns(item)}
    if not layers:
        return WithLearnt(config)
    with ExitStack() as stack:
        file = _opened(path, stack)
        found: dict[int, dict[str, Json]] = {}
        taken: set[str] = set()
        for address, item in layers.items():
            change, keys = _of_layer(address, item, file, path, report)
            if change:
                found[id(item["config"])] = change
            taken |= keys
    return WithLearnt(_changed(config, found), frozenset(taken))


def _learns(item: Mapping[str, Json]) -> bool:
    config, name = item["config"], item["class_name"]
    return name in LOOKUPS or lacks_boundaries(name, config)


def _opened(path: Path, stack: ExitStack) -> Checkpoint | None:
    """The file, where it holds values; what is wrong with them is told where they are wanted."""
    from modelspec.archive.checkpoint import open_checkpoint

    checkpoint = open_checkpoint(path, Report())
    return stack.enter_context(checkpoint) if checkpoint is not None else None


def _of_layer(
    address: str, item: Mapping[str, Json], file: Checkpoint | None, path: Path, report: Report
) -> tuple[dict[str, Json], set[str]]:
    """The arguments that change in one layer, and the keys of the tensors that they say."""
    name, config = item["class_name"], item["config"]
    if name == BINNED:
        return _boundaries(address, config, file, path, report)
    elsewhere = config.get("vocabulary")
    if isinstance(elsewhere, str):
        _tell(
            report,
            f"the vocabulary of `{_called(config)}` is not in `{path}`, but in `{shown(elsewhere)}`",
            f"put that file beside the document, and write `vocabulary: ./{shown(_last(elsewhere))}` there",
        )
        return {"vocabulary": None}, set()
    if lacks_vocabulary(name, config):
        return _vocabulary(address, name, config, file, path, report), set()
    return {}, set()


def _vocabulary(
    address: str, name: str, config: Mapping[str, Json], file: Checkpoint | None, path: Path, report: Report
) -> dict[str, Json]:
    asset = f"{address}/{VOCABULARY}"
    if file is None or asset not in file.assets:
        _tell(
            report,
            f"the vocabulary of `{_called(config)}` is not in `{path}`",
            _VOCABULARY,
        )
        return {}
    try:
        entries = entries_of(file.asset(asset), name, config)
        change: dict[str, Json] = {"vocabulary": entries} if entries else {}
        if entries and is_weighed(config):
            change[IDF_WEIGHTS] = weights_of(
                _array(file, f"{address}/vars/{IDF_WEIGHTS}"), entries, class_name=name, config=config
            )
    except ValueError as error:
        _tell(
            report,
            f"the vocabulary of `{_called(config)}` in `{path}` cannot be read: {error}",
            _VOCABULARY,
        )
        return {}
    return change


def _boundaries(
    address: str, config: Mapping[str, Json], file: Checkpoint | None, path: Path, report: Report
) -> tuple[dict[str, Json], set[str]]:
    key = f"{address}/vars/0"
    if file is None or not any(tensor.key == key for tensor in file.tensors):
        _tell(report, f"the boundaries of `{_called(config)}` are not in `{path}`", _BOUNDARIES)
        return {}, set()
    try:
        found = boundaries_of(_array(file, key), int(config.get("num_bins") or 0))
    except ValueError as error:
        _tell(
            report, f"the boundaries of `{_called(config)}` in `{path}` cannot be read: {error}", _BOUNDARIES
        )
        return {}, {key}
    return ({"bin_boundaries": found} if found else {}), {key}


def _array(file: Checkpoint, key: str) -> np.ndarray[Any, Any]:
    tensor = next((one for one in file.tensors if one.key == key), None)
    if tensor is None:
        raise ValueError(f"there are no {quoted([key.rpartition('/')[2]])}")
    return file.values(tensor).array()


def _last(path: str) -> str:
    """What a file is called, of its path on this system or another."""
    return path.replace("\\", "/").rpartition("/")[2]


def _called(config: Mapping[str, Json]) -> str:
    return shown(str(config.get("name")))


def _tell(report: Report, message: str, help: str) -> None:
    report.add("not-learnt", message, help=help)


def _changed(value: Json, found: Mapping[int, Mapping[str, Json]]) -> Json:
    """A config with the arguments of some layers changed, which are known by their place in memory."""
    match value:
        case dict():
            change = found.get(id(value), {})
            kept = {key: _changed(item, found) for key, item in value.items() if key not in change}
            gone = {"vocabulary_size"} if "vocabulary" in change else set()
            ordered = {key: change.get(key, kept.get(key)) for key in value if key not in gone}
            return {**ordered, **change}
        case list():
            return [_changed(item, found) for item in value]
        case _:
            return value
