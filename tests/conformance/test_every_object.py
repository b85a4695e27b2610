"""Every initializer, regularizer, constraint, policy, quantizer and activation, beside its twin.

Each as the argument of a layer, with its defaults and with each argument off its default. Generated from the
catalog: a class or argument that `object_samples` knows nothing of fails.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from catalogued import CATALOG, classes, functions, row, unused_rows
from held_to_twin import (
    Variant,
    assert_same,
    comparable,
    compiled_of,
    document_of,
    layers_of,
    loaded_from,
    reloaded,
    serialized,
    twin_of,
)
from object_samples import (
    AROUND,
    FORGOTTEN,
    HOLDERS,
    INPUTS,
    NEEDS,
    OFF_DEFAULT,
    REFUSED,
    REFUSED_CLASSES,
    UNREADABLE,
    Beside,
)

from modelspec.catalog.entry import ClassEntry
from modelspec.diagnostics import SpecError

HELD = (
    "initializer",
    "regularizer",
    "constraint",
    "dtype_policy",
    "quantizer",
    "quantization_config",
    "seed_generator",
)
COMPILED = ("loss", "metric", "optimizer", "optimizer_map", "schedule")
# Layers, and what no section of a document takes: `test_models_and_wrappers` has the models.
# A callback is of a training, which no archive holds.
ELSEWHERE = ("layer", "cell", "model", "distillation_loss", "callback")
ENTRIES = tuple(entry for entry in classes(*HELD) if entry.name not in REFUSED_CLASSES)
ALL = classes(*HELD, *COMPILED)
ACTIVATIONS = tuple(
    name
    for name in functions()
    if "activation" in (found.families if (found := CATALOG.function(name)) else ())
)


def needs_of(entry: ClassEntry) -> dict[str, Any]:
    return dict(NEEDS.get(entry.short, {}))


def off_default(entry: ClassEntry, argument: str) -> Beside | None:
    """The value off an argument's default; what an object needs is off its default already."""
    if argument in needs_of(entry) and f"{entry.short}.{argument}" not in OFF_DEFAULT:
        return None
    found = row(OFF_DEFAULT, entry.short, argument)
    return found if isinstance(found, Beside) or found is None else Beside(found)


def written_ways(entry: ClassEntry) -> dict[str, dict[str, Any]]:
    """The arguments by variant: the defaults, then each off its default."""
    found = {"default": needs_of(entry)}
    for name in entry.arguments:
        off = off_default(entry, name)
        key = f"{entry.short}.{name}"
        if off is not None and key not in REFUSED:
            found[f"off_{name}"] = {**needs_of(entry), **off.besides, name: off.value}
    return found


def variant_of(entry: ClassEntry, name: str, arguments: dict[str, Any]) -> Variant:
    holder = HOLDERS.get(entry.name, HOLDERS[entry.family])
    around: Callable[[Any], Any] = AROUND.get(entry.family, lambda written: written)
    return Variant(name, holder.cls, holder.holding(around({entry.name: arguments})), holder.feed)


def test_every_family_has_a_place_in_these_tests():
    families = {entry.family for entry in classes_of_all_families()}
    assert families == {*HELD, *COMPILED, *ELSEWHERE}


def classes_of_all_families() -> list[ClassEntry]:
    found = [CATALOG.entry(name) for name in CATALOG._data["classes"]]
    return [entry for entry in found if entry is not None]


def test_every_argument_has_a_value_off_its_default():
    missing = {
        f"{entry.short}.{name}"
        for entry in ALL
        for name in entry.arguments
        if entry.name not in REFUSED_CLASSES
        and name not in needs_of(entry)
        and off_default(entry, name) is None
    }
    assert not missing


@pytest.mark.parametrize(
    "table",
    [OFF_DEFAULT, REFUSED, FORGOTTEN, UNREADABLE],
    ids=["off", "refused", "forgotten", "unreadable"],
)
def test_the_tables_name_no_argument_that_keras_does_not_have(table):
    assert not unused_rows(table, ALL)


def test_the_tables_name_no_class_that_keras_does_not_have():
    assert {entry.short for entry in ALL} >= NEEDS.keys()
    assert {entry.name for entry in ALL} >= REFUSED_CLASSES.keys()


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_an_object_equals_its_twin_with_each_argument_off_its_default(entry):
    variants = [variant_of(entry, name, arguments) for name, arguments in written_ways(entry).items()]
    compiled = compiled_of(document_of(variants, INPUTS), quick=True)
    twin = twin_of(variants, INPUTS)
    theirs = layers_of(serialized(twin))
    written = frozenset({*INPUTS, *theirs})
    assert_same(loaded_from(compiled), reloaded(twin), written)
    for variant in variants[1:]:
        configs = [
            comparable(theirs[name]["config"] | {"name": ""}, frozenset())
            for name in ("default", variant.name)
        ]
        key = f"{entry.short}.{variant.name.removeprefix('off_')}"
        assert (configs[0] == configs[1]) is (key in FORGOTTEN), key


@pytest.mark.parametrize("name", [name for name in REFUSED_CLASSES if "schedules" not in name])
def test_a_class_without_a_twin_is_refused(name):
    arguments, _ = REFUSED_CLASSES[name]
    entry = CATALOG.entry(name)
    with pytest.raises(SpecError):
        compiled_of(document_of([variant_of(entry, "tried", dict(arguments))], INPUTS))


@pytest.mark.parametrize(
    ("entry", "argument"),
    [(entry, name) for entry in ENTRIES for name in entry.arguments if f"{entry.short}.{name}" in REFUSED],
    ids=lambda item: getattr(item, "short", item),
)
def test_an_argument_without_a_twin_is_refused(entry, argument):
    off = off_default(entry, argument)
    arguments = {**needs_of(entry), **off.besides, argument: off.value}
    with pytest.raises(SpecError):
        compiled_of(document_of([variant_of(entry, "tried", arguments)], INPUTS))


def test_every_activation_equals_its_twin_by_every_name():
    """By its short name, by each alias that Keras reads, and by its full name."""
    names = [*CATALOG.identifiers("activation"), *ACTIVATIONS]
    variants = [
        Variant(f"by_{name.replace('.', '_')}", "Activation", {"activation": name}, "vector")
        for name in names
    ]
    twin = twin_of(variants, INPUTS)
    written = frozenset({*INPUTS, *(variant.name for variant in variants)})
    assert_same(loaded_from(compiled_of(document_of(variants, INPUTS))), reloaded(twin), written)
