"""Small models in the files of Keras 2, with what that Keras says of them; run under the release itself.

    python make_past_files.py FOLDER

`FOLDER/RELEASE.tar.xz` then holds for each case what that release writes (`NAME.json` of `to_json`, `NAME.h5`
of the whole model, `NAME.keras` from 2.13 on) and in `cases.json` what it is: every layer with its class and
number of parameters, the shapes, and what it predicts. RELEASE is `tf2.15` for TensorFlow's own Keras,
`tfk2.21` for `tf-keras`, `keras2.3` for the one that stood alone. Nothing but that Keras and NumPy is needed,
from Python 3.6 on. A class that a release does not have is left out of its case.
"""

import io
import json
import os
import sys
import tarfile
import tempfile

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import numpy as np

ROWS = 2


def find_keras():
    """The Keras to run, TensorFlow where it has one, and the name of the release."""
    try:
        import tensorflow
        import tf_keras

        return tf_keras, tensorflow, "tfk" + _minor(tf_keras.__version__)
    except ImportError:
        pass
    try:
        import keras

        if (
            not getattr(keras, "_is_tfkeras", False)
            and hasattr(keras.backend, "backend")
            and not _is_shared(keras)
        ):
            return keras, None, "keras" + _minor(keras.__version__)
    except ImportError:
        pass
    import tensorflow

    return tensorflow.keras, tensorflow, "tf" + _minor(tensorflow.__version__)


def _is_shared(keras):
    """From 2.4 on the package is that of TensorFlow."""
    return tuple(int(part) for part in keras.__version__.split(".")[:2]) >= (2, 4)


def _minor(version):
    return ".".join(version.split(".")[:2])


keras, tf, RELEASE = find_keras()
# TensorFlow's own does not always say; it goes by the number of TensorFlow.
VERSION = getattr(keras, "__version__", None) or tf.__version__
layers, models, K = keras.layers, keras.models, keras.backend
Input, Model = layers.Input, models.Model
CASES = {}


def case(function):
    CASES[function.__name__] = function
    return function


def has(*names):
    return all(hasattr(layers, name) for name in names)


def branches(x, rows):
    """Each layer that the release has and that takes its arguments, on one input."""
    outputs = []
    for name, arguments in rows:
        if not hasattr(layers, name):
            continue
        try:
            outputs.append(getattr(layers, name)(**arguments)(x))
        except Exception as error:
            print("  left out: %s %r: %s" % (name, arguments, str(error)[:90]))
    return outputs


# --- every class --------------------------------------------------------------------------------------------


@case
def convolutions():
    x = Input((6, 3), name="steps")
    y = Input((6, 6, 3), name="image")
    z = Input((4, 4, 4, 2), name="volume")
    outputs = branches(
        x,
        [
            ("Conv1D", dict(filters=2, kernel_size=3, padding="causal", name="conv1")),
            ("Conv1D", dict(filters=2, kernel_size=2, strides=2, use_bias=False, name="conv1s")),
            ("SeparableConv1D", dict(filters=2, kernel_size=2, depth_multiplier=2, name="sep1")),
            ("Conv1DTranspose", dict(filters=2, kernel_size=2, strides=2, name="convt1")),
            ("DepthwiseConv1D", dict(kernel_size=2, name="depth1")),
            ("ZeroPadding1D", dict(padding=1, name="pad1")),
            ("Cropping1D", dict(cropping=1, name="crop1")),
            ("UpSampling1D", dict(size=2, name="up1")),
        ],
    )
    outputs += branches(
        y,
        [
            ("Conv2D", dict(filters=2, kernel_size=3, activation="relu", dilation_rate=2, name="conv2")),
            ("Conv2D", dict(filters=4, kernel_size=(1, 2), strides=(2, 1), padding="same", name="conv2s")),
            ("Convolution2D", dict(filters=2, kernel_size=1, kernel_regularizer="l2", name="conv2a")),
            ("SeparableConv2D", dict(filters=2, kernel_size=2, name="sep2")),
            ("DepthwiseConv2D", dict(kernel_size=2, depth_multiplier=2, name="depth2")),
            ("Conv2DTranspose", dict(filters=2, kernel_size=3, strides=2, padding="same", name="convt2")),
            ("ZeroPadding2D", dict(padding=((1, 0), (0, 2)), name="pad2")),
            ("Cropping2D", dict(cropping=((1, 0), (0, 2)), name="crop2")),
            ("UpSampling2D", dict(size=2, name="up2")),
            ("UpSampling2D", dict(size=2, interpolation="bilinear", name="up2b")),
        ],
    )
    outputs += branches(
        z,
        [
            ("Conv3D", dict(filters=2, kernel_size=2, name="conv3")),
            ("Conv3DTranspose", dict(filters=2, kernel_size=2, name="convt3")),
            ("ZeroPadding3D", dict(padding=1, name="pad3")),
            ("Cropping3D", dict(cropping=1, name="crop3")),
            ("UpSampling3D", dict(size=2, name="up3")),
        ],
    )
    return Model([x, y, z], outputs)


