"""One call of a layer as the formulas of its cost see it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from modelspec.frozen import dataclass

Shape = tuple[int | None, ...]
"""Sizes with the batch; `None` for an open one."""


class Unknown(Exception):
    """Nobody can tell what a call costs; the text says why."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a layer or operation.

    Args:
        cls: its full public name.
        arguments: those that Keras does not fill in.
        reads: the shapes of the tensors it reads, by the name of the argument, in order.
        gives: the shapes of what it gives.
        variables: the shapes of its variables, by their name below it (`query_dense/kernel`).
    """

    cls: str
    arguments: Mapping[str, Any]
    reads: Mapping[str, tuple[Shape, ...]]
    gives: tuple[Shape, ...]
    variables: Mapping[str, tuple[int, ...]]

    @property
    def first(self) -> Shape:
        """The shape of the first tensor it reads. Raises `Unknown` where there is none."""
        shape = next((shape for shapes in self.reads.values() for shape in shapes), None)
        if shape is None:
            raise Unknown("the shape of what it reads is not known")
        return shape

    @property
    def result(self) -> Shape:
        """The shape of the first tensor it gives. Raises `Unknown` where there is none."""
        if not self.gives:
            raise Unknown("the shape of what it gives is not known")
        return self.gives[0]

    def variable(self, *names: str) -> tuple[int, ...]:
        """The shape of the first variable of one of these names. Raises `Unknown` where there is none."""
        for name in names:
            if name in self.variables:
                return self.variables[name]
        raise Unknown(f"it has no variable `{names[0]}`")

    def numbers(self, ending: str) -> int:
        """How many numbers the variables hold whose last name is this one."""
        found = [shape for name, shape in self.variables.items() if name.rpartition("/")[2] == ending]
        return sum(map(math.prod, found))


def count(sizes: Iterable[int | None]) -> int:
    """The product of sizes. Raises `Unknown` where one is open."""
    found = 1
    for size in sizes:
        if size is None:
            raise Unknown("a size is open")
        found *= size
    return found


def elements(shape: Sequence[int | None]) -> int:
    """How many numbers one example of a batch has. Raises `Unknown` where a size but the batch's is open."""
    return count(shape[1:])
