from __future__ import annotations

from pathlib import Path

import pytest

from modelspec.compiler.stages import compile_document
from modelspec.compiler.values import Options, Text
from modelspec.diagnostics import Report, Source

MASKED = """\
modelspec: 1
inputs: {x: {shape: [10], dtype: int32}}
layers:
  - Embedding: {input_dim: 10, output_dim: 4, mask_zero: true}
  - Conv1D: {filters: 4, kernel_size: 3}
"""


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODELSPEC_CACHE", str(tmp_path))


def codes(text: str) -> tuple[list[str], bool]:
    report = Report()
    compiled = compile_document(Text(Source("net.yaml", text), "0"), Options(), report)
    return [found.code for found in report.diagnostics], compiled.from_cache


def test_what_keras_warns_of_is_told_each_time() -> None:
    assert codes(MASKED) == (["keras-warning"], False)
    assert codes(MASKED) == (["keras-warning"], False)


def test_a_model_without_warnings_comes_from_the_cache_at_the_second_time() -> None:
    assert codes(MASKED.replace("mask_zero: true", "mask_zero: false")) == ([], False)
    assert codes(MASKED.replace("mask_zero: true", "mask_zero: false")) == ([], True)
