"""`modelspec lint` as a user has it."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from command_line import GOOD, Run

NET = """\
modelspec: 1
vars: {width: 4, depth: 2}
inputs: {x: [8, 8, 3]}
layers:
  - Conv2D: {filters: $width, kernel_size: 3}
  - BatchNormalization
  - Flatten
  - Dense: {units: 1, activation: sigmoid}
compile: {loss: binary_crossentropy}
"""
CLEAN = GOOD.replace("{units: $width}", "{units: $width, activation: relu}")
LOGITS = NET.replace("loss: binary_crossentropy", "loss: {BinaryCrossentropy: {from_logits: true}}")


@pytest.fixture(autouse=True)
def _nets(folder: Path) -> None:
    (folder / "net.yaml").write_text(NET)
    (folder / "logits.yaml").write_text(LOGITS)
    (folder / "clean.yaml").write_text(CLEAN)


def test_a_warning_leaves_the_status_at_0_and_an_error_does_not(run: Run) -> None:
    done = run("lint", "net.yaml", "clean.yaml", "--format", "concise")
    assert done.status == 0
    assert done.out == "clean.yaml: ok\n"
    assert done.err.splitlines()[0].startswith("net.yaml:5:5: warning[bias-before-bn] the bias of this")
    assert done.err.splitlines()[1:] == ["net.yaml: `--unsafe-fixes` can mend 1"]
    assert run("lint", "net.yaml", "--strict").status == 1
    assert run("lint", "clean.yaml", "--strict").status == 0
    assert run("lint", "logits.yaml", "-q").status == 1


def test_check_finds_the_errors_and_build_leaves_them_to_it(run: Run, folder: Path) -> None:
    done = run("check", "logits.yaml", "--format", "concise")
    assert (done.status, done.out) == (1, "")
    assert [line.split("] ")[0] for line in done.err.splitlines()] == ["logits.yaml:9:18: error[loss-logits"]
    assert run("build", "logits.yaml", "-o", "logits.keras").status == 0
    (folder / "logits.yaml").write_text(f"{LOGITS}lint: {{ignore: [loss-logits]}}\n")
    assert run("check", "logits.yaml").status == 0
    (folder / "logits.yaml").write_text(LOGITS.replace("}}}\n", "}}}  # modelspec: ignore[loss-logits]\n"))
    assert run("check", "logits.yaml").status == 0


def test_a_mistake_is_told_in_place_of_findings(run: Run) -> None:
    done = run("lint", "wrong.yaml", "--format", "concise")
    assert done.status == 1
    assert [line.split("[")[1].split("]")[0] for line in done.err.splitlines()] == ["unknown-argument"]


def test_findings_are_data(run: Run) -> None:
    done = run("lint", "net.yaml", "wrong.yaml", "--select", "all", "--format", "json")
    net, wrong = json.loads(done.out)
    found = [
        (item["code"], item["severity"], item["place"]["line"], item["fix"]) for item in net["diagnostics"]
    ]
    assert found == [("unused-var", "info", 2, "safe"), ("bias-before-bn", "warning", 5, "unsafe")]
    assert (net["fixed"], wrong["fixed"]) == ([], [])
    assert [(item["code"], item["fix"]) for item in wrong["diagnostics"]] == [("unknown-argument", None)]
    assert (done.status, done.err) == (1, "")


def test_github_shows_findings_at_their_lines(run: Run, folder: Path) -> None:
    done = run("lint", "net.yaml", "logits.yaml", "--select", "default,unused-var", "--format", "github")
    lines = done.out.splitlines()
    assert (done.status, done.err) == (1, "")
    assert [line.split(" ")[0] for line in lines] == [
        "::notice",
        "::warning",
        "::notice",
        "::warning",
        "::error",
    ]
    assert lines[0].startswith(
        "::notice file=net.yaml,line=2,endLine=2,col=18,endColumn=23,title=unused-var::the variable `depth`"
    )
    assert lines[0].endswith("is never read%0Atake it out")


def test_what_can_be_mended_is_mended_in_the_file(run: Run, folder: Path) -> None:
    path = folder / "net.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + NET.replace("\n", "\r\n").encode())
    path.chmod(0o640)
    done = run("lint", "net.yaml", "--select", "default,unused-var", "--fix")
    assert done.status == 0
    assert "net.yaml: 1 mended\n" in done.err
    after = NET.replace(", depth: 2", "").replace("\n", "\r\n")
    assert path.read_bytes() == b"\xef\xbb\xbf" + after.encode()
    assert path.stat().st_mode & 0o777 == 0o640
    done = run("lint", "net.yaml", "--unsafe-fixes", "--format", "json")
    assert json.loads(done.out) == [{"document": "net.yaml", "diagnostics": [], "fixed": ["bias-before-bn"]}]
    assert b"kernel_size: 3, use_bias: false}" in path.read_bytes()


def test_a_file_without_anything_to_mend_is_not_written(run: Run, folder: Path) -> None:
    path = folder / "good.yaml"
    os.utime(path, ns=(0, 0))
    assert run("lint", "good.yaml", "wrong.yaml", "--fix").status == 1
    assert path.stat().st_mtime_ns == 0
    assert path.read_text() == GOOD


def test_overrides_are_linted_but_not_mended(run: Run, folder: Path) -> None:
    done = run(
        "lint", "good.yaml", "--set", "layers.hidden.use_bias=true", "--select", "default-written", "--fix"
    )
    assert done.status == 0
    assert (folder / "good.yaml").read_text() == GOOD


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "Missing argument 'DOCUMENT...'."),
        (("-", "--fix"), "standard input cannot be mended: name a file"),
        (
            ("net.yaml", "--select", "bias-before"),
            "no rule is called `bias-before`. Did you mean `bias-before-bn`?",
        ),
        (("net.yaml", "--ignore", "xyz"), "no rule is called `xyz`. `--list` names all of them."),
        (("--explain", "softmax"), "no rule is called `softmax`. Did you mean `softmax-one`?"),
        (("--explain", "all"), "`all` is a group of rules"),
    ],
    ids=str,
)
def test_a_wrong_command_line_says_what_is_wrong(run: Run, arguments: tuple[str, ...], said: str) -> None:
    done = run("lint", *arguments)
    assert (done.status, done.out) == (2, "")
    assert said in done.err


def test_standard_input_is_linted(run: Run) -> None:
    done = run("lint", "-", "--format", "concise", stdin=NET)
    assert done.err.startswith("<stdin>:5:5: warning[bias-before-bn]")


def test_a_rule_is_explained(run: Run) -> None:
    done = run("lint", "--explain", "bias-before-bn")
    assert done.status == 0
    assert done.out.startswith(
        "bias-before-bn (warning)\n\nA bias that a batch normalisation takes away again.\n"
    )
    assert "  - Conv2D: {filters: 8, kernel_size: 3}\n" in done.out
    assert "<!--" not in done.out
    told = run("lint", "--explain", "unused-node").out.splitlines()
    assert told == [
        "unused-node (warning)",
        "",
        "A node that nobody reads. It is computed, or left out of the archive, for nothing.",
    ]


def test_the_list_is_data(run: Run) -> None:
    rules = json.loads(run("lint", "--list", "--format", "json").out)
    assert {"id": "softmax-one", "level": "error", "fix": "none", "default": True}.items() <= next(
        rule for rule in rules if rule["id"] == "softmax-one"
    ).items()
