"""Foreign `.keras` archives, and unzipped ones, opened under guard and read in place.

Nothing is extracted, no code of the archive runs, and nothing is believed that was not checked. An
archive that is read here is seen the same by Keras.
"""

from __future__ import annotations

import io
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Self

from modelspec.archive.container import Container, open_container
from modelspec.archive.foreign import HEAD_SIZE, identify
from modelspec.archive.json_values import read_json
from modelspec.archive.limits import LIMITS, Limits
from modelspec.archive.member import Member
from modelspec.archive.member_names import ASSETS, CONFIG, METADATA, WEIGHTS, is_own_name, quoted
from modelspec.archive.refusal import Refused
from modelspec.archive.region import HeldRegion, ReadRegion
from modelspec.archive.sizes import readable_size
from modelspec.archive.zip_records import LOCAL_SIGNATURE
from modelspec.diagnostics import Place, Report

_HDF5_SIGNATURE = b"\x89HDF\r\n\x1a\n"
# Packed weights up to this size are unpacked in memory, larger ones in a temporary file.
_HELD = 32 << 20


class KerasArchive:
    """An open archive; a context manager that closes it.

    Attributes:
        path: where it lies.
        config: the object of `config.json`.
        metadata: the object of `metadata.json`; empty if there is none.
        members: all members, in the archive's order.
    """

    def __init__(
        self,
        path: Path,
        container: Container,
        *,
        config: dict[str, object],
        metadata: dict[str, object],
        report: Report,
        place: Place | None,
    ) -> None:
        self.path = path
        self.config = config
        self.metadata = metadata
        self.members = container.members
        self._container = container
        self._report = report
        self._place = place
        self._open = ExitStack()
        self._open.callback(container.close)

    def weights(self) -> HeldRegion | ReadRegion | None:
        """The HDF5 file of the weights, seekable and read-only; `None` if the archive has none.

        A stored member is read in place and its checksum is not looked at (`verify` does); a packed
        one is unpacked into a temporary file. The file ends with the archive.

        Raises:
            SpecError: it is damaged, no HDF5 file, or cannot be unpacked for want of room.
        """
        member = self._member(WEIGHTS)
        if member is None:
            return None
        try:
            file = self._unpacked(member) if member.deflated else self._container.region(member)
            head = file.read(HEAD_SIZE)
            if not head.startswith(_HDF5_SIGNATURE):
                what, help = ("no HDF5 file", None) if head[:4] == LOCAL_SIGNATURE else identify(head)
                raise Refused("broken-archive", f"has a {quoted(WEIGHTS)} that is {what}", help=help)
        except Refused as refused:
            refused.fail(self._report, name=str(self.path), place=self._place)
        except OSError as error:
            unreadable(error).fail(self._report, name=str(self.path), place=self._place)
        file.seek(0)
        return file

    def read(self, name: str) -> bytes:
        """All bytes of a member, checked.

        Raises:
            KeyError: there is no such member.
            SpecError: it is damaged.
        """
        member = self._member(name)
        if member is None:
            raise KeyError(name)
        return b"".join(self._checked(member))

    def head(self, member: Member, size: int) -> bytes:
        """The first bytes of a member, unchecked.

        Raises:
            SpecError: it is damaged.
        """
        return next(self._checked(member), b"")[:size]

    def verify(self) -> None:
        """Read every member and check that sizes and checksums fit.

        Raises:
            SpecError: something is damaged.
        """
        for member in self.members:
            for _ in self._checked(member):
                pass

    def close(self) -> None:
        """Close the archive and what `weights` gave."""
        self._open.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _member(self, name: str) -> Member | None:
        return next((member for member in self.members if member.name == name), None)

    def _checked(self, member: Member) -> Iterator[bytes]:
        try:
            yield from self._container.blocks(member)
        except Refused as refused:
            refused.fail(self._report, name=str(self.path), place=self._place)
        except OSError as error:
            unreadable(error).fail(self._report, name=str(self.path), place=self._place)

    def _unpacked(self, member: Member) -> HeldRegion | ReadRegion:
        blocks = self._container.blocks(member)
        if member.size <= _HELD:
            held = HeldRegion(b"".join(blocks))
            self._open.callback(held.close)
            return held
        folder = tempfile.gettempdir()
        free = shutil.disk_usage(folder).free
        if free < member.size:
            raise Refused(
                "disk-full",
                f"has weights that unpack to {readable_size(member.size)}, and"
                f" {readable_size(free)} are free in `{folder}`",
                help="set the environment variable `TMPDIR` to a folder with room",
            )
        file = self._open.enter_context(tempfile.TemporaryFile(buffering=0))  # noqa: SIM115
        for block in blocks:
            _write_fully(file, block)
        return ReadRegion(file, Lock(), start=0, size=member.size)


