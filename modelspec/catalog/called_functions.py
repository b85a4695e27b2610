"""Arguments that Keras calls as they are, so that a text has to become the function it means.

Source: `keras.src.metrics.reduction_metrics.MeanMetricWrapper`, which asks no `get`: it calls what it is
given with the labels and the predictions.
"""

from __future__ import annotations

from modelspec.catalog.context import Context, did_you_mean
from modelspec.catalog.entry import FunctionEntry
from modelspec.catalog.lookup import Catalog
from modelspec.catalog.stem import to_snake_case
from modelspec.diagnostics import nearest
from modelspec.language.values import Origin

_CALLED = frozenset({("MeanMetricWrapper", "fn")})
_HOME = "keras.metrics."


def is_called(class_name: str, argument: str) -> bool:
    """Whether what an argument of a class of Keras is given is called as it is."""
    return (class_name, argument) in _CALLED


def function_meant(text: str, origin: Origin, context: Context) -> dict[str, object] | None:
    """The serialization dict of the function that a text means, by its name, full or not, or by a string of
    Keras' own such as `mse`; `None` where there is none, which is reported.
    """
    found = _function(text, context.catalog)
    if found is not None:
        return dict(found.data)
    near = nearest(text, _names(context.catalog))
    context.complain(
        "unknown-identifier",
        f"no function of the labels and the predictions is called `{text}`",
        origin,
        help=did_you_mean(near) or "write one such as `mean_squared_error`",
    )
    return None


def _function(text: str, catalog: Catalog) -> FunctionEntry | None:
    known = catalog.identifier(text, "metric")
    meant = f"{_HOME}{to_snake_case(known.rpartition('.')[2])}" if known is not None else None
    for name in (text, f"{_HOME}{text}", meant):
        found = catalog.function(name) if name is not None else None
        if found is not None and found.stands_for("metric"):
            return found
    return None


def _names(catalog: Catalog) -> tuple[str, ...]:
    return tuple(
        text
        for text in catalog.identifiers("metric")
        if text.islower() and _function(text, catalog) is not None
    )
