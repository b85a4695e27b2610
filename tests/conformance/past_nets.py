"""Models that both Kerases can make: one for each layer with variables, and networks of each kind.

Every release from Keras 2.2 on makes them, under Python 3.6 and newer, but for classes that it lacks.
"""

# ruff: noqa: B905

import numpy as np


def nets_for_cudnn(keras, layers):
    """Models with layers for cuDNN, and what makes the twin with ordinary ones, which needs no such thing.

    Args:
        layers: where the layers for cuDNN are.
    """

    def lstm(L, cudnn):
        given = L.Input(_SEQUENCE, name="given")
        both = L.Bidirectional(layers.CuDNNLSTM(3) if cudnn else L.LSTM(3, **_PLAIN), name="both")
        first = layers.CuDNNLSTM(2, return_sequences=True, name="first")
        x = (first if cudnn else L.LSTM(2, return_sequences=True, name="first", **_PLAIN))(given)
        return keras.Model(given, both(x), name="lstm")

    def gru(L, cudnn):
        given = L.Input(_SEQUENCE, name="given")
        layer = layers.CuDNNGRU(3, name="one") if cudnn else L.GRU(3, reset_after=True, name="one", **_PLAIN)
        return keras.Model(given, layer(given), name="gru")

    made = {"cudnn_lstm": lstm, "cudnn_gru": gru}
    return {
        name: (_bound(make, keras.layers, True), _bound(make, keras.layers, False))
        for name, make in made.items()
    }


# What layers for cuDNN compute, whatever a release takes by default.
_PLAIN = {"activation": "tanh", "recurrent_activation": "sigmoid"}


def nets(keras):
    """What makes each model, by its name."""
    found = {}
    layers = keras.layers
    for name, (shape, make) in _ALONE.items():
        found[name] = _alone(keras, name, shape, make)
    for function in (
        convolutional,
        recurrent,
        nested,
        nested_deep,
        frozen,
        shared,
        attentive,
        renamed,
        sequential,
        distributed,
        wrapped_model,
        many_layers,
    ):
        found[function.__name__] = _bound(function, keras, layers)
    return found


def inputs_of(model):
    """The batch that a model is fed: numbers by a formula, whole ones where it looks them up."""
    given = []
    shapes = model.input_shape if isinstance(model.input_shape, list) else [model.input_shape]
    for number, shape in enumerate(shapes):
        size = (2, *shape[1:])
        count = int(np.prod(size))
        steps = (np.arange(count) * 37 + 11 * number) % 101
        words = model.layers[number].name.startswith("words")
        given.append((steps % 7 if words else steps / 50.0 - 1.0).reshape(size).astype("float32"))
    return given if len(given) > 1 else given[0]


def fill(model):
    """Give a model values by a formula, no two alike, so small that nothing saturates."""
    values = []
    for number, value in enumerate(model.get_weights()):
        steps = np.arange(value.size).reshape(value.shape) * 0.7 + number * 1.3
        small = 0.4 * np.sin(steps)
        values.append(np.abs(small) + 0.1 if "variance" in model.weights[number].name else small)
    model.set_weights([one.astype(value.dtype) for one, value in zip(values, model.get_weights())])
    return model


def _bound(function, keras, layers):
    return lambda: function(keras, layers)


def _alone(keras, name, shape, make):
    def made():
        given = keras.layers.Input(shape, name="words" if name == "Embedding" else "given")
        layer = make(keras.layers)
        both = (given, given) if name in ("MultiHeadAttention", "MultiHeadAttentionPlain") else (given,)
        read = [given, given] if name in ("Attention", "AttentionConcat", "AdditiveAttention") else None
        return keras.Model(given, layer(read) if read else layer(*both), name=name.lower() + "_net")

    return made


_SEQUENCE = (5, 4)
_IMAGE = (6, 6, 3)
_VOLUME = (4, 4, 4, 2)
_VIDEO = (3, 5, 5, 2)


