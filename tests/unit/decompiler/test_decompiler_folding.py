"""What folding makes of flat documents, each pass by a small one."""

from __future__ import annotations

import textwrap
from typing import Any

import pytest

from modelspec.catalog.load import newest_packaged_catalog
from modelspec.catalog.resolved import KerasOp
from modelspec.decompiler import decompile as whole
from modelspec.decompiler.checking import compiled
from modelspec.decompiler.decompile import Wanted, decompile
from modelspec.decompiler.folding.fold import fold
from modelspec.decompiler.yaml_text import print_document
from modelspec.diagnostics import Report
from modelspec.graph.model import Graph

CATALOG = newest_packaged_catalog()
Items = list[Any]


def sections(items: Items, **others: Any) -> dict[str, Any]:
    others = {"inputs": {"x": [8]}, **others}
    return {"modelspec": 1, "name": "net", **others, "layers": items}


def wired(data: dict[str, Any]) -> list[tuple[str, Any, Any]]:
    """The calls of a document: Keras' name, the reduced kind, what is read."""
    resolved = compiled(print_document(data), CATALOG, frozenset())
    graph = resolved.program.main
    assert isinstance(graph, Graph)
    names = {layer.path: layer.name for layer in graph.layers} | {
        entry.name: entry.name for entry in graph.inputs
    }
    calls = {call.path: names[call.layer] for call in graph.calls} | {
        entry.name: entry.name for entry in graph.inputs
    }
    made = resolved.layers[""]
    return [
        (
            names[call.layer],
            _made(made.get(call.layer)),
            _read(call.inputs, calls),
        )
        for call in graph.calls
    ]


def _made(found: Any) -> Any:
    if isinstance(found, KerasOp):
        return (found.function, found.arguments)
    data = getattr(found, "data", None)
    if not isinstance(data, dict):
        return None
    said = {key: value for key, value in data["config"].items() if value is not None}
    return (data["class_name"], said)


def _read(structure: Any, calls: dict[str, str]) -> Any:
    if hasattr(structure, "call"):
        return (calls[structure.call], structure.index)
    if hasattr(structure, "items"):
        return [_read(item, calls) for item in structure.items]
    if isinstance(structure, tuple):
        return [_read(item, calls) for item in structure]
    return structure if isinstance(structure, str) else None


def folded(items: Items, **others: Any) -> str:
    """The folded text from `blocks` or `layers` on; it means what the flat document does."""
    flat = sections(items, **others)
    found = fold(flat, CATALOG)
    assert sorted(wired(found), key=str) == sorted(wired(flat), key=str)
    text = print_document(found)
    start = min(place for key in ("defaults:", "blocks:", "layers:") if (place := text.find(f"\n{key}")) >= 0)
    return text[start + 1 :]


def expected(text: str) -> str:
    return textwrap.dedent(text).lstrip("\n")


def unit(name: str, units: int, source: str) -> Items:
    return [
        {"Dense": {"units": units}, "name": f"{name}_dense", "from": source},
        {"LayerNormalization": None, "name": f"{name}_norm"},
        {"ReLU": None, "name": f"{name}_act"},
        {"Add": None, "name": f"{name}_add", "from": [source, f"{name}_act"]},
    ]


def test_what_stands_below_a_prefix_is_a_block_and_copies_in_a_row_are_repeated():
    items = unit("unit_0", 8, "x") + [
        item for n in (1, 2, 3) for item in unit(f"unit_{n}", 8, f"unit_{n - 1}_add")
    ]
    assert folded(items) == expected(
        """
        blocks:
          unit:
            layers:
              - Dense: {units: 8}
                name: dense
              - LayerNormalization:
                name: norm
              - ReLU:
                name: act
              - Add:
                name: add
                from: [in, prev]

        inputs:
          x: [8]

        layers:
          - unit:
            name: unit_$i
            repeat: 4
        """
    )


