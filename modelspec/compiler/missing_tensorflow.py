"""Layers that only TensorFlow can make, told where it is not installed, before Keras is imported."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from modelspec.catalog.lookup import Catalog
from modelspec.catalog.resolve import tensorflow_classes
from modelspec.catalog.resolved import Resolved
from modelspec.diagnostics import Report


def check_tensorflow(resolved: Resolved, catalog: Catalog, report: Report) -> None:
    """Report each item that holds such a layer (`StringLookup`), unless TensorFlow is there.

    It need not be the backend.
    """
    found = tensorflow_classes(resolved, catalog)
    if not found:
        return
    from modelspec.link.backend import is_tensorflow_installed

    for made in () if is_tensorflow_installed() else found:
        report.add(
            "needs-tensorflow",
            f"{_told(made.data, catalog)} needs TensorFlow, which is not installed",
            made.origin.place,
            help="install it beside the backend: `pip install 'modelspec[tensorflow]'`",
            frames=made.origin.frames,
        )


def _told(data: Mapping[str, object], catalog: Catalog) -> str:
    """An object, or the one in it that is to blame."""
    outer, inner = data["class_name"], next(_needing(data, catalog))
    return f"`{outer}`" if inner == outer else f"`{inner}` in `{outer}`"


def _needing(data: object, catalog: Catalog) -> Iterator[object]:
    """The class of each object, wherever in a config, that only TensorFlow can make."""
    match data:
        case dict():
            entry = catalog.class_of(data) if "class_name" in data else None
            if entry is not None and entry.needs_tensorflow:
                yield data["class_name"]
            for value in data.values():
                yield from _needing(value, catalog)
        case list():
            for item in data:
                yield from _needing(item, catalog)
