"""Variables without values: how they are made, who reads them too early, and how they get a value after all.

Inside `keras.StatelessScope(initialize_variables=False)` a layer's variables have a shape, a dtype and an
initializer, but no value. Where that would be wrong the watch sees it, and the layer is built the ordinary
way.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum, auto
from typing import Any

import keras

from modelspec.link import private


class Reading(Enum):
    """What happens when the value of a variable that has none is read outside Keras' symbolic scope."""

    REFUSED = auto()
    """The read is noted and raises: a layer is being built, which must then be built the ordinary way."""

    PASSED_OVER = auto()
    """It raises: Keras' walk looks at a property and passes over those that raise."""

    DRAWN = auto()
    """The value is drawn for good, so that whoever reads it later gets the same."""


class ValueNeededError(Exception):
    """A value was read that is not there."""


class TooLargeError(BaseException):
    """A variable is beyond a bound; nothing was allocated for it.

    No `Exception`, for Keras catches those in many places and wraps them in advice.

    Args:
        shape: of the variable.
        ordinary: it must be built the ordinary way, which holds the values in memory.
    """

    def __init__(self, shape: tuple[int, ...], *, ordinary: bool) -> None:
        super().__init__(shape, ordinary)
        self.shape = shape
        self.ordinary = ordinary


class Watch:
    """Sees which variables are made, read too early and assigned in its thread, while `installed`.

    Args:
        max_params: the most elements a variable may have.
        max_ordinary_bytes: the most bytes that layers built the ordinary way may draw, all together.

    Attributes:
        with_values: the layers that were built the ordinary way.
    """

    def __init__(self, *, max_params: int, max_ordinary_bytes: int = 1 << 30) -> None:
        self.reading = Reading.DRAWN
        self.refused_reads = 0
        self.with_values: list[Any] = []
        self._max_params = max_params
        self._bytes_left = max_ordinary_bytes
        self._ordinary = False
        self._drawn: dict[int, tuple[Any, Any]] = {}
        self._assigned: dict[int, Any] = {}

    def initializer(self, variable: Any) -> Any:
        """What the variable's value is drawn by; `None` where the value it has must be kept."""
        if not private.has_value(variable):
            return private.initializer_of(variable)
        if id(variable) in self._assigned:
            return None
        return self._drawn.get(id(variable), (None, None))[1]

    @contextmanager
    def read_as(self, reading: Reading) -> Iterator[None]:
        """Answer early reads in this way for a while."""
        before = self.reading
        self.reading = reading
        try:
            yield
        finally:
            self.reading = before

    @contextmanager
    def ordinary(self) -> Iterator[None]:
        """Whatever is made meanwhile is made with its value, and remembered with its initializer."""
        self._ordinary = True
        try:
            yield
        finally:
            self._ordinary = False

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Watch the current thread; other threads' variables behave as ever."""
        wraps = (
            self._wrap_init,
            self._wrap_value,
            self._wrap_initialize,
            self._wrap_assign,
            self._wrap_finalize,
        )
        watched = (*private.variable_methods(), (keras.layers.Normalization, "finalize_state"))
        thread = threading.get_ident()
        undo = []
        try:
            for (cls, name), wrap in zip(watched, wraps, strict=True):
                undo.append((cls, name, vars(cls).get(name)))
                setattr(cls, name, wrap(getattr(cls, name), thread))
            yield
        finally:
            for cls, name, original in reversed(undo):
                if original is None:
                    delattr(cls, name)
                else:
                    setattr(cls, name, original)

    def _wrap_init(self, original: Any, thread: int) -> Any:
        def init(variable: Any, initializer: Any, *args: Any, **kwargs: Any) -> None:
            if threading.get_ident() == thread:
                shape = args[0] if args else kwargs.get("shape")
                if shape is not None and callable(initializer):
                    self._bound(tuple(shape))
                elif _is_concrete(initializer) and private.in_stateless_scope():
                    # Keras would refuse; inside its symbolic scope it does so with reason.
                    with private.outside_stateless_scope():
                        original(variable, initializer, *args, **kwargs)
                    return
            original(variable, initializer, *args, **kwargs)

        return init

    def _bound(self, shape: tuple[Any, ...]) -> None:
        known = tuple(size for size in shape if isinstance(size, int))
        if len(known) == len(shape) and math.prod(known) > self._max_params:
            raise TooLargeError(known, ordinary=False)

    def _wrap_value(self, original: Any, thread: int) -> Any:
        blank = keras.initializers.Zeros()

        def value(variable: Any) -> Any:
            if private.has_value(variable) or threading.get_ident() != thread:
                return original.fget(variable)
            if not private.in_symbolic_scope():
                if private.value_in_scope(variable) is None:
                    self._early_read(variable)
                return original.fget(variable)
            # Keras draws a throw-away value here; its shape is all that counts, and zeros are cheap.
            initializer = private.exchange_initializer(variable, blank)
            try:
                return original.fget(variable)
            finally:
                private.exchange_initializer(variable, initializer)

        return property(value)

    def _early_read(self, variable: Any) -> None:
        match self.reading:
            case Reading.REFUSED:
                self.refused_reads += 1
                raise ValueNeededError(variable.path)
            case Reading.PASSED_OVER:
                raise ValueNeededError(variable.path)
            case Reading.DRAWN:
                initializer = private.initializer_of(variable)
                with private.outside_stateless_scope(), self.ordinary():
                    private.draw_value(variable, initializer)
                # The value was seen, so it is the value, whatever it could be drawn by.
                self._assigned[id(variable)] = variable

    def _wrap_initialize(self, original: Any, thread: int) -> Any:
        def initialize(variable: Any, initializer: Any) -> None:
            if self._ordinary and threading.get_ident() == thread:
                shape = private.shape_of(variable)
                self._bytes_left -= 4 * math.prod(shape)
                if self._bytes_left < 0:
                    raise TooLargeError(shape, ordinary=True)
                self._drawn[id(variable)] = (variable, initializer)
            original(variable, initializer)

        return initialize

    def _wrap_finalize(self, original: Any, thread: int) -> Any:
        def finalize_state(layer: Any) -> None:
            if threading.get_ident() == thread and private.set_blank_statistics(layer):
                return
            original(layer)

        return finalize_state

    def _wrap_assign(self, original: Any, thread: int) -> Any:
        def assign(variable: Any, value: Any) -> Any:
            if self._ordinary and threading.get_ident() == thread and not private.in_stateless_scope():
                self._assigned[id(variable)] = variable
            return original(variable, value)

        return assign


@contextmanager
def without_values() -> Iterator[Any]:
    """Keras' scope in which variables get no value, then or later; gives the scope, whose `state_mapping`
    holds assignments.
    """
    with private.unmade_forgotten(), keras.StatelessScope(initialize_variables=False) as scope:
        yield scope


def _is_concrete(initializer: Any) -> bool:
    return not callable(initializer) and not isinstance(initializer, str) and not private.in_symbolic_scope()