@case
def grouped():
    x = Input((6, 6, 4), name="image")
    return Model(x, branches(x, [("Conv2D", dict(filters=4, kernel_size=2, groups=2, name="grouped"))]))


@case
def pooling():
    x = Input((6, 3), name="steps")
    y = Input((6, 6, 3), name="image")
    z = Input((4, 4, 4, 2), name="volume")
    outputs = []
    for rank, tensor in ((1, x), (2, y), (3, z)):
        outputs += branches(
            tensor,
            [
                ("MaxPooling%dD" % rank, dict(name="max%d" % rank)),
                ("AveragePooling%dD" % rank, dict(padding="same", name="average%d" % rank)),
                ("MaxPool%dD" % rank, dict(pool_size=2, strides=1, name="maxs%d" % rank)),
                ("GlobalMaxPooling%dD" % rank, dict(name="gmax%d" % rank)),
                ("GlobalAveragePooling%dD" % rank, dict(name="gaverage%d" % rank)),
                ("GlobalMaxPool%dD" % rank, dict(name="gmaxa%d" % rank)),
            ],
        )
    return Model([x, y, z], outputs)


@case
def core():
    x = Input((4,), name="row")
    y = Input((4, 6), name="table")
    z = Input((3,), name="ids")
    outputs = branches(
        x,
        [
            ("Dense", dict(units=3, activation="tanh", name="dense")),
            (
                "Dense",
                dict(units=3, kernel_initializer="he_normal", kernel_constraint="max_norm", name="densec"),
            ),
            (
                "Dense",
                dict(
                    units=3,
                    kernel_initializer=keras.initializers.VarianceScaling(),
                    bias_initializer=keras.initializers.Constant(0.1),
                    kernel_regularizer=keras.regularizers.l1_l2(0.01, 0.02),
                    activity_regularizer=keras.regularizers.l2(0.1),
                    name="denseo",
                ),
            ),
            ("Dense", dict(units=4, kernel_initializer=keras.initializers.Orthogonal(), name="denseq")),
            ("Activation", dict(activation="softplus", name="softplus")),
            ("Dropout", dict(rate=0.3, name="dropout")),
            ("Reshape", dict(target_shape=(2, -1), name="reshape")),
            ("RepeatVector", dict(n=2, name="repeat")),
            ("ActivityRegularization", dict(l1=0.1, name="activity")),
            ("EinsumDense", dict(equation="ab,bc->ac", output_shape=3, bias_axes="c", name="einsum")),
            ("UnitNormalization", dict(name="unit")),
        ],
    )
    outputs += branches(
        y,
        [
            ("Dense", dict(units=2, name="dense2")),
            ("Flatten", dict(name="flatten")),
            ("Permute", dict(dims=(2, 1), name="permute")),
            ("Masking", dict(mask_value=0.0, name="masking")),
        ],
    )
    outputs += branches(z, [("Embedding", dict(input_dim=9, output_dim=2, input_length=3, name="embedding"))])
    return Model([x, y, z], outputs)


