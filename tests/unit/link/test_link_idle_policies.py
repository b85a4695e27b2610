"""Keys of maps of dtype policies: each gives a layer of the loaded model its policy, or is told."""

from __future__ import annotations

import json
from pathlib import Path

import keras
import pytest

import modelspec

ATTENTION = """\
  - MultiHeadAttention: {num_heads: 2, key_dim: 4}
    name: mha
    from: {query: in, value: in}
"""


# Until 3.11 a key was looked for anywhere in a path, so that `query` gave `mha/query` its policy.
ANYWHERE = keras.dtype_policies.DTypePolicyMap("float32", {"b": keras.DTypePolicy("float16")})["a/b"].name


def document(tmp_path: Path, text: str) -> modelspec.Document:
    path = tmp_path / "net.yaml"
    path.write_text(f"modelspec: 1\ninputs: {{x: [5, 8]}}\n{text}", encoding="utf-8")
    return modelspec.load(path)


def told(tmp_path: Path, text: str) -> list[tuple[str, str | None]]:
    """The keys that are told, each with its help."""
    with pytest.raises(modelspec.SpecError) as caught:
        document(tmp_path, text).check()
    assert {found.code for found in caught.value.diagnostics} == {"idle-policy"}
    return [
        (found.place.source.text[found.place.start : found.place.end].strip("\"'"), found.help)
        for found in caught.value.diagnostics
    ]


def dtypes(tmp_path: Path, text: str) -> dict[str, str]:
    """The dtypes in which the layers of the loaded model compute, by path."""
    archive = tmp_path / "net.keras"
    document(tmp_path, text).build(archive)
    model = keras.saving.load_model(archive)
    inside = model._flatten_layers(include_self=False)
    return {layer.path: layer.compute_dtype for layer in inside if layer.path}


def mapping(**policies: str) -> str:
    entries = ", ".join(f"'{key}': {policy}" for key, policy in policies.items())
    return f"{{DTypePolicyMap: {{policy_map: {{{entries}}}}}}}"


def policies(*keys: str) -> str:
    # Of variables in 32 bits, in which every release draws what is orthogonal.
    return mapping(**dict.fromkeys(keys, "mixed_bfloat16"))


def test_paths_and_patterns_give_policies(tmp_path):
    found = dtypes(tmp_path, f"layers:\n{ATTENTION}    dtype: {policies('mha/query', 'mha/(key|value)')}\n")
    assert found["mha/query"] == found["mha/key"] == found["mha/value"] == "bfloat16"
    assert found["mha"] == found["mha/attention_output"] == "float32"


@pytest.mark.parametrize(
    ("key", "help"),
    [
        pytest.param(
            "query",
            "did you mean `mha/query`?",
            marks=pytest.mark.skipif(ANYWHERE == "float16", reason="this Keras finds the key in the path"),
        ),
        ("mha/qery", "did you mean `mha/query`?"),
        ("other/attention_outptu", "did you mean `mha/attention_output`?"),
        (
            "9",
            "the paths are `mha`, `mha/query`, `mha/key`, `mha/value`, `mha/attention_output`",
        ),
    ],
)
def test_a_key_that_fits_no_path_is_told_at_its_place(tmp_path, key, help):
    text = f"layers:\n{ATTENTION}    dtype: {policies('mha/key', key)}\n"
    assert told(tmp_path, text) == [(key, help)]


def test_a_pattern_behind_exact_keys_gives_nothing_and_is_told(tmp_path):
    text = f"layers:\n{ATTENTION}    dtype: {policies('mha/key', 'mha/ke.')}\n"
    assert [key for key, _ in told(tmp_path, text)] == ["mha/ke."]


def test_the_paths_are_those_of_the_loaded_model(tmp_path):
    # In Python the path is `bidirectional/forward_lstm`: there the wrapper builds its layers.
    def text(key: str) -> str:
        return f"layers:\n  - Bidirectional: {{layer: {{LSTM: {{units: 3, dtype: {policies(key)}}}}}}}\n"

    assert told(tmp_path, text("bidirectional/forward_lstm")) == [
        ("bidirectional/forward_lstm", "did you mean `forward_lstm`?")
    ]
    found = dtypes(tmp_path, text("forward_lstm"))
    assert (found["forward_lstm"], found["backward_lstm"]) == ("bfloat16", "float32")


def test_a_map_on_a_block_and_in_a_repeat_is_for_all_its_layers(tmp_path):
    text = f"""\
blocks:
  unit:
    layers:
      - Dense: {{units: 8}}
        name: a
      - Dense: {{units: 8}}
        name: b
layers:
  - unit:
    name: s
    repeat: 2
    dtype: {policies("s_a", "s_1_b", "s_2_a")}
"""
    assert told(tmp_path, text) == [("s_2_a", "did you mean `s_a`?")]
    found = dtypes(tmp_path, text.replace(", 's_2_a': mixed_bfloat16", ""))
    assert found == {"s_a": "bfloat16", "s_b": "float32", "s_1_a": "float32", "s_1_b": "bfloat16"}


@pytest.mark.parametrize("section", ["dtype: {}", "defaults: {{Dense: {{dtype: {}}}}}"])
def test_a_map_of_the_document_is_for_all_its_models(tmp_path, section):
    text = f"""\
{section.format(policies("outer", "inner", "iner"))}
models:
  part:
    inputs: {{y: [5, 8]}}
    layers: [{{Dense: {{units: 8}}, name: inner}}]
layers:
  - Dense: {{units: 8}}
    name: outer
  - part:
  - Dense: {{units: 8}}
    name: last
"""
    assert told(tmp_path, text) == [("iner", "did you mean `inner`?")]
    found = dtypes(tmp_path, text.replace(", 'iner': mixed_bfloat16", ""))
    assert (found["outer"], found["inner"], found["last"]) == ("bfloat16", "bfloat16", "float32")


def test_a_map_that_is_copied_to_another_layer_is_told_there(tmp_path):
    dense = "  - Dense: {{units: 8}}\n    name: {}\n    dtype: {}\n"
    text = "layers:\n" + dense.format("a", policies("a")) + dense.format("b", policies("a"))
    assert told(tmp_path, text) == [("a", "the paths are `b`")]


def test_a_keras_dict_is_taken_as_it_is(tmp_path):
    layer = keras.layers.Dense(
        4, name="d", dtype=keras.dtype_policies.DTypePolicyMap("float32", {"x": keras.DTypePolicy("float16")})
    )
    data = json.dumps(keras.saving.serialize_keras_object(layer))
    document(tmp_path, f"layers:\n  - {data}\n").check()
