"""What surrounds the making of a model: a thread whose Keras state is new, and process-wide settings put
back.

Keras keeps names, policies, scopes and the safe mode per thread, so a new thread starts from none of them;
what it keeps per process is set here and put back, on errors too.
"""

from __future__ import annotations

import random
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

import keras

from modelspec.link import private
from modelspec.link.default_policy import with_default_policy

T = TypeVar("T")

# Python's own limit is 1,000; `keras.Model` descends one level per layer of the longest chain.
_FRAMES_PER_CALL = 3
_SPARE_FRAMES = 2_000
_STACK_BYTES_PER_FRAME = 2_048
_MIN_STACK_BYTES = 64 << 20
_MAX_STACK_BYTES = 1 << 30


def in_own_thread(function: Callable[[], T], *, depth: int) -> T:
    """Run `function` in a thread of its own with room for a chain of `depth` calls, and give what it gives.

    The caller's custom object scope is carried over. Exceptions arrive at the caller.
    """
    frames = depth * _FRAMES_PER_CALL + _SPARE_FRAMES
    stack = min(max(frames * _STACK_BYTES_PER_FRAME, _MIN_STACK_BYTES), _MAX_STACK_BYTES)
    custom_objects = private.custom_objects_in_scope()
    outcome: list[T] = []
    failure: list[BaseException] = []

    def run() -> None:
        if custom_objects:
            private.enter_custom_objects(custom_objects)
        try:
            outcome.append(function())
        except BaseException as error:  # carried to the caller, whatever it is
            failure.append(error)

    stack_before, limit_before = threading.stack_size(stack), sys.getrecursionlimit()
    try:
        sys.setrecursionlimit(max(limit_before, frames))
        thread = threading.Thread(target=run, name="modelspec-link", daemon=True)
        thread.start()
        threading.stack_size(stack_before)
        thread.join()
    finally:
        threading.stack_size(stack_before)
        sys.setrecursionlimit(limit_before)
    if failure:
        raise failure[0]
    return outcome[0]


# Keras' own flag is the caller's to set, for purposes of his own; ours is set by an option alone.
_CODE_ALLOWED: ContextVar[bool] = ContextVar("code_allowed", default=False)


@contextmanager
def safe_mode(*, allow_unsafe: bool = False) -> Iterator[None]:
    """Keras reads no code from configs, whatever its global flag says; the flag is put back afterwards.

    Args:
        allow_unsafe: the caller of modelspec trusts the configs, so that it does read code.
    """
    token = _CODE_ALLOWED.set(allow_unsafe)
    try:
        with private.serialization_lib.SafeModeScope(not allow_unsafe):
            yield
    finally:
        _CODE_ALLOWED.reset(token)


def code_allowed() -> bool:
    """Whether this thread stands in a `safe_mode` that allows code."""
    return _CODE_ALLOWED.get()


@contextmanager
def pinned_process(*, allow_unsafe: bool = False) -> Iterator[None]:
    """Settings that Keras keeps per process, at the values every build has, and put back afterwards.

    Args:
        allow_unsafe: see `safe_mode`.
    """
    state = random.getstate()
    before = (keras.config.floatx(), keras.config.epsilon())
    with ExitStack() as stack:
        stack.callback(random.setstate, state)
        stack.callback(keras.config.set_floatx, before[0])
        stack.callback(keras.config.set_epsilon, before[1])
        stack.callback(keras.config.set_image_data_format, keras.config.image_data_format())
        stack.enter_context(private.without_nnx())
        stack.enter_context(_without_tensorflow())
        keras.config.set_floatx("float32")
        keras.config.set_epsilon(1e-7)
        # Keras' advice to the reader of a traceback costs time at each call and hides the sentence that
        # matters.
        keras.config.disable_traceback_filtering()
        stack.enter_context(safe_mode(allow_unsafe=allow_unsafe))
        yield


@contextmanager
def document_settings(*, dtype: object, data_format: str) -> Iterator[None]:
    """The dtype policy and the data format of one document or model.

    Args:
        dtype: a policy's name or serialization dict.
        data_format: `channels_last` or `channels_first`.
    """
    policy_before = keras.config.dtype_policy()
    format_before = keras.config.image_data_format()
    try:
        keras.config.set_dtype_policy(_policy_of(dtype))
        keras.config.set_image_data_format(data_format)
        yield
    finally:
        keras.config.set_dtype_policy(policy_before)
        keras.config.set_image_data_format(format_before)


def _policy_of(dtype: object) -> Any:
    return keras.dtype_policies.get(with_default_policy(dtype) if isinstance(dtype, dict) else dtype)


def start_names(seed: str) -> None:
    """Count automatic names from the start and draw Python's random numbers from `seed`.

    Called before each layer is made, so neither the names inside it nor the seeds that Keras picks for it
    depend on what was made before.
    """
    private.start_name_counts()
    random.seed(seed)


@contextmanager
def _without_tensorflow() -> Iterator[None]:
    """Keras does not import TensorFlow merely because it is installed beside the backend in use."""
    if keras.config.backend() == "tensorflow" or "tensorflow" in sys.modules:
        yield
        return
    with private.hidden_tensorflow():
        yield


def show_tensorflow() -> bool:
    """Let Keras find TensorFlow for the rest of the build, for a class that cannot do without; whether that
    is new.
    """
    return keras.config.backend() != "tensorflow" and private.show_tensorflow()


@contextmanager
def collected_warnings() -> Iterator[list[Any]]:
    """The warnings given meanwhile, each of them, instead of on the terminal."""
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        yield found
