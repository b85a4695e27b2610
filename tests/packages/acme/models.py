"""Whole models of the package."""

from __future__ import annotations

import keras


@keras.saving.register_keras_serializable(package="acme")
class Net(keras.Model):
    """A subclassed model of two dense layers."""

    def __init__(self, width, classes=3, **kwargs):
        super().__init__(**kwargs)
        self.width = width
        self.classes = classes
        self.hidden = keras.layers.Dense(width, activation="relu")
        self.head = keras.layers.Dense(classes)

    def build(self, input_shape):
        self.hidden.build(input_shape)
        self.head.build((*input_shape[:-1], self.width))
        self.built = True

    def call(self, inputs):
        return self.head(self.hidden(inputs))

    def get_config(self):
        return {**super().get_config(), "width": self.width, "classes": self.classes}


@keras.saving.register_keras_serializable(package="acme")
class TwoTowers(keras.Model):
    """A subclassed model that reads a mapping."""

    def __init__(self, width, **kwargs):
        super().__init__(**kwargs)
        self.width = width
        self.left = keras.layers.Dense(width)
        self.right = keras.layers.Dense(width)

    def call(self, inputs):
        return self.left(inputs["a"]) + self.right(inputs["b"])

    def get_config(self):
        return {**super().get_config(), "width": self.width}


@keras.saving.register_keras_serializable(package="acme")
class Counted(keras.Model):
    """A functional model of a class of its own, with an argument of its own."""

    def __init__(self, *args, steps=1, **kwargs):
        super().__init__(*args, **kwargs)
        self.steps = steps

    def get_config(self):
        return {**super().get_config(), "steps": self.steps}


@keras.saving.register_keras_serializable(package="acme")
class Forgetful(keras.Model):
    """A functional model of a class of its own that does not save its argument."""

    def __init__(self, *args, steps=1, **kwargs):
        super().__init__(*args, **kwargs)
        self.steps = steps
