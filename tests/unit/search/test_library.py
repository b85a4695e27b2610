"""Optuna that is not there, or too old, is named; one that is there says nothing."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from modelspec.search.library import MissingLibraryError, optuna


@pytest.fixture(autouse=True)
def _anew() -> Iterator[None]:
    optuna.cache_clear()
    yield
    optuna.cache_clear()


@pytest.mark.parametrize(
    ("found", "message"),
    [
        (None, "needs Optuna, which is not installed"),
        (SimpleNamespace(__version__="4.9.1"), "needs Optuna 5 or newer, and 4.9.1 is installed"),
    ],
)
def test_what_is_missing_is_said(monkeypatch, found, message):
    monkeypatch.setitem(sys.modules, "optuna", found)
    with pytest.raises(MissingLibraryError) as missing:
        optuna()
    assert str(missing.value) == message


def test_a_study_is_made_without_a_word(capfd):
    pytest.importorskip("optuna")
    optuna().create_study()
    assert capfd.readouterr() == ("", "")
