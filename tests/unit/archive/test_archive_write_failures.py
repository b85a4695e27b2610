from __future__ import annotations

import errno
import os
import sys
import tempfile
from pathlib import Path

import pytest

from modelspec.archive.atomic import WriteError
from modelspec.archive.sizes import readable_size, size_to_give
from modelspec.archive.write_failures import diagnosed_writing, require_room
from modelspec.archive.writer import open_archive
from modelspec.diagnostics import Diagnostic, Report, SpecError


def refusal(path: Path, *, needed: int = 0) -> Diagnostic:
    report = Report()
    with pytest.raises(SpecError), open_archive(path, needed=needed, report=report):
        pytest.fail("the block must not be entered")
    (found,) = report.diagnostics
    return found


def test_a_folder_as_target_is_told(tmp_path: Path) -> None:
    found = refusal(tmp_path)
    assert found.code == "cannot-write"
    assert found.message == f"`{tmp_path}` cannot be written: it is a folder"
    assert found.help == f"name a file in it: `{tmp_path}/model.keras`"


def test_a_missing_folder_is_told_with_the_way_out(tmp_path: Path) -> None:
    found = refusal(tmp_path / "{no}" / "net.keras")
    assert found.code == "cannot-write"
    assert "{no}` does not exist" in found.message
    # As a shell takes it, which reads braces.
    assert found.help == f"make it first: `mkdir -p '{tmp_path / '{no}'}'`"


def test_a_file_in_the_way_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    found = refusal(tmp_path / "file" / "net.keras")
    assert found.code == "cannot-write"
    assert found.message.endswith("`{}` is not a folder".format(tmp_path / "file"))


@pytest.mark.skipif(sys.platform == "win32", reason="permissions of POSIX")
def test_a_folder_without_permission_is_told() -> None:
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o555)
        root = os.geteuid() == 0
        if root:
            os.seteuid(65534)
        try:
            found = refusal(Path(name) / "net.keras")
        finally:
            if root:
                os.seteuid(0)
            Path(name).chmod(0o755)
    assert found.code == "cannot-write"
    assert found.message.endswith(f"no file may be made in the folder `{name}`")


def test_a_device_is_told() -> None:
    found = refusal(Path(os.devnull))
    assert found.code == "cannot-write"
    assert "no regular file" in found.message


def test_too_little_room_is_told_before_anything_is_written(tmp_path: Path) -> None:
    target = tmp_path / "net.keras"
    target.write_bytes(b"old")
    found = refusal(target, needed=10**17)
    assert found.code == "disk-full"
    assert found.message.startswith(f"the disk is too full for `{target}`: it needs 100 PB, ")
    assert found.message.endswith(" are free")
    assert target.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["net.keras"]


def test_room_is_measured_where_a_link_leads(tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to("target")
    require_room(link, 1)
    with pytest.raises(WriteError):
        require_room(link, 10**17)


@pytest.mark.parametrize(
    ("number", "code", "words"),
    [
        (errno.ENOSPC, "disk-full", "too full"),
        (errno.EDQUOT, "disk-full", "too full"),
        (errno.EFBIG, "cannot-write", "larger than the file system or a limit"),
        (errno.EROFS, "cannot-write", "read-only"),
        (errno.EACCES, "cannot-write", "no file may be made in the folder"),
        (errno.EIO, "cannot-write", "input/output error"),
    ],
)
def test_what_the_system_says_becomes_a_sentence(tmp_path: Path, number: int, code: str, words: str) -> None:
    report = Report()
    with pytest.raises(SpecError), diagnosed_writing(tmp_path / "a", report):
        raise WriteError(number, os.strerror(number), str(tmp_path))
    (found,) = report.diagnostics
    assert found.code == code
    assert words in found.message


def test_errors_of_other_files_are_not_taken_for_the_targets(tmp_path: Path) -> None:
    report = Report()
    with pytest.raises(FileNotFoundError), open_archive(tmp_path / "a", needed=0, report=report):
        (tmp_path / "source.h5").read_bytes()
    assert report.diagnostics == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (1000, "1.0 kB"),
        (9949, "9.9 kB"),
        (9950, "10 kB"),
        (999_499, "999 kB"),
        (999_500, "1.0 MB"),
        (1_400_000_000, "1.4 GB"),
        (123_000_000_000_000_000, "123 PB"),
        (5 * 10**18, "5000 PB"),
    ],
)
def test_sizes_read_as_on_a_disk(size: int, text: str) -> None:
    assert readable_size(size) == text


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (1, "0.1KB"),
        (1000, "1KB"),
        (1001, "1.1KB"),
        (2048, "2.1KB"),
        (123_456_789, "124MB"),
        (1 << 31, "2.2GB"),
    ],
)
def test_a_size_to_give_is_no_less_than_what_is_needed(size: int, text: str) -> None:
    assert size_to_give(size) == text
