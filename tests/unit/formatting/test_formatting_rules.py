"""Each rule on the text that it is about, and what it leaves alone."""

from __future__ import annotations

from textwrap import dedent

import pytest

from modelspec.diagnostics import Report, Source
from modelspec.formatting.form import FormattingError, format_text, is_document


def formatted(text: str) -> str:
    report = Report()
    found = format_text(Source("net.yaml", text), report)
    assert found is not None, [str(item.message) for item in report.diagnostics]
    return found


def check(before: str, after: str) -> None:
    before, after = dedent(before).lstrip("\n"), dedent(after).lstrip("\n")
    assert formatted(before) == after
    assert formatted(after) == after


def stays(text: str) -> None:
    check(text, text)


def test_lists_are_indented_below_their_key_and_every_level_takes_two_columns():
    check(
        """
        modelspec: 1
        blocks:
            unit:
                layers:
                -   Dense:
                        units: 4
                    name: first
                - Flatten
        """,
        """
        modelspec: 1
        blocks:
          unit:
            layers:
              - Dense:
                  units: 4
                name: first
              - Flatten
        """,
    )


def test_one_space_stands_in_brackets_and_none_before_a_colon():
    check(
        "modelspec : 1\nvars: { a: 1,b:  [1 ,2,  3],c : {d: , e: *x } }\n".replace("*x", "2"),
        "modelspec: 1\nvars: {a: 1, b: [1, 2, 3], c: {d: , e: 2}}\n",
    )


def test_an_alias_keeps_the_space_that_tells_it_from_a_colon():
    stays("modelspec: 1\nvars: {a: &x b, c: {*x : 1}, d: [*x, *x]}\n")


def test_values_that_are_aligned_by_hand_stay_so():
    stays("modelspec: 1\ninputs:\n  title:   {shape: [3]}\n  numeric: [12]\n")


def test_values_that_are_aligned_with_nothing_follow_their_key():
    check(
        """
        modelspec: 1
        layers:
          - Dense:    {units: 4}
            name:  x
        vars:
          a:   1
          bb:  2
          c:   3
          d:     4
        """,
        """
        modelspec: 1
        layers:
          - Dense: {units: 4}
            name: x
        vars:
          a:   1
          bb:  2
          c:   3
          d: 4
        """,
    )


def test_quotes_go_where_they_are_not_needed():
    check(
        """
        modelspec: 1
        vars: {a: "relu", 'b': 'same', c: "$width", d: '$(width * 2)', "e": "./x.npz"}
        """,
        """
        modelspec: 1
        vars: {a: relu, b: same, c: $width, d: $(width * 2), e: ./x.npz}
        """,
    )


@pytest.mark.parametrize(
    "value",
    ["on", "1", "1e-3", "null", "None", "a: b", "**/bn*", "!x", "a  b", "", "12:30", "\\\\d"],
)
def test_quotes_stay_where_the_text_would_mean_something_else(value):
    stays(f'modelspec: 1\nvars: {{a: "{value}"}}\n')


def test_single_quotes_become_double_ones_unless_they_hold_either():
    check(
        "modelspec: 1\nvars: {a: '1', b: 'say \"x\"', c: 'it''s', d: '\\d'}\n",
        "modelspec: 1\nvars: {a: \"1\", b: 'say \"x\"', c: 'it''s', d: '\\d'}\n",
    )


def test_quotes_stay_in_what_is_not_ours():
    stays('modelspec: 1\nmeta: {a: "b"}\nx-mine: ["c"]\n')
    stays('modelspec: 1\nweights: {load: [{file: ./x.npz, rename: {"d": "e"}}]}\n')


def test_blank_lines_stand_around_the_sections_of_a_document_that_has_some():
    check(
        """

        modelspec: 1
        name: net
        vars:
          a: 1



          b: 2
        # about the inputs
        inputs: {x: [4]}
        layers:
          - Flatten

        """,
        """
        modelspec: 1
        name: net
        vars:
          a: 1

          b: 2
        # about the inputs
        inputs: {x: [4]}
        layers:
          - Flatten
        """,
    )
    check(
        """
        modelspec: 1
        name: net

        vars:
          a: 1
          # b: 2
        # about the inputs
        inputs: {x: [4]}
        layers:
          - Flatten
        """,
        """
        modelspec: 1
        name: net

        vars:
          a: 1
          # b: 2

        # about the inputs
        inputs: {x: [4]}

        layers:
          - Flatten
        """,
    )


