"""Two classes that claim one name, and one whose name another module claims."""

from __future__ import annotations

import keras


@keras.saving.register_keras_serializable(package="acme", name="Pool1")
class First(keras.layers.Layer):
    """The first."""


@keras.saving.register_keras_serializable(package="acme", name="Pool1")
class Second(keras.layers.Layer):
    """The second."""


@keras.saving.register_keras_serializable(package="acme", name="Pool2")
class Third(keras.layers.Layer):
    """The third."""
