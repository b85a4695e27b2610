"""Models of every kind that a document can be written of, by name."""

from __future__ import annotations

from collections.abc import Callable

import keras
from keras import layers, ops

Make = Callable[[], keras.Model]


def made(name: str) -> keras.Model:
    """A model, where it can be without values, which is quick."""
    keras.utils.clear_session()
    if name.startswith("compiled"):
        return MODELS[name]()
    with keras.StatelessScope(initialize_variables=False):
        return MODELS[name]()


def shared_layers() -> keras.Model:
    """One layer called three times, at different depths, one call reading another."""
    x, y = keras.Input((4,), name="x"), keras.Input((4,), name="y")
    shared = layers.Dense(4, activation="relu", name="shared")
    once = shared(x)
    twice = shared(layers.Dense(4, name="between")(once))
    other = shared(y)
    return keras.Model([x, y], layers.Concatenate()([twice, other, once]), name="sharing")


def shared_against_the_outputs() -> keras.Model:
    """The call that was made last is needed first."""
    x = keras.Input((4,), name="x")
    shared = layers.Dense(4, name="shared")
    first = shared(x)
    second = shared(layers.ReLU()(x))
    return keras.Model(x, [second, first], name="backwards")


def nested_twice() -> keras.Model:
    """A functional model inside, called twice, with another inside it."""
    a = keras.Input((3,), name="a")
    core = keras.Model(a, layers.Dense(3, name="d")(a), name="core")
    b = keras.Input((3,), name="b")
    tower = keras.Model(b, layers.ReLU()(core(layers.Dense(3)(b))), name="tower")
    x, y = keras.Input((3,), name="x"), keras.Input((3,), name="y")
    return keras.Model([x, y], layers.Add()([tower(x), tower(y)]), name="siamese")


def nested_of_one_name() -> keras.Model:
    """Two models of one name, in two scopes."""
    a = keras.Input((3,), name="a")
    inner = keras.Model(a, layers.Dense(2)(a), name="part")
    b = keras.Input((3,), name="b")
    outer = keras.Model(b, inner(b), name="whole")
    c = keras.Input((3,), name="c")
    other = keras.Model(c, layers.Dense(2)(c), name="part")
    x = keras.Input((3,), name="x")
    return keras.Model(x, layers.Add()([outer(x), other(x)]), name="names")


def nested_of_one_output_in_a_list() -> keras.Model:
    """As Keras wrote every model before 3.11."""
    a = keras.Input((3,), name="a")
    inner = keras.Model([a], [layers.Dense(3)(a)], name="inner")
    x = keras.Input((3,), name="x")
    (once,) = inner([x])
    (twice,) = inner([layers.ReLU()(once)])
    return keras.Model([x], [layers.Add()([once, twice])], name="lists_of_one")


def nested_with_outputs_by_name() -> keras.Model:
    a = keras.Input((3,), name="a")
    inner = keras.Model(
        a, {"wide": layers.Dense(4)(a), "deep": [layers.Dense(2)(a), layers.Dense(1)(a)]}, name="heads"
    )
    x = keras.Input((3,), name="x")
    given = inner(x)
    merged = layers.Concatenate()([given["wide"], given["deep"][1]])
    return keras.Model(x, {"merged": merged, "left": given["deep"][0]}, name="by_name")


def nested_with_inputs_by_name() -> keras.Model:
    a, b = keras.Input((3,), name="a"), keras.Input((3,), name="b")
    inner = keras.Model({"first": a, "second": b}, layers.Add()([a, b]), name="summed")
    x, y = keras.Input((3,), name="x"), keras.Input((3,), name="y")
    return keras.Model([x, y], inner({"first": y, "second": x}), name="fed_by_name")


def nested_frozen() -> keras.Model:
    a = keras.Input((3,), name="a")
    inner = keras.Model(a, layers.BatchNormalization()(layers.Dense(2)(a)), name="base")
    inner.trainable = False
    x = keras.Input((3,), name="x")
    return keras.Model(x, layers.Dense(1)(inner(x, training=False)), name="transfer")


def sequential() -> keras.Model:
    chain = [keras.Input((8, 8, 3)), layers.Conv2D(4, (3, 5), strides=2), layers.Flatten(), layers.Dense(2)]
    return keras.Sequential(chain, name="chain")


def sequential_inside() -> keras.Model:
    mlp = keras.Sequential([keras.Input((4,)), layers.Dense(8, "gelu"), layers.Dense(4)], name="mlp")
    x = keras.Input((4,), name="x")
    return keras.Model(x, layers.Add()([x, mlp(x)]), name="residual")


