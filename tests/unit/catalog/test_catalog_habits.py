"""What people write out of habit, and the help they get."""

import pytest

import modelspec

HEAD = "modelspec: 1\nvars: {n: 4}\ninputs: {x: [8]}\nlayers:\n  - "


@pytest.mark.parametrize(
    ("item", "code", "help"),
    [
        ("layers.Dense: {units: 4}", "unknown-block", "did you mean `Dense`?"),
        ("tf.keras.layers.Dense: {units: 4}", "unknown-block", "did you mean `Dense`?"),
        ('Dense(units=4, activation="relu")', "unknown-block", "did you mean `Dense`?"),
        ("Dense: {units: $n * 2}", "wrong-kind", "what is computed stands in parentheses: `$(width * 2)`"),
        ("Dense: {units: $(n / 2)}", "wrong-kind", "`/` gives a float; `//` divides to a whole number"),
        ("Dense: {units: 4.0}", "wrong-kind", "write `4`"),
        ("Dense:\n      units: (4, 4)", "wrong-kind", "YAML has no tuples: write the list `[4, 4]`"),
        ("Dense:\n      units:4", "arguments-not-mapping", "a space is missing: `units: 4`"),
        ("Input: {shape: [8]}", "misplaced-input", "write `inputs: {x: [8]}` above `layers`"),
        (
            "Dense: {units: 4, from: x}",
            "unknown-argument",
            "`from` is a word of the item: it stands beside `Dense`, not under it",
        ),
    ],
)
def test_a_habit_is_answered_with_the_way_it_is_written_here(item, code, help):
    with pytest.raises(modelspec.SpecError) as error:
        modelspec.loads(HEAD + item).check()
    assert [(found.code, found.help) for found in error.value.diagnostics] == [(code, help)]


def test_a_division_behind_a_variable_is_found_too():
    head = HEAD.replace("n: 4", "n: $(8 / 2)")
    with pytest.raises(modelspec.SpecError) as error:
        modelspec.loads(head + "Dense: {units: $n}").check()
    assert [found.help for found in error.value.diagnostics] == [
        "`/` gives a float; `//` divides to a whole number"
    ]
