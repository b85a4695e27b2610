from __future__ import annotations

from pathlib import Path

import pytest

from modelspec.compiler.stages import compile_document
from modelspec.compiler.values import Options, Text
from modelspec.diagnostics import Report, Source, SpecError

NESTED = """\
modelspec: 1
models:
  tower:
    inputs: {x: [4]}
    layers:
      - Dense: {units: 3, bias_initializer: {Identity: {gain: 3.0}}}
inputs: {image: [8, 8, 3]}
layers:
  - Conv2D: {filters: 4, kernel_size: 3, kernel_initializer: {Identity: {gain: 2.0}}}
    name: stem
  - GlobalAveragePooling2D
  - tower
"""


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODELSPEC_CACHE", str(tmp_path))


def test_an_initializer_that_cannot_make_its_values_is_told_at_its_layer_each_time() -> None:
    for _ in range(2):
        report = Report()
        with pytest.raises(SpecError):
            compile_document(Text(Source("net.yaml", NESTED), "0"), Options(), report)
        found = {(one.code, one.place.line if one.place else 0, one.message) for one in report.diagnostics}
        assert found == {
            (
                "keras-refused",
                9,
                "`kernel` of `stem` has no initial values: "
                "an identity matrix has two dimensions, not the shape `[3, 3, 3, 4]`",
            ),
            (
                "keras-refused",
                6,
                "`bias` of `tower/dense` has no initial values: "
                "an identity matrix has two dimensions, not the shape `[3]`",
            ),
        }
