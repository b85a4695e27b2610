from __future__ import annotations

import errno
import io
import mmap
import os
import zlib
from pathlib import Path
from threading import Lock, Thread

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelspec.archive.atomic import SiblingFile, atomic_file
from modelspec.archive.checksum import FollowingCrc, region_crc
from modelspec.archive.region import ReadRegion, WriteRegion, open_region

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("seek"), st.integers(0, 300)),
        st.tuples(st.just("write"), st.binary(max_size=100)),
        st.tuples(st.just("read"), st.integers(0, 100)),
        st.tuples(st.just("truncate"), st.integers(0, 300)),
    ),
    max_size=30,
)


@settings(max_examples=100, deadline=None)
@given(STEPS)
def test_a_write_region_behaves_as_a_file_of_its_own(
    tmp_path_factory: pytest.TempPathFactory, steps: list
) -> None:
    folder = tmp_path_factory.mktemp("region")
    alone = io.BytesIO()
    with atomic_file(folder / "a", durable=False) as file:
        file.write(b"PREFIX")
        region = WriteRegion(file, start=6)
        for step, value in steps:
            match step:
                case "seek":
                    assert region.seek(value) == alone.seek(value)
                case "write":
                    assert region.write(value) == alone.write(value)
                case "read":
                    assert region.read(value) == alone.read(value)
                case "truncate":
                    # In memory a longer truncation changes nothing; a file is extended.
                    if value > len(alone.getvalue()):
                        position = alone.tell()
                        alone.seek(len(alone.getvalue()))
                        alone.write(bytes(value - alone.tell()))
                        alone.seek(position)
                    alone.truncate(value)
                    region.truncate(value)
            assert region.tell() == alone.tell()
            assert region.size == len(alone.getvalue())
    assert (folder / "a").read_bytes() == b"PREFIX" + alone.getvalue()


def test_h5py_writes_the_same_file_into_a_region_as_into_memory(tmp_path: Path) -> None:
    def fill(file: h5py.File) -> None:
        rng = np.random.default_rng(0)
        for index in range(20):
            group = file.create_group(f"layers/dense_{index}/vars")
            group.attrs["name"] = f"d{index}"
            group.create_dataset("0", data=rng.random((100, 30)))
            group.create_dataset("1", shape=(30,), dtype="float32")

    memory = io.BytesIO()
    with h5py.File(memory, "w") as file:
        fill(file)
    alone = memory.getvalue()
    with atomic_file(tmp_path / "region") as target:
        target.write(b"x" * 77)
        region = WriteRegion(target, start=77)
        with h5py.File(region, "w") as file:
            fill(file)
        crc = region_crc(target.fileno(), start=77, size=region.size)
    assert (tmp_path / "region").read_bytes()[77:] == alone
    assert crc == zlib.crc32(alone)
    with (
        io.FileIO(tmp_path / "region") as source,
        h5py.File(ReadRegion(source, Lock(), start=77, size=len(alone)), "r") as file,
        h5py.File(memory, "r") as expected,
    ):
        path = "layers/dense_19/vars/0"
        assert np.array_equal(file[path][()], expected[path][()])


class FullDisk(SiblingFile):
    """A file whose disk is full, or whose user interrupts, from a certain write on."""

    failure: BaseException
    writes_left: int

    def write(self, data: object) -> int:
        self.writes_left -= 1
        if self.writes_left < 0:
            raise self.failure
        return super().write(data)  # type: ignore[arg-type]


@pytest.mark.parametrize("failure", [OSError(errno.ENOSPC, "full"), KeyboardInterrupt(), SystemExit(1)])
@pytest.mark.parametrize("writes", [0, 1, 3, 4, 6, 9])
def test_the_first_failure_is_kept_whatever_h5py_makes_of_it(
    tmp_path: Path, failure: BaseException, writes: int
) -> None:
    path = tmp_path / "a"
    file = FullDisk(os.open(path, os.O_RDWR | os.O_CREAT), path)
    file.failure, file.writes_left = failure, writes
    region = WriteRegion(file, start=0)
    with pytest.raises(BaseException), h5py.File(region, "w") as weights:  # noqa: B017, PT012
        for index in range(4):
            weights.create_dataset(str(index), data=np.ones((100, 100)))
    file.close()
    assert region.failure is failure


