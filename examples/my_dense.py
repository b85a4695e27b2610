"""The two classes of the guide's appendix: one whose arguments are plain, and one that takes layers."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="MyLayers", name="KernelMult")
class MyDense(keras.layers.Layer):
    """Multiplies by a kernel. Registered under another name than its own."""

    def __init__(
        self, units, *, kernel_regularizer=None, kernel_initializer=None, nested_model=None, **kwargs
    ):
        super().__init__(**kwargs)
        self.hidden_units = units
        self.kernel_regularizer = kernel_regularizer
        self.kernel_initializer = kernel_initializer
        self.nested_model = nested_model

    def get_config(self):
        return {
            **super().get_config(),
            "units": self.hidden_units,
            "kernel_regularizer": self.kernel_regularizer,
            "kernel_initializer": self.kernel_initializer,
            "nested_model": self.nested_model,
        }

    def build(self, input_shape):
        self.kernel = self.add_weight(
            name="kernel",
            shape=(input_shape[-1], self.hidden_units),
            regularizer=self.kernel_regularizer,
            initializer=self.kernel_initializer,
        )

    def call(self, inputs):
        return ops.matmul(inputs, self.kernel)


@keras.saving.register_keras_serializable(package="ComplexModels")
class CustomModel(keras.layers.Layer):
    """Two layers, one after the other; it reads them back itself."""

    def __init__(self, first_layer, second_layer=None, **kwargs):
        super().__init__(**kwargs)
        self.first_layer = first_layer
        self.second_layer = second_layer if second_layer is not None else keras.layers.Dense(8)

    def get_config(self):
        return {
            **super().get_config(),
            "first_layer": self.first_layer,
            "second_layer": self.second_layer,
        }

    @classmethod
    def from_config(cls, config):
        config["first_layer"] = keras.layers.deserialize(config["first_layer"])
        config["second_layer"] = keras.layers.deserialize(config["second_layer"])
        return cls(**config)

    def call(self, inputs):
        return self.first_layer(self.second_layer(inputs))
