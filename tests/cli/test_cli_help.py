"""Help texts whose examples work, and completion scripts that their shells can read."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

import h5py
import pytest
from swept_folder import write_swept

from modelspec.compiler.sweeping.folders.settings import settings_of
from modelspec.compiler.values import Options
from modelspec.ledger import sweep_file
from modelspec.ledger.folder import SweepFolder
from modelspec.ledger.rows import row_of
from modelspec.ledger.store import create, open_for_writing
from modelspec.ledger.values import RunRow, SweepRow, VariantRow

VERBS = (
    *("build", "check", "show", "config", "explain", "classes", "schema", "decompile", "diff", "fmt"),
    *("audit", "lint", "lock", "verify", "train"),
    "completion",
    *("weights", "weights show", "weights plan", "weights extract"),
    *("git", "git install", "git uninstall", "textconv", "merge", "git-diff"),
    *("sweep", "sweep plan", "sweep run", "sweep resume", "sweep extend", "sweep show", "sweep status"),
    "sweep logs",
    *("sweep diff", "sweep best", "sweep promote", "sweep retry", "sweep stop", "sweep kill", "sweep export"),
    *("sweep gc", "sweep check"),
)

MODEL = {
    "module": "keras",
    "class_name": "Sequential",
    "registered_name": None,
    "config": {
        "layers": [
            {
                "module": "keras.layers",
                "class_name": name,
                "registered_name": None,
                "config": config,
            }
            for name, config in (
                ("InputLayer", {"batch_shape": [None, 1], "dtype": "float32", "name": "x"}),
                ("Dense", {"units": 1, "name": "encoder"}),
            )
        ]
    },
}

# What the examples speak of.
NET = """\
modelspec: 1
vars: {width: 4, depth: 2}
blocks:
  residual:
    params: {strides: 1}
    layers:
      - Conv2D: {filters: $width, kernel_size: 3, strides: $strides, padding: same}
        name: main
      - Conv2D: {filters: $width, kernel_size: 1, strides: $strides}
        name: shortcut
        from: in
      - Add:
        name: add
        from: [main, shortcut]
  stage:
    layers:
      - residual: {strides: 2}
      - residual:
        repeat: $(depth - 1)
      - Conv2D: {filters: 2, kernel_size: 1, strides: 1}
        name: shortcut
inputs: {x: [8, 8, 3]}
layers:
  - Conv2D: {filters: $width, kernel_size: 3, padding: same}
    name: stem
  - stage:
    name: s2
