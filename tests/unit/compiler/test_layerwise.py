"""Models told layer by layer, held against models that Keras made."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from modelspec.compiler.layerwise import asking
from modelspec.compiler.layerwise.kept import KnownLayers
from modelspec.compiler.layerwise.plain import BY_VARIABLE
from modelspec.compiler.layerwise.telling import tell
from modelspec.compiler.layerwise.values import Told
from modelspec.compiler.stages import check_document, compile_checked
from modelspec.compiler.sweeping.planning.facts import told_of
from modelspec.compiler.sweeping.planning.plan import plan_sweep
from modelspec.compiler.values import Checked, Options, Text
from modelspec.diagnostics import Report, Source, SpecError
from modelspec.source.files import load_text

ROOT = Path(__file__).parents[3]
OPTIONS = Options(use_cache=False, cpu_only=True)
DENSE = {"Dense": {"units": 2}}
LARGE = ("efficientnet_b0", "mobilenet_v2", "resnet50", "unet", "wavenet")
SMALL = ("mlp_mixer", "mnist_cnn", "resnet_cifar")
# Operations, nested models, masks, registered classes and outputs by name of layers that give several.
BY_KERAS = (
    "autoencoder",
    "bilstm",
    "convnext_tiny",
    "gpt",
    "transformer",
    "two_tower",
    "vit",
    "wide_and_deep",
)
GOLDEN = {"blocks": True, "chain": True, "dtypes": False, "operations": False, "towers": False}


def checked_file(path: Path) -> Checked:
    report = Report()
    loaded = load_text(path, report)
    assert loaded is not None
    return check_document(Text(*loaded, path), OPTIONS, report)


def checked_data(data: Mapping[str, Any]) -> Checked:
    text = json.dumps({"modelspec": 1, "name": "net", **data})
    return check_document(Text(Source("net.yaml", text), ""), OPTIONS, Report())


def by_keras(checked: Checked) -> Told:
    return told_of(compile_checked(checked, OPTIONS, Report()).linked)


def assert_told(checked: Checked, known: KnownLayers) -> None:
    told, made = tell(checked, OPTIONS, known), by_keras(checked)
    assert told is not None
    assert told == made
    assert json.dumps(told.output_shape) == json.dumps(made.output_shape)


def test_every_config_is_in_one_of_the_lists():
    names = {path.stem for path in (ROOT / "configs").glob("*.yaml")}
    assert names == {*LARGE, *SMALL, *BY_KERAS}


@pytest.mark.parametrize("name", [*SMALL, *(pytest.param(name, marks=pytest.mark.slow) for name in LARGE)])
def test_a_config_is_told_as_keras_makes_it(name):
    assert_told(checked_file(ROOT / "configs" / f"{name}.yaml"), KnownLayers())


@pytest.mark.parametrize("name", BY_KERAS)
def test_a_config_of_more_than_layers_is_left_to_keras(name):
    try:
        checked = checked_file(ROOT / "configs" / f"{name}.yaml")
    except SpecError as error:
        if error.diagnostics[0].code != "unmet-requirement":
            raise
        pytest.skip("it needs a newer Keras")
    assert tell(checked, OPTIONS, KnownLayers()) is None


@pytest.mark.parametrize(("name", "told"), GOLDEN.items())
def test_a_golden_document_is_told_as_keras_makes_it_or_not_at_all(name, told):
    checked = checked_file(ROOT / "tests" / "golden" / f"{name}.yaml")
    if told:
        assert_told(checked, KnownLayers())
    else:
        assert tell(checked, OPTIONS, KnownLayers()) is None


# --- nets at random ---------------------------------------------------------------------------------------


def drawn(seed: int) -> dict[str, Any]:
    """A small net of branches that meet, with settings of all kinds."""
    draw = random.Random(seed)
    layers: list[Any] = []
    shape = draw.choice([[8, 8, 3], [6, 4], [5]])

    def add(cls: str, **arguments: Any) -> str:
        name = f"{draw.choice('abc')}{len(layers)}"
        words = {"trainable": False} if draw.random() < 0.15 else {}
        words |= {"dtype": "mixed_bfloat16"} if draw.random() < 0.1 else {}
        layers.append({cls: arguments, "name": name, **words})
        return name

    def one() -> str:
        rank = len(shape)
        choice = draw.choice(["wide", "norm", "act", "drop"])
        match choice, rank:
            case "wide", 3:
                return add("Conv2D", filters=4, kernel_size=draw.choice([1, 3]), padding="same")
            case "wide", _:
                return add("Dense", units=4, use_bias=draw.random() < 0.5)
            case "norm", _:
                return add(draw.choice(["BatchNormalization", "LayerNormalization"]))
            case "act", _:
                return add("Activation", activation=draw.choice(["relu", "gelu"]))
            case _:
                return add("Dropout", rate=draw.choice([0, 0.0, 0.5]))

    for _ in range(draw.randint(1, 3)):
        stem = add("Dense", units=4)
        for _ in range(draw.randint(0, 3)):
            one()
        left = add("Dense", units=4)
        layers.append({"Dense": {"units": 4}, "name": f"r{len(layers)}", "from": stem})
        right = layers[-1]["name"]
        meets = {draw.choice(["Add", "Concatenate", "Average"]): {}}
        layers.append({**meets, "name": f"m{len(layers)}", "from": [left, right]})
    last = layers[-1]["name"]
    outputs = draw.choice([last, [left, last], {"one": left, "other": last}, last])
    kinds: list[Any] = ["adam", {"SGD": {"learning_rate": 0.1, "momentum": 0.9}}]
    kinds += [{"AdamW": {"use_ema": True}}, {"RMSprop": {"learning_rate": 1.0}}, {"Adafactor": {}}]
    found: dict[str, Any] = {"inputs": {"x": shape}, "layers": layers, "outputs": outputs}
    if draw.random() < 0.7:
        found["compile"] = {"optimizer": draw.choice(kinds), "loss": "mse"}
    if draw.random() < 0.2:
        found["dtype"] = "mixed_float16"
    if draw.random() < 0.3:
        found["weights"] = {"freeze": [layers[0]["name"]]}
    return found


def test_nets_at_random_are_told_as_keras_makes_them():
    known, told = KnownLayers(), 0
    for seed in range(24):
        checked = checked_data(drawn(seed))
        found = tell(checked, OPTIONS, known)
        if found is not None:
            assert found == by_keras(checked), f"seed {seed}"
            told += 1
    # Keras before 3.10 casts between layers of two dtypes with operations of their own.
    assert told >= 10


OFTEN = {"use_ema": True, "gradient_accumulation_steps": 2}
MORE = {"Adam": {"amsgrad": True}, "RMSprop": {"centered": True, "momentum": 0.5}, "SGD": {"momentum": 0.5}}
SCHEDULE = {"ExponentialDecay": {"initial_learning_rate": 0.1, "decay_steps": 9, "decay_rate": 0.5}}
BRANCHES = {
    "inputs": {"x": [6, 4]},
    "layers": [
        {"Dense": {"units": 8}, "name": "a"},
        {"Bidirectional": {"layer": {"LSTM": {"units": 4, "return_sequences": True}}}, "name": "b"},
        {
            "MultiHeadAttention": {"num_heads": 2, "key_dim": 4},
            "from": {"query": "a", "value": "b"},
            "name": "c",
        },
        {"Add": {}, "from": ["a", "c"]},
    ],
}


@pytest.mark.parametrize("name", sorted(BY_VARIABLE))
def test_what_an_optimizer_keeps_is_told_as_keras_makes_it(name):
    """With its defaults, and with all that makes it keep more; of layers that hold others, too."""
    for arguments in ({}, {**OFTEN, **MORE.get(name, {}), "learning_rate": SCHEDULE}):
        assert_told(checked_data({**BRANCHES, "compile": {"optimizer": {name: arguments}}}), KnownLayers())


STRUCTURES = [
    {"inputs_as": {"one": "x", "rest": ["y"]}, "outputs": {"b": "b", "a": "a"}},
    {"outputs": ["b", "a", "a"]},
    {"outputs": {"z": ["a"], "c": {"d": "b"}}},
    {"outputs": ["b"]},
    {"outputs": "b", "class": "Sequential", "inputs": {"x": [4]}, "layers": [{**DENSE, "name": "b"}]},
]


@pytest.mark.parametrize("structure", STRUCTURES)
def test_structures_of_inputs_and_outputs_are_told_as_keras_makes_them(structure):
    net = {
        "inputs": {"x": [4], "y": {"shape": [2], "dtype": "float64"}},
        "layers": [
            {"Concatenate": {}, "from": ["x", "y"]},
            {**DENSE, "name": "a"},
            {"Dense": {"units": 3}, "name": "b"},
        ],
    }
    assert_told(checked_data({**net, **structure}), KnownLayers())


def test_losses_by_the_names_of_outputs_are_told_as_keras_makes_them():
    net = {
        "inputs": {"x": [4]},
        "layers": [{**DENSE, "name": "a"}, {"Dense": {"units": 3}, "name": "b"}],
        "outputs": ["a", "b"],
        "compile": {"loss": {"a": "mse", "b": "mae"}, "metrics": {"b": ["mse"]}},
    }
    known = KnownLayers()
    assert_told(checked_data(net), known)
    assert_told(checked_data({**net, "compile": {"loss": {"a": "mae", "b": "mae"}}}), known)


# --- what is not told -------------------------------------------------------------------------------------

SPECIAL = {
    "a layer called twice": {"layers": [{**DENSE, "name": "d"}, {"reuse": "d", "from": "d"}], "in": [2]},
    "an operation": {"layers": [DENSE, {"ops.relu": {}}]},
    "a slice": {"layers": [{**DENSE, "name": "d"}, {**DENSE, "from": "d[:, :1]"}]},
    "a nested model": {
        "models": {"inner": {"inputs": {"y": [4]}, "layers": [DENSE]}},
        "layers": ["inner"],
    },
    "a mask": {"layers": [{"Masking": {}}, {"LSTM": {"units": 2}}], "in": [3, 2]},
    "several outputs of one layer": {
        "layers": [{"GRU": {"units": 2, "return_state": True}, "name": "g"}, {**DENSE, "from": "g.1"}],
        "in": [3, 2],
    },
    "a dict of Keras": {
        "layers": [{"class_name": "Dense", "module": "keras.layers", "config": {"units": 2}}],
    },
    "adapters": {
        "layers": [{**DENSE, "name": "d"}],
        "weights": {"lora": {"layers": ["d"], "rank": 1}},
    },
    "a quantized layer": {
        "layers": [{**DENSE, "name": "d"}],
        "weights": {"quantize": {"layers": ["d"], "mode": "int8"}},
    },
    "a map of policies": {
        "layers": [DENSE],
        "dtype": {"DTypePolicyMap": {"default_policy": "float32", "policy_map": {"dense": "bfloat16"}}},
    },
    "a seed that the layer draws": {"layers": [{"RandomCrop": {"height": 2, "width": 2}}], "in": [4, 4, 1]},
    "an optimizer of another kind": {
        "layers": [DENSE],
        "compile": {"optimizer": {"LossScaleOptimizer": {"inner_optimizer": {"SGD": {}}}}},
    },
    "a layer that nothing reads": {
        "layers": [{**DENSE, "name": "d"}, {**DENSE, "from": "x"}],
        "outputs": "d",
    },
}


@pytest.mark.parametrize("what", SPECIAL)
def test_what_is_more_than_layers_is_left_to_keras(what):
    data = dict(SPECIAL[what])
    checked = checked_data({"inputs": {"x": data.pop("in", [4])}, **data})
    assert tell(checked, OPTIONS, KnownLayers()) is None
    assert by_keras(checked).params >= 0


@pytest.mark.parametrize(
    "data",
    [
        {"layers": [{"Conv2D": {"filters": 2, "kernel_size": 9}}]},
        {"layers": [{"Conv2D": {"filters": 2, "kernel_size": 1}}, {"Reshape": {"target_shape": [7]}}]},
        {"layers": [DENSE], "compile": {"optimizer": {"SGD": {"learning_rate": 0.1, "momentum": 7.0}}}},
        {"layers": [DENSE], "compile": {"loss": "mse", "loss_weights": [1.0, 2.0]}},
    ],
)
def test_a_mistake_that_keras_finds_is_left_to_keras(data):
    checked = checked_data({"inputs": {"x": [4, 4, 1]}, **data})
    assert tell(checked, OPTIONS, KnownLayers()) is None
    with pytest.raises(SpecError):
        by_keras(checked)


SWEEP = """\
modelspec: 1
vars: {size: 3, units: 4}
inputs: {x: [4, 4, 1]}
layers:
  - Conv2D: {filters: 2, kernel_size: $size}
  - Flatten
  - Dense: {units: $units}
  - Reshape: {target_shape: [2, 2]}
