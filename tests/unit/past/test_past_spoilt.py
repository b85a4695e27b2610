"""A config of Keras 2 with anything in it gives a model or a clause that says why not, no other exception."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from typing import Any

import pytest
from past_files import Release

from modelspec.catalog.load import installed_keras_version, load_catalog
from modelspec.past.refusal import Unreadable
from modelspec.past.translate import translate
from modelspec.past.values import Origin

Json = Any

OF_EACH = 20
ODD: tuple[Json, ...] = (
    None, True, 0, -1, 1.5, float("nan"), "", "x", [], {}, [[]], 10**9, ["a", 0, 0], [["row", 0, 0]],
    {"class_name": "Dense", "config": {}}, {"class_name": "Dense"}, {"class_name": 3, "config": []},
    {"class_name": "Sequential", "config": []}, ["_CONSTANT_VALUE", -1, 2.0], {"start": 0},
)  # fmt: skip


def steps(value: Json, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inside:
        yield from steps(item, (*path, key))


def spoilt(config: Json, chance: random.Random) -> Json:
    config = copy.deepcopy(config)
    for _ in range(chance.randint(1, 3)):
        *above, last = chance.choice([path for path in steps(config) if path])
        owner = config
        for step in above:
            owner = owner[step]
        if chance.random() < 0.25:
            del owner[last]
        else:
            owner[last] = copy.deepcopy(chance.choice(ODD))
    return config


@pytest.mark.parametrize("release", ["keras2.3", "tf2.3", "tf2.15"])
def test_a_spoilt_config_is_read_or_refused(release: str, releases: dict[str, Release]) -> None:
    catalog = load_catalog(installed_keras_version())
    chance = random.Random(7)
    training = {"optimizer_config": {"class_name": "Adam", "config": {"lr": []}}, "loss": {"x": [3]}}
    outcomes = set()
    for path in sorted(releases[release].folder.glob("[f-n]*.json")):
        config = json.loads(path.read_text())
        for _ in range(OF_EACH):
            try:
                translate(Origin("json", None, None, spoilt(config, chance), training), catalog)
                outcomes.add("read")
            except Unreadable:
                outcomes.add("refused")
    assert outcomes == {"read", "refused"}
