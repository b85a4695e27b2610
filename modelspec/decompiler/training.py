"""What `training` is where nobody gives it, which Keras records with each call all the same.

Source: the signatures of `call` in Keras 3.15. A test holds the tables to the installed release.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_FALSE = (
    "AdditiveAttention AlphaDropout Attention ConvLSTM1D ConvLSTM2D ConvLSTM3D Dropout FlaxLayer GRU GRUCell "
    "GaussianDropout GaussianNoise JaxLayer LSTM LSTMCell RNN SimpleRNN SimpleRNNCell SpatialDropout1D "
    "SpatialDropout2D SpatialDropout3D SpectralNormalization StackedRNNCells TFSMLayer"
)
_TRUE = (
    "AugMix AutoContrast CenterCrop ContrastLimitedAdaptiveHistogramEqualization CutMix Equalization "
    "MaxNumBoundingBoxes MixUp Pipeline RandAugment RandomBrightness RandomColorDegeneration "
    "RandomColorJitter RandomContrast RandomCrop RandomElasticTransform RandomErasing RandomFlip "
    "RandomGaussianBlur RandomGrayscale RandomHue RandomInvert RandomPerspective RandomPosterization "
    "RandomRotation RandomSaturation RandomSharpness RandomShear RandomTranslation RandomZoom Resizing "
    "Solarization"
)

USUAL: Mapping[str, bool] = MappingProxyType(
    {f"keras.layers.{name}": False for name in _FALSE.split()}
    | {f"keras.layers.{name}": True for name in _TRUE.split()}
)
"""By the full name of a class, for those whose `call` has a default that is not null."""
