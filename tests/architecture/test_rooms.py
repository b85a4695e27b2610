"""Who imports whom: rooms only look to their left, Keras and its private names stay where they belong."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

import modelspec

PACKAGE = Path(modelspec.__file__).parent

# From left to right. A room imports rooms to its left only, and what comes before all of them, always.
ROOMS = (
    "diagnostics",
    "source",
    "formatting",
    "language",
    "graph",
    "catalog",
    "link",
    "weights",
    "archive",
    "training",
    "executors",
    "ledger",
    "tracking",
    "report",
    "past",
    "decompiler",
    "architecture",
    "lint",
    "sweep",
    "search",
    "compiler",
    "cli",
)
# What stands outside the rooms, and what it may import.
EDGE = {
    "__init__": {"api", "diagnostics", "live"},  # names that are imported at first use
    "__main__": {"cli"},
    "api": {*ROOMS} - {"cli"},
    "live": {"compiler", "diagnostics"},
    "frozen": set(),
}
# What every room may import from the edge.
COMMON = {"__version__", "frozen"}
HEAVY = (
    *("keras", "jax", "jaxlib", "torch", "tensorflow", "numpy", "h5py", "ml_dtypes", "scipy"),
    *("optuna", "ray", "submitit", "distributed", "mlflow", "plotly", "pyarrow", "sqlalchemy"),
)
# What reads private names of Keras: one file for the room, one for the tool that a new release is read with.
PRIVATE = {"link/private.py", "link/harvest/private.py"}
# Programs that a process of their own runs; they end it as programs do.
PROGRAMS = {
    "__main__.py",
    "link/harvest/__main__.py",
    "link/harvest/portable/__main__.py",
    "compiler/sweeping/running/run_one.py",
    "compiler/sweeping/planning/worker.py",
}


SWEEPING = "modelspec.compiler.sweeping."


@dataclass(frozen=True)
class Import:
    """One import: who, what, and where; `checking` where only a type checker follows it."""

    module: str
    target: str
    line: int
    checking: bool

    @property
    def room(self) -> str:
        return room_of(self.module)

    @property
    def root(self) -> str:
        return self.target.partition(".")[0]

    def __str__(self) -> str:
        return f"{self.module}:{self.line} imports {self.target}"


def room_of(path: str) -> str:
    return path.partition("/")[0].removesuffix(".py")


def modules() -> tuple[str, ...]:
    return tuple(sorted(path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py")))


@cache
def tree_of(module: str) -> ast.Module:
    return ast.parse((PACKAGE / module).read_text(encoding="utf-8"))


def imports_of(module: str) -> Iterator[Import]:
    return _imports(tree_of(module), module, checking=False)


def _imports(node: ast.AST, module: str, *, checking: bool) -> Iterator[Import]:
    match node:
        case ast.Import():
            for name in node.names:
                yield Import(module, name.name, node.lineno, checking)
        case ast.ImportFrom():
            assert node.level == 0, f"{module}:{node.lineno}: a relative import hides which room it means"
            for name in node.names:
                yield Import(module, f"{node.module}.{name.name}", node.lineno, checking)
        case ast.If(test=ast.Name(id="TYPE_CHECKING")):
            for child in node.body:
                yield from _imports(child, module, checking=True)
            for child in node.orelse:
                yield from _imports(child, module, checking=checking)
        case _:
            for child in ast.iter_child_nodes(node):
                yield from _imports(child, module, checking=checking)


ALL_IMPORTS = tuple(entry for module in modules() for entry in imports_of(module))


def allowed_rooms(room: str) -> set[str]:
    if room in EDGE:
        return EDGE[room]
    return {*ROOMS[: ROOMS.index(room) + 1], "diagnostics"} - ({"source"} if room == "diagnostics" else set())


def test_every_module_stands_in_a_room_or_at_the_edge():
    assert {room_of(module) for module in modules()} == {*ROOMS, *EDGE}


@pytest.mark.parametrize("room", [*ROOMS, *EDGE])
def test_a_room_imports_only_what_stands_to_its_left(room):
    inside = [entry for entry in ALL_IMPORTS if entry.room == room and entry.root == "modelspec"]
    steps = [(entry, entry.target.split(".")[1]) for entry in inside]
    wrong = [str(entry) for entry, step in steps if step not in allowed_rooms(room) | COMMON]
    assert wrong == []


def test_keras_is_imported_by_link_alone():
    users = {entry.module for entry in ALL_IMPORTS if entry.root == "keras" and not entry.checking}
    assert {module for module in users if room_of(module) != "link"} == set()


def test_no_backend_is_imported_by_name():
    backends = {"jax", "jaxlib", "torch", "tensorflow"}
    assert [str(entry) for entry in ALL_IMPORTS if entry.root in backends] == []


@pytest.mark.parametrize(
    "library",
    ["numpy", "h5py", "click", "rich", "yaml", "pydantic", "pyarrow", "plotly", "mlflow", "optuna"],
)
def test_a_library_is_used_by_the_rooms_it_is_for(library):
    homes = {
        "numpy": {"link", "weights", "archive", "training", "compiler"},
        "h5py": {"weights", "past"},
        "click": {"cli"},
        "rich": {"cli", "diagnostics"},
        "yaml": {"source"},
        "pydantic": {"language"},
        "pyarrow": {"training", "ledger"},
        "plotly": {"report"},
        "mlflow": {"tracking"},
        "optuna": {"search"},
    }
    found = {entry.room for entry in ALL_IMPORTS if entry.root == library and not entry.checking}
    assert found <= homes[library]


def test_private_names_of_keras_stand_in_two_files():
    wrong = [
        str(entry)
        for entry in ALL_IMPORTS
        if entry.target.startswith("keras.src") and entry.module not in PRIVATE
    ]
    wrong += [
        f"{module}:{node.lineno} reads .src"
        for module in modules()
        if module not in PRIVATE
        for node in ast.walk(tree_of(module))
        if isinstance(node, ast.Attribute) and node.attr == "src"
    ]
    assert wrong == []


def test_underscored_attributes_of_keras_stand_in_two_files():
    wrong = [
        f"{module}:{line} reads .{name}"
        for module in modules()
        if room_of(module) == "link" and module not in PRIVATE
        for line, name in attributes_read(tree_of(module))
        if name.startswith("_") and not name.startswith("__")
    ]
    assert wrong == []


def attributes_read(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Attributes of anything but one's own object, those read by a text included."""
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id="self" | "cls")):
                continue
            case ast.Attribute(attr=name):
                yield node.lineno, name
            case ast.Call(
                func=ast.Name(id="getattr" | "hasattr" | "setattr"),
                args=[_, ast.Constant(value=str(name)), *_],
            ):
                yield node.lineno, name


