"""Every layer and cell of Keras, with its defaults and with each argument off its default, beside its twin.

Generated from the catalog: a class or argument that `layer_samples` knows nothing of fails.
"""

from __future__ import annotations

import keras
import pytest
from catalogued import classes, row, unused_rows
from held_to_twin import (
    Variant,
    assert_same,
    call_layer,
    comparable,
    compiled_of,
    document_of,
    layers_of,
    loaded_from,
    reloaded,
    serialized,
    twin_of,
)
from layer_samples import (
    CHANNELS_FIRST,
    FORGOTTEN,
    INPUTS,
    OFF_DEFAULT,
    REFUSED,
    REFUSED_CLASSES,
    SAMPLES,
    UNREADABLE,
    Off,
    Sample,
)

from modelspec.catalog.entry import ClassEntry
from modelspec.diagnostics import SpecError

# Made by TensorFlow: `test_lookups` has them.
ENTRIES = tuple(entry for entry in classes("layer", "cell") if not entry.needs_tensorflow)
SAMPLED = tuple(entry for entry in ENTRIES if entry.name in SAMPLES)
BACKEND = keras.backend.backend()


def variants_of(entry: ClassEntry) -> list[Variant]:
    """The class with its defaults, then with each argument off its default."""
    sample = SAMPLES[entry.name]
    found = [variant_of(entry, "default", sample.needs, sample.feed)]
    for name, argument in entry.arguments.items():
        if (name in sample.needs and argument.required) or is_refused(entry, name):
            continue
        off = off_default(entry, name)
        if off is None:
            continue
        kept = {key: value for key, value in sample.needs.items() if key not in off.without}
        arguments = {**kept, **off.besides, name: off.value}
        found.append(variant_of(entry, f"off_{name}", arguments, feed_of(name, off, sample)))
    return found


def variant_of(entry: ClassEntry, name: str, arguments: object, feed: object) -> Variant:
    if entry.family == "cell":
        return Variant(name, "RNN", {"cell": {entry.name: dict(arguments)}}, feed)
    return Variant(name, entry.name, dict(arguments), feed)


def off_default(entry: ClassEntry, argument: str) -> Off | None:
    """The value off an argument's default; what a sample needs is off its default already."""
    specific = f"{entry.short}.{argument}"
    if specific not in OFF_DEFAULT and argument in SAMPLES[entry.name].needs:
        return None
    found = row(OFF_DEFAULT, entry.short, argument)
    return found if isinstance(found, Off) or found is None else Off(found)


def feed_of(argument: str, off: Off, sample: Sample) -> object:
    if off.feed is not None:
        return off.feed
    if argument == "data_format" and isinstance(sample.feed, str):
        return CHANNELS_FIRST.get(sample.feed, sample.feed)
    return sample.feed


def is_refused(entry: ClassEntry, argument: str) -> bool:
    specific = f"{entry.short}.{argument}"
    refused = row(REFUSED, entry.short, argument)
    if refused is None or BACKEND not in refused.backends:
        return False
    # What is said of a class is stronger than what is said of all.
    return specific in REFUSED or specific not in OFF_DEFAULT


REFUSALS = [
    (entry, argument) for entry in SAMPLED for argument in entry.arguments if is_refused(entry, argument)
]


def test_every_class_has_a_sample_or_a_reason_why_not():
    known = {*SAMPLES, *REFUSED_CLASSES}
    assert {entry.name for entry in ENTRIES} == known
    assert not SAMPLES.keys() & REFUSED_CLASSES.keys()


def test_every_argument_has_a_value_off_its_default():
    missing = {
        f"{entry.short}.{name}"
        for entry in SAMPLED
        for name in entry.arguments
        if name not in SAMPLES[entry.name].needs
        and not is_refused(entry, name)
        and off_default(entry, name) is None
    }
    assert not missing


@pytest.mark.parametrize("table", [OFF_DEFAULT, REFUSED, FORGOTTEN], ids=["off", "refused", "forgotten"])
def test_the_tables_name_no_argument_that_keras_does_not_have(table):
    assert not unused_rows(table, SAMPLED)


@pytest.mark.parametrize("entry", SAMPLED, ids=lambda entry: entry.short)
def test_a_layer_equals_its_twin_with_each_argument_off_its_default(entry):
    variants = variants_of(entry)
    ours = loaded_from(compiled_of(document_of(variants, INPUTS), quick=True))
    twin = twin_of(variants, INPUTS, call_layer)
    for layer in twin.layers:
        # Keras freezes what a frozen layer wraps when it is told so, not when it is made so; an archive that
        # is to stay frozen says it of both.
        if not layer.trainable:
            layer.trainable = False
    written = frozenset({*INPUTS, *(variant.name for variant in variants)})
    theirs = layers_of(serialized(twin))
    if entry.short in UNREADABLE:
        with pytest.raises(TypeError, match="could not be deserialized"):
            reloaded(twin)
        assert_same(ours, twin, written)
    else:
        assert_same(ours, reloaded(twin), written)
    default = comparable(theirs["default"]["config"], frozenset({"default"})) | {"name": ""}
    for variant in variants[1:]:
        argument = variant.name.removeprefix("off_")
        config = comparable(theirs[variant.name]["config"], frozenset()) | {"name": ""}
        forgotten = row(FORGOTTEN, entry.short, argument)
        assert (config == default) is (forgotten is not None), f"{argument}: {config}"


@pytest.mark.parametrize(("entry", "argument"), REFUSALS, ids=lambda item: getattr(item, "short", item))
def test_an_argument_without_a_twin_is_refused(entry, argument):
    refused = row(REFUSED, entry.short, argument)
    sample = SAMPLES[entry.name]
    variant = variant_of(entry, "tried", {**sample.needs, argument: refused.value}, sample.feed)
    with pytest.raises(SpecError):
        compiled_of(document_of([variant], INPUTS))


@pytest.mark.parametrize("name", REFUSED_CLASSES)
def test_a_class_without_a_twin_is_refused(name):
    refused = REFUSED_CLASSES[name]
    with pytest.raises(SpecError):
        compiled_of(document_of([Variant("tried", name, refused.arguments, refused.feed)], INPUTS))
