"""Layers that take one argument of any kind, and read it back in the ways that people do."""

from __future__ import annotations

import keras


class _Holds(keras.layers.Layer):
    def __init__(self, value=None, **kwargs):
        super().__init__(**kwargs)
        self.value = value

    def build(self, input_shape):
        for layer in keras.tree.flatten(self.value):
            if isinstance(layer, keras.Layer) and not layer.built:
                layer.build(input_shape)
        self.built = True

    def call(self, inputs):
        return inputs

    def get_config(self):
        return {**super().get_config(), "value": self.value}


@keras.saving.register_keras_serializable(package="acme")
class Keeps(_Holds):
    """Takes its argument back as Keras gives it."""


@keras.saving.register_keras_serializable(package="acme")
class Reads(_Holds):
    """Reads its argument back."""

    @classmethod
    def from_config(cls, config):
        value = keras.saving.deserialize_keras_object(config.pop("value"))
        return cls(value, **config)


@keras.saving.register_keras_serializable(package="acme")
class NeedsAll(keras.layers.Layer):
    """Its `from_config` wants what its constructor may do without."""

    def __init__(self, first, second=None, **kwargs):
        super().__init__(**kwargs)
        if not isinstance(first, keras.Layer):
            raise TypeError("`first` is a layer")
        self.first = first
        self.second = keras.layers.Dense(8) if second is None else second

    def build(self, input_shape):
        if not self.second.built:
            self.second.build(input_shape)
        if not self.first.built:
            self.first.build(self.second.compute_output_shape(input_shape))
        self.built = True

    def call(self, inputs):
        return self.first(self.second(inputs))

    def get_config(self):
        return {**super().get_config(), "first": self.first, "second": self.second}

    @classmethod
    def from_config(cls, config):
        config["first"] = keras.layers.deserialize(config["first"])
        config["second"] = keras.layers.deserialize(config["second"])
        return cls(**config)


@keras.saving.register_keras_serializable(package="acme")
class Typed(keras.layers.Layer):
    """Its signature says that it wants tuples and integer keys."""

    def __init__(
        self,
        pair: tuple[int, int] | None = None,
        windows: tuple[tuple[int, ...], ...] = (),
        names: dict[int, str] | None = None,
        *,
        size=(1, 1),
        table={0: "none"},  # noqa: B006 - as people write it
        steps: list[int] | tuple[int, ...] = (),
        free=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.given = {
            "pair": pair,
            "windows": windows,
            "names": names,
            "size": size,
            "table": table,
            "steps": steps,
            "free": free,
        }

    def call(self, inputs):
        return inputs

    def get_config(self):
        return {**super().get_config(), **self.given}


@keras.saving.register_keras_serializable(package="acme")
class OnlyTuples(keras.layers.Layer):
    """Fails on a list, which is what an archive gives back."""

    def __init__(self, pair: tuple[int, int], **kwargs):
        super().__init__(**kwargs)
        self.pair = pair
        self.sum = sum(pair + (1,))  # noqa: RUF005 - fails on a list

    def call(self, inputs):
        return inputs

    def get_config(self):
        return {**super().get_config(), "pair": self.pair}


@keras.saving.register_keras_serializable(package="acme")
class Secretive(keras.Model):
    """A subclassed model that takes a layer and says nothing of it."""

    def __init__(self, layer, **kwargs):
        super().__init__(**kwargs)
        self.layer = layer

    def call(self, inputs):
        return self.layer(inputs)


@keras.saving.register_keras_serializable(package="acme")
class UnderLayers(keras.layers.Layer):
    """Keeps its inner layer under a name that Keras' own layers have, which its walk passes over."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self._layers = [keras.layers.Dense(units)]

    def build(self, input_shape):
        self._layers[0].build(input_shape)
        self.built = True

    def call(self, inputs):
        return self._layers[0](inputs)


@keras.saving.register_keras_serializable(package="acme")
class Unbuilding(keras.layers.Layer):
    """Holds a layer and leaves it to the call to build it."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.inner = keras.layers.Dense(units)

    def call(self, inputs):
        return self.inner(inputs)


@keras.saving.register_keras_serializable()
class Z(keras.layers.Layer):
    """Registered without a package."""

    def call(self, inputs):
        return inputs


@keras.saving.register_keras_serializable(package="my_pkg", name="Renamed")
class Reg(keras.layers.Layer):
    """Registered under another name than its own."""

    def call(self, inputs):
        return inputs
