"""Documents made to take all time, memory, stack or files: each is refused at once with a diagnostic.

Each runs through the command line in a process of its own whose memory is bounded, as a user would meet it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

import modelspec

PACKAGE = Path(modelspec.__file__).parents[1]
SECONDS = 20.0  # far above what any of these takes, so that a busy machine fails no test
BYTES = 1 << 30  # of address space; an ordinary check takes a tenth

HEAD = "modelspec: 1\ninputs: {x: [4]}\n"


def check(
    tmp_path: Path, text: str | bytes, *arguments: str, name: str = "net.yaml"
) -> list[dict[str, object]]:
    """The errors of a document; fails where the process takes long, much memory, or ends otherwise."""
    path = tmp_path / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    env = {**os.environ, "MODELSPEC_CACHE": str(tmp_path / "cache")}
    env["PYTHONPATH"] = os.pathsep.join(filter(None, [str(PACKAGE), env.get("PYTHONPATH")]))
    begun = time.process_time()
    done = subprocess.run(
        [sys.executable, "-c", _BOUNDED, "check", "--format", "json", str(path), *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=env,
        cwd=tmp_path,
        timeout=120,
    )
    assert time.process_time() - begun < SECONDS
    assert (done.returncode, done.stderr) == (1, "")
    (document,) = json.loads(done.stdout)
    errors = [item for item in document["diagnostics"] if item["severity"] == "error"]
    assert errors
    assert len(errors) <= 100, "a flood of diagnostics helps nobody"
    assert all(item["place"] for item in errors)
    assert len(done.stdout) < 500_000
    return errors


_BOUNDED = f"""
import sys
try:
    import resource
    resource.setrlimit(resource.RLIMIT_AS, ({BYTES}, {BYTES}))
except ImportError:
    pass
