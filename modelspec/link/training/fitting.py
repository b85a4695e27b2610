"""A live model trained by `Model.fit`, from the beginning or from where an earlier run came to."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import keras

from modelspec.catalog.resolved import Fit, KerasObject
from modelspec.catalog.train_section import PATHS
from modelspec.link.training.batches import Batches, batches_of
from modelspec.link.training.feed import Feed, Samples
from modelspec.link.training.watcher import Begun, Hooks, Listener, Watcher

# What is said of arrays, of which we make the batches.
_OF_ARRAYS = frozenset(
    {
        "batch_size",
        "shuffle",
        "steps_per_epoch",
        "validation_batch_size",
        "validation_split",
        "validation_steps",
    }
)


class CallbackRefusedError(Exception):
    """A callback cannot be made of its arguments.

    Args:
        callback: which.
        error: what it raised.
    """

    def __init__(self, callback: KerasObject, error: Exception) -> None:
        super().__init__(str(error))
        self.callback = callback
        self.error = error


def fit_model(
    model: Any, feed: Feed, fit: Fit, hooks: Hooks, *, folder: Path, seed: int, begun: Begun
) -> None:
    """Train a model as `Model.fit` does.

    Args:
        model: compiled.
        feed: what it is trained on; a share for validation is taken off already.
        fit: its arguments.
        hooks: told of batches and epochs.
        folder: what callbacks write lies in it.
        seed: of all that draws.
        begun: where it goes on.

    Raises:
        CallbackRefusedError: before anything is trained.
        Exception: whatever Keras, the data or a callback raises.
    """
    callbacks = [make_callback(callback, folder, goes_on=begun.epoch > 0) for callback in fit.callbacks]
    arguments: dict[str, Any] = dict(fit.arguments)
    data: dict[str, Any] = {}
    batches: list[Batches] = []
    if isinstance(feed.training, Samples):
        made = batches_of(feed.training, model, arguments, seed=seed)
        batches.append(made)
        data["x"] = made
        # Batches come in their order already.
        arguments = {name: value for name, value in arguments.items() if name not in _OF_ARRAYS}
        data["shuffle"] = False
    else:
        data |= _as_arguments(feed.training)
    if isinstance(feed.validation, Samples):
        data["validation_data"] = batches_of(
            feed.validation, model, fit.arguments, seed=seed, validation=True
        )
    elif feed.validation is not None:
        data["validation_data"] = feed.validation
    epochs, first = arguments.pop("epochs", 1), arguments.pop("initial_epoch", 0)
    watcher = Watcher(callbacks, begun, hooks, seed=seed, batches=batches)
    model.fit(
        **(data | arguments),
        epochs=begun.epoch if begun.stopped else epochs,
        initial_epoch=max(first, begun.epoch),
        callbacks=[Listener(hooks), *callbacks, watcher],
        verbose=0,
    )


def make_callback(callback: KerasObject, folder: Path, *, goes_on: bool) -> Any:
    """A callback, made by its constructor, for Keras has no other way. Raises `CallbackRefusedError`."""
    data = callback.data
    try:
        cls = _class_of(data)
        arguments = keras.saving.deserialize_keras_object(data.get("config") or {})
        name = str(data.get("class_name"))
        written = PATHS.get(name) if data.get("registered_name") is None else None
        if written is not None:
            arguments[written] = str(folder / str(arguments.get(written) or "logs"))
        if goes_on and name == "CSVLogger":
            arguments["append"] = True
        return cls(**arguments)
    except Exception as error:
        raise CallbackRefusedError(callback, error) from error


def _class_of(data: Mapping[str, object]) -> Callable[..., Any]:
    registered = data.get("registered_name")
    if isinstance(registered, str):
        found: Callable[..., Any] = keras.saving.get_registered_object(registered)
        return found
    public: Callable[..., Any] = getattr(keras.callbacks, str(data["class_name"]))
    return public


def _as_arguments(given: Any) -> dict[str, Any]:
    """What a function gave, as `Model.fit` takes it: a tuple by position, a mapping of its names by name."""
    names: Sequence[str] = ("x", "y", "sample_weight")
    if isinstance(given, tuple):
        return dict(zip(names, given, strict=False))
    known = inspect.signature(keras.Model.fit).parameters
    if isinstance(given, dict) and "x" in given and set(given) <= set(known):
        return given
    return {"x": given}
