"""Classes with the habits that people's classes have, good and bad."""

from __future__ import annotations

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="acme")
class NoFromConfig(keras.layers.Layer):
    """Saves an inner layer and does not read it back."""

    def __init__(self, layer, **kwargs):
        super().__init__(**kwargs)
        self.layer = layer

    def build(self, input_shape):
        self.layer.build(input_shape)
        self.built = True

    def call(self, inputs):
        return self.layer(inputs)

    def get_config(self):
        return {**super().get_config(), "layer": keras.saving.serialize_keras_object(self.layer)}


@keras.saving.register_keras_serializable(package="acme")
class HandlesDicts(keras.layers.Layer):
    """Takes layers in a list and a mapping, as objects or as Keras writes them."""

    def __init__(self, layers, by_name=None, init="zeros", **kwargs):
        super().__init__(**kwargs)
        self.layers = [_read(layer) for layer in layers]
        self.by_name = {name: _read(layer) for name, layer in (by_name or {}).items()}
        self.init = keras.initializers.get(init)

    def build(self, input_shape):
        for layer in (*self.layers, *self.by_name.values()):
            layer.build(input_shape)
        self.gain = self.add_weight(name="gain", shape=(input_shape[-1],), initializer=self.init)
        self.built = True

    def call(self, inputs):
        for layer in (*self.layers, *self.by_name.values()):
            inputs = layer(inputs)
        return inputs * self.gain

    def get_config(self):
        write = keras.saving.serialize_keras_object
        return {
            **super().get_config(),
            "layers": [write(layer) for layer in self.layers],
            "by_name": {name: write(layer) for name, layer in self.by_name.items()},
            "init": keras.initializers.serialize(self.init),
        }


def _read(layer):
    return keras.saving.deserialize_keras_object(layer) if isinstance(layer, dict) else layer


@keras.saving.register_keras_serializable(package="acme")
class Plain(keras.layers.Layer):
    """Has no `get_config`: Keras saves plain arguments by itself."""

    def __init__(self, size, pair=(1, 1), free=None, **kwargs):
        super().__init__(**kwargs)
        self.size = size
        self.pair = pair
        self.free = free

    def call(self, inputs):
        return inputs * self.size

    def compute_output_shape(self, input_shape):
        return input_shape


@keras.saving.register_keras_serializable(package="acme")
def tiny(shape, dtype=None):
    return ops.ones(shape, dtype) * 1e-3


@keras.saving.register_keras_serializable(package="acme")
class Tiny(keras.initializers.Initializer):
    """An initializer."""

    def __init__(self, scale=1.0):
        self.scale = scale

    def __call__(self, shape, dtype=None):
        return ops.ones(shape, dtype) * 1e-3 * self.scale

    def get_config(self):
        return {"scale": self.scale}


@keras.saving.register_keras_serializable(package="acme")
class InASet(keras.layers.Layer):
    """Keeps its inner layer where Keras' walk does not look."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.inner = {keras.layers.Dense(units)}

    def build(self, input_shape):
        for layer in self.inner:
            layer.build(input_shape)
        self.built = True

    def call(self, inputs):
        for layer in self.inner:
            inputs = layer(inputs)
        return inputs


@keras.saving.register_keras_serializable(package="acme")
class Nested(keras.layers.Layer):
    """Keeps its inner layers in lists of lists."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.inner = [[keras.layers.Dense(units)], [keras.layers.Dense(units)]]

    def build(self, input_shape):
        for (layer,) in self.inner:
            layer.build(input_shape)
        self.built = True

    def call(self, inputs):
        for (layer,) in self.inner:
            inputs = layer(inputs)
        return inputs
