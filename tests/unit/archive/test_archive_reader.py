from __future__ import annotations

import io
import json
import os
import random
import struct
import sys
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from modelspec.archive.limits import LIMITS
from modelspec.archive.reader import KerasArchive, open_keras
from modelspec.archive.zip_directory import read_directory
from modelspec.diagnostics import Report, SpecError

Pack = Callable[..., Path]


def opened(path: Path) -> KerasArchive:
    report = Report()
    archive = open_keras(path, report)
    assert archive is not None, report.diagnostics
    assert report.diagnostics == []
    return archive


def test_an_archive_is_opened_without_extracting(pack: Pack, hdf5: bytes) -> None:
    path = pack(
        {
            "metadata.json": b'{"keras_version": "3.8.0"}',
            "config.json": b'{"class_name": "A", "config": {"x": NaN}}',
            "model.weights.h5": hdf5,
            "assets/a/vocabulary.txt": b"words",
        }
    )
    before = sorted(path.parent.iterdir())
    with opened(path) as archive:
        assert archive.metadata == {"keras_version": "3.8.0"}
        assert archive.config["class_name"] == "A"
        assert [member.name for member in archive.members][3] == "assets/a/vocabulary.txt"
        assert archive.read("assets/a/vocabulary.txt") == b"words"
        assert archive.weights().read() == hdf5
        archive.verify()
        with pytest.raises(KeyError):
            archive.read("assets/b")
    assert sorted(path.parent.iterdir()) == before


def test_stored_weights_are_read_in_place(pack: Pack, hdf5: bytes) -> None:
    with opened(pack()) as archive:
        first, second = archive.weights(), archive.weights()
        first.seek(-3, io.SEEK_END)
        assert first.read() == hdf5[-3:]
        assert second.read(8) == hdf5[:8]
    with pytest.raises(ValueError, match="closed"):
        second.read()


@pytest.mark.parametrize("spooled", [10, 32 << 20])
def test_deflated_archives_are_read(
    pack: Pack, hdf5: bytes, monkeypatch: pytest.MonkeyPatch, spooled: int
) -> None:
    monkeypatch.setattr("modelspec.archive.reader._HELD", spooled)
    with opened(pack(method=zipfile.ZIP_DEFLATED)) as archive:
        weights = archive.weights()
        assert weights.read() == hdf5
        weights.seek(8)
        assert weights.read(1) == hdf5[8:9]
        archive.verify()


