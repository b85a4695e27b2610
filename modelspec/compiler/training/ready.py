"""A document whose training is checked: all that can be found wrong before Keras, and before an epoch."""

from __future__ import annotations

from modelspec.compiler.stages import check_document, compile_checked
from modelspec.compiler.training.files import FilesRead, read_files
from modelspec.compiler.training.functions import Function, find_function
from modelspec.compiler.values import Checked, Compiled, Options, Progress, Text, silent
from modelspec.diagnostics import Report
from modelspec.frozen import dataclass
from modelspec.language.closed_train import FileData, FunctionData, Train
from modelspec.language.load import loader_for


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
