"""The applications of Keras, as documents, and what is found in them: no error, and the warnings listed here.

Nothing is drawn: the models have no values.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping

import keras
import pytest

import modelspec
from modelspec.compiler.lint import lint_document
from modelspec.compiler.values import Options, Text
from modelspec.diagnostics import Report, Source
from modelspec.lint.choice import Asked
from modelspec.lint.rules import GROUPS

NAMES = tuple(
    name
    for name in sorted(dir(keras.applications))
    if name[0].isupper() and callable(getattr(keras.applications, name))
)
QUICK = ("ConvNeXtTiny", "MobileNet", "ResNet50", "VGG16")

_CONVNEXT = {"groups-equal-filters": 36, "identity-activation": 36}
EXPECTED: Mapping[str, Mapping[str, int]] = {
    "ConvNeXtBase": _CONVNEXT,
    "ConvNeXtLarge": _CONVNEXT,
    "ConvNeXtSmall": _CONVNEXT,
    "ConvNeXtTiny": {"groups-equal-filters": 18, "identity-activation": 18},
    "ConvNeXtXLarge": _CONVNEXT,
    # More than 900 steps.
    "EfficientNetV2L": {"deep-graph": 1},
    "ResNet50": {"bias-before-bn": 53},
    "ResNet101": {"bias-before-bn": 104},
    "ResNet152": {"bias-before-bn": 155},
    "VGG16": {"flatten-large": 1},
    "VGG19": {"flatten-large": 1},
}
# What decompiling decides is no matter of the model.
OF_THE_TEXT = ("default-written", "block-once")


def found_in(name: str) -> Mapping[str, int]:
    keras.utils.clear_session(free_memory=False)
    with keras.StatelessScope(initialize_variables=False):
        model = getattr(keras.applications, name)(weights=None)
    written = modelspec.decompile(model)
    text = Text(Source(f"{name}.yaml", written), hashlib.sha256(written.encode()).hexdigest())
    report = Report()
    linted = lint_document(text, Options(use_cache=False), Asked(GROUPS["all"], OF_THE_TEXT), report)
    counts: Counter[str] = Counter()
    for finding in linted.findings:
        # A block's finding stands once and says how often.
        times = [int(note.split()[0]) for note in finding.notes if note.endswith("blocks and repeats")]
        counts[finding.rule] += times[0] if times else 1
    counts.update(item.code for item in linted.told)
    return dict(counts)


@pytest.mark.parametrize("name", QUICK)
def test_an_application_has_the_findings_that_are_known(name):
    assert found_in(name) == EXPECTED.get(name, {})


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(set(NAMES) - set(QUICK)))
def test_every_application_has_the_findings_that_are_known(name):
    assert found_in(name) == EXPECTED.get(name, {})


def test_all_forty_are_here_and_none_has_an_error():
    from modelspec.diagnostics.codes import CODES

    assert len(NAMES) >= 40
    assert set(QUICK) | set(EXPECTED) <= set(NAMES)
    assert {CODES[rule].severity for counts in EXPECTED.values() for rule in counts} == {"warning", "info"}