def test_what_differs_is_a_parameter_and_what_follows_from_it_is_computed():
    items: Items = []
    for number, units in enumerate((8, 64, 16, 4)):
        items += [
            {"Dense": {"units": units * 4, "activation": "relu"}, "name": f"mlp_{number}_up"},
            {"Dense": {"units": units}, "name": f"mlp_{number}_down"},
            {"LayerNormalization": None, "name": f"mlp_{number}_norm"},
        ]
    items[0]["from"] = "x"
    text = folded(items)
    assert "params: {units: {type: int}}" in text
    assert "- Dense: {units: $(units * 4), activation: relu}\n" in text
    assert "each: {units: [8, 64, 16, 4]}" in text
    assert "name: mlp_$i\n" in text


def test_blocks_that_differ_in_items_that_one_lacks_are_one_with_a_switch():
    items: Items = []
    for number, residual in enumerate((False, True, True, False, True, False)):
        source = f"b{number - 1}_end" if number else "x"
        items += [
            {"Dense": {"units": 8}, "name": f"b{number}_dense", "from": source},
            {"LayerNormalization": None, "name": f"b{number}_norm"},
            {"ReLU": None, "name": f"b{number}_act"},
        ]
        if residual:
            items.append({"Add": None, "name": f"b{number}_sum", "from": [source, f"b{number}_act"]})
        items.append({"Dropout": {"rate": 0.1}, "name": f"b{number}_end"})
    text = folded(items)
    assert text.count("    layers:") == 1
    assert "when: $residual\n" in text
    assert "from: [in, prev]\n        when:" in text


def test_a_layer_that_is_called_again_stays_where_it_can_be_seen():
    items: Items = []
    for number in range(3):
        items += [
            {"Dense": {"units": 8}, "name": f"t_{number}_dense"},
            {"LayerNormalization": None, "name": f"t_{number}_norm"},
            {"ReLU": None, "name": f"t_{number}_act"},
        ]
    items.append({"reuse": "t_1_dense", "name": "again"})
    text = folded(items)
    assert "- Dense: {units: 8}\n    name: t_1_dense\n" in text
    assert "- reuse: t_1_dense\n" in text


def test_a_layer_that_is_called_again_is_found_by_the_name_it_has_then():
    items: Items = []
    for _ in range(3):
        items += [{"Dense": {"units": 8}}, "LayerNormalization", "ReLU"]
    items += [{"Dense": {"units": 8}}, {"reuse": "dense_3", "name": "again"}]
    text = folded(items)
    assert "repeat: 3\n" in text
    assert "- reuse: dense\n" in text


def test_automatic_names_are_those_of_the_flat_document():
    items: Items = []
    for _ in range(4):
        items += [{"Dense": {"units": 8}}, "LayerNormalization", "ReLU"]
    assert folded(items) == expected(
        """
        blocks:
          dense_norm_act:
            scope: root
            layers:
              - Dense: {units: 8}
              - LayerNormalization
              - ReLU

        inputs:
          x: [8]

        layers:
          - dense_norm_act:
            repeat: 4
        """
    )


def test_a_further_tensor_is_an_input_and_what_a_run_reads_is_brought_above_it():
    items: Items = [
        {"Dense": {"units": 8}, "name": "start", "from": "x"},
        {"Dense": {"units": 8}, "name": "side", "from": "y"},
    ]
    for number in range(4):
        source = f"m_{number - 1}_norm" if number else "start"
        items += [
            {"Multiply": None, "name": f"m_{number}_gate", "from": [source, "side"]},
            {"Add": None, "name": f"m_{number}_sum", "from": [source, f"m_{number}_gate"]},
            {"LayerNormalization": None, "name": f"m_{number}_norm"},
        ]
    text = folded(items, inputs={"x": [8], "y": [8]})
    assert "inputs: [in, other]\n" in text
    assert text.index("name: side") < text.index("name: start")
    assert "from: {in: prev, other: side}\n    repeat: 4\n" in text


def test_the_bodies_of_nested_models_share_the_blocks():
    items: Items = []
    for number in range(3):
        items += [
            {"Dense": {"units": 8}, "name": f"f_{number}_dense"},
            {"LayerNormalization": None, "name": f"f_{number}_norm"},
            {"ReLU": None, "name": f"f_{number}_act"},
        ]
    models = {"inner": {"inputs": {"z": [8]}, "layers": [dict(item) for item in items]}}
    text = folded([*items, "inner"], models=models)
    assert text.count("LayerNormalization") == 1
    assert text.count("repeat: 3") == 2


