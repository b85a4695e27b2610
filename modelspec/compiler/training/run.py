"""A document's model trained, from its text to the trained archive."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modelspec.archive.write_failures import diagnosed_writing
from modelspec.compiler.produce import Built, TrainedValues, require_archive_name, write_archive
from modelspec.compiler.stages import check_document, compile_checked
from modelspec.compiler.training.files import FilesRead, read_files
from modelspec.compiler.training.functions import Function, find_function, function_in
from modelspec.compiler.training.history import (
    NanLossError,
    Recorder,
    begin,
    begun_from,
    last_metrics,
    open_log,
)
from modelspec.compiler.training.identity import identity_of, record_of, seed_of
from modelspec.compiler.training.values import Run, State, Trained
from modelspec.compiler.values import Checked, Compiled, Options, Progress, Text, silent
from modelspec.diagnostics import Report
from modelspec.frozen import dataclass
from modelspec.language.closed_train import FileData, FunctionData, Train
from modelspec.language.load import loader_for
from modelspec.training.folder import LockedError, RunFolder, locked, write_json

if TYPE_CHECKING:
    from modelspec.link.registered.registry import Registry
    from modelspec.training.folder import Kept


@dataclass(frozen=True, slots=True)
class Ready:
    """A document of which everything is checked that can be without Keras.

    Args:
        read: what its files of data gave; `None` where the data comes from elsewhere.
        functions: the caller's, that it names.
    """

    checked: Checked
    train: Train
    read: FilesRead | None
    functions: tuple[Function, ...]

    @property
    def files(self) -> tuple[tuple[str, str], ...]:
        """The files of data, each with its SHA-256."""
        return self.read.files if self.read is not None else ()


def train_document(
    text: Text, options: Options, run: Run, report: Report, *, progress: Progress = silent
) -> Trained:
    """Train a document's model and write it as an archive.

    Raises:
        SpecError: the document, its data or its training has mistakes; no archive was written.
    """
    require_archive_name(run.output, report)
    progress("checking", 0, 0)
    ready = check_training(text, options, report)
    compiled = compile_checked(ready.checked, options, report, progress=progress)
    check_labels(ready, compiled, report)
    report.raise_if_errors()
    folder = RunFolder(run.folder)
    try:
        with diagnosed_writing(run.folder, report), locked(folder):
            return _train(ready, compiled, run, folder, report, progress)
    except LockedError:
        report.fail(
            "run-locked",
            f"another process trains in `{run.folder}`",
            help="wait for it, or give this run a folder of its own with `--run`",
        )


def check_training(text: Text, options: Options, report: Report) -> Ready:
    """Everything about a training that can be found wrong without Keras. Raises `SpecError`."""
    checked = check_document(text, options, report)
    train = checked.spec.train
    if train is None:
        report.fail(
            "missing-key",
            "the document has no `train`",
            checked.spec.origin.place,
            help="say what it is trained on: `train: {data: {file: data.npz, x: …, y: …}}`",
        )
    loader = loader_for(text.path, root=options.root, allowed=options.allowed_paths)
    named = [train.entry] if train.entry is not None else []
    if isinstance(train.data, FunctionData):
        named.append(train.data.function)
    found = [find_function(one, loader, options.allow, report) for one in named]
    read = None
    if isinstance(train.data, FileData):
        read = read_files(train.data, checked.program.main, loader, report)
    report.raise_if_errors()
    return Ready(checked, train, read, tuple(one for one in found if one is not None))


def check_and_compile(text: Text, options: Options, report: Report, *, progress: Progress = silent) -> int:
    """Everything that can be found wrong before training; how many parameters train. Raises `SpecError`."""
    progress("checking", 0, 0)
    ready = check_training(text, options, report)
    compiled = compile_checked(ready.checked, options, report, progress=progress)
    check_labels(ready, compiled, report)
    report.raise_if_errors()
    return compiled.linked.trainable_params


def check_labels(ready: Ready, compiled: Compiled, report: Report) -> None:
    """Refuse labels that no class of the output has, which Keras turns into NaN or nonsense."""
    from modelspec.compiler.training.labels import report_labels

    if ready.read is not None:
        report_labels(ready.read.feed, compiled, report)


def _train(
    ready: Ready, compiled: Compiled, run: Run, folder: RunFolder, report: Report, progress: Progress
) -> Trained:
    code = _code(ready.functions)
    identity = identity_of(compiled, ready.files, code)
    kept = begin(run, folder, identity, report)
    wanted = _epochs(compiled)
    if kept is not None and wanted is not None and kept.epoch > wanted and not kept.stopped:
        report.fail(
            "other-run",
            f"the run in `{run.folder}` has done {kept.epoch:,} epochs already, and {wanted:,} are asked for",
            help=f"ask for more with `--set train.fit.epochs={kept.epoch}`, or begin anew with `--restart`",
        )
    seed = seed_of(compiled)
    recorder = Recorder(
        folder,
        identity,
        report,
        write=lambda model, path, epoch: _write(ready, compiled, model, path, epoch, report),
        every=ready.train.checkpoint,
        last=wanted,
        epochs=kept.epoch if kept is not None else 0,
        kept=kept.epoch if kept is not None else 0,
        metrics=last_metrics(folder),
    )
    progress("importing keras", 0, 0)
    state: State = "done"
    built: Built | None = None
    with _keras(ready, compiled, report) as registry, open_log(folder) as log:
        try:
            with _told(report, log), redirect_stdout(log):
                # Before the model is there: Keras seeds the generators of layers as it makes them.
                _seed(seed)
                model = _model(ready, compiled, registry, folder, kept, report)
                if ready.train.entry is not None:
                    _call(ready, model, recorder, registry, report, seed=seed)
                else:
                    _fit(ready, compiled, model, recorder, kept, registry, report, progress, seed=seed)
            state = "stopped" if recorder.stopped else "done"
            progress("writing the trained archive", 0, 0)
            built = _write(ready, compiled, model, run.output, recorder.epochs, report)
            if state == "done":
                recorder.finish()
        except NanLossError as error:
            _end(folder, recorder, "failed", None)
            _fail_of_nan(error.epoch, recorder, compiled, report)
        except KeyboardInterrupt:
            state = "interrupted"
    _end(folder, recorder, state, built)
    return Trained(
        state=state,
        path=built.path if built is not None else None,
        size=built.size if built is not None else 0,
        params=compiled.linked.params,
        epochs=recorder.epochs,
        wanted=wanted,
        begun=kept.epoch if kept is not None else 0,
        kept=recorder.kept,
        metrics=recorder.metrics,
        folder=run.folder,
        floor=compiled.floor,
    )


def _end(folder: RunFolder, recorder: Recorder, state: str, built: Built | None) -> None:
    """Note how a run ended."""
    data: dict[str, object] = {
        "state": state,
        "epochs": recorder.epochs,
        "metrics": dict(recorder.metrics),
        "archive": built.path.name if built is not None else None,
        "bytes": built.size if built is not None else None,
    }
    with diagnosed_writing(folder.result, recorder.report):
        write_json(folder.result, data)


def _epochs(compiled: Compiled) -> int | None:
    fit = compiled.checked.resolved.fit
    if fit is None:
        return None
    epochs = fit.arguments.get("epochs", 1)
    assert isinstance(epochs, int)
    return epochs


def _code(functions: tuple[Function, ...]) -> str | None:
    """The caller's code, as far as it lies in files that are named."""
    from modelspec.compiler.fingerprint import fingerprint
    from modelspec.training.data.opening import sha256_of

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


