"""The rules, case by case: documents with what must be found written on its line, and nothing else found."""

from __future__ import annotations

from pathlib import Path

import pytest
from marked_cases import Case, assert_as_marked, expected_diagnostics, read_cases, write_files

from modelspec.compiler.lint import lint_document
from modelspec.compiler.values import Options, Text
from modelspec.diagnostics import Report
from modelspec.lint.choice import Asked
from modelspec.lint.rules import RULES
from modelspec.source.files import load_text

HERE = Path(__file__).parent
CASES = [case for path in sorted(HERE.glob("*.md")) for case in read_cases(path)]
# What is found in files and archives has tests of its own.
ELSEWHERE = {"name-order-weights", "needs-code", "unsafe-allowed", "unused-ignore"}


def rule_of(case: Case) -> str:
    """The rule that a case is about: the first word of its heading."""
    return case.title.partition(": ")[2].split(":")[0].split(" ")[0]


@pytest.mark.parametrize("case", CASES, ids=[case.title for case in CASES])
def test_a_document_has_what_is_marked_and_nothing_else(case: Case, tmp_path: Path) -> None:
    path = write_files(case, tmp_path)
    report = Report()
    loaded = load_text(path, report)
    assert loaded is not None
    source, sha256 = loaded
    options = Options(root=tmp_path, use_cache=False)
    lint_document(Text(source, sha256, path), options, Asked(("default", rule_of(case))), report)
    assert_as_marked(case, report.diagnostics)


def test_every_rule_has_a_document_it_fires_on_and_one_it_does_not() -> None:
    about = {rule: [case for case in CASES if rule_of(case) == rule] for rule in RULES}
    fires = {
        rule
        for rule, cases in about.items()
        for case in cases
        if rule in {e[3] for e in expected_diagnostics(case)}
    }
    silent = {
        rule
        for rule, cases in about.items()
        for case in cases
        if rule not in {e[3] for e in expected_diagnostics(case)}
    }
    assert (fires, silent) == (set(RULES) - ELSEWHERE, set(RULES) - ELSEWHERE)