@case
def activations():
    x = Input((4,), name="row")
    y = Input((3, 4), name="table")
    names = (
        "elu exponential gelu linear relu selu sigmoid softplus softsign swish tanh hard_sigmoid softmax mish"
    )
    outputs = [
        layers.Activation(name, name="by_name_" + name)(x)
        for name in names.split()
        if hasattr(keras.activations, name)
    ]
    outputs += branches(
        x,
        [
            ("ReLU", dict(max_value=1.0, name="relu")),
            ("ReLU", dict(negative_slope=0.1, threshold=0.2, name="reluo")),
            ("LeakyReLU", dict(alpha=0.2, name="leaky")),
            ("ELU", dict(alpha=0.7, name="elu")),
            ("Softmax", dict(name="softmax")),
            ("ThresholdedReLU", dict(theta=0.4, name="thresholded")),
        ],
    )
    outputs += branches(
        y,
        [
            ("PReLU", dict(name="prelu")),
            ("PReLU", dict(shared_axes=[1], name="prelus")),
            ("Softmax", dict(axis=1, name="softmax1")),
        ],
    )
    return Model([x, y], outputs)


@case
def normalizations():
    x = Input((4, 4, 3), name="image")
    y = Input((4, 4, 4), name="image4")
    return Model(
        [x, y],
        branches(
            x,
            [
                ("BatchNormalization", dict(name="bn")),
                ("BatchNormalization", dict(axis=1, center=False, epsilon=1e-5, name="bn1")),
                ("BatchNormalization", dict(scale=False, momentum=0.9, name="bns")),
                ("LayerNormalization", dict(name="ln")),
                ("LayerNormalization", dict(axis=[1, 2], epsilon=1e-6, name="ln12")),
            ],
        )
        + branches(y, [("GroupNormalization", dict(groups=2, name="gn"))]),
    )


@case
def noise():
    x = Input((4, 4, 3), name="image")
    y = Input((4, 3), name="steps")
    return Model(
        [x, y],
        branches(
            x,
            [
                ("GaussianNoise", dict(stddev=0.1, name="gaussian")),
                ("GaussianDropout", dict(rate=0.1, name="gdropout")),
                ("AlphaDropout", dict(rate=0.1, name="alpha")),
                ("SpatialDropout2D", dict(rate=0.1, name="spatial2")),
            ],
        )
        + branches(
            y,
            [
                ("Dropout", dict(rate=0.1, noise_shape=(None, 1, 3), seed=3, name="dropout")),
                ("SpatialDropout1D", dict(rate=0.1, name="spatial1")),
            ],
        ),
    )


@case
def merges():
    x, y = Input((3, 4), name="one"), Input((3, 4), name="two")
    rows = [
        ("Add", dict(name="add")),
        ("Subtract", dict(name="subtract")),
        ("Multiply", dict(name="multiply")),
        ("Average", dict(name="average")),
        ("Maximum", dict(name="maximum")),
        ("Minimum", dict(name="minimum")),
        ("Concatenate", dict(axis=1, name="concatenate")),
        ("Dot", dict(axes=(2, 2), normalize=True, name="dot")),
        ("Dot", dict(axes=-1, name="dot1")),
    ]
    return Model([x, y], branches([x, y], rows))


@case
def attentions():
    x, y = Input((3, 4), name="query"), Input((5, 4), name="value")
    outputs = branches([x, y], [("Attention", dict(use_scale=True, name="attention"))])
    outputs += branches([x, y], [("AdditiveAttention", dict(name="additive"))])
    if has("MultiHeadAttention"):
        mha = layers.MultiHeadAttention(2, 3, value_dim=2, dropout=0.1, name="heads")
        outputs.append(mha(x, y))
        outputs.append(layers.MultiHeadAttention(1, 2, name="self")(x, x, return_attention_scores=True)[0])
    return Model([x, y], outputs) if outputs else None


@case
def causal():
    """Later releases took the argument and did not save it."""
    if not has("Attention") or "causal" not in layers.Attention().get_config():
        return None
    x = Input((3, 4), name="query")
    return Model(x, branches([x, x], [("Attention", dict(causal=True, name="causal"))]))