def _seed(seed: int) -> None:
    from modelspec.link.training.seeding import seed_everything

    seed_everything(seed)


def _fit(
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
    from modelspec.compiler.training.sources import feed_of
    from modelspec.link.training.fitting import CallbackRefusedError, fit_model
    from modelspec.link.training.watcher import EpochEnd, Hooks

    fit = compiled.checked.resolved.fit
    assert fit is not None
    total = recorder.last or 1

    def batch(epoch: int, done: int, count: int) -> None:
        progress(f"epoch {epoch + 1} of {total}{_in_words(recorder.metrics)}", done, count)

    def epoch(end: EpochEnd) -> bool:
        ends = recorder.epoch(end)
        if end.epoch == begun.epoch + 1:
            _check_monitors(compiled, end.metrics, report)
        return ends

    begun = begun_from(kept, recorder.folder, report)
    feed = feed_of(ready.train, ready.read, ready.functions, registry, report)
    with _wrapped(ready.train, report, "training fails"):
        try:
            fit_model(
                model,
                feed,
                fit,
                Hooks(batch=batch, epoch=epoch),
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


def _check_monitors(compiled: Compiled, metrics: Mapping[str, float], report: Report) -> None:
    """Refuse a callback that watches what is never reported: it would do nothing, hours long."""
    from modelspec.diagnostics import nearest

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


def _call(
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
        recorder.metrics = {str(name): value for name, value in found.items()}
    recorder.stopped = recorder.asked_to_stop()


@contextmanager
def _wrapped(train: Train, report: Report, what: str) -> Iterator[None]:
    """A block in which what Keras, the data or the caller's code raises becomes a diagnostic."""
    from modelspec.diagnostics import SpecError
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


def _write(ready: Ready, compiled: Compiled, model: Any, target: Path, epochs: int, report: Report) -> Built:
    """Write a live model as the archive that the document stands for, with the values that it has."""
    from modelspec.link.live import read_live, saved_values

    values = saved_values(read_live(model))
    lacking = [one.address for one in compiled.linked.datasets if one.address not in values]
    if lacking:
        report.fail(
            "training-failed",
            f"after training the model is another: it has no `{lacking[0]}`",
            ready.train.origin.place,
            help="a function that trains may not add layers, take them away, or compile the model anew",
        )
    record = record_of(compiled, ready.files, epochs=epochs)
    return write_archive(compiled, target, report, trained=TrainedValues(values, record))


def _fail_of_nan(epoch: int, recorder: Recorder, compiled: Compiled, report: Report) -> None:
    kept = f"; the state after epoch {recorder.kept:,} is kept" if recorder.kept else ""
    section = compiled.checked.spec.train
    assert section is not None
    report.fail(
        "nan-loss",
        f"the loss is no number in epoch {epoch:,}{kept}",
        section.origin.place,
        help="look for NaN in the data and for labels out of range, or train with a smaller learning rate",
    )


def _in_words(metrics: Mapping[str, Any]) -> str:
    shown = [f"{name} {value:.4g}" for name, value in metrics.items() if isinstance(value, float)][:4]
    return f"  {', '.join(shown)}" if shown else ""


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0].rstrip(".").lower()
