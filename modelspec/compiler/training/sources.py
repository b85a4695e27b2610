"""What a model is trained on once Keras is there: arrays of files, a data set of Keras, a function's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from modelspec.compiler.training.files import FilesRead
from modelspec.compiler.training.functions import Function, function_in
from modelspec.diagnostics import Report
from modelspec.language.closed_train import DatasetData, FileData, FunctionData, Share, Train
from modelspec.language.values import Fields, to_data
from modelspec.link.training.feed import Feed, Samples

if TYPE_CHECKING:
    from modelspec.link.registered.registry import Registry


def feed_of(
    train: Train,
    read: FilesRead | None,
    functions: tuple[Function, ...],
    registry: Registry,
    report: Report,
) -> Feed:
    """What the model is given, a share for validation taken off.

    Raises:
        SpecError: the data cannot be had, or what is said of it does not fit.
    """
    match train.data:
        case FileData():
            assert read is not None
            return _shared(read.feed, read.share, report)
        case DatasetData() as data:
            return _dataset(data, report)
        case FunctionData() as data:
            return _called(data, functions, registry, report)
        case None:
            raise AssertionError("a function trains by itself")


def called_with(args: Fields | None) -> dict[str, Any]:
    """The arguments of a caller's function, as plain values."""
    found = to_data(args) if args is not None else {}
    assert isinstance(found, dict)
    return found


def _shared(feed: Feed, share: Share | None, report: Report) -> Feed:
    if share is None:
        return feed
    from modelspec.link.training.batches import split

    try:
        training, validation = split(feed.training, share.fraction)
    except ValueError as error:
        report.fail(
            "data-mismatch", str(error), share.origin.place, help="give more samples, or a larger share"
        )
    return Feed(training, validation)


def _dataset(data: DatasetData, report: Report) -> Feed:
    from modelspec.link.refusal import point_of
    from modelspec.link.training.datasets import load_dataset

    name = str(data.dataset.value)
    try:
        training, test = load_dataset(name, called_with(data.args))
    except Exception as error:
        report.fail(
            "training-failed",
            f"`keras.datasets.{name}` cannot be loaded: {point_of(error)}",
            data.origin.place,
            help="Keras downloads a data set at its first use",
        )
    if data.validation == "test":
        return Feed(training, test)
    return _shared(Feed(training), data.validation, report)


def _called(data: FunctionData, functions: tuple[Function, ...], registry: Registry, report: Report) -> Feed:
    from modelspec.link.refusal import point_of
    from modelspec.link.training.blame import raised_in

    (function,) = functions
    load = function_in(function, registry.modules, report)
    try:
        given = load(**called_with(data.args))
    except Exception as error:
        report.fail(
            "training-failed",
            f"`{function.written}` fails: {point_of(error)}",
            function.origin.place,
            notes=raised_in(error),
        )
    arrays = _as_samples(given)
    if arrays is not None:
        return _shared(Feed(arrays), data.validation, report)
    if data.validation is not None:
        report.fail(
            "data-mismatch",
            f"`{function.written}` gives no arrays, of which a share could be kept for validation",
            data.validation.origin.place,
            help="let it return `{'x': …, 'validation_data': …}`",
        )
    return Feed(given)


def _as_samples(given: Any) -> Samples | None:
    """Arrays in a tuple; `None` where they are anything else, which Keras takes as it is."""
    import numpy as np

    def is_arrays(value: Any) -> bool:
        return isinstance(value, np.ndarray) or (
            isinstance(value, dict) and bool(value) and all(isinstance(v, np.ndarray) for v in value.values())
        )

    if isinstance(given, tuple) and 1 <= len(given) <= 3 and all(is_arrays(part) for part in given):
        return Samples(*given)
    return None
