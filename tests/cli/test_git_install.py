"""`modelspec git install`: what it writes, that it writes it once, and that it goes again."""

from __future__ import annotations

import json
import subprocess

import pytest
from command_line import COMMAND
from repository import make_repository

from modelspec import __version__

KEYS = {
    "diff.modelspec.textconv": f"modelspec textconv --release {__version__}",
    "diff.modelspec.cachetextconv": "true",
    "diff.modelspec.binary": "true",
    "merge.modelspec.driver": "modelspec merge %O %A %B %L %P",
}


@pytest.fixture
def repository(tmp_path, environment):
    return make_repository(tmp_path, environment)


@pytest.fixture
def modelspec(repository):
    return repository.modelspec


def config(repository, where="--local"):
    listed = repository.git("config", where, "--list")
    return dict(line.split("=", 1) for line in listed.splitlines())


def test_attributes_and_settings_are_written(repository, modelspec):
    said = modelspec("git", "install")
    assert ".gitattributes  written" in said
    assert "merge.modelspec.driver  written" in said
    assert config(repository).items() >= KEYS.items()
    attributes = (repository.folder / ".gitattributes").read_text().splitlines()
    assert "*.keras diff=modelspec merge=binary -text" in attributes
    assert "*.net.yaml diff=modelspec-yaml merge=modelspec" in attributes
    assert "diff.modelspec-yaml.command" not in config(repository)


def test_a_second_time_changes_nothing(repository, modelspec):
    repository.write(".gitattributes", "*.png binary")
    modelspec("git", "install", "--diff-driver")
    files = [repository.folder / ".gitattributes", repository.folder / ".git" / "config"]
    before = [(path.read_bytes(), path.stat().st_mtime_ns) for path in files]
    assert before[0][0].startswith(b"*.png binary\n# written by")
    assert modelspec("git", "install", "--diff-driver") == "nothing to change\n"
    assert [(path.read_bytes(), path.stat().st_mtime_ns) for path in files] == before


def test_check_tells_what_is_missing(repository, modelspec):
    said = modelspec("git", "install", "--check", status=1)
    assert ".gitattributes  missing" in said
    assert not (repository.folder / ".gitattributes").exists()
    modelspec("git", "install")
    assert modelspec("git", "install", "--check") == "nothing to change\n"
    repository.git("config", "diff.modelspec.textconv", "modelspec textconv --release 0.0.1")
    assert modelspec("git", "install", "--check", status=1) == "diff.modelspec.textconv  differs\n"
    assert modelspec("git", "install") == "diff.modelspec.textconv  changed\n"


def test_uninstalling_leaves_what_is_not_ours(repository, modelspec):
    others = b"*.png binary\r\n# \xe9\n"
    repository.write(".gitattributes", others)
    repository.git("config", "diff.modelspec.mine", "kept")
    before = config(repository)
    modelspec("git", "install", "--diff-driver")
    repository.write(".gitattributes", (repository.folder / ".gitattributes").read_bytes() + b"*.md text\n")
    modelspec("git", "uninstall")
    assert (repository.folder / ".gitattributes").read_bytes() == others + b"*.md text\n"
    assert config(repository) == before
    assert modelspec("git", "uninstall") == "nothing to change\n"


def test_a_file_that_holds_nothing_else_goes(repository, modelspec):
    modelspec("git", "install")
    modelspec("git", "uninstall")
    assert not (repository.folder / ".gitattributes").exists()


def test_patterns_of_documents_can_be_given(repository, modelspec):
    modelspec("git", "install", "--documents", "configs/*.yaml")
    attributes = (repository.folder / ".gitattributes").read_text()
    assert "configs/*.yaml diff=modelspec-yaml merge=modelspec\n" in attributes
    assert "*.net.yaml" not in attributes
    assert modelspec("git", "install", "--check") == "nothing to change\n"


@pytest.mark.parametrize("given", [None, "~/my-attributes"])
def test_settings_can_be_for_all_repositories(repository, modelspec, tmp_path, given):
    if given:
        repository.git("config", "--global", "core.attributesFile", given)
    modelspec("git", "install", "--global")
    path = tmp_path / "home" / ("my-attributes" if given else "settings/git/attributes")
    assert "*.keras diff=modelspec" in path.read_text()
    assert config(repository, "--global").items() >= KEYS.items()
    assert "diff.modelspec.textconv" not in config(repository)
    modelspec("git", "uninstall", "--global")
    assert not path.exists()


def test_outside_of_a_repository_it_says_so(tmp_path, environment):
    env = {**environment, "GIT_CEILING_DIRECTORIES": str(tmp_path.parent), "HOME": str(tmp_path)}
    done = subprocess.run(
        [*COMMAND, "git", "install", "--format", "concise"],
        cwd=tmp_path,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith(
        "error[git-failed] `git rev-parse --show-toplevel` fails: not a git repository"
    )


def test_json_lists_the_changes(modelspec):
    data = json.loads(modelspec("git", "install", "--check", "--format", "json", status=1))
    assert {change["what"]: change["before"] for change in data["changes"]}["diff.modelspec.binary"] is None