def _experimental(layers, name):
    return getattr(layers, name, None) or getattr(layers.experimental.preprocessing, name)


_ALONE = {
    "Dense": (_SEQUENCE, lambda L: L.Dense(3, activation="tanh", name="one")),
    "DenseUnbiased": (_SEQUENCE, lambda L: L.Dense(3, use_bias=False, name="one")),
    "EinsumDense": (
        _SEQUENCE,
        lambda L: L.EinsumDense("abc,cd->abd", output_shape=(None, 3), bias_axes="d", name="one"),
    ),
    "Embedding": ((5,), lambda L: L.Embedding(7, 3, name="one")),
    "Conv1D": (_SEQUENCE, lambda L: L.Conv1D(3, 2, padding="causal", name="one")),
    "Conv2D": (_IMAGE, lambda L: L.Conv2D(4, 3, dilation_rate=2, name="one")),
    "Conv3D": (_VOLUME, lambda L: L.Conv3D(3, 2, name="one")),
    "Conv1DTranspose": (_SEQUENCE, lambda L: L.Conv1DTranspose(3, 2, strides=2, name="one")),
    "Conv2DTranspose": (
        _IMAGE,
        lambda L: L.Conv2DTranspose(4, 3, strides=2, padding="same", name="one"),
    ),
    "Conv3DTranspose": (_VOLUME, lambda L: L.Conv3DTranspose(3, 2, name="one")),
    "SeparableConv1D": (_SEQUENCE, lambda L: L.SeparableConv1D(3, 2, depth_multiplier=2, name="one")),
    "SeparableConv2D": (_IMAGE, lambda L: L.SeparableConv2D(4, 3, name="one")),
    "DepthwiseConv1D": (_SEQUENCE, lambda L: L.DepthwiseConv1D(2, name="one")),
    "DepthwiseConv2D": (_IMAGE, lambda L: L.DepthwiseConv2D(2, depth_multiplier=2, name="one")),
    "PReLU": (_IMAGE, lambda L: L.PReLU(shared_axes=[1, 2], name="one")),
    "BatchNormalization": (_IMAGE, lambda L: L.BatchNormalization(name="one")),
    "BatchNormalizationBare": (_IMAGE, lambda L: L.BatchNormalization(scale=False, center=False, name="one")),
    "BatchNormalizationCentered": (_IMAGE, lambda L: L.BatchNormalization(scale=False, name="one")),
    "LayerNormalization": (_SEQUENCE, lambda L: L.LayerNormalization(name="one")),
    "GroupNormalization": (_SEQUENCE, lambda L: L.GroupNormalization(2, name="one")),
    "Normalization": (_SEQUENCE, lambda L: _experimental(L, "Normalization")(name="one")),
    "SpectralNormalization": (_IMAGE, lambda L: L.SpectralNormalization(L.Conv2D(3, 2), name="one")),
    "Attention": (_SEQUENCE, lambda L: L.Attention(use_scale=True, name="one")),
    "AttentionConcat": (_SEQUENCE, lambda L: L.Attention(score_mode="concat", use_scale=True, name="one")),
    "AdditiveAttention": (_SEQUENCE, lambda L: L.AdditiveAttention(name="one")),
    "MultiHeadAttention": (_SEQUENCE, lambda L: L.MultiHeadAttention(2, 3, name="one")),
    "MultiHeadAttentionPlain": (
        _SEQUENCE,
        lambda L: L.MultiHeadAttention(2, 3, use_bias=False, output_shape=6, name="one"),
    ),
    "SimpleRNN": (_SEQUENCE, lambda L: L.SimpleRNN(3, return_sequences=True, name="one")),
    "GRU": (_SEQUENCE, lambda L: L.GRU(3, return_sequences=True, name="one")),
    "GRUBefore": (_SEQUENCE, lambda L: L.GRU(3, reset_after=False, name="one")),
    "GRUAfter": (_SEQUENCE, lambda L: L.GRU(3, reset_after=True, use_bias=False, name="one")),
    "LSTM": (_SEQUENCE, lambda L: L.LSTM(3, return_sequences=True, name="one")),
    "LSTMUnbiased": (_SEQUENCE, lambda L: L.LSTM(3, use_bias=False, go_backwards=True, name="one")),
    "ConvLSTM1D": ((3, 5, 2), lambda L: L.ConvLSTM1D(3, 2, recurrent_activation="sigmoid", name="one")),
    "ConvLSTM2D": (
        _VIDEO,
        lambda L: L.ConvLSTM2D(3, 2, recurrent_activation="sigmoid", return_sequences=True, name="one"),
    ),
    "ConvLSTM3D": ((2, 4, 4, 4, 2), lambda L: L.ConvLSTM3D(2, 2, recurrent_activation="sigmoid", name="one")),
    "RNNOfCell": (_SEQUENCE, lambda L: L.RNN(L.LSTMCell(3), name="one")),
    "RNNOfCells": (
        _SEQUENCE,
        lambda L: L.RNN([L.LSTMCell(3), L.GRUCell(2), L.LSTMCell(4)], return_sequences=True, name="one"),
    ),
    "BidirectionalLSTM": (_SEQUENCE, lambda L: L.Bidirectional(L.LSTM(3, return_sequences=True), name="one")),
    "BidirectionalGRU": (_SEQUENCE, lambda L: L.Bidirectional(L.GRU(3), merge_mode="sum", name="one")),
    "BidirectionalTwo": (
        _SEQUENCE,
        lambda L: L.Bidirectional(
            L.LSTM(3), backward_layer=L.LSTM(3, go_backwards=True, use_bias=False), name="one"
        ),
    ),
    "TimeDistributedDense": (_SEQUENCE, lambda L: L.TimeDistributed(L.Dense(3), name="one")),
    "TimeDistributedConv": (_VIDEO, lambda L: L.TimeDistributed(L.Conv2D(3, 2), name="one")),
}


