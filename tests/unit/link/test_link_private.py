"""Every private name of Keras that is read is still there and has its reason; nothing else reads one."""

from __future__ import annotations

import ast
import re
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from modelspec.link import private
from modelspec.link.harvest import private as harvest_private
from modelspec.link.scopes import in_own_thread

ROOM = Path(private.__file__).parent
FILES = (private, harvest_private)
NAMES = sorted({name for file in FILES for name in file.REASONS})


def called_layer() -> tuple[Any, Any]:
    """A layer that was called, and the tensor with a mask that it gave."""
    import keras

    layer = keras.layers.Embedding(4, 2, mask_zero=True)
    return layer, layer(keras.Input((4,), name="x"))


def model() -> Any:
    import keras

    layer, tensor = called_layer()
    return keras.Model(layer.input, tensor)


def sequential() -> Any:
    import keras

    return keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])


def variable() -> Any:
    import keras

    return keras.Variable(keras.initializers.Ones(), shape=(1,))


def normalization() -> Any:
    import keras

    layer = keras.layers.Normalization()
    layer.build((None, 3))
    return layer


# Attributes that are set per object are looked for in one.
OBJECTS = {
    "keras.src.backend.common.variables.Variable": variable,
    "keras.src.backend.common.keras_tensor.KerasTensor": lambda: called_layer()[1],
    "keras.src.ops.operation.Operation": lambda: called_layer()[0],
    "keras.src.models.functional.Functional": model,
    "keras.src.models.sequential.Sequential": sequential,
    "keras.src.ops.function.Function": model,
    "keras.src.layers.preprocessing.normalization.Normalization": normalization,
}


@pytest.mark.parametrize("name", NAMES)
def test_a_private_name_is_there_in_every_release_that_has_it(name):
    import keras

    found: Any = None
    steps = name.split(".")
    for count in range(len(steps), 0, -1):
        try:
            found = import_module(".".join(steps[:count]))
        except ModuleNotFoundError:
            continue
        break
    lacking = name in private.SINCE and minor(keras.__version__) < minor(private.SINCE[name])
    for number, step in enumerate(steps[count:], count):
        make = OBJECTS.get(".".join(steps[:number]))
        if make is not None:
            made = make()
            assert isinstance(made, found)
            found = made
        assert hasattr(found, step) != (lacking and number == len(steps) - 1), name
        found = getattr(found, step, None)


def minor(version):
    return tuple(int(part) for part in version.split(".")[:2])


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.__name__)
def test_every_private_name_that_is_read_has_its_reason(file):
    tree = ast.parse(Path(file.__file__).read_text(encoding="utf-8"))
    without = [
        name
        for name in {*imported(tree), *underscored(tree)}
        if not any(f"{name}." in f"{reason}." if "." in name else name in reason for reason in file.REASONS)
    ]
    assert without == []


def imported(tree: ast.Module) -> list[str]:
    return [
        f"{node.module}.{name.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("keras.src")
        for name in node.names
    ]


