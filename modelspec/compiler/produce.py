"""A model without values to a `.keras` archive: values drawn and streamed into their place."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from modelspec import __version__
from modelspec.archive.metadata import config_bytes, metadata_bytes
from modelspec.archive.writer import open_archive
from modelspec.compiler.archives import opened_archives
from modelspec.compiler.fingerprint import fingerprint
from modelspec.compiler.stages import Compiled, Progress, silent
from modelspec.diagnostics import Report
from modelspec.weights.hdf5 import predict_size, write_hdf5
from modelspec.weights.stored import stored_values


@dataclass(frozen=True, slots=True)
class Built:
    """An archive that was written.

    Args:
        path: where it lies.
        size: bytes of the file.
        params: parameters of the model.
        from_cache: whether Keras was not needed.
    """

    path: Path
    size: int
    params: int
    from_cache: bool


def write_archive(compiled: Compiled, target: Path, report: Report, *, progress: Progress = silent) -> Built:
    """Write a compiled model as an archive: whole or not at all. Raises `SpecError` where it cannot be."""
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
    predicted = predict_size(linked.groups, linked.variables)
    assets = sum(len(data) for _, data in linked.assets)
    needed = predicted + len(config) + len(metadata) + assets + 4096
    with (
        opened_archives(compiled.checked.program, report) as archives,
        stored_values(lambda key: archives[key].weights()) as read,
        open_archive(target, needed=needed, report=report) as writer,
    ):
        writer.add("metadata.json", metadata)
        writer.add("config.json", config)
        with writer.stream("model.weights.h5") as file:
            write_hdf5(
                file,
                linked.groups,
                linked.variables,
                seed=compiled.checked.spec.weights.seed,
                progress=lambda done: progress("writing values", done, predicted),
                read=read,
            )
        for name, data in linked.assets:
            writer.add(f"assets/{name}", data)
    return Built(target, target.stat().st_size, linked.params, compiled.from_cache)
