"""Pieces of tensors that lie in a file already, and arrays of them."""

from __future__ import annotations

import io
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from modelspec.archive.region import HeldRegion, ReadRegion
from modelspec.weights.in_place import values_in_place
from modelspec.weights.stream import pour, streamed
from modelspec.weights.values import Values

FLOATS = np.arange(3_000_000, dtype="<f4")


class Taken(io.BytesIO):
    """A file that has the first of the bytes copied for it, as many as it says."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self.most = most
        self.asked: list[tuple[int, tuple[int, int], int]] = []

    def take(self, position: int, source: tuple[int, int], count: int) -> int:
        self.asked.append((position, source, count))
        descriptor, start = source
        with open(descriptor, "rb", buffering=0, closefd=False) as file:
            file.seek(start)
            found = file.read(min(count, self.most))
        self.seek(position)
        return self.write(found)


def lying(file: Any, start: int = 0) -> Values:
    return values_in_place(file, start, shape=FLOATS.shape, lying=FLOATS.dtype, dtype=FLOATS.dtype)


def poured(tensors: list[Values], file: Any) -> bytes:
    """All tensors, one behind the other."""
    starts = np.cumsum([0, *(values.size for values in tensors)])
    for piece in streamed(tensors):
        pour(piece, file, int(starts[piece.tensor]) + piece.start)
    return bytes(file.getvalue())


def made(values: np.ndarray[Any, Any]) -> Values:
    return Values(values.shape, values.dtype, False, whole=lambda: values)


@pytest.mark.parametrize("most", [0, 1, 1_000_001, 1 << 30])
def test_what_the_system_copies_in_part_is_read_and_written_from_there(tmp_path: Path, most: int) -> None:
    (tmp_path / "a").write_bytes(b"head" + FLOATS.tobytes())
    ones = np.ones(5, "<f4")
    with io.FileIO(tmp_path / "a") as file:
        region = ReadRegion(file, threading.Lock(), start=1, size=3 + FLOATS.nbytes)
        target, descriptor = Taken(most), file.fileno()
        found = poured([made(ones), lying(region, 3), made(ones)], target)
    assert found == ones.tobytes() + FLOATS.tobytes() + ones.tobytes()
    assert target.asked[0] == (20, (descriptor, 4), 1 << 23)


def test_what_lies_in_memory_is_copied_through_a_buffer() -> None:
    target = Taken(1 << 30)
    assert poured([lying(HeldRegion(FLOATS.tobytes()))], target) == FLOATS.tobytes()
    assert target.asked == []


def test_a_file_that_takes_nothing_is_written_to() -> None:
    assert poured([lying(HeldRegion(FLOATS.tobytes()))], io.BytesIO()) == FLOATS.tobytes()


def test_what_is_copied_needs_no_thread() -> None:
    before = threading.active_count()
    for piece in streamed([lying(HeldRegion(FLOATS.tobytes()))]):
        assert threading.active_count() == before
        assert piece.size <= 1 << 23


@pytest.mark.parametrize("dtype", ["<f4", ">f4", "|b1"])
def test_only_bytes_that_stay_as_they_are_count_as_lying(dtype: str) -> None:
    stored = np.array([1, 0, 1], dtype)
    values = values_in_place(
        HeldRegion(stored.tobytes()),
        0,
        shape=(3,),
        lying=stored.dtype,
        dtype=np.dtype(dtype.replace(">", "<")),
    )
    assert (values.lying is not None) is (dtype == "<f4")
    assert values.array().tolist() == [1, 0, 1]


@pytest.mark.parametrize("shape", [(), (0, 3), (2, 3)])
def test_a_whole_tensor_has_memory_of_its_own(shape: tuple[int, ...]) -> None:
    given = np.ones(shape)
    for values in (
        made(given),
        values_in_place(HeldRegion(given.tobytes()), 0, shape=shape, lying=given.dtype, dtype=given.dtype),
        Values(shape, given.dtype, False, fill=lambda start, out: out.fill(1)),
    ):
        found = values.array()
        assert found.shape == shape
        assert np.array_equal(found, given)
        found[...] = 2
        assert np.array_equal(values.array(), given)
