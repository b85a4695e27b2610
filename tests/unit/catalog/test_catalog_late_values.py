from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from modelspec.catalog.floor import needs
from modelspec.catalog.load import installed_keras_version, load_catalog
from modelspec.catalog.portable import load_portable
from modelspec.catalog.target import minor_of

PORTABLE = load_portable()
CATALOG = load_catalog(installed_keras_version())


def obj(
    name: str, module: str, /, *, read: list[int | None] | None = None, **config: object
) -> dict[str, Any]:
    data: dict[str, Any] = {"module": module, "class_name": name, "config": config, "registered_name": None}
    return data if read is None else data | {"build_config": {"input_shape": read}}


def statistics(mean: object, axis: list[int], *, read: list[int | None]) -> dict[str, Any]:
    return obj("Normalization", "keras.layers", mean=mean, variance=mean, axis=axis, read=read)


def floor_of(data: Mapping[str, Any]) -> str:
    return minor_of(
        PORTABLE.releases[max((need.since for need in needs(data, PORTABLE, CATALOG)), default=0)]
    )


@pytest.mark.parametrize(
    ("data", "floor"),
    [
        (statistics(None, [-1], read=[None, 3]), "3.5"),
        (statistics([0.5, 0.0, 1.0], [-1], read=[None, 3]), "3.5"),
        (statistics([[0.5, 0.0], [1.0, 0.0]], [1, 2], read=[None, 2, 2]), "3.5"),
        (statistics(0.5, [-1], read=[None, 1]), "3.5"),
        # Given the shape of one number, where three are wanted, and of one that is repeated three times.
        (statistics(0.5, [-1], read=[None, 3]), "3.8"),
        (statistics([0.5], [-1], read=[None, 3]), "3.8"),
        (obj("Normalization", "keras.layers", read=[None, 3], mean=0.5, variance=1.0), "3.8"),
        # Three numbers along an axis that is not the last one.
        (statistics([0.5, 0.0, 1.0], [1], read=[None, 3, 4]), "3.14"),
    ],
)
def test_statistics_open_where_their_shape_is_brought_to_that_of_the_inputs(data, floor):
    assert floor_of(data) == floor


@pytest.mark.parametrize(
    ("data", "floor"),
    [
        (obj("MultiHeadAttention", "keras.layers", num_heads=2, key_dim=3), "3.5"),
        (obj("MultiHeadAttention", "keras.layers", num_heads=2, key_dim=3, output_shape=[5]), "3.8"),
        (obj("HeNormal", "keras.initializers", seed=7), "3.5"),
        (
            obj("HeNormal", "keras.initializers", seed=obj("SeedGenerator", "keras.random", seed=7)),
            "3.8",
        ),
        (obj("RandomGrayscale", "keras.layers", factor=0.5), "3.11"),
        (obj("Nadam", "keras.optimizers", learning_rate=0.1), "3.10"),
        (obj("QuantizedDTypePolicy", "keras.dtype_policies", mode="int8", source_name="float32"), "3.5"),
        (obj("QuantizedDTypePolicy", "keras.dtype_policies", mode="int4", source_name="float32"), "3.11"),
        (
            obj(
                "Embedding",
                "keras.layers",
                dtype=obj("QuantizedDTypePolicy", "keras.dtype_policies", mode="int4", source_name="float32"),
            ),
            "3.12",
        ),
        (obj("ExtractPatches", "keras.src.ops.image", size=[2, 2]), "3.5"),
        (obj("ExtractPatches", "keras.src.ops.image", size=[2, 2, 2]), "3.12"),
        (obj("ExtractPatches", "keras.src.ops.image", size=[2, 2], strides=[1, 1]), "3.14"),
    ],
)
def test_what_older_releases_fail_at_needs_the_one_that_mended_it(data, floor):
    assert floor_of(data) == floor


def test_a_class_of_ones_own_of_the_same_name_is_not_meant():
    assert floor_of(obj("Nadam", "acme") | {"registered_name": "acme>Nadam"}) == "3.5"


def test_the_sentence_names_the_value_at_its_place():
    (need,) = needs(statistics(0.5, [-1], read=[None, 3]), PORTABLE, CATALOG)
    assert need.path == ("config", "mean")
    assert need.what == "a number as `mean` of `Normalization` for inputs of shape [null, 3]"