def underscored(tree: ast.Module) -> list[str]:
    """The underscored attributes that are read, as attributes or by a text."""
    read = [node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
    read += [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and is_name(node.value)]
    return [name for name in read if re.fullmatch(r"_[A-Za-z]\w*", name) and name != "_test"]


def is_name(value: object) -> bool:
    return isinstance(value, str) and value.isidentifier()


def test_keras_private_modules_are_imported_in_two_files_only():
    found = {
        path.relative_to(ROOM).as_posix()
        for path in ROOM.rglob("*.py")
        if re.search(r"^\s*(from|import) keras\.src", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert found == {"private.py", "harvest/private.py"}


def test_attributes_of_calls_and_tensors_are_where_they_are_read():
    layer, y = called_layer()
    x = layer.input
    assert private.operation_of(y) is layer
    assert private.node_of(y).input_tensors == [x]
    assert private.operation_of(private.mask_of(y)).name.startswith("not_equal")
    assert (private.was_called(layer), private.last_inputs(layer)) == (True, [x])
    private.forget_call(layer)
    assert (private.was_called(layer), private.last_inputs(layer)) == (False, [])
    assert not private.was_called(object())


def test_outputs_are_in_the_structure_they_were_given_in():
    import keras

    layer, y = called_layer()
    x = layer.input
    assert private.outputs_as_given(keras.Model(x, {"a": y})) == {"a": y}
    assert private.outputs_as_given(keras.Sequential()) is None
    assert private.bare_ends(keras.Model(x, [y])) == ("input_layers",)
    assert private.bare_ends(keras.Model([x], y)) == ("output_layers",)
    assert private.bare_ends(keras.Sequential()) == ()


def test_a_variable_without_value_tells_what_it_will_be_drawn_by():
    import keras

    ones, zeros = keras.initializers.Ones(), keras.initializers.Zeros()

    def drawn_late():
        with keras.StatelessScope(initialize_variables=False):
            made = keras.Variable(ones, shape=(2, 3), dtype="float16")
            assert not private.has_value(made)
            assert private.exchange_initializer(made, zeros) is ones
            assert private.initializer_of(made) is zeros
            with private.outside_stateless_scope():
                private.draw_value(made, ones)
        assert private.has_value(made)
        return made

    # Keras keeps a list, for each thread, of what has no value yet.
    made = in_own_thread(drawn_late, depth=1)
    assert (private.shape_of(made), private.dtype_of(made)) == ((2, 3), "float16")
    assert keras.ops.convert_to_numpy(made.value).tolist() == [[1.0] * 3] * 2


def test_a_scope_tells_the_value_it_has_for_a_variable():
    import keras

    made = variable()
    assert private.value_in_scope(made) is None
    with keras.StatelessScope(state_mapping=[(made, keras.ops.zeros((1,)))]):
        assert keras.ops.convert_to_numpy(private.value_in_scope(made)).tolist() == [0.0]
        with private.outside_stateless_scope():
            assert private.value_in_scope(made) is None


def test_every_method_that_is_wrapped_stands_in_its_class():
    wrapped = private.variable_methods()
    assert [name for _, name in wrapped] == ["__init__", "value", "_initialize_with_initializer", "assign"]
    assert all(issubclass(private.Variable, cls) and hasattr(cls, name) for cls, name in wrapped)


def test_settings_of_the_process_are_put_back():
    tensorflow: Any = private.module_utils.tensorflow
    before = (tensorflow._available, nnx_enabled())
    for hidden in (private.hidden_tensorflow(), harvest_private.without_tensorflow()):
        with hidden:
            assert not tensorflow.available
    with private.without_nnx():
        assert not nnx_enabled()
    assert (tensorflow._available, nnx_enabled()) == before


def nnx_enabled():
    """As Keras tells it, if it has it."""
    is_enabled = getattr(private.backend_config, "is_nnx_enabled", None)
    return is_enabled() if is_enabled else None


def test_the_walk_passes_through_what_watches_it():
    import keras

    seen: list[str] = []

    def watched(saveable, search):
        seen.append(type(saveable).__name__)
        return search(saveable)

    library: ModuleType = private.saving_lib
    before = (library._walk_saveable, library.get_attr_skipset)
    with private.watched_walk(watched):
        list(library._walk_saveable(keras.layers.Dense(1)))
    assert seen == ["Dense"]
    assert (library._walk_saveable, library.get_attr_skipset) == before


@pytest.mark.parametrize("arguments", [{}, {"axis": (1, 2)}, {"axis": None}, {"dtype": "bfloat16"}], ids=str)
def test_blank_statistics_are_those_that_keras_starts_from(arguments):
    import keras
    import numpy as np

    ordinary = keras.layers.Normalization(**arguments)
    ordinary.build((None, 4, 3))
    with keras.StatelessScope(initialize_variables=False):
        blank = keras.layers.Normalization(**arguments)
        blank.build((None, 4, 3))
    assert private.set_blank_statistics(blank)
    assert not private.set_blank_statistics(ordinary)
    for name in ("mean", "variance"):
        expected = keras.ops.convert_to_numpy(getattr(ordinary, name))
        found = getattr(blank, name)
        assert isinstance(found, np.ndarray)
        assert (found.dtype, found.shape) == (expected.dtype, expected.shape)
        assert np.array_equal(found, expected)
