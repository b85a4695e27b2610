"""The page as a text: the same for the same rows, and nothing in it that is not ours."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from sweep_rows import SWEEP, built_board, curves, hostile_board, trained_board, variant

from modelspec.report.assembly import page_html
from modelspec.report.board import Board, board_of
from modelspec.report.bundle import Library
from modelspec.report.sections import has_figures

LIBRARY = Library("window.Plotly = {};", "0.0.0")


class Elements(HTMLParser):
    """The elements of a page and its texts, as a browser reads them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append((self.found[-1][0] if self.found else "", data))


def page(board: Board) -> str:
    return page_html(board, curves(board), library=LIBRARY)


def data_in(text: str) -> Any:
    found = re.search(r'id="packed-data">([A-Za-z0-9+/=]*)</script>', text)
    assert found is not None
    return json.loads(gzip.decompress(base64.b64decode(found[1])))


def test_the_same_rows_are_the_same_bytes_in_any_process():
    script = (
        "import hashlib, sys; sys.path[:0] = sys.argv[1:]; import test_page as t\n"
        "print(hashlib.sha256(t.page(t.trained_board()).encode()).hexdigest())"
    )
    paths = [str(Path(__file__).parent), *sys.path]
    found = {
        subprocess.run(
            [sys.executable, "-c", script, *paths],
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }
    assert found == {hashlib.sha256(page(trained_board()).encode()).hexdigest() + "\n"}


@pytest.mark.parametrize(
    "board", [trained_board(), built_board(), hostile_board()], ids=["trained", "built", "hostile"]
)
def test_nothing_in_the_page_points_out_of_it(board):
    for tag, attributes in Elements(page(board)).found:
        for name in ("src", "href", "action", "data", "poster", "srcset", "formaction"):
            value = attributes.get(name) or "#"
            assert value.startswith("#v") or value in ("#", "data:,"), (tag, value)
        assert tag not in ("iframe", "object", "embed", "base", "form", "img")
        assert not [name for name in attributes if name.startswith("on")], tag


def test_only_scripts_with_the_hash_of_ours_may_run():
    text = page(trained_board())
    elements = Elements(text)
    (policy,) = [
        found["content"] or ""
        for tag, found in elements.found
        if tag == "meta" and found.get("http-equiv") == "Content-Security-Policy"
    ]
    scripts = [attributes.get("type") for tag, attributes in elements.found if tag == "script"]
    assert scripts == ["text/plain", "text/plain", None]
    ours = text.rpartition("<script>")[2].partition("</script>")[0]
    hashes = [
        base64.b64encode(hashlib.sha256(one.encode()).digest()).decode() for one in (ours, LIBRARY.source)
    ]
    assert policy.startswith(f"default-src 'none'; script-src 'sha256-{hashes[0]}' 'sha256-{hashes[1]}'; ")
    assert "unsafe-eval" not in policy
    assert "connect-src" not in policy


def test_what_users_write_stays_text():
    board = hostile_board()
    elements = Elements(page(board))
    assert [tag for tag, _ in elements.found].count("script") == 3
    shown = "".join(data for _, data in elements.texts)
    for entry in board.entries:
        assert entry.variant.name.replace("\0", "\N{REPLACEMENT CHARACTER}") in shown
    documents = {one["n"]: one["document"] for one in data_in(page(board))["variants"]}
    assert documents == {entry.variant.number: entry.variant.document for entry in board.entries}


def test_a_lone_half_of_a_letter_breaks_nothing():
    board = board_of(SWEEP, [variant(1, name="half \ud800 letter")], [])
    page(board).encode()


def test_a_sweep_that_only_builds_has_no_figures_and_needs_no_library():
    board = built_board()
    assert not has_figures(board, {})
    text = page_html(board, {}, library=None)
    assert "This sweep only builds: there is no objective, so there are no parallel coordinates" in text
    assert 'class="figure"' not in text
    assert len(text) < 100_000
    heads = re.findall(r"<th [^>]*><button[^>]*>([^<]*)", text)
    assert heads == [
        *("#", "name", "width", "depth", "body", "expand", "learning_rate"),
        *("params", "layers", "memory", "output", "hash", "state"),
    ]


def test_a_sweep_of_which_nothing_has_ended_says_so():
    board = board_of(SWEEP, [variant(1)], [])
    text = page_html(board, {}, library=None)
    assert "No variant has a value of val_accuracy yet" in text


def test_a_sweep_without_variants_is_a_page_too():
    assert "0 parameters" not in page_html(board_of(SWEEP, [], []), {}, library=None)


def test_too_few_variants_have_no_importance_and_are_told_so():
    assert "It is told once 12 variants have a value; 4 have one." in page(trained_board(4))
    assert "It is told once" not in page(trained_board())


def test_a_variant_of_an_alternative_has_no_place_on_the_axis_of_another():
    data = data_in(page(trained_board()))
    labels = [axis["label"] for axis in data["axes"]]
    assert labels == ["width", "depth", "body", "expand", "learning_rate", "params", "val_accuracy"]
    for one in data["variants"]:
        if one["places"] is not None:
            has = dict(one["values"]).get("expand") is not None
            assert (one["places"][labels.index("expand")] is not None) == has
            assert all(0 <= place <= 1 for place in one["places"] if place is not None)