"""


def examples(help_text: str) -> list[str]:
    """The command lines below `Examples:`, without what is said about them."""
    _, _, below = help_text.partition("Examples:\n")
    lines = [line.strip() for line in below.partition("\n\n")[0].splitlines() if line.strip()]
    return [re.split(r"\s{2,}", line)[0] for line in lines]


@pytest.mark.parametrize("verb", VERBS)
def test_the_help_of_a_verb_has_options_and_examples(run, verb):
    done = run(*verb.split(), "--help")
    assert (done.status, done.err) == (0, "")
    assert done.out.startswith(f"Usage: modelspec {verb} ")
    assert "--help" in done.out
    assert examples(done.out)
    assert max(map(len, done.out.splitlines())) <= 80
    assert run(*verb.split(), "-h").out == done.out if verb != "completion" else True


# What is trained, swept or built in processes of its own, up to six times over.
LONG = ("train", "sweep run", "build", "check", "verify", "weights extract")


@pytest.mark.parametrize(
    "verb", ["", *(pytest.param(verb, marks=pytest.mark.slow) if verb in LONG else verb for verb in VERBS)]
)
def test_the_examples_of_a_help_text_work(run, folder, environment, verb):
    (folder / "configs").mkdir()
    for name in ("net.yaml", "a.yaml", "b.yaml", "configs/net.yaml", "base.yaml", "ours.yaml", "theirs.yaml"):
        (folder / name).write_text(NET)
    (folder / "models").mkdir()
    (folder / "downloads").mkdir()
    write_weights(folder)
    if verb == "diff":
        commit_twice(folder)
    else:
        subprocess.run(["git", "init", "--quiet", str(folder)], check=True)
    if verb == "train":
        digits = Path(__file__).parents[2] / "examples" / "digits"
        (folder / "net.yaml").write_text(
            (digits / "digits.yaml").read_text().replace("epochs: 20", "epochs: 1")
        )
        shutil.copy(digits / "digits.npz", folder)
        (folder / "data.py").touch()
    if verb.startswith("sweep"):
        (folder / "net.yaml").write_text(f"{NET}sweep:\n  method: grid\n  space: {{vars.width: [8, 12]}}\n")
        (folder / "sweep.yaml").write_text(
            "modelspec_sweep: 1\nbase: net.yaml\nmethod: grid\nspace: {vars.width: [8, 12]}\n"
        )
    if verb == "sweep extend":
        drawn = (folder / "net.yaml").read_text().replace("grid", "random\n  budget: {variants: 2}")
        (folder / "net.yaml").write_text(drawn)
    if verb in ("sweep diff", "sweep best", "sweep promote"):
        write_swept(folder, NET.replace("width: 4", "width: WIDTH"))
    elif verb.startswith("sweep ") and verb not in ("sweep plan", "sweep run"):
        write_sweep(folder)
    if verb in ("build", "verify"):
        attested = ("build", "net.yaml", "-o", "net.keras", "--attest", "net.intoto.jsonl", "-q")
        assert [run("lock", "net.yaml", "-q").status, run(*attested).status] == [0, 0]
    commands = examples(run(*verb.split(), "--help").out)
    assert commands
    for command in commands:
        shown = run_in_a_shell(command, folder, environment)
        assert shown.returncode == 0, f"{command}\n{shown.stderr}"
        if "-o " in command and "/" not in command:
            written = shlex.split(command)[-1]
            assert (folder / written).exists(), command


def commit_twice(folder: Path) -> None:
    """A history of `net.yaml` on the branch `main`."""
    settings = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "init.defaultBranch=main")
    for command in (["init"], ["add", "net.yaml"], *[["commit", "--allow-empty", "-m", "one"]] * 2):
        subprocess.run(["git", *settings, *command], cwd=folder, check=True, capture_output=True)


def write_sweep(folder: Path) -> None:
    """The folder `net.sweep` of a sweep that only builds, of which two variants are planned and none run."""
    at = SweepFolder(folder / "net.sweep")
    at.path.mkdir()
    document = (folder / "net.yaml").read_text()
    sweep = {"identity": {}, "method": "grid", "seed": 0, "parameters": ["vars.width"], "document": document}
    goal = {"metric": None, "goal": "maximize", "reduce": "last", "aggregate": "mean", "seeds": []}
    rest = {
        "base": ["..", str(folder)],
        "settings": {**settings_of(Options()), "train": False},
        "version": "0.1.0",
    }
    row = row_of(SweepRow, {"name": "net", **sweep, **goal, **rest})
    create(at, row)
    sweep_file.write_sweep(at, row, wanted=None)
    variants = [
        VariantRow(number, f"net_{number}", (("vars.width", width),), "distinct", document=document)
        for number, width in ((1, 8), (2, 12))
    ]
    with open_for_writing(at) as ledger:
        ledger.add(variants, [RunRow(1, None, "0001"), RunRow(2, None, "0002")], planned=2)


def write_weights(folder: Path) -> None:
    """The archives and files of weights that examples name: one layer, called `encoder`."""
    with h5py.File(folder / "old_model.h5", "w") as file:
        dense = {"class_name": "Dense", "config": {"name": "d", "units": 2, "batch_input_shape": [None, 3]}}
        file.attrs["model_config"] = json.dumps({"class_name": "Sequential", "config": [dense]})
    with h5py.File(folder / "model.weights.h5", "w") as file:
        group = file.create_group("layers/dense/vars")
        group.attrs["name"] = "encoder"
        group["0"], group["1"] = [[1.0]], [0.0]
    shutil.copyfile(folder / "model.weights.h5", folder / "new.weights.h5")
    entries = {"weight_map": {"/layers/dense/vars": "model.weights.h5"}}
    (folder / "model.weights.json").write_text(json.dumps(entries))
    for name in ("model.keras", "downloads/model.keras", "pretrained.keras"):
        with zipfile.ZipFile(folder / name, "w") as archive:
            archive.writestr("metadata.json", "{}")
            archive.writestr("config.json", json.dumps(MODEL))
            archive.write(folder / "model.weights.h5", "model.weights.h5")
    (folder / "config.json").write_text(json.dumps(MODEL))
    (folder / "model.safetensors").write_bytes((2).to_bytes(8, "little") + b"{}")


def run_in_a_shell(
    command: str, folder: Path, environment: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    """Run an example as it is printed; a filter that is not installed here is left out."""
    program, *filters = command.split(" | ")
    kept = [program, *(part for part in filters if "modelspec" in part or shutil.which(part.split()[0]))]
    command = " | ".join(kept).replace("less -S", "cat")
    shim = folder / "bin" / "modelspec"
    shim.parent.mkdir(exist_ok=True)
    shim.write_text(
        f"#!{sys.executable}\nimport sys\nsys.argv[0] = 'modelspec'\nfrom modelspec.cli import main\nmain()\n"
    )
    shim.chmod(0o755)
    env = {**environment, "HOME": str(folder), "PATH": f"{shim.parent}{os.pathsep}{os.environ['PATH']}"}
    (folder / ".config" / "fish" / "completions").mkdir(parents=True, exist_ok=True)
    if "--watch" in command:
        # It watches until it is interrupted, which is how it ends well.
        command = f"timeout --foreground --signal=INT --preserve-status 8 {command}"
    return subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env=env,
        stdin=subprocess.DEVNULL,
    )


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_completion_script_names_our_command(run, shell):
    done = run("completion", shell)
    assert (done.status, done.err) == (0, "")
    assert "_MODELSPEC_COMPLETE" in done.out
    assert f"{shell}_complete" in done.out


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_completion_script_is_read_by_its_shell(run, folder, shell):
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    script = folder / "completion"
    script.write_text(run("completion", shell).out)
    option = "--no-execute" if shell == "fish" else "-n"
    done = subprocess.run([shell, option, str(script)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_an_unknown_shell_has_status_two(run):
    done = run("completion", "tcsh")
    assert (done.status, done.out) == (2, "")
    assert "'tcsh' is not one of 'bash', 'zsh', 'fish'" in done.err


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("modelspec ", {verb for verb in VERBS if " " not in verb}),
        ("modelspec weights ex", {"extract"}),
        ("modelspec ch", {"check"}),
        ("modelspec classes --family in", {"initializer"}),
        ("modelspec check --fo", {"--format"}),
        ("modelspec check --format ", {"full", "concise", "json"}),
        ("modelspec build --backend t", {"torch", "tensorflow"}),
    ],
)
def test_words_are_completed(run, words, found):
    parts = words.split(" ")
    done = run(COMP_WORDS=words, COMP_CWORD=str(len(parts) - 1), _MODELSPEC_COMPLETE="bash_complete")
    assert done.err == ""
    assert {line.partition(",")[2] for line in done.out.splitlines()} == found


def test_documents_are_completed_as_files(run):
    done = run(COMP_WORDS="modelspec check go", COMP_CWORD="2", _MODELSPEC_COMPLETE="bash_complete")
    assert done.out.splitlines() == ["file,go"]
