"""Documents in Markdown with the diagnostics they must give written on the lines that must give them.

A case is a heading and one or more fenced blocks:

- ```` ```yaml ```` is the document; ```` ```yaml base.yaml ```` is a file it may name; `set=PATH=VALUE` in
  the fence's first line is given as `--set`. `# error: [code] text` (or `# warning: …`, `# info: …`) on a
  line says that this diagnostic, and no other, points there, and that its message holds the text.
- ```` ```graph ```` is the graph it must give: a line for each call, `path  Class(name)  <- what it reads`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from modelspec.diagnostics import Diagnostic

EXPECTED = re.compile(r"#\s*(error|warning|info): \[([a-z0-9-]+)\]\s*(.*?)\s*$")


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


def expected_diagnostics(case: Case) -> list[tuple[str, int, str, str, str]]:
    return [
        (name, number, match[1], match[2], match[3])
        for name, text in case.files.items()
        for number, line in enumerate(text.splitlines(), 1)
        for match in [EXPECTED.search(line)]
        if match
    ]


def assert_as_marked(case: Case, diagnostics: Iterable[Diagnostic]) -> None:
    """Every diagnostic is marked on its line, and everything that is marked is there."""
    given = list(diagnostics)
    found = [
        (Path(d.place.source.name).name, d.place.line, d.severity, d.code, d.message)
        for d in given
        if d.place is not None
    ]
    expected = expected_diagnostics(case)
    missing = [entry for entry in expected if not any(f[:4] == entry[:4] and entry[4] in f[4] for f in found)]
    surplus = [entry for entry in found if not any(entry[:4] == e[:4] and e[4] in entry[4] for e in expected)]
    assert (missing, surplus) == ([], [])
    assert len(given) == len(found)


def write_files(case: Case, folder: Path) -> Path:
    """The case's files written to a folder; the document's path."""
    for name, text in case.files.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
    return folder / "net.yaml"
