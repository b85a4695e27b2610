"""Layers of the package."""

from __future__ import annotations

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="acme")
class AttentionPool(keras.layers.Layer):
    """Pools a sequence by attention, with several heads.

    Args:
        heads: how many ways of looking at the sequence; they must divide its features.
    """

    def __init__(self, heads: int, *, scale: float = 1.0, **kwargs):
        super().__init__(**kwargs)
        self.heads = heads
        self.scale = scale

    def build(self, input_shape):
        features = input_shape[-1]
        if features % self.heads:
            raise ValueError(f"heads={self.heads} does not divide {features} features")
        self.query = self.add_weight(name="query", shape=(features, self.heads), initializer="glorot_uniform")
        self.built = True

    def call(self, inputs):
        scores = ops.softmax(ops.matmul(inputs, self.query) * self.scale, axis=-2)
        heads = ops.split(inputs, self.heads, axis=-1)
        pooled = [ops.sum(part * scores[..., i : i + 1], axis=-2) for i, part in enumerate(heads)]
        return ops.concatenate(pooled, axis=-1)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-2], input_shape[-1])

    def get_config(self):
        return {**super().get_config(), "heads": self.heads, "scale": self.scale}


@keras.saving.register_keras_serializable(package="acme")
class Residual(keras.layers.Layer):
    """Adds what a layer gives to what it was given."""

    def __init__(self, layer: keras.Layer, **kwargs):
        super().__init__(**kwargs)
        self.layer = layer

    def build(self, input_shape):
        self.layer.build(input_shape)
        self.built = True

    def call(self, inputs):
        return inputs + self.layer(inputs)

    def get_config(self):
        return {**super().get_config(), "layer": keras.saving.serialize_keras_object(self.layer)}

    @classmethod
    def from_config(cls, config):
        config = {**config, "layer": keras.saving.deserialize_keras_object(config["layer"])}
        return cls(**config)


@keras.saving.register_keras_serializable(package="acme")
def swish2(x):
    """`x * sigmoid(2 x)`."""
    return x * ops.sigmoid(2.0 * x)
