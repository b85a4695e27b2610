"""The values of `keras.applications`, saved by Keras, arrive in documents; Keras reads back what is written.

The models are as small as their image lets them be, and their values are not drawn.
"""

from __future__ import annotations

import gc
import json
import zipfile
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from attached_files import attached, lost, of_another_variant, saved
from extracted_nets import fill, values, variables
from held_to_twin import quick_values, serialized
from test_applications import _SIZES, NAMES

import modelspec

# Small; the others are slow, for Keras takes its time to load them.
QUICK = ("MobileNetV3Small",)


def application(name: str) -> keras.Model:
    size = _SIZES.get(name, 32)
    with quick_values():
        return getattr(keras.applications, name)(
            weights=None, input_shape=(size, size, 3), include_top=False, pooling="avg"
        )


def built(data: dict[str, Any], load: dict[str, Any], target: Path) -> Path:
    """The document of a Keras dict that loads a file beside it."""
    text = {"modelspec": 1, "model": data, "weights": {"load": [load]}}
    document = target.with_suffix(".yaml")
    document.write_text(json.dumps(text))
    return modelspec.load(document, use_cache=False).build(target).path


def weights_of(archive: Path) -> Path:
    """What Keras loads quicker than from inside an archive."""
    with zipfile.ZipFile(archive) as packed:
        packed.extract("model.weights.h5", archive.parent)
    return archive.with_name("model.weights.h5")


def check(name: str, folder: Path) -> None:
    model = application(name)
    twin = serialized(model)
    expected = values(fill(model, seed=1))
    theirs = saved(model, folder, ".weights.h5")
    ours = built(twin, {"file": theirs.name}, folder / "ours.keras")
    assert lost(model, weights_of(ours), expected) == []
    # Back from zeros, from a file whose layers were made in another order and have other names.
    for one in variables(model):
        one.assign(np.zeros(one.shape, keras.backend.standardize_dtype(one.dtype)))
    model.save(folder / "zeros.keras")
    other = folder / "other.weights.h5"
    (taken,) = of_another_variant(theirs, other)
    rule: dict[str, Any] = {
        "rename": (("old_*", "*"),),
        "missing": "init",
        "unexpected": "ignore",
    }
    removed = {id(one) for one in model.get_layer(taken).weights}
    mixed = [
        np.zeros_like(value) if id(one) in removed else value
        for one, value in zip(variables(model), expected, strict=True)
    ]
    done = attached(folder / "zeros.keras", other, folder / "attached.keras", **rule)
    assert lost(model, weights_of(done.path), mixed) == []
    gc.collect()


@pytest.mark.parametrize("name", QUICK)
def test_the_values_of_an_application_arrive_and_are_read_back(name: str, tmp_path: Path) -> None:
    check(name, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(set(NAMES) - set(QUICK)))
def test_the_values_of_every_application_arrive_and_are_read_back(name: str, tmp_path: Path) -> None:
    check(name, tmp_path)
    for file in tmp_path.iterdir():
        file.unlink()


def test_an_application_is_loaded_into_a_model_that_nests_it_and_back(tmp_path: Path) -> None:
    model = application("MobileNetV3Small")
    twin = serialized(model)
    expected = values(fill(model, seed=1))
    flat = saved(model, tmp_path, ".weights.h5")
    fill(model, seed=2).save(tmp_path / "backbone.keras")
    document = tmp_path / "outer.yaml"
    document.write_text(
        json.dumps(
            {
                "modelspec": 1,
                "inputs": {"image": [32, 32, 3]},
                "models": {"backbone": {"file": "backbone.keras"}},
                "layers": ["backbone", {"Dense": {"units": 5}, "name": "head"}],
                "weights": {"load": [{"file": flat.name, "into": "backbone"}]},
            }
        )
    )
    outer = modelspec.load(document).build(tmp_path / "outer.keras").path
    with quick_values():
        loaded = keras.saving.load_model(outer)
    nested = loaded.layers[1]
    for one, other in zip(values(nested), expected, strict=True):
        np.testing.assert_array_equal(one, other)
    back = built(twin, {"file": outer.name, "from": nested.name}, tmp_path / "back.keras")
    assert lost(model, weights_of(back), expected) == []
