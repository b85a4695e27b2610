"""`modelspec verify` and `build --attest`: what was done to an archive is found."""

from __future__ import annotations

import json
import shutil
import subprocess
import zipfile
from collections.abc import Callable, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import h5py
import pytest
from command_line import COMMAND, Run

NET = """\
modelspec: 1
name: net
inputs: {x: [3]}
layers:
  - Dense: {units: 4, activation: relu}
    name: hidden
  - Dense: {units: 1}
    name: out
compile: {optimizer: adam, loss: mse}
"""
Members = dict[str, bytes]


@pytest.fixture(scope="module")
def made(environment: Mapping[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive with its document, its lock and its statement."""
    made = tmp_path_factory.mktemp("made")
    (made / "net.yaml").write_text(NET)
    build = ("build", "net.yaml", "-o", "net.keras", "--attest", "net.intoto.jsonl")
    for arguments in (("lock", "net.yaml"), build):
        subprocess.run([*COMMAND, *arguments], check=True, capture_output=True, cwd=made, env=environment)
    return made


@pytest.fixture
def built(folder: Path, made: Path) -> Path:
    """A copy of it."""
    for path in made.iterdir():
        shutil.copy(path, folder)
    return folder / "net.keras"


def verdicts(run: Run, *arguments: str) -> tuple[int, dict[str, str], dict[str, Any]]:
    done = run("verify", "net.keras", "--format", "json", *arguments)
    data = json.loads(done.out)
    return done.status, {one["check"]: one["outcome"] for one in data["checks"]}, data


EVERYTHING = ("--spec", "net.yaml", "--lock", "modelspec.lock", "--attestation", "net.intoto.jsonl")
CHECKS = (
    "container",
    "record",
    "architecture",
    "compile",
    "table",
    "variables",
    "document",
    "lock",
    "statement",
)


@pytest.mark.usefixtures("built")
def test_what_was_just_built_passes_every_check(run: Run) -> None:
    status, found, _ = verdicts(run, *EVERYTHING)
    assert (status, found) == (0, dict.fromkeys(CHECKS, "passed"))


@pytest.mark.usefixtures("built")
def test_without_anything_else_the_archive_is_held_against_itself(run: Run) -> None:
    status, found, _ = verdicts(run)
    assert status == 0
    assert [check for check in CHECKS if found[check] == "skipped"] == ["document", "lock", "statement"]
    assert run("verify", "net.keras").out.splitlines()[-1] == "net.keras: intact, and matches"


@pytest.mark.usefixtures("built")
def test_a_lock_alone_finds_its_document(run: Run) -> None:
    _, found, data = verdicts(run, "--lock", "modelspec.lock")
    assert found["lock"] == "passed"
    assert "it is `net.yaml` in `modelspec.lock`" in {one["detail"] for one in data["checks"]}


def changed_config(change: Callable[[Any], None]) -> Callable[[Members], None]:
    def apply(members: Members) -> None:
        config = json.loads(members["config.json"])
        change(config)
        members["config.json"] = json.dumps(config).encode()

    return apply


def changed_weights(change: Callable[[h5py.File], None]) -> Callable[[Members], None]:
    def apply(members: Members) -> None:
        stream = BytesIO(members["model.weights.h5"])
        with h5py.File(stream, "r+") as file:
            change(file)
        members["model.weights.h5"] = stream.getvalue()

    return apply


def _rename(config: Any) -> None:
    text = json.dumps(config).replace('"hidden"', '"secret"')
    config.clear()
    config.update(json.loads(text))


def _argument(config: Any) -> None:
    config["config"]["layers"][1]["config"]["activation"] = "tanh"


def _loss(config: Any) -> None:
    config["compile_config"]["loss"] = "mae"


def _missing(file: h5py.File) -> None:
    del file["layers/dense_1/vars/0"]


def _reshaped(file: h5py.File) -> None:
    values = file["layers/dense/vars/0"][()]
    del file["layers/dense/vars/0"]
    file["layers/dense/vars/0"] = values.T


def _other_dtype(file: h5py.File) -> None:
    values = file["layers/dense/vars/0"][()]
    del file["layers/dense/vars/0"]
    file["layers/dense/vars/0"] = values.astype("float16")


def _more(file: h5py.File) -> None:
    file["layers/dense_2/vars/0"] = [1.0, 2.0]


def _values(file: h5py.File) -> None:
    file["layers/dense/vars/0"][0, 0] += 1


def _hashes(members: Members) -> None:
    data = json.loads(members["metadata.json"])
    data["modelspec"]["architecture"]["exact"] = "m1:" + "0" * 64
    members["metadata.json"] = json.dumps(data).encode()


TAMPERINGS: dict[str, tuple[Callable[[Members], None], set[str]]] = {
    "a layer renamed": (changed_config(_rename), {"architecture", "document", "lock", "statement"}),
    "an argument": (changed_config(_argument), {"architecture", "document", "lock", "statement"}),
    "the loss": (changed_config(_loss), {"compile", "document", "lock", "statement"}),
    "a variable taken out": (
        changed_weights(_missing),
        {"table", "variables", "document", "lock", "statement"},
    ),
    "a variable turned": (
        changed_weights(_reshaped),
        {"table", "variables", "document", "lock", "statement"},
    ),
    "a variable narrowed": (
        changed_weights(_other_dtype),
        {"table", "variables", "document", "lock", "statement"},
    ),
    "a variable more": (changed_weights(_more), {"table", "variables", "document", "lock", "statement"}),
    "a value": (changed_weights(_values), {"statement"}),
    "the recorded hash": (_hashes, {"architecture", "statement"}),
}


@pytest.mark.parametrize("name", TAMPERINGS)
def test_tampering_fails_where_it_should(built: Path, run: Run, name: str) -> None:
    tamper, failing = TAMPERINGS[name]
    with zipfile.ZipFile(built) as archive:
        members = {one: archive.read(one) for one in archive.namelist()}
    before = dict(members)
    tamper(members)
    assert members != before
    with zipfile.ZipFile(built, "w") as archive:
        for member, data in members.items():
            archive.writestr(member, data)
    status, found, data = verdicts(run, *EVERYTHING)
    assert status == 1
    assert {check for check, outcome in found.items() if outcome == "failed"} == failing, data


def test_a_flipped_bit_fails_the_container(built: Path, run: Run) -> None:
    data = bytearray(built.read_bytes())
    with zipfile.ZipFile(built) as archive:
        info = archive.getinfo("model.weights.h5")
    data[info.header_offset + info.file_size - 100] ^= 1
    built.write_bytes(bytes(data))
    status, found, _ = verdicts(run)
    assert (status, found["container"]) == (1, "failed")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"version https://git-lfs.github.com/spec/v1\n"])
def test_what_is_no_archive_has_its_verdict(built: Path, run: Run, content: bytes) -> None:
    built.write_bytes(content)
    status, found, _ = verdicts(run)
    assert (status, found.pop("container")) == (1, "failed")
    assert set(found.values()) == {"skipped"}


def test_of_what_is_no_archive_people_are_told_that_alone(built: Path, run: Run) -> None:
    built.write_bytes(b"PK\x03\x04")
    done = run("verify", "net.keras")
    assert done.status == 1
    assert "container" in done.out
    assert "cannot be opened" not in done.out
    assert len(run("verify", "net.keras", "--format", "concise").out.splitlines()) == 1


def test_what_is_not_there_is_not_found(folder: Path, run: Run) -> None:
    (folder / "network.keras").write_bytes(b"")
    done = run("verify", "netwrk.keras", "--format", "concise")
    assert (done.status, done.out) == (1, "")
    assert done.err == "error[file-not-found] `netwrk.keras` does not exist\n"
    assert "help: did you mean `network.keras`?" in run("verify", "netwrk.keras").err


def test_an_archive_of_keras_is_checked_as_far_as_that_goes(built: Path, run: Run) -> None:
    with zipfile.ZipFile(built) as archive:
        members = {one: archive.read(one) for one in archive.namelist()}
    members["metadata.json"] = b'{"keras_version": "3.15.1", "date_saved": "2026-01-01@00:00:00"}'
    with zipfile.ZipFile(built, "w") as archive:
        for member, data in members.items():
            archive.writestr(member, data)
    status, found, _ = verdicts(run, "--spec", "net.yaml")
    skipped = {check for check, outcome in found.items() if outcome == "skipped"}
    assert (status, skipped) == (0, {"record", "architecture", "compile", "table", "lock", "statement"})


def test_an_optimizer_that_was_never_built_is_no_flaw(built: Path, run: Run) -> None:
    """Keras saves a model that was compiled and not trained without its optimizer's slots."""
    with zipfile.ZipFile(built) as archive:
        members = {one: archive.read(one) for one in archive.namelist()}
    members["metadata.json"] = b"{}"

    def without_slots(file: h5py.File) -> None:
        for number in range(2, len(file["optimizer/vars"])):
            del file[f"optimizer/vars/{number}"]

    changed_weights(without_slots)(members)
    with zipfile.ZipFile(built, "w") as archive:
        for member, data in members.items():
            archive.writestr(member, data)
    status, found, data = verdicts(run, "--spec", "net.yaml", "--lock", "modelspec.lock")
    assert (status, found["variables"], found["document"], found["lock"]) == (0, "passed", "passed", "passed")
    assert any("the optimizer has no state" in one["detail"] for one in data["checks"])


def test_an_unzipped_archive_is_verified_too(built: Path, run: Run) -> None:
    with zipfile.ZipFile(built) as archive:
        archive.extractall(built.with_name("unzipped"))
    built.unlink()
    shutil.move(built.with_name("unzipped"), built)
    status, found, _ = verdicts(run, "--spec", "net.yaml")
    assert (status, found["variables"], found["document"]) == (0, "passed", "passed")


def test_another_document_is_another_model(built: Path, run: Run) -> None:
    status, found, data = verdicts(run, "--spec", "good.yaml")
    assert (status, found["document"]) == (1, "failed")
    assert "`good.yaml` is another architecture" in {one["detail"] for one in data["checks"]}
    status, found, _ = verdicts(run, "--spec", "wrong.yaml")
    assert (status, found["document"]) == (1, "failed")


def test_a_statement_says_what_an_archive_was_made_of(built: Path, run: Run) -> None:
    (line,) = built.with_name("net.intoto.jsonl").read_text().splitlines()
    statement = json.loads(line)
    assert statement["_type"] == "https://in-toto.io/Statement/v1"
    assert statement["predicateType"] == "https://slsa.dev/provenance/v1"
    definition = statement["predicate"]["buildDefinition"]
    assert [one["name"] for one in definition["resolvedDependencies"]] == ["net.yaml"]
    assert definition["externalParameters"]["document"] == "net.yaml"
    again = run("build", "net.yaml", "-o", "net.keras", "--attest", "again.jsonl")
    assert again.status == 0
    assert built.with_name("again.jsonl").read_text() == f"{line}\n"


def test_several_builds_have_a_line_each(built: Path, run: Run) -> None:
    done = run(
        "build", "net.yaml", "good.yaml", "-o", "out/", "--attest", "all.jsonl", "--set", "meta={a: 1}"
    )
    assert done.status == 0, done.err
    lines = [json.loads(line) for line in built.with_name("all.jsonl").read_text().splitlines()]
    assert [line["subject"][0]["name"] for line in lines] == ["net.keras", "good.keras"]
    assert lines[0]["predicate"]["buildDefinition"]["externalParameters"]["set"] == ["meta={a: 1}"]


def test_merged_adapters_have_hashes_of_their_own(folder: Path, run: Run) -> None:
    (folder / "lora.yaml").write_text(
        NET.replace("compile: {optimizer: adam, loss: mse}", "weights: {lora: {layers: [hidden], rank: 2}}")
    )
    assert run("build", "lora.yaml", "-o", "lora.keras", "-q").status == 0
    done = run("weights", "attach", "lora.keras", "--merge-lora", "-o", "net.keras")
    assert done.status == 0, done.err
    status, found, data = verdicts(run)
    assert status == 0, data
    assert found["architecture"] == found["table"] == "passed"
