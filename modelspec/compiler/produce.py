"""A model without values to a `.keras` archive: values drawn and streamed into their place."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modelspec import __version__
from modelspec.archive.metadata import config_bytes, metadata_bytes
from modelspec.archive.writer import open_archive
from modelspec.compiler.kept_identity import identity_of_linked
from modelspec.compiler.values import Compiled, Progress, silent
from modelspec.compiler.weights.quantized import quantized_makers
from modelspec.compiler.weights.stored_values import ValuesOf, stored_values
from modelspec.diagnostics import Diagnostic, Report
from modelspec.frozen import dataclass
from modelspec.weights.hdf5 import predict_size, write_hdf5

if TYPE_CHECKING:
    import numpy.typing as npt

    from modelspec.link.linked import Variable

    Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Built:
    """An archive that was written.

    Args:
        path: where it lies.
        size: bytes of the file.
        params: parameters of the model.
        from_cache: whether Keras was not needed.
        floor: the oldest Keras that opens it (`3.11`); `None` where nothing is promised.
        warnings: of its values.
    """

    path: Path
    size: int
    params: int
    from_cache: bool
    floor: str | None
    warnings: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True)
class TrainedValues:
    """What training made of a model.

    Args:
        values: of every dataset of the archive, by address.
        record: of the training, for the metadata.
    """

    values: Mapping[str, Array]
    record: Mapping[str, object]


def write_archive(
    compiled: Compiled,
    target: Path,
    report: Report,
    *,
    trained: TrainedValues | None = None,
    progress: Progress = silent,
) -> Built:
    """Write a compiled model as an archive: whole or not at all. Raises `SpecError` where it cannot be.

    Args:
        trained: what stands in place of the initial values.
    """
    require_archive_name(target, report)
    linked = compiled.linked
    config = config_bytes(linked.config, report)
    record = {
        "version": __version__,
        "document": compiled.document_hash,
        **identity_of_linked(linked, use_cache=compiled.options.use_cache).record,
        "meta": compiled.checked.spec.meta,
    }
    if trained is not None:
        record["training"] = dict(trained.record)
    metadata = metadata_bytes(linked.keras_version, record, report)
    report.raise_if_errors()
    known = len(report.diagnostics)
    if trained is not None:
        datasets = tuple(replace(one, initializer=None, source=None) for one in linked.datasets)
        given: dict[str, Callable[[], Array]] = {
            one.address: partial(_taken, trained.values, one.address) for one in datasets
        }
        _write(compiled, target, (metadata, config), (datasets, given, None), report, progress)
    else:
        with stored_values(linked, compiled.checked.program, report) as values_of:
            given = dict(quantized_makers(compiled, values_of, report))
            _write(
                compiled, target, (metadata, config), (linked.datasets, given, values_of), report, progress
            )
    return Built(
        target,
        target.stat().st_size,
        linked.params,
        compiled.from_cache,
        compiled.floor,
        tuple(report.diagnostics[known:]),
    )


def _taken(values: Mapping[str, Array], address: str) -> Array:
    return values[address]


def require_archive_name(target: Path, report: Report) -> None:
    """Raise `SpecError` where Keras would not open what is written under a name."""
    if target.suffix != ".keras":
        report.fail(
            "cannot-write",
            f"`{target}` is no name for an archive: Keras opens files that end in `.keras`",
            help=f"write to `{target.with_suffix('.keras')}`",
        )


def _write(
    compiled: Compiled,
    target: Path,
    texts: tuple[bytes, bytes],
    weights: tuple[Sequence[Variable], Mapping[str, Callable[[], Array]], ValuesOf | None],
    report: Report,
    progress: Progress,
) -> None:
    """Write the members in Keras' order.

    Args:
        texts: the metadata and the config.
        weights: the datasets; what makes some, by address; what gives those that lie in files.
    """
    linked = compiled.linked
    datasets, given, values_of = weights
    predicted = predict_size(linked.groups, datasets)
    assets = sum(len(data) for _, data in linked.assets)
    needed = predicted + sum(len(text) for text in texts) + assets + 4096
    with open_archive(target, needed=needed, report=report) as writer:
        for name, text in zip(("metadata.json", "config.json"), texts, strict=True):
            writer.add(name, text)
        with writer.stream("model.weights.h5") as file:
            write_hdf5(
                file,
                linked.groups,
                datasets,
                seed=compiled.checked.spec.weights.seed,
                progress=lambda done: progress("writing values", done, predicted),
                stored=values_of,
                given=given,
                settled=file.settle,
            )
        for name, data in linked.assets:
            writer.add(f"assets/{name}", data)
