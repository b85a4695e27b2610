"""What a release of Keras fails at though it knows the class and every argument, found by opening archives.

Each row is a fault of older releases that is mended in the one it names; `tests/portability` shows both.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from modelspec.catalog.target import Version

Json = Any


@dataclass(frozen=True, slots=True)
class Late:
    """Something that works only since some release.

    Args:
        since: that release.
        what: it, as messages call it.
        argument: whose value it is; `None` where it is the object as a whole.
        when: tells from the value whether it is of that kind.
    """

    since: Version
    what: str
    argument: str | None = None
    when: Callable[[Json], bool] = lambda value: value is not None


# By class; `*` is any.
LATE: Mapping[str, tuple[Late, ...]] = MappingProxyType(
    {
        # Before, `get` of an initializer's seed read numbers only.
        "*": (Late((3, 8), "an object as `seed`", "seed", lambda value: isinstance(value, dict)),),
        # Before, it was added to a tuple as the list that archives hold.
        "MultiHeadAttention": (Late((3, 8), "`output_shape` of `MultiHeadAttention`", "output_shape"),),
        # Before, the layer said that its output is its input itself, and a graph of it was not connected.
        "RandomGrayscale": (Late((3, 11), "`RandomGrayscale`"),),
        # Before, there were no four bits, and then for a while none for what is looked up.
        "QuantizedDTypePolicy": (Late((3, 11), "`int4`", "mode", lambda value: value == "int4"),),
        "Embedding": (Late((3, 12), "`int4` of `Embedding`", "dtype", lambda value: _is_int4(value)),),
        # Before, its variables were kept in another order, in which those of an archive do not fit.
        "Nadam": (Late((3, 10), "the state of the optimizer `Nadam`"),),
        # Before, the name was not bound where strides were given; and there were patches of images only.
        "ExtractPatches": (
            Late((3, 14), "`strides` of `ExtractPatches`", "strides", bool),
            Late(
                (3, 12),
                "a `size` of three of `ExtractPatches`",
                "size",
                lambda value: isinstance(value, list) and len(value) > 2,
            ),
        ),
    }
)

# Before, the statistics of `Normalization` were given the shape of the axes it keeps, as `reshape` does it;
_STATISTICS_BROADCAST = (3, 8)
# then as `broadcast_to` does; since this one its own axes first.
_STATISTICS_ALIGNED = (3, 14)


def late_values(data: Mapping[str, Any]) -> Iterator[Late]:
    """What of an object of Keras' own works only since some release.

    Args:
        data: its serialization dict.
    """
    for owner in (str(data["class_name"]), "*"):
        for late in LATE.get(owner, ()):
            if late.argument is None or (
                late.argument in data["config"] and late.when(data["config"][late.argument])
            ):
                yield late
    yield from _statistics(data)


def _statistics(data: Mapping[str, Any]) -> Iterator[Late]:
    match data:
        case {
            "class_name": "Normalization",
            "config": dict() as config,
            "build_config": {"input_shape": [*sizes]},
        } if config.get("mean") is not None:
            mean = config["mean"]
            # Left out, it is the last one.
            kept = {axis % len(sizes) for axis in config.get("axis", [-1])}
            wanted = tuple(size if at in kept else 1 for at, size in enumerate(sizes))
            given = _shape(mean)
            shown = f"statistics of shape {list(given)}" if given else "a number"
            what = f"{shown} as `mean` of `Normalization` for inputs of shape {json.dumps(sizes)}"
            if not _broadcasts(given, wanted):
                yield Late(_STATISTICS_ALIGNED, what, "mean")
            elif math.prod(given) != math.prod(wanted):
                yield Late(_STATISTICS_BROADCAST, what, "mean")


def _is_int4(policy: Json) -> bool:
    match policy:
        case {"class_name": "QuantizedDTypePolicy", "config": {"mode": "int4"}}:
            return True
        case _:
            return False


def holds_plain_int4(data: Json) -> bool:
    """Whether something in a dict is quantized to four bits by a policy without blocks: its values are laid
    out in one way by releases before 3.14, in another by newer ones, and neither reads the other's.
    """
    match data:
        case dict():
            return _is_int4(data) or any(holds_plain_int4(value) for value in data.values())
        case list():
            return any(holds_plain_int4(item) for item in data)
        case _:
            return False


def _shape(value: Json) -> tuple[int, ...]:
    """Of nested lists of numbers."""
    return (len(value), *_shape(value[0])) if isinstance(value, list) and value else ()


def _broadcasts(given: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    return len(given) <= len(wanted) and all(
        one in (1, other) for one, other in zip(given[::-1], wanted[::-1], strict=False)
    )