def unbuilt_sequential_inside() -> keras.Model:
    mlp = keras.Sequential([layers.Dense(8, "gelu"), layers.Dense(4)], name="mlp")
    x = keras.Input((4,), name="x")
    return keras.Model(x, mlp(mlp(x)), name="unbuilt")


def several_outputs() -> keras.Model:
    x = keras.Input((5, 3), name="x")
    sequence, h, c = layers.LSTM(4, return_sequences=True, return_state=True, name="encoder")(x)
    decoded = layers.LSTM(4, name="decoder")(sequence, initial_state=[h, c])
    both = layers.Bidirectional(layers.GRU(2, return_state=True))(x)
    left, right = ops.split(decoded, 2, axis=-1)
    values, places = ops.top_k(decoded, 2)
    return keras.Model(
        x, [left, right, values, both[0], both[2], ops.cast(places, "float32")], name="several"
    )


def only_the_first_of_several() -> keras.Model:
    x = keras.Input((5, 3), name="x")
    given = layers.GRU(4, return_state=True)(x)
    return keras.Model(x, layers.Dense(1)(given[0]), name="first")


def structures() -> keras.Model:
    a, b, c = (keras.Input((2,), name=name) for name in "abc")
    outputs = {"sum": a + b, "rest": [layers.Dense(1, name="last")(c), (b * 2.0, a)]}
    return keras.Model({"one": a, "others": [b, {"third": c}]}, outputs, name="structures")


def one_input_in_a_list() -> keras.Model:
    x = keras.Input((2,), name="x")
    return keras.Model([x], [layers.Dense(1)(x)], name="lists")


def operations() -> keras.Model:
    x = keras.Input((6, 4), name="x")
    y = ops.einsum("bij,bkj->bik", x, x)
    z = ops.concatenate([x[:, 0], x[..., -1, :], x[:, 1:6:2, 0]], axis=-1)
    weighted = ops.where(x > 0.5, x, ops.zeros_like(x, dtype="float32"))
    moved = ops.transpose(ops.reshape(weighted, (-1, 4, 6)), axes=[0, 2, 1])
    scaled = 1.0 / (1.0 + ops.exp(-moved))
    total = ops.sum(ops.matmul(y, scaled), axis=(1, 2), keepdims=False)
    stacked = ops.stack([x[:, 0], x[:, 0]], axis=1)
    return keras.Model(
        x, [z, total, stacked, ops.norm(x, axis=-1), x + ops.array([1.0, 2, 3, 4])], name="algebra"
    )


def masks() -> keras.Model:
    tokens = keras.Input((None,), dtype="int32", name="tokens")
    x = layers.Embedding(20, 8, mask_zero=True, name="embedded")(tokens)
    x = layers.Dropout(0.1)(x)
    x = layers.MultiHeadAttention(2, 4, name="attention")(x, x)
    x = layers.LSTM(4, name="summary")(x)
    return keras.Model(tokens, layers.Dense(1)(x), name="masked")


def masking_layer() -> keras.Model:
    x = keras.Input((5, 3), name="x")
    return keras.Model(x, layers.TimeDistributed(layers.Dense(2))(layers.Masking()(x)), name="masking")


def call_arguments() -> keras.Model:
    x, y = keras.Input((6, 8), name="x"), keras.Input((5, 8), name="y")
    m = keras.Input((6, 5), dtype="bool", name="m")
    attended, scores = layers.MultiHeadAttention(2, 4, value_dim=3, output_shape=8)(
        x, y, attention_mask=m, return_attention_scores=True
    )
    normed = layers.BatchNormalization()(attended, training=False)
    grouped = layers.GroupQueryAttention(4, 4, 2)(x, value=y, use_causal_mask=True)
    additive = layers.Attention(use_scale=True)([x, y])
    return keras.Model([x, y, m], [normed, scores, grouped, additive], name="called")


def wrappers() -> keras.Model:
    x = keras.Input((5, 8, 8, 3), name="x")
    inner = keras.Sequential([keras.Input((8, 8, 3)), layers.Conv2D(2, 3), layers.Flatten()], name="inner")
    y = layers.TimeDistributed(inner)(x)
    y = layers.Bidirectional(
        layers.LSTM(3, return_sequences=True, name="there"),
        backward_layer=layers.LSTM(3, return_sequences=True, go_backwards=True, name="back"),
        merge_mode="sum",
    )(y)
    y = layers.RNN([layers.LSTMCell(4), layers.GRUCell(3), layers.LSTMCell(2)])(y)
    return keras.Model(x, layers.SpectralNormalization(layers.Dense(2))(y), name="wrapped")


