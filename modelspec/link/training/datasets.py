"""The data sets of `keras.datasets`."""

from __future__ import annotations

from typing import Any

import keras

from modelspec.link.training.feed import Samples


def load_dataset(name: str, args: dict[str, Any]) -> tuple[Samples, Samples]:
    """The part for training and the part for tests; Keras downloads them at their first use."""
    module = getattr(keras.datasets, name)
    training, test = module.load_data(**args)
    return Samples(*training), Samples(*test)
