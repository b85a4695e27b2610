"""Every operation of `keras.ops` as a node of a graph, beside its twin; or refused, with the reason.

Generated from the catalog: an operation that `operation_samples` knows nothing of fails.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import pytest
from catalogued import CATALOG, operations
from held_to_twin import (
    Variant,
    assert_same,
    compiled_of,
    document_of,
    loaded_from,
    reloaded,
    twin_of,
)
from operation_samples import INPUTS, REFUSED, SAMPLES, Called
from spoken import public_operation, python_tensors

from modelspec.diagnostics import SpecError

BACKEND = keras.backend.backend()
KEY = "ops."


def variant_of(name: str, called: Called) -> Variant:
    return Variant("tried", f"{KEY}{name}", called.arguments, called.feed)


def call_operation(variant: Variant, tensors: Mapping[str, Any]) -> Any:
    """An operation called in Python as an item says: tensors fill the parameters that remain, in order."""
    name = variant.key.removeprefix(KEY)
    function, entry = public_operation(name), CATALOG.operation(name)
    assert entry is not None
    given, arguments = python_tensors(variant.feed, tensors), dict(variant.arguments)
    if isinstance(variant.feed, dict):
        return function(**given, **arguments)
    listed = given if isinstance(variant.feed, list) else [given]
    if entry.takes_sequence:
        return function(listed, **arguments)
    before = []
    for parameter in entry.parameters:
        if parameter.startswith("*"):
            return function(*before, *listed, **arguments)
        if parameter in arguments:
            before.append(arguments[parameter])
            del arguments[parameter]
        elif listed:
            before.append(listed.pop(0))
        else:
            break
    return function(*before, **arguments)


def test_every_operation_has_a_sample_or_a_reason_why_not():
    assert {entry.name for entry in operations()} == {*SAMPLES, *REFUSED}
    assert not SAMPLES.keys() & REFUSED.keys()


@pytest.mark.parametrize("name", [name for name in SAMPLES if BACKEND in SAMPLES[name].backends])
def test_an_operation_equals_its_twin(name):
    variant = variant_of(name, SAMPLES[name])
    ours = loaded_from(compiled_of(document_of([variant], INPUTS)))
    theirs = reloaded(twin_of([variant], INPUTS, call_operation))
    assert_same(ours, theirs, frozenset(INPUTS))


@pytest.mark.parametrize("name", [name for name in SAMPLES if BACKEND not in SAMPLES[name].backends])
def test_an_operation_that_the_backend_does_not_have_is_refused(name):
    with pytest.raises(SpecError):
        compiled_of(document_of([variant_of(name, SAMPLES[name])], INPUTS))


@pytest.mark.parametrize("name", REFUSED)
def test_an_operation_that_no_graph_holds_is_refused(name):
    called, _ = REFUSED[name]
    with pytest.raises(SpecError):
        compiled_of(document_of([variant_of(name, called)], INPUTS))
