"""What the package trains with."""

from __future__ import annotations

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="acme")
def huberish(y_true, y_pred):
    """A loss that is a function."""
    return ops.mean(ops.sqrt(1.0 + ops.square(y_true - y_pred)) - 1.0, axis=-1)


@keras.saving.register_keras_serializable(package="acme")
class Scaled(keras.losses.Loss):
    """A loss that is a class."""

    def __init__(self, factor=1.0, name="scaled", **kwargs):
        super().__init__(name=name, **kwargs)
        self.factor = factor

    def call(self, y_true, y_pred):
        return self.factor * ops.mean(ops.square(y_true - y_pred), axis=-1)

    def get_config(self):
        return {**super().get_config(), "factor": self.factor}


@keras.saving.register_keras_serializable(package="acme")
class ForgetfulLoss(keras.losses.Loss):
    """A loss that does not save its argument."""

    def __init__(self, factor=1.0, name="forgetful", **kwargs):
        super().__init__(name=name, **kwargs)
        self.factor = factor

    def call(self, y_true, y_pred):
        return self.factor * ops.mean(ops.square(y_true - y_pred), axis=-1)


@keras.saving.register_keras_serializable(package="acme")
class Total(keras.metrics.Metric):
    """A metric that is a class."""

    def __init__(self, name="total", **kwargs):
        super().__init__(name=name, **kwargs)
        self.seen = self.add_variable(shape=(), initializer="zeros", name="seen")

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.seen.assign(self.seen + ops.sum(y_pred))

    def result(self):
        return ops.convert_to_tensor(self.seen)


@keras.saving.register_keras_serializable(package="acme")
class Steps(keras.optimizers.schedules.LearningRateSchedule):
    """A schedule."""

    def __init__(self, start):
        self.start = start

    def __call__(self, step):
        return self.start / (1.0 + ops.cast(step, "float32"))

    def get_config(self):
        return {"start": self.start}


@keras.saving.register_keras_serializable(package="acme")
class Patient(keras.optimizers.SGD):
    """An optimizer."""

    def __init__(self, patience=2, **kwargs):
        super().__init__(**kwargs)
        self.patience = patience

    def get_config(self):
        return {**super().get_config(), "patience": self.patience}


@keras.saving.register_keras_serializable(package="acme")
class UnitSum(keras.constraints.Constraint):
    """A constraint."""

    def __call__(self, w):
        return w / ops.sum(w)


@keras.saving.register_keras_serializable(package="acme")
class Ridge(keras.regularizers.Regularizer):
    """A regularizer."""

    def __init__(self, strength=0.1):
        self.strength = strength

    def __call__(self, x):
        return self.strength * ops.sum(ops.square(x))

    def get_config(self):
        return {"strength": self.strength}