sweep: {method: grid, space: {vars.size: [3, 9], vars.units: [4, 5]}}
"""


def planned(text: str, **given: Any) -> Any:
    report = Report()
    source = Source("net.yaml", text)
    return plan_sweep(Text(source, ""), Options(cpu_only=True, **given), report, workers=1)


def test_a_mistake_of_a_variant_is_told_as_without_what_is_known(monkeypatch):
    """Once as layers are asked for, once as all of them are known, and once with none."""
    kept = [planned(SWEEP, use_cache=False)]
    monkeypatch.setattr("modelspec.compiler.sweeping.planning.facts.tell", lambda *_: None)
    kept.append(planned(SWEEP, use_cache=False))
    assert [variant.state for variant in kept[0].variants] == ["distinct", *["rejected"] * 3]
    reasons = [
        [
            (one.code, one.message, str(one.place), one.notes)
            for variant in plan.variants
            for one in variant.reasons
        ]
        for plan in kept
    ]
    assert reasons[0] == reasons[1]
    assert [code for code, *_ in reasons[0]] == ["shape-mismatch", "shape-mismatch", "shape-mismatch"]
    assert [variant.facts for variant in kept[0].variants] == [one.facts for one in kept[1].variants]


# --- what is known ----------------------------------------------------------------------------------------

CHAIN = {"inputs": {"x": [4]}, "compile": {"optimizer": "adam", "loss": "mse"}}


def chain(*units: int, **more: Any) -> Checked:
    layers = [{"Dense": {"units": one}} for one in units]
    return checked_data({**CHAIN, "layers": layers, **more})


def test_a_layer_that_is_known_is_not_asked_for_again(monkeypatch):
    known = KnownLayers()
    tell(chain(4, 4, 2), OPTIONS, known)

    def refuse(*_: object) -> None:
        raise AssertionError("Keras was asked")

    monkeypatch.setattr(asking, "_link", refuse)
    longer = tell(chain(4, 4, 4, 4, 2), OPTIONS, known)
    assert longer is not None
    assert (longer.layers, longer.params) == (5, 4 * 20 + 10)
    with pytest.raises(AssertionError, match="Keras was asked"):
        tell(chain(4, 3, 2), OPTIONS, known)


def test_what_makes_layers_different_is_told_apart():
    known = KnownLayers()
    nets = [
        {"layers": [{"Dropout": {"rate": 1}}, DENSE]},
        {"layers": [{"Dropout": {"rate": 0.5}}, DENSE]},
        {"layers": [{"Dropout": {"rate": 0.5}}, {**DENSE, "trainable": False}]},
        {"layers": [{"Dropout": {"rate": 0.5}}, {**DENSE, "dtype": "float32"}]},
        {"layers": [{"Dropout": {"rate": 0.5}}, DENSE], "weights": {"freeze": ["dense"]}},
        {"layers": [{"Dropout": {"rate": 0.5}}, DENSE], "defaults": {"Dense": {"use_bias": False}}},
        {"layers": [{"Dropout": {"rate": 0.5}}, DENSE], "inputs": {"x": {"batch_shape": [2, 4]}}},
    ]
    for net in nets:
        assert_told(checked_data({"inputs": {"x": [4]}, **net}), known)


def test_what_is_known_is_kept_and_read_back(tmp_path):
    path = tmp_path / "known.json"
    known = KnownLayers(path)
    told = tell(chain(4, 2), OPTIONS, known)
    known.save()
    again = KnownLayers(path)
    assert tell(chain(4, 2), OPTIONS, again) == told
    assert again.taken() == {}
    path.write_text("{broken")
    assert tell(chain(4, 2), OPTIONS, KnownLayers(path)) == told


def test_what_one_process_finds_another_knows():
    one, other = KnownLayers(), KnownLayers()
    told = tell(chain(4, 2), OPTIONS, one)
    other.learn(one.taken())
    assert one.taken() == {}
    assert tell(chain(4, 2), OPTIONS, other) == told


def test_a_model_of_known_layers_is_planned_without_keras(tmp_path):
    """In a new process, and of documents that it never saw."""
    script = (
        "import sys\nfrom modelspec.cli.app import app\n"
        "try:\n    app()\nexcept SystemExit:\n    print('keras' in sys.modules)\n"
    )
    net = tmp_path / "net.yaml"
    answers = []
    for depths in ("[2, 3]", "[4, 5]"):
        net.write_text(
            "modelspec: 1\nvars: {depth: 1}\ninputs: {x: [4]}\n"
            "layers: [{Dense: {units: 4}, repeat: $depth}]\n"
            f"sweep: {{method: grid, space: {{vars.depth: {depths}}}}}\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", script, "sweep", "plan", str(net), "--format", "concise"],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "MODELSPEC_CACHE": str(tmp_path / "cache")},
        )
        answers.append(done.stdout.splitlines())
    assert [answer[-1] for answer in answers] == ["True", "False"]
    assert " 100 [4]" in answers[1][1]


@pytest.mark.parametrize("kind", ["KnownCall", "KnownInput", "KnownOptimizer", "KnownSlots", "KnownCompile"])
def test_what_is_known_in_part_is_asked_for_again(kind):
    """Of a file that had grown too long only the newer part is kept."""
    one, other = KnownLayers(), KnownLayers()
    told = tell(chain(4, 2), OPTIONS, one)
    found = one.taken()
    other.learn({key: data for key, data in found.items() if data[0] != kind})
    assert tell(chain(4, 2), OPTIONS, other) == told
    assert {key for key, data in found.items() if data[0] == kind} <= other.taken().keys()


def test_objects_of_the_process_that_a_document_does_not_name_make_no_difference():
    import keras

    named, known = "tested>Layerwise", KnownLayers()
    keras.saving.get_custom_objects()[named] = keras.layers.Dense
    try:
        assert_told(chain(4, 2), known)
        checked = checked_data({"inputs": {"x": [4]}, "layers": [{named: {"units": 2}}]})
        assert tell(checked, OPTIONS, known) is None
    finally:
        del keras.saving.get_custom_objects()[named]