def test_the_parts_of_a_sweep_import_what_stands_before_them():
    before = {"planning": set(), "folders": {"planning"}, "running": {"planning", "folders"}}
    before["looking"] = before["changing"] = {*before["running"], "running"}
    found = {
        (part, other)
        for entry in ALL_IMPORTS
        if entry.module.startswith("compiler/sweeping/") and entry.target.startswith(SWEEPING)
        for part in [entry.module.split("/")[2]]
        for other in [entry.target.removeprefix(SWEEPING).split(".")[0]]
        if other not in (part, *before[part])
    }
    assert found == set()


def test_only_the_command_line_prints_and_exits():
    wrong = [
        f"{module}:{line} {what}"
        for module in modules()
        if room_of(module) != "cli" and module not in PROGRAMS
        for line, what in speaking(tree_of(module))
    ]
    assert wrong == []


def speaking(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Whatever writes to the terminal or ends the process."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id="print" | "input" | "exit" | "quit" as name)):
                yield node.lineno, f"calls {name}()"
            case ast.Call(func=ast.Attribute(value=ast.Name(id="sys"), attr="exit")):
                yield node.lineno, "calls sys.exit()"
            case ast.Call(func=ast.Attribute(value=ast.Name(id="os"), attr="_exit" | "abort")):
                yield node.lineno, "ends the process"
            case ast.Attribute(value=ast.Name(id="sys"), attr="stdout" | "stderr" | "stdin" as name):
                yield node.lineno, f"touches sys.{name}"
            case ast.Raise(exc=ast.Name(id="SystemExit") | ast.Call(func=ast.Name(id="SystemExit"))):
                yield node.lineno, "raises SystemExit"


# --- what a command pulls in ---------------------------------------------------------------------------

_LIST_HEAVY = f"""
import atexit, json, os, sys
def tell():
    with open(os.environ["LIST"], "w") as file:
        json.dump(sorted({{*{HEAVY!r}}} & {{*sys.modules}}), file)
atexit.register(tell)
"""

RUN = _LIST_HEAVY + "sys.argv[0] = 'modelspec'\nfrom modelspec.cli import main\nmain()\n"

MISTAKE = """
modelspec: 1
inputs:
  image: [28, 28, 1]
layers:
  - Conv2D: {filters: 8, kernel_sise: 3}
"""


def heavy_modules(
    tmp_path: Path, program: str, *arguments: str
) -> tuple[subprocess.CompletedProcess[str], list[str]]:
    listed = tmp_path / "imported.json"
    env = {**os.environ, "LIST": str(listed), "MODELSPEC_CACHE": str(tmp_path / "cache")}
    env["PYTHONPATH"] = os.pathsep.join(filter(None, [str(PACKAGE.parent), env.get("PYTHONPATH")]))
    command = [sys.executable, "-c", program, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=env, cwd=tmp_path)
    return done, json.loads(listed.read_text())


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["--version"],
        ["build", "--help"],
        ["train", "--help"],
        ["check", "--help"],
        ["show", "--help"],
        ["audit", "--help"],
        ["decompile", "--help"],
        ["lint", "--help"],
        ["lint", "--list"],
        ["lint", "--explain", "bias-before-bn"],
        ["diff", "--help"],
        ["fmt", "--help"],
        ["git", "--help"],
        ["git", "install", "--help"],
        ["textconv", "--help"],
        ["merge", "--help"],
        ["weights", "--help"],
        ["weights", "show", "--help"],
        ["weights", "extract", "--help"],
        ["classes"],
        ["classes", "Conv2D"],
        ["classes", "*norm*", "--format", "json"],
        ["sweep", "--help"],
        ["sweep", "plan", "--help"],
        ["sweep", "show", "--help"],
        ["sweep", "status", "--help"],
        ["sweep", "logs", "--help"],
        ["schema"],
        ["completion", "bash"],
    ],
    ids=" ".join,
)
def test_a_help_text_needs_no_heavy_import(tmp_path, arguments):
    done, heavy = heavy_modules(tmp_path, RUN, *arguments)
    assert (done.returncode, done.stderr, heavy) == (0, "", [])
    assert done.stdout


