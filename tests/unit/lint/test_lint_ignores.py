"""Comments that ignore what is found at a line."""

from __future__ import annotations

from linting import lint, told

CONV = "  - Conv2D: {filters: 4, kernel_size: 3}"


def net(*lines: str) -> str:
    return "\n".join(
        ("modelspec: 1", "inputs: {x: [16, 16, 3]}", "layers:", *lines, "  - BatchNormalization", "")
    )


def test_a_comment_ignores_on_its_line():
    assert told(net(f"{CONV}  # modelspec: ignore[bias-before-bn]")) == []


def test_a_comment_alone_ignores_on_the_next_line_with_something_on_it():
    assert told(net("  # modelspec: ignore[bias-before-bn]", "", "  # as in the paper", CONV)) == []


def test_a_comment_behind_something_does_not_reach_the_next_line():
    written = net(f"{CONV}", "  - BatchNormalization  # modelspec: ignore[bias-before-bn]", CONV)
    assert told(written) == [("bias-before-bn", 4), ("bias-before-bn", 6), ("unused-ignore", 5)]


def test_a_comment_names_several_rules():
    written = net(
        "  - Dropout: {rate: 0.9}",
        "  - Dropout: {rate: 0.1}  # modelspec: ignore[dropout-odd, bn-after-dropout]",
    )
    assert told(written) == [("bn-after-dropout", 6), ("dropout-odd", 4), ("unused-ignore", 5)]


def test_a_comment_where_a_block_is_used_ignores_what_is_found_in_that_use():
    written = """\
modelspec: 1
inputs: {x: [16, 16, 3]}
blocks:
  unit:
    layers:
      - Conv2D: {filters: 4, kernel_size: 3}
      - BatchNormalization
layers:
  - unit  # modelspec: ignore[bias-before-bn]
  - unit
"""
    assert told(written) == [("bias-before-bn", 6)]
    (finding,) = lint(written).findings
    assert finding.notes == ()
    assert [frame.place.line for frame in finding.origin.frames] == [10]
    assert told(written.replace("  - unit\n", "")) == []


def test_a_name_that_is_no_rule_is_told_with_the_nearest():
    (finding,) = lint(net(f"{CONV}  # modelspec: ignore[bias-before-batchnorm]"), "unused-ignore").findings
    assert finding.message == "no rule is called `bias-before-batchnorm`"
    assert finding.help == "did you mean `bias-before-bn`?"


def test_a_comment_without_a_rule_ignores_nothing_and_is_told():
    assert told(net(f"{CONV}  # modelspec: ignore")) == [("bias-before-bn", 4), ("unused-ignore", 4)]


def test_a_comment_for_a_rule_that_is_not_looked_for_may_still_be_needed():
    assert told(net(f"{CONV}  # modelspec: ignore[bias-before-bn]"), "unused-ignore") == []


def test_a_text_that_looks_like_a_comment_is_none():
    written = f'{net(CONV)}meta: {{why: "# modelspec: ignore[bias-before-bn]"}}\n'
    assert told(written) == [("bias-before-bn", 4)]
