"""The config of a layer, a Sequential and a Functional model, from documents and back through Keras."""

import keras

import modelspec

# A document's layer is the layer that Python makes of the same arguments.
layer = modelspec.load("mlp.yaml").model().get_layer("dense_1")
layer_config = layer.get_config()
new_layer = keras.layers.Dense.from_config(layer_config)
assert new_layer.get_config() == keras.layers.Dense(64, activation="relu", name="dense_1").get_config()

for path, cls in (("mlp_sequential.yaml", keras.Sequential), ("mlp.yaml", keras.Model)):
    document = modelspec.load(path)
    model = document.model()
    again = cls.from_config(model.get_config())
    assert again.get_config() == model.get_config()
    # Without an archive: the config of a document is what Keras deserializes.
    made = keras.saving.deserialize_keras_object(document.config())
    assert made.get_config() == model.get_config()
    print(type(made).__name__, [layer.name for layer in made.layers])

# prints:
# Sequential ['dense_1', 'dense_2', 'predictions']
# Functional ['digits', 'dense_1', 'dense_2', 'predictions']
