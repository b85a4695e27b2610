"""The training itself: `Model.fit`, or the caller's own function, what goes wrong told at its line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from modelspec.compiler.training.functions import function_in
from modelspec.compiler.training.history import NanLossError, Recorder, begun_from
from modelspec.compiler.training.ready import Ready
from modelspec.compiler.values import Compiled, Progress
from modelspec.diagnostics import Report, SpecError, nearest
from modelspec.language.closed_train import Train

if TYPE_CHECKING:
    from modelspec.link.registered.registry import Registry
    from modelspec.training.folder import Kept


def fit_as_written(
    ready: Ready,
    compiled: Compiled,
    model: Any,
    recorder: Recorder,
    kept: Kept | None,
    registry: Registry,
    report: Report,
    progress: Progress,
    *,
    seed: int,
) -> None:
    """Train by `Model.fit`.

    Args:
        kept: what an earlier process came to; `None` where the training begins.

    Raises:
        SpecError: the data cannot be had, a callback cannot be made, or training fails.
        NanLossError: see `Recorder`.
    """
    from modelspec.compiler.training.sources import feed_of
    from modelspec.link.training.fitting import CallbackRefusedError, fit_model
    from modelspec.link.training.watcher import Hooks

    fit = compiled.checked.resolved.fit
    assert fit is not None
    total = recorder.last or 1

    def batch(epoch: int, done: int, count: int) -> None:
        progress(f"epoch {epoch + 1} of {total}{_in_words(recorder.metrics)}", done, count)

    def reported(epoch: int, names: tuple[str, ...]) -> None:
        if epoch == begun.epoch + 1:
            _check_monitors(compiled, names, report)

    begun = begun_from(kept, recorder.folder, report)
    feed = feed_of(ready.train, ready.read, ready.functions, registry, report)
    with _wrapped(ready.train, report, "training fails"):
        try:
            fit_model(
                model,
                feed,
                fit,
                Hooks(batch=batch, reported=reported, epoch=recorder.epoch),
                folder=recorder.folder.path,
                seed=seed,
                begun=begun,
            )
        except CallbackRefusedError as error:
            from modelspec.link.refusal import report_made

            name = str(error.callback.data.get("class_name"))
            origin = error.callback.origin
            report_made(report, error.error, what=name, origin=origin, names=error.callback.arguments)
            report.raise_if_errors()


def _check_monitors(compiled: Compiled, metrics: tuple[str, ...], report: Report) -> None:
    """Refuse a callback that watches what is never reported: it would do nothing, hours long."""
    fit = compiled.checked.resolved.fit
    for callback in fit.callbacks if fit is not None else ():
        config = callback.data.get("config")
        monitor = str(config.get("monitor", "val_loss")) if isinstance(config, dict) else ""
        entry = compiled.checked.catalog.class_of(callback.data)
        if entry is None or "monitor" not in entry.arguments or monitor in metrics:
            continue
        unvalidated = monitor.startswith("val_") and not any(name.startswith("val_") for name in metrics)
        if unvalidated and fit is not None and fit.arguments.get("validation_freq", 1) != 1:
            continue
        near = nearest(monitor, metrics)
        if unvalidated:
            help = "say what is validated with: `validation: 0.2` under `data`"
        else:
            known = ", ".join(f"`{name}`" for name in metrics)
            help = f"did you mean `{near}`?" if near else f"reported are {known}"
        report.add(
            "unknown-metric",
            f"`{entry.short}` watches `{monitor}`, which training does not report",
            callback.arguments.get("monitor", callback.origin).place,
            help=help,
        )
    report.raise_if_errors()


def call_entry(
    ready: Ready, model: Any, recorder: Recorder, registry: Registry, report: Report, *, seed: int
) -> None:
    """Let the caller's own function train."""
    from modelspec.compiler.training.sources import called_with
    from modelspec.link.training.trial import Trial

    (function,) = ready.functions
    trial = Trial(recorder.folder.path, seed=seed, epoch=recorder.line, asked_to_stop=recorder.asked_to_stop)
    call = function_in(function, registry.modules, report)
    with _wrapped(ready.train, report, f"`{function.written}` fails"):
        found = call(model, trial, **called_with(ready.train.args))
    if isinstance(found, Mapping):
        numbers = {str(name): value for name, value in found.items() if isinstance(value, int | float)}
        recorder.metrics = {name: float(value) for name, value in numbers.items()}
    recorder.stopped = recorder.asked_to_stop()


@contextmanager
def _wrapped(train: Train, report: Report, what: str) -> Iterator[None]:
    """A block in which what Keras, the data or the caller's code raises becomes a diagnostic."""
    from modelspec.link.refusal import point_of
    from modelspec.link.training.blame import raised_in

    try:
        yield
    except (SpecError, NanLossError):
        raise
    except Exception as error:
        report.fail(
            "training-failed",
            f"{what}: {point_of(error)}",
            train.origin.place,
            frames=train.origin.frames,
            notes=raised_in(error),
        )


def _in_words(metrics: Mapping[str, Any]) -> str:
    shown = [f"{name} {value:.4g}" for name, value in metrics.items() if isinstance(value, float)][:2]
    return f"  {', '.join(shown)}" if shown else ""
