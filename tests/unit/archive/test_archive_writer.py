from __future__ import annotations

import hashlib
import io
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import h5py
import numpy as np
import pytest

from modelspec.archive.atomic import WriteError
from modelspec.archive.reader import open_keras
from modelspec.archive.writer import ArchiveWriter, open_archive
from modelspec.diagnostics import Report, SpecError

Write = Callable[..., Path]


def fill(writer: ArchiveWriter, *, weights: bytes = b"weights") -> None:
    writer.add("metadata.json", b"{}")
    writer.add("config.json", b'{"class_name": "A", "config": {}}')
    with writer.stream("model.weights.h5") as file:
        file.write(weights)


def write_with(path: Path, body: Callable[[ArchiveWriter], None], **options: object) -> Path:
    with open_archive(path, needed=0, report=Report(), **options) as writer:  # type: ignore[arg-type]
        body(writer)
    return path


def test_members_are_stored_in_order_and_read_by_zipfile(write: Write, config: bytes, hdf5: bytes) -> None:
    with zipfile.ZipFile(write()) as archive:
        assert archive.namelist() == ["metadata.json", "config.json", "model.weights.h5"]
        assert archive.testzip() is None
        assert archive.read("config.json") == config
        assert archive.read("model.weights.h5") == hdf5
        for info in archive.infolist():
            assert info.compress_type == zipfile.ZIP_STORED
            assert info.date_time == (1980, 1, 1, 0, 0, 0)
            assert info.create_system == 3
            assert info.external_attr == 0o100644 << 16
            assert info.flag_bits == 0


@pytest.mark.skipif(shutil.which("unzip") is None, reason="no unzip here")
def test_unzip_finds_nothing_to_remark(write: Write) -> None:
    path = write()
    tested = subprocess.run(["unzip", "-t", path], capture_output=True, text=True, check=True)
    assert "No errors detected" in tested.stdout
    assert tested.stderr == ""
    listed = subprocess.run(["unzip", "-Z", "-v", path], capture_output=True, text=True, check=True)
    assert "extra bytes preceding" not in listed.stdout


def test_our_own_reader_reads_it_back(write: Write, hdf5: bytes) -> None:
    report = Report()
    with open_keras(write(), report) as archive:
        archive.verify()
        assert archive.config["class_name"] == "Sequential"
        assert archive.weights().read() == hdf5
    assert report.diagnostics == []


def test_assets_follow_the_weights(tmp_path: Path) -> None:
    def body(writer: ArchiveWriter) -> None:
        fill(writer)
        writer.add("assets/layers/lookup/vocabulary.txt", b"a\nb")
        writer.add("assets/ä.txt", b"")

    path = write_with(tmp_path / "a.keras", body)
    with zipfile.ZipFile(path) as archive:
        assert archive.namelist()[3:] == ["assets/layers/lookup/vocabulary.txt", "assets/ä.txt"]
        assert archive.read("assets/layers/lookup/vocabulary.txt") == b"a\nb"
        assert archive.testzip() is None


@pytest.mark.parametrize("name", ["assets/../x", "assets/a\\b", "assets//x", "assets/a\nb", "assets/x/"])
def test_an_asset_with_a_bad_name_is_an_error_of_the_user(tmp_path: Path, name: str) -> None:
    report = Report()
    with (  # noqa: PT012
        pytest.raises(SpecError),
        open_archive(tmp_path / "a.keras", needed=0, report=report) as writer,
    ):
        fill(writer)
        writer.add(name, b"")
    assert [found.code for found in report.diagnostics] == ["bad-asset"]
    assert "\n" not in report.diagnostics[0].message
    assert list(tmp_path.iterdir()) == []


def test_two_assets_of_one_name_are_an_error_of_the_user(tmp_path: Path) -> None:
    report = Report()
    with (  # noqa: PT012
        pytest.raises(SpecError),
        open_archive(tmp_path / "a.keras", needed=0, report=report) as writer,
    ):
        fill(writer)
        writer.add("assets/a", b"")
        writer.add("assets/a", b"")
    assert (
        report.diagnostics[0].message == "the asset `assets/a` cannot be saved: its name is another asset's"
    )


