"""What training the variants of a sweep comes to, as far as its document says so."""

from __future__ import annotations

from collections.abc import Iterator

from modelspec.compiler.sweeping.planning.variants import Swept
from modelspec.source.tree import Mapping, Scalar
from modelspec.sweep.values import Choose, Parameter, Space, Zip

_EPOCHS = "train.fit.epochs"


def training_of(swept: Swept) -> tuple[int, int | None]:
    """With how many seeds each variant is trained, and for how many epochs at the most, if that is plain."""
    train = swept.document.tree.get("train")
    if train is None:
        return 0, None
    repeats = swept.sweep.repeats
    seeds = len(repeats.seeds) if repeats is not None else 1
    fit = train.get("fit") if isinstance(train, Mapping) else None
    epochs = fit.get("epochs") if isinstance(fit, Mapping) else None
    is_swept = any(_EPOCHS.startswith(path) for path in _paths(swept.sweep.space))
    if is_swept or not isinstance(epochs, Scalar) or not isinstance(epochs.value, int):
        return seeds, None
    return seeds, epochs.value


def _paths(space: Space) -> Iterator[str]:
    for part in space.walk():
        match part:
            case Parameter(path=path):
                yield path.text
            case Zip(paths=paths):
                yield from (path.text for path in paths)
            case Choose(alternatives=alternatives):
                yield from (path.text for one in alternatives for path, _ in one.set)
