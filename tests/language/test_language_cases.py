"""The language, case by case: each Markdown file holds documents with the errors they must give."""

from __future__ import annotations

from pathlib import Path

import pytest
from graph_text import render
from marked_cases import Case, assert_as_marked, read_cases, write_files

from modelspec.compiler.stages import check_document
from modelspec.compiler.values import Options, Text
from modelspec.diagnostics import Report, SpecError
from modelspec.graph.model import Program
from modelspec.source.files import load_text

HERE = Path(__file__).parent
CASES = [case for path in sorted(HERE.glob("*.md")) for case in read_cases(path)]


@pytest.mark.parametrize("case", CASES, ids=[case.title for case in CASES])
def test_a_case_gives_what_it_says(case: Case, tmp_path: Path) -> None:
    path = write_files(case, tmp_path)
    report = Report()
    loaded = load_text(path, report)
    assert loaded is not None
    source, sha256 = loaded
    program: Program | None = None
    try:
        text = Text(source, sha256, path)
        options = Options(overrides=tuple(case.overrides), root=tmp_path)
        program = check_document(text, options, report).program
    except SpecError:
        pass
    assert_as_marked(case, report.diagnostics)
    if case.graph is not None:
        assert program is not None
        assert render(program) == case.graph
