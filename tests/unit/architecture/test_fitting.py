"""Which values of the first model still fit the second, by name and in Keras' order."""

from __future__ import annotations

from modelspec.architecture.comparing.fitting import fits
from modelspec.architecture.comparing.sides import Variable


def kernel(layer: str, number: int, *shape: int) -> Variable:
    address = "layers/dense" + (f"_{number}" if number else "") + "/vars/0"
    return Variable((layer,), "kernel", "vars/0", shape, "float32", True, address)


def statuses(fit) -> dict[str, str]:
    return {variable.layer[0]: status for status, variable, _ in fit.variables}


def test_an_equal_model_keeps_everything():
    model = (kernel("a", 0, 3, 4), kernel("b", 1, 4, 2))
    found = fits(model, model, {("a",): ("a",), ("b",): ("b",)})
    for fit in (found.by_name, found.by_order):
        assert (fit.count("kept"), fit.layers, fit.first_misfit) == (2, (2, 2), None)


def test_a_layer_that_is_put_in_front_moves_keras_order_but_no_name():
    before = (kernel("a", 0, 4, 4), kernel("b", 1, 4, 4))
    after = (kernel("new", 0, 4, 4), kernel("a", 1, 4, 4), kernel("b", 2, 4, 4))
    found = fits(before, after, {("a",): ("a",), ("b",): ("b",)})
    assert statuses(found.by_name) == {"new": "new", "a": "kept", "b": "kept"}
    assert statuses(found.by_order) == {"new": "misplaced", "a": "misplaced", "b": "new"}
    assert found.by_order.first_misfit == ("new",)
    assert found.by_order.layers == (0, 3)


def test_automatic_names_that_moved_on_lead_to_another_layer():
    before = (kernel("dense", 0, 4, 4), kernel("dense_1", 1, 4, 4))
    after = (kernel("dense", 0, 4, 4), kernel("dense_1", 1, 4, 4), kernel("dense_2", 2, 4, 4))
    found = fits(before, after, {("dense",): ("dense_1",), ("dense_1",): ("dense_2",)})
    assert statuses(found.by_name) == {"dense": "misplaced", "dense_1": "misplaced", "dense_2": "new"}


def test_another_shape_is_told_whichever_layer_it_is_of():
    found = fits((kernel("a", 0, 3, 4),), (kernel("a", 0, 3, 5),), {("a",): ("a",)})
    assert statuses(found.by_name) == statuses(found.by_order) == {"a": "reshaped"}


def test_what_a_renamed_layer_had_fits_once_it_is_renamed():
    found = fits((kernel("a", 0, 3, 4),), (kernel("b", 0, 3, 4),), {("a",): ("b",)})
    assert statuses(found.by_name) == {"b": "new", "a": "gone"}
    assert statuses(found.by_order) == {"b": "kept"}
    assert found.renamed == 1
