"""Every loss, metric, optimizer and schedule in `compile`, beside its twin.

With its defaults and with each argument off its default, from the tables of `object_samples`. Losses and
metrics stand at an output each; an optimizer needs a model of its own.
"""

from __future__ import annotations

import json
from typing import Any

import keras
import pytest
from catalogued import CATALOG, classes
from held_to_twin import (
    assert_same,
    comparable,
    compiled_of,
    loaded_from,
    quick_values,
    reloaded,
    serialized,
)
from object_samples import (
    FORGOTTEN,
    FORGOTTEN_BY_LOSSES,
    REFUSED,
    REFUSED_CLASSES,
    UNREADABLE,
    WRITTEN_BY_METRICS,
)
from spoken import python_arguments
from test_every_object import needs_of, off_default, written_ways

from modelspec.catalog.entry import ClassEntry
from modelspec.diagnostics import SpecError

AT_OUTPUTS = classes("loss", "metric")
OF_THE_MODEL = tuple(
    entry for entry in classes("optimizer", "optimizer_map", "schedule") if entry.name not in REFUSED_CLASSES
)
INPUTS = {"vector": [4]}


def page_of(outputs: list[str], compiled: dict[str, Any]) -> str:
    layers = [{"Dense": {"units": 3}, "name": name, "from": "vector"} for name in outputs]
    page = {"modelspec": 1, "name": "held", "inputs": INPUTS, "layers": layers, "outputs": outputs}
    return json.dumps(page | {"compile": compiled})


def twin_of(outputs: list[str], compiled: dict[str, Any]) -> keras.Model:
    vector = keras.Input((4,), name="vector")
    with quick_values():
        model = keras.Model(
            vector, [keras.layers.Dense(3, name=name)(vector) for name in outputs], name="held"
        )
        model.compile(**python_arguments(compiled))
        model.optimizer.build(model.trainable_variables)
    return model


