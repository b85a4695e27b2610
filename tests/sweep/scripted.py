"""Runs without processes, on a clock that goes forward each time the driver looks at them."""

from __future__ import annotations

import json

from modelspec.executors.protocol import Job, Outcome

TICK = 50.0


class Scripted:
    """An executor and its clock: every run takes so many seconds, and is done.

    Args:
        seconds: of a run.
        now: where the clock begins.
    """

    def __init__(self, seconds: float, *, parallel: int = 1, now: float = 1_000_000.0) -> None:
        self._seconds, self._parallel, self.now = seconds, parallel, now
        self._running: dict[str, tuple[Job, float]] = {}
        self._cancelled: list[str] = []
        self.begun: list[str] = []

    def clock(self) -> float:
        return self.now

    def capacity(self) -> int:
        return self._parallel - len(self._running)

    def submit(self, job: Job) -> None:
        self._running[job.key] = (job, self.now)
        self.begun.append(job.key)

    def poll(self) -> tuple[Outcome, ...]:
        if self._running:
            self.now += TICK
        found = []
        for key, (job, begun) in tuple(self._running.items()):
            if key in self._cancelled:
                found.append(Outcome(key, "cancelled", -15))
            elif self.now - begun >= self._seconds:
                attempt = json.loads((job.folder / "run.json").read_text())["attempt"]
                (job.folder / "metrics.jsonl").write_text('{"epoch": 1, "score": 1.0}\n')
                result = {"attempt": attempt, "state": "done", "epochs": 1}
                (job.folder / "result.json").write_text(json.dumps(result))
                found.append(Outcome(key, "exit", 0))
        for outcome in found:
            del self._running[outcome.key]
        self._cancelled.clear()
        return tuple(found)

    def cancel(self, key: str) -> None:
        self._cancelled.append(key)

    def close(self) -> None:
        self._running.clear()