def test_members_out_of_turn_are_our_own_mistake(tmp_path: Path) -> None:
    def config_first(writer: ArchiveWriter) -> None:
        writer.add("config.json", b"{}")

    def nothing_more(writer: ArchiveWriter) -> None:
        writer.add("metadata.json", b"{}")

    def fourth_member(writer: ArchiveWriter) -> None:
        fill(writer)
        writer.add("modelspec.json", b"{}")

    def add_while_streaming(writer: ArchiveWriter) -> None:
        writer.add("metadata.json", b"{}")
        writer.add("config.json", b"{}")
        with writer.stream("model.weights.h5"):
            writer.add("model.weights.h5", b"")

    for body in (config_first, nothing_more, fourth_member, add_while_streaming):
        with pytest.raises(ValueError):
            write_with(tmp_path / "a.keras", body)
    assert list(tmp_path.iterdir()) == []


def test_a_stream_may_be_written_in_any_order(tmp_path: Path) -> None:
    def body(writer: ArchiveWriter) -> None:
        writer.add("metadata.json", b"{}")
        writer.add("config.json", b"{}")
        with writer.stream("model.weights.h5") as file:
            file.seek(4)
            file.write(b"5678")
            file.seek(0)
            file.write(b"12")
            file.truncate(6)
            file.seek(0)
            assert file.read() == b"12\0\x0056"
            file.seek(10)
            file.write(b"X")

    with zipfile.ZipFile(write_with(tmp_path / "a.keras", body)) as archive:
        assert archive.read("model.weights.h5") == b"12\0\x0056\0\0\0\0X"


def test_a_stream_ends_with_its_block(tmp_path: Path) -> None:
    def body(writer: ArchiveWriter) -> None:
        writer.add("metadata.json", b"{}")
        writer.add("config.json", b"{}")
        with writer.stream("model.weights.h5") as file:
            file.write(b"1")
        for late in (file.read, file.truncate, lambda: file.write(b"2")):
            with pytest.raises(ValueError, match="closed"):
                late()

    write_with(tmp_path / "a.keras", body)


@pytest.mark.parametrize("failure", [KeyboardInterrupt, SystemExit])
@pytest.mark.parametrize("fails_at", [0, 3, 5, 8])
def test_an_interrupt_inside_h5py_comes_out_as_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failure: type[BaseException], fails_at: int
) -> None:
    target = tmp_path / "net.keras"
    target.write_bytes(b"old")
    with pytest.raises(failure), open_archive(target, needed=0, report=Report()) as writer:  # noqa: PT012
        writer.add("metadata.json", b"{}")
        writer.add("config.json", b"{}")
        with writer.stream("model.weights.h5") as region:
            _interrupt(monkeypatch, writer, failure, fails_at)
            with h5py.File(region, "w") as file:
                for index in range(4):
                    file.create_dataset(str(index), data=np.ones((100, 100)))
    assert target.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["net.keras"]


@pytest.mark.parametrize("fails_at", [0, 3, 5, 8])
def test_a_disk_that_is_full_inside_h5py_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails_at: int
) -> None:
    report = Report()
    full = WriteError(28, "No space left on device", "somewhere")
    with (  # noqa: PT012
        pytest.raises(SpecError),
        open_archive(tmp_path / "net.keras", needed=5000, report=report) as writer,
    ):
        writer.add("metadata.json", b"{}")
        writer.add("config.json", b"{}")
        with writer.stream("model.weights.h5") as region:
            _interrupt(monkeypatch, writer, full, fails_at)
            with h5py.File(region, "w") as file:
                for index in range(4):
                    file.create_dataset(str(index), data=np.ones((100, 100)))
    assert [found.code for found in report.diagnostics] == ["disk-full"]
    assert "it needs 5.0 kB" in report.diagnostics[0].message
    assert list(tmp_path.iterdir()) == []