def test_deflated_weights_that_do_not_fit_the_disk_are_told(
    pack: Pack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("modelspec.archive.reader._HELD", 10)
    monkeypatch.setattr("shutil.disk_usage", lambda path: type("Usage", (), {"free": 20}))
    report = Report()
    with open_keras(pack(method=zipfile.ZIP_DEFLATED), report) as archive, pytest.raises(SpecError):
        archive.weights()
    assert report.diagnostics[0].code == "disk-full"
    assert "unpack to 1.0 kB, and 20 bytes are free" in report.diagnostics[0].message


def test_extra_members_and_missing_metadata_are_accepted(pack: Pack, config: bytes, hdf5: bytes) -> None:
    path = pack({"config.json": config, "model.weights.h5": hdf5, "README.md": b"hello", "empty": b""})
    with opened(path) as archive:
        assert archive.metadata == {}


def test_an_archive_without_weights_has_none(pack: Pack, config: bytes) -> None:
    with opened(pack({"config.json": config})) as archive:
        assert archive.weights() is None


@pytest.mark.parametrize("metadata", [b"", b"[]", b'{"a": 1, "a": 2}', b"\xff"])
def test_metadata_that_cannot_be_read_are_a_warning(pack: Pack, config: bytes, metadata: bytes) -> None:
    report = Report()
    with open_keras(pack({"metadata.json": metadata, "config.json": config}), report) as archive:
        assert archive.metadata == {}
    assert [found.code for found in report.diagnostics] == ["archive-metadata"]
    assert not report.has_errors


def _unzipped(folder: Path, config: bytes, hdf5: bytes) -> Path:
    (folder / "model" / "assets" / "a").mkdir(parents=True)
    (folder / "model" / "config.json").write_bytes(config)
    (folder / "model" / "model.weights.h5").write_bytes(hdf5)
    (folder / "model" / "assets" / "a" / "words.txt").write_bytes(b"words")
    (folder / "model" / "README.md").write_bytes(b"hello")
    (folder / "model" / ".git").mkdir()
    (folder / "model" / ".git" / "weird\\name").write_bytes(b"")
    return folder / "model"


def test_an_unzipped_archive_is_read(tmp_path: Path, config: bytes, hdf5: bytes) -> None:
    with opened(_unzipped(tmp_path, config, hdf5)) as archive:
        assert archive.config["class_name"] == "Sequential"
        assert archive.weights().read() == hdf5
        assert archive.read("assets/a/words.txt") == b"words"
        names = [member.name for member in archive.members]
        assert sorted(names) == ["assets/a/words.txt", "config.json", "model.weights.h5"]
        archive.verify()


@pytest.mark.skipif(sys.platform == "win32", reason="links and pipes of POSIX")
@pytest.mark.parametrize("name", ["config.json", "assets", "assets/a/words.txt"])
def test_an_unzipped_archive_with_links_is_refused(
    tmp_path: Path, config: bytes, hdf5: bytes, name: str
) -> None:
    folder = _unzipped(tmp_path, config, hdf5)
    (folder / name).rename(tmp_path / "elsewhere")
    (folder / name).symlink_to(tmp_path / "elsewhere")
    report = Report()
    assert open_keras(folder, report) is None
    assert report.diagnostics[0].code == "unsafe-archive"
    assert f"the symbolic link `{name}`" in report.diagnostics[0].message


@pytest.mark.skipif(sys.platform == "win32", reason="links and pipes of POSIX")
def test_a_pipe_is_neither_waited_for_nor_read(tmp_path: Path, hdf5: bytes) -> None:
    (tmp_path / "model").mkdir()
    for pipe in (tmp_path / "net.keras", tmp_path / "model" / "config.json"):
        os.mkfifo(pipe)
    for path in (tmp_path / "net.keras", tmp_path / "model", Path("/dev/zero")):
        report = Report()
        assert open_keras(path, report) is None
        assert report.diagnostics[0].message == f"`{path}` is no file, but a pipe or a device"


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    report = Report()
    assert open_keras(tmp_path / "no.keras", report) is None
    assert report.diagnostics[0].code == "file-not-found"
    assert report.diagnostics[0].message == f"`{tmp_path / 'no.keras'}` does not exist"


def _lfs_pointer() -> bytes:
    return b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "empty"),
        (b"\x89HDF\r\n\x1a\n" + bytes(100), "an HDF5 file"),
        (_lfs_pointer(), "a git-LFS pointer"),
        (b"\x80\x04\x95\x10\0\0\0\0\0\0\0}\x94.", "a Python pickle"),
        (b"modelspec: 1\nlayers:\n  - Dense: {units: 3}\n", "a modelspec document"),
        (b"# a model\n---\nlayers: []\n", "YAML text"),
        (b"import keras\nmodel = keras.Model()\n", "Python text"),
        (b'"""A model."""\nfrom keras import layers\nx: int = 1\n', "Python text"),
        (b'{"class_name": "Functional"}', "JSON text"),
        (b"<!DOCTYPE html>\n<html><body>404", "an HTML page"),
        (b"Hello there.", "a text"),
        ("한국어 ".encode() * 400, "a text"),
        (b"\x1f\x8b\x08\0\0\0\0\0", "gzip data"),
        (b"a.txt" + bytes(252) + b"ustar\x0000" + bytes(300), "a tar archive"),
        (struct.pack("<Q", 100) + b'{"a": {"dtype": "F32"}}', "a safetensors file"),
        (b"\x93NUMPY\x01\0", "a NumPy array"),
        (b"\x1c\0\0\0TFL3", "a TensorFlow Lite model"),
        (bytes(5000), "nothing but zeros"),
        (bytes(range(256)) * 8, "data of no kind that modelspec knows"),
    ],
)
def test_what_is_no_archive_is_known_by_its_content(tmp_path: Path, content: bytes, what: str) -> None:
    path = tmp_path / "net.keras"
    path.write_bytes(content)
    report = Report()
    assert open_keras(path, report) is None
    (found,) = report.diagnostics
    assert found.code == "not-an-archive"
    assert found.message == f"`{path}` is {what}, not a `.keras` archive"
    assert found.help


@pytest.mark.parametrize(
    ("members", "what"),
    [
        ({}, "a zip archive without a `config.json`"),
        ({"archive/data.pkl": b"", "archive/data/0": b""}, "a PyTorch checkpoint"),
        ({"arr_0.npy": b"", "arr_1.npy": b""}, "a NumPy `.npz` file"),
        ({"model/config.json": b"{}", "model/model.weights.h5": b""}, "an archive of a folder"),
        ({"saved_model.pb": b"", "variables/x": b""}, "a TensorFlow SavedModel"),
        ({"a.txt": b""}, "a zip archive without a `config.json`"),
    ],
)
def test_an_archive_of_something_else_is_known_by_its_members(
    pack: Pack, members: dict[str, bytes], what: str
) -> None:
    report = Report()
    path = pack(members)
    assert open_keras(path, report) is None
    (found,) = report.diagnostics
    assert found.message == f"`{path}` is {what}, not a `.keras` archive"


