"""What git shows of archives and documents once `modelspec git install` was run, by git itself."""

from __future__ import annotations

import pytest
from command_line import GOOD
from repository import make_repository

import modelspec
from modelspec.compiler.git.textconv import textconv


@pytest.fixture
def repository(tmp_path, environment):
    made = make_repository(tmp_path, environment)
    made.modelspec("git", "install")
    return made


@pytest.fixture(scope="module")
def archives(tmp_path_factory):
    """Two archives: the second has a wider layer."""
    folder = tmp_path_factory.mktemp("archives")
    found = []
    for width in (4, 5):
        path = folder / f"{width}.yaml"
        path.write_text(GOOD.replace("width: 4", f"width: {width}").replace("vars:", "name: good\nvars:"))
        document = modelspec.load(path)
        document.build(folder / f"{width}.keras")
        found.append((folder / f"{width}.keras").read_bytes())
    return tuple(found)


HUNK = """\
-  - Dense: {units: 4}
+  - Dense: {units: 5}
     name: hidden
"""


def test_a_diff_shows_documents_and_variables_of_archives(repository, archives):
    repository.commit("first", net__keras=archives[0])
    repository.write("net.keras", archives[1])
    shown = repository.git("diff")
    assert HUNK in shown
    assert "-hidden/0  [3, 4]  float32  " in shown
    assert "+hidden/0  [3, 5]  float32  " in shown
    assert " out/1  [1]  float32  " in shown  # zeros, as before


def test_log_show_and_blame_do_too(repository, archives):
    repository.commit("first", net__keras=archives[0])
    repository.commit("wider", net__keras=archives[1])
    assert HUNK in repository.git("log", "-p", "-1")
    assert HUNK in repository.git("show", "HEAD")
    blamed = {
        line.partition(") ")[2].rstrip(): line[:8]
        for line in repository.git("blame", "net.keras").splitlines()
    }
    assert (
        blamed["    name: hidden"]
        != blamed["  - Dense: {units: 5}"]
        == repository.git("rev-parse", "HEAD")[:8]
    )


def test_what_was_converted_is_kept(repository, archives):
    repository.commit("first", net__keras=archives[0])
    repository.commit("wider", net__keras=archives[1])
    repository.git("show", "HEAD")
    assert repository.git("notes", "--ref", "textconv/modelspec", "list").count("\n") == 2


LFS = "version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize 12\n"
NO_ARCHIVES = {
    "empty": (b"\n", b"", "is empty"),
    "text": (b"hello\n", b"hallo\n", "is a text"),
    "pointer": (
        LFS.format("a" * 64).encode(),
        LFS.format("b" * 64).encode(),
        "a git-LFS pointer to sha256:bbb",
    ),
    "random": (bytes(range(256)) * 9, bytes(range(255)) * 9, "sha256"),
}


@pytest.mark.parametrize("name", NO_ARCHIVES)
def test_what_is_no_archive_is_one_line_and_no_failure(repository, name):
    before, after, said = NO_ARCHIVES[name]
    repository.commit("first", net__keras=before)
    repository.commit("second", net__keras=after)
    (gone,), (come,) = (
        [
            line
            for line in repository.git("log", "-p", "-1").splitlines()
            if line.startswith(f"{sign}(modelspec: ")
        ]
        for sign in "-+"
    )
    assert said in come
    assert gone[1:] != come[1:]


