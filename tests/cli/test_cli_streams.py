"""Pipes, terminals, signals, saves: what is around a command."""

from __future__ import annotations

import errno
import os
import pty
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from command_line import COMMAND, GOOD, WRONG

PATIENCE = 60.0  # seconds until a watching process must have answered, on a machine that does much else


@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["config", "good.yaml"], ["show", "good.yaml"], ["check", "good.yaml"]],
    ids=" ".join,
)
def test_a_reader_that_goes_away_is_no_mistake(folder, environment, arguments):
    process = subprocess.Popen(
        [*COMMAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=folder, env=environment
    )
    assert process.stdout is not None
    process.stdout.close()
    _, err = process.communicate()
    assert (process.returncode, err) == (0, b"")


def failing(error: str) -> tuple[str, ...]:
    program = (
        "import sys; sys.argv[0] = 'modelspec'\nimport modelspec.compiler.stages as stages\n"
        f"def broken(*_, **__):\n    raise {error}\nstages.check_document = broken\n"
        "from modelspec.cli import main; main()"
    )
    return (sys.executable, "-c", program)


@pytest.mark.parametrize("verb", ["check", "build", "show", "config"])
def test_a_bug_of_ours_is_called_so_and_shows_no_traceback(folder, environment, verb):
    command = [*failing("ZeroDivisionError('by nothing')"), verb, "good.yaml"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder, env=environment)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("bug in modelspec ")
    assert "ZeroDivisionError at <string>:4: by nothing" in done.stderr
    assert "MODELSPEC_DEBUG=1" in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(folder.glob("*.keras"))


def test_a_bug_shows_its_traceback_when_it_is_asked_for(folder, environment):
    command = [*failing("ZeroDivisionError('by nothing')"), "check", "good.yaml"]
    env = {**environment, "MODELSPEC_DEBUG": "1"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder, env=env)
    assert done.returncode == 1
    assert "Traceback (most recent call last)" in done.stderr
    assert done.stderr.endswith("ZeroDivisionError: by nothing\n")


def test_an_interrupt_ends_without_a_word_of_python(folder, environment):
    command = [*failing("KeyboardInterrupt"), "check", "good.yaml"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder, env=environment)
    assert done.returncode == 130
    assert "Traceback" not in done.stderr


# --- on a terminal ---------------------------------------------------------------------------------------

PROGRESS_AT_ONCE = (
    sys.executable,
    "-c",
    "import sys; sys.argv[0] = 'modelspec'\n"
    "import modelspec.cli.progress as progress\nprogress.PATIENCE = 0.0\n"
    "from modelspec.cli import main; main()",
)


def on_a_terminal(command: list[str], folder: Path, environment: dict[str, str]) -> tuple[int, str, str]:
    """Status, standard output, and what a terminal got as standard error."""
    master, slave = pty.openpty()
    env = {**environment, "TERM": "xterm-256color", "COLUMNS": "100"}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=slave, cwd=folder, env=env)
    os.close(slave)
    seen: list[bytes] = []
    reader = threading.Thread(target=_drain, args=(master, seen))
    reader.start()
    out, _ = process.communicate(timeout=PATIENCE)
    reader.join(PATIENCE)
    os.close(master)
    return process.returncode, out.decode(), b"".join(seen).decode()


def _drain(master: int, seen: list[bytes]) -> None:
    while True:
        try:
            data = os.read(master, 4096)
        except OSError as error:
            if error.errno == errno.EIO:  # the other side is closed
                return
            raise
        if not data:
            return
        seen.append(data)


def test_a_terminal_sees_progress(folder, environment):
    command = [*PROGRESS_AT_ONCE, "build", "good.yaml", "--no-cache"]
    status, out, seen = on_a_terminal(command, folder, environment)
    assert status == 0
    assert out.startswith("good.yaml -> good.keras")
    assert "good.yaml: importing keras" in seen
    assert seen.endswith("\x1b[2K") or "\x1b[?25h" in seen  # the line is taken away, the cursor is back


@pytest.mark.parametrize("arguments", [["--quiet"], ["--format", "json"]], ids=" ".join)
def test_a_terminal_sees_no_progress_where_none_is_wanted(folder, environment, arguments):
    command = [*PROGRESS_AT_ONCE, "build", "good.yaml", "--no-cache", *arguments]
    status, _, seen = on_a_terminal(command, folder, environment)
    assert (status, seen) == (0, "")


def test_a_file_sees_no_progress(folder, environment):
    command = [*PROGRESS_AT_ONCE, "build", "good.yaml", "--no-cache"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder, env=environment)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_short_command_shows_no_progress(folder, environment):
    status, _, seen = on_a_terminal(
        [*COMMAND, "check", "wrong.yaml", "--format", "concise"], folder, environment
    )
    assert status == 1
    assert "checking" not in seen


