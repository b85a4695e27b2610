"""What Keras says of shapes in words of its own is told in ours; each sentence is asked of Keras itself."""

from __future__ import annotations

import pytest
from link_builder import GraphBuilder, keras_layer, resolve
from link_oracle import errors_of

from modelspec.link.rewording import reworded


@pytest.mark.parametrize(
    ("layer", "shape", "message"),
    [
        (
            keras_layer("LSTM", units=3),
            [4],
            "`LSTM` cannot be called: it takes 3 dimensions, the batch included, and is given 2",
        ),
        (
            keras_layer("Conv2D", filters=3, kernel_size=3),
            [4],
            "`Conv2D` cannot be called: it takes 4 dimensions or more, the batch included, and is given 2",
        ),
    ],
)
def test_dimensions_are_counted_in_words(layer, shape, message):
    b = GraphBuilder(inputs={"x": shape})
    b.layer("y", layer)
    (found,) = errors_of(resolve(b))
    assert (found.code, found.message) == ("shape-mismatch", message)
    assert found.notes == ("`x` is (None, 4), from model.yaml:1",)


def test_a_shared_layer_names_the_axis_that_does_not_fit():
    b = GraphBuilder(inputs={"x": [4], "y": [5]})
    b.layer("d", keras_layer("Dense", units=3), "x")
    b.again("d", "y", path="d_1")
    (found,) = errors_of(resolve(b, outputs=["d", "d_1"]))
    assert found.message == (
        "`Dense` cannot be called: axis -1 of what it reads must have size 4, and it is given (None, 5)"
    )


@pytest.mark.parametrize("name", ["Add", "Multiply", "Concatenate", "Dot"])
def test_a_merge_of_one_tensor_is_told_to_name_several(name):
    b = GraphBuilder(inputs={"x": [4]})
    b.layer("m", keras_layer(name, **({"axes": 1} if name == "Dot" else {})))
    (found,) = errors_of(resolve(b))
    assert found.code == "shape-mismatch"
    assert found.message == f"`{name}` cannot be called: it takes a list of tensors, and is given one"
    assert found.help == "name the tensors: `from: [a, b]`"


def test_any_other_sentence_stays_as_it_is():
    assert reworded("negative size") == ("negative size", None)
