"""Sets of files that appear all or none, whatever happens between two renamings."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from modelspec.archive import atomic
from modelspec.archive.atomic import Pending, WriteError
from modelspec.archive.atomic_set import atomic_files

NAMES = ("s_0", "s_1", "list")


def write(folder: Path, text: str, *, names: tuple[str, ...] = NAMES, outdated: tuple[str, ...] = ()) -> None:
    paths = [folder / name for name in names]
    with atomic_files(paths, outdated=[folder / name for name in outdated]) as files:
        for file, name in zip(files, names, strict=True):
            file.write(f"{text} {name}".encode())


def read(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir()}


def whole(text: str, names: tuple[str, ...] = NAMES) -> dict[str, str]:
    return {name: f"{text} {name}" for name in names}


def test_a_set_appears_when_it_is_complete(tmp_path: Path) -> None:
    with atomic_files([tmp_path / name for name in NAMES]) as files:
        for file in files:
            file.write(b"1")
        assert not any((tmp_path / name).exists() for name in NAMES)
    assert read(tmp_path) == dict.fromkeys(NAMES, "1")


def test_a_set_replaces_another_and_what_is_outdated(tmp_path: Path) -> None:
    write(tmp_path, "old", names=("s_0", "s_1", "s_2", "list"))
    write(tmp_path, "new", outdated=("s_2",))
    assert read(tmp_path) == whole("new")


@pytest.mark.parametrize("failure", [KeyboardInterrupt, SystemExit, OSError])
def test_a_failure_while_writing_leaves_the_old_set(tmp_path: Path, failure: type[BaseException]) -> None:
    write(tmp_path, "old")
    with pytest.raises(failure), atomic_files([tmp_path / name for name in NAMES]) as files:  # noqa: PT012
        files[0].write(b"half")
        raise failure
    assert read(tmp_path) == whole("old")


def test_a_target_that_cannot_be_written_is_told_before_anything_is(tmp_path: Path) -> None:
    (tmp_path / "s_1").mkdir()
    with pytest.raises(WriteError), atomic_files([tmp_path / name for name in NAMES]):
        pytest.fail("the block must not be entered")
    assert [path.name for path in tmp_path.iterdir()] == ["s_1"]


@pytest.mark.parametrize("moment", range(3))
def test_an_interrupt_while_a_file_is_made_leaves_nothing(
    tmp_path: Path, moment: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock_new, left = atomic._lock_new, moment

    def interrupted(descriptor: int) -> bool:
        nonlocal left
        if not left:
            raise KeyboardInterrupt
        left -= 1
        return lock_new(descriptor)

    monkeypatch.setattr(atomic, "_lock_new", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path, "new")
    assert read(tmp_path) == {}


@pytest.mark.parametrize("failure", [KeyboardInterrupt, OSError])
@pytest.mark.parametrize("moment", range(3))
def test_a_failure_between_two_renamings_brings_the_old_set_back(
    tmp_path: Path, moment: int, failure: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "old", names=("s_0", "s_1", "s_2", "list"))
    publish = Pending.publish
    count = 0

    def failing(pending: Pending) -> None:
        nonlocal count
        if count == moment:
            raise failure
        count += 1
        publish(pending)

    monkeypatch.setattr(Pending, "publish", failing)
    with pytest.raises(failure):
        write(tmp_path, "new", outdated=("s_2",))
    assert read(tmp_path) == whole("old", ("s_0", "s_1", "s_2", "list"))


@pytest.mark.parametrize("moment", range(3))
def test_a_failure_brings_nothing_back_where_nothing_was(
    tmp_path: Path, moment: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish = Pending.publish
    left = moment

    def failing(pending: Pending) -> None:
        nonlocal left
        if not left:
            raise KeyboardInterrupt
        left -= 1
        publish(pending)

    monkeypatch.setattr(Pending, "publish", failing)
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path, "new")
    assert read(tmp_path) == {}


_KILLED = """
import os, signal, sys
from pathlib import Path
from modelspec.archive.atomic import Pending
from modelspec.archive.atomic_set import atomic_files
publish, left = Pending.publish, int(sys.argv[2])
def killed(pending):
    global left
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)
    left -= 1
    publish(pending)
Pending.publish = killed
with atomic_files([Path(sys.argv[1], name) for name in ("s_0", "s_1", "list")]) as files:
    for file, name in zip(files, ("s_0", "s_1", "list")):
        file.write(f"new {name}".encode())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize("moment", range(3))
def test_a_kill_between_two_renamings_leaves_no_list_of_files_that_are_not_its_own(
    tmp_path: Path, moment: int
) -> None:
    write(tmp_path, "old")
    done = subprocess.run([sys.executable, "-c", _KILLED, tmp_path, str(moment)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert not (tmp_path / "list").exists()
    write(tmp_path, "newer")
    assert read(tmp_path) == whole("newer"), "the next writer takes away what the killed one left"


def test_the_names_of_what_is_moved_away_are_those_of_abandoned_files(tmp_path: Path) -> None:
    away = atomic.temporary_path(tmp_path / "list")
    away.write_bytes(b"left")
    write(tmp_path, "new")
    assert not away.exists()


@pytest.mark.skipif(os.name != "posix", reason="links of POSIX")
def test_a_set_is_written_through_links(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    write(tmp_path / "real", "old")
    (tmp_path / "list").symlink_to(tmp_path / "real" / "list")
    write(tmp_path, "new")
    assert (tmp_path / "list").is_symlink()
    assert (tmp_path / "real" / "list").read_text() == "new list"