sys.argv[0] = "modelspec"
from modelspec.cli import main
main()
"""


def codes(errors: list[dict[str, object]]) -> set[object]:
    return {item["code"] for item in errors}


# --- text ----------------------------------------------------------------------------------------------

LAUGHS = "x-0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n" + "".join(
    f"x-{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12)
)
MERGES = "x-0: &a0 {k: v}\n" + "".join(
    f"x-{n}: &a{n}\n  <<: [{', '.join([f'*a{n - 1}'] * 9)}]\n"
    f"  k{n}: {{<<: *a{n - 1}}}\n  l{n}: {{<<: *a{n - 1}}}\n"
    for n in range(1, 30)
)
LEVELS = 5_000

TEXTS = {
    "a billion laughs": (HEAD + LAUGHS + "layers: [Flatten]\n", "too-large"),
    "a billion laughs in a variable": (
        HEAD + LAUGHS + "vars: {v: *a11}\nlayers: [{Dense: {units: $v}}]\n",
        "too-large",
    ),
    "merge keys of merge keys": (HEAD + MERGES + "layers: [Flatten]\n", "too-large"),
    "an alias inside its own anchor": (HEAD + "x-a: &a [*a]\nlayers: [Flatten]\n", None),
    "an alias inside its own mapping": (HEAD + "x-a: &a {b: *a}\nlayers: [Flatten]\n", None),
    "a merge of itself": (HEAD + "x-a: &a {<<: *a}\nlayers: [Flatten]\n", None),
    "deep lists": (HEAD + "meta: " + "[" * LEVELS + "]" * LEVELS + "\nlayers: [Flatten]\n", "too-large"),
    "deep mappings": (
        HEAD + "meta: " + "{a: " * LEVELS + "1" + "}" * LEVELS + "\nlayers: [Flatten]\n",
        "too-large",
    ),
    "deep indentation": (
        HEAD + "layers: [Flatten]\nmeta:\n" + "".join(f"{' ' * n}a:\n" for n in range(1, LEVELS // 5)),
        "too-large",
    ),
    "deep lists without an end": (HEAD + "meta: " + "[" * 200_000, None),
    "deep JSON": ('{"modelspec": 1, "layers": ' + "[" * LEVELS + "]" * LEVELS + "}", None),
    "a deep list of dashes": (HEAD + "layers: [Flatten]\nmeta:\n  " + "- " * LEVELS + "1\n", None),
    "deep objects": (
        HEAD
        + "layers: [{Dense: {units: 1, kernel_regularizer: "
        + "{L2: {l2: " * 90
        + "1"
        + "}}" * 90
        + "}}]\n",
        None,
    ),
    "a giant text": (HEAD + "layers: [Flatten]\n" + "# " + "x" * 20_000_000, "too-large"),
    "a giant name": (HEAD + f"layers: [{{Dense: {{units: 1}}, name: {'n' * 1_000_000}}}]\n", None),
    "a giant key": (HEAD + f"layers: [Flatten]\n{'k' * 1_000_000}: 1\n", None),
    "a giant class": (HEAD + f"layers: [{{{'K' * 1_000_000}: null}}]\n", None),
    "a giant reference": (HEAD + f"layers: [{{Flatten: null, from: {'r' * 1_000_000}}}]\n", None),
    "a long reference": (HEAD + f"layers: [{{Flatten: null, from: x{'.a' * 200_000}}}]\n", None),
    "a giant position": (HEAD + f"layers: [{{Flatten: null, from: x.{'9' * 10_000}}}]\n", None),
    "a giant index": (HEAD + f"layers: [{{Flatten: null, from: 'x[{'9' * 10_000}]'}}]\n", "bad-reference"),
    "a giant bound": (HEAD + f"layers: [{{Flatten: null, from: 'x[:{'9' * 10_000}]'}}]\n", "bad-reference"),
    "a long slice": (HEAD + f"layers: [{{Flatten: null, from: 'x[{'0,' * 200_000}0]'}}]\n", None),
    "many unknown keys": (
        HEAD + "layers: [Flatten]\n" + "".join(f"k{n}: 1\n" for n in range(50_000)),
        "unknown-key",
    ),
    "many unknown classes": (HEAD + "layers:\n" + "".join(f"- Dens{n}\n" for n in range(20_000)), None),
    "many tags": (
        HEAD + "layers: [Flatten]\nmeta: [" + "!!python/object:os.system x, " * 50_000 + "]\n",
        "yaml-tag",
    ),
    "an object of Python": (
        HEAD + "layers: [Flatten]\nmeta: !!python/object/apply:os.system [id]\n",
        "yaml-tag",
    ),
    "null bytes": (b"modelspec: 1\x00\nlayers: [Flatten]\n", None),
    "UTF-16": ((HEAD + "layers: [Flatten]\n").encode("utf-16"), "not-utf8"),
    "half a character": (HEAD.encode() + b"name: \xc3", "not-utf8"),
    "many documents": ("---\nmodelspec: 1\n" * 10_000, "multiple-documents"),
    "directives": ("%YAML 1.1\n" * 1_000 + "---\nmodelspec: 1\n", None),
    "a giant number": (HEAD + f"layers: [{{Dense: {{units: {'9' * 100_000}}}}}]\n", None),
    "a giant exponent": (HEAD + "layers: [{Dense: {units: 1e999999999}}]\n", None),
    "a giant hexadecimal": (HEAD + f"layers: [{{Dense: {{units: 0x{'f' * 100_000}}}}}]\n", None),
}


@pytest.mark.parametrize("name", TEXTS)
def test_a_hostile_text_is_refused(tmp_path, name):
    text, code = TEXTS[name]
    errors = check(tmp_path, text)
    assert code is None or code in codes(errors)


# --- expansion -----------------------------------------------------------------------------------------

BLOCK_BOMB = (
    "blocks:\n  b0: {layers: [Flatten]}\n"
    + "".join(f"  b{n}: {{layers: [{', '.join([f'b{n - 1}'] * 10)}]}}\n" for n in range(1, 12))
    + "layers: [b11]\n"
)
VARIABLE_BOMB = (
    "vars:\n  v0: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0]\n"
    + "".join(f"  v{n}: [{', '.join([f'$v{n - 1}'] * 10)}]\n" for n in range(1, 12))
    + "layers: [{Dense: {units: $v11}}]\n"
)
TEXT_BOMB = (
    "vars:\n  v0: aaaaaaaaaa\n"
    + "".join(f"  v{n}: '{f'${{v{n - 1}}}' * 10}'\n" for n in range(1, 12))
    + "layers: [{Dense: {units: 1}, name: $v11}]\n"
)
PARAM_BOMB = (
    "blocks:\n  b0: {params: {p: 0}, layers: [{Dense: {units: $p}}]}\n"
    + "".join(
        f"  b{n}: {{params: {{p: 0}}, layers: [b{n - 1}: {{p: [{', '.join(['$p'] * 10)}]}}]}}\n"
        for n in range(1, 20)
    )
    + "layers: [b19]\n"
)
OBJECT_BOMB = (
    "vars:\n  v0: {Dense: {units: 1}}\n"
    + "".join(
        f"  v{n}: {{Bidirectional: {{layer: $v{n - 1}, backward_layer: $v{n - 1}}}}}\n" for n in range(1, 40)
    )
    + "layers: [{$v39: null}]\n"
)

EXPANSIONS = {
    "a repeat of a billion": ("layers: [{Flatten: null, repeat: 1000000000}]\n", "too-many-items"),
    "a repeat beyond integers": (f"layers: [{{Flatten: null, repeat: 1{'0' * 40}}}]\n", None),
    "a billion repeats of nothing": (
        "layers: [{Flatten: null, repeat: 1000000000, when: false}, {Dense: {unit: 1}}]\n",
        "too-many-items",
    ),
    "repeats of repeats": (
        "blocks:\n  a: {layers: [{Flatten: null, repeat: 1000}]}\n  b: {layers: [{a: null, repeat: 1000}]}\n"
        "layers: [{b: null, repeat: 1000}]\n",
        "too-many-items",
    ),
    "each over a long range": (
        "layers: [{Dense: {units: 1}, each: {n: '$(range(10000000))'}}]\n",
        None,
    ),
    "a block in itself": ("blocks: {b: {layers: [b]}}\nlayers: [b]\n", "block-recursion"),
    "a block twice in itself": ("blocks: {b: {layers: [b, b]}}\nlayers: [b]\n", "block-recursion"),
    "a block often in itself": (
        "blocks: {b: {layers: [{b: null, repeat: 1000}]}}\nlayers: [b]\n",
        "block-recursion",
    ),
    "blocks in each other": (
        "blocks: {a: {layers: [b, b]}, b: {layers: [c, c]}, c: {layers: [a, a]}}\nlayers: [a]\n",
        "block-recursion",
    ),
    "a model in itself": ("models: {m: {inputs: {y: [4]}, layers: [m]}}\nlayers: [m]\n", "model-recursion"),
    "models in each other": (
        "models: {m: {inputs: {y: [4]}, layers: [n]}, n: {inputs: {y: [4]}, layers: [m]}}\nlayers: [m]\n",
        "model-recursion",
    ),
    "blocks of blocks": (BLOCK_BOMB, "too-many-items"),
    "lists of lists in variables": (VARIABLE_BOMB, None),
    "texts of texts in variables": (TEXT_BOMB, None),
    "lists of lists in parameters": (PARAM_BOMB, None),
    "objects of objects in variables": (OBJECT_BOMB, None),
    "defaults inside themselves": (
        "defaults: {Bidirectional: {layer: {Bidirectional: {}}}}\nlayers: [Bidirectional]\n",
        None,
    ),
    "a variable that reads itself": ("vars: {a: $a}\nlayers: [{Dense: {units: $a}}]\n", "unknown-variable"),
    "a tower of powers": ("layers: [{Dense: {units: $(9 ** 9 ** 9)}}]\n", "expression-too-large"),
    "a long text from a variable": (
        "vars: {a: aaaaaaaaaa}\nlayers: [{Dense: {units: 1}, name: $(a * 1000000000)}]\n",
        "expression-too-large",
    ),
    "a deep expression": (f"layers: [{{Dense: {{units: $({'(' * 5000}1{')' * 5000})}}}}]\n", None),
    "a long expression": (f"layers: [{{Dense: {{units: $({'1+' * 50000}1)}}}}]\n", None),
    "a sum over a long range": ("layers: [{Dense: {units: $(sum(range(1000000000)))}}]\n", None),
    "too many parameters": ("layers: [{Dense: {units: 1000000000000}}]\n", "too-many-parameters"),
    "many parameters together": (
        "layers: [{Dense: {units: 100000}, repeat: 50}]\n",
        "too-many-parameters",
    ),
    "a giant shape": ("layers: [{Reshape: {target_shape: [1000000000000, 1000000000000, 4]}}]\n", None),
    "many references": (
        "layers:\n- {Dense: {units: 1}, name: a}\n- Add:\n  from: [" + ", ".join(["b"] * 100_000) + "]\n",
        "unknown-node",
    ),
}
FOR_KERAS = {"too many parameters", "many parameters together", "a giant shape"}


@pytest.mark.parametrize("name", sorted(EXPANSIONS.keys() - FOR_KERAS))
def test_a_hostile_expansion_is_refused(tmp_path, name):
    text, code = EXPANSIONS[name]
    errors = check(tmp_path, HEAD + text)
    assert code is None or code in codes(errors)


@pytest.mark.parametrize("name", sorted(FOR_KERAS))
def test_a_model_that_no_machine_holds_is_refused(tmp_path, name, monkeypatch):
    # Keras' own import takes more address space than a check without it.
    monkeypatch.setattr(sys.modules[__name__], "_BOUNDED", _BOUNDED.replace(str(BYTES), str(16 * BYTES)))
    text, code = EXPANSIONS[name]
    errors = check(tmp_path, HEAD + text)
    assert code is None or code in codes(errors)


# --- files ---------------------------------------------------------------------------------------------


def project(tmp_path: Path) -> Path:
    """A project inside a folder that holds a secret."""
    (tmp_path / "secret.yaml").write_text("modelspec: 1\nlayers: [Secret]\n")
    root = tmp_path / "project"
    root.mkdir()
    (root / "pyproject.toml").write_text("")
    return root


@pytest.mark.parametrize(
    "reference",
    [
        "../secret.yaml",
        "a/../../secret.yaml",
        "./../secret.yaml",
        "{absolute}",
        "link.yaml",
        "folder/secret.yaml",
        "~/secret.yaml",
        "file://{absolute}",
        "https://example.org/secret.yaml",
        "//example.org/secret.yaml",
        "\\\\\\\\example.org\\\\secret.yaml",
        "C:\\\\secret.yaml",
        "..\\\\secret.yaml",
        "/dev/zero",
        "/proc/self/environ",
        "secret.yaml\\0",
        "",
        ".",
        "..",
        "folder",
        "pipe.yaml",
    ],
)
@pytest.mark.parametrize(
    "place",
    [
        'modelspec: 1\nextends: "{}"\nlayers: [Flatten]\n',
        'modelspec: 1\ninputs: {{x: [4]}}\nmodels: {{m: {{file: "{}"}}}}\nlayers: [m]\n',
    ],
    ids=["extends", "file"],
)
def test_a_file_outside_the_project_is_not_read(tmp_path, reference, place):
    root = project(tmp_path)
    (root / "link.yaml").symlink_to(tmp_path / "secret.yaml")
    (root / "folder").symlink_to(tmp_path)
    os.mkfifo(root / "pipe.yaml")
    text = place.format(reference.format(absolute=tmp_path / "secret.yaml"))
    errors = check(root, text)
    assert "unknown-layer" not in codes(errors)  # what the secret would give
    assert codes(errors) <= {
        "outside-root",
        "file-not-found",
        "wrong-kind",
        "bad-model-file",
        "not-an-archive",
    }
    assert "Secret" not in json.dumps(errors)


def test_a_document_that_extends_itself_is_refused(tmp_path):
    errors = check(tmp_path, "modelspec: 1\nextends: net.yaml\nlayers: [Flatten]\n")
    assert codes(errors) == {"document-loop"}


def test_documents_that_extend_each_other_are_refused(tmp_path):
    (tmp_path / "b.yaml").write_text("modelspec: 1\nextends: c.yaml\n")
    (tmp_path / "c.yaml").write_text("modelspec: 1\nextends: [d.yaml, net.yaml]\n")
    (tmp_path / "d.yaml").write_text("modelspec: 1\nlayers: [Flatten]\n")
    errors = check(tmp_path, "modelspec: 1\nextends: b.yaml\n")
    assert codes(errors) == {"document-loop"}


def test_a_document_that_extends_itself_by_a_link_is_refused(tmp_path):
    (tmp_path / "alias.yaml").symlink_to(tmp_path / "net.yaml")
    errors = check(tmp_path, "modelspec: 1\nextends: alias.yaml\n")
    assert codes(errors) == {"document-loop"}


def test_documents_that_nest_each_other_are_refused(tmp_path):
    text = "modelspec: 1\ninputs: {{x: [4]}}\nmodels: {{m: {{file: {}}}}}\nlayers: [m]\n"
    (tmp_path / "b.yaml").write_text(text.format("net.yaml"))
    errors = check(tmp_path, text.format("b.yaml"))
    assert "document-loop" in codes(errors)


def test_a_long_chain_of_bases_is_refused(tmp_path):
    for n in range(200):
        (tmp_path / f"b{n}.yaml").write_text(f"modelspec: 1\nextends: b{n + 1}.yaml\n")
    (tmp_path / "b200.yaml").write_text("modelspec: 1\nlayers: [Flatten]\n")
    assert check(tmp_path, "modelspec: 1\nextends: b0.yaml\n")


def test_bases_that_double_are_refused(tmp_path):
    for n in range(40):
        (tmp_path / f"b{n}.yaml").write_text(f"modelspec: 1\nextends: [b{n + 1}.yaml, b{n + 1}.yaml]\n")
    (tmp_path / "b40.yaml").write_text("modelspec: 1\nlayers: [Flatten]\n")
    assert check(tmp_path, "modelspec: 1\nextends: b0.yaml\n")


def test_nested_documents_that_double_are_refused(tmp_path):
    body = (
        "modelspec: 1\ninputs: {{x: [4]}}\n"
        "models: {{m: {{file: b{0}.yaml}}, n: {{file: b{0}.yaml}}}}\nlayers: [m, n]\n"
    )
    for n in range(40):
        (tmp_path / f"b{n}.yaml").write_text(body.format(n + 1))
    (tmp_path / "b40.yaml").write_text(HEAD + "layers: [Flatten]\n")
    assert check(tmp_path, body.format(0))


# --- the command line ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "override",
    [
        "vars.a=" + "[" * LEVELS + "]" * LEVELS,
        "vars.a=&a [*a]",
        "." * 100_000 + "=1",
        "layers." * 10_000 + "x=1",
        "layers.99999999999999999999=1",
        "vars.a=$(9 ** 9 ** 9)",
        f"layers.{'9' * 10_000}.units=1",
        "layers.²٥.units=1",
        "extends=/etc/passwd",
    ],
    ids=["deep", "loop", "dots", "steps", "position", "power", "digits", "superscript", "extends"],
)
def test_a_hostile_override_is_refused(tmp_path, override):
    text = HEAD + "vars: {a: 1}\nlayers: [{Dense: {units: $a}}]\n"
    assert check(tmp_path, text, "--set", override)