@pytest.mark.parametrize("options", [[], ["--stats"]], ids=str)
def test_a_file_of_weights_is_listed_without_keras(tmp_path, options):
    import numpy as np

    np.savez(tmp_path / "w.npz", a=np.ones(3))
    done, heavy = heavy_modules(tmp_path, RUN, "weights", "show", "w.npz", *options)
    assert (done.returncode, done.stderr) == (0, "")
    assert set(heavy) <= {"numpy", "h5py", "ml_dtypes"}


def test_a_model_is_decompiled_without_keras(tmp_path):
    config = Path(__file__).parents[1] / "golden" / "towers.config.json"
    done, heavy = heavy_modules(tmp_path, RUN, "decompile", str(config))
    assert (done.returncode, done.stderr) == (0, "")
    assert "models:" in done.stdout
    assert set(heavy) <= {"numpy"}


def test_an_archive_is_shown_to_git_without_keras(tmp_path):
    import numpy as np

    np.savez(tmp_path / "w.npz", a=np.ones(3))
    done, heavy = heavy_modules(tmp_path, RUN, "textconv", "w.npz")
    assert (done.returncode, done.stderr) == (0, "")
    assert "a  [3]  float64  " in done.stdout
    assert set(heavy) <= {"numpy", "h5py", "ml_dtypes"}


