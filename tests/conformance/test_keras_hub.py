"""Backbones of KerasHub at small sizes: registered models of a package that is not Keras.

KerasHub brings TensorFlow along, so the tests do not ask for it. Where it is installed they run, in minutes:

    pip install keras-hub && pytest tests/conformance/test_keras_hub.py
"""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
import pytest
from decompiled import differences, form_of

import modelspec
from modelspec.compiler.decompiled import Asked, decompile_file
from modelspec.compiler.values import Options
from modelspec.diagnostics import Report
from modelspec.link.canonical import canonical, serialize

pytestmark = [
    pytest.mark.skipif(
        importlib.util.find_spec("keras_hub") is None,
        reason="KerasHub is not installed: `pip install keras-hub`",
    ),
    # Of TensorFlow and its friends, at their import.
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning"),
]

_TEXT = {"vocabulary_size": 20, "num_layers": 2, "num_heads": 2, "hidden_dim": 8, "intermediate_dim": 16}
_LLAMA = {**_TEXT, "num_query_heads": 2, "num_key_value_heads": 1}
del _LLAMA["num_heads"]
_IMAGE = {"image_shape": [32, 32, 3]}

BACKBONES: Mapping[str, Mapping[str, Any]] = {
    "AlbertBackbone": {**_TEXT, "embedding_dim": 4, "max_sequence_length": 8},
    "BartBackbone": {**_TEXT, "max_sequence_length": 8},
    "BertBackbone": {**_TEXT, "max_sequence_length": 8},
    "BloomBackbone": _TEXT,
    "DebertaV3Backbone": {**_TEXT, "max_sequence_length": 8, "bucket_size": 4},
    "DistilBertBackbone": {**_TEXT, "max_sequence_length": 8},
    "GPT2Backbone": {**_TEXT, "max_sequence_length": 8},
    "GPTNeoXBackbone": {**_TEXT, "rotary_percentage": 0.5},
    "GemmaBackbone": {**_LLAMA, "head_dim": 4},
    "LlamaBackbone": _LLAMA,
    "MistralBackbone": {**_LLAMA, "sliding_window": 4},
    "OPTBackbone": {**_TEXT, "max_sequence_length": 8},
    "RobertaBackbone": {**_TEXT, "max_sequence_length": 8},
    "ResNetBackbone": {
        **_IMAGE,
        "input_conv_filters": [64],
        "input_conv_kernel_sizes": [7],
        "stackwise_num_filters": [64, 16],
        "stackwise_num_blocks": [1, 1],
        "stackwise_num_strides": [1, 2],
        "block_type": "basic_block",
    },
    "VGGBackbone": {**_IMAGE, "stackwise_num_repeats": [1, 1], "stackwise_num_filters": [4, 8]},
    "ViTBackbone": {
        **_IMAGE,
        "patch_size": [8, 8],
        "num_layers": 2,
        "num_heads": 2,
        "hidden_dim": 8,
        "mlp_dim": 16,
    },
}


def document(body: str) -> modelspec.Document:
    return modelspec.loads(f"modelspec: 1\nname: net\nuse: [keras_hub]\n{body}\n", allow=("keras_hub",))


def batch_for(inputs: Any) -> Any:
    """Small integers for token ids, ones for masks, ramps for images, in the structure of the inputs."""

    def values(tensor: Any) -> np.ndarray:
        shape = [4 if size is None else size for size in (2, *tensor.shape[1:])]
        if "int" in str(tensor.dtype) or "bool" in str(tensor.dtype):
            top = 2 if "mask" in tensor.name or "segment" in tensor.name else 20
            filled = np.ones(shape) if "mask" in tensor.name else np.arange(np.prod(shape)) % top
            return filled.reshape(shape).astype(str(tensor.dtype))
        return np.linspace(-1, 1, int(np.prod(shape)), dtype="float32").reshape(shape)

    return keras.tree.map_structure(values, inputs)


def same(one: Any, two: Any) -> None:
    for left, right in zip(keras.tree.flatten(one), keras.tree.flatten(two), strict=True):
        np.testing.assert_allclose(np.asarray(left), np.asarray(right), rtol=1e-5, atol=1e-6)


def plain(config: Any) -> Any:
    return json.loads(json.dumps(config))


@pytest.mark.parametrize("name", BACKBONES)
def test_a_backbone_as_the_whole_model_is_its_twin(name: str) -> None:
    arguments = BACKBONES[name]
    made = document(f"model: {{keras_hub>{name}: {json.dumps(arguments)}}}")
    model = made.model()
    import keras_hub

    cls = getattr(keras_hub.models, name)
    assert type(model) is cls
    twin = cls(**arguments, name=model.name)
    assert plain(model.get_config()) == plain(twin.get_config())
    assert [tuple(w.shape) for w in model.weights] == [tuple(w.shape) for w in twin.weights]
    twin.set_weights(model.get_weights())
    batch = batch_for(model.input)
    same(model(batch), twin(batch))