def models_as_arguments() -> keras.Model:
    """A functional model, one that was never built before, and one inside another's argument."""
    a = keras.Input((4,), name="a")
    inner = keras.Model(a, layers.Dense(3, name="d")(layers.Dense(4)(a)), name="Inner net")
    part = keras.Sequential([layers.Dense(3, "relu"), layers.Dense(2)], name="inner_net")
    deep = keras.Sequential([keras.Input((2,)), part, layers.Dense(2)], name="deep")
    other = keras.Sequential([layers.Dense(3)], name="inner_net")
    x, z = keras.Input((5, 4), name="x"), keras.Input((3, 5, 3), name="z")
    y = layers.TimeDistributed(inner)(x)
    y = layers.TimeDistributed(keras.Sequential([layers.Dense(2)], name="late"))(y)
    return keras.Model(
        [x, z],
        [layers.TimeDistributed(deep)(y), layers.TimeDistributed(layers.TimeDistributed(other))(z)],
        name="distributed",
    )


def objects() -> keras.Model:
    x = keras.Input((8, 8, 3), name="x")
    y = layers.Conv2D(
        4, 3, padding="same", dilation_rate=(2, 2), kernel_initializer=keras.initializers.HeNormal(seed=7),
        bias_initializer=keras.initializers.Constant(0.1), kernel_regularizer=keras.regularizers.L1L2(1e-5),
        kernel_constraint="max_norm", activation=keras.layers.LeakyReLU(0.2), activity_regularizer="l2",
    )(x)  # fmt: skip
    y = layers.AveragePooling2D((2, 3), strides=(1, 2), padding="same")(y)
    y = layers.MaxPooling2D(2)(layers.MaxPooling2D((2, 2), strides=1)(y))
    y = layers.LayerNormalization(axis=(1, 2))(layers.GroupNormalization(2)(layers.LayerNormalization()(y)))
    y = layers.ZeroPadding2D(((1, 0), (2, 2)))(layers.Cropping2D(1)(layers.UpSampling2D(4)(y)))
    y = layers.ReLU(6.0)(y)
    y = layers.Activation(keras.activations.gelu)(y)
    return keras.Model(x, layers.Rescaling(1 / 255, offset=[0.0, 1.0, 2.0, 3.0])(y), name="objects")


def policies() -> keras.Model:
    x = keras.Input((8,), name="x")
    y = layers.Dense(4, dtype="mixed_float16")(x)
    y = layers.Dense(4, dtype="bfloat16")(y)
    return keras.Model(x, layers.Dense(1, dtype="float32")(layers.Dense(4)(y)), name="policies")


def one_policy() -> keras.Model:
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        x = keras.Input((8,), name="x")
        y = layers.LSTM(4)(layers.Reshape((4, 2))(layers.Dense(8)(x)))
        return keras.Model(x, layers.Dense(1, dtype="float32")(y), name="mixed")
    finally:
        keras.config.set_dtype_policy(before)


def policy_map() -> keras.Model:
    policy = keras.dtype_policies.DTypePolicyMap(default_policy="float32")
    policy["attention/query"] = keras.dtype_policies.DTypePolicy("bfloat16")
    x = keras.Input((6, 8), name="x")
    attention = layers.MultiHeadAttention(2, 4, dtype=policy, name="attention")
    return keras.Model(x, attention(x, x), name="mapped")


def channels_first() -> keras.Model:
    before = keras.config.image_data_format()
    keras.config.set_image_data_format("channels_first")
    try:
        x = keras.Input((3, 8, 8), name="x")
        y = layers.GlobalAveragePooling2D()(layers.DepthwiseConv2D(3)(x))
        return keras.Model(x, y, name="first_channels")
    finally:
        keras.config.set_image_data_format(before)


def odd_inputs() -> keras.Model:
    a = keras.Input(batch_shape=(2, 3), name="a")
    b = keras.Input((), dtype="int32", name="b")
    c = keras.Input((3,), name="c", optional=True)
    return keras.Model(
        [a, b, c], [layers.Dense(2)(a), layers.Embedding(4, 2)(b), layers.Dense(1)(c)], name="odd"
    )


def frozen_layers() -> keras.Model:
    x = keras.Input((3,), name="x")
    frozen = layers.Dense(2, trainable=False)(x)
    return keras.Model(x, layers.Dense(1, name="head")(frozen), name="frozen")


def text_that_yaml_reads_otherwise() -> keras.Model:
    x = keras.Input((3,), name="on")
    y = layers.Dense(2, name="no")(x)
    y = layers.Dense(2, name="null")(y)
    y = layers.Dense(2, name="True")(y)
    y = layers.Dense(2, name="e1")(y)
    return keras.Model(x, layers.Dense(2, name="dense_7")(layers.Dense(2, name="dense")(y)), name="words")