@case
def recurrent():
    x = Input((5, 3), name="steps")
    y = Input((2, 4, 4, 1), name="film")
    outputs = branches(
        x,
        [
            ("SimpleRNN", dict(units=2, name="simple")),
            ("SimpleRNN", dict(units=2, activation="relu", go_backwards=True, name="simpleb")),
            ("GRU", dict(units=2, name="gru")),
            ("GRU", dict(units=2, reset_after=False, recurrent_activation="sigmoid", name="grub")),
            (
                "GRU",
                dict(
                    units=2,
                    reset_after=True,
                    recurrent_activation="sigmoid",
                    return_sequences=True,
                    name="grua",
                ),
            ),
            ("LSTM", dict(units=2, name="lstm")),
            (
                "LSTM",
                dict(units=2, use_bias=False, unit_forget_bias=False, return_sequences=True, name="lstmn"),
            ),
            ("LSTM", dict(units=2, implementation=1, dropout=0.1, recurrent_dropout=0.1, name="lstmd")),
        ],
    )
    if has("RNN", "LSTMCell", "GRUCell", "SimpleRNNCell"):
        outputs.append(layers.RNN(layers.LSTMCell(2), name="rnn_lstm")(x))
        outputs.append(
            layers.RNN([layers.LSTMCell(2), layers.GRUCell(3)], return_sequences=True, name="rnn_cells")(x)
        )
        outputs.append(layers.RNN(layers.SimpleRNNCell(2), name="rnn_simple")(x))
    outputs += branches(
        y,
        [
            ("ConvLSTM2D", dict(filters=2, kernel_size=2, name="convlstm")),
            ("ConvLSTM2D", dict(filters=1, kernel_size=1, return_sequences=True, name="convlstms")),
        ],
    )
    return Model([x, y], outputs)


@case
def hard_gates():
    """What `LSTM` and `GRU` were by default before TensorFlow 2."""
    x = Input((5, 3), name="steps")
    hard = dict(units=2, recurrent_activation="hard_sigmoid")
    y = layers.LSTM(return_sequences=True, name="lstm", **hard)(x)
    y = layers.GRU(name="gru", **hard)(y)
    return Model(x, layers.Dense(2, activation="hard_sigmoid", name="dense")(y))


@case
def wrappers():
    x = Input((5, 3), name="steps")
    y = Input((2, 6, 6, 1), name="film")
    outputs = [
        layers.TimeDistributed(layers.Dense(2, name="inner"), name="time_dense")(x),
        layers.TimeDistributed(layers.Conv2D(2, 3, name="inner_conv"), name="time_conv")(y),
        layers.Bidirectional(layers.LSTM(2), name="both_lstm")(x),
        layers.Bidirectional(layers.GRU(2, return_sequences=True), merge_mode="sum", name="both_gru")(x),
        layers.Bidirectional(layers.SimpleRNN(2), merge_mode=None, name="both_none")(x)[1],
    ]
    return Model([x, y], outputs)


@case
def backward_layer():
    x = Input((5, 3), name="steps")
    try:
        wrapped = layers.Bidirectional(
            layers.LSTM(2), backward_layer=layers.GRU(2, go_backwards=True, name="back"), name="both"
        )
    except TypeError:
        return None
    return Model(x, wrapped(x))


@case
def preprocessing():
    found = dict(vars(layers))
    experimental = getattr(layers, "experimental", None)
    for module in (experimental, getattr(experimental, "preprocessing", None)):
        for name, cls in (vars(module) if module is not None else {}).items():
            found.setdefault(name, cls)
    x = Input((6, 6, 3), name="image")
    rows = [
        ("Rescaling", dict(scale=0.5, offset=0.1, name="rescaling")),
        ("Resizing", dict(height=4, width=3, name="resizing")),
        ("CenterCrop", dict(height=4, width=4, name="center")),
        ("RandomFlip", dict(mode="horizontal", seed=1, name="flip")),
        ("RandomRotation", dict(factor=0.2, name="rotation")),
        ("RandomZoom", dict(height_factor=0.2, name="zoom")),
        ("RandomTranslation", dict(height_factor=0.2, width_factor=0.1, name="translation")),
        ("RandomContrast", dict(factor=0.2, name="contrast")),
        ("RandomBrightness", dict(factor=0.2, name="brightness")),
        ("Normalization", dict(axis=-1, name="normalization")),
    ]
    outputs = []
    for name, arguments in rows:
        if name in found:
            try:
                outputs.append(found[name](**arguments)(x))
            except Exception as error:
                print("  left out: %s: %s" % (name, str(error)[:90]))
    return Model(x, outputs) if outputs else None