def _interrupt(
    monkeypatch: pytest.MonkeyPatch,
    writer: ArchiveWriter,
    failure: BaseException | type[BaseException],
    fails_at: int,
) -> None:
    file = writer._file
    plain = type(file).write
    count = 0

    def write(self: object, data: object) -> int:
        nonlocal count
        count += 1
        if self is file and count > fails_at:
            raise failure
        return plain(self, data)  # type: ignore[arg-type]

    monkeypatch.setattr(type(file), "write", write)


_BUILD = """
import sys
from pathlib import Path
import h5py
import numpy as np
from modelspec.archive.metadata import config_bytes, metadata_bytes
from modelspec.archive.writer import open_archive
from modelspec.diagnostics import Report
report = Report()
names = sorted({"a", "b", "c"})
config = {"class_name": "M", "config": {name: {"units": 3} for name in names}}
with open_archive(Path(sys.argv[1]), needed=0, report=report) as writer:
    writer.add("metadata.json", metadata_bytes("3.15.1", {"meta": {"z": 1, "a": 2}}, report))
    writer.add("config.json", config_bytes(config, report))
    with writer.stream("model.weights.h5") as region, h5py.File(region, "w") as file:
        for name in names:
            file.create_group(f"layers/{name}/vars").attrs["name"] = name
            file[f"layers/{name}/vars"].create_dataset("0", data=np.arange(1000.0))
            file[f"layers/{name}/vars"].create_dataset("1", shape=(1000,), dtype="float32")
    writer.add("assets/a.txt", b"a")
"""


def _build(path: Path, **environment: str) -> str:
    plain = {name: value for name, value in os.environ.items() if name != "SOURCE_DATE_EPOCH"}
    subprocess.run([sys.executable, "-c", _BUILD, path], check=True, env=plain | environment)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_two_processes_with_other_hash_seeds_times_and_masks_write_the_same_bytes(tmp_path: Path) -> None:
    first = _build(tmp_path / "a.keras", PYTHONHASHSEED="0", TZ="UTC")
    before = os.umask(0o077)
    try:
        second = _build(tmp_path / "b.keras", PYTHONHASHSEED="4242", TZ="Asia/Seoul")
    finally:
        os.umask(before)
    assert first == second


def test_the_date_is_what_the_environment_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1735689601")
    with zipfile.ZipFile(write_with(tmp_path / "a.keras", fill)) as archive:
        assert {info.date_time for info in archive.infolist()} == {(2025, 1, 1, 0, 0, 0)}


@pytest.mark.parametrize(
    ("moment", "shown"),
    [
        (datetime(1970, 1, 1, tzinfo=UTC), (1980, 1, 1, 0, 0, 0)),
        (datetime(2024, 2, 29, 23, 59, 59, tzinfo=UTC), (2024, 2, 29, 23, 59, 58)),
        (datetime(2200, 1, 1, tzinfo=UTC), (2107, 12, 31, 23, 59, 58)),
    ],
)
def test_dates_are_moved_into_what_an_archive_can_hold(
    tmp_path: Path, moment: datetime, shown: tuple[int, ...]
) -> None:
    with zipfile.ZipFile(write_with(tmp_path / "a.keras", fill, moment=moment)) as archive:
        assert archive.infolist()[0].date_time == shown


def test_zero_filled_weights_take_no_room_on_the_disk(tmp_path: Path) -> None:
    def body(writer: ArchiveWriter) -> None:
        writer.add("metadata.json", b"{}")
        writer.add("config.json", b"{}")
        with writer.stream("model.weights.h5") as file:
            file.seek(64 << 20)
            file.write(b"end")

    path = write_with(tmp_path / "a.keras", body)
    found = path.stat()
    assert found.st_size > 64 << 20
    if getattr(found, "st_blocks", 0):
        assert found.st_blocks * 512 < 1 << 20
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None


def test_an_empty_stream_is_an_empty_member(tmp_path: Path) -> None:
    path = write_with(tmp_path / "a.keras", lambda writer: fill(writer, weights=b""))
    with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as archive:
        assert archive.read("model.weights.h5") == b""