def _write_fully(file: io.FileIO, block: bytes) -> None:
    rest = memoryview(block)
    while rest:
        rest = rest[file.write(rest) :]


def open_keras(
    path: Path, report: Report, *, place: Place | None = None, limits: Limits = LIMITS
) -> KerasArchive | None:
    """Open a `.keras` archive, or a folder that one was unzipped to.

    Args:
        path: the file or folder, known by its content, not its suffix.
        report: told why it is not read; kept for what is found later, when members are read.
        place: where the archive is named, if in a document.
        limits: how large it may be.

    Returns:
        The open archive, or `None` with at least one error in the report.
    """
    try:
        with ExitStack() as stack:
            container = open_container(path, limits)
            stack.callback(container.close)
            _check_weights_form(container)
            _check_extra_members(container)
            config = _read_config(container, limits)
            metadata = _read_metadata(container, limits, path=path, report=report, place=place)
            stack.pop_all()
    except Refused as refused:
        refused.note(report, name=str(path), place=place)
        return None
    except OSError as error:
        unreadable(error).note(report, name=str(path), place=place)
        return None
    return KerasArchive(path, container, config=config, metadata=metadata, report=report, place=place)


def unreadable(error: OSError) -> Refused:
    """The refusal of a file that cannot be opened or read."""
    if isinstance(error, FileNotFoundError):
        return Refused("file-not-found", "does not exist")
    return Refused("file-not-found", f"cannot be read: {(error.strerror or str(error)).lower()}")


def _check_weights_form(container: Container) -> None:
    for member in container.members:
        if is_own_name(member.name) and member.name not in (CONFIG, METADATA, WEIGHTS):
            raise Refused(
                "archive-form",
                f"has weights in {quoted(member.name)}, not in `{WEIGHTS}`",
                help="Keras cannot load it either; save the model again with `model.save('model.keras')`",
            )


def _check_extra_members(container: Container) -> None:
    """Refuse archives in the archive: what one reader would open and another not."""
    for member in container.members:
        name = member.name
        if is_own_name(name) or name.startswith(ASSETS) or not member.size:
            continue
        if next(container.blocks(member), b"").startswith(LOCAL_SIGNATURE):
            raise Refused(
                "unsafe-archive",
                f"has another archive in it, {quoted(name)}",
                help="give the inner archive itself",
            )


def _read_config(container: Container, limits: Limits) -> dict[str, object]:
    data = _json_bytes(container, CONFIG, limits) or b""
    try:
        config = read_json(data, limits)
        if not isinstance(config.get("class_name"), str) or not isinstance(config.get("config"), dict):
            raise Refused("archive-config", "describes no Keras object")
    except Refused as refused:
        raise Refused(refused.code, f"has a `{CONFIG}` that {refused.message}") from None
    return config


def _read_metadata(
    container: Container, limits: Limits, *, path: Path, report: Report, place: Place | None
) -> dict[str, object]:
    """The metadata, which Keras does not read: where it is no JSON object a warning is enough."""
    data = _json_bytes(container, METADATA, limits)
    if data is None:
        return {}
    try:
        return read_json(data, limits)
    except Refused as refused:
        report.add("archive-metadata", f"`{path}` has a `{METADATA}` that {refused.message}", place)
        return {}


def _json_bytes(container: Container, name: str, limits: Limits) -> bytes | None:
    member = next((member for member in container.members if member.name == name), None)
    if member is None:
        return None
    if member.size > limits.json:
        size, most = readable_size(member.size), readable_size(limits.json)
        raise Refused("archive-too-large", f"has a `{name}` of {size}, more than {most}")
    return b"".join(container.blocks(member))
