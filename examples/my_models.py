"""A subclassed model with the architecture of `mlp.yaml`."""

import keras


@keras.saving.register_keras_serializable(package="guide")
class SubclassedModel(keras.Model):
    """Three dense layers."""

    def __init__(self, output_dim, name=None):
        super().__init__(name=name)
        self.output_dim = output_dim
        self.dense_1 = keras.layers.Dense(64, activation="relu", name="dense_1")
        self.dense_2 = keras.layers.Dense(64, activation="relu", name="dense_2")
        self.dense_3 = keras.layers.Dense(output_dim, name="predictions")

    def call(self, inputs):
        return self.dense_3(self.dense_2(self.dense_1(inputs)))

    def get_config(self):
        return {"output_dim": self.output_dim, "name": self.name}