def test_a_terminal_sees_mistakes_in_colour(folder, environment):
    status, _, seen = on_a_terminal([*COMMAND, "check", "wrong.yaml"], folder, environment)
    assert status == 1
    assert "\x1b[1;31merror[unknown-argument]\x1b[0m" in seen


def test_no_color_is_respected(folder, environment):
    env = {**environment, "NO_COLOR": "1"}
    status, _, seen = on_a_terminal([*COMMAND, "check", "wrong.yaml"], folder, env)
    assert status == 1
    assert "[31m" not in seen
    assert "31merror" not in seen


# --- watching --------------------------------------------------------------------------------------------


class Watching:
    """A process that watches, and what it has said so far."""

    def __init__(self, command: list[str], folder: Path, environment: dict[str, str]) -> None:
        env = {**environment, "PYTHONUNBUFFERED": "1"}
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=folder, env=env
        )
        self.said = ""
        self.heard = 0
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said += line

    def hear(self, words: str) -> None:
        """Wait until it says these words, after those that were heard before."""
        end = time.monotonic() + PATIENCE
        while words not in self.said[self.heard :]:
            assert time.monotonic() < end, f"not heard: {words}\n{self.said}"
            assert self.process.poll() is None, self.said
            time.sleep(0.02)
        self.heard = self.said.index(words, self.heard) + len(words)

    def stop(self) -> int:
        """Interrupt it as Ctrl-C does; its status."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(PATIENCE)


@pytest.fixture
def watching(folder, environment):
    started: list[Watching] = []

    def start(*arguments: str) -> Watching:
        started.append(Watching([*COMMAND, *arguments], folder, environment))
        return started[-1]

    yield start
    for item in started:
        if item.process.poll() is None:
            item.process.kill()
            item.process.wait()
        item.reader.join(PATIENCE)
        assert item.process.stdout is not None
        item.process.stdout.close()


def test_check_answers_at_every_save(folder, watching):
    process = watching("check", "good.yaml", "--watch", "--format", "concise")
    process.hear("good.yaml: ok  2 layers, 21 parameters")
    process.hear("watching good.yaml")
    (folder / "good.yaml").write_text(WRONG)
    process.hear("good.yaml:5:13: error[unknown-argument]")
    (folder / "good.yaml").write_text(GOOD.replace("width: 4", "width: 5"))
    process.hear("good.yaml: ok  2 layers, 26 parameters")
    assert process.stop() == 0


def test_check_sees_a_save_that_replaces_the_file(folder, watching):
    process = watching("check", "good.yaml", "--watch", "--format", "concise")
    process.hear("watching good.yaml")
    (folder / "new").write_text(WRONG)
    (folder / "new").replace(folder / "good.yaml")
    process.hear("good.yaml:5:13: error[unknown-argument]")
    (folder / "good.yaml").unlink()
    process.hear("error[file-not-found]")
    (folder / "good.yaml").write_text(GOOD)
    process.hear("good.yaml: ok")


def test_check_watches_the_documents_below(folder, watching):
    (folder / "base.yaml").write_text(GOOD)
    (folder / "over.yaml").write_text("modelspec: 1\nextends: base.yaml\nname: over\n")
    process = watching("check", "over.yaml", "--watch", "--format", "concise")
    process.hear("watching over.yaml")
    (folder / "base.yaml").write_text(WRONG)
    process.hear("base.yaml:5:13: error[unknown-argument]")
    (folder / "base.yaml").write_text(GOOD)
    process.hear("over.yaml: ok")


def test_check_starts_with_a_wrong_document_and_waits_for_its_mending(folder, watching):
    process = watching("check", "wrong.yaml", "good.yaml", "--watch", "--format", "concise")
    process.hear("wrong.yaml:5:13: error[unknown-argument]")
    process.hear("watching wrong.yaml, good.yaml")
    (folder / "wrong.yaml").write_text(GOOD)
    process.hear("--- wrong.yaml ---")
    process.hear("wrong.yaml: ok")


def test_build_writes_at_every_save(folder, watching):
    process = watching("build", "good.yaml", "--watch")
    process.hear("good.yaml -> good.keras  21 parameters")
    process.hear("watching good.yaml")
    (folder / "good.yaml").write_text(GOOD.replace("width: 4", "width: 5"))
    process.hear("good.yaml -> good.keras  26 parameters")
    before = (folder / "good.keras").read_bytes()
    (folder / "good.yaml").write_text(WRONG)
    process.hear("error[unknown-argument]")
    assert (folder / "good.keras").read_bytes() == before
    assert process.stop() == 0


def test_standard_input_cannot_be_watched(run):
    done = run("check", "-", "--watch", stdin=GOOD)
    assert (done.status, done.out) == (2, "")
    assert "standard input cannot be watched" in done.err
