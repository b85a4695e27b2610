from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest

from modelspec.weights.stream import streamed
from modelspec.weights.values import Lying, Values


def counted(first: int, size: int, dtype: str = "int32", **other: Any) -> Values:
    def fill(start: int, out: Any) -> None:
        out[...] = np.arange(first + start, first + start + len(out))

    return Values((size,), np.dtype(dtype), False, fill=fill, **other)


def lying(first: int, size: int, dtype: str = "int32") -> Values:
    """Values whose bytes lie somewhere as they are written."""
    data = counted(first, size, dtype).array().tobytes()

    def read(start: int, buffer: memoryview) -> None:
        buffer[:] = data[start : start + len(buffer)]

    return counted(first, size, dtype, lying=Lying(read, None))


def whole(first: int, size: int) -> Values:
    values = np.arange(first, first + size, dtype="int32")
    return Values((size,), values.dtype, False, whole=lambda: values)


@pytest.mark.parametrize("size", [0, 1, 3, (1 << 16) - 1, 1 << 16, (1 << 21) + 5])
def test_tensors_of_every_kind_come_in_order_without_holes(size: int) -> None:
    tensors = [
        counted(0, size),
        lying(1, size),
        whole(2, size),
        Values((size,), np.dtype("int32"), True),
        lying(3, size),
        lying(4, size, dtype="int64"),
    ]
    found = [bytearray() for _ in tensors]
    order = []
    for piece in streamed(tensors):
        assert piece.start == len(found[piece.tensor])
        for block in piece.blocks():
            found[piece.tensor] += block
        order.append(piece.tensor)
    assert order == sorted(order)
    assert [bytes(each) for each in found] == [
        b"" if values.is_zero else values.array().tobytes() for values in tensors
    ]


def test_what_must_be_computed_is_made_by_other_threads() -> None:
    threads = set()

    def fill(start: int, out: Any) -> None:
        threads.add(threading.current_thread())
        out[...] = start

    values = Values((1 << 20,), np.dtype("float32"), False, fill=fill)
    assert sum(piece.size for piece in streamed([values])) == 4 << 20
    assert threading.current_thread() not in threads