def test_a_damaged_archive_does_not_break_a_diff(repository, archives, tmp_path):
    whole = archives[0]
    damaged = {
        "cut": whole[: len(whole) // 2],
        "flipped": whole[:300] + bytes([whole[300] ^ 255]) + whole[301:],
        "weights": whole.replace(b"\x89HDF", b"\x89HDX", 1),
        "config": whole.replace(b'"class_name"', b'"klass_name"', 1),
    }
    repository.commit("first", net__keras=whole, doc__md="a\n")
    for name, content in damaged.items():
        repository.write("net.keras", content)
        repository.write("doc.md", name)
        shown = repository.git("diff")
        assert "modelspec: " in shown or "(the file" in shown, name
        assert f"+{name}" in shown, name


def test_a_file_of_weights_is_a_table(tmp_path):
    import numpy as np

    np.savez(tmp_path / "w.npz", a=np.ones((2, 3), "float32"))
    assert textconv(tmp_path / "w.npz").splitlines()[-1].startswith("a  [2, 3]  float32  ")


def test_a_bug_of_ours_is_one_line(tmp_path, monkeypatch):
    from modelspec.compiler.git import textconv as module

    def fails(path):
        raise RecursionError("too deep\nin here")

    (tmp_path / "a.keras").write_bytes(b"PK")
    monkeypatch.setattr(module, "_document", fails)
    assert textconv(tmp_path / "a.keras").startswith(
        "(modelspec: not shown: RecursionError: too deep; 2 bytes, "
    )


LONG = """\
modelspec: 1
inputs: {x: [3]}
blocks:
  one:
    layers:
      - Flatten
      # a
      # b
layers:
  - Dense: {units: 1}
    name: one
    dtype: float32
  - Dense: {units: 2}
    name: two
    trainable: true
    dtype: float32
"""


def test_hunks_of_documents_name_their_item(repository):
    repository.commit("first", a__net__yaml=LONG)
    changed = LONG.replace("true\n    dtype: float32", "true\n    dtype: float16").replace("# b", "# c")
    repository.write("a.net.yaml", changed)
    lines = repository.git("diff", "-U0").splitlines()
    headers = [line.rpartition("@@ ")[2] for line in lines if line.startswith("@@")]
    assert headers == ["      - Flatten", "  - Dense: {units: 2}"]


@pytest.fixture
def driven(repository):
    repository.modelspec("git", "install", "--diff-driver")
    repository.commit("first", a__net__yaml=GOOD)
    return repository


def test_the_diff_driver_shows_documents_and_ends_well(driven):
    driven.write("a.net.yaml", GOOD.replace("width: 4", "width: 5"))
    assert driven.git("diff")
    assert driven.git("log", "-p")
    assert "a.net.yaml" in driven.git("diff")


def test_the_diff_driver_calls_both_versions_by_their_names_in_columns_that_fit(driven):
    """Places stand below each other, and a version that git put aside is called by its path."""
    driven.write("a.net.yaml", GOOD.replace("width: 4", "width: 5").replace("units: 1", "units: 2"))
    driven.git("add", "--all")
    driven.write("a.net.yaml", "later")  # else git gives this file itself
    lines = driven.git("diff", "--cached").splitlines()
    assert lines[0] == "modelspec diff a/a.net.yaml b/a.net.yaml"
    assert lines[1].startswith("a/a.net.yaml → b/a.net.yaml   architecture ")
    changed = [line for line in lines if line.startswith("~")]
    assert len(changed) == 2
    assert len({line.index("b/a.net.yaml:") for line in changed}) == 1
    assert "/tmp" not in "\n".join(lines)


def test_the_diff_driver_finds_what_a_version_that_git_put_aside_imports(driven):
    nested = (
        "modelspec: 1\ninputs: {x: [3]}\nmodels: {part: {file: ./parts/inner.yaml}}\n"
        "layers:\n  - part\n  - ReLU:\n    name: inner\n"
    )
    driven.commit("second", **{"b__net__yaml": nested, "parts/inner__yaml": GOOD})
    driven.write("b.net.yaml", nested.replace("name: inner", "name: other"))
    driven.git("add", "--all")
    driven.write("b.net.yaml", "later")
    assert "inner → other" in driven.git("diff", "--cached")


@pytest.mark.parametrize("text", ["modelspec: [\n", "", "not: ours\n", GOOD.replace("Dense", "Dens")])
def test_the_diff_driver_shows_lines_of_what_cannot_be_compared(driven, text):
    driven.write("a.net.yaml", text)
    shown = driven.git("diff")
    assert shown.startswith("diff --git a/a.net.yaml b/a.net.yaml\n--- a/a.net.yaml\n+++ b/a.net.yaml\n")
    assert all(f"+{line}\n" in shown for line in text.splitlines() if line not in GOOD.splitlines())


def test_the_diff_driver_shows_new_and_removed_documents(driven):
    driven.write("b.net.yaml", GOOD)
    driven.git("rm", "--quiet", "a.net.yaml")
    driven.git("add", "--all")
    shown = driven.git("diff", "--cached", "--no-renames")
    assert "--- /dev/null\n+++ b/b.net.yaml\n" in shown
    assert "--- a/a.net.yaml\n+++ /dev/null\n" in shown
    driven.git("diff", "--cached", "--find-renames")


def test_the_diff_driver_takes_unmerged_paths_and_files_that_are_no_text(driven):
    driven.write("a.net.yaml", b"\xff\xfe\x00 modelspec: 1\n")
    assert "modelspec: 1" in driven.git("diff")
    assert driven.modelspec("git-diff", "a.net.yaml") == "* Unmerged path a.net.yaml\n"
