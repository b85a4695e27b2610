from __future__ import annotations

import json

import pytest
from history_reading import choice_span, dtype_span, holds, identifier_span

from modelspec.catalog.history import History, Span, load_history
from modelspec.catalog.load import load_catalog, packaged_versions

HISTORY = load_history()
RELEASES = ("3.5", "3.8", "3.10", "3.11", "3.12", "3.13", "3.14", "3.15")


def test_the_history_is_of_the_packaged_releases():
    assert HISTORY.releases == RELEASES == packaged_versions()


@pytest.mark.parametrize(
    ("span", "since", "until"),
    [
        (HISTORY.of_class("keras.layers.Dense"), "3.5", None),
        (HISTORY.of_class("keras.layers.RMSNormalization"), "3.10", None),
        (HISTORY.of_argument("keras.layers.Dense", "units"), "3.5", None),
        (HISTORY.of_argument("keras.layers.Dense", "lora_alpha"), "3.10", None),
        (HISTORY.of_argument("keras.layers.Dense", "quantization_config"), "3.13", None),
        (HISTORY.of_argument("keras.layers.BatchNormalization", "renorm"), "3.14", None),
        (HISTORY.of_argument("keras.layers.RandomRotation", "value_range"), "3.5", "3.5"),
        # taken, though no longer offered
        (HISTORY.of_argument("keras.layers.LayerNormalization", "rms_scaling"), "3.5", None),
        (HISTORY.of_operation("add"), "3.5", None),
        (HISTORY.of_operation("image.ssim"), "3.15", None),
        (HISTORY.of_parameter("scatter_update", "reduction"), "3.14", None),
        (HISTORY.of_function("keras.activations.celu"), "3.8", None),
        (identifier_span(HISTORY, "activation", "celu"), "3.8", None),
        (identifier_span(HISTORY, "optimizer", "muon"), "3.14", None),
        (dtype_span(HISTORY, "float32"), "3.5", None),
    ],
)
def test_a_name_is_as_old_as_keras_says(span, since, until):
    assert span == Span(since, until)


def test_what_no_release_has_is_not_known():
    assert HISTORY.of_class("keras.layers.Dens") is None
    assert HISTORY.since_argument("keras.layers.Dense", "unit") is None
    assert HISTORY.since_argument("keras.layers.Dens", "units") is None
    assert HISTORY.of_operation("ad") is None
    assert HISTORY.of_parameter("add", "x3") is None
    assert identifier_span(HISTORY, "nothing", "relu") is None


def test_a_span_says_which_releases_have_it():
    gone = Span("3.8", "3.12")
    assert [release for release in ("3.5", "3.8", "3.9", "3.12", "3.13") if holds(gone, release)] == [
        "3.8",
        "3.9",
        "3.12",
    ]
    assert holds(Span("3.10"), "3.100")


@pytest.mark.parametrize("release", RELEASES)
def test_each_release_has_what_the_history_says_and_no_more(release):
    data = load_catalog(release)._data
    for name, entry in data["classes"].items():
        newest = next(
            known for known in (name, *entry.get("aliases", ())) if HISTORY.of_class(known) is not None
        )
        assert holds(HISTORY.of_class(newest), release)
        for argument in (*entry["arguments"], *entry.get("legacy", ())):
            assert holds(HISTORY.of_argument(newest, argument), release), (name, argument)
    for name, entry in data["operations"].items():
        for parameter in entry["parameters"]:
            assert holds(HISTORY.of_parameter(name, parameter), release), (name, parameter)
    recorded = [
        name for name, _ in HISTORY._data["classes"].items() if holds(HISTORY.of_class(name), release)
    ]
    assert len(recorded) == len(data["classes"])
    assert {
        name for name in HISTORY._data["operations"] if holds(HISTORY.of_operation(name), release)
    } == set(data["operations"])


def test_a_class_that_moved_is_one_class_with_the_name_of_each_release():
    from modelspec.link.harvest.history import merge_history

    def release(version, name, aliases, arguments):
        entry = {"family": "layer", "aliases": aliases, "arguments": {key: {} for key in arguments}}
        return {
            "keras": version,
            "classes": {name: entry},
            "operations": {},
            "functions": {},
            "identifiers": {},
            "dtypes": {"names": []},
        }

    history = History(
        merge_history(
            [
                release("3.5.0", "keras.layers.Old", [], ["a"]),
                release("3.8.0", "keras.layers.New", ["keras.layers.Old"], ["a", "b"]),
                release("3.10.0", "keras.layers.New", [], ["b"]),
            ]
        )
    )
    assert history.of_class("keras.layers.New") == history.of_class("keras.layers.Old") == Span("3.5")
    assert history.of_argument("keras.layers.Old", "a") == Span("3.5", "3.8")
    assert history.since_argument("keras.layers.New", "b") == "3.8"


def test_choices_that_came_later_are_told_apart():
    history = History(
        {
            "releases": ["3.5", "3.8"],
            "classes": {
                "keras.L": {
                    "since": "3.5",
                    "arguments": {"since": {"3.5": ["mode"]}},
                    "choices": {"mode": {"since": {"3.5": ["a"], "3.8": ["b"]}}},
                }
            },
        }
    )
    assert choice_span(history, "keras.L", "mode", "b") == Span("3.8")
    assert choice_span(history, "keras.L", "mode", "a") == Span("3.5")
    assert choice_span(history, "keras.L", "mode", "c") == Span("3.5")


def test_the_packaged_history_is_what_merging_gives():
    from modelspec.catalog.history import _HISTORY
    from modelspec.link.harvest import dump
    from modelspec.link.harvest.history import merge_history

    catalogs = [json.loads((_HISTORY.parent / f"keras-{minor}.json").read_bytes()) for minor in RELEASES]
    assert dump(merge_history(catalogs)) == _HISTORY.read_text()