def names_with_gaps() -> keras.Model:
    x = keras.Input((3,), name="x")
    y = x
    for name in ("dense_3", "dense_4", "dense", "dense_1", "dense_9", "dense_2"):
        y = layers.Dense(2, name=name)(y)
    return keras.Model(x, layers.Add(name="add_5")([y, y]), name="gaps")


def a_name_with_a_dot() -> keras.Model:
    x = keras.Input((3,), name="x")
    return keras.Model(x, layers.Dense(2)(x), name="net_1.00 b")


def foreign_names() -> keras.Model:
    """Names that the language does not have, some of which differ in what it lacks alone."""
    a = keras.Input((3,), name="prev")
    b = keras.Input((3,), name="in:0")
    c = keras.Input((3,), name="_c")
    shared = layers.Dense(3, name="block.0.fc")
    x = shared(layers.Add(name="9 sum")([a, b, c]))
    x = layers.Dense(3, name="block_0_fc")(x)
    x = layers.Dense(3, name="block 0 fc")(shared(x))
    state = layers.GRU(2, return_state=True, name="größe[1]")(layers.Reshape((1, 3), name="$i")(x))
    y = layers.Dense(2, name="dense.1")(ops.add(state[0], state[1]))
    y = layers.Dense(2)(layers.Dense(2)(layers.Dense(2)(y)))
    inner = keras.Input((2,), name="~")
    part = keras.Model(inner, layers.Dense(1, name="{}")(inner), name="part: the $last")
    return keras.Model({"prev": a, "in:0": b, "_c": c}, [part(y), shared(a)], name="in.net [$1]")


def compiled_with_foreign_names() -> keras.Model:
    x = keras.Input((4,), name="x.0")
    model = keras.Model(x, [layers.Dense(1, name="out.0")(x), layers.Dense(1, name="out.1")(x)], name="of")
    model.compile("adam", loss={"out.0": "mse", "out.1": "mae"}, metrics={"out.1": ["mse"]})
    return model


def compiled() -> keras.Model:
    x = keras.Input((4,), name="x")
    model = keras.Model(
        x, {"a": layers.Dense(1, name="one")(x), "b": layers.Dense(3, name="two")(x)}, name="two_losses"
    )
    schedule = keras.optimizers.schedules.CosineDecay(0.1, 100, alpha=0.01)
    model.compile(
        keras.optimizers.AdamW(schedule, weight_decay=0.05, clipnorm=1.0),
        loss={"a": "mse", "b": keras.losses.SparseCategoricalCrossentropy(from_logits=True)},
        loss_weights={"a": 0.3, "b": 1.0},
        metrics={"a": ["mae", keras.metrics.RootMeanSquaredError(name="rms")], "b": ["accuracy"]},
        steps_per_execution=4,
    )
    return model


def compiled_with_objects() -> keras.Model:
    """Objects without arguments, which are not the strings that name them."""
    x = keras.Input((4,), name="x")
    model = keras.Model(x, layers.Dense(1, activation=layers.LeakyReLU())(x), name="objects")
    model.compile(
        keras.optimizers.Adam(),
        keras.losses.MeanSquaredError(),
        metrics=[keras.metrics.MeanAbsoluteError()],
        weighted_metrics=[keras.metrics.SparseCategoricalAccuracy(), "mae"],
    )
    return model


def compiled_plainly() -> keras.Model:
    x = keras.Input((4,), name="x")
    model = keras.Model(x, layers.Dense(1)(x), name="plain")
    model.compile("sgd", "binary_crossentropy", metrics=["accuracy", keras.metrics.AUC(curve="PR")])
    return model


def images() -> keras.Model:
    x = keras.Input((8, 8, 3), name="x")
    y = layers.RandomRotation(0.1)(layers.RandomFlip("horizontal")(x))
    y = layers.Resizing(4, 4)(layers.RandomZoom((-0.2, 0.1))(y))
    return keras.Model(x, layers.Normalization(mean=[1.0, 2, 3], variance=[1.0, 1, 1])(y), name="images")


MODELS: dict[str, Make] = {
    make.__name__: make
    for make in (
        shared_layers, shared_against_the_outputs, nested_twice, nested_of_one_name,
        nested_of_one_output_in_a_list,
        nested_with_outputs_by_name, nested_with_inputs_by_name, nested_frozen, sequential, sequential_inside,
        unbuilt_sequential_inside,
        several_outputs, only_the_first_of_several, structures, one_input_in_a_list, operations, masks,
        masking_layer, call_arguments, wrappers, models_as_arguments,
        objects, policies, one_policy, policy_map, channels_first,
        odd_inputs, frozen_layers, text_that_yaml_reads_otherwise, names_with_gaps, a_name_with_a_dot,
        foreign_names, compiled_with_foreign_names, compiled, compiled_with_objects, compiled_plainly, images,
    )
}  # fmt: skip
