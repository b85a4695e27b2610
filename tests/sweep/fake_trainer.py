"""A run's program without Keras: it notes that it was started outside the sweep, and does what it is told.

`FAKE_WITNESS` names the file to which it adds a line for each start; `FAKE_PLAN` a file of JSON: what to do,
by the number of the variant and of the attempt (`3/1`), or by the number alone (`3`), or for all (`*`).
"""

from __future__ import annotations

import ctypes
import errno
import faulthandler
import fcntl
import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

from modelspec.archive.atomic import write_atomically
from modelspec.executors.guard import follow_driver
from modelspec.training.folder import RunFolder, append_metrics, cut_metrics, write_json

FULL = 5


def main(folder: Path) -> int:
    if "FAKE_LOOSE" not in os.environ:
        follow_driver()
    order = json.loads((folder / "run.json").read_text())
    number, attempt, seed = order["variant"]["number"], order["attempt"], order["seed"]
    with Path(os.environ["FAKE_WITNESS"]).open("a") as witness:
        witness.write(json.dumps([number, seed, attempt, time.time()]) + "\n")
    plan = json.loads(Path(os.environ["FAKE_PLAN"]).read_text()) if "FAKE_PLAN" in os.environ else {}
    deed = plan.get(f"{number}/{attempt}", plan.get(str(number), plan.get("*", {})))
    # As the real one: an attempt before may be ending still. Held until this process ends.
    fcntl.flock(os.open(folder / ".lock", os.O_RDWR | os.O_CREAT), fcntl.LOCK_EX)
    _do(deed, folder)
    epochs = deed.get("epochs", 2)
    value = deed.get("value", 1.0 / number)
    if "peak" in deed:  # the nearer to these values, the higher
        values = dict(order["variant"]["values"])
        value = 1.0 / (1.0 + sum(abs(values[key] - at) for key, at in deed["peak"].items()))
    metrics = folder / "metrics.jsonl"
    whole = metrics.read_text().rpartition("\n")[0].splitlines() if metrics.exists() else []
    if metrics.exists():  # a line that is cut is trained again
        cut_metrics(RunFolder(folder), epoch=len(whole))
    done = len(whole)
    for epoch in range(done + 1, epochs + 1):
        time.sleep(deed.get("seconds", 0.0) / epochs)
        line = {"epoch": epoch, "loss": 1.0 / epoch, "score": value * epoch / epochs, "seconds": 0.01}
        append_metrics(RunFolder(folder), line)
        sys.stdout.write("." * deed.get("said", 0) + "\n")
        sys.stdout.flush()
        if epoch >= deed.get("patient", epochs + 1):
            _await(folder / "STOP")
        if (folder / "STOP").exists():
            _end(folder, {"attempt": attempt, "state": "stopped", "epochs": epoch})
            return 0
    write_atomically(folder / "model.keras", b"a model" * deed.get("size", 1))
    _end(folder, {"attempt": attempt, "state": "done", "epochs": epochs})
    if "late" in deed:  # the result of an attempt before, which nobody has ended
        _end(folder, {"attempt": attempt - 1, "state": deed["late"], "epochs": epochs})
    return 0


def _await(path: Path) -> None:
    deadline = time.monotonic() + 30
    while not path.exists() and time.monotonic() < deadline:
        time.sleep(0.005)


def _end(folder: Path, data: dict[str, object]) -> None:
    write_json(folder / "result.json", data)


def _do(deed: dict[str, object], folder: Path) -> None:
    """What goes wrong, if anything does."""
    match deed.get("do"):
        case None:
            pass
        case "exit":
            sys.stdout.write("".join(f"line {number}\n" for number in range(1, 81)))
            sys.stdout.flush()
            os._exit(int(str(deed["status"])))
        case "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        case "segfault":
            faulthandler.disable()
            ctypes.string_at(0)
        case "memory":
            resource.setrlimit(resource.RLIMIT_AS, (1 << 28, 1 << 28))
            bytearray(1 << 29)
        case "hang":  # with a child of its own, and deaf
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
            (folder / "child").write_text(f"{os.getpid()} {child.pid}")
            time.sleep(600)
        case "fail":
            order = json.loads((folder / "run.json").read_text())
            error = {"code": "training-failed", "message": "it went wrong"}
            final = bool(deed.get("final"))
            _end(folder, {"attempt": order["attempt"], "state": "failed", "error": error, "final": final})
            sys.exit(1)


if __name__ == "__main__":
    try:
        sys.exit(main(Path(sys.argv[1])))
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        os._exit(FULL)