def convolutional(keras, L):
    given = L.Input(_IMAGE, name="image")
    x = L.Conv2D(4, 3, padding="same", use_bias=False, name="stem")(given)
    x = L.BatchNormalization(name="stem_bn")(x)
    kept = x
    for number in range(2):
        x = L.DepthwiseConv2D(3, padding="same", name=f"depth_{number}")(x)
        x = L.BatchNormalization(scale=False, name=f"bn_{number}")(x)
        x = L.ReLU(name=f"relu_{number}")(x)
        x = L.Conv2D(4, 1, name=f"point_{number}")(x)
    x = L.Add(name="sum")([kept, x])
    x = L.GlobalAveragePooling2D(name="pool")(x)
    return keras.Model(given, L.Dense(5, activation="softmax", name="scores")(x), name="convolutional")


def recurrent(keras, L):
    given = L.Input((6,), name="words")
    x = L.Embedding(7, 4, name="embed")(given)
    x = L.Bidirectional(L.LSTM(3, return_sequences=True), name="both")(x)
    x = L.GRU(4, return_sequences=True, name="gru")(x)
    x = L.TimeDistributed(L.Dense(3), name="each")(x)
    x = L.LSTM(3, name="last")(x)
    return keras.Model(given, L.Dense(1, activation="sigmoid", name="score")(x), name="recurrent")


def _block(keras, L, name, width, inputs):
    given = L.Input((inputs,), name=name + "_in")
    x = L.Dense(width, name=name + "_dense")(given)
    x = L.BatchNormalization(name=name + "_bn")(x)
    x = L.Dense(width, use_bias=False, name=name + "_more")(x)
    return keras.Model(given, x, name=name)


def nested(keras, L):
    """A model inside, called twice, and a Sequential."""
    first, second = L.Input((4,), name="first"), L.Input((4,), name="second")
    tower = _block(keras, L, "tower", 3, 4)
    parts = [L.Dense(4, input_shape=(6,), name="head_dense"), L.BatchNormalization(name="head_bn")]
    head = keras.Sequential(parts, name="head")
    both = L.Concatenate(name="join")([tower(first), tower(second)])
    return keras.Model([first, second], L.Dense(2, name="out")(head(both)), name="nested")