def test_blocks_are_set_off_among_themselves():
    check(
        """
        modelspec: 1
        blocks:
          one:
            layers: [Flatten]

          two:
            layers: [Flatten]
          three:
            layers: [Flatten]
        """,
        """
        modelspec: 1
        blocks:
          one:
            layers: [Flatten]

          two:
            layers: [Flatten]

          three:
            layers: [Flatten]
        """,
    )


def test_comments_keep_their_column_where_they_are_aligned_and_their_distance_elsewhere():
    check(
        """
        modelspec: 1
        vars:
            width: 32     # how wide
                          # and why
            depth:  "a"   # how deep
            other: 'b' # alone
        """,
        """
        modelspec: 1
        vars:
          width: 32       # how wide
                          # and why
          depth: a        # how deep
          other: b # alone
        """,
    )


@pytest.mark.parametrize("distance", [1, 2, 3, 9])
def test_a_comment_that_is_aligned_with_none_keeps_its_distance(distance):
    gap = " " * distance
    check(
        f"""
        modelspec:   1{gap}# v
        vars: {{a: 1}}
        """,
        f"""
        modelspec: 1{gap}# v
        vars: {{a: 1}}
        """,
    )


def test_comments_far_from_what_they_are_about_may_have_lines_between_them():
    check(
        """
        modelspec: 1
        vars:
            a: 1       # one
            b: 2
            c:   3     # three
        """,
        """
        modelspec: 1
        vars:
          a: 1         # one
          b: 2
          c: 3         # three
        """,
    )


def test_comments_on_lines_of_their_own_go_with_what_they_belong_to():
    check(
        """
        modelspec: 1
        layers:
        # the stem
        - Conv2D: {filters: 8}
          # name: stem
        # - Flatten
        - Dense: {units: 4}
            # further in
        # of the outputs
        outputs: x
        """,
        """
        modelspec: 1
        layers:
          # the stem
          - Conv2D: {filters: 8}
            # name: stem
          # - Flatten
          - Dense: {units: 4}
            # further in
        # of the outputs
        outputs: x
        """,
    )


LONG = "glorot_uniform_of_a_very_long_name"


def test_a_mapping_that_makes_a_line_too_long_becomes_lines():
    check(
        f"""
        modelspec: 1
        layers:
          - Dense: {{units: 4, kernel_initializer: {LONG}, bias_initializer: {LONG}}}  # why
            name: head
        """,
        f"""
        modelspec: 1
        layers:
          - Dense:  # why
              units: 4
              kernel_initializer: {LONG}
              bias_initializer: {LONG}
            name: head
        """,
    )


def test_what_is_inside_becomes_lines_only_where_it_has_to():
    inner = f"{{one: {LONG}, two: {LONG}, three: {LONG}, four: 4}}"
    check(
        f"""
        modelspec: 1
        vars: {{a: {inner}, b: {{c: 1}}}}
        """,
        f"""
        modelspec: 1
        vars:
          a:
            one: {LONG}
            two: {LONG}
            three: {LONG}
            four: 4
          b: {{c: 1}}
        """,
    )


def test_a_long_list_of_names_is_filled_and_one_of_mappings_becomes_lines():
    names = [f"name_{number}" for number in range(14)]
    items = "\n            - ".join(f"{{{name}: 1}}" for name in names)
    check(
        f"""
        modelspec: 1
        vars: {{a: 1}}
        outputs: [{", ".join(names)}]
        meta:
          - [{", ".join(f"{{{name}: 1}}" for name in names)}]
        """,
        f"""
        modelspec: 1
        vars: {{a: 1}}
        outputs:
          [{", ".join(names[:11])},
           {", ".join(names[11:])}]
        meta:
          - - {items}
        """,
    )


@pytest.mark.parametrize("value", ["{a: 1, b: -}", "[a: 1]", "{? a: 1}", "{a, b: 1}"])
def test_what_cannot_stand_outside_of_brackets_stays_between_them(value):
    long = f"{value[0]}{LONG * 3}: 1, {value[1:]}"
    stays(f"modelspec: 1\nx-a: {long}\n")


def test_blocks_of_text_keep_what_they_say():
    check(
        """
        modelspec: 1
        meta:
            a: |
                  one
                    two\t

                  three
            b: >-
             folded
            c: |2
                indented
               less
            d: |+
                kept


        """,
        """
        modelspec: 1
        meta:
          a: |
            one
              two\t

            three
          b: >-
            folded
          c: |2
              indented
             less
          d: |+
            kept


        """,
    )


def test_a_block_of_text_without_a_last_line_end_gets_none():
    stays("modelspec: 1\nmeta: |\n  text\n")
    assert formatted("modelspec: 1\nmeta: |\n  text") == "modelspec: 1\nmeta: |\n  text"