# --- networks of each kind ----------------------------------------------------------------------------------


@case
def sequential():
    return models.Sequential(
        [
            layers.Dense(4, activation="relu", input_shape=(3,), name="first"),
            layers.Dropout(0.5),
            layers.BatchNormalization(name="bn"),
            layers.Dense(2, activation="softmax", name="last"),
        ],
        name="chain",
    )


@case
def sequential_in_sequential():
    inner = models.Sequential([layers.Dense(4, input_shape=(3,), name="inner")], name="inside")
    return models.Sequential([inner, layers.Dense(2, name="outer")], name="outside")


@case
def embedded():
    return models.Sequential(
        [
            layers.Embedding(11, 4, input_length=6, mask_zero=True, name="words"),
            layers.Bidirectional(layers.LSTM(3, return_sequences=True), name="both"),
            layers.LSTM(2, name="lstm"),
            layers.Dense(1, activation="sigmoid", name="score"),
        ],
        name="text",
    )


@case
def functional():
    x = Input((8, 8, 3), name="image")
    y = layers.Conv2D(4, 3, padding="same", use_bias=False, name="conv")(x)
    y = layers.BatchNormalization(name="bn")(y)
    y = layers.Activation("relu", name="relu")(y)
    z = layers.Conv2D(4, 1, name="side")(x)
    y = layers.Add(name="add")([y, z])
    y = layers.GlobalAveragePooling2D(name="pool")(y)
    return Model(x, layers.Dense(2, activation="softmax", name="head")(y), name="residual")


@case
def shared():
    one, two = Input((4,), name="one"), Input((4,), name="two")
    dense = layers.Dense(4, activation="tanh", name="shared")
    a, b = dense(one), dense(two)
    c = dense(a)
    return Model(
        [one, two], [layers.Concatenate(name="join")([a, b, c]), layers.Subtract(name="gap")([a, c])]
    )


@case
def nested_twice():
    inner_input = Input((4,), name="inner_input")
    inner = Model(inner_input, layers.Dense(3, name="inner_dense")(inner_input), name="inner")
    chain = models.Sequential([layers.Dense(4, input_shape=(3,), name="chain_dense")], name="chain")
    one, two = Input((4,), name="one"), Input((4,), name="two")
    a, b = inner(one), inner(two)
    c = inner(chain(a))
    return Model([one, two], [layers.Add(name="sum")([a, b, c]), chain(b)], name="outer")


@case
def nested_outputs():
    inner_input = Input((4,), name="x")
    heads = [layers.Dense(2, name="h1")(inner_input), layers.Dense(3, name="h2")(inner_input)]
    inner = Model(inner_input, heads, name="two_heads")
    x = Input((4,), name="row")
    a, b = inner(x)
    return Model(x, [b, a, layers.Concatenate(name="both")([a, b])])


@case
def several_ends():
    title, body = Input((5,), name="title"), Input((3, 2), name="body")
    joined = layers.Concatenate(name="joined")([title, layers.Flatten(name="flat")(body)])
    return Model(
        [body, title],
        [layers.Dense(1, name="stars")(joined), layers.Dense(3, activation="softmax", name="topic")(joined)],
    )


@case
def named_ends():
    one, two = Input((4,), name="z_first"), Input((4,), name="a_second")
    joined = layers.Concatenate(name="joined")([one, two])
    try:
        return Model({"z_first": one, "a_second": two}, {"out": layers.Dense(2, name="dense")(joined)})
    except Exception as error:
        print("  no named ends: %s" % str(error)[:80])
        return None


