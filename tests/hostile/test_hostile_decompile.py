"""Models too large for a document: told with the limit, in time, by `decompile`."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any, SupportsIndex

import pytest

from modelspec import SpecError
from modelspec.catalog.load import newest_packaged_catalog
from modelspec.compiler.decompiled import Asked, decompile_file
from modelspec.compiler.values import Options
from modelspec.decompiler import decompile as whole
from modelspec.decompiler.checking import compiled
from modelspec.decompiler.decompile import Wanted, decompile
from modelspec.decompiler.document import settings_of
from modelspec.decompiler.forms import form_of_graph
from modelspec.decompiler.sizes import MOST_FOLDED, MOST_LAYERS, layers_in
from modelspec.diagnostics import Report
from modelspec.graph.model import Call, Graph

CATALOG = newest_packaged_catalog()


def layer(name: str, source: str | None, class_name: str = "Dense", **config: Any) -> dict[str, Any]:
    history = {"class_name": "__keras_tensor__", "config": {"keras_history": [source, 0, 0]}}
    calls = [{"args": [history], "kwargs": {}}] if source else []
    return {
        "class_name": class_name,
        "module": "keras.layers",
        "config": {"name": name, **config},
        "name": name,
        "inbound_nodes": calls,
    }


def chain(length: int) -> dict[str, Any]:
    """A functional model of so many `Dense` in a row."""
    names = ["x", "dense", *(f"dense_{number}" for number in range(1, length))]
    layers = [layer("x", None, "InputLayer", batch_shape=[None, 8])]
    layers += [layer(name, above, units=8) for above, name in pairwise(names)]
    ends = {"input_layers": ["x", 0, 0], "output_layers": [names[-1], 0, 0]}
    return {
        "class_name": "Functional",
        "module": "keras.src.models.functional",
        "config": {"name": "deep", "layers": layers, **ends},
    }


def text_of(data: dict[str, Any], report: Report) -> str:
    return decompile(data, CATALOG, Wanted("deep.json"), report)


def test_a_hundred_thousand_layers_are_refused_with_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "deep.json"
    path.write_text(json.dumps(chain(100_000), separators=(",", ":")))
    with pytest.raises(SpecError) as failure:
        decompile_file(Asked(path), Report(), options=Options())
    (found,) = failure.value.diagnostics
    assert found.code == "cannot-decompile"
    assert found.message.endswith("has 100,001 layers, and a document is written of 20,000 at most")
    assert (MOST_LAYERS, MOST_FOLDED) == (20_000, 10_000)


def test_layers_of_models_inside_layers_count() -> None:
    inner = chain(3)
    data = chain(2)
    data["config"]["layers"] += [layer("t", "dense_1", "TimeDistributed", layer=inner), inner]
    assert layers_in(data) == (1 + 2 + 2) + 2 * (1 + 3)


def test_a_model_too_large_to_be_folded_is_written_flat_and_that_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    report = Report()
    assert "repeat: 12" in text_of(chain(12), report)
    assert not report.diagnostics
    monkeypatch.setattr(whole, "MOST_FOLDED", 12)
    flat = text_of(chain(12), report)
    assert flat == decompile(chain(12), CATALOG, Wanted("deep.json", flat=True), Report())
    (found,) = report.warnings
    assert found.code == "not-folded"
    assert found.message.endswith("it has 13 layers, and no more than 12 are folded")


def test_what_is_asked_flat_is_flat_without_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whole, "MOST_FOLDED", 12)
    report = Report()
    decompile(chain(12), CATALOG, Wanted("deep.json", flat=True), report)
    assert report.warnings == ()


class Counted(tuple[Call, ...]):
    """Calls that count how often they are gone through or asked for."""

    looked: list[int]

    def __iter__(self) -> Any:
        self.looked.append(len(self))
        return super().__iter__()

    def __getitem__(self, place: SupportsIndex | slice) -> Any:
        self.looked.append(1)
        return super().__getitem__(place)


def test_the_check_goes_through_the_calls_of_a_document_once() -> None:
    resolved = compiled(text_of(chain(30), Report()), CATALOG, frozenset())
    graph = resolved.program.main
    assert isinstance(graph, Graph)
    calls = Counted(graph.calls)
    calls.looked = []
    form = form_of_graph(replace(graph, calls=calls), resolved, settings_of(chain(30), CATALOG), {})
    assert len(form["layers"]) == 30
    assert sum(calls.looked) == 30
