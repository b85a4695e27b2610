"""What Keras saved of each document's model arrives where its name says; Keras reads back what is written.

The documents are those of `configs/`, at the small sizes of `test_configs`, of `tests/golden` and of
`examples/`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from attached_files import attached, equal, lost, of_another_variant, opened, saved
from extracted_nets import fill, values, variables
from test_configs import CONFIGS, HERE, SMALLER

import modelspec
from modelspec.compiler.values import Options
from modelspec.compiler.weights.extract import Wanted, extract_from
from modelspec.diagnostics import Report

TESTS = Path(__file__).parents[1]
EXAMPLES = ("mlp", "mlp_dropout", "mlp_sequential")
FORMATS = (".keras", ".weights.h5", ".weights.json")
# Of `configs/`, those always tried: nested models, recurrent and residual layers, attention, several inputs.
# The others take minutes, and are slow.
ALWAYS = ("autoencoder", "bilstm", "resnet_cifar", "transformer", "two_tower")
DOCUMENTS: Mapping[str, Path] = {
    **{name: CONFIGS / f"{name}.yaml" for name in HERE},
    **{path.stem: path for path in sorted((TESTS / "golden").glob("*.yaml"))},
    **{name: TESTS.parent / "examples" / f"{name}.yaml" for name in EXAMPLES},
}


@dataclass(frozen=True)
class Trained:
    """A document, its model with values of its own, and the archive as it is without any load."""

    path: Path
    sizes: Mapping[str, Any]
    drawn: Path
    model: keras.Model
    expected: list[np.ndarray]

    def loading(self, file: Path, **rule: Any) -> modelspec.Document:
        """The document, loading a file."""
        loads = {"weights.load": [{"file": str(file), **rule}]}
        return modelspec.load(self.path, {**self.sizes, **loads}, allow_paths=(file.parent,))


def trained(name: str, folder: Path) -> Trained:
    sizes = {f"vars.{key}": value for key, value in SMALLER.get(name, {}).items()}
    path = DOCUMENTS[name]
    drawn = modelspec.load(path, sizes).build(folder / "drawn.keras").path
    model = fill(opened(drawn), seed=1)
    return Trained(path, sizes, drawn, model, values(model))


@pytest.fixture(
    scope="module",
    params=[
        name if name in ALWAYS or name not in HERE else pytest.param(name, marks=pytest.mark.slow)
        for name in sorted(DOCUMENTS)
    ],
)
def one(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    return trained(request.param, tmp_path_factory.mktemp(request.param))


@pytest.mark.parametrize("suffix", FORMATS)
def test_what_keras_saved_is_loaded_and_what_is_written_keras_loads(
    one: Trained, suffix: str, tmp_path: Path
) -> None:
    fill(one.model, seed=1)
    file = saved(one.model, tmp_path, suffix)
    has_state = getattr(one.model, "optimizer", None) is not None
    ours = one.loading(file, optimizer=has_state).build(tmp_path / "ours.keras").path
    assert lost(one.model, ours, one.expected) == []
    done = attached(one.drawn, file, tmp_path / "attached.keras", optimizer=has_state)
    assert {row.status for row in done.rows} <= {"loaded", "kept"}
    assert lost(one.model, done.path, one.expected) == []
    # And on, as every other file that Keras loads.
    target = tmp_path / f"ours{suffix}" if suffix != ".keras" else tmp_path / "more.weights.h5"
    extract_from(ours, Wanted(target, optimizer=has_state), Report(), options=Options())
    assert lost(one.model, target, one.expected) == []


def test_names_decide_after_renaming_reordering_inserting_and_removing(one: Trained, tmp_path: Path) -> None:
    fill(one.model, seed=1)
    drawn = values(opened(one.drawn))
    other = tmp_path / "other.weights.h5"
    taken = of_another_variant(saved(one.model, tmp_path, ".weights.h5"), other)
    rule: dict[str, Any] = {
        "rename": {"old_*": "*"},
        "missing": "init" if taken else "error",
        "unexpected": "ignore",
    }
    removed = {id(variable) for name in taken for variable in one.model.get_layer(name).variables}
    own = {id(variable) for variable in one.model.variables}
    expected = [
        new if id(variable) in own - removed else old
        for variable, new, old in zip(variables(one.model), one.expected, drawn, strict=True)
    ]
    ours = one.loading(other, **rule).build(tmp_path / "ours.keras").path
    assert lost(one.model, ours, expected) == []
    rule["rename"] = tuple(rule["rename"].items())
    assert lost(one.model, attached(one.drawn, other, tmp_path / "a.keras", **rule).path, expected) == []
    assert len(removed) > 0 or not taken
    assert any(equal(value, new) for value, new in zip(expected, one.expected, strict=True))
