"""Every private name of Keras that is read is still there, and nothing else reads one."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest

from modelspec.link import private

ROOM = Path(private.__file__).parent


@pytest.mark.parametrize("name", sorted(private.REASONS))
def test_a_private_name_is_still_there(name):
    found = None
    steps = name.split(".")
    for count in range(len(steps), 0, -1):
        try:
            found = import_module(".".join(steps[:count]))
        except ModuleNotFoundError:
            continue
        break
    for step in steps[count:]:
        if step in ("_value", "_initializer"):
            # Set per object; a variable of Keras shows them.
            import keras

            found = keras.Variable(keras.initializers.Ones(), shape=(1,))
        assert hasattr(found, step), name
        found = getattr(found, step)


def test_keras_private_modules_are_imported_in_one_place_only():
    found = {
        path.name
        for path in ROOM.glob("*.py")
        if re.search(r"^\s*(from|import) keras\.src", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert found == {"private.py"}


def test_attributes_of_calls_and_tensors_are_where_they_are_read():
    import keras

    x = keras.Input((4,), name="x")
    layer = keras.layers.Embedding(4, 2, mask_zero=True)
    y = layer(x)
    assert private.operation_of(y) is layer
    assert private.node_of(y).input_tensors == [x]
    assert private.operation_of(private.mask_of(y)).name.startswith("not_equal")
    private.forget_call(layer)
    assert layer._inbound_nodes == []
