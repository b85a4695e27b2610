"""`modelspec fmt`: what is written, what is printed, and how it ends."""

from __future__ import annotations

import json

import pytest

BEFORE = "modelspec: 1\nvars: { width: 4 }   # why\ninputs: {x: [3]}\nlayers:\n- Dense: {units: $width}\n"
AFTER = "modelspec: 1\nvars: {width: 4}   # why\ninputs: {x: [3]}\nlayers:\n  - Dense: {units: $width}\n"


@pytest.fixture
def net(folder):
    path = folder / "net.yaml"
    path.write_text(BEFORE)
    return path


def test_a_document_is_written_in_its_form_and_then_left_alone(run, net):
    done = run("fmt", "net.yaml", "good.yaml")
    assert (done.status, done.out, done.err) == (0, "net.yaml  formatted\n", "")
    assert net.read_text() == AFTER
    written = net.stat().st_mtime_ns
    assert (run("fmt", "net.yaml").out, net.stat().st_mtime_ns) == ("", written)


def test_check_writes_nothing_and_tells_by_its_status(run, net):
    done = run("fmt", "--check", "net.yaml", "good.yaml")
    assert (done.status, done.out, done.err) == (1, "net.yaml  would change\n", "")
    assert net.read_text() == BEFORE
    assert run("fmt", "--check", "good.yaml").status == 0


def test_diff_prints_what_would_change(run, net):
    done = run("fmt", "--diff", "net.yaml")
    assert done.status == 0
    assert done.out.splitlines()[:2] == ["--- net.yaml", "+++ net.yaml"]
    assert "-vars: { width: 4 }   # why\n+vars: {width: 4}   # why\n" in done.out
    assert net.read_text() == BEFORE
    assert run("fmt", "--diff", "--check", "net.yaml").status == 1


def test_standard_input_goes_to_standard_output(run):
    assert run("fmt", "-", stdin=BEFORE).out == AFTER
    assert run("fmt", "-", "--check", stdin=BEFORE).status == 1
    assert run("fmt", "-", stdin="a:   {{ not ours }}\n").out == "a:   {{ not ours }}\n"
    assert run("fmt", "-", "net.yaml").status == 2


def test_line_ends_and_byte_order_mark_stay(run, net):
    net.write_bytes(b"\xef\xbb\xbf" + BEFORE.replace("\n", "\r\n").encode())
    assert run("fmt", "net.yaml").status == 0
    assert net.read_bytes() == b"\xef\xbb\xbf" + AFTER.replace("\n", "\r\n").encode()


def test_files_that_are_no_documents_are_passed_over(run, folder):
    (folder / "ci.yaml").write_text("on:   push\njobs: {{ x }}\n")
    done = run("fmt", "ci.yaml", "--check")
    assert (done.status, done.out, done.err) == (0, "", "")


def test_folders_stand_for_their_yaml_files(run, folder, net):
    (folder / "more" / ".hidden").mkdir(parents=True)
    (folder / "more" / "a.yml").write_text(BEFORE)
    (folder / "more" / ".hidden" / "b.yaml").write_text(BEFORE)
    done = run("fmt", ".")
    assert (done.status, done.out) == (0, "more/a.yml  formatted\nnet.yaml  formatted\n")


def test_a_mistake_is_told_and_the_other_files_are_written(run, folder, net):
    (folder / "broken.yaml").write_text("modelspec: 1\nvars: {a: 1, a: 2}\n")
    done = run("fmt", "broken.yaml", "absent.yaml", "net.yaml", "--format", "concise")
    assert done.status == 1
    assert [line.partition(" error")[2] for line in done.err.splitlines()] == [
        "[duplicate-key] the key `a` stands here twice",
        "[file-not-found] `absent.yaml` does not exist",
    ]
    assert net.read_text() == AFTER


def test_json_tells_of_each_document(run, net):
    done = run("fmt", "net.yaml", "good.yaml", "--check", "--format", "json")
    assert done.status == 1
    assert json.loads(done.out) == {
        "diagnostics": [],
        "files": [{"file": "net.yaml", "changed": True}, {"file": "good.yaml", "changed": False}],
    }
    assert json.loads(run("fmt", "-", "--format", "json", stdin=BEFORE).out)["files"][0]["text"] == AFTER


def test_without_files_the_command_line_is_wrong(run):
    assert run("fmt").status == 2
