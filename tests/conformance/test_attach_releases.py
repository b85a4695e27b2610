"""Files that any release of Keras has saved arrive in documents, archives and live models of this one.

Releases other than this one on demand: `MODELSPEC_PYTHONS` lists the Pythons of their environments, apart by
colons.
"""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import attach_saved as nets
import keras
import numpy as np
import pytest
from attached_files import attached, opened
from held_to_twin import quick_values

import modelspec

PYTHONS = tuple(filter(None, os.environ.get("MODELSPEC_PYTHONS", "").split(os.pathsep)))

NET = """\
modelspec: 1
name: net
inputs: {x: [5, 8]}
models:
  encoder:
    inputs: {y: [5, 8]}
    layers:
      - {Dense: {units: 8}, name: proj}
      - {BatchNormalization: {}, name: bn}
layers:
  - encoder
  - {Dense: {units: 8}, name: %(first)s, from: encoder}
  - {Dense: {units: 8}, name: %(second)s, from: encoder}
  - {Add: {}, name: add, from: [%(first)s, %(second)s]}
%(more)s  - MultiHeadAttention: {num_heads: 2, key_dim: 4}
    name: attention
    from: {query: %(last)s, value: %(last)s}
  - {LSTM: {units: 6, return_sequences: true}, name: lstm}
  - {Bidirectional: {layer: {LSTM: {units: 3}}}, name: both}
  - {Dropout: {rate: 0.1, seed: 1}, name: drop}
  - {Dense: {units: 6, dtype: mixed_bfloat16}, name: mixed}
  - {Dense: {units: 6, dtype: bfloat16}, name: small}
  - {Dense: {units: 6, dtype: float16}, name: half}
  - {Dense: {units: 2, dtype: float32}, name: head}
compile: {optimizer: adam, loss: mse}
weights:
  load: [{file: %(file)s, %(rule)s}]
"""
MORE = "  - {Dense: {units: 8}, name: new}\n  - {Dropout: {rate: 0.2, seed: 3}, name: new_drop}\n"
# How each file of a release goes into a model whose layers stand as they stood, and into a changed one.
BY_NAME = {"missing": "init"}
IN_ORDER = {"match": "order"}


@dataclass(frozen=True)
class Saved:
    """What a release has saved, and every value by name."""

    folder: Path
    release: tuple[int, ...]
    expected: dict[str, np.ndarray]

    def cases(self) -> list[tuple[str, bool, dict[str, str]]]:
        """Each file, whether it goes into a changed model, and by which rule."""
        found = [("net.keras", True, BY_NAME), ("net.keras", False, {}), ("net.weights.h5", False, IN_ORDER)]
        if self.release >= (3, 8):
            found += [("net.weights.h5", True, BY_NAME), ("net.weights.h5", False, {})]
        if self.release >= (3, 10):
            found += [("net.weights.json", True, BY_NAME), ("net.weights.json", False, {})]
        return found


@pytest.fixture(scope="module", params=[pytest.param(one, marks=pytest.mark.slow) for one in PYTHONS] or [""])
def saved(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Saved:
    folder = tmp_path_factory.mktemp("saved")
    version = keras.__version__
    if request.param:
        run = partial(subprocess.run, capture_output=True, text=True, check=False)
        done = run([request.param, "-c", "from importlib.metadata import version; print(version('keras'))"])
        version = done.stdout
        clean = {**os.environ, "KERAS_BACKEND": "jax", "PYTHONPATH": ""}
        done = run([request.param, nets.__file__, folder], env=clean)
        assert done.returncode == 0, done.stderr[-2000:]
    else:
        with quick_values():
            nets.save(folder)
    with np.load(folder / "values.npz") as stored:
        values = {name: stored[name] for name in stored.files}
    return Saved(folder, tuple(int(part) for part in version.split(".")[:2]), values)


def network(*, changed: bool) -> keras.Model:
    with quick_values():
        return nets.fill(nets.net(changed=changed), seed=2)


def wrong(model: keras.Model, saved: Saved) -> list[str]:
    """The names whose values are others; new layers are not looked at."""
    found = nets.values(model)
    named = [name for name in saved.expected if not name.startswith("optimizer/")]
    assert len(named) == 35
    return [name for name in named if not np.array_equal(found[name], saved.expected[name])]


def document(saved: Saved, name: str, rule: dict[str, Any], *, changed: bool) -> modelspec.Document:
    first, second = ("right", "left") if changed else ("left", "right")
    written = ", ".join(f"{key}: {value}" for key, value in rule.items()) or "missing: error"
    words = {"first": first, "second": second, "file": name, "rule": written}
    words |= {"more": MORE, "last": "new_drop"} if changed else {"more": "", "last": "add"}
    path = saved.folder / "net.yaml"
    path.write_text(NET % words)
    return modelspec.load(path)


def test_saved_files_arrive_in_documents(saved: Saved, tmp_path: Path) -> None:
    for name, changed, rule in saved.cases():
        built = document(saved, name, rule, changed=changed).build(tmp_path / "ours.keras").path
        assert wrong(opened(built), saved) == [], (name, changed, rule)


def test_saved_files_arrive_in_archives(saved: Saved, tmp_path: Path) -> None:
    for changed in (False, True):
        network(changed=changed).save(tmp_path / f"{changed}.keras")
    for name, changed, rule in saved.cases():
        target = tmp_path / "ours.keras"
        attached(tmp_path / f"{changed}.keras", saved.folder / name, target, **rule)
        assert wrong(opened(target), saved) == [], (name, changed, rule)


def test_saved_files_arrive_in_live_models(saved: Saved) -> None:
    for name, changed, rule in saved.cases():
        model = network(changed=changed)
        modelspec.attach(model, saved.folder / name, **rule)
        assert wrong(model, saved) == [], (name, changed, rule)


def test_the_state_of_the_optimizer_arrives_when_asked_for(saved: Saved, tmp_path: Path) -> None:
    rule = {} if saved.release >= (3, 8) else IN_ORDER
    for name, how in (("net.keras", {}), ("net.weights.h5", rule)):
        built = document(saved, name, {**how, "optimizer": "true"}, changed=False)
        model = opened(built.build(tmp_path / "ours.keras").path)
        state = [np.asarray(one.value, "float64") for one in model.optimizer.variables]
        assert len(state) > 40
        for number, value in enumerate(state):
            np.testing.assert_array_equal(value, saved.expected[f"optimizer/{number}"])
        assert wrong(model, saved) == []


def test_what_says_no_names_is_not_matched_by_name(saved: Saved) -> None:
    if saved.release >= (3, 8):
        pytest.skip("Keras writes the names of layers from 3.8 on")
    with pytest.raises(modelspec.SpecError, match="no-names"):
        document(saved, "net.weights.h5", {}, changed=False).check()
