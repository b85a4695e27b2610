"""`Document.lint` and the errors of `Document.check`."""

from __future__ import annotations

import pytest

import modelspec

NET = """\
modelspec: 1
vars: {spare: 1}
inputs: {x: [8]}
layers:
  - Dense: {units: 1, activation: softmax}
  - Dropout: {rate: 0.9}
"""


def codes(found) -> list[str]:
    return [item.code for item in found]


def test_findings_are_given_and_not_raised():
    document = modelspec.loads(NET)
    assert codes(document.lint()) == ["softmax-one", "dropout-odd"]
    assert codes(document.lint(select=["unused-var"])) == ["unused-var"]
    assert codes(document.lint(ignore=["error"])) == ["dropout-odd"]


def test_a_rule_that_does_not_exist_is_the_callers_mistake():
    with pytest.raises(ValueError, match="no rule is called 'softmax'"):
        modelspec.loads(NET).lint(select=["softmax"])


def test_a_check_raises_the_errors_and_a_build_does_not(tmp_path):
    document = modelspec.loads(NET)
    with pytest.raises(modelspec.SpecError) as caught:
        document.check()
    assert codes(caught.value.diagnostics) == ["softmax-one"]
    assert document.build(tmp_path / "net.keras").path.exists()
    assert modelspec.loads(f"{NET}lint: {{ignore: [softmax-one]}}\n").check() == ()
