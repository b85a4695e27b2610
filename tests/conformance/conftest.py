"""These tests import Keras at once, so the backend is chosen as a build chooses it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from modelspec.diagnostics import Report
from modelspec.link.backend import choose_backend, import_keras

_backend = choose_backend(Report())
assert _backend is not None, "no backend is installed"
import_keras(_backend)


@pytest.fixture
def clean_registry() -> Iterator[None]:
    """What a test has the process register is registered no more after it."""
    import keras

    objects = keras.saving.get_custom_objects()
    before = dict(objects)
    yield
    objects.clear()
    objects.update(before)