@case
def states():
    source, target = Input((4, 3), name="source"), Input((5, 3), name="target")
    _, h, c = layers.LSTM(2, return_state=True, name="encoder")(source)
    decoded = layers.LSTM(2, return_sequences=True, name="decoder")(target, initial_state=[h, c])
    _, g = layers.GRU(2, return_state=True, name="gru_encoder")(source)
    other = layers.GRU(2, name="gru_decoder")(target, initial_state=g)
    return Model([source, target], [decoded, other])


@case
def stacked():
    return models.Sequential(
        [
            layers.LSTM(3, return_sequences=True, stateful=True, batch_input_shape=(ROWS, 4, 2), name="one"),
            layers.GRU(3, return_sequences=True, name="two"),
            layers.TimeDistributed(layers.Dense(2, activation="relu", name="inner"), name="each"),
            layers.SimpleRNN(2, name="three"),
        ]
    )


@case
def time_distributed_model():
    cnn = models.Sequential(
        [layers.Conv2D(2, 2, input_shape=(4, 4, 1), name="conv"), layers.Flatten(name="flat")], name="cnn"
    )
    x = Input((3, 4, 4, 1), name="film")
    return Model(x, layers.LSTM(2, name="lstm")(layers.TimeDistributed(cnn, name="frames")(x)))


@case
def masked():
    x = Input((4, 2), name="steps")
    y = layers.Masking(0.0, name="masking")(x)
    return Model(x, layers.LSTM(2, name="lstm")(y))


@case
def half_frozen():
    x = Input((4,), name="row")
    first = layers.Dense(3, name="resting")
    first.trainable = False
    return Model(x, layers.Dense(2, name="free")(first(x)))


# --- what cannot be carried ---------------------------------------------------------------------------------


@case
def lambdas():
    x = Input((4,), name="row")
    y = layers.Dense(3, name="dense")(x)
    y = layers.Lambda(lambda t: K.l2_normalize(t, axis=-1), name="normalize", output_shape=(3,))(y)
    return Model(x, layers.Dense(2, name="head")(y))


