"""Random documents survive: compiled, decompiled and compiled again they give one config."""

from __future__ import annotations

import json
from typing import Any

from effort import tried
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import modelspec
from modelspec.catalog.load import installed_keras_version, load_catalog
from modelspec.decompiler.decompile import Wanted, decompile
from modelspec.diagnostics import Report

UNARY: tuple[Any, ...] = (
    "ReLU",
    "LayerNormalization",
    {"BatchNormalization": {"momentum": 0.9}},
    {"Dense": {"units": 4}},
    {"Dense": {"units": 4, "activation": "gelu", "kernel_initializer": {"HeNormal": {"seed": 3}}}},
    {"Dropout": {"rate": 0.25}},
    {"Activation": {"activation": "tanh"}},
    {"ops.multiply": {"x2": 2.0}},
    {"ops.clip": {"x_min": -1.0, "x_max": 1.0}},
)
# Each takes a vector of four and gives one, with arguments of its call.
CALLED: tuple[Any, ...] = (
    ({"BatchNormalization": {}}, {"training": False}),
    ({"Dropout": {"rate": 0.5}}, {"training": True}),
)
FOREIGN = (
    "block.0.fc",
    "block 0 fc",
    "block_0_fc",
    "_x",
    "9",
    "in",
    "prev",
    "n1.0",
    "größe",
    "$$i",  # a dollar sign in Keras
    "dense.1",
)
NAMES = ("stem", "head", "dense_3", "dense", "re_lu_1", "no", "add_2")

KINDS = (
    "unary", "unary", "sum", "slice", "reuse", "model", "pair", "argument", "states", "called", "block",
)  # fmt: skip


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """A model of vectors of four: layers, sums, slices, second calls, models inside and in arguments, names
    that are none here, several outputs, arguments of calls, blocks and repeats.
    """
    inner = {"inputs": {"z": [4]}, "layers": [{"Dense": {"units": 4}}, {"Add": {}, "from": ["z", "prev"]}]}
    held: dict[str, Any] = {}
    inputs = draw(st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, max_size=3, unique=True))
    tensors, layers, items = list(inputs), [], []
    taken: set[str] = set()
    for number in range(draw(st.integers(1, 8))):
        kind = draw(st.sampled_from(KINDS))
        name = draw(st.sampled_from(NAMES)) if draw(st.booleans()) else f"n{number}"
        name = f"n{number}" if name in taken else name
        taken.add(name)
        source = draw(st.sampled_from(tensors))
        match kind:
            case "sum":
                item: dict[str, Any] = {"Add": {}, "from": [source, draw(st.sampled_from(tensors))]}
            case "slice":
                item = {"ops.add": {}, "from": [source, f"{draw(st.sampled_from(tensors))}[:, ::-1]"]}
            case "reuse" if layers:
                item = {"reuse": draw(st.sampled_from(layers)), "from": source}
            case "model":
                item = {"inner": None, "from": source}
            case "pair":
                item = {"pair": None, "from": [source, draw(st.sampled_from(tensors))]}
            case "argument":
                items.append({"Reshape": {"target_shape": [1, 4]}, "from": source, "name": f"r{number}"})
                items.append({"TimeDistributed": {"layer": f"held{number}"}, "name": f"t{number}"})
                item = {"Flatten": {}, "from": f"t{number}"}
                held[f"held{number}"] = inner
            case "states":
                items.append({"Reshape": {"target_shape": [1, 4]}, "from": source, "name": f"r{number}"})
                gru = {"GRU": {"units": 4, "return_state": True}, "name": f"g{number}"}
                items.append(gru)
                item = {"ReLU": {}, "from": f"g{number}.{draw(st.integers(0, 1))}"}
            case "called":
                given_class, call = draw(st.sampled_from(CALLED))
                item = {**given_class, "from": source, "call": call}
            case "block":
                item = {
                    "unit": {"rate": draw(st.sampled_from([0.1, 0.2]))},
                    "from": source,
                    "repeat": draw(st.integers(1, 2)),
                }
            case _:
                given_class = draw(st.sampled_from(UNARY))
                item = {given_class: {}} if isinstance(given_class, str) else dict(given_class)
                item["from"] = source
                if not next(iter(item)).startswith("ops."):
                    layers.append(name)
                    if draw(st.booleans()):
                        item["trainable"] = False
        foreign = draw(st.sampled_from(FOREIGN)) if draw(st.integers(0, 3)) == 0 else None
        if foreign is not None and kind not in ("model", "pair", "block", "reuse") and foreign not in taken:
            taken.add(foreign)
            item["keras_name"] = foreign
        items.append({**item, "name": name})
        tensors.append(f"{name}.sum" if kind == "pair" else name)
    given_outputs = draw(
        st.lists(st.sampled_from(tensors[len(inputs) :]), min_size=1, max_size=3, unique=True)
    )
    outputs = draw(
        st.sampled_from(
            [given_outputs[0], given_outputs, {f"o{n}": one for n, one in enumerate(given_outputs)}]
        )
    )
    pair = {
        "inputs": {"p": [4], "q": [4]},
        "inputs_as": {"p": "p", "q": "q"},
        "layers": [{"Add": {}, "from": ["p", "q"], "name": "s"}, {"ReLU": {}, "name": "t"}],
        "outputs": {"sum": "s", "rest": ["t"]},
    }
    unit = {
        "params": {"rate": 0.5},
        "layers": [
            {"Dense": {"units": 4}},
            {"Dropout": {"rate": "$rate"}},
            {"Add": {}, "from": ["in", "prev"]},
        ],
    }
    return {
        "modelspec": 1,
        "name": "random",
        "inputs": {name: [4] for name in inputs},
        "models": {"inner": inner, "pair": pair, **held},
        "blocks": {"unit": unit},
        "layers": items,
        "outputs": outputs,
    }


@settings(max_examples=tried(20), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(documents())
def test_a_random_document_survives(document):
    config = modelspec.loads(json.dumps(document), target="installed", use_cache=False).config()
    catalog = load_catalog(installed_keras_version())
    text = decompile(config, catalog, Wanted("random"), Report())
    again = modelspec.loads(text, target="installed", use_cache=False).config()
    assert again == config, text
    assert decompile(again, catalog, Wanted("random"), Report()) == text
