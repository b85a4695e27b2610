"""A layer that holds two layers."""

import keras


@keras.saving.register_keras_serializable(package="guide")
class NestedDenseLayer(keras.layers.Layer):
    """Two dense layers, one after the other.

    Without a `get_config` Keras saves plain arguments by itself, and its own `trainable` and `dtype` too:
    `**kwargs` must take those, or no archive with this layer can be loaded. Without a `build` Keras warns.
    """

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.dense_1 = keras.layers.Dense(units, name="dense_1")
        self.dense_2 = keras.layers.Dense(units, name="dense_2")

    def build(self, input_shape):
        self.dense_1.build(input_shape)
        self.dense_2.build((*input_shape[:-1], self.dense_1.units))

    def call(self, inputs):
        return self.dense_2(self.dense_1(inputs))