class Scale(layers.Layer):
    def __init__(self, factor=2.0, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor

    def build(self, shape):
        self.gain = self.add_weight(name="gain", shape=(int(shape[-1]),), initializer="ones")
        super().build(shape)

    def call(self, inputs):
        return inputs * self.gain * self.factor

    def compute_output_shape(self, shape):
        return shape

    def get_config(self):
        config = super().get_config()
        config["factor"] = self.factor
        return config


@case
def custom():
    x = Input((4,), name="row")
    y = Scale(3.0, name="scale")(x)
    return Model(x, layers.Dense(2, name="head")(y))


# --- operations between layers ------------------------------------------------------------------------------


def needs_operations():
    return tf is not None


@case
def arithmetic():
    x, y = Input((4,), name="one"), Input((4,), name="two")
    z = (1.0 - x) * y + x / 2.0
    z = tf.maximum(z, -x) ** 2
    z = tf.sqrt(tf.abs(z) + 1e-3)
    return Model([x, y], layers.Dense(2, name="head")(z))


@case
def operations():
    x, image = Input((4, 6), name="table"), Input((8, 8, 3), name="image")
    outputs = [
        tf.concat([x, x], axis=-1),
        tf.reduce_mean(x, axis=1),
        tf.reduce_sum(x, axis=[1, 2], keepdims=True),
        tf.reduce_max(x, axis=-1),
        tf.transpose(x, [0, 2, 1]),
        tf.expand_dims(x, 1),
        tf.squeeze(tf.expand_dims(x, 1), 1),
        tf.reshape(x, (-1, 24)),
        tf.stack([x, x], axis=1),
        tf.split(x, 2, axis=1)[1],
        tf.nn.relu(x),
        tf.nn.softmax(x),
        tf.nn.sigmoid(x),
        tf.nn.leaky_relu(x, alpha=0.3),
        tf.nn.l2_normalize(x, -1),
        tf.cast(x > 0.0, "float32"),
        tf.matmul(x, x, transpose_b=True),
        tf.clip_by_value(x, 0.0, 1.0),
        tf.pad(x, [[0, 0], [1, 2], [0, 0]]),
        tf.tile(x, [1, 2, 1]),
        tf.where(x > 0.0, x, x * 0.1),
        tf.math.squared_difference(x, x * 2.0),
        tf.image.resize(image, (4, 4)),
        x[:, 0],
        x[:, 1:3, ::2],
        x[..., -1],
        tf.exp(x) + tf.math.log(tf.abs(x) + 1.0),
        tf.minimum(x, 0.3),
        tf.nn.elu(x),
        tf.gather(x, [0, 2], axis=1),
    ]
    return Model([x, image], outputs)


@case
def dynamic_shapes():
    x = Input((4, 6), name="table")
    y = tf.reshape(x, (tf.shape(x)[0], 24))
    return Model(x, layers.Dense(2, name="head")(y))


@case
def no_counterpart():
    x = Input((4, 4), name="table")
    return Model(x, tf.linalg.band_part(x, 0, -1))


ONLY_WITH_OPERATIONS = ("arithmetic", "operations", "dynamic_shapes", "no_counterpart")


# --- compiled -----------------------------------------------------------------------------------------------


def compiled(optimizer, **arguments):
    model = models.Sequential([layers.Dense(1, input_shape=(3,), name="dense")], name="net")
    model.compile(optimizer, **arguments)
    return model


def rate(value):
    name = "learning_rate" if tf is not None or RELEASE >= "keras2.3" else "lr"
    return {name: value}


@case
def compiled_adam():
    return compiled(keras.optimizers.Adam(beta_1=0.8, **rate(0.02)), loss="mse", metrics=["mae"])


@case
def compiled_sgd():
    optimizer = keras.optimizers.SGD(momentum=0.9, nesterov=True, clipnorm=1.0, **rate(0.1))
    return compiled(optimizer, loss="binary_crossentropy", metrics=["accuracy"])


@case
def compiled_decay():
    base = getattr(keras.optimizers, "legacy", keras.optimizers)
    if RELEASE.startswith("tfk") or not hasattr(base, "SGD"):
        base = keras.optimizers
    try:
        return compiled(base.SGD(decay=0.01, **rate(0.1)), loss="mse")
    except Exception:
        return None


@case
def compiled_others():
    found = models.Sequential([layers.Dense(1, input_shape=(3,), name="dense")], name="net")
    found.compile(keras.optimizers.RMSprop(rho=0.8, **rate(0.01)), loss=keras.losses.mean_absolute_error)
    return found


@case
def compiled_objects():
    if not hasattr(keras.losses, "BinaryCrossentropy"):
        return None
    return compiled(
        keras.optimizers.Adagrad(),
        loss=keras.losses.BinaryCrossentropy(from_logits=True),
        metrics=[keras.metrics.AUC(name="auc"), keras.metrics.BinaryAccuracy(threshold=0.4)],
    )


@case
def compiled_schedule():
    schedules = getattr(keras.optimizers, "schedules", None)
    if schedules is None:
        return None
    schedule = schedules.ExponentialDecay(0.1, 10, 0.5)
    return compiled(keras.optimizers.Adam(schedule), loss="mse")


@case
def compiled_by_output():
    model = several_ends()
    model.compile(
        "nadam",
        loss={"stars": "mse", "topic": "categorical_crossentropy"},
        loss_weights={"stars": 1.0, "topic": 0.5},
        metrics={"topic": ["accuracy"]},
    )
    return model


@case
def mixed_precision():
    try:
        policy = keras.mixed_precision.Policy("mixed_float16")
    except AttributeError:
        try:
            policy = keras.mixed_precision.experimental.Policy("mixed_float16")
        except AttributeError:
            return None
    x = Input((4,), name="row")
    y = layers.Dense(3, dtype=policy, name="half")(x)
    return Model(x, layers.Dense(2, dtype="float32", name="full")(y))


# --- files --------------------------------------------------------------------------------------------------


def fill(model):
    """Weights that are all different, so that none can be taken for another."""
    random = np.random.RandomState(7)
    values = []
    for weight, value in zip(model.weights, model.get_weights()):
        positive = "variance" in weight.name
        drawn = random.uniform(0.5, 1.5, value.shape) if positive else random.uniform(-0.6, 0.6, value.shape)
        values.append(drawn.astype(value.dtype))
    model.set_weights(values)


def samples(model):
    """Inputs by name; whole numbers for those that are ids."""
    random = np.random.RandomState(11)
    found = {}
    for tensor, name in zip(model.inputs, model.input_names):
        shape = (
            [ROWS if size is None else int(size) for size in tensor.shape.as_list()]
            if hasattr(tensor.shape, "as_list")
            else [ROWS if size is None else int(size) for size in K.int_shape(tensor)]
        )
        ids = name in ("ids",) or name.startswith("words")
        drawn = random.randint(0, 8, shape) if ids else random.uniform(-1.0, 1.0, shape)
        found[name] = np.round(drawn, 3).astype("float32")
    return found


def flat(values):
    if isinstance(values, dict):
        return [item for key in sorted(values) for item in flat(values[key])]
    if isinstance(values, (list, tuple)):
        return [item for value in values for item in flat(value)]
    return [np.asarray(values, "float64")]


def described(model, prefix=""):
    """Every layer, those of nested models too."""
    found = []
    for layer in model.layers:
        path = prefix + layer.name
        found.append({"path": path, "class": type(layer).__name__, "params": int(layer.count_params())})
        if hasattr(layer, "layers") and not hasattr(layer, "cell"):
            found += described(layer, path + "/")
    return found


def rounded(array):
    return [float("%.7g" % number) for number in array.ravel().tolist()]


def record(model):
    given = samples(model)
    arguments = [given[name] for name in model.input_names]
    named = isinstance(getattr(model, "_nested_inputs", None), dict)
    outputs = flat(
        model.predict(given if named else arguments if len(arguments) > 1 else arguments[0], verbose=0)
    )
    return {
        "params": int(model.count_params()),
        "layers": described(model),
        "inputs": {
            name: {"shape": list(value.shape), "values": rounded(value)} for name, value in given.items()
        },
        "outputs": [{"shape": list(value.shape), "values": rounded(value)} for value in outputs],
    }


def main(folder):
    written, records = [], {}
    with tempfile.TemporaryDirectory() as place:
        for name in sorted(CASES):
            if name in ONLY_WITH_OPERATIONS and not needs_operations():
                continue
            K.clear_session()
            try:
                model = CASES[name]()
                if model is None:
                    continue
                fill(model)
                records[name] = record(model)
            except Exception as error:
                print("%s: %s: %s" % (name, type(error).__name__, str(error)[:200]))
                records.pop(name, None)
                continue
            forms = [".h5"] + ([".keras"] if writes_keras() else [])
            for form in forms:
                path = os.path.join(place, name + form)
                try:
                    if form == ".h5" and tf is not None and RELEASE != "tf1.15":
                        model.save(path, save_format="h5")
                    else:
                        model.save(path)
                    written.append((name + form, open(path, "rb").read()))
                except Exception as error:
                    print("%s%s: %s: %s" % (name, form, type(error).__name__, str(error)[:200]))
            written.append((name + ".json", model.to_json().encode()))
    written.append(
        ("cases.json", json.dumps({"release": RELEASE, "keras": VERSION, "cases": records}).encode())
    )
    target = os.path.join(folder, RELEASE + ".tar.xz")
    with tarfile.open(target, "w:xz", preset=9) as archive:
        # Files of one form beside each other, which are packed better.
        for name, data in sorted(written, key=lambda item: (item[0].rpartition(".")[2], item[0])):
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    print("%s: %d cases, %d files, %d bytes" % (target, len(records), len(written), os.path.getsize(target)))


def writes_keras():
    version = [int(part) for part in VERSION.split(".")[:2]]
    return tf is not None and version >= [2, 13]


if __name__ == "__main__":
    main(sys.argv[1])