def nested_deep(keras, L):
    """A model inside one inside the model, and variables that are not trained in between."""
    given = L.Input((4,), name="given")
    inner = _block(keras, L, "inner", 3, 4)
    middle_in = L.Input((4,), name="middle_in")
    x = L.BatchNormalization(name="middle_bn")(middle_in)
    middle = keras.Model(middle_in, L.Dense(4, name="middle_dense")(inner(x)), name="middle")
    return keras.Model(given, L.Dense(2, name="out")(middle(given)), name="nested_deep")


def frozen(keras, L):
    """Frozen layers in a model inside, and a frozen model: what is not trained is stored behind the rest."""
    given = L.Input((4,), name="given")
    half = _block(keras, L, "half", 4, 4)
    half.layers[1].trainable = False
    whole = _block(keras, L, "whole", 4, 4)
    whole.trainable = False
    x = L.BatchNormalization(trainable=False, name="bn")(whole(half(given)))
    return keras.Model(given, L.Dense(2, name="out")(x), name="frozen")


def shared(keras, L):
    first, second = L.Input((4,), name="first"), L.Input((4,), name="second")
    one = L.Dense(3, name="one")
    return keras.Model([first, second], L.Concatenate(name="join")([one(first), one(second)]), name="shared")


def attentive(keras, L):
    given = L.Input((6,), name="words")
    x = L.Embedding(7, 6, name="embed")(given)
    for number in range(2):
        y = L.MultiHeadAttention(2, 3, dropout=0.1, name=f"mha_{number}")(x, x)
        x = L.LayerNormalization(name=f"ln_{number}")(L.Add(name=f"add_{number}")([x, y]))
        x = L.Dense(6, activation="relu", name=f"ffn_{number}")(x)
    return keras.Model(given, L.Dense(2, name="out")(x), name="attentive")


def renamed(keras, L):
    """Layers that were renamed when they had variables, which keep the old names and so lead astray."""
    given = L.Input((4,), name="given")
    parts = [L.Dense(4, input_shape=(4,), name="a"), L.Dense(4, name="b"), L.Dense(4, name="c")]
    inner = keras.Sequential(parts, name="inner")
    for layer, name in zip(inner.layers, "bcd"):
        if getattr(keras, "__version__", "2").startswith("3"):
            layer.name = name
        layer._name = name
    return keras.Model(given, L.Dense(2, name="out")(inner(given)), name="renamed")


def sequential(keras, L):
    found = keras.Sequential(
        [
            L.Conv1D(4, 2, input_shape=_SEQUENCE, name="conv"),
            L.Dropout(0.5, name="drop"),
            L.BatchNormalization(name="bn"),
            L.Flatten(name="flat"),
            L.Dense(3, name="out"),
        ]
    )
    return found


def distributed(keras, L):
    """A model applied to each step."""
    given = L.Input((3, 4), name="given")
    tower = _block(keras, L, "tower", 3, 4)
    return keras.Model(given, L.TimeDistributed(tower, name="each")(given), name="distributed")


def wrapped_model(keras, L):
    """A Sequential as the first layer of a Sequential."""
    inner = keras.Sequential([L.Dense(3, input_shape=(4,), name="a"), L.Dense(4, name="b")], name="inner")
    return keras.Sequential([inner, L.Dense(2, name="c")])


def many_layers(keras, L):
    """More names of layers than one attribute of HDF5 holds."""
    given = L.Input((2,), name="given")
    x = given
    for number in range(700):
        x = L.Activation(
            "linear",
            name=f"a_long_name_for_a_layer_that_only_hands_on_what_it_gets_{number:04d}_{'x' * 60}",
        )(x)
    return keras.Model(given, L.Dense(2, name="out")(x), name="many_layers")
