"""Merges by git itself, with the driver that `modelspec git install` sets."""

from __future__ import annotations

import pytest
from repository import make_repository

NET = """\
modelspec: 1
inputs: {x: [3]}
layers:
  - Dense: {units: 4}             # the stem
    name: stem
  - Dense: {units: 2}
    name: head
"""


@pytest.fixture
def repository(tmp_path, environment):
    """The document on `main`, and on `other` a wider head."""
    made = make_repository(tmp_path, environment)
    made.modelspec("git", "install")
    made.commit("first", a__net__yaml=NET)
    made.git("switch", "--quiet", "--create", "other")
    made.commit("wider head", a__net__yaml=NET.replace("units: 2", "units: 3"))
    made.git("switch", "--quiet", "main")
    return made


def read(repository):
    return (repository.folder / "a.net.yaml").read_text()


def test_changes_of_different_items_merge(repository):
    repository.commit("wider stem", a__net__yaml=NET.replace("units: 4", "units: 8"))
    repository.git("merge", "--quiet", "other")
    assert read(repository) == NET.replace("units: 4", "units: 8").replace("units: 2", "units: 3")
    assert repository.git("status", "--porcelain") == ""


def test_a_new_item_between_and_a_renamed_one_merge(repository):
    ours = NET.replace("    name: stem\n", "    name: body\n  # new\n  - ReLU\n").replace("stem", "body")
    repository.commit("more", a__net__yaml=ours)
    repository.git("merge", "--quiet", "other")
    assert read(repository) == ours.replace("units: 2", "units: 3")


def test_changes_of_one_item_conflict_as_git_has_them(repository):
    repository.commit("trained", a__net__yaml=NET.replace("name: head", "name: head\n    trainable: false"))
    said = repository.git("merge", "other", status=1)
    assert "a.net.yaml: both sides changed `head`" in said
    assert "CONFLICT (content): Merge conflict in a.net.yaml" in said
    assert repository.git("status", "--porcelain") == "UU a.net.yaml\n"
    text = read(repository)
    assert text.startswith(
        NET.partition("  - Dense: {units: 2}")[0] + "<<<<<<< ours\n  - Dense: {units: 2}\n"
    )
    assert text.endswith("=======\n  - Dense: {units: 3}\n    name: head\n>>>>>>> theirs\n")


def test_what_is_wrong_only_together_conflicts_without_marks(repository):
    repository.git("switch", "--quiet", "other")
    repository.commit("reads the stem", a__net__yaml=NET.replace("name: head", "name: head\n    from: stem"))
    repository.git("switch", "--quiet", "main")
    repository.commit("renamed", a__net__yaml=NET.replace("name: stem", "name: body"))
    said = repository.git("merge", "other", status=1)
    assert said.startswith("a.net.yaml:8:11: error[unknown-node] nothing here is named `stem`\n")
    assert repository.git("status", "--porcelain") == "UU a.net.yaml\n"
    assert "<<<" not in read(repository)


def test_rebasing_and_picking_use_it_too(repository):
    repository.commit("wider stem", a__net__yaml=NET.replace("units: 4", "units: 8"))
    repository.git("cherry-pick", "other")
    assert "units: 3" in read(repository)
    repository.git("reset", "--quiet", "--hard", "HEAD~1")
    repository.git("rebase", "--quiet", "other")
    assert read(repository) == NET.replace("units: 4", "units: 8").replace("units: 2", "units: 3")


def test_files_can_be_merged_without_git(repository):
    for name, text in (("base", NET), ("ours", NET.replace("4", "5")), ("theirs", NET.replace("2", "3"))):
        repository.write(f"{name}.yaml", text)
    repository.modelspec("merge", "base.yaml", "ours.yaml", "theirs.yaml")
    assert (repository.folder / "ours.yaml").read_text() == NET.replace("4", "5").replace("2", "3")
