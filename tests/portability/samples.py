"""The documents of the conformance set: each class with its defaults and each argument off its default, and
each operation, every one in a document of its own, so that each may be as old as it is."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "conformance"))

import conftest  # noqa: F401  (chooses the backend)
import layer_samples
import object_samples
import operation_samples
import test_every_compile
import test_every_layer
import test_every_object
import test_every_operation
from held_to_twin import document_of


def documents() -> Iterator[tuple[str, str, str]]:
    """By row of the table and name, each document's text."""
    for entry in test_every_layer.SAMPLED:
        for variant in test_every_layer.variants_of(entry):
            yield "layers", f"{entry.short}.{variant.name}", document_of([variant], layer_samples.INPUTS)
    for entry in test_every_object.ENTRIES:
        for name, arguments in test_every_object.written_ways(entry).items():
            variant = test_every_object.variant_of(entry, name, arguments)
            text = document_of([variant], object_samples.INPUTS)
            yield "arguments of layers", f"{entry.name}.{name}", text
    for name, called in operation_samples.SAMPLES.items():
        if test_every_operation.BACKEND in called.backends:
            variant = test_every_operation.variant_of(name, called)
            yield "operations", f"ops.{name}", document_of([variant], operation_samples.INPUTS)
    for entry in (*test_every_compile.AT_OUTPUTS, *test_every_compile.OF_THE_MODEL):
        for name, arguments in test_every_object.written_ways(entry).items():
            if f"{entry.short}.{name.removeprefix('off_')}" not in object_samples.UNREADABLE:
                compiled = test_every_compile.compile_of(entry, {name: arguments})
                yield "in `compile`", f"{entry.name}.{name}", test_every_compile.page_of([name], compiled)
