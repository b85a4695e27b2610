"""These tests import Keras at once, so the backend is chosen as a build chooses it."""

from __future__ import annotations

from modelspec.diagnostics import Report
from modelspec.link.backend import choose_backend, import_keras

_backend = choose_backend(Report())
assert _backend is not None, "no backend is installed"
import_keras(_backend)
