"""The points of a space, one at a time: any of a grid by its number, any of a random sweep by its own."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable

from modelspec.frozen import dataclass
from modelspec.source.tree import Node, Primitive, Scalar
from modelspec.sweep.shown import shown_value
from modelspec.sweep.values import Choose, Parameter, Part, Point, Setting, Space, Sweep, Zip
from modelspec.sweep.values_of import drawn, size_of, value_at

Value = tuple[str, Primitive]


def grid_size(space: Space) -> int:
    """How many points a grid has: of a choice, each alternative has the product of its own parameters."""
    size = 1
    for part in space.parts:
        size *= _size(part)
    return size


def grid_point(space: Space, number: int) -> Point:
    """The point of a grid with a number from 1; the last parameter of the space changes fastest."""
    walk = _Walk([], [])
    _visit(space, number - 1, walk)
    return Point(number, tuple(walk.values), tuple(walk.settings))


def random_point(sweep: Sweep, number: int) -> Point:
    """The point of a random sweep with a number from 1; those to start from come first.

    Each value depends on the seed, the number and the parameter alone, so that another parameter, or another
    order of them, changes none.
    """
    start = sweep.start[number - 1] if number <= len(sweep.start) else None
    given = dict(start.values) if start is not None else {}
    # Points are numbered anew behind those to start from, so that one more of these moves none.
    index = f"start {number - 1}" if start is not None else str(number - 1 - len(sweep.start))

    def choose(part: Part) -> Node | int:
        node = given.get(part.key)
        if node is None:
            return _drawn(part, _chance(sweep.seed, index, part.id))
        return node if isinstance(part, Parameter) else _position(part, node)

    return chosen_point(sweep.space, number, choose)


def chosen_point(space: Space, number: int, choose: Callable[[Part], Node | int]) -> Point:
    """The point that is chosen part by part; of an alternative's parts only where it is chosen itself.

    Args:
        choose: the position, from 0, of a part's value; of a parameter the value itself, or its position.
    """
    walk = _Walk([], [])
    _choose(space, choose, walk)
    return Point(number, tuple(walk.values), tuple(walk.settings))


def point_of(sweep: Sweep, number: int) -> Point:
    """The point of a sweep with a number from 1."""
    return grid_point(sweep.space, number) if sweep.method == "grid" else random_point(sweep, number)


@dataclass(frozen=True, slots=True)
class _Walk:
    """What has been gathered on the way through a space."""

    values: list[Value]
    settings: list[Setting]

    def take(self, part: Part, position: int | None, *, node: Node | None = None) -> Space | None:
        """Note a part's value, by its position or itself; the space that it opens."""
        match part:
            case Parameter():
                value = node if node is not None else value_at(part.domain, position or 0)
                self.values.append((part.key, shown_value(value)))
                self.settings.append(Setting(part.path, value))
                return None
            case Zip():
                self.values.append((part.key, position))
                for path, value in zip(part.paths, part.rows[position or 0], strict=True):
                    self.values.append((path.text, shown_value(value)))
                    self.settings.append(Setting(path, value))
                return None
            case Choose():
                alternative = part.alternatives[position or 0]
                self.values.append((part.key, alternative.label))
                self.settings.extend(Setting(path, value) for path, value in alternative.set)
                return alternative.space


def _size(part: Part) -> int:
    match part:
        case Parameter():
            return size_of(part.domain)
        case Zip():
            return len(part.rows)
        case Choose():
            return sum(grid_size(alternative.space) for alternative in part.alternatives)


def _visit(space: Space, index: int, walk: _Walk) -> None:
    """Add what the point `index`, from 0, of a space has."""
    sizes = [_size(part) for part in space.parts]
    digits = []
    for size in reversed(sizes):
        index, digit = divmod(index, size)
        digits.append(digit)
    for part, digit in zip(space.parts, reversed(digits), strict=True):
        if not isinstance(part, Choose):
            walk.take(part, digit)
            continue
        for position, alternative in enumerate(part.alternatives):
            size = grid_size(alternative.space)
            if digit < size:
                inner = walk.take(part, position)
                assert inner is not None
                _visit(inner, digit, walk)
                break
            digit -= size


def _choose(space: Space, choose: Callable[[Part], Node | int], walk: _Walk) -> None:
    for part in space.parts:
        chosen = choose(part)
        inner = walk.take(part, chosen) if isinstance(chosen, int) else walk.take(part, None, node=chosen)
        if inner is not None:
            _choose(inner, choose, walk)


def _drawn(part: Part, chance: float) -> Node | int:
    match part:
        case Parameter():
            return drawn(part.domain, chance)
        case Zip():
            return int(chance * len(part.rows))
        case Choose():
            return int(chance * len(part.alternatives))


def _position(part: Zip | Choose, node: Node) -> int:
    """Of a row by its number, of an alternative by its label."""
    assert isinstance(node, Scalar)
    if isinstance(part, Choose):
        return [alternative.label for alternative in part.alternatives].index(node.text)
    assert isinstance(node.value, int)
    return node.value


def _chance(seed: int, index: str, id: str) -> float:
    """A number from 0 up to 1 that depends on these three and nothing else."""
    key = hashlib.sha256(json.dumps([seed, index, id]).encode()).digest()
    return random.Random(int.from_bytes(key, "big")).random()