def test_nothing_is_written_after_a_failure(tmp_path: Path) -> None:
    path = tmp_path / "a"
    file = FullDisk(os.open(path, os.O_RDWR | os.O_CREAT), path)
    file.failure, file.writes_left = OSError(errno.ENOSPC, "full"), 1
    region = WriteRegion(file, start=0)
    region.write(b"1")
    with pytest.raises(OSError, match="full"):
        region.write(b"2")
    file.writes_left = 100
    assert region.write(b"3") == 1
    region.truncate(0)
    file.close()
    assert path.read_bytes() == b"1"


def test_a_read_region_ends_where_it_ends(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"before|inside|after")
    with io.FileIO(tmp_path / "a") as file:
        region = ReadRegion(file, Lock(), start=7, size=6)
        assert region.read() == b"inside"
        assert region.read(1) == b""
        assert region.seek(-2, os.SEEK_END) == 4
        assert region.read(10) == b"de"
        assert region.seek(100) == 100
        assert region.read(1) == b""
        with pytest.raises(ValueError, match="negative"):
            region.seek(-1)
        assert not region.writable()


def test_a_file_that_shrinks_under_a_region_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"12345")
    with io.FileIO(tmp_path / "a") as file, pytest.raises(OSError, match="cut off"):
        ReadRegion(file, Lock(), start=3, size=6).read()


def test_regions_of_one_file_are_read_by_several_threads(tmp_path: Path) -> None:
    parts = [bytes([number]) * 50_000 for number in range(4)]
    (tmp_path / "a").write_bytes(b"".join(parts))
    lock = Lock()
    wrong: list[int] = []

    def read(number: int) -> None:
        region = ReadRegion(file, lock, start=number * 50_000, size=50_000)
        blocks = iter(lambda: region.read(97), b"")
        if b"".join(blocks) != parts[number]:
            wrong.append(number)

    with io.FileIO(tmp_path / "a") as file:
        threads = [Thread(target=read, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert wrong == []


@pytest.mark.parametrize("mapped", [True, False])
@pytest.mark.parametrize(("start", "size"), [(0, 0), (0, 10), (7, 100_000), (4096, 4096), (5000, 95_000)])
def test_the_checksum_is_that_of_the_region(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, start: int, size: int, mapped: bool
) -> None:
    data = os.urandom(100_007)
    (tmp_path / "a").write_bytes(data)
    monkeypatch.setattr("modelspec.archive.checksum._WINDOW", 3 * mmap.ALLOCATIONGRANULARITY)
    if not mapped:

        def refuse(*args: object, **kwargs: object) -> None:
            raise OSError(errno.ENODEV, "no mapping here")

        monkeypatch.setattr("modelspec.archive.checksum.mmap.mmap", refuse)
    with io.FileIO(tmp_path / "a") as file:
        assert region_crc(file.fileno(), start=start, size=size) == zlib.crc32(data[start : start + size])


def test_the_checksum_of_bytes_that_are_not_there_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"12345")
    with io.FileIO(tmp_path / "a") as file, pytest.raises(OSError, match="ends before"):
        region_crc(file.fileno(), start=3, size=3)


def _written(file: SiblingFile, steps: list[tuple[int, bytes]], settled: list[int]) -> tuple[int, bytes]:
    """The checksum that followed some writes, and what it is of."""
    with (
        FollowingCrc(file.fileno(), start=5) as following,
        open_region(file, start=5, following=following) as region,
    ):
        for (position, data), stop in zip(steps, settled, strict=True):
            region.seek(position)
            region.write(data)
            region.settle(stop)
        size = region.size
        crc = following.result(size)
    file.seek(5)
    return crc, file.read(size)


@pytest.mark.parametrize(
    ("steps", "settled"),
    [
        ([(0, b"a" * 50), (50, b"b" * 50), (200, b"c")], [50, 100, 100]),
        ([(90, b"a"), (0, b"b" * 40), (40, b"c" * 40)], [0, 40, 80]),
        ([(0, b"a" * 50), (50, b"b" * 50), (10, b"changed")], [50, 100, 100]),
        ([(0, b"a" * 50), (49, b"b"), (50, b"c" * 50)], [50, 50, 100]),
        ([(0, b"a")], [0]),
    ],
)
def test_a_checksum_follows_what_is_written_and_begins_anew_where_that_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, steps: list[tuple[int, bytes]], settled: list[int]
) -> None:
    monkeypatch.setattr("modelspec.archive.checksum._WINDOW", mmap.ALLOCATIONGRANULARITY)
    monkeypatch.setattr("modelspec.archive.checksum._AT_ONCE", 1)
    with atomic_file(tmp_path / "a", durable=False) as file:
        file.write(b"START")
        crc, data = _written(file, steps, settled)
    assert crc == zlib.crc32(data)


