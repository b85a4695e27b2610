"""The closed sets of words of the language, and what a key looks like."""

from __future__ import annotations

import re

VERSION = 1

TOP_KEYS = (
    "modelspec",
    "requires",
    "name",
    "extends",
    "vars",
    "defaults",
    "use",
    "blocks",
    "models",
    "inputs",
    "inputs_as",
    "layers",
    "outputs",
    "model",
    "class",
    "dtype",
    "data_format",
    "compile",
    "weights",
    "expect",
    "lint",
    "train",
    "sweep",
    "meta",
)
ITEM_WORDS = (
    "name",
    "keras_name",
    "from",
    "call",
    "repeat",
    "each",
    "when",
    "reuse",
    "trainable",
    "dtype",
    "after",
    "before",
)
BLOCK_KEYS = ("params", "inputs", "layers", "outputs", "scope")
MODEL_KEYS = (
    "inputs",
    "inputs_as",
    "layers",
    "outputs",
    "name",
    "class",
    "dtype",
    "trainable",
    "file",
    "vars",
)
WEIGHTS_KEYS = ("seed", "load", "freeze", "inference", "lora", "quantize")
COMPILE_KEYS = (
    "optimizer",
    "loss",
    "loss_weights",
    "metrics",
    "weighted_metrics",
    "run_eagerly",
    "steps_per_execution",
    "jit_compile",
    "auto_scale_loss",
)
SWEEP_FILE = "modelspec_sweep"  # the key that a sweep in a file of its own begins with
SWEEP_KEYS = (
    "method",
    "seed",
    "space",
    "keep",
    "name",
    "objective",
    "start",
    "repeats",
    "prune",
    "budget",
    "on_failure",
    "run",
    "track",
    "artifacts",
)
TRAIN_KEYS = ("data", "fit", "entry", "args", "seed", "checkpoint")
DATA_KEYS = ("file", "x", "y", "sample_weight", "validation", "dataset", "python", "args")
EXPECT_KEYS = ("params", "trainable_params", "layers", "output_shape")
LINT_KEYS = ("select", "ignore")
VERBATIM_KEYS = ("module", "class_name", "config", "registered_name", "build_config", "compile_config")
RESERVED_NAMES = frozenset({"in", "prev"})
# What Keras' scripts start with, and what is no item here.
INPUT_CLASSES = frozenset({"Input", "InputLayer"})

_CLASS_KEY = re.compile(r"[A-Z][A-Za-z0-9]*$|keras(?:_hub)?(?:\.[A-Za-z_][A-Za-z0-9_]*)+$|[^>\s]+>[^>\s]+$")
_OP_KEY = re.compile(r"(?:keras\.)?ops\.[a-z][A-Za-z0-9_.]*$")
NAME = re.compile(r"[A-Za-z0-9_-]+")
WRITTEN_NAME = re.compile(r"/?[A-Za-z0-9_-]+|/")
MAX_NAME = 255  # characters, as most file systems allow
# What Keras takes for a name. A model is named by its key in the document, so its own may be any of them.
KERAS_NAME = re.compile(r"[^/]+")
IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
LOCAL_KEY = re.compile(r"[a-z][A-Za-z0-9_-]*")


def is_class_key(key: str) -> bool:
    """Whether a mapping's only key names a class: CamelCase, `pkg>Name` or a full public name."""
    return _CLASS_KEY.match(key) is not None


def is_file(text: str) -> bool:
    """Whether an entry of `use`, or of what is allowed, names a file or folder, not a module."""
    return text.endswith(".py") or "/" in text


def is_op_key(key: str) -> bool:
    """Whether an item's key names an operation: `ops.add`, `keras.ops.add`."""
    return _OP_KEY.match(key) is not None
