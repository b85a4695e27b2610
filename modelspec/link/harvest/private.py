"""The one place where the harvest reads private names of Keras, each with the reason it is needed.

Keras is imported inside the functions: the harvest's modules are imported before a backend is chosen.
`REASONS` is held against Keras by a test.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from types import MappingProxyType
from typing import Any

# Private layers that `keras.applications` writes into its configs live below this package.
PRIVATE_LAYERS = "keras.src.applications"

REASONS = MappingProxyType(
    {
        "keras.src.activations.ALL_OBJECTS_DICT": "the strings of a family's `get`, here and in five more",
        "keras.src.api_export.REGISTERED_NAMES_TO_OBJS": "every public name, also those not imported yet",
        "keras.src.api_export.get_name_from_symbol": "the public name of a class",
        "keras.src.api_export.get_symbol_from_name": "the class of a public name",
        "keras.src.applications": "the layers that Keras keeps private and writes into archives",
        "keras.src.backend.common.dtypes.ALLOWED_DTYPES": "the names of dtypes",
        "keras.src.dtype_policies.QUANTIZATION_MODES": "the first words of quantized policies",
        "keras.src.ops": "the classes of operations, as archives name them",
        "keras.src.utils.module_utils.tensorflow._available": "to have the same outcome without TensorFlow",
        "keras.src.utils.naming.reset_uids": "to have the same names whatever was made before",
    }
)


def public_names() -> Mapping[str, Any]:
    """Every symbol that Keras has given a public name, by that name."""
    from keras.src import api_export

    return dict(api_export.REGISTERED_NAMES_TO_OBJS)


def public_name(symbol: Any) -> str | None:
    """The public name that Keras serialises a symbol under, or `None`."""
    from keras.src import api_export

    name = api_export.get_name_from_symbol(symbol)
    return None if name is None else str(name)


def public_symbol(name: str) -> Any:
    """What a public name stands for; `None` in a Keras that does not have it."""
    from keras.src import api_export

    return api_export.get_symbol_from_name(name)


def is_private_layer(symbol: Any) -> bool:
    """Whether a symbol comes from where Keras keeps layers private and still writes them."""
    return str(getattr(symbol, "__module__", "")).startswith(PRIVATE_LAYERS)


def import_private_layers() -> None:
    """Import all modules that keep layers private."""
    package = importlib.import_module(PRIVATE_LAYERS)
    for module in pkgutil.iter_modules(package.__path__, f"{PRIVATE_LAYERS}."):
        if not module.name.endswith("_test"):
            importlib.import_module(module.name)


def is_inner_module(name: str) -> bool:
    """Whether a module's name is one of Keras' private ones."""
    return name.startswith("keras.src")


def strings_of(module: str) -> tuple[Mapping[str, Any], Callable[[str], Any]]:
    """What the strings of a public module like `keras.losses` stand for, and the `get` that reads them."""
    room = importlib.import_module(module.replace("keras.", "keras.src."))
    return room.ALL_OBJECTS_DICT, room.get


def dtype_names() -> frozenset[str]:
    """The names of dtypes."""
    from keras.src.backend.common import dtypes

    return frozenset(dtypes.ALLOWED_DTYPES)


def quantization_modes() -> tuple[str, ...]:
    """The words that the names of quantized dtype policies begin with."""
    from keras.src import dtype_policies

    return tuple(dtype_policies.QUANTIZATION_MODES)


def start_name_counts() -> None:
    """Count automatic names from the start."""
    from keras.src.utils import naming

    naming.reset_uids()


@contextmanager
def without_tensorflow() -> Iterator[None]:
    """Keras takes TensorFlow for not installed, so that the outcome does not depend on the machine."""
    from keras.src.utils import module_utils

    before = module_utils.tensorflow._available
    module_utils.tensorflow._available = False
    try:
        yield
    finally:
        module_utils.tensorflow._available = before


def operation_classes() -> list[type]:
    """The classes of operations that stand in a graph beside layers, sorted by module and name."""
    import keras
    from keras.src import ops

    for module in pkgutil.iter_modules(ops.__path__, f"{ops.__name__}."):
        if not module.name.endswith("_test"):
            importlib.import_module(module.name)
    found = {cls for cls in _below(keras.Operation) if not issubclass(cls, keras.Layer)}
    return sorted(
        (cls for cls in found if cls.__module__.startswith("keras.src.")),
        key=lambda cls: (cls.__module__, cls.__name__),
    )


def _below(cls: type) -> Iterator[type]:
    children: list[type] = cls.__subclasses__()
    for child in children:
        yield child
        yield from _below(child)


def other_settings() -> Iterator[AbstractContextManager[None]]:
    """Settings of the process other than Keras' own, one after the other, each for the length of a `with`."""
    import keras

    config = keras.config
    policy = getattr(config, "dtype_policy", None) or keras.mixed_precision.dtype_policy
    set_policy = getattr(config, "set_dtype_policy", None) or keras.mixed_precision.set_dtype_policy
    for read, write, value in (
        (config.image_data_format, config.set_image_data_format, "channels_first"),
        (config.epsilon, config.set_epsilon, 1e-3),
        (config.floatx, config.set_floatx, "float64"),
        (policy, set_policy, "mixed_bfloat16"),
    ):
        yield _set_to(read, write, value)


@contextmanager
def _set_to(read: Callable[[], Any], write: Callable[[Any], None], value: Any) -> Iterator[None]:
    before = read()
    write(value)
    try:
        yield
    finally:
        write(before)