def test_a_checksum_follows_while_the_rest_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is settled is not read again at the end."""
    found: list[tuple[int, int]] = []

    def seen(descriptor: int, *, start: int, size: int, before: int = 0) -> int:
        found.append((start, size))
        return region_crc(descriptor, start=start, size=size, before=before)

    monkeypatch.setattr("modelspec.archive.checksum.region_crc", seen)
    monkeypatch.setattr("modelspec.archive.checksum._AT_ONCE", 1)
    with atomic_file(tmp_path / "a", durable=False) as file:
        file.write(b"START")
        crc, data = _written(file, [(0, b"a" * 50), (50, b"b" * 50), (100, b"c")], [50, 100, 100])
    assert crc == zlib.crc32(data)
    assert found[-1] == (105, 1)


def test_a_truncated_region_has_the_checksum_of_what_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("modelspec.archive.checksum._AT_ONCE", 1)
    with (
        atomic_file(tmp_path / "a", durable=False) as file,
        FollowingCrc(file.fileno(), start=0) as following,
    ):
        region = WriteRegion(file, start=0, following=following)
        region.write(b"a" * 100)
        region.settle(100)
        region.truncate(30)
        assert following.result(30) == zlib.crc32(b"a" * 30)


@pytest.mark.parametrize("copies", ["all", "some", "none", "fails"])
def test_what_the_system_does_not_copy_is_left_to_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, copies: str
) -> None:
    if not hasattr(os, "copy_file_range"):
        pytest.skip("the system copies nothing by itself")
    real, left = os.copy_file_range, [30 if copies == "some" else 0]

    def limited(source: int, target: int, count: int, *places: int) -> int:
        if copies == "fails":
            raise OSError(errno.EXDEV, "another file system")
        allowed, left[0] = left[0], 0
        return real(source, target, allowed, *places) if allowed else 0

    if copies != "all":
        monkeypatch.setattr(os, "copy_file_range", limited)
    (tmp_path / "source").write_bytes(bytes(range(200)))
    with io.FileIO(tmp_path / "source") as source, atomic_file(tmp_path / "a", durable=False) as file:
        file.write(b"START")
        region = WriteRegion(file, start=5)
        found = region.take(10, (source.fileno(), 100), 60)
        size = region.size
    expected = {"all": 60, "some": 30}.get(copies, 0)
    assert found == expected
    assert size == (10 + expected if expected else 0)
    written = (tmp_path / "a").read_bytes()
    assert written == (b"START" + bytes(10) + bytes(range(100, 100 + expected)) if expected else b"START")


def test_a_source_that_ends_early_is_copied_up_to_its_end(tmp_path: Path) -> None:
    if not hasattr(os, "copy_file_range"):
        pytest.skip("the system copies nothing by itself")
    (tmp_path / "source").write_bytes(b"12345")
    with io.FileIO(tmp_path / "source") as source, atomic_file(tmp_path / "a", durable=False) as file:
        assert file.take(0, (source.fileno(), 2), 10) == 3
    assert (tmp_path / "a").read_bytes() == b"345"
