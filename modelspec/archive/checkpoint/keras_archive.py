"""The weights of a `.keras` archive, or of the folder it was unzipped to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack

from modelspec.archive.checkpoint.hdf5_file import kept_hdf5, moved_tensors, tensors_of
from modelspec.archive.checkpoint.older_archive import is_older, moved_address, moved_file
from modelspec.archive.checkpoint.opened import OpenCheckpoint, Request
from modelspec.archive.limits import Limits
from modelspec.archive.member_names import ASSETS
from modelspec.archive.reader import KerasArchive, open_keras
from modelspec.archive.refusal import Refused
from modelspec.diagnostics import SpecError
from modelspec.weights.described_layers import described_layers


def open_archive(request: Request, limits: Limits) -> OpenCheckpoint:
    """Open an archive for its weights.

    Raises:
        Refused: it cannot be read.
        SpecError: so too, and the report knows why.
        OSError: it cannot be read.
    """
    archive = open_keras(request.path, request.report, place=request.place, limits=limits)
    if archive is None:
        raise SpecError(request.report.diagnostics)
    with ExitStack() as stack:
        stack.enter_context(archive)
        region = archive.weights()
        if region is None:
            raise Refused("archive-form", "has no weights in it", help="save the model again with Keras")
        kept = kept_hdf5(region, request, stack)
        form = "unzipped Keras archive" if request.path.is_dir() else "Keras archive"
        names: Mapping[str, str] = kept.layer_names
        stored: Mapping[str, str] = {address: address for address in kept.datasets}
        assets = {path: path for path in _assets(archive)}
        if is_older(kept.groups, archive.metadata):
            moved = moved_file(kept, archive.config)
            form, names, stored = f"{form} of Keras 2", moved.layer_names, moved.stored
            tensors = moved_tensors(kept, moved)
            assets = {moved_address(path, moved.groups): path for path in assets}
        else:
            described = described_layers(archive.config)
            if not kept.has_names:
                names = {address: name for address, name in described.names.items() if address in kept.groups}
            tensors = tensors_of(kept.datasets, names, described.positions)
        return OpenCheckpoint(
            request,
            form,
            tensors,
            lambda tensor: kept.values(stored[tensor.key]),
            stack.pop_all(),
            is_hdf5=True,
            layer_names=names,
            assets=tuple(assets),
            read_asset=lambda path: archive.read(f"{ASSETS}{assets[path]}"),
        )


def _assets(archive: KerasArchive) -> Iterator[str]:
    """The paths of what layers have saved besides variables, as they are in the archive."""
    for member in archive.members:
        if member.name.startswith(ASSETS) and not member.name.endswith("/"):
            yield member.name.removeprefix(ASSETS)