def test_documents_are_merged_without_a_heavy_import(tmp_path):
    for name, unit in (("base", "1"), ("ours", "1"), ("theirs", "2")):
        (tmp_path / name).write_text(
            f"modelspec: 1\ninputs: {{x: [1]}}\nlayers:\n  - Dense: {{units: {unit}}}\n"
        )
    done, heavy = heavy_modules(tmp_path, RUN, "merge", "base", "ours", "theirs")
    assert (done.returncode, done.stderr, heavy) == (0, "", [])
    assert "units: 2" in (tmp_path / "ours").read_text()


def test_a_document_is_formatted_without_a_heavy_import(tmp_path):
    (tmp_path / "net.yaml").write_text(MISTAKE)
    done, heavy = heavy_modules(tmp_path, RUN, "fmt", "net.yaml")
    assert (done.returncode, done.stderr, heavy) == (0, "", [])


@pytest.mark.parametrize("verb", ["show", "decompile"])
def test_a_model_of_keras_2_is_read_without_keras(tmp_path, verb):
    dense = {"class_name": "Dense", "config": {"name": "d", "units": 2, "batch_input_shape": [None, 3]}}
    model = {"class_name": "Sequential", "config": [dense], "keras_version": "2.2.4"}
    (tmp_path / "old.json").write_text(json.dumps(model))
    done, heavy = heavy_modules(tmp_path, RUN, verb, "old.json")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Dense" in done.stdout
    assert set(heavy) <= {"numpy"}


@pytest.mark.parametrize(
    "verb", [["check"], ["build"], ["train"], ["show"], ["config"], ["lint"]], ids=" ".join
)
def test_a_mistake_is_told_without_a_heavy_import(tmp_path, verb):
    (tmp_path / "net.yaml").write_text(MISTAKE)
    done, heavy = heavy_modules(tmp_path, RUN, *verb, "net.yaml")
    assert (done.returncode, heavy) == (1, [])
    assert "unknown-argument" in done.stderr
    assert "`kernel_size`" in done.stderr


HYGIENE = """
modelspec: 1
vars: {width: 4, depth: 2}
inputs: {x: [8]}
layers:
  - Dense: {units: $width, activation: softmax}
"""


def test_rules_that_need_no_shapes_need_no_heavy_import(tmp_path):
    (tmp_path / "net.yaml").write_text(HYGIENE)
    chosen = ["--select", "unused-var,bias-before-bn,loss-logits"]
    done, heavy = heavy_modules(tmp_path, RUN, "lint", "net.yaml", *chosen)
    assert (done.returncode, heavy) == (0, [])
    assert "unused-var" in done.stderr


def test_an_unchanged_document_is_linted_without_keras(tmp_path):
    (tmp_path / "net.yaml").write_text(HYGIENE)
    first, _ = heavy_modules(tmp_path, RUN, "lint", "net.yaml")
    again, heavy = heavy_modules(tmp_path, RUN, "lint", "net.yaml")
    assert (again.returncode, again.stdout) == (0, first.stdout) == (0, "net.yaml: ok\n")
    assert {"keras", "jax", "torch", "tensorflow"} & {*heavy} == set()


def test_importing_the_package_needs_nothing_of_its_own(tmp_path):
    program = _LIST_HEAVY + "import modelspec\nprint([m for m in sys.modules if m.startswith('modelspec.')])"
    done, heavy = heavy_modules(tmp_path, program)
    assert (done.stdout.strip(), heavy) == ("[]", [])


def test_using_the_api_needs_no_heavy_import(tmp_path):
    (tmp_path / "net.yaml").write_text(MISTAKE)
    program = _LIST_HEAVY + (
        "import modelspec\n"
        "try:\n    modelspec.load('net.yaml').check()\n"
        "except modelspec.SpecError as error:\n    print(error.diagnostics[0].code)"
    )
    done, heavy = heavy_modules(tmp_path, program)
    assert (done.stdout.strip(), heavy) == ("unknown-argument", [])
