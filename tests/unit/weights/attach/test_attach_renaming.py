"""Rules that rename."""

from __future__ import annotations

import time

import pytest

from modelspec.weights.attach.renaming import RenameError, read_rule, rename_all

RULES = [
    ("embedding", "tokens", "embedding/kernel", "tokens/kernel"),
    ("embedding", "tokens", "embedding", "tokens"),
    ("embedding", "tokens", "embedding_1/kernel", None),
    ("encoder/embedding", "tokens", "encoder/embedding/0", "tokens/0"),
    ("layer.0", "first", "layer.0/weight", "first/weight"),
    ("layer.0", "first", "layerx0/weight", None),
    ("head", "", "head/kernel", "kernel"),
    ("enc*/dense", "e*/d", "encoder/dense/0", "eoder/d/0"),
    ("enc*", "e", "a/encoder", None),
    ("**/dense", "*/d", "a/b/dense/0", "a/b/d/0"),
    ("block_?", "b", "block_1/kernel", "b/kernel"),
    ("block_[12]", "b", "block_3/kernel", None),
    ("block_[!12]", "b", "block_3/kernel", "b/kernel"),
    (r"block_(\d+)/(.*)", r"b\1/\2", "block_12/dense/kernel", "b12/dense/kernel"),
    (r"block_(\d+)", r"b\1", "block_12/dense/kernel", None),
    (r"encoder\.layer\.(\d+)\.weight", r"layer_\1/kernel", "encoder.layer.3.weight", "layer_3/kernel"),
    ("(?P<head>.*)/gamma", r"\g<head>/scale", "bn/gamma", "bn/scale"),
]


@pytest.mark.parametrize(("written", "to", "name", "renamed"), RULES)
def test_a_rule_renames_what_it_matches(written, to, name, renamed):
    assert read_rule(written, to).renamed(name) == renamed


@pytest.mark.parametrize(
    ("written", "to", "reason"),
    [
        ("a/*", "*-*", "more `*`"),
        ("a[z-a]", "b", "no pattern"),
        ("a(", "b", "no regular expression"),
        ("(a)", r"\2", "does not fit"),
        ("(a)", r"\g<b>", "does not fit"),
        ("(a+)+b", "c", "repeats"),
        ("(?:a|a)*b", "c", "repeats"),
        ("((a){2,})+b", "c", "repeats"),
    ],
)
def test_a_rule_that_says_nothing_is_refused(written, to, reason):
    with pytest.raises(RenameError, match=reason):
        read_rule(written, to)


@pytest.mark.parametrize("written", [r"[[a](b)", r"[(a+)+]*x", r"\(a+\)+", r"(a+)(b+)c", r"(a|b)c+", r"(a)+"])
def test_what_only_looks_like_a_repeated_repetition_is_read(written):
    assert read_rule(written, "x").pattern.pattern == written


def test_a_long_name_is_matched_soon():
    rule = read_rule(r"(.*)/(.*)/(.*)x", "y")
    begun = time.process_time()
    assert rule.renamed("a/" * 200) is None
    assert time.process_time() - begun < 10.0


def test_the_first_rule_that_matches_counts_and_idle_ones_are_told():
    rules = [read_rule("a", "x"), read_rule("a/b", "y"), read_rule("c", "z")]
    renamed = rename_all(rules, ["a/b/0", "d/0"])
    assert renamed.names == ("x/b/0", "d/0")
    assert renamed.idle == (1, 2)
