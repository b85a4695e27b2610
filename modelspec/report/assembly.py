"""The page: one file that asks for nothing from anywhere."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from collections.abc import Mapping
from html import escape
from importlib.resources import files

from modelspec.report.board import Board
from modelspec.report.bundle import Library
from modelspec.report.curves import Curves
from modelspec.report.data import page_data
from modelspec.report.sections import figures_html, has_figures, header_html, leaderboard_html

# In the order in which they are run: as one script, of which each is a part.
_SCRIPTS = ("unpack.js", "theme.js", "details.js", "table.js", "figures.js", "parallel.js", "start.js")


def page_html(board: Board, curves: Mapping[str, Curves], *, library: Library | None) -> str:
    """The page of a sweep: the same for the same rows, curves and library.

    Names, values and documents come into it as texts, never as HTML. A content security policy allows the
    page's own two scripts by their hashes and no request, so that what is not ours could not run either.

    Args:
        curves: of each run, by its folder.
        library: `None` where the page has no figures.
    """
    assert library is not None or not has_figures(board, curves), "figures need the library"
    parts = "\n".join(_text(name) for name in _SCRIPTS)
    script = f'(() => {{\n"use strict";\n{parts}\n}})();'
    data = json.dumps(page_data(board, curves), ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    scripts = [_hash(script), *([_hash(library.source)] if library is not None else [])]
    policy = (
        f"default-src 'none'; script-src {' '.join(scripts)}; style-src 'unsafe-inline'; "
        "img-src data: blob:; base-uri 'none'; form-action 'none'"
    )
    text = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="modelspec {escape(board.sweep.version)}">
<title>{escape(board.sweep.name)} – sweep</title>
<link rel="icon" href="data:,">
<style>
{_text("page.css")}</style>
</head>
<body>
<main>
{header_html(board)}
{leaderboard_html(board)}
{"".join(figures_html(board, curves))}
<footer>Made by modelspec {escape(board.sweep.version)}{_credit(library)}.
This page is one file and asks for nothing from the network.</footer>
</main>
<script type="text/plain" id="packed-data">{_packed(data)}</script>
{_packed_library(library)}<script>{script}</script>
</body>
</html>
"""
    return text.encode("utf-8", "replace").decode().replace("\0", "\N{REPLACEMENT CHARACTER}")


def _credit(library: Library | None) -> str:
    return f"; figures by plotly.js {escape(library.version)} (MIT licence)" if library is not None else ""


def _packed_library(library: Library | None) -> str:
    if library is None:
        return ""
    return f'<script type="text/plain" id="packed-library">{_packed(library.source)}</script>\n'


def _text(name: str) -> str:
    return files("modelspec.report").joinpath("page", name).read_text(encoding="utf-8")


def _hash(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


def _packed(text: str) -> str:
    return base64.b64encode(gzip.compress(text.encode(), 9, mtime=0)).decode()
