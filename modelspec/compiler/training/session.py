"""A run of training: begun or gone on with in its folder, and ended with the trained archive."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modelspec.archive.write_failures import diagnosed_writing
from modelspec.compiler.produce import Built, TrainedValues, write_archive
from modelspec.compiler.training.fitting import call_entry, fit_as_written
from modelspec.compiler.training.functions import Function
from modelspec.compiler.training.history import NanLossError, Recorder, begin, last_metrics, open_log
from modelspec.compiler.training.identity import identity_of, record_of, seed_of
from modelspec.compiler.training.ready import Ready
from modelspec.compiler.training.values import Run, State, Trained
from modelspec.compiler.values import Compiled, Progress, silent
from modelspec.diagnostics import Report
from modelspec.training.folder import LockedError, RunFolder, locked, write_json

if TYPE_CHECKING:
    from modelspec.link.registered.registry import Registry
    from modelspec.training.folder import Kept


def train_ready(
    ready: Ready, compiled: Compiled, run: Run, report: Report, *, progress: Progress = silent
) -> Trained:
    """Train a model that is compiled, and write it as an archive.

    Args:
        ready: what it is trained on and how.
        compiled: of the same document.

    Raises:
        SpecError: training fails, or the run cannot go on; no archive was written, and what was kept stays.
    """
    folder = RunFolder(run.folder)
    try:
        with diagnosed_writing(run.folder, report), locked(folder):
            return _Session(ready, compiled, run, folder, report, progress).result()
    except LockedError:
        report.fail(
            "run-locked",
            f"another process trains in `{run.folder}`",
            help="wait for it, or give this run a folder of its own with `--run`",
        )


class _Session:
    """One process's part of a run."""

    def __init__(
        self,
        ready: Ready,
        compiled: Compiled,
        run: Run,
        folder: RunFolder,
        report: Report,
        progress: Progress,
    ) -> None:
        self.ready, self.compiled, self.run = ready, compiled, run
        self.folder, self.report, self.progress = folder, report, progress
        self.seed = seed_of(compiled)
        self.wanted = _epochs(compiled)
        identity = identity_of(compiled, ready.files, _code(ready.functions))
        self.kept = begin(run, folder, identity, report)
        self._check_length()
        begun = self.kept.epoch if self.kept is not None else 0
        self.recorder = Recorder(
            folder,
            identity,
            report,
            write=self._write,
            every=ready.train.checkpoint,
            last=self.wanted,
            epochs=begun,
            kept=begun,
            metrics=last_metrics(folder),
        )

    def result(self) -> Trained:
        """Train, and say how it ended."""
        recorder = self.recorder
        state: State | None = None
        built = None
        try:
            self.progress("importing keras", 0, 0)
            with _keras(self.ready, self.compiled, self.report) as registry, open_log(self.folder) as log:
                with _told(self.report, log), redirect_stdout(log):
                    model = self._train(registry)
                self.progress("writing the trained archive", 0, 0)
                built = self._write(model, self.run.output, recorder.epochs)
            state = "stopped" if recorder.stopped else "done"
            if state == "done":
                recorder.finish()
        except NanLossError as error:
            self._fail_of_nan(error.epoch)
        except KeyboardInterrupt:
            state = "interrupted"
        finally:
            self._end(state or "failed", built)
        assert state is not None
        return Trained(
            state=state,
            path=built.path if built is not None else None,
            size=built.size if built is not None else 0,
            params=self.compiled.linked.params,
            epochs=recorder.epochs,
            wanted=self.wanted,
            begun=self.kept.epoch if self.kept is not None else 0,
            kept=recorder.kept_epoch,
            metrics=recorder.metrics,
            folder=self.run.folder,
            floor=self.compiled.floor,
        )

    def _train(self, registry: Registry) -> Any:
        """The model, trained."""
        from modelspec.link.training.seeding import seed_everything

        # Before the model is there: Keras seeds the generators of layers as it makes them.
        seed_everything(self.seed)
        model = _model(self.ready, self.compiled, registry, self.folder, self.kept, self.report)
        if self.ready.train.entry is not None:
            call_entry(self.ready, model, self.recorder, registry, self.report, seed=self.seed)
        else:
            fit_as_written(
                self.ready,
                self.compiled,
                model,
                self.recorder,
                self.kept,
                registry,
                self.report,
                self.progress,
                seed=self.seed,
            )
        return model

    def _write(self, model: Any, target: Path, epochs: int) -> Built:
        """Write a live model as the archive that the document stands for, with the values that it has."""
        from modelspec.link.live import read_live, saved_values

        values = saved_values(read_live(model))
        lacking = [one.address for one in self.compiled.linked.datasets if one.address not in values]
        if lacking:
            self.report.fail(
                "training-failed",
                f"after training the model is another: it has no `{lacking[0]}`",
                self.ready.train.origin.place,
                help="a function that trains may not add layers, take them away, or compile the model anew",
            )
        record = record_of(self.compiled, self.ready.files, epochs=epochs)
        return write_archive(self.compiled, target, self.report, trained=TrainedValues(values, record))

    def _check_length(self) -> None:
        """Refuse a run that has done more than is asked for."""
        kept, wanted = self.kept, self.wanted
        if kept is not None and wanted is not None and kept.epoch > wanted and not kept.stopped:
            self.report.fail(
                "other-run",
                f"the run in `{self.run.folder}` has done {kept.epoch:,} epochs, more than the {wanted:,}"
                " that are asked for",
                help=f"ask for more: `--set train.fit.epochs={kept.epoch}`; `--restart` begins anew",
            )

    def _fail_of_nan(self, epoch: int) -> None:
        kept = self.recorder.kept_epoch
        self.report.fail(
            "nan-loss",
            f"the loss is no number in epoch {epoch:,}"
            + (f"; the state after epoch {kept:,} is kept" if kept else ""),
            self.ready.train.origin.place,
            help="look for NaN in the data and for labels out of range, or lower the learning rate",
        )

    def _end(self, state: str, built: Built | None) -> None:
        """Note how the run ended."""
        data: dict[str, object] = {
            **self.run.note,
            "state": state,
            "epochs": self.recorder.epochs,
            "metrics": dict(self.recorder.metrics),
            "archive": built.path.name if built is not None else None,
            "bytes": built.size if built is not None else None,
        }
        with diagnosed_writing(self.folder.result, self.report):
            write_json(self.folder.result, data)


