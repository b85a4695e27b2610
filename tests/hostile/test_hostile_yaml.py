"""Texts made to exhaust or to take over: bombs, depth, tags, endless aliases."""

from __future__ import annotations

import contextlib
import sys
import time
from pathlib import Path

import pytest

from modelspec.diagnostics import Report, Source, SpecError
from modelspec.diagnostics.render import render_full, render_json
from modelspec.source.limits import MAX_BYTES, MAX_DEPTH, MAX_NODES
from modelspec.source.parser import Parse, parse_in_c
from modelspec.source.python_parser import parse_in_python
from modelspec.source.reader import read_tree

both_parsers = pytest.mark.parametrize("parse", [parse_in_c, parse_in_python], ids=["c", "python"])
# Far above what any of these takes, so that a busy machine fails no test.
SECONDS = 5.0


def codes_of(text: str, parse: Parse = parse_in_c, *, seconds: float = SECONDS) -> list[str]:
    """The codes of a text that gives no tree; reading and telling stay within the time."""
    report = Report()
    begun = time.process_time()
    tree = read_tree(Source("net.yaml", text), report, parse=parse)
    for item in report.diagnostics:
        assert len(render_full(item)) < 2_000
    render_json(report.diagnostics)
    assert time.process_time() - begun < seconds
    assert tree is None
    return [item.code for item in report.diagnostics]


def bomb(levels: int, width: int, *, mapping: bool = False) -> str:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    for level in range(1, levels):
        uses = [f"*a{level - 1}"] * width
        body = (
            "{" + ", ".join(f"k{n}: {use}" for n, use in enumerate(uses)) + "}"
            if mapping
            else f"[{', '.join(uses)}]"
        )
        lines.append(f"a{level}: &a{level} {body}")
    return "\n".join(lines)


@both_parsers
@pytest.mark.parametrize("mapping", [False, True], ids=["lists", "mappings"])
@pytest.mark.parametrize("levels", [7, 9, 100])
def test_a_bomb_of_aliases_is_refused_without_expanding(levels, mapping, parse):
    assert codes_of(bomb(levels, 10, mapping=mapping), parse, seconds=1.0) == ["too-large"]


@both_parsers
def test_a_bomb_of_merge_keys_is_refused(parse):
    lines = ["a0: &a0 {" + ", ".join(f"k{n}: 1" for n in range(50)) + "}"]
    lines += [f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 10)}]}}" for n in range(1, 12)]
    assert codes_of("\n".join(lines), parse) == ["too-large"]


def test_aliases_below_the_bound_are_read():
    report = Report()
    assert read_tree(Source("net.yaml", bomb(5, 10)), report) is not None
    assert report.diagnostics == []


DEEP = {
    "lists in brackets": "[" * 5_000,
    "closed lists": "[" * 5_000 + "]" * 5_000,
    "mappings in braces": "{a: " * 5_000,
    "lists by dashes": "- " * 5_000,
    "keys by question marks": "? " * 5_000,
    "mappings by indentation": "\n".join(" " * depth + "a:" for depth in range(2_000)),
    "lists by indentation": "\n".join(" " * depth + "-" for depth in range(2_000)),
    "a million brackets": "[" * 1_000_000,
    "brackets on lines": "[\n" * 5_000,
    "brackets in JSON": '{"a":\t' * 5_000,
    "pairs in brackets": "[a: " * 5_000,
}


@both_parsers
@pytest.mark.parametrize("text", DEEP.values(), ids=DEEP)
def test_deep_nesting_is_refused_soon(text, parse):
    assert codes_of(text, parse) == ["too-large"]


@both_parsers
def test_depth_by_aliases_counts(parse):
    half = MAX_DEPTH // 2 + 1
    text = f"a: &a {'[' * half}{']' * half}\nb: {'[' * half}*a{']' * half}\n"
    assert codes_of(text, parse) == ["too-large"]


def test_the_deepest_text_allowed_is_read_far_from_the_limit_of_recursion():
    limit = sys.getrecursionlimit()
    depth = len(list(_frames()))
    sys.setrecursionlimit(depth + 60)
    try:
        report = Report()
        read_tree(Source("net.yaml", "[" * MAX_DEPTH + "x" + "]" * MAX_DEPTH), report)
    finally:
        sys.setrecursionlimit(limit)
    assert report.diagnostics == []


def _frames():
    frame = sys._getframe()
    while frame is not None:
        yield frame
        frame = frame.f_back


