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
