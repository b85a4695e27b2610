from __future__ import annotations

import subprocess
import sys

import pytest

from modelspec.catalog.families import FAMILIES
from modelspec.catalog.load import load_catalog

CATALOG = load_catalog("3.15.0")


@pytest.mark.parametrize(
    ("written", "families", "names"),
    [
        ("Conv2D", ("layer",), ["keras.layers.Conv2D"]),
        ("Convolution2D", None, ["keras.layers.Conv2D"]),
        ("keras.layers.Convolution2D", None, ["keras.layers.Conv2D"]),
        ("keras.initializers.he_normal", None, ["keras.initializers.HeNormal"]),
        ("Hinge", None, ["keras.losses.Hinge", "keras.metrics.Hinge"]),
        ("Hinge", ("metric", "loss"), ["keras.metrics.Hinge"]),
        ("Identity", ("initializer",), ["keras.initializers.Identity"]),
        ("LayerScale", None, []),
        ("keras.src.applications.convnext.LayerScale", None, ["keras.src.applications.convnext.LayerScale"]),
        ("keras.layers.Conv2D", ("initializer",), []),
        ("DTypePolicy", ("dtype_policy",), ["keras.DTypePolicy"]),
        ("Sequential", ("layer", "cell", "model"), ["keras.Sequential"]),
    ],
)
def test_a_name_is_looked_up_by_family(written, families, names):
    assert [entry.name for entry in CATALOG.find(written, families)] == names


@pytest.mark.parametrize(
    ("written", "stem"),
    [
        ("Conv2D", "conv2d"),
        ("Convolution2D", "conv2d"),
        ("ReLU", "re_lu"),
        ("keras.layers.GlobalAvgPool2D", "global_average_pooling2d"),
        ("acme>AttentionPool", "attention_pool"),
        ("Functional", "functional"),
        ("ops.add", "add"),
        ("ops.abs", "absolute"),
        ("ops.image.resize", "resize"),
    ],
)
def test_the_automatic_name_is_that_of_the_real_class(written, stem):
    assert CATALOG.stem(written) == stem


@pytest.mark.parametrize(
    ("identifier", "cls"),
    [("adam", "Adam"), ("he_normal", "HeNormal"), ("l2", "L2"), ("relu", None), ("nonsense", None)],
)
def test_a_string_stands_for_a_class(identifier, cls):
    assert CATALOG.class_of_identifier(identifier) == cls


def test_every_family_of_an_argument_is_known():
    families = {
        argument.family
        for name in CATALOG._release.full_names
        if (entry := CATALOG.entry(name)) is not None
        for argument in entry.arguments.values()
    }
    assert families - {None} <= set(FAMILIES)


def test_every_class_belongs_to_a_known_family():
    assert {CATALOG.entry(name).family for name in CATALOG._release.full_names} <= set(FAMILIES)


def test_dtypes_and_quantized_policies_are_read():
    assert CATALOG.is_dtype("mixed_bfloat16")
    assert CATALOG.is_dtype("int8_from_float32")
    assert not CATALOG.is_dtype("flaot32")


def test_the_catalog_imports_nothing_heavy():
    code = (
        "import sys; import modelspec.catalog.resolve; from modelspec.catalog.load import load_catalog;"
        "load_catalog('3.15.1').find('Dense');"
        "print([name for name in ('keras', 'numpy', 'h5py', 'yaml', 'pydantic') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
