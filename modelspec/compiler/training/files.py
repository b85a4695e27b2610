"""The arrays that `train.data` names: found in their files, read and held against the model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modelspec.archive.container import sha256_of
from modelspec.archive.refusal import Refused
from modelspec.diagnostics import Report, nearest
from modelspec.diagnostics.shown import shown
from modelspec.graph.model import Graph, TensorList, TensorMap, WholeModel
from modelspec.language.closed import Input
from modelspec.language.closed_train import Arrays, ArraySource, FileData, NamedArrays, Share
from modelspec.language.closed_train import Samples as WrittenSamples
from modelspec.language.load import Loader
from modelspec.language.values import Origin
from modelspec.link.training.feed import Feed, Samples
from modelspec.training.data.held import ONLY, DataFile
from modelspec.training.data.opening import open_data

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[Any]

_MOST_LISTED = 8


@dataclass(frozen=True, slots=True)
class FilesRead:
    """What the files gave.

    Args:
        feed: the arrays; a share for validation is not taken off yet.
        share: of the samples for validation.
        files: as written, each with its SHA-256.
    """

    feed: Feed
    share: Share | None
    files: tuple[tuple[str, str], ...]


def read_files(data: FileData, model: Graph | WholeModel, loader: Loader, report: Report) -> FilesRead | None:
    """Read what is trained on; `None` where something does not fit, which is reported."""
    files = _Files(loader, report)
    reader = _Reader(model, files, report)
    found = len(report.diagnostics)
    training = reader.samples(data.samples)
    validation = None
    if isinstance(data.validation, WrittenSamples):
        validation = reader.samples(data.validation)
    if any(item.severity == "error" for item in report.diagnostics[found:]) or training is None:
        return None
    share = data.validation if isinstance(data.validation, Share) else None
    return FilesRead(Feed(training, validation), share, files.checksums())


@dataclass(slots=True)
class _Files:
    """Files opened once each; one that cannot be is reported once."""

    loader: Loader
    report: Report
    opened: dict[tuple[Path | None, str], DataFile | None] = field(default_factory=dict)

    def open(self, source: ArraySource) -> DataFile | None:
        """The file of an array."""
        place = source.file_origin.place
        key = (place.source.folder, source.file)
        if key not in self.opened:
            path = self.loader.resolve(source.file, place, self.report)
            self.opened[key] = None
            if path is not None:
                with told(source, self.report):
                    self.opened[key] = open_data(path)
        return self.opened[key]

    def checksums(self) -> tuple[tuple[str, str], ...]:
        """Each file as written, and its SHA-256."""
        return tuple(
            (name, sha256_of(file.path)) for (_, name), file in self.opened.items() if file is not None
        )


class told:
    """A block in which what a file is refused for becomes a diagnostic, where the file is named."""

    def __init__(self, source: ArraySource, report: Report) -> None:
        self._source = source
        self._report = report

    def __enter__(self) -> None:
        """Nothing is needed."""

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        """Report what is known."""
        name, place = shown(self._source.file), self._source.file_origin.place
        match error:
            case Refused():
                code = error.code if error.code == "bad-data" else "bad-data"
                self._report.add(code, f"`{name}` {error.message}", place, help=error.help)
                return True
            case OSError(strerror=str(reason)):
                self._report.add("bad-data", f"`{name}` cannot be read: {reason.lower()}", place)
                return True
            case _:
                return False


@dataclass(frozen=True, slots=True)
class _Reader:
    model: Graph | WholeModel
    files: _Files
    report: Report

    def samples(self, written: WrittenSamples) -> Samples | None:
        """The arrays of a mapping, of equal length and as the model takes them."""
        inputs = {entry.name: entry for entry in self.model.inputs}
        read: list[tuple[Origin, str, Array]] = []
        x = self._read(written.x, read, of="x")
        if x is not None:
            self._hold_to_inputs(written.x, x, inputs)
        y = self._read(written.y, read, of="y") if written.y is not None else None
        weight = (
            self._read(written.sample_weight, read, of="sample_weight")
            if written.sample_weight is not None
            else None
        )
        self._check_counts(read)
        if x is None:
            return None
        outputs = self._outputs()
        for arrays, found in ((written.y, y), (written.sample_weight, weight)):
            if arrays is not None and found is not None:
                self._hold_to_outputs(arrays, outputs)
        return Samples(_of_one_input(x, inputs), _renamed(y, outputs), _renamed(weight, outputs))

    def _read(self, arrays: Arrays, read: list[tuple[Origin, str, Array]], *, of: str) -> Any:
        if isinstance(arrays, ArraySource):
            return self._array(arrays, read, of=of)
        found = {name: self._array(source, read, of=of) for name, source, _ in arrays.items}
        return None if any(array is None for array in found.values()) else found

    def _array(self, source: ArraySource, read: list[tuple[Origin, str, Array]], *, of: str) -> Array | None:
        file = self.files.open(source)
        names = _names(source, file, self.report) if file is not None else None
        if file is None or names is None:
            return None
        with told(source, self.report):
            array = file.read(names)
            called = ", ".join(f"`{shown(name)}`" for name in names if name) or f"`{shown(source.file)}`"
            if of != "x" and array.dtype.kind not in "biuf":
                self.report.add(
                    "data-mismatch",
                    f"{called} holds texts, and what a model learns is numbers",
                    source.origin.place,
                    help="number the classes from 0, in the file or in a function: `python: data.py:load`",
                )
                return None
            read.append((source.origin, called, array))
            return array
        return None

    def _check_counts(self, read: list[tuple[Origin, str, Array]]) -> None:
        for origin, name, array in read[1:]:
            first = read[0]
            if len(array) != len(first[2]):
                self.report.add(
                    "data-mismatch",
                    f"{name} has {len(array):,} samples, and {first[1]} has {len(first[2]):,}",
                    origin.place,
                    help="the first axis of every array is that of the samples",
                    frames=origin.frames,
                )

    def _hold_to_inputs(self, written: Arrays, read: Any, inputs: Mapping[str, Input]) -> None:
        if not inputs:
            return
        if isinstance(written, NamedArrays):
            for name, _, place in written.items:
                if name not in inputs:
                    near = nearest(name, inputs)
                    self.report.add(
                        "unknown-input",
                        f"the model has no input `{shown(name)}`",
                        place,
                        help=f"did you mean `{near}`?" if near else f"it has {_quoted(inputs)}",
                    )
            missing = [name for name in inputs if name not in read and not inputs[name].optional]
            if missing:
                self.report.add(
                    "unknown-input",
                    f"nothing is given for input {_quoted(missing)}",
                    written.origin.place,
                    help="name an array for it",
                )
            for name, source, _ in written.items:
                if name in inputs:
                    self._check_input(read[name], inputs[name], source.origin)
        elif len(inputs) > 1:
            self.report.add(
                "unknown-input",
                f"the model has {len(inputs)} inputs, {_quoted(inputs)}, and `x` is one array",
                written.origin.place,
                help=f"write a mapping: `x: {{{', '.join(f'{name}: …' for name in inputs)}}}`",
            )
        else:
            self._check_input(read, next(iter(inputs.values())), written.origin)

    def _check_input(self, array: Array, entry: Input, origin: Origin) -> None:
        if array.dtype.kind not in "biuf" and entry.dtype != "string":
            self.report.add(
                "data-mismatch",
                f"texts are given for input `{entry.name}`, which takes numbers",
                origin.place,
                help="give the input `dtype: string`, or number them in a function: `python: data.py:load`",
            )
            return
        wanted = entry.shape if entry.shape is not None else (entry.batch_shape or (None,))[1:]
        if not _fits(array.shape[1:], wanted):
            self.report.add(
                "data-mismatch",
                f"samples of shape {list(array.shape[1:])} are given for input `{entry.name}`, which takes"
                f" {_shape(wanted)}",
                origin.place,
                help="the first axis of the array, that of the samples, does not count",
                frames=origin.frames,
            )

    def _outputs(self) -> Mapping[str, str]:
        """The outputs' names as written and in Keras; none where they cannot be known."""
        if isinstance(self.model, WholeModel):
            return {}
        names = dict(self.model.output_names)
        if isinstance(self.model.outputs, TensorMap):
            names |= {key: key for key, _ in self.model.outputs.items if key not in names}
        return names

    def _hold_to_outputs(self, written: Arrays, outputs: Mapping[str, str]) -> None:
        if isinstance(written, NamedArrays):
            known = {*outputs, *outputs.values()}
            for name, _, place in written.items:
                if outputs and name not in known:
                    near = nearest(name, outputs)
                    self.report.add(
                        "unknown-output",
                        f"the model has no output `{shown(name)}`",
                        place,
                        help=f"did you mean `{near}`?" if near else f"it has {_quoted(outputs)}",
                    )
        elif isinstance(self.model, Graph) and isinstance(self.model.outputs, TensorMap | TensorList):
            count = len(self.model.outputs.items)
            if count > 1:
                self.report.add(
                    "unknown-output",
                    f"the model has {count} outputs, and one array is given",
                    written.origin.place,
                    help="write a mapping of outputs to arrays"
                    + (f": {_quoted(outputs)}" if outputs else ""),
                )


