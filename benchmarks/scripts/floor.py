"""The least that making an archive with Keras can cost: its import, and so many bytes on the disk."""

import os
import sys

import keras  # noqa: F401

path, size = sys.argv[1], int(sys.argv[2])
block = b"modelspec" * (1 << 17)
with open(path, "wb") as file:  # noqa: PTH123
    left = size
    while left:
        left -= file.write(block[: min(left, len(block))])
    file.flush()
    os.fsync(file.fileno())