def _epochs(compiled: Compiled) -> int | None:
    fit = compiled.checked.resolved.fit
    if fit is None:
        return None
    epochs = fit.arguments.get("epochs", 1)
    assert isinstance(epochs, int)
    return epochs


def _code(functions: tuple[Function, ...]) -> str | None:
    """The caller's code, as far as it lies in files that are named."""
    from modelspec.archive.container import sha256_of
    from modelspec.compiler.fingerprint import fingerprint

    hashes = [
        [function.written, sha256_of(function.module.file) if function.module.file is not None else None]
        for function in functions
    ]
    return fingerprint(hashes) if hashes else None


@contextmanager
def _keras(ready: Ready, compiled: Compiled, report: Report) -> Iterator[Registry]:
    """Keras imported, with what the document's modules register and the caller's functions."""
    from modelspec.link.backend import choose_backend, import_keras

    options = compiled.options
    backend = choose_backend(report, asked=options.backend)
    report.raise_if_errors()
    assert backend is not None
    import_keras(backend, cpu_only=options.cpu_only)
    from modelspec.link.registered.collect import collect
    from modelspec.link.scopes import pinned_process

    custom = ready.checked.custom
    modules = {**custom.modules, **{one.module: one.origin for one in ready.functions}}
    registry = collect(modules, custom.objects, report).registry
    report.raise_if_errors()
    with ExitStack() as stack:
        stack.enter_context(pinned_process(allow_unsafe=options.allow_unsafe))
        stack.enter_context(registry.installed())
        yield registry


@contextmanager
def _told(report: Report, log: Any) -> Iterator[None]:
    """What is warned of meanwhile is in the log, and told once each."""
    from modelspec.link.refusal import point_of
    from modelspec.link.scopes import collected_warnings

    warned: list[Any] = []
    try:
        with collected_warnings() as warned:
            yield
    finally:
        for category, text in dict.fromkeys((one.category, str(one.message)) for one in warned):
            if issubclass(category, UserWarning):
                log.write(f"{category.__name__}: {text}\n")
                report.add("keras-warning", point_of(UserWarning(text)))


def _model(
    ready: Ready,
    compiled: Compiled,
    registry: Registry,
    folder: RunFolder,
    kept: Kept | None,
    report: Report,
) -> Any:
    """The live model: as it is built, or as it was kept. Raises `SpecError`."""
    from modelspec.link.restored_model import restore, restore_new

    unsafe = compiled.options.allow_unsafe
    if kept is not None:
        path = folder.checkpoint(kept.epoch)
        try:
            return restore(path, registry, allow_unsafe=unsafe)
        except Exception as error:
            report.fail(
                "bad-checkpoint",
                f"`{path}` cannot be loaded: {_first_line(error)}",
                help="`--restart` begins anew",
            )
    path = folder.path / "initial.keras"
    write_archive(compiled, path, report)
    try:
        return restore_new(
            path,
            compiled.linked,
            registry,
            seed=ready.checked.spec.weights.seed,
            allow_unsafe=unsafe,
        )
    finally:
        path.unlink(missing_ok=True)


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0].rstrip(".").lower()
