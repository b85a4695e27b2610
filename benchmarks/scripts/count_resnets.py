"""Make residual networks one after the other, as a loop over a grid does.

The last line has the seconds that all of them would take, by the clock and of the processors.
"""

import itertools
import sys
import time

import keras
from keras import layers


def conv_bn(x, filters, *, kernel=3, stride=1, relu=True):
    """A convolution that is normalised."""
    x = layers.Conv2D(
        filters,
        kernel,
        strides=stride,
        padding="same",
        use_bias=False,
        kernel_initializer="he_normal",
    )(x)
    x = layers.BatchNormalization()(x)
    return layers.ReLU()(x) if relu else x


def residual(x, filters, *, stride=1, project=False):
    """Two of them, and what goes around them."""
    main = conv_bn(conv_bn(x, filters, stride=stride), filters, relu=False)
    shortcut = conv_bn(x, filters, kernel=1, stride=stride, relu=False) if project else x
    return layers.ReLU()(layers.Add()([main, shortcut]))


def resnet(width, depth, classes, rate):
    """Three stages of residual blocks."""
    image = keras.Input((32, 32, 3))
    x = conv_bn(image, width)
    for stage in range(3):
        for number in range(depth):
            first = stage > 0 and number == 0
            x = residual(x, width * 2**stage, stride=2 if first else 1, project=first)
    x = layers.GlobalAveragePooling2D()(x)
    if rate > 0:
        x = layers.Dropout(rate)(x)
    return keras.Model(image, layers.Dense(classes)(x))


points = list(itertools.product(range(8, 31, 2), range(2, 9), [10, 100, 1000], [0.0, 0.1, 0.2, 0.3]))
chosen = points[:: int(sys.argv[1])]
begun, computed = time.perf_counter(), time.process_time()
for point in chosen:
    model = resnet(*point)
    print(*point, model.count_params(), model.output_shape[1:])
    keras.backend.clear_session()
share = len(points) / len(chosen)
print((time.perf_counter() - begun) * share, (time.process_time() - computed) * share)