def compile_of(entry: ClassEntry, ways: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The `compile` of a document that uses a class in these ways, each at an output of its own."""
    match entry.family:
        case "loss":
            return {"optimizer": "sgd", "loss": {name: {entry.name: way} for name, way in ways.items()}}
        case "metric":
            metrics = {name: [{entry.name: way}] for name, way in ways.items()}
            return {"optimizer": "sgd", "loss": "mse", "metrics": metrics}
    (way,) = ways.values()
    written = {entry.name: way}
    match entry.family:
        case "optimizer_map":
            written = {"MultiOptimizer": {"optimizer_map": written}}
        case "schedule":
            written = {"SGD": {"learning_rate": written}}
    return {"optimizer": written, "loss": "mse"}


def part_of(model_config: dict[str, Any], entry: ClassEntry, name: str) -> Any:
    """Where the class stands in what Keras writes."""
    compiled = model_config["compile_config"]
    match entry.family:
        case "loss":
            return compiled["loss"][name]
        case "metric":
            return compiled["metrics"][name][0]
    return compiled["optimizer"]


def without_name(config: Any) -> Any:
    """A config up to the name, which Keras counts."""
    return comparable(config | {"config": config["config"] | {"name": None}}, frozenset())


def is_forgotten(entry: ClassEntry, argument: str) -> bool:
    key = f"{entry.short}.{argument}"
    if entry.family == "metric" and key in WRITTEN_BY_METRICS:
        return False
    return key in FORGOTTEN or (entry.family == "loss" and key in FORGOTTEN_BY_LOSSES)


@pytest.mark.parametrize("entry", AT_OUTPUTS, ids=lambda entry: entry.name)
def test_a_loss_or_metric_equals_its_twin_with_each_argument_off_its_default(entry):
    ways = written_ways(entry)
    unreadable = {name: way for name, way in ways.items() if f"{entry.short}.{name[4:]}" in UNREADABLE}
    readable = {name: way for name, way in ways.items() if name not in unreadable}
    compiled = compiled_of(page_of([*readable], compile_of(entry, readable)), quick=True)
    twin = twin_of([*readable], compile_of(entry, readable))
    theirs = serialized(twin)
    assert_same(loaded_from(compiled), reloaded(twin), frozenset({"vector", *readable}))
    default = without_name(part_of(theirs, entry, "default"))
    for name in list(readable)[1:]:
        argument = name.removeprefix("off_")
        if argument == "name":
            continue
        forgotten = is_forgotten(entry, argument)
        assert (without_name(part_of(theirs, entry, name)) == default) is forgotten, argument
        # What Keras forgets to write, we do not.
        ours = part_of(compiled.linked.config, entry, name)["config"]
        assert not forgotten or ours[argument] == ways[name][argument]
    for name, way in unreadable.items():
        with pytest.raises((TypeError, ValueError), match=r"deserialized|Invalid dtype|unsupported"):
            reloaded(twin_of([name], compile_of(entry, {name: way})))
        loaded_from(compiled_of(page_of([name], compile_of(entry, {name: way}))))


@pytest.mark.parametrize("entry", OF_THE_MODEL, ids=lambda entry: entry.name)
def test_an_optimizer_or_schedule_equals_its_twin_with_each_argument_off_its_default(entry):
    default = None
    for name, way in written_ways(entry).items():
        compiled = compiled_of(page_of(["dense"], compile_of(entry, {name: way})), quick=True)
        twin = twin_of(["dense"], compile_of(entry, {name: way}))
        theirs = without_name(part_of(serialized(twin), entry, name))
        assert_same(loaded_from(compiled), reloaded(twin), frozenset({"vector", "dense"}))
        argument = name.removeprefix("off_")
        if default is None:
            default = theirs
        elif argument != "name":
            assert (theirs == default) is is_forgotten(entry, argument), argument


@pytest.mark.parametrize(
    ("entry", "argument"),
    [
        (entry, name)
        for entry in OF_THE_MODEL
        for name in entry.arguments
        if f"{entry.short}.{name}" in REFUSED
    ],
    ids=lambda item: getattr(item, "short", item),
)
def test_an_argument_without_a_twin_is_refused(entry, argument):
    off = off_default(entry, argument)
    way = {**needs_of(entry), **off.besides, argument: off.value}
    with pytest.raises(SpecError):
        compiled_of(page_of(["dense"], compile_of(entry, {"tried": way})))


def test_a_schedule_that_keras_cannot_write_is_refused_at_its_line():
    (entry,) = CATALOG.find("LearningRateSchedule")
    assert entry.name in REFUSED_CLASSES
    with pytest.raises(SpecError, match="cannot be saved"):
        compiled_of(page_of(["dense"], compile_of(entry, {"tried": {}})))


@pytest.mark.parametrize(("family", "section"), [("loss", "loss"), ("metric", "metrics")])
def test_every_string_of_a_loss_or_metric_equals_its_twin(family, section):
    names = {
        f"by_{name}": name
        for name, full in CATALOG.identifiers(family).items()
        if (entry := CATALOG.entry(full)) is None or not needs_of(entry)
    }
    written = {name: value if family == "loss" else [value] for name, value in names.items()}
    compiled = {"optimizer": "sgd", "loss": "mse", section: written}
    twin = twin_of([*names], compiled)
    ours = loaded_from(compiled_of(page_of([*names], compiled)))
    assert_same(ours, reloaded(twin), frozenset({"vector", *names}))


@pytest.mark.parametrize("name", sorted(CATALOG.identifiers("optimizer")))
def test_every_string_of_an_optimizer_equals_its_twin(name):
    compiled = {"optimizer": name, "loss": "mse"}
    try:
        twin = twin_of(["dense"], compiled)
    except TypeError:  # one that must be given arguments
        with pytest.raises(SpecError):
            compiled_of(page_of(["dense"], compiled))
        return
    ours = loaded_from(compiled_of(page_of(["dense"], compiled)))
    assert_same(ours, reloaded(twin), frozenset({"vector", "dense"}))
