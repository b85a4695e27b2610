"""A layer that takes a layer: it writes the one it holds, and reads it back in a `from_config` of its own."""

import keras


@keras.saving.register_keras_serializable(package="guide")
class Wrapped(keras.layers.Layer):
    """Calls the layer that it is given."""

    def __init__(self, sublayer, **kwargs):
        super().__init__(**kwargs)
        self.sublayer = sublayer

    def call(self, x):
        return self.sublayer(x)

    def get_config(self):
        sublayer = keras.saving.serialize_keras_object(self.sublayer)
        return {**super().get_config(), "sublayer": sublayer}

    @classmethod
    def from_config(cls, config):
        sublayer = keras.saving.deserialize_keras_object(config.pop("sublayer"))
        return cls(sublayer, **config)
