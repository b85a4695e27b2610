"""The language, case by case: each Markdown file holds documents with the errors they must give.

A case is a heading and one or more fenced blocks:

- ```` ```yaml ```` is the document; ```` ```yaml base.yaml ```` is a file it may name; `set=PATH=VALUE` in
  the fence's first line is given as `--set`. `# error: [code] text` (or `# warning: …`) on a line says
  that this diagnostic, and no other, points there, and that its message holds the text.
- ```` ```graph ```` is the graph it must give: a line for each call, `path  Class(name)  <- what it reads`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from graph_text import render

from modelspec.compiler.stages import check_document
from modelspec.compiler.values import Options, Text
from modelspec.diagnostics import Report, SpecError
from modelspec.graph.model import Program
from modelspec.source.files import load_text

HERE = Path(__file__).parent
EXPECTED = re.compile(r"#\s*(error|warning): \[([a-z0-9-]+)\]\s*(.*?)\s*$")


@dataclass
class Case:
    title: str
    files: dict[str, str] = field(default_factory=dict)
    overrides: list[str] = field(default_factory=list)
    graph: str | None = None


def read_cases(path: Path) -> list[Case]:
    cases: list[Case] = []
    lines = iter(path.read_text().splitlines())
    title = path.stem
    count = 0
    for line in lines:
        if line.startswith("#"):
            title, count = line.lstrip("# "), 0
        elif line.startswith("```"):
            words = line[3:].split()
            body = []
            for inner in lines:
                if inner.startswith("```"):
                    break
                body.append(inner)
            text = "\n".join(body) + "\n"
            if words[0] == "graph":
                cases[-1].graph = text
            elif words[0] == "yaml":
                names = [word for word in words[1:] if not word.startswith("set=")]
                name = names[0] if names else "net.yaml"
                if not cases or "net.yaml" in cases[-1].files:
                    count += 1
                    cases.append(Case(f"{path.stem}: {title}" + (f" ({count})" if count > 1 else "")))
                cases[-1].files[name] = text
                cases[-1].overrides += [word[4:] for word in words[1:] if word.startswith("set=")]
    return cases


CASES = [case for path in sorted(HERE.glob("*.md")) for case in read_cases(path)]


def expected_diagnostics(case: Case) -> list[tuple[str, int, str, str, str]]:
    return [
        (name, number, match[1], match[2], match[3])
        for name, text in case.files.items()
        for number, line in enumerate(text.splitlines(), 1)
        for match in [EXPECTED.search(line)]
        if match
    ]


@pytest.mark.parametrize("case", CASES, ids=[case.title for case in CASES])
def test_a_case_gives_what_it_says(case: Case, tmp_path: Path) -> None:
    for name, text in case.files.items():
        target = tmp_path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
    report = Report()
    path = tmp_path / "net.yaml"
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
    found = [
        (Path(d.place.source.name).name, d.place.line, d.severity, d.code, d.message)
        for d in report.diagnostics
        if d.place is not None
    ]
    expected = expected_diagnostics(case)
    missing = [entry for entry in expected if not any(f[:4] == entry[:4] and entry[4] in f[4] for f in found)]
    surplus = [entry for entry in found if not any(entry[:4] == e[:4] and e[4] in entry[4] for e in expected)]
    assert (missing, surplus) == ([], [])
    assert len(report.diagnostics) == len(found)
    if case.graph is not None:
        assert program is not None
        assert render(program) == case.graph