def _names(source: ArraySource, file: DataFile, report: Report) -> tuple[str, ...] | None:
    """What is read of a file; names that it does not hold are reported."""
    name = shown(source.file)
    held = file.held
    if not source.names:
        if len(held) == 1:
            return tuple(held)
        report.add(
            "unknown-array",
            f"`{name}` holds several {file.what}s, and none is named",
            source.origin.place,
            help=f"it holds {_quoted(held)}",
        )
        return None
    if ONLY in held:
        report.add(
            "unknown-array",
            f"`{name}` holds one array, which has no name",
            source.origin.place,
            help=f"write `{{file: {name}}}`",
        )
        return None
    if source.listed and file.what == "array":
        report.add(
            "wrong-kind",
            f"a list names columns of a table, and `{name}` holds arrays",
            source.origin.place,
            help=f"name one of {_quoted(held)}",
        )
        return None
    for wanted in source.names:
        if wanted not in held:
            near = nearest(wanted, held)
            report.add(
                "unknown-array",
                f"`{name}` holds no {file.what} `{shown(wanted)}`",
                source.origin.place,
                help=f"did you mean `{shown(near)}`?" if near else f"it holds {_quoted(held)}",
                frames=source.origin.frames,
            )
            return None
    return source.names


def _fits(given: tuple[int, ...], wanted: tuple[int | None, ...]) -> bool:
    """Whether Keras takes samples of one shape for an input of another: it adds or drops a last axis of 1."""
    if len(given) == len(wanted) + 1 and given[-1] == 1:
        given = given[:-1]
    elif len(given) == len(wanted) - 1 and wanted[-1] == 1:
        wanted = wanted[:-1]
    return len(given) == len(wanted) and all(
        size is None or size == found for found, size in zip(given, wanted, strict=True)
    )


def _shape(wanted: tuple[int | None, ...]) -> str:
    return "[" + ", ".join("null" if size is None else str(size) for size in wanted) + "]"


def _of_one_input(x: Any, inputs: Mapping[str, Input]) -> Any:
    """One array, where there is one input and it is named."""
    return (
        x[next(iter(inputs))] if isinstance(x, dict) and len(inputs) == 1 and x.keys() == inputs.keys() else x
    )


def _renamed(y: Any, outputs: Mapping[str, str]) -> Any:
    if not isinstance(y, dict):
        return y
    return {outputs.get(name, name): array for name, array in y.items()}


def _quoted(names: Iterator[str] | Any) -> str:
    found = [f"`{shown(name)}`" for name in names]
    rest = len(found) - _MOST_LISTED
    return ", ".join(found[:_MOST_LISTED]) + (f" and {rest} more" if rest > 0 else "")
