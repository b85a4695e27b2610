"""What a document says of each place in its model's config, however many are asked for."""

from __future__ import annotations

from typing import Any

from modelspec.compiler.config_origins import ConfigOrigins
from modelspec.compiler.stages import check_document
from modelspec.compiler.values import Options, Text
from modelspec.diagnostics import Report, Source

DOCUMENT = """\
modelspec: 1
inputs: {x: [4], y: [4]}
models:
  tower:
    inputs: {given: [4]}
    layers:
      - Dense: {units: 4}
        name: inner
layers:
  - Dense: {units: 4, activation: relu}
    name: first
    from: x
  - tower
  - reuse: first
    from: y
  - Add:
    name: sum
    from: [tower, y]
compile:
  optimizer: adam
  loss: mse
"""
LINES = {
    ("config", "layers", 0): 2,
    ("config", "layers", 1): 2,
    ("config", "layers", 2): 10,
    ("config", "layers", 2, "config", "activation"): 10,
    ("config", "layers", 2, "inbound_nodes", 0): 10,
    ("config", "layers", 2, "inbound_nodes", 1): 14,
    ("config", "layers", 3): 4,
    ("config", "layers", 3, "config", "layers", 1): 7,
    ("config", "layers", 4): 16,
    ("compile_config", "loss"): 21,
}
CONFIG: dict[str, Any] = {
    "config": {
        "layers": [
            {"config": {"name": "x"}},
            {"config": {"name": "y"}},
            {"config": {"name": "first"}},
            {
                "name": "tower",
                "config": {"layers": [{"config": {"name": "given"}}, {"config": {"name": "inner"}}]},
            },
            {"config": {"name": "sum"}},
        ]
    }
}


def test_a_place_in_a_config_is_told_at_its_line() -> None:
    checked = check_document(Text(Source("net.yaml", DOCUMENT), ""), Options(), Report())
    origins = ConfigOrigins(CONFIG, checked.resolved)
    for _ in range(2):
        assert {path: origins.of(path)[0].place.line for path in LINES} == LINES


def test_what_a_document_does_not_say_is_told_at_what_is_around_it() -> None:
    checked = check_document(Text(Source("net.yaml", DOCUMENT), ""), Options(), Report())
    origins = ConfigOrigins(CONFIG, checked.resolved)
    origin, found = origins.of(("config", "layers", 2, "config", "kernel_initializer"))
    assert (origin.place.line, found) == (10, False)
    assert origins.of(("metrics",)) == (checked.program.main.origin, False)


def test_each_graph_is_looked_through_once() -> None:
    count = 300
    layers = "".join(f"  - Dense: {{units: 1}}\n    name: d{number}\n" for number in range(count))
    text = f"modelspec: 1\ninputs: {{x: [1]}}\nlayers:\n{layers}"
    checked = check_document(Text(Source("net.yaml", text), ""), Options(), Report())
    config = {"config": {"layers": [{"config": {"name": f"d{number}"}} for number in range(count)]}}
    origins = ConfigOrigins(config, checked.resolved)
    lines = [origins.of(("config", "layers", number))[0].place.line for number in range(count)]
    assert lines == [4 + 2 * number for number in range(count)]
    assert len(origins._named) == 1
