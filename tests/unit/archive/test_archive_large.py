"""Archives of more than four gigabytes, in sparse files."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from modelspec.archive.limits import LIMITS
from modelspec.archive.reader import open_keras
from modelspec.archive.writer import open_archive
from modelspec.archive.zip_directory import read_directory
from modelspec.archive.zip_records import StoredMember, directory_records, local_record
from modelspec.diagnostics import Report

GIB = 1 << 30


@pytest.mark.slow
@pytest.mark.parametrize("size", [4 * GIB - 1, 4 * GIB, 5 * GIB])
def test_a_member_of_any_size_is_written_and_read(tmp_path: Path, size: int) -> None:
    import h5py

    path = tmp_path / "large.keras"
    report = Report()
    with open_archive(path, needed=0, report=report) as writer:
        writer.add("metadata.json", b"{}")
        writer.add("config.json", b'{"class_name": "A", "config": {}}')
        with writer.stream("model.weights.h5") as region:
            with h5py.File(region, "w") as file:
                file.create_dataset("x", shape=(1000,), dtype="float32")
            region.seek(size - 3)
            region.write(b"end")
        writer.add("assets/after.txt", b"after")
    with zipfile.ZipFile(path) as archive:
        assert archive.getinfo("model.weights.h5").file_size == size
        assert archive.read("assets/after.txt") == b"after"
        assert archive.testzip() is None
    with open_keras(path, report) as found:
        found.verify()
        weights = found.weights()
        assert weights.seek(-3, io.SEEK_END) == size - 3
        assert weights.read() == b"end"
        with h5py.File(weights, "r") as file:
            assert file["x"][999] == 0
    assert report.diagnostics == []


@pytest.mark.parametrize("size", [0xFFFFFFFE, 0xFFFFFFFF, 0x100000000, 1 << 40])
def test_records_of_large_members_are_read_by_zipfile_and_by_us(tmp_path: Path, size: int) -> None:
    """A file that is all hole: the records alone are looked at."""
    path = tmp_path / "hole.zip"
    first = StoredMember("first", 0, size, 0, 33, 0)
    start = len(local_record(first)) + size
    second = StoredMember("second", 0, 0, start, 33, 0)
    end = start + len(local_record(second))
    with path.open("wb") as file:
        for position, data in (
            (0, local_record(first)),
            (start, local_record(second)),
            (end, directory_records([first, second], start=end)),
        ):
            file.seek(position)
            file.write(data)
    expected = [("first", size, 0), ("second", 0, start)]
    with zipfile.ZipFile(path) as archive:
        assert [(i.filename, i.file_size, i.header_offset) for i in archive.infolist()] == expected
        assert archive.open("first").read(3) == b"\0\0\0"
    with io.FileIO(path) as file:
        found = read_directory(file, LIMITS)
    assert [(member.name, member.size) for member in found] == [("first", size), ("second", 0)]
