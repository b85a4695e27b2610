"""A class that claims a name another module has."""

from __future__ import annotations

import keras


@keras.saving.register_keras_serializable(package="acme", name="Pool2")
class Other(keras.layers.Layer):
    """Another."""
