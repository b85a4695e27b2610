"""A document and its values are written both or neither."""

from __future__ import annotations

from pathlib import Path

import pytest

import modelspec
from modelspec.archive.atomic import Pending, WriteError
from modelspec.compiler.decompiled import Asked, decompile_file
from modelspec.compiler.values import Options
from modelspec.diagnostics import Report, SpecError


@pytest.fixture
def asked(tmp_path: Path) -> Asked:
    source = tmp_path / "net.keras"
    modelspec.loads("modelspec: 1\ninputs: {x: [4]}\nlayers: [{Dense: {units: 2}}]\n").build(source)
    return Asked(source, tmp_path / "again.yaml", weights=True)


def refuse(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Publishing a file of this name fails, as when the disk has gone."""
    publish = Pending.publish

    def refused(self: Pending) -> None:
        if self.target.name == name:
            raise WriteError(5, "Input/output error", str(self.target))
        publish(self)

    monkeypatch.setattr(Pending, "publish", refused)


@pytest.mark.parametrize("name", ["again.yaml", "again.weights.h5"])
def test_where_one_cannot_be_written_neither_is(
    name: str, asked: Asked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse(monkeypatch, name)
    with pytest.raises(SpecError, match="cannot-write"):
        decompile_file(asked, Report(), options=Options())
    assert [path.name for path in tmp_path.iterdir()] == ["net.keras"]


@pytest.mark.parametrize("name", ["again.yaml", "again.weights.h5"])
def test_what_was_there_stays(
    name: str, asked: Asked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "again.yaml").write_text("old")
    (tmp_path / "again.weights.h5").write_text("older")
    refuse(monkeypatch, name)
    with pytest.raises(SpecError, match="cannot-write"):
        decompile_file(asked, Report(), options=Options())
    assert (tmp_path / "again.yaml").read_text() == "old"
    assert (tmp_path / "again.weights.h5").read_text() == "older"
    assert len(list(tmp_path.iterdir())) == 3


def test_both_are_there_in_the_end_and_nothing_else(asked: Asked, tmp_path: Path) -> None:
    (tmp_path / "again.weights.h5").write_text("older")
    decompile_file(asked, Report(), options=Options())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["again.weights.h5", "again.yaml", "net.keras"]
    assert (tmp_path / "again.weights.h5").read_bytes()[:4] == b"\x89HDF"
