"""The JSON Schema for editors: it fits every right document, and refuses mistakes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest

from modelspec.catalog.calls import takes_function
from modelspec.catalog.editor import texts
from modelspec.catalog.editor.document import document_schema, written
from modelspec.catalog.families import FAMILIES
from modelspec.catalog.history import load_history
from modelspec.catalog.load import installed_keras_version, load_catalog, load_docs
from modelspec.catalog.reference import Vocabulary
from modelspec.catalog.registered import read_registered
from modelspec.diagnostics import Report, Source
from modelspec.language import words
from modelspec.language.close import plain_data
from modelspec.language.schema import DataSection, ExpectSection, InputSection, TrainSection, WeightsSection
from modelspec.source.reader import read_tree

REPOSITORY = Path(__file__).parents[3]
VERSION = installed_keras_version()
VOCABULARY = Vocabulary(load_catalog(VERSION), load_docs(VERSION), load_history())
SCHEMA = document_schema(VOCABULARY, modelspec_version="0.1.0")
VALIDATOR = jsonschema.Draft7Validator(SCHEMA)

HEAD = "modelspec: 1\ninputs: {x: [8, 8, 3]}\n"


def data_of(text: str) -> object:
    tree = read_tree(Source("net.yaml", text), Report())
    return plain_data(tree, Report()) if tree is not None else None


def mistakes(text: str, validator: jsonschema.Draft7Validator = VALIDATOR) -> list[str]:
    data = data_of(text)
    assert data is not None, "the test's own YAML is wrong"
    return [f"{list(found.absolute_path)}: {found.message[:200]}" for found in validator.iter_errors(data)]


def item(written: str) -> str:
    return f"{HEAD}layers:\n  - {written}\n"


def right_documents() -> Iterator[object]:
    for path in sorted((REPOSITORY / "configs").glob("*.yaml")):
        yield pytest.param(path.read_text(), id=path.name)
    for path in sorted((REPOSITORY / "tests/golden").glob("*.yaml")):
        yield pytest.param(path.read_text(), id=f"golden/{path.name}")
    for path in sorted((REPOSITORY / "tests/language").glob("*.md")):
        for number, text in enumerate(cases_without_errors(path.read_text()), 1):
            yield pytest.param(text, id=f"{path.name}-{number}")


def cases_without_errors(page: str) -> Iterator[str]:
    """The documents that no error is expected in, those that `--set` mends left out."""
    for part in page.split("```yaml")[1:]:
        first, _, rest = part.partition("\n")
        text = rest.partition("```")[0]
        if "# error:" not in text and "set=" not in first:
            yield text


@pytest.mark.parametrize("text", [*right_documents()])
def test_a_right_document_fits(text):
    assert mistakes(text) == []


def test_there_are_many_right_documents():
    assert len([*right_documents()]) > 50


@pytest.mark.parametrize(
    "written",
    [
        "Flatten",
        "$norm",
        "residual",
        "ops.abs",
        "ops.image.resize",
        "keras.layers.Flatten",
        "acme>Pool",
        "Conv2D: {filters: 8}",  # `defaults` may give the rest
        "Conv2D:",
        "keras.layers.Convolution2D: {filters: 8, kernel_size: [3, 3], padding: same}",
        "Dense: {units: $width, activation: $act, kernel_initializer: {VarianceScaling: {scale: $(2 * s)}}}",
        "Dense: {units: 8, kernel_initializer: HeNormal, activation: keras.activations.gelu}",
        "Dense: {units: 8, activation: acme>swish2, kernel_regularizer: {acme>Ridge: {strength: 0.1}}}",
        "Dense: {units: 8, dtype: mixed_float16, input_shape: [8], name: null}",
        "Dense: {units: 8, dtype: {DTypePolicy: {name: float16}}}",
        "Dense: {units: 8, kernel_initializer: {class_name: Zeros, config: {}, module: keras.initializers}}",
        "Bidirectional: {layer: {LSTM: {units: 8, name: inner}}, merge_mode: concat}",
        "TimeDistributed: {layer: encoder}",
        "RNN: {cell: [LSTMCell, {GRUCell: {units: 4}}]}",
        "residual: {filters: [1, 2], anything: {a: 1}}",
        "$norm: {center: false}",
        "ops.einsum: {subscripts: 'ij,jk->ik'}\n    from: [a, b]",
        "ops.numpy.mean: {axis: 1}",
        "acme>Pool: {anything: 1}\n    name: 1",
        "{class_name: Dense, config: {units: 2}, module: keras.layers, name: scores, from: x}",
        "{reuse: tower, from: b, name: other}",
        "{remove: [a, b]}",
        "{name: hidden, trainable: false}",
        "MultiHeadAttention: {num_heads: 2}\n    from: {query: [a.0, 'b[:, 0]'], value: {value: 2.0}}",
        "Dense: {units: 8}\n    name: d_$i\n    each: {units: [1, 2]}\n    when: $(i > 0)\n"
        "    dtype: float16\n    call: {training: false, use_causal_mask: $c, mask: {from: m}}\n"
        "    after: a\n    trainable: $t",
    ],
)
def test_a_right_item_fits(written):
    assert mistakes(item(written)) == []


@pytest.mark.parametrize(
    "section",
    [
        "name: 1\nvars: {norm: {LayerNormalization: {}}, n: null}\nx-mine: {a: 1}\nmeta: [1]",
        "sweep: {method: grid, space: {a.b: [1], c: {choose: {d: {space: {e: {int: [1, 2]}}}}}}}",
        "defaults: {Conv2D: {padding: same}, acme>Pool: {a: 1}, keras.optimizers.Adam: {}}",
        "inputs: {a: [null, 3], b: {shape: [], dtype: int32}, c: {batch_shape: [2], ragged: true}, d: $s}",
        "outputs: {a: stem, b: [x.0, {c: y}]}\ninputs_as: [x, {b: y}]\nclass: Sequential\ndata_format: null",
        "class: {acme>Net: {n: 3}}",
        "class: acme>Net",
        "model: {Sequential: {layers: [{Dense: {units: 1}}]}}",
        "model: {class_name: Functional, config: {}, module: keras.models}",
        "model: {acme>Net: {width: 3}}",
        "compile: {optimizer: adam, loss: mse, metrics: [accuracy, {AUC: {}}]}",
        "compile: {optimizer: {Adam: {learning_rate: {CosineDecay: {initial_learning_rate: 1.0}}}}}",
        "compile: {loss: {click: bce, Stars: {MeanSquaredError: {}}}, metrics: {click: [AUC], stars: [mae]}}",
        "compile: {loss: [mse, acme>huberish], jit_compile: true, run_eagerly: 0, loss_weights: [1, 2]}",
        "compile: null\nexpect: null\nblocks:\nmodels: null",
        "blocks: {b: {params: {n: , m: 3, k: {type: int, default: 1, choices: [1]}}, layers: [ReLU]}}",
        "blocks: {b: {params: [n], inputs: [l, r], layers: [{b: }], outputs: {a: l}, scope: root}}",
        "models: {m: {file: a.yaml, vars: {n: 1}, trainable: false}, n: {inputs: {t: [2]}, layers: [ReLU]}}",
        "weights: {seed: 3, freeze: ['**'], inference: null, load: [{file: a.keras}]}",
        "expect: {params: {min: 1}, layers: 3, trainable_params: $n, output_shape: [4]}",
        "train: {data: {file: d.npz, x: {a: b}, y: [c], validation: 0.2}, fit: {callbacks: [EarlyStopping]}}",
        "train: {data: {dataset: mnist, validation: test}, fit: {epochs: $n, shuffle: batch}, seed: 3}",
        "train: {data: {validation: {x: a}}, fit: {callbacks: [{EarlyStopping: {patience: 3}}, acme>Own]}}",
        "train: {entry: 'train.py:fit', args: {a: [1]}, data: null}",
        "requires: [keras>=3.8]\nextends: [a.yaml]\nuse: acme.layers\ndtype: mixed_bfloat16",
    ],
)
def test_a_right_section_fits(section):
    assert mistakes(f"modelspec: 1\n{section}\n") == []


@pytest.mark.parametrize(
    "written",
    [
        "Dens: {units: 8}",  # unknown class
        "Dens",
        "keras.layers.Dens: {units: 8}",
        "Adam: {learning_rate: 0.1}",  # of another family
        "ops.ad",
        "InputLayer: {shape: [8]}",
        "ops.cond: {axis: 1}",  # of functions
        "ops.ad: {axis: 1}",
        "Dense: {unit: 8}",  # unknown argument
        "ops.sum: {axes: 1}",
        "Dense: {units: eight}",  # wrong kind
        'Dense: {units: "64"}',
        "Dense: {units: true}",
        "Dense: {units: 8.5}",
        "Dense: {units: [8]}",
        "Dense: {units: 8, use_bias: yes}",
        "Dense: {units: 8, use_bias: 2}",
        "Conv2D: {filters: 8, kernel_size: [3, x]}",
        "Dense: 8",
        "Conv2D: {filters: 8, padding: Same}",  # a word that there is not
        "Bidirectional: {layer: {LSTM: {units: 8}}, merge_mode: add}",
        "Dense: {units: 8, activation: Relu}",
        "Dense: {units: 8, kernel_initializer: he_nrmal}",
        "Dense: {units: 8, kernel_initializer: 3}",
        "Dense: {units: 8, kernel_initializer: {L2: {l2: 0.1}}}",  # of another family
        "Dense: {units: 8, kernel_initializer: {HeNormal: {sed: 1}}}",
        "Dense: {units: 8, kernel_initializer: {HeNormal: {}, Zeros: {}}}",
        "Dense: {units: 8, dtype: float17}",
        "Bidirectional: {layer: {LSTM: {unit: 8}}}",
        "RNN: {cell: [LSTMCel]}",
        "{Dense: {units: 8}, ReLU: }",  # two class keys
        "{Dense: {units: 8}, residual: {n: 1}, name: a, from: x, repeat: 2}",
        "{residual: , other: , name: x, trainable: true}",
        "{reuse: tower, Dense: {units: 8}}",
        "{Dense: {units: 8}, nmae: x}",  # unknown word
        "{Dense: {units: 8}, name: [a]}",
        "{Dense: {units: 8}, repeat: -1}",
        "{Dense: {units: 8}, repeat: many}",
        "{Dense: {units: 8}, when: maybe}",
        "{Dense: {units: 8}, each: [1, 2]}",
        "{Dense: {units: 8}, from: null}",
        "{Dense: {units: 8}, call: [training]}",
        "{Dropout: {rate: 0.5}, call: {training: 'yes'}}",
        "{MultiHeadAttention: {}, call: {use_causal_mask: 2}}",
        "{class_name: Dense}",
        "[Dense]",
        "3",
    ],
)
def test_a_wrong_item_is_refused(written):
    assert mistakes(item(written))


@pytest.mark.parametrize(
    "text",
    [
        "layers: [ReLU]",  # no version
        "modelspec: 2",
        "modelspec: 1\nlayer: [ReLU]",  # unknown section
        "modelspec: 1\nlayers: {a: ReLU}",
        "modelspec: 1\ninputs: [8]",
        "modelspec: 1\ninputs: {x: 8}",
        "modelspec: 1\ninputs: {x: [-1]}",
        "modelspec: 1\ninputs: {x: {shap: [8]}}",
        "modelspec: 1\nclass: Functionl",
        "modelspec: 1\ndata_format: channels",
        "modelspec: 1\ndtype: float17",
        "modelspec: 1\ndefaults: {Conv2: {padding: same}}",
        "modelspec: 1\ndefaults: {Conv2D: {paddin: same}}",
        "modelspec: 1\nblocks: {Res: {layers: [ReLU]}}",
        "modelspec: 1\nblocks: {res: {layer: [ReLU]}}",
        "modelspec: 1\nblocks: {res: {layers: [ReLUU]}}",
        "modelspec: 1\nblocks: {res: {layers: [ReLU], scope: top}}",
        "modelspec: 1\nblocks: {res: {params: {n: {type: integer}}, layers: [ReLU]}}",
        "modelspec: 1\nmodels: {enc: {layers: [ReLU], params: {n: 1}}}",
        "modelspec: 1\nmodel: {Dense: {units: 1}}",
        "modelspec: 1\ncompile: {optimiser: adam}",
        "modelspec: 1\ncompile: {optimizer: adm}",
        "modelspec: 1\ncompile: {optimizer: {Adam: {lr: 0.1}}}",
        "modelspec: 1\ncompile: {metrics: accuracy}",
        "modelspec: 1\ncompile: {loss: mean_square}",
        "modelspec: 1\ncompile: {jit_compile: maybe}",
        "modelspec: 1\nweights: {seeds: 1}",
        "modelspec: 1\nweights: {seed: -1}",
        "modelspec: 1\ntrain: {dat: {}}",
        "modelspec: 1\ntrain: {data: {dataset: mnits}}",
        "modelspec: 1\ntrain: {fit: {epoch: 3}}",
        "modelspec: 1\ntrain: {fit: {verbose: 1}}",
        "modelspec: 1\ntrain: {fit: {callbacks: [{EarlyStoping: {}}]}}",
        "modelspec: 1\ntrain: {fit: {callbacks: [{EarlyStopping: {patiense: 3}}]}}",
        "modelspec: 1\ntrain: {checkpoint: -1}",
        "modelspec: 1\nexpect: {params: many}",
        "modelspec: 1\nexpect: {params: {least: 1}}",
    ],
)
def test_a_wrong_document_is_refused(text):
    assert mistakes(text)


def test_every_class_and_operation_takes_its_own_defaults():
    objects = [*VOCABULARY.catalog.classes()]
    written = {
        entry.name: {
            name: argument.default for name, argument in entry.arguments.items() if not argument.required
        }
        for entry in objects
        if entry.family != "callback"
    }
    for operation in VOCABULARY.catalog.operations():
        if takes_function(operation):
            continue
        parameters = VOCABULARY.catalog.operation_parameters(operation.name)
        written[f"ops.{operation.name}"] = {
            name: argument.default
            for name, argument in parameters.items()
            if not argument.required and not name.startswith("*")
        }
    wrong = []
    for name, arguments in written.items():
        schema = SCHEMA["definitions"][name]
        wrong += [
            f"{name}: {found.message}" for found in VALIDATOR.evolve(schema=schema).iter_errors(arguments)
        ]
    assert wrong == []


def test_it_is_a_schema_of_the_dialect_it_names():
    jsonschema.Draft7Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == jsonschema.Draft7Validator.META_SCHEMA["$schema"]


def test_every_reference_leads_somewhere_and_every_definition_is_used():
    used = set()
    for part in parts(SCHEMA):
        if "$ref" in part:
            prefix, _, key = part["$ref"].partition("#/definitions/")
            assert prefix == ""
            used.add(key)
            # A reference hides the keywords beside it, but for those that only describe.
            assert set(part) <= {"$ref", "description", "default"}, part
    # What no section takes is still a family of the catalog.
    assert SCHEMA["definitions"].keys() - used - set(FAMILIES) == set()
    assert used <= SCHEMA["definitions"].keys()


def parts(schema: object) -> Iterator[dict[str, object]]:
    match schema:
        case dict():
            yield schema
            for value in schema.values():
                yield from parts(value)
        case list():
            for value in schema:
                yield from parts(value)


def test_an_editor_is_told_what_a_word_a_class_and_an_argument_are():
    definitions = SCHEMA["definitions"]
    assert definitions["item.mapping"]["properties"]["from"]["description"] == texts.WORDS["from"]
    conv = definitions["keras.layers.Conv2D"]
    assert conv["description"] == "2D convolution layer."
    assert conv["defaultSnippets"][0]["body"] == {"filters": "$1", "kernel_size": "$2"}
    filters = conv["allOf"][0]["properties"]["filters"]
    assert "the dimension of the output space" in resolved(filters)["description"]
    assert resolved(conv["allOf"][0]["properties"]["lora_alpha"])["description"].endswith("Since Keras 3.10.")


def resolved(schema: dict[str, str]) -> dict[str, object]:
    return SCHEMA["definitions"][schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema


@pytest.mark.parametrize(
    ("told", "known"),
    [
        (texts.SECTIONS, words.TOP_KEYS),
        (texts.WORDS, words.ITEM_WORDS),
        (texts.BLOCK, words.BLOCK_KEYS),
        (texts.MODEL, words.MODEL_KEYS),
        (texts.WEIGHTS, words.WEIGHTS_KEYS),
        (texts.EXPECT, words.EXPECT_KEYS),
        (texts.TRAIN, words.TRAIN_KEYS),
        (texts.TRAIN, TrainSection.model_fields),
        (texts.DATA, words.DATA_KEYS),
        (texts.DATA, DataSection.model_fields),
        (texts.INPUT, InputSection.model_fields),
        (texts.WEIGHTS, WeightsSection.model_fields),
        (texts.EXPECT, ExpectSection.model_fields),
        (SCHEMA["properties"], words.TOP_KEYS),
        (SCHEMA["definitions"]["compile"]["properties"], words.COMPILE_KEYS),
        (SCHEMA["definitions"]["block"]["properties"], words.BLOCK_KEYS),
    ],
)
def test_the_words_of_the_language_are_all_told(told, known):
    assert set(told) == set(known)


def test_it_is_the_same_text_each_time_and_not_too_long():
    text = written(document_schema(VOCABULARY, modelspec_version="0.1.0"))
    assert text == written(SCHEMA)
    assert json.loads(text) == SCHEMA
    assert len(text.encode()) < 1_000_000
    assert max(map(len, text.splitlines())) < 100_000


def test_registered_classes_are_known_by_their_arguments():
    pool = {
        "home": "acme.layers",
        "class": "AttentionPool",
        "family": "layer",
        "arguments": {"heads": {}, "scale": {"default": 1.0}},
        "call": {"inputs": True},
    }
    swish = {"home": "acme.layers", "class": "swish2", "family": "function"}
    docs = {
        **VOCABULARY.docs,
        "classes": VOCABULARY.docs["classes"]
        | {"acme>Pool": {"doc": "Pools.", "arguments": {"heads": "How many."}}},
    }
    catalog = VOCABULARY.catalog.with_registered(
        read_registered({"acme>Pool": pool, "acme>swish2": swish, "plain_swish": swish})
    )
    schema = document_schema(Vocabulary(catalog, docs, VOCABULARY.history), modelspec_version="0.1.0")
    validator = jsonschema.Draft7Validator(schema)
    assert mistakes(item("acme>Pool: {heads: 2, scale: 0.5}"), validator) == []
    assert mistakes(item("Dense: {units: 8, activation: plain_swish}"), validator) == []
    assert mistakes(item("acme>Pool: {head: 2}"), validator)
    assert mistakes(item("acme>Other: {head: 2}"), validator) == []  # of a module that was not looked into
    assert mistakes(item("Dense: {units: 8, activation: plain_swsh}"), validator)
    definition = schema["definitions"]["acme..Pool"]
    assert definition["description"] == "Pools."
    assert definition["allOf"][0]["properties"]["heads"] == {"description": "How many."}
