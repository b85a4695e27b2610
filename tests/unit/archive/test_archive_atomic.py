from __future__ import annotations

import errno
import os
import stat
import sys
from pathlib import Path

import pytest

from modelspec.archive.atomic import WriteError, atomic_file, write_atomically

posix = pytest.mark.skipif(sys.platform == "win32", reason="permissions and locks of POSIX")


def temporaries(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name.endswith(".tmp"))


def test_a_file_appears_only_when_it_is_complete(tmp_path: Path) -> None:
    target = tmp_path / "a.json"
    with atomic_file(target) as file:
        file.write(b"new")
        assert not target.exists()
    assert target.read_bytes() == b"new"
    assert temporaries(tmp_path) == []


def test_the_old_file_is_seen_until_the_new_one_is_complete(tmp_path: Path) -> None:
    target = tmp_path / "a.json"
    target.write_bytes(b"old")
    with atomic_file(target) as file:
        file.write(b"new")
        assert target.read_bytes() == b"old"
    assert target.read_bytes() == b"new"


@pytest.mark.parametrize("failure", [ValueError, KeyboardInterrupt, SystemExit, OSError])
def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path: Path, failure: type[BaseException]) -> None:
    target = tmp_path / "a.json"
    target.write_bytes(b"old")
    with pytest.raises(failure), atomic_file(target) as file:  # noqa: PT012
        file.write(b"half")
        raise failure
    assert target.read_bytes() == b"old"
    assert temporaries(tmp_path) == []


def test_small_files_are_written_in_one_call(tmp_path: Path) -> None:
    write_atomically(tmp_path / "a", b"1")
    write_atomically(tmp_path / "a", b"22", durable=False)
    assert (tmp_path / "a").read_bytes() == b"22"


@posix
@pytest.mark.parametrize("mask", [0o022, 0o077, 0o002])
def test_a_new_file_has_the_permissions_of_any_new_file(tmp_path: Path, mask: int) -> None:
    before = os.umask(mask)
    try:
        write_atomically(tmp_path / "ours", b"")
        (tmp_path / "theirs").write_bytes(b"")
    finally:
        os.umask(before)
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "theirs").stat().st_mode


@posix
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o666, 0o755])
def test_a_replaced_file_keeps_its_permissions(tmp_path: Path, mode: int) -> None:
    target = tmp_path / "a"
    target.write_bytes(b"")
    target.chmod(mode)
    with atomic_file(target) as file:
        assert stat.S_IMODE(os.fstat(file.fileno()).st_mode) == mode
    assert stat.S_IMODE(target.stat().st_mode) == mode


@posix
def test_a_link_is_written_through(tmp_path: Path) -> None:
    real = tmp_path / "store" / "v1.keras"
    real.parent.mkdir()
    real.write_bytes(b"old")
    link = tmp_path / "latest.keras"
    link.symlink_to(Path("store") / "v1.keras")
    write_atomically(link, b"new")
    assert link.is_symlink()
    assert real.read_bytes() == b"new"


@posix
def test_a_link_to_nothing_makes_what_it_points_to(tmp_path: Path) -> None:
    link = tmp_path / "latest.keras"
    link.symlink_to("v2.keras")
    write_atomically(link, b"new")
    assert link.is_symlink()
    assert (tmp_path / "v2.keras").read_bytes() == b"new"


def test_a_folder_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    with pytest.raises(WriteError) as caught:
        write_atomically(tmp_path / "a", b"")
    assert caught.value.errno == errno.EISDIR


@posix
def test_a_pipe_or_device_is_not_replaced(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path("/dev/null")):
        with pytest.raises(WriteError):
            write_atomically(path, b"")
        assert not stat.S_ISREG(path.stat().st_mode)


@posix
def test_links_in_a_circle_are_an_error(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(WriteError) as caught:
        write_atomically(tmp_path / "a", b"")
    assert caught.value.errno == errno.ELOOP


def test_a_missing_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(WriteError) as caught:
        write_atomically(tmp_path / "no" / "a", b"")
    assert caught.value.errno == errno.ENOENT


def test_a_read_only_file_is_not_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "a"
    target.write_bytes(b"old")
    target.chmod(0o444)
    monkeypatch.setattr(os, "access", lambda path, mode: path.stat().st_mode & 0o222 != 0)  # as if not root
    with pytest.raises(WriteError) as caught:
        write_atomically(target, b"new")
    assert caught.value.errno == errno.EACCES
    assert target.read_bytes() == b"old"


def test_names_of_any_length_that_the_system_takes_can_be_written(tmp_path: Path) -> None:
    target = tmp_path / ("ä" * 124 + ".keras")
    write_atomically(target, b"1")
    assert target.read_bytes() == b"1"


@posix
def test_what_a_dead_writer_left_is_removed_by_the_next(tmp_path: Path) -> None:
    left = tmp_path / ".net.keras.0123456789abcdef.tmp"
    left.write_bytes(b"half")
    write_atomically(tmp_path / "net.keras", b"")
    assert not left.exists()


@pytest.mark.parametrize(
    "name",
    [
        ".other.keras.0123456789abcdef.tmp",
        ".net.keras.2.0123456789abcdef.tmp",
        ".net.keras.0123456789abcdef.tmp2",
        ".net.keras.tmp",
        ".net.keras.backup.tmp",
        ".netXkeras.0123456789abcdef.tmp",
    ],
)
def test_files_of_others_are_left_alone(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"mine")
    write_atomically(tmp_path / "net.keras", b"")
    assert (tmp_path / name).read_bytes() == b"mine"


def test_two_writers_of_one_target_do_not_disturb_each_other(tmp_path: Path) -> None:
    target = tmp_path / "a"
    with atomic_file(target) as first:
        first.write(b"first")
        with atomic_file(target) as second:
            second.write(b"second")
        assert target.read_bytes() == b"second"
    assert target.read_bytes() == b"first"
    assert temporaries(tmp_path) == []


def test_a_link_planted_as_a_leftover_is_not_followed(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_bytes(b"1")
    (tmp_path / ".a.0123456789abcdef.tmp").symlink_to(precious)
    write_atomically(tmp_path / "a", b"")
    assert precious.read_bytes() == b"1"
