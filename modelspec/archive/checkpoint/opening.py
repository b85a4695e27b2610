"""Opening a file of weights, whatever its format."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from modelspec.archive.checkpoint.hdf5_file import open_hdf5
from modelspec.archive.checkpoint.keras_archive import open_archive
from modelspec.archive.checkpoint.npz_file import open_npz, refuse_npy
from modelspec.archive.checkpoint.opened import OpenCheckpoint, Request
from modelspec.archive.checkpoint.safetensors_file import open_safetensors
from modelspec.archive.checkpoint.sha256 import check_sha256
from modelspec.archive.checkpoint.shards import open_json
from modelspec.archive.limits import LIMITS, Limits
from modelspec.archive.reader import unreadable
from modelspec.archive.recognition import Format, format_of
from modelspec.archive.refusal import Refused
from modelspec.diagnostics import Place, Report, SpecError
from modelspec.source.files import shown_path

if TYPE_CHECKING:
    from modelspec.weights.checkpoint import Checkpoint

_Open = Callable[[Request, Limits], OpenCheckpoint]
_OPENERS: Mapping[Format, _Open] = MappingProxyType(
    {
        "keras": open_archive,
        "hdf5": open_hdf5,
        "json": open_json,
        "npz": open_npz,
        "npy": refuse_npy,
        "safetensors": open_safetensors,
    }
)


def open_checkpoint(
    path: Path,
    report: Report,
    *,
    place: Place | None = None,
    sha256: str | None = None,
    limits: Limits = LIMITS,
) -> Checkpoint | None:
    """Open a file of weights.

    That is a `.keras` archive or the folder it was unzipped to, `.weights.h5`, sharded `.weights.json`, npz
    or safetensors; of Keras 2 an HDF5 file of any kind, and the `model.json` of TensorFlow.js. It is known by
    its content, not its suffix. Nothing is extracted, followed or unpickled, and what `audit` refuses is
    refused. Values are not read, nor are checksums of what is not packed.

    Args:
        path: of the file, or of the map of a sharded set; messages show it relative to the working folder.
        report: told why it is not read; kept for what is found later, when values are.
        place: where the file is named, if in a document.
        sha256: the SHA-256 it must have, in hexadecimal digits of any case, looked at before anything else.
            A folder and a sharded set, which are many files, have none and are refused.
        limits: how large it may be.

    Returns:
        The open file, or `None` with at least one error in the report.
    """
    path = Path(shown_path(path))
    request = Request(path, report, place)
    try:
        if sha256 is not None:
            check_sha256(path, sha256)
        found = format_of(path, limits)
        if sha256 is not None and found == "json":
            raise Refused(
                "wrong-checksum",
                "is the map of a sharded set, whose checksum would tell nothing of the shards",
                help="take `sha256` away, or give one file",
            )
        return _OPENERS[found](request, limits)
    except Refused as refused:
        refused.note(report, name=str(path), place=place)
    except OSError as error:
        unreadable(error).note(report, name=str(path), place=place)
    except SpecError:
        assert report.has_errors
    return None
