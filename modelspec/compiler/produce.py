"""A model without values to a `.keras` archive: values drawn and streamed into their place."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from modelspec import __version__
from modelspec.archive.metadata import config_bytes, metadata_bytes
from modelspec.archive.reader import KerasArchive
from modelspec.archive.writer import open_archive
from modelspec.compiler.archives import nested_archives, opened_archives
from modelspec.compiler.fingerprint import fingerprint
from modelspec.compiler.quantized import quantized_makers
from modelspec.compiler.values import Compiled, Progress, silent
from modelspec.diagnostics import Report
from modelspec.frozen import dataclass
from modelspec.weights.hdf5 import one_at_a_time, predict_size, write_hdf5
from modelspec.weights.stored import Read, stored_values, unreadable


@dataclass(frozen=True, slots=True)
class Built:
    """An archive that was written.

    Args:
        path: where it lies.
        size: bytes of the file.
        params: parameters of the model.
        from_cache: whether Keras was not needed.
        floor: the oldest Keras that opens it (`3.11`); `None` where nothing is promised.
    """

    path: Path
    size: int
    params: int
    from_cache: bool
    floor: str | None


def write_archive(compiled: Compiled, target: Path, report: Report, *, progress: Progress = silent) -> Built:
    """Write a compiled model as an archive: whole or not at all. Raises `SpecError` where it cannot be."""
    if target.suffix != ".keras":
        report.fail(
            "cannot-write",
            f"`{target}` is no name for an archive: Keras opens files that end in `.keras`",
            help=f"write to `{target.with_suffix('.keras')}`",
        )
    linked = compiled.linked
    config = config_bytes(linked.config, report)
    metadata = metadata_bytes(
        linked.keras_version,
        {
            "version": __version__,
            "document": compiled.document_hash,
            "architecture": fingerprint(linked.config),
            "meta": compiled.checked.spec.meta,
        },
        report,
    )
    report.raise_if_errors()
    with opened_archives(compiled.checked.program) as archives:
        _check_stored(compiled, archives, report)
        with stored_values(lambda path: archives[path].weights()) as read:
            _write(compiled, target, (metadata, config), read, report, progress)
    return Built(target, target.stat().st_size, linked.params, compiled.from_cache, compiled.floor)


def _check_stored(compiled: Compiled, archives: Mapping[str, KerasArchive], report: Report) -> None:
    """Refuse a nested archive whose values cannot be read, before anything is written."""
    models = nested_archives(compiled.checked.program)
    for variable, reason in unreadable(compiled.linked.variables, lambda path: archives[path].weights()):
        assert variable.source is not None
        path, _ = variable.source
        report.add(
            "unsafe-archive",
            f"a value of `{variable.owner}` cannot be taken from `{Path(path).name}`: {reason}",
            models[path].origin.place,
            help="save the archive anew with Keras",
        )
    report.raise_if_errors()


def _write(
    compiled: Compiled,
    target: Path,
    texts: tuple[bytes, bytes],
    read: Read,
    report: Report,
    progress: Progress,
) -> None:
    """Write the members in Keras' order.

    Args:
        texts: the metadata and the config.
    """
    linked = compiled.linked
    predicted = predict_size(linked.groups, linked.datasets)
    assets = sum(len(data) for _, data in linked.assets)
    read = one_at_a_time(read)
    given = quantized_makers(compiled, read, report)
    needed = predicted + sum(len(text) for text in texts) + assets + 4096
    with open_archive(target, needed=needed, report=report) as writer:
        for name, text in zip(("metadata.json", "config.json"), texts, strict=True):
            writer.add(name, text)
        with writer.stream("model.weights.h5") as file:
            write_hdf5(
                file,
                linked.groups,
                linked.datasets,
                seed=compiled.checked.spec.weights.seed,
                progress=lambda done: progress("writing values", done, predicted),
                read=read,
                given=given,
            )
        for name, data in linked.assets:
            writer.add(f"assets/{name}", data)
