"""The models of `configs/`, written by hand in Keras the way a user would.

Each function of `TWINS` is the twin of the document of its name; its arguments are the document's
variables. `COMPILED` holds what the document gives to `compile`: apart from the models, because no
optimizer can be made while a model is built without values.
"""

from __future__ import annotations

from collections.abc import Callable

import keras
from keras import layers, ops


def mnist_cnn(*, width: int = 32, classes: int = 10) -> keras.Model:
    image = x = keras.Input((28, 28, 1), name="image")
    x = layers.Rescaling(1 / 255)(x)
    x = layers.Conv2D(width, 3, activation="relu")(x)
    x = layers.MaxPooling2D()(x)
    x = layers.Conv2D(width * 2, 3, activation="relu")(x)
    x = layers.MaxPooling2D()(x)
    x = layers.Flatten()(x)
    x = layers.Dropout(0.5)(x)
    x = layers.Dense(classes, activation="softmax", name="probs")(x)
    return keras.Model(image, x, name="mnist_cnn")


def resnet50() -> keras.Model:
    return keras.applications.ResNet50(weights=None)


def mobilenet_v2() -> keras.Model:
    return keras.applications.MobileNetV2(weights=None)


def efficientnet_b0() -> keras.Model:
    return keras.applications.EfficientNetB0(weights=None)


def convnext_tiny() -> keras.Model:
    return keras.applications.ConvNeXtTiny(weights=None)


def resnet_cifar(*, width: int = 16, depth: int = 3, classes: int = 10) -> keras.Model:
    def conv_bn(x, filters, kernel=3, stride=1):
        x = layers.Conv2D(
            filters, kernel, stride, padding="same", use_bias=False, kernel_initializer="he_normal"
        )(x)
        return layers.BatchNormalization()(x)

    image = keras.Input((32, 32, 3), name="image")
    x = layers.ReLU()(conv_bn(image, width))
    for stage in range(3):
        filters = width * 2**stage
        for block in range(depth):
            first = stage > 0 and block == 0
            stride = 2 if first else 1
            main = layers.ReLU()(conv_bn(x, filters, stride=stride))
            main = conv_bn(main, filters)
            shortcut = conv_bn(x, filters, 1, stride) if first else x
            x = layers.ReLU()(layers.Add()([main, shortcut]))
    x = layers.GlobalAveragePooling2D()(x)
    x = layers.Dense(classes, name="logits")(x)
    return keras.Model(image, x, name="resnet_cifar")


