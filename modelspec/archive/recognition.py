"""Which format a file of weights has, by its content."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Literal

from modelspec.archive.container import open_regular
from modelspec.archive.foreign import HEAD_SIZE, identify, identify_members
from modelspec.archive.limits import Limits
from modelspec.archive.member_names import CONFIG
from modelspec.archive.npz import NPY_MAGIC
from modelspec.archive.refusal import Refused
from modelspec.archive.zip_directory import read_directory
from modelspec.archive.zip_end import has_end
from modelspec.archive.zip_records import END_SIGNATURE, LOCAL_SIGNATURE

HDF5_SIGNATURE = b"\x89HDF\r\n\x1a\n"

Kind = Literal["zip", "hdf5", "npy", "safetensors", "json"]
Format = Literal["keras", "npz", "hdf5", "npy", "safetensors", "json"]


def kind_of(file: io.FileIO) -> Kind | None:
    """What a file is, if it is anything that weights lie in.

    That is told by its first bytes, except for what ends as an archive does: Keras opens that as one whatever
    it begins with.
    """
    file.seek(0)
    head = file.read(HEAD_SIZE)
    if head.startswith((LOCAL_SIGNATURE, END_SIGNATURE)) or has_end(file):
        return "zip"
    if head.startswith(HDF5_SIGNATURE):
        return "hdf5"
    if head.startswith(NPY_MAGIC):
        return "npy"
    # Its length comes first, of which no file needs all eight bytes; a text has no zeros.
    if head[8:9] == b"{" and b"\0" in head[:8]:
        return "safetensors"
    return "json" if head.lstrip().startswith(b"{") else None


def identify_file(file: io.FileIO) -> tuple[str, str]:
    """What a file is that `kind_of` does not know, and what to do about it."""
    file.seek(0)
    return identify(file.read(HEAD_SIZE))


# Of these the reader of documents tells what is wrong with them, at its place.
DOCUMENTS = frozenset({"a modelspec document", "YAML text", "a text"})


def is_text(path: Path) -> bool:
    """Whether a path is to be read as a document: YAML, a text of no known kind, or nothing at all."""
    try:
        if path.is_dir():
            return False
        with open_regular(path) as file:
            return kind_of(file) is None and identify_file(file)[0] in DOCUMENTS
    except FileNotFoundError:
        return True
    except (OSError, Refused):
        return False


def format_of(path: Path, limits: Limits) -> Format:
    """The format of a file of weights.

    Raises:
        Refused: it is none that is read.
        OSError: it cannot be read.
    """
    if path.is_dir():
        return "keras"
    with open_regular(path) as file:
        kind = kind_of(file)
        if kind is None:
            raise not_weights(*identify_file(file))
        if kind != "zip":
            return kind
        names = [member.name for member in read_directory(file, limits)]
    if CONFIG in names:
        return "keras"
    if any(name.endswith(".npy") for name in names):
        return "npz"
    raise not_weights(*identify_members(names, unknown="a zip archive that holds neither a model nor arrays"))


def not_weights(what: str, help: str) -> Refused:
    """The refusal of a file that is something else."""
    return Refused("not-weights", f"is {what}, not a file of weights", help=help)
