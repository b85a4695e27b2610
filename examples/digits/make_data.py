"""Writes `digits.npz`: the handwritten digits that come with scikit-learn, 1,797 images of 8 by 8.

It needs scikit-learn (`pip install scikit-learn`), which nothing else here does: what it writes is here too.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

FOR_TESTS = 360


def main() -> None:
    digits = load_digits()
    order = np.random.RandomState(0).permutation(len(digits.images))
    images = digits.images[order].astype("uint8")  # 0 to 16
    labels = digits.target[order].astype("uint8")
    np.savez_compressed(
        Path(__file__).with_name("digits.npz"),
        x_train=images[FOR_TESTS:],
        y_train=labels[FOR_TESTS:],
        x_test=images[:FOR_TESTS],
        y_test=labels[:FOR_TESTS],
    )


if __name__ == "__main__":
    main()