def test_texts_on_several_lines_stay_deeper_than_their_key():
    check(
        """
        modelspec: 1
        meta:
              a: "one
           two"
              b: three
                four
        """,
        """
        modelspec: 1
        meta:
          a: "one
            two"
          b: three
            four
        """,
    )


def test_lines_in_brackets_move_with_their_first():
    check(
        """
        modelspec: 1
        layers:
        - Normalization: {mean: [1,
                                 2],  # why
                          variance: 1}
        """,
        """
        modelspec: 1
        layers:
          - Normalization: {mean: [1,
                                   2],  # why
                            variance: 1}
        """,
    )


def test_blanks_at_the_ends_of_lines_go_and_a_line_end_comes_last():
    assert (
        formatted("modelspec: 1  \nvars:   \n  a: 1  # why\t \n \n  \n")
        == "modelspec: 1\nvars:\n  a: 1  # why\n"
    )
    assert formatted("modelspec: 1") == "modelspec: 1\n"


def test_line_ends_are_those_of_the_first_line():
    assert (
        formatted("modelspec: 1\r\nvars: { a: 1 }\nname: x\r\n")
        == "modelspec: 1\r\nvars: {a: 1}\r\nname: x\r\n"
    )
    assert formatted("modelspec: 1\nvars: { a: 1 }\r\n") == "modelspec: 1\nvars: {a: 1}\n"


def test_lines_between_off_and_on_stay_as_they_are():
    check(
        """
        modelspec: 1
        vars: { a: 1 }
        layers:
        # fmt: off
        - Dense:  { units: 4 }


        - Dense:  { units: 8 }
        # fmt: on
        - Dense: { units: 16 }
        outputs:   { a: dense }
        """,
        """
        modelspec: 1
        vars: {a: 1}
        layers:
        # fmt: off
        - Dense:  { units: 4 }


        - Dense:  { units: 8 }
        # fmt: on
        - Dense: {units: 16}
        outputs: {a: dense}
        """,
    )


def test_off_without_on_holds_to_the_end():
    stays("modelspec: 1\n# fmt: off\nvars: { a: 1 }\n\n\n\nname:   'x'\n")


@pytest.mark.parametrize(
    "text",
    [
        '{"modelspec": 1,\n "vars": {"a": "b"}}',
        "{ modelspec: 1, name: 'x' }",
        "modelspec: 1\nname: 'x'  # a\x85b: 1\n",
        "script: |\n    modelspec: 1\nlist:   [ 1 ]\n",
        "- modelspec:   1\n",
    ],
    ids=["json", "brackets", "other line ends", "no document", "list"],
)
def test_a_text_of_another_form_is_left_alone(text):
    assert formatted(text) == text


def test_anchors_aliases_and_merge_keys_are_not_written_out():
    check(
        """
        modelspec: 1
        x-base:   &base   {a:  1}
        x-list: &list
        - *base
        - {<<: *base, b: 0o17}
        """,
        """
        modelspec: 1
        x-base: &base {a: 1}
        x-list: &list
          - *base
          - {<<: *base, b: 0o17}
        """,
    )


def test_a_text_with_a_mistake_is_reported_and_not_formatted():
    report = Report()
    assert format_text(Source("net.yaml", "modelspec: 1\nvars: {a: 1, a: 2}\n"), report) is None
    assert [found.code for found in report.diagnostics] == ["duplicate-key"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("modelspec: 1\n", True),
        ("# a model\n\n'modelspec' : 1\n", True),
        ("--- \nmodelspec: 1\n", True),
        ('{"modelspec": 1}', True),
        ("\ufeffmodelspec: 1\n", True),
        ("a:\n  modelspec: 1\n", False),
        ("# modelspec: 1\n", False),
        ("{{ template }}\n", False),
        ("", False),
    ],
)
def test_a_document_says_that_it_is_one(text, expected):
    assert is_document(text) is expected


def test_a_mistake_of_ours_is_an_exception_and_no_text(monkeypatch):
    from modelspec.formatting import form
    from modelspec.formatting.edits import Edit

    def lossy(marked):
        yield Edit(0, 12, "modelspec: 2")

    def without_comment(marked):
        yield Edit(12, 18, "")

    for rule, what in ((lossy, "tree"), (without_comment, "comments")):
        monkeypatch.setattr(form, "RULES", (rule,))
        with pytest.raises(FormattingError, match=what):
            format_text(Source("net.yaml", "modelspec: 1 # why\n"), Report())
