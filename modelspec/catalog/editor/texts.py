"""What an editor says of the language's own words."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

SECTIONS: Mapping[str, str] = MappingProxyType(
    {
        "modelspec": "The version of the language: 1.",
        "requires": "Versions that the document needs, such as `keras>=3.12`.",
        "name": "The model's name; by default the file's name up to its first dot.",
        "extends": "A document, or a list of them, over which this one is laid.",
        "vars": "Named values; each may use those above it. Read as `$name` or `$(name * 2)`.",
        "defaults": "Default arguments for every object of a class: `Conv2D: {padding: same}`.",
        "use": "Modules or Python files that register classes; whoever builds has to allow them.",
        "blocks": "Pieces of a graph with parameters, put in wherever they are used.",
        "models": "Nested models; a second use shares the weights.",
        "inputs": "The inputs: names and shapes without the batch.",
        "inputs_as": "The structure in which the model takes its inputs.",
        "layers": "The graph: a list of items, each reading the one above unless `from` says otherwise.",
        "outputs": "What the model gives; by default what the last item gives.",
        "model": "Instead of `layers`: one object that is the model.",
        "class": "`Functional` (the default), `Sequential`, or a registered class.",
        "dtype": "The dtype policy of all layers, such as `mixed_float16`.",
        "data_format": "`channels_last` (the default) or `channels_first`.",
        "compile": "What `Model.compile` takes.",
        "weights": "The seed of the initial values, and which layers are frozen.",
        "expect": "What every build checks: a value or `{min: …, max: …}` each.",
        "lint": "Which rules `modelspec lint` looks for.",
        "train": "How the model is trained: `data` and `fit`, or a function of your own as `entry`.",
        "sweep": "Many variants of the document: `method`, and a `space` of paths and what they take.",
        "meta": "Data of your own, kept in the archive.",
    }
)

WORDS: Mapping[str, str] = MappingProxyType(
    {
        "name": "The node's name; may hold `$…`.",
        "keras_name": "The layer's name in Keras, where that is no name here: any text without `/`.",
        "from": "What it reads: a name, a list of names, or a mapping of argument names to names.",
        "call": "Further arguments of the call; a tensor among them is `{from: name}`.",
        "repeat": "A number of copies; `$i`, from 0, is the copy's number.",
        "each": "One copy for each row of values: `{filters: [64, 128], n: [3, 4]}`.",
        "when": "Whether the item is there; where not, its input takes its place.",
        "reuse": "Instead of a class: an earlier layer or model, called again with the same weights.",
        "trainable": "Whether the layer is trained; on a block, each of its layers.",
        "dtype": "The dtype policy of the layer; on a block, of each of its layers.",
        "after": "In a document with `extends`: the item after which this one goes.",
        "before": "In a document with `extends`: the item before which this one goes.",
    }
)
REMOVE = "In a document with `extends`: items of the base to take away."

BLOCK: Mapping[str, str] = MappingProxyType(
    {
        "params": "A default each, nothing for a required one, or `{type, default, choices, help}`.",
        "inputs": "The names of its inputs; by default one, `in`.",
        "layers": "Its items.",
        "outputs": "What it gives; by default what the last item gives.",
        "scope": "`root`: the names of its layers are not joined to that of its use.",
    }
)
PARAMETER: Mapping[str, str] = MappingProxyType(
    {
        "type": "The kind of value it takes.",
        "default": "Its value where none is given; without one it is required.",
        "choices": "The only values it takes.",
        "help": "What it is for.",
    }
)
MODEL: Mapping[str, str] = MappingProxyType(
    {
        **{key: SECTIONS[key] for key in ("inputs", "inputs_as", "layers", "outputs", "class", "dtype")},
        "name": "The model's name; by default its key.",
        "trainable": "Whether its weights are trained.",
        "file": "Another document, or a `.keras` archive, to nest as it is.",
        "vars": "Variables of the `file` to set.",
    }
)
INPUT: Mapping[str, str] = MappingProxyType(
    {
        "shape": "The shape without the batch; `null` is an open size.",
        "batch_shape": "The shape with the batch.",
        "dtype": "The dtype of its values.",
        "sparse": "Whether the tensor is sparse.",
        "ragged": "Whether the tensor is ragged.",
        "optional": "Whether it may be left out.",
        "keras_name": "Its name in Keras, where that is no name here: any text without `/`.",
    }
)
WEIGHTS: Mapping[str, str] = MappingProxyType(
    {
        "seed": "The seed of the initial values; 0 by default.",
        "load": "Files to take values from.",
        "freeze": 'Patterns of layers that are not trained: `["**", "!head"]`.',
        "inference": "Patterns of batch normalisations that keep to their moving statistics.",
        "lora": "Layers to give low-rank adapters.",
        "quantize": "Layers to quantize.",
    }
)
LOAD: Mapping[str, str] = MappingProxyType(
    {
        "file": "A `.keras` archive, `.weights.h5`, `.weights.json`, `.npz` or `.safetensors`.",
        "sha256": "What the file must be, in hexadecimal digits.",
        "from": "The part of the file that is taken; all of it by default.",
        "into": "The part of this model that is filled; all of it by default.",
        "match": "By names of layers, by addresses in the file, or in Keras' order.",
        "rename": "Names in the file, and what they are called here: `stem: conv1`, `block_*: b*`.",
        "only": 'Patterns of variables and layers that are filled: `[encoder, "**/kernel"]`.',
        "except": "Patterns of variables and layers that are not.",
        "missing": "Of a variable that the file does not have: an error, or drawn.",
        "unexpected": "Of what the file has besides: an error, or ignored.",
        "mismatch": "Of shapes that differ: an error, or the layer is skipped.",
        "optimizer": "Whether the optimizer's state is taken too.",
    }
)
LORA: Mapping[str, str] = MappingProxyType(
    {
        "layers": 'Patterns of layers that get adapters: `["**/query"]`.',
        "rank": "The rank of the adapters.",
        "alpha": "What their product is multiplied by, times the rank; the rank by default.",
    }
)
QUANTIZE: Mapping[str, str] = MappingProxyType(
    {
        "layers": 'Patterns of layers that are quantized: `["**", "!head"]`.',
        "mode": "What they are quantized to.",
        "config": "How: a quantization config of Keras, instead of the default of the mode.",
    }
)
EXPECT: Mapping[str, str] = MappingProxyType(
    {
        "params": "The number of parameters, as `count_params()` gives it.",
        "trainable_params": "The number of parameters that are trained.",
        "layers": "The number of layers; inputs and operations are not counted.",
        "output_shape": "The shape of the output without the batch; a mapping for several.",
    }
)

TRAIN: Mapping[str, str] = MappingProxyType(
    {
        "data": "What the model is trained on, and validated with.",
        "fit": "The arguments of `Model.fit`.",
        "entry": "Instead of `data` and `fit`: a function of your own that trains, `train.py:fit`.",
        "args": "What `entry` is called with besides the model and the trial.",
        "seed": "Of all that training draws; by default the seed of the initial values.",
        "checkpoint": "After how many epochs each time the state is kept to go on from; 0 for never.",
    }
)

DATA: Mapping[str, str] = MappingProxyType(
    {
        "file": "An `.npz`, `.npy`, `.csv` or `.parquet` file, relative to the document.",
        "x": "What the model reads: an array, a column, a list of columns, or a mapping of inputs to them.",
        "y": "The targets, in the same way, by the names of outputs where there are several.",
        "sample_weight": "How much each sample counts.",
        "validation": "A share of the samples, such as `0.2`, or a mapping as `data` is.",
        "dataset": "A data set of `keras.datasets`, downloaded at its first use.",
        "python": "A function of your own, `data.py:load`; whoever trains has to allow it.",
        "args": "What the data set or the function is called with.",
    }
)

LINT: Mapping[str, str] = MappingProxyType(
    {
        "select": "Rules, or `all`, `default`, `hygiene`, `error`, to look for instead of the default ones.",
        "ignore": "Rules not to look for.",
    }
)
SWEEP: Mapping[str, str] = MappingProxyType(
    {
        "method": "`grid`, `random`, or `bayes`, a search for the best `objective`.",
        "seed": "Of all that is drawn; 0 by default.",
        "space": "What varies: paths of the document, or labels, and the values they take.",
        "keep": "Conditions that a variant has to meet: `$(plan.params < 1000000)`.",
        "name": "What a variant is called: `w$(vars.width)`.",
        "objective": "What is looked for: `{metric: val_accuracy, goal: maximize}`.",
        "start": "Points that are tried first.",
        "repeats": "The seeds with which each variant is trained.",
        "prune": "When a run that promises little is stopped.",
        "budget": "What the sweep may cost.",
        "on_failure": "How often a run is tried again.",
        "run": "Where runs are run, and how many at once.",
        "track": "Where what runs measure is told to.",
        "artifacts": "What is kept of runs.",
    }
)
DOMAIN: Mapping[str, str] = MappingProxyType(
    {
        "path": "The path of the document that it sets, where the key is a label.",
        "int": "Integers from the first to the second, both included.",
        "float": "Numbers from the first to the second.",
        "choice": "One of these values.",
        "normal": "Mean and deviation; by `random` alone.",
        "step": "How far apart the values are.",
        "points": "How many values there are, evenly spread.",
        "log": "Whether they are spread by their logarithm.",
        "choose": "Labelled alternatives, each with what it sets and a space of its own.",
        "zip": "Paths that move together, and a list of values for each.",
    }
)