@both_parsers
@pytest.mark.parametrize(
    "text", ["&a [*a]", "a: &a {b: *a}", "&a\n- b\n- c: *a\n", "&a {<<: *a}", "&a [&b [*b]]"]
)
def test_an_alias_inside_of_what_it_stands_for_is_refused(text, parse):
    assert codes_of(text, parse) == ["too-large"]


@pytest.mark.parametrize(
    "tag",
    [
        "!!python/object/apply:os.system ['touch {proof}']",
        "!!python/object/new:os.system ['touch {proof}']",
        "!!python/name:os.system ''",
        "!!python/module:os ''",
        "!!python/object:subprocess.Popen {{args: 'touch {proof}'}}",
        "!<tag:yaml.org,2002:python/object/apply:os.system> ['touch {proof}']",
        "!!timestamp 2001-01-01",
        "!!binary aGVsbG8=",
        "!include /etc/passwd",
    ],
)
@both_parsers
def test_no_tag_makes_an_object(tag, parse, tmp_path: Path):
    proof = tmp_path / "proof"
    report = Report()
    read_tree(Source("net.yaml", f"a: {tag.format(proof=proof)}"), report, parse=parse)
    assert [item.code for item in report.diagnostics] == ["yaml-tag"]
    assert not proof.exists()


def test_a_tag_directive_does_not_hide_a_tag():
    report = Report()
    read_tree(
        Source("net.yaml", "%TAG !p! tag:yaml.org,2002:python/\n---\na: !p!name:os.system ''\n"), report
    )
    assert [item.code for item in report.diagnostics] == ["yaml-tag"]


def test_a_text_of_too_many_bytes_is_refused_by_its_bytes():
    assert codes_of("# " + "x" * MAX_BYTES) == ["too-large"]
    assert codes_of("# " + "😀" * (MAX_BYTES // 4)) == ["too-large"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "text", ["- a\n" * (MAX_NODES + 1), "[" + "a," * (MAX_NODES + 1) + "]"], ids=["block", "flow"]
)
def test_a_text_of_too_many_values_is_refused(text):
    assert codes_of(text, seconds=120.0) == ["too-large"]


def test_a_json_text_of_too_many_values_is_refused(monkeypatch):
    monkeypatch.setattr("modelspec.source.json_reader.MAX_NODES", 1_000)
    monkeypatch.setattr("modelspec.source.builder.MAX_NODES", 1_000)
    assert codes_of("[" + ", ".join(["[]"] * 1_001) + "]") == ["too-large"]
    assert codes_of("- a\n" * 1_001) == ["too-large"]


LONG = {
    "a key": "x" * 1_000_000 + ": 1\n" + "x" * 1_000_000 + ": 2\n",
    "colons without a key": "a: b" + ":{" * 300_000 + ": c",
    "an escape": '"' + "\\q" * 500_000,
    "a quote": '"' + "a\n" * 500_000,
    "a tag": "!" * 1_000_000,
    "an alias": "*" + "a" * 1_000_000,
    "an anchor": "[&" + "a" * 1_000_000,
    "dollars": "[" + "$(" * 100_000,
    "cut dollars": "[" + "$(, " * 30_000 + "]",
    "quotes after a dollar": "[$(" + "'\"\\" * 100_000,
    "a number": "[" + "9" * 1_000_000 + ": ",
}


@pytest.mark.parametrize("text", LONG.values(), ids=LONG)
def test_long_things_are_told_shortly_and_soon(text):
    report = Report()
    begun = time.process_time()
    with contextlib.suppress(SpecError):
        read_tree(Source("net.yaml", text), report)
    assert time.process_time() - begun < SECONDS
    assert report.diagnostics
    for item in report.diagnostics:
        assert len(item.message) < 200
        assert len(render_full(item)) < 2_000


def test_what_steers_a_terminal_is_never_printed():
    report = Report()
    for text in (
        '"\\e[2J\\e]0;owned\\a": 1\n"\\e[2J\\e]0;owned\\a": 2\n',
        "!x\u202e 2\n",
        "a: \x1b[2J",
        "*x\u202e",
    ):
        read_tree(Source("net.yaml\x1b[31m", text), report)
    assert len(report.diagnostics) == 4
    shown = "\n".join(render_full(item) for item in report.diagnostics)
    assert "duplicate-key" in shown
    assert all(letter.isprintable() or letter == "\n" for letter in shown)