@pytest.mark.parametrize("name", BACKBONES)
def test_a_backbone_as_an_item_is_its_twin(name: str) -> None:
    arguments = BACKBONES[name]
    import keras_hub

    twin = getattr(keras_hub.models, name)(**arguments, name="backbone")
    inputs = twin.input if isinstance(twin.input, dict) else {"image": twin.input}
    lines = [
        f"  {key}: {{shape: {json.dumps(list(tensor.shape[1:]))}, dtype: {tensor.dtype}}}"
        for key, tensor in inputs.items()
    ]
    given = "image" if not isinstance(twin.input, dict) else f"{{inputs: {{{_pairs(inputs)}}}}}"
    made = document(
        "\n".join(["inputs:", *lines])
        + f"\nlayers:\n  - keras_hub>{name}: {json.dumps(arguments)}\n    name: backbone\n    from: {given}\n"
    )
    model = made.model()
    backbone = model.layers[-1]  # some write no name into their config, and get another one at loading
    assert plain(backbone.get_config()) == plain({**twin.get_config(), **_names(backbone, twin)})
    twin.set_weights(backbone.get_weights())
    batch = batch_for(inputs)
    feed = [batch[key] for key in inputs] if len(inputs) > 1 else next(iter(batch.values()))
    same(model(feed), twin(batch if isinstance(twin.input, dict) else feed))


def _names(backbone: Any, twin: Any) -> Mapping[str, str]:
    return {"name": backbone.name} if "name" in twin.get_config() else {}


def _pairs(inputs: Mapping[str, Any]) -> str:
    return ", ".join(f"{key}: {key}" for key in inputs)


# --- decompiled -------------------------------------------------------------------------------------------


def backbone(name: str) -> Any:
    import keras_hub

    return getattr(keras_hub.models, name)(**BACKBONES[name])


def task(name: str, of: str, **arguments: Any) -> Any:
    import keras_hub

    return getattr(keras_hub.models, name)(backbone(of), **arguments)


def headed() -> Any:
    """A backbone as a layer, with an input for each of its own; of two outputs the first is read."""
    inner = backbone("BertBackbone")
    given = {name: keras.Input((4,), dtype="int32", name=name) for name in inner.input}
    return keras.Model(
        given, keras.layers.Dense(2, name="head")(inner(given)["pooled_output"]), name="headed"
    )


TASKS = {
    "classifier": lambda: task("BertTextClassifier", "BertBackbone", num_classes=2),
    "masked": lambda: task("BertMaskedLM", "BertBackbone"),
    "causal": lambda: task("GPT2CausalLM", "GPT2Backbone"),
    "images": lambda: task("ResNetImageClassifier", "ResNetBackbone", num_classes=3),
    "headed": headed,
}


@pytest.mark.parametrize("name", BACKBONES)
def test_a_backbone_is_decompiled_to_its_class_and_arguments(name: str) -> None:
    keras.utils.clear_session()
    model = backbone(name)
    text = modelspec.decompile(model)
    assert f"model:\n  keras_hub>{name}:\n" in text
    again = modelspec.loads(
        f"{text}use: [keras_hub]\n", target="installed", allow=("keras_hub",), use_cache=False
    )
    found = list(differences(form_of(again.config()), form_of(canonical(serialize(model)))))
    assert not found, "\n".join([*found[:8], text])


# A task compiles itself, which Keras warns of when it loads one.
@pytest.mark.filterwarnings("ignore:`compile:UserWarning")
@pytest.mark.parametrize("name", TASKS)
def test_a_task_is_decompiled_with_its_values(name: str, tmp_path: Any) -> None:
    keras.utils.clear_session()
    model = TASKS[name]()
    model.save(tmp_path / "model.keras")
    document = tmp_path / "net.yaml"
    asked = Asked(tmp_path / "model.keras", document, weights=True)
    decompile_file(asked, Report(), options=Options(allow=("keras_hub",)))
    document.write_text(f"{document.read_text()}use: [keras_hub]\n")
    made = modelspec.load(document, target="installed", allow=("keras_hub",), use_cache=False)
    found = list(differences(form_of(made.config()), form_of(canonical(serialize(model)))))
    assert not found, "\n".join(found[:8])
    batch, rebuilt = batch_for(model.input), made.model()
    for one, two in zip(keras.tree.flatten(rebuilt(batch)), keras.tree.flatten(model(batch)), strict=True):
        np.testing.assert_array_equal(np.asarray(one), np.asarray(two))
