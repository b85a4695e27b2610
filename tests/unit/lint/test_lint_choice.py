"""Which rules are looked for."""

from __future__ import annotations

import pytest
from linting import lint, told

from modelspec.diagnostics import SpecError
from modelspec.lint.choice import unknown_rules
from modelspec.lint.rules import GROUPS, RULES

NET = """\
modelspec: 1
vars: {width: 4, depth: 2}
inputs: {x: [8, 8, 3]}
layers:
  - Conv2D: {filters: $width, kernel_size: 3}
  - BatchNormalization
"""
BIAS, VAR = ("bias-before-bn", 5), ("unused-var", 2)


def test_the_default_rules_are_those_that_nobody_has_to_ask_for():
    assert told(NET) == [BIAS]
    assert {rule.id for rule in RULES.values() if rule.level == "info"} - {"unused-ignore"} == set(
        GROUPS["hygiene"]
    )
    assert set(GROUPS["default"]) | set(GROUPS["hygiene"]) == set(GROUPS["all"]) == set(RULES)


@pytest.mark.parametrize(
    ("select", "ignore", "expected"),
    [
        (("unused-var",), (), [VAR]),
        (("all",), (), [BIAS, VAR]),
        (("default", "unused-var"), (), [BIAS, VAR]),
        (("all",), ("bias-before-bn",), [VAR]),
        ((), ("default",), []),
        (("error",), (), []),
    ],
)
def test_the_caller_selects_and_ignores(select, ignore, expected):
    assert told(NET, *select, ignore=ignore) == expected


@pytest.mark.parametrize(
    ("section", "select", "expected"),
    [
        ("lint: {select: [unused-var]}", (), [VAR]),
        ("lint: {ignore: [bias-before-bn]}", (), []),
        ("lint: {select: [all], ignore: [unused-var]}", (), [BIAS]),
        # The caller's selection replaces the document's, and what that ignores stays ignored.
        ("lint: {select: [unused-var]}", ("bias-before-bn",), [BIAS]),
        ("lint: {ignore: [unused-var]}", ("all",), [BIAS]),
        ("lint: {select: null, ignore: []}", (), [BIAS]),
    ],
)
def test_the_document_selects_and_ignores(section, select, expected):
    assert told(f"{NET}{section}\n", *select) == expected


def test_a_rule_that_does_not_exist_is_a_mistake_at_its_place():
    with pytest.raises(SpecError) as caught:
        lint(f"{NET}lint: {{ignore: [bias-before-batchnorm]}}\n")
    (item,) = caught.value.diagnostics
    assert (item.code, item.place.line, item.help) == (
        "unknown-rule",
        7,
        "did you mean `bias-before-bn`?",
    )


@pytest.mark.parametrize(
    ("written", "near"),
    [("hygene", "hygiene"), ("bias", "bias-before-bn"), ("param", "unused-param"), ("zz", None)],
)
def test_an_unknown_name_has_the_nearest_rule_or_one_that_it_is_a_part_of(written, near):
    assert unknown_rules([written]) == ((written, near),)


@pytest.mark.parametrize("section", ["lint: [all]", "lint: {selects: [all]}", "lint: {select: all}"])
def test_a_section_of_another_shape_is_a_mistake(section):
    with pytest.raises(SpecError):
        lint(f"{NET}{section}\n")


def test_a_section_says_nothing_about_the_model():
    from modelspec.compiler.keys import document_hash

    specs = [lint(text, "error").view.program.spec for text in (NET, f"{NET}lint: {{ignore: [all]}}\n")]
    assert document_hash(specs[0]) == document_hash(specs[1])
