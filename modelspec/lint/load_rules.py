"""Files of weights that are matched in an order that does not fit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from modelspec.frozen import dataclass
from modelspec.language.values import Origin
from modelspec.lint.finding import Finding


@dataclass(frozen=True, slots=True)
class OrderedLoad:
    """An entry of `weights.load` with `match: order`, and the layers of both sides by class.

    Args:
        file: as written.
        origin: of `match`.
        stored: how many layers the file has of each class, by the stem that Keras gives their groups.
        wanted: how many of those that it fills the model has.
    """

    file: str
    origin: Origin
    stored: Mapping[str, int]
    wanted: Mapping[str, int]


def name_order_weights(loads: tuple[OrderedLoad, ...]) -> Iterator[Finding]:
    """A file matched in order that has another number of layers of a class than the model."""
    for load in loads:
        stems = sorted({*load.stored, *load.wanted})
        different = [stem for stem in stems if load.stored.get(stem, 0) != load.wanted.get(stem, 0)]
        if different:
            yield Finding(
                "name-order-weights",
                f"`{load.file}` is matched in order, and has other layers than this model",
                load.origin,
                help="match by `name`, with `rename` where names differ",
                notes=tuple(
                    f"`{stem}`: {load.stored.get(stem, 0)} in the file, {load.wanted.get(stem, 0)} here"
                    for stem in different
                ),
            )
