"""The script of the GitHub Action, run with a stand-in for GitHub, and the hooks for pre-commit."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys

import pytest
import yaml
from click.testing import CliRunner
from docs_pages import REPOSITORY

from modelspec.cli.app import app

ACTION = yaml.safe_load((REPOSITORY / "action.yml").read_text(encoding="utf-8"))
HOOKS = yaml.safe_load((REPOSITORY / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
# What `gh api` does with comments, kept in a file.
GH = """
import json, os, re, sys
path, arguments = os.environ["COMMENTS"], sys.argv[1:]
comments = json.load(open(path))
method = arguments[arguments.index("--method") + 1] if "--method" in arguments else "GET"
if method == "GET":
    assert arguments[2] == "repos/me/nets/issues/7/comments", arguments
    marker = re.search(r'startswith\\("(.*)"\\)', arguments[-1])[1]
    print("\\n".join(str(one["id"]) for one in comments if one["body"].startswith(marker)))
else:
    field, _, source = arguments[-1].partition("=@")
    body = {field: open(source).read()}
    if method == "POST":
        comments.append({"id": len(comments) + 1, **body})
    else:
        number = int(arguments[-3].rpartition("/")[2])
        comments[number - 1].update(body)
    json.dump(comments, open(path, "w"))
"""
# What `modelspec diff` prints, as far as the script cares.
DIFF = """
import sys
assert sys.argv[1] == "diff" and sys.argv[4:6] == ["--format", "markdown"], sys.argv
path = sys.argv[3].partition(":")[2]
if "broken" in path:
    sys.exit("error[yaml-syntax]: no")
print(f"### `{sys.argv[3]}`: 1 change", *sys.argv[6:])
if "long" in path:
    print("x" * 59_990)
"""
OTHER = {"id": 1, "body": "a person says: <!-- modelspec-diff -->"}


@pytest.fixture
def pull_request(tmp_path):
    """Runs the script on a pull request in which some documents change; gives its comments."""
    folder = tmp_path / "repository"
    commands = tmp_path / "bin"
    commands.mkdir()
    for name, program in (("gh", GH), ("modelspec", DIFF)):
        (commands / f"{name}.py").write_text(program)
        script = f'#!/bin/sh\nexec {shlex.join([sys.executable, str(commands / f"{name}.py")])} "$@"\n'
        (commands / name).write_text(script)
        (commands / name).chmod(0o755)
    comments = tmp_path / "comments.json"
    comments.write_text(json.dumps([OTHER]))
    env = {
        **{key: value for key, value in os.environ.items() if not key.startswith("GIT")},
        "PATH": f"{commands}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "RUNNER_TEMP": str(tmp_path),
        "COMMENTS": str(comments),
        **{f"GIT_{who}_{what}": "a" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
    }

    def git(*arguments):
        command = ["git", *arguments]
        return subprocess.run(
            command, cwd=folder, env=env, check=True, capture_output=True, text=True
        ).stdout.strip()

    def run(before, after, **inputs):
        if not folder.exists():
            folder.mkdir()
            git("init", "--quiet")
        shas = []
        for files in (before, after):
            for path in folder.glob("[!.]*"):
                path.unlink()
            for name, text in files.items():
                (folder / name).write_text(text)
            git("add", "--all")
            git("commit", "--quiet", "--allow-empty", "--message", "x")
            shas.append(git("rev-parse", "HEAD"))
        step = ACTION["runs"]["steps"][-1]
        given = {name.upper(): declared["default"] for name, declared in ACTION["inputs"].items()} | inputs
        event = {"BASE": shas[0], "HEAD": shas[1], "NUMBER": "7", "REPOSITORY": "me/nets"}
        assert {*event, "DOCUMENTS", "OPTIONS"} <= step["env"].keys()
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=folder,
            env={**env, **event, **{name: given[name] for name in ("DOCUMENTS", "OPTIONS")}},
            check=False,
            capture_output=True,
            text=True,
        )
        assert (done.returncode, done.stderr) == (0, "")
        return [one["body"] for one in json.loads(comments.read_text())[1:]]

    return run


def test_what_changes_is_one_comment(pull_request):
    before = {
        "a.net.yaml": "1",
        "b.net.yaml": "1",
        "c.net.yaml": "1",
        "ci.yaml": "1",
        "broken.model.yaml": "1",
    }
    after = {
        "a.net.yaml": "2",
        "b.net.yaml": "1",
        "d e.net.yaml": "1",
        "ci.yaml": "2",
        "broken.model.yaml": "2",
    }
    (body,) = pull_request(before, after, OPTIONS="--level auto-names")
    assert body.split("\n\n") == [
        "<!-- modelspec-diff -->",
        "### `a.net.yaml`: 1 change --level auto-names",
        "### `broken.model.yaml`: cannot be compared\n```text\nerror[yaml-syntax]: no\n```",
        "### `c.net.yaml`: removed",
        "### `d e.net.yaml`: new\n",
    ]


def test_a_later_run_writes_the_same_comment_anew(pull_request):
    assert len(pull_request({"a.net.yaml": "1"}, {"a.net.yaml": "2"})) == 1
    (body,) = pull_request({"b.net.yaml": "1"}, {"b.net.yaml": "2"})
    assert "`b.net.yaml`" in body
    assert "`a.net.yaml`" not in body
    (body,) = pull_request({"b.net.yaml": "2"}, {"b.net.yaml": "2", "readme.md": "x"})
    assert body.endswith("No document of a model changes.\n")


def test_nothing_is_said_where_nothing_changes(pull_request):
    assert pull_request({"a.net.yaml": "1"}, {"a.net.yaml": "1", "b.yaml": "1"}) == []


def test_a_comment_is_no_longer_than_may_be(pull_request):
    names = ("a.net.yaml", "long.net.yaml", "longer.net.yaml", "z.net.yaml")
    (body,) = pull_request(dict.fromkeys(names, "1"), dict.fromkeys(names, "2"))
    assert len(body) < 65_000
    assert "### `longer.net.yaml`: too long for this comment\n" in body
    assert "### `z.net.yaml`: 1 change\n" in body


def test_patterns_choose_the_documents(pull_request):
    (body,) = pull_request({"a.yaml": "1", "b.txt": "1"}, {"a.yaml": "2", "b.txt": "2"}, DOCUMENTS="*.yaml")
    assert "`a.yaml`" in body
    assert "b.txt" not in body


def test_no_input_is_pasted_into_a_script():
    assert not any("${{" in step.get("run", "") for step in ACTION["runs"]["steps"])


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook["id"])
def test_a_hook_calls_a_verb_with_options_that_it_has(hook):
    program, verb, *options = hook["entry"].split()
    assert (program, hook["id"]) == ("modelspec", f"modelspec-{verb}")
    command = app.get_command(None, verb)
    assert command is not None
    known = {name for parameter in command.params for name in parameter.opts}
    assert {*options} <= known
    assert CliRunner().invoke(command, ["--help"]).exit_code == 0


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("net.net.yaml", True),
        ("a/b.model.yml", True),
        ("modelspec/net.yaml", True),
        ("configs/modelspec/net.yml", True),
        ("net.yaml", False),
        (".github/workflows/ci.yml", False),
    ],
)
def test_hooks_take_the_files_that_are_called_documents(path, expected):
    assert {bool(re.search(hook["files"], path)) for hook in HOOKS} == {expected}
