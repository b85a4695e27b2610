"""`weights attach --merge-lora`: an archive without adapters that computes what it computed with them."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
from click.testing import CliRunner

from modelspec.cli.weights import weights


def test_merged_adapters_compute_the_same_and_train_again_as_a_kernel(tmp_path: Path) -> None:
    keras.utils.set_random_seed(1)
    inputs = keras.Input((8,))
    inner = keras.Sequential([keras.Input((8,)), keras.layers.Dense(16, name="a")], name="inner")
    model = keras.Model(inputs, keras.layers.Dense(3, name="b")(inner(inputs)))
    inner.get_layer("a").enable_lora(2)
    model.compile("adam", "mse")
    rng = np.random.default_rng(0)
    x = rng.normal(size=(32, 8)).astype("float32")
    model.fit(x, rng.normal(size=(32, 3)).astype("float32"), epochs=3, verbose=0)
    model.save(tmp_path / "adapted.keras")

    merged = tmp_path / "merged.keras"
    asked = ["attach", str(tmp_path / "adapted.keras"), "--merge-lora", "-o", str(merged)]
    outcome = CliRunner().invoke(weights, asked)
    assert outcome.exit_code == 0, outcome.output
    assert "adapters of 1 layer merged" in outcome.output
    found = keras.saving.load_model(merged, safe_mode=True)
    np.testing.assert_allclose(found.predict(x, verbose=0), model.predict(x, verbose=0), atol=1e-6)
    assert len(found.trainable_weights) == 4
    assert found.get_layer("inner").get_layer("a").lora_rank is None
    assert not found.compiled
