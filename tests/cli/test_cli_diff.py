"""`modelspec diff` as a user has it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import jsonschema
import pytest
from command_line import GOOD, Run

NET = GOOD.replace("modelspec: 1\n", "modelspec: 1\nname: net\n")  # else it is named by its file
WIDER = NET.replace("{width: 4}", "{width: 6}")
SAME = "# the same\n" + NET.replace("x: [3]", "x: {shape: [3]}")


@pytest.fixture(autouse=True)
def documents(folder: Path) -> None:
    for name, text in (("good", NET), ("wider", WIDER), ("same", SAME)):
        (folder / f"{name}.yaml").write_text(text)


def git(folder: Path, *arguments: str) -> None:
    settings = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "init.defaultBranch=main")
    subprocess.run(["git", *settings, *arguments], cwd=folder, check=True, capture_output=True)


TEXT = """\
good.yaml → wider.yaml   architecture {before} → {after}

~  hidden  Dense  units 4 → 6   shape (None, 4) → (None, 6)  wider.yaml:6

layers      2
parameters  21 → 31  +47.6 %
FLOPs       37 → 55  +48.6 %
memory      84 bytes → 124 bytes  +47.6 %
weights of good.yaml  by name          0 of 2 layers fit; variables: 3 of another shape
                      in Keras' order  0 of 2 layers fit; variables: 3 of another shape, from hidden on

1 change: 1 edited
"""


def test_a_difference_is_told_with_what_it_comes_to(run: Run) -> None:
    done = run("diff", "good.yaml", "wider.yaml")
    assert (done.status, done.err) == (0, "")
    first, *rest = done.out.splitlines()
    assert first.startswith("good.yaml → wider.yaml   architecture ")
    wanted = [" ".join(line.split()) for line in TEXT.splitlines()[1:]]
    assert [" ".join(line.split()) for line in rest] == wanted
    assert not any(line.endswith(" ") for line in done.out.splitlines())


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["good.yaml", "same.yaml", "--exit-code"], 0),
        (["good.yaml", "wider.yaml", "--exit-code"], 1),
        (["good.yaml", "missing.yaml"], 1),
        (["good.yaml"], 2),
        (["good.yaml", "wider.yaml", "--against", "HEAD"], 2),
        (["good.yaml", "wider.yaml", "--only", "colour"], 2),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else str(value),
)
def test_the_exit_status_tells_what_it_should(run: Run, arguments: list[str], status: int) -> None:
    assert run("diff", *arguments).status == status


def test_models_that_are_equal_have_no_differences(run: Run) -> None:
    done = run("diff", "good.yaml", "same.yaml")
    assert done.out.splitlines()[1] == "no differences"


def test_the_data_fits_the_schema_that_is_published(run: Run) -> None:
    schema = json.loads(run("schema", "diff").out)
    validator = jsonschema.Draft7Validator(schema)
    validator.check_schema(schema)
    for other in ("wider.yaml", "same.yaml", "wrong.yaml"):
        data = json.loads(run("diff", "good.yaml", other, "--format", "json").out)
        validator.validate(data)
        assert [item["code"] for item in data["diagnostics"]] == (
            ["unknown-argument"] if other == "wrong.yaml" else []
        )
    with pytest.raises(jsonschema.ValidationError):
        validator.validate({"diagnostics": [], "version": 1})


def test_data_is_the_same_each_time(run: Run) -> None:
    first, second = (run("diff", "good.yaml", "wider.yaml", "--format", "json").out for _ in range(2))
    assert first == second
    (change,) = json.loads(first)["changes"]
    assert (change["op"], change["path"], change["before"], change["after"]) == ("argument", ["hidden"], 4, 6)
    assert change["places"] == {"before": "good.yaml:6", "after": "wider.yaml:6"}


def test_markdown_has_the_marker_by_which_it_is_found_again(run: Run) -> None:
    lines = run("diff", "good.yaml", "wider.yaml", "--format", "markdown").out.splitlines()
    assert lines[0] == "<!-- modelspec-diff:wider.yaml -->"
    assert lines[1] == "### `wider.yaml`: 1 change: 1 edited, **weights partly incompatible**"
    assert "- **changed** `hidden` (Dense): units `4` → `6`; shape `(None, 4)` → `(None, 6)`" in "\n".join(
        lines
    )


def test_why_tells_what_says_that_two_layers_are_one(run: Run) -> None:
    out = run("diff", "good.yaml", "wider.yaml", "--why").out
    assert "by name" in out
    assert "3 layers on both sides: 3 by name" in out


def test_kinds_can_be_asked_for_alone(run: Run) -> None:
    assert "hidden" not in run("diff", "good.yaml", "wider.yaml", "--only", "add").out.split("weights of")[0]


def test_a_file_is_held_against_a_revision(run: Run, folder: Path) -> None:
    git(folder, "init")
    git(folder, "add", "good.yaml")
    git(folder, "commit", "-m", "first")
    (folder / "good.yaml").write_text(WIDER)
    for arguments in (["good.yaml", "--against", "HEAD"], ["HEAD:good.yaml", "good.yaml"]):
        done = run("diff", *arguments)
        assert (done.status, done.err) == (0, "")
        assert done.out.startswith("HEAD:good.yaml → good.yaml ")
        assert "units 4 → 6" in done.out
    done = run("diff", "good.yaml", "--against", "nowhere")
    assert (done.status, done.out) == (1, "")
    assert "error[unknown-revision]: there is no revision `nowhere`" in done.err


def test_a_mistake_of_one_side_is_told_as_check_tells_it(run: Run) -> None:
    done = run("diff", "good.yaml", "wrong.yaml")
    assert (done.status, done.out) == (1, "")
    assert done.err == run("check", "wrong.yaml").err
