"""The layers of Keras that take one tensor, not a list, and give one.

Keras tells neither: of a list of one tensor some say that it has no shape, and some give as many tensors as a
shape has sizes. The tests hold the table against Keras.
"""

from __future__ import annotations

ONE_TENSOR = frozenset(
    f"keras.layers.{name}"
    for name in (
        *("AdaptiveAveragePooling1D", "AdaptiveAveragePooling2D", "AdaptiveAveragePooling3D"),
        *("AdaptiveMaxPooling1D", "AdaptiveMaxPooling2D", "AdaptiveMaxPooling3D"),
        *("AveragePooling1D", "AveragePooling2D", "AveragePooling3D"),
        *("BatchNormalization", "CategoryEncoding", "CenterCrop"),
        *("Conv1D", "Conv2D", "Conv3D", "Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose"),
        *("Cropping1D", "Cropping2D", "Cropping3D"),
        *("Dense", "DepthwiseConv1D", "DepthwiseConv2D", "Discretization", "EinsumDense", "Embedding"),
        "Flatten",
        *("GlobalAveragePooling1D", "GlobalAveragePooling2D", "GlobalAveragePooling3D"),
        *("GlobalMaxPooling1D", "GlobalMaxPooling2D", "GlobalMaxPooling3D"),
        *("GroupNormalization", "LayerNormalization", "Masking"),
        *("MaxPooling1D", "MaxPooling2D", "MaxPooling3D"),
        *("Normalization", "PReLU", "Permute", "RMSNormalization", "RepeatVector", "Reshape", "Resizing"),
        *("SeparableConv1D", "SeparableConv2D", "UpSampling1D", "UpSampling2D", "UpSampling3D"),
        *("ZeroPadding1D", "ZeroPadding2D", "ZeroPadding3D"),
    )
)
"""By the full name that Keras serialises them under."""