def vit(
    *,
    size: int = 224,
    patch: int = 16,
    dim: int = 384,
    depth: int = 12,
    heads: int = 6,
    drop: float = 0.0,
    classes: int = 1000,
) -> keras.Model:
    count = (size // patch) ** 2
    image = keras.Input((size, size, 3), name="image")
    x = layers.Rescaling(1 / 127.5, offset=-1)(image)
    x = layers.Conv2D(dim, patch, patch, name="patch_embedding")(x)
    patches = layers.Reshape((count, dim), name="patches")(x)

    zeros = ops.zeros_like(patches[:, :1, 0], dtype="int32")
    class_token = layers.Embedding(1, dim, name="class_token")(zeros)
    tokens = layers.Concatenate(axis=1, name="tokens")([class_token, patches])

    positions = ops.cumsum(ops.ones_like(tokens[:, :, 0], dtype="int32"), axis=1) - 1
    x = layers.Add()([tokens, layers.Embedding(count + 1, dim, name="position_embedding")(positions)])
    x = layers.Dropout(drop)(x)
    for _ in range(depth):
        y = layers.LayerNormalization(epsilon=1e-6)(x)
        y = layers.MultiHeadAttention(heads, dim // heads, dropout=drop)(y, y)
        x = layers.Add()([x, y])
        y = layers.LayerNormalization(epsilon=1e-6)(x)
        y = layers.Dense(dim * 4, activation="gelu")(y)
        y = layers.Dropout(drop)(y)
        y = layers.Dense(dim)(y)
        y = layers.Dropout(drop)(y)
        x = layers.Add()([x, y])
    x = layers.LayerNormalization(epsilon=1e-6, name="norm")(x)
    x = layers.Dense(classes, name="logits")(x[:, 0])
    return keras.Model(image, x, name="vit_s16")


def unet(
    *, size: int = 256, channels: int = 3, width: int = 32, levels: int = 4, classes: int = 2
) -> keras.Model:
    def double_conv(x, filters):
        for _ in range(2):
            x = layers.Conv2D(filters, 3, padding="same", use_bias=False, kernel_initializer="he_normal")(x)
            x = layers.ReLU()(layers.BatchNormalization()(x))
        return x

    image = x = keras.Input((size, size, channels), name="image")
    skips = []
    for level in range(levels):
        x = double_conv(x, width * 2**level)
        skips.append(x)
        x = layers.MaxPooling2D()(x)
    x = double_conv(x, width * 2**levels)
    for level in reversed(range(levels)):
        x = layers.Conv2DTranspose(width * 2**level, 2, 2)(x)
        x = layers.Concatenate()([skips[level], x])
        x = double_conv(x, width * 2**level)
    x = layers.Conv2D(
        classes, 1, padding="same", kernel_initializer="he_normal", activation="softmax", name="mask"
    )(x)
    return keras.Model(image, x, name="unet")


def bilstm(
    *, vocab: int = 20000, dim: int = 128, units: int = 64, depth: int = 2, drop: float = 0.2
) -> keras.Model:
    tokens = keras.Input((None,), dtype="int32", name="tokens")
    x = layers.Embedding(vocab, dim, mask_zero=True, name="embedding")(tokens)
    x = layers.SpatialDropout1D(drop)(x)
    for _ in range(depth - 1):
        x = layers.Bidirectional(layers.LSTM(units, return_sequences=True))(x)
    x = layers.Bidirectional(layers.LSTM(units), name="summary")(x)
    x = layers.Dropout(drop)(x)
    x = layers.Dense(1, activation="sigmoid", name="positive")(x)
    return keras.Model(tokens, x, name="bilstm")


def gpt(
    *,
    vocab: int = 8192,
    context: int = 256,
    dim: int = 384,
    depth: int = 6,
    heads: int = 6,
    drop: float = 0.1,
) -> keras.Model:
    def init():
        return keras.initializers.RandomNormal(stddev=0.02)

    tokens = keras.Input((None,), dtype="int32", name="tokens")
    embedding = layers.ReversibleEmbedding(vocab, dim, embeddings_initializer=init(), name="token_embedding")
    positions = ops.cumsum(ops.ones_like(tokens), axis=1) - 1
    x = layers.Add()(
        [
            embedding(tokens),
            layers.Embedding(context, dim, embeddings_initializer=init(), name="position_embedding")(
                positions
            ),
        ]
    )
    x = layers.Dropout(drop)(x)
    for _ in range(depth):
        y = layers.LayerNormalization(epsilon=1e-5)(x)
        attention = layers.MultiHeadAttention(heads, dim // heads, dropout=drop, kernel_initializer=init())
        y = attention(y, y, use_causal_mask=True)
        y = layers.Dropout(drop)(y)
        x = layers.Add()([x, y])
        y = layers.LayerNormalization(epsilon=1e-5)(x)
        y = ops.gelu(layers.Dense(dim * 4, kernel_initializer=init())(y))
        y = layers.Dense(dim, kernel_initializer=init())(y)
        y = layers.Dropout(drop)(y)
        x = layers.Add()([x, y])
    x = layers.LayerNormalization(epsilon=1e-5, name="norm")(x)
    x = embedding(x, reverse=True)
    return keras.Model(tokens, x, name="gpt")


def transformer(
    *,
    vocab: int = 16000,
    length: int = 128,
    dim: int = 256,
    depth: int = 4,
    heads: int = 4,
    drop: float = 0.1,
) -> keras.Model:
    def add_norm(residual, x):
        x = layers.Dropout(drop)(x)
        return layers.LayerNormalization(epsilon=1e-6)(layers.Add()([residual, x]))

    def attention(x, memory, mask, causal=False):
        layer = layers.MultiHeadAttention(heads, dim // heads, dropout=drop)
        y = layer(x, memory, attention_mask=mask, use_causal_mask=causal)
        return add_norm(x, y)

    def feed_forward(x):
        y = layers.Dense(dim * 4, activation="relu")(x)
        return add_norm(x, layers.Dense(dim)(y))

    def embed(tokens):
        positions = ops.cumsum(ops.ones_like(tokens), axis=1) - 1
        x = layers.Add()([vectors(tokens), layers.Embedding(length, dim)(positions)])
        return layers.Dropout(drop)(x)

    def padding_mask(tokens):
        return ops.expand_dims(ops.not_equal(tokens, 0), axis=1)

    vectors = layers.Embedding(vocab, dim, name="source_vectors")
    source = keras.Input((None,), dtype="int32", name="source")
    target = keras.Input((None,), dtype="int32", name="target")
    source_mask = padding_mask(source)
    target_mask = padding_mask(target)

    memory = embed(source)
    for _ in range(depth):
        memory = feed_forward(attention(memory, memory, source_mask))
    x = embed(target)
    for _ in range(depth):
        x = attention(x, x, target_mask, causal=True)
        x = feed_forward(attention(x, memory, source_mask))
    x = layers.Dense(vocab, name="logits")(x)
    return keras.Model([source, target], x, name="transformer")


def wavenet(
    *,
    levels: int = 256,
    channels: int = 64,
    skip_channels: int = 256,
    stacks: int = 3,
    depth: int = 10,
) -> keras.Model:
    def conv(filters, kernel, **arguments):
        return layers.Conv1D(filters, kernel, padding="causal", **arguments)

    audio = keras.Input((None,), dtype="int32", name="audio")
    x = layers.Embedding(levels, channels, name="samples")(audio)
    x = conv(channels, 2, name="stem")(x)
    skips = []
    for i in range(stacks * depth):
        dilation = 2 ** (i % depth)
        gated = layers.Multiply()(
            [
                conv(channels, 2, dilation_rate=dilation, activation="tanh")(x),
                conv(channels, 2, dilation_rate=dilation, activation="sigmoid")(x),
            ]
        )
        skips.append(conv(skip_channels, 1)(gated))
        x = layers.Add()([x, conv(channels, 1)(gated)])
    x = skips[0]
    for skip in skips[1:]:
        x = layers.Add()([x, skip])
    x = layers.ReLU()(x)
    x = conv(skip_channels, 1, activation="relu")(x)
    x = conv(levels, 1, name="logits")(x)
    return keras.Model(audio, x, name="wavenet")


def mlp_mixer(
    *,
    size: int = 224,
    patch: int = 16,
    dim: int = 512,
    depth: int = 8,
    token_dim: int = 256,
    channel_dim: int = 2048,
    classes: int = 1000,
) -> keras.Model:
    patches = (size // patch) ** 2

    def mlp(x, hidden, units):
        return layers.Dense(units)(layers.Dense(hidden, activation="gelu")(x))

    image = keras.Input((size, size, 3), name="image")
    x = layers.Rescaling(1 / 127.5, offset=-1)(image)
    x = layers.Conv2D(dim, patch, patch, name="patch_embedding")(x)
    x = layers.Reshape((patches, dim))(x)
    for _ in range(depth):
        y = layers.LayerNormalization(epsilon=1e-6)(x)
        y = layers.Permute((2, 1))(y)
        y = mlp(y, token_dim, patches)
        y = layers.Permute((2, 1))(y)
        x = layers.Add()([x, y])
        y = layers.LayerNormalization(epsilon=1e-6)(x)
        x = layers.Add()([x, mlp(y, channel_dim, dim)])
    x = layers.LayerNormalization(epsilon=1e-6)(x)
    x = layers.GlobalAveragePooling1D()(x)
    x = layers.Dense(classes, kernel_initializer="zeros", name="logits")(x)
    return keras.Model(image, x, name="mixer_s16")


def wide_and_deep(
    *, dim: int = 8, hidden: tuple[int, ...] = (256, 128, 64), drop: float = 0.1
) -> keras.Model:
    sizes = {
        "workclass": 9,
        "education": 16,
        "marital_status": 7,
        "occupation": 15,
        "relationship": 6,
        "country": 42,
    }
    columns = {name: keras.Input((1,), dtype="int32", name=name) for name in sizes}
    numbers = keras.Input((5,), name="numbers")

    wide = [
        layers.CategoryEncoding(size, output_mode="one_hot", name=f"{name}_one_hot")(columns[name])
        for name, size in sizes.items()
    ]
    pair = columns["education"] * 15 + columns["occupation"]
    pair = layers.CategoryEncoding(16 * 15, output_mode="one_hot", name="education_x_occupation")(pair)
    x = layers.Concatenate()([*wide, pair])
    wide = layers.Dense(1, kernel_initializer="zeros", name="wide")(x)

    vectors = []
    for name, size in sizes.items():
        x = layers.Embedding(size, dim, name=f"{name}_embedding")(columns[name])
        vectors.append(layers.Flatten(name=f"{name}_vector")(x))
    scaled = layers.Normalization(
        mean=[38.6, 10.1, 1077.6, 87.3, 40.4],
        variance=[186.1, 6.6, 54542539.2, 162376.9, 152.5],
        name="scaled",
    )(numbers)
    x = layers.Concatenate()([*vectors, scaled])
    for units in hidden:
        x = layers.Dense(units, activation="relu")(x)
        x = layers.Dropout(drop)(x)
    deep = layers.Dense(1, use_bias=False, name="deep")(x)

    x = layers.Add()([wide, deep])
    x = layers.Activation("sigmoid", name="rich")(x)
    return keras.Model([*columns.values(), numbers], x, name="wide_and_deep")


def autoencoder(*, size: int = 28, channels: int = 1, width: int = 32, code: int = 16) -> keras.Model:
    image = x = keras.Input((size, size, channels), name="image")
    x = layers.Conv2D(width, 3, 2, padding="same", activation="relu")(x)
    x = layers.Conv2D(width * 2, 3, 2, padding="same", activation="relu")(x)
    x = layers.Flatten()(x)
    x = layers.Dense(code, name="code")(x)
    encoder = keras.Model(image, x, name="encoder")

    numbers = x = keras.Input((code,), name="code")
    x = layers.Dense((size // 4) ** 2 * width * 2, activation="relu")(x)
    x = layers.Reshape((size // 4, size // 4, width * 2))(x)
    x = layers.Conv2DTranspose(width * 2, 3, 2, padding="same", activation="relu")(x)
    x = layers.Conv2DTranspose(width, 3, 2, padding="same", activation="relu")(x)
    x = layers.Conv2D(channels, 3, padding="same", activation="sigmoid", name="pixels")(x)
    decoder = keras.Model(numbers, x, name="decoder")

    image = keras.Input((size, size, channels), name="image")
    x = layers.GaussianNoise(0.3)(image)
    return keras.Model(image, decoder(encoder(x)), name="autoencoder")


def two_tower(*, vocab: int = 20000, dim: int = 128, shops: int = 1000) -> keras.Model:
    def unit_vector(x, name):
        x = layers.Dense(dim, activation="relu")(x)
        x = layers.Dense(dim)(x)
        return layers.UnitNormalization(name=name)(x)

    ids = keras.Input((None,), dtype="int32", name="ids")
    x = layers.Embedding(vocab, dim, mask_zero=True, name="tokens")(ids)
    x = layers.Bidirectional(layers.GRU(dim // 2))(x)
    text_encoder = keras.Model(ids, x, name="text_encoder")

    query = keras.Input((None,), dtype="int32", name="query")
    title = keras.Input((None,), dtype="int32", name="title")
    shop = keras.Input((), dtype="int32", name="shop")
    numbers = keras.Input((12,), name="numbers")

    query_vector = unit_vector(text_encoder(query), None)
    shop_vector = layers.Embedding(shops, 16, name="shop_vector")(shop)
    x = layers.Concatenate()([text_encoder(title), shop_vector, numbers])
    product_vector = unit_vector(x, None)

    x = layers.Dot(-1, name="cosine")([query_vector, product_vector])
    click = layers.Dense(1, activation="sigmoid", name="click")(x)
    x = layers.Concatenate()([query_vector, product_vector])
    x = layers.Dense(dim, activation="relu")(x)
    stars = layers.Dense(5, activation="softmax", name="stars")(x)
    return keras.Model([query, title, shop, numbers], {"click": click, "stars": stars}, name="two_tower")


TWINS: dict[str, Callable[..., keras.Model]] = {
    twin.__name__: twin
    for twin in (
        mnist_cnn,
        resnet50,
        mobilenet_v2,
        efficientnet_b0,
        convnext_tiny,
        resnet_cifar,
        vit,
        unet,
        bilstm,
        gpt,
        transformer,
        wavenet,
        mlp_mixer,
        wide_and_deep,
        autoencoder,
        two_tower,
    )
}


def _logits_loss() -> keras.losses.Loss:
    return keras.losses.SparseCategoricalCrossentropy(from_logits=True)


COMPILED: dict[str, Callable[[], dict[str, object]]] = {
    "mnist_cnn": lambda: {
        "optimizer": keras.optimizers.Adam(1e-3),
        "loss": "sparse_categorical_crossentropy",
        "metrics": ["accuracy"],
    },
    "resnet_cifar": lambda: {
        "optimizer": keras.optimizers.SGD(
            keras.optimizers.schedules.CosineDecay(0.1, 64000), momentum=0.9, nesterov=True
        ),
        "loss": _logits_loss(),
        "metrics": ["accuracy"],
    },
    "vit": lambda: {
        "optimizer": keras.optimizers.AdamW(
            keras.optimizers.schedules.CosineDecay(0.0, 300000, warmup_target=1e-3, warmup_steps=10000),
            weight_decay=0.05,
            global_clipnorm=1.0,
        ),
        "loss": _logits_loss(),
        "metrics": ["accuracy"],
    },
    "unet": lambda: {
        "optimizer": keras.optimizers.Adam(1e-3),
        "loss": "sparse_categorical_crossentropy",
        "metrics": ["accuracy"],
    },
    "bilstm": lambda: {
        "optimizer": keras.optimizers.Adam(1e-3),
        "loss": "binary_crossentropy",
        "metrics": ["accuracy", "AUC"],
    },
    "gpt": lambda: {
        "optimizer": keras.optimizers.AdamW(6e-4, weight_decay=0.1, beta_2=0.95, global_clipnorm=1.0),
        "loss": _logits_loss(),
    },
    "transformer": lambda: {
        "optimizer": keras.optimizers.Adam(1e-4, beta_2=0.98, epsilon=1e-9),
        "loss": keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=0),
    },
    "wavenet": lambda: {
        "optimizer": keras.optimizers.Adam(1e-3),
        "loss": _logits_loss(),
        "metrics": ["accuracy"],
    },
    "mlp_mixer": lambda: {
        "optimizer": keras.optimizers.AdamW(1e-3, weight_decay=0.1, global_clipnorm=1.0),
        "loss": _logits_loss(),
        "metrics": ["accuracy"],
    },
    "wide_and_deep": lambda: {
        "optimizer": keras.optimizers.Adam(1e-3),
        "loss": "binary_crossentropy",
        "metrics": ["accuracy", "AUC"],
    },
    "autoencoder": lambda: {
        "optimizer": keras.optimizers.Adam(1e-3),
        "loss": "binary_crossentropy",
    },
    "two_tower": lambda: {
        "optimizer": keras.optimizers.AdamW(3e-4, weight_decay=0.01),
        "loss": {"click": "binary_crossentropy", "stars": "sparse_categorical_crossentropy"},
        "loss_weights": {"click": 1.0, "stars": 0.2},
        "metrics": {"click": ["AUC"], "stars": ["accuracy"]},
    },
}