def test_a_folder_of_something_else_is_known_by_its_files(tmp_path: Path) -> None:
    report = Report()
    assert open_keras(tmp_path, report) is None
    (tmp_path / "saved_model.pb").write_bytes(b"")
    assert open_keras(tmp_path, report) is None
    first, second = report.diagnostics
    assert first.message == f"`{tmp_path}` is a folder without a `config.json`, not a `.keras` archive"
    assert second.message == f"`{tmp_path}` is a TensorFlow SavedModel, not a `.keras` archive"


def test_weights_that_are_no_hdf5_file_are_named(pack: Pack, config: bytes) -> None:
    path = pack({"config.json": config, "model.weights.h5": _lfs_pointer()})
    report = Report()
    with open_keras(path, report) as archive, pytest.raises(SpecError):
        archive.weights()
    (found,) = report.diagnostics
    assert found.message == f"`{path}` has a `model.weights.h5` that is a git-LFS pointer"
    assert found.help == "run `git lfs pull`"


class Pipe(io.RawIOBase):
    """What a packer that writes to a pipe sees."""

    def __init__(self) -> None:
        self.data = b""

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self.data += bytes(data)
        return len(data)


@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_archives_packed_into_a_pipe_are_read(
    tmp_path: Path, config: bytes, hdf5: bytes, method: int, large: bool
) -> None:
    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", method) as archive:
        for name, data in {"config.json": config, "model.weights.h5": hdf5}.items():
            with archive.open(name, "w", force_zip64=large) as member:
                member.write(data)
    path = tmp_path / "net.keras"
    path.write_bytes(pipe.data)
    with opened(path) as found:
        found.verify()
        assert found.weights().read() == hdf5


def test_members_that_zipfile_marks_as_large_are_read(tmp_path: Path, config: bytes) -> None:
    path = tmp_path / "net.keras"
    with zipfile.ZipFile(path, "w") as archive, archive.open("config.json", "w", force_zip64=True) as member:
        member.write(config)
    with opened(path) as found:
        found.verify()


def test_names_and_folders_of_other_packers_are_read(tmp_path: Path, config: bytes) -> None:
    path = tmp_path / "net.keras"
    with zipfile.ZipFile(path, "w") as archive:
        archive.mkdir("assets")
        archive.writestr("assets/日本.txt", b"1")
        archive.writestr("config.json", config)
    with opened(path) as found:
        assert [member.name for member in found.members] == ["assets/", "assets/日本.txt", "config.json"]


def test_our_list_of_members_is_that_of_zipfile(tmp_path: Path) -> None:
    chance = random.Random(0)
    for number in range(20):
        path = tmp_path / f"{number}.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for index in range(chance.randrange(12)):
                method = chance.choice([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
                name = f"{chance.choice(['', 'a/', 'ü/'])}{index}"
                archive.writestr(name, chance.randbytes(chance.randrange(300)), method)
        with zipfile.ZipFile(path) as archive, io.FileIO(path) as file:
            theirs = [(i.filename, i.file_size, i.compress_size, i.CRC) for i in archive.infolist()]
            found = read_directory(file, LIMITS)
            assert [(m.name, m.size, m.stored_size, m.crc) for m in found] == theirs
            for member in found:
                packed = path.read_bytes()[member.start : member.start + member.stored_size]
                data = zlib.decompress(packed, -15) if member.deflated else packed
                assert data == archive.read(member.name)


def test_the_report_of_a_damaged_member_names_it(pack: Pack, config: bytes) -> None:
    path = pack({"config.json": config, "assets/a.txt": b"content"})
    path.write_bytes(path.read_bytes().replace(b"content", b"c0ntent"))
    report = Report()
    with open_keras(path, report) as archive:
        for read in (lambda: archive.read("assets/a.txt"), archive.verify):
            with pytest.raises(SpecError):
                read()
    assert report.diagnostics[0].code == "broken-archive"
    assert "the checksum of `assets/a.txt` does not fit" in report.diagnostics[0].message


def test_a_place_in_a_document_is_told(tmp_path: Path) -> None:
    from modelspec.diagnostics import Place, Source

    place = Place(Source("net.yaml", "file: a.keras"), 6, 13)
    report = Report()
    assert open_keras(tmp_path / "a.keras", report, place=place) is None
    assert report.diagnostics[0].place == place


def test_configs_of_a_thousand_layers_are_no_bomb(pack: Pack) -> None:
    layers = [{"class_name": "Dense", "config": {"name": f"dense_{i}", "units": 3}} for i in range(10_000)]
    config = json.dumps({"class_name": "Sequential", "config": {"layers": layers}}).encode()
    with opened(pack({"config.json": config}, method=zipfile.ZIP_DEFLATED)) as archive:
        assert archive.members[0].size > 20 * archive.members[0].stored_size
        assert archive.config == json.loads(config)
