"""Well-known models as folded documents: equal to what they were made from, and no longer than they were."""

from __future__ import annotations

import keras
import pytest
from decompiled import check, text_of
from decompiled_lines import TRANSFORMERS, config_of, kept, lines_of
from test_applications import NAMES

import modelspec

pytestmark = pytest.mark.skipif(
    keras.version() < "3.15",
    reason="what Keras records of a call, and which models it can make, differs by release",
)
# What folds by names, without them, by merging, in rows, over nested models; the others are slow.
QUICK = ("BertAuto", "BertNamed", "ConvNeXtTiny", "DenseNet121", "InceptionV3", "MobileNetV2", "ResNet50")
PROMISED = {"ResNet50": 75, "DenseNet121": 80, "InceptionV3": 145, "BertNamed": 80, "BertAuto": 80}
GUIDE = (
    "run `python tests/conformance/decompiled_lines.py` to see it, and lower the numbers where it got better"
)


def hold(name: str) -> None:
    data = config_of(name)
    text = check(data)
    assert lines_of(text) <= lines_of(text_of(data, flat=True))
    assert lines_of(text) <= kept()[name], GUIDE
    again = modelspec.loads(text, target="installed", use_cache=False).config()
    assert text_of(again) == text


@pytest.mark.parametrize("name", QUICK)
def test_a_model_folds_to_as_few_lines_as_ever_and_comes_back_equal(name):
    hold(name)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted({*NAMES, *TRANSFORMERS} - set(QUICK)))
def test_every_application_folds_to_as_few_lines_as_ever_and_comes_back_equal(name):
    hold(name)


def test_the_number_of_lines_is_kept_of_every_model():
    assert kept().keys() == {*NAMES, *TRANSFORMERS}


@pytest.mark.parametrize("name", PROMISED)
def test_what_is_kept_is_what_was_promised(name):
    assert kept()[name] <= PROMISED[name]
