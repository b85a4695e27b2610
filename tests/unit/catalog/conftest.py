"""Keras as the oracle, on the backend that imports fastest."""

from __future__ import annotations

import os

os.environ.setdefault("KERAS_BACKEND", "jax")
