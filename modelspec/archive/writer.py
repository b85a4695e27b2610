"""A `.keras` archive written whole or not at all, the weights straight into their place.

Members are stored, not packed, in Keras' own order, with dates and attributes that depend on nothing:
the same members give the same bytes on every system.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from zlib import crc32

from modelspec.archive.atomic import SiblingFile, atomic_file
from modelspec.archive.checksum import FollowingCrc
from modelspec.archive.limits import LIMITS
from modelspec.archive.member_names import ASSETS, CONFIG, METADATA, WEIGHTS, name_problem, quoted
from modelspec.archive.moment import build_moment, zip_date_time
from modelspec.archive.region import WriteRegion, open_region
from modelspec.archive.write_failures import diagnosed_writing, require_room
from modelspec.archive.zip_directory import read_directory
from modelspec.archive.zip_records import StoredMember, directory_records, local_record
from modelspec.diagnostics import Place, Report

_ORDER = (METADATA, CONFIG, WEIGHTS)


class ArchiveWriter:
    """Takes the members of an archive one after another: the three of Keras, then assets.

    Args:
        file: an empty file, at its beginning.
        moment: the date of all members.
        report: told of names that no archive may have.
        place: where the model is described.
    """

    def __init__(
        self, file: SiblingFile, moment: datetime, report: Report, *, place: Place | None = None
    ) -> None:
        self._file = file
        self._date, self._time = zip_date_time(moment)
        self._report = report
        self._place = place
        self._members: list[StoredMember] = []
        self._end = 0
        self._streaming = False

    def add(self, name: str, data: bytes) -> None:
        """Append a member that is at hand.

        Raises:
            SpecError: an asset's name is no good one.
            ValueError: it is not this member's turn.
        """
        self._check_turn(name)
        member = self._member(name, crc=crc32(data), size=len(data))
        self._file.seek(self._end)
        self._file.write(local_record(member) + data)
        self._take(member)

    @contextmanager
    def stream(self, name: str) -> Iterator[WriteRegion]:
        """Append a member by writing a file, in any order of its bytes, that h5py may make.

        The file ends with the block. What went wrong in it is raised at the end even where h5py kept
        it to itself.

        Raises:
            ValueError: it is not this member's turn.
        """
        self._check_turn(name)
        unknown = self._member(name, crc=0, size=0)
        record = local_record(unknown)
        self._file.seek(self._end)
        self._file.write(record)
        start = self._end + len(record)
        self._streaming = True
        with FollowingCrc(self._file.fileno(), start=start) as following:
            try:
                with open_region(self._file, start=start, following=following) as region:
                    yield region
            finally:
                self._streaming = False
            crc = following.result(region.size)
        member = self._member(name, crc=crc, size=region.size)
        self._file.seek(self._end)
        self._file.write(local_record(member))
        self._take(member)

    def finish(self) -> None:
        """Append the list of members, and see that our own reader takes the archive."""
        names = tuple(member.name for member in self._members)
        if names[: len(_ORDER)] != _ORDER:
            raise ValueError(f"an archive needs {_ORDER}, in this order, but has {names}")
        self._file.seek(self._end)
        self._file.write(directory_records(self._members, start=self._end))
        written = [(member.name, member.size, member.crc) for member in self._members]
        found = [(member.name, member.size, member.crc) for member in read_directory(self._file, LIMITS)]
        if found != written:
            raise AssertionError("the archive reads differently from how it was written")

    def _check_turn(self, name: str) -> None:
        count = len(self._members)
        expected = _ORDER[count] if count < len(_ORDER) else None
        if self._streaming:
            raise ValueError(f"`{name}` is added while another member is written")
        if expected is not None and name != expected:
            raise ValueError(f"`{name}` is added where `{expected}` is due")
        if expected is None:
            self._check_asset(name)

    def _check_asset(self, name: str) -> None:
        if not name.startswith(ASSETS):
            raise ValueError(f"`{name}` is no asset")
        problem = "ends in `/`" if name.endswith("/") else name_problem(name)
        if not problem and any(member.name == name for member in self._members):
            problem = "is another asset's"
        if not problem and len(self._members) >= LIMITS.members:
            problem = f"comes after {LIMITS.members} members, the most an archive may have"
        if problem:
            self._report.fail(
                "bad-asset",
                f"the asset {quoted(name)} cannot be saved: its name {problem}",
                self._place,
                help="name the layer, or the file that its `save_assets` writes, with letters and digits",
            )

    def _member(self, name: str, *, crc: int, size: int) -> StoredMember:
        return StoredMember(name, crc, size, self._end, self._date, self._time)

    def _take(self, member: StoredMember) -> None:
        self._members.append(member)
        self._end += len(local_record(member)) + member.size


@contextmanager
def open_archive(
    target: Path,
    *,
    needed: int,
    report: Report,
    moment: datetime | None = None,
    place: Place | None = None,
) -> Iterator[ArchiveWriter]:
    """A writer of an archive that becomes `target` when the block ends, and vanishes if the block raises.

    Args:
        target: the path; see `atomic_file` for links and permissions.
        needed: how many bytes the archive takes, about; checked against the room on its disk first.
        report: told why it cannot be written.
        moment: the date of all members; by default fixed, or what `SOURCE_DATE_EPOCH` says.
        place: where the model is described.

    Raises:
        SpecError: it cannot be written; what was at the path is untouched.
    """
    date = build_moment(report) if moment is None else moment
    with diagnosed_writing(target, report, needed=needed, place=place), atomic_file(target) as file:
        # Only here, where what killed writers left has been removed.
        require_room(target, needed)
        writer = ArchiveWriter(file, date, report, place=place)
        yield writer
        writer.finish()
