"""Any object of Keras to its serialization dict and back: the form in which a document may hold it too."""

import keras

import modelspec

config = keras.saving.serialize_keras_object(keras.regularizers.L1(0.005))
new = keras.saving.deserialize_keras_object(config)
print(sorted(config), config["class_name"], round(float(new.l1), 6))

model = modelspec.load("any_object.yaml").model()
one, two = (model.get_layer(name).kernel_regularizer for name in ("by_class", "by_dict"))
assert one.get_config() == two.get_config() == new.get_config()

# prints:
# ['class_name', 'config', 'module', 'registered_name'] L1 0.005