def test_slices_and_outputs_of_several_survive():
    items: Items = [{"LSTM": {"units": 8, "return_sequences": True, "return_state": True}, "name": "first"}]
    for number in range(3):
        items += [
            {
                "ops.add": None,
                "from": [f"{'first.0' if not number else f'drop_{number}'}", "first.0[:, ::-1]"],
            },
            {"LayerNormalization": None},
            {"Dropout": {"rate": 0.1}, "name": f"drop_{number + 1}"},
        ]
    text = folded(items, inputs={"x": [4, 8]}, outputs=["drop_3", "first.1"])
    assert "outputs: [" in text


def test_what_most_objects_have_is_a_default_and_the_others_say_otherwise():
    items: Items = [{"Dense": {"units": n, "activation": "relu"}, "name": f"a{n}x"} for n in (3, 9, 4, 7, 5)]
    items += [{"Dense": {"units": 2}, "name": "last"}]
    text = folded(items)
    assert text.startswith("defaults: {Dense: {activation: relu}}\n")
    assert "- Dense: {units: 2, activation: null}\n" in text


# --- faults -------------------------------------------------------------------------------------------------


def config() -> dict[str, Any]:
    def layer(name: str, source: str) -> dict[str, Any]:
        tensor = {
            "class_name": "__keras_tensor__",
            "config": {"shape": [None, 4], "dtype": "float32", "keras_history": [source, 0, 0]},
        }
        return {
            "module": "keras.layers",
            "class_name": "ReLU",
            "config": {"name": name, "trainable": True, "dtype": "float32"},
            "registered_name": None,
            "name": name,
            "inbound_nodes": [{"args": [tensor], "kwargs": {}}],
        }

    given = {
        "module": "keras.layers",
        "class_name": "InputLayer",
        "config": {"batch_shape": [None, 4], "dtype": "float32", "name": "x"},
        "registered_name": None,
        "name": "x",
        "inbound_nodes": [],
    }
    names = [f"u_{n}_{part}" for n in range(4) for part in ("a", "b", "c")]
    layers = [layer(name, before) for name, before in zip(names, ["x", *names], strict=False)]
    return {
        "module": "keras.src.models.functional",
        "class_name": "Functional",
        "config": {
            "name": "net",
            "trainable": True,
            "layers": [given, *layers],
            "input_layers": ["x", 0, 0],
            "output_layers": [names[-1], 0, 0],
        },
        "registered_name": "Functional",
    }


def written(**choices: Any) -> tuple[str, list[tuple[str, str]]]:
    report = Report()
    text = decompile(config(), CATALOG, Wanted("net", **choices), report)
    return text, [(found.code, found.severity) for found in report.diagnostics]


def test_a_document_is_folded_unless_it_is_wanted_flat():
    text, found = written()
    assert "repeat: 4" in text
    assert found == []
    flat, found = written(flat=True)
    assert flat.count("- ReLU") == 12
    assert found == []


@pytest.mark.parametrize("fault", ["raises", "differs", "is no document"])
def test_where_folding_goes_wrong_the_flat_document_is_written_and_said_to_be(monkeypatch, fault):
    def broken(flat: dict[str, Any], catalog: object) -> dict[str, Any]:
        if fault == "raises":
            raise KeyError("forced")
        if fault == "differs":
            return {
                **flat,
                "layers": [
                    item if "u_1_b" not in str(item) else {**item, "ELU": None} for item in flat["layers"]
                ][:-1],
            }
        return {**flat, "layers": [{"Dense": {"units": "$nothing"}}]}

    flat, _ = written(flat=True)
    monkeypatch.setattr(whole, "fold", broken)
    assert written() == (flat, [("not-folded", "warning")])


def test_a_fold_that_is_longer_is_not_taken(monkeypatch):
    def longer(flat: dict[str, Any], catalog: object) -> dict[str, Any]:
        return {**flat, "meta": {str(n): "x" * 90 for n in range(3)}}

    flat, _ = written(flat=True)
    monkeypatch.setattr(whole, "fold", longer)
    assert written() == (flat, [])
