"""Variables whose initializer makes no values of their shape or dtype, found without making any."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from modelspec.link.linked import Variable
from modelspec.weights.recipes import UndrawableError, read_initializer


def undrawable(variables: Iterable[Variable]) -> Iterator[tuple[Variable, str]]:
    """Each variable that cannot be drawn, with one sentence on why; Keras would refuse it too."""
    for variable in variables:
        if variable.initializer is None:
            continue
        try:
            read_initializer(variable.initializer, shape=variable.shape, dtype=variable.dtype)
        except UndrawableError as error:
            yield variable, str(error)
