"""One object of Keras: from its serialization dict to a layer that has been called once, without values if
it can.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

import keras

from modelspec.catalog.resolved import referenced_model
from modelspec.link import private
from modelspec.link.default_policy import with_default_policy
from modelspec.link.refusal import Refused, WordedError, point_of
from modelspec.link.registered.nested import holds_own_reader, with_objects
from modelspec.link.scopes import code_allowed, safe_mode, show_tensorflow, start_names
from modelspec.link.values import Reading, Watch, without_values

# What Keras says where a scope without values is the reason it refuses.
_SCOPE_WORDS = "stateless scope"


def make(
    data: Mapping[str, object],
    *,
    settings: Mapping[str, object],
    seed: str,
    models: Mapping[str, Any] = MappingProxyType({}),
) -> Any:
    """The object of a serialization dict.

    Args:
        data: the dict; never changed.
        settings: what is put into its config: `name`, `trainable`, `dtype`.
        seed: fixes the names and the random seeds inside the object.
        models: of Keras, by key, for arguments that refer to a nested model, which are taken as they are.

    Raises:
        Refused: Keras objects.
    """
    left = dict(settings)
    afterwards: dict[str, object] = {}
    refusal: Exception | None = None
    while True:
        start_names(seed)
        try:
            made = _deserialize(data, left, models, construct=refusal is not None)
            break
        except Exception as error:
            # Such a class says that it requires TensorFlow; Keras may have wrapped the error meanwhile.
            if "tensorflow" in str(error).lower() and show_tensorflow():
                continue
            missing = _unexpected(error, left)
            if missing is not None:
                # A custom class may take no `name` or no `trainable`; as attributes every layer has them.
                afterwards[missing] = left.pop(missing)
            elif refusal is None and holds_own_reader(data):
                # A `from_config` reads what `get_config` writes, which may be more than a document does.
                refusal = error
            else:
                raise Refused("made", refusal or error) from error
    for name, value in afterwards.items():
        setattr(made, name, value)
    return made


def deserialize(
    data: object, models: Mapping[str, Any] = MappingProxyType({}), *, construct: bool = False
) -> Any:
    """Any value of JSON and serialization dicts as Keras reads it, in safe mode unless code is allowed;
    `data` is not changed.

    Args:
        data: the value.
        models: of Keras, by key, for references to nested models.
        construct: whether registered classes with a `from_config` are made without it.
    """
    library = private.serialization_lib
    allowed = code_allowed()
    with safe_mode(allow_unsafe=allowed), library.ObjectSharingScope():
        # An object that is known under a shared id is what Keras gives for every dict with that id.
        for key, model in models.items():
            library.record_object_after_deserialization(model, _shared_id(key))
        made = with_objects(_with_models(data), safe=not allowed, construct=construct)
        return keras.saving.deserialize_keras_object(made, safe_mode=not allowed)


def read_back(data: object) -> Any:
    """The object of a serialization dict as `keras.saving.load_model` makes it; `data` is not changed.

    Raises:
        Refused: Keras cannot load it.
    """
    allowed = code_allowed()
    start_names("")
    try:
        with safe_mode(allow_unsafe=allowed), private.serialization_lib.ObjectSharingScope():
            return keras.saving.deserialize_keras_object(_with_models(data), safe_mode=not allowed)
    except Exception as error:
        raise Refused("made", error) from error


def models_in(data: object) -> Iterator[str]:
    """The keys of the nested models that a value refers to."""
    key = referenced_model(data)
    if key is not None:
        yield key
        return
    match data:
        case dict():
            for value in data.values():
                yield from models_in(value)
        case list() | tuple():
            for item in data:
                yield from models_in(item)


def _with_models(data: object) -> Any:
    """A deep copy in which references to nested models carry the id they are known under."""
    key = referenced_model(data)
    match data:
        case dict():
            copied = with_default_policy({name: _with_models(value) for name, value in data.items()})
            return copied if key is None else {**copied, "shared_object_id": _shared_id(key)}
        case list() | tuple():
            return [_with_models(item) for item in data]
        case _:
            return data


def _shared_id(key: str) -> str:
    return f"model:{key}"


def first_call(make_layer: Callable[[], Any], call: Callable[[Any], Any], *, watch: Watch) -> tuple[Any, Any]:
    """A layer and what its first call gives; without values, or the ordinary way where that would be wrong.

    The signals: a value is read while the layer is built, something is assigned (the scope would lose it),
    or Keras itself says that it needs values. The second try is a new object, for a half-built one keeps
    variables without values.

    Raises:
        Refused: Keras objects.
        TooLargeError: a variable is beyond the bounds.
    """
    watch.refused_reads = 0
    layer = None
    try:
        with watch.read_as(Reading.REFUSED), without_values() as scope:
            layer = make_layer()
            outputs = _called(layer, call)
        if not scope.state_mapping and not watch.refused_reads:
            return layer, outputs
        private.forget_call(layer)
    except Refused as refused:
        if not watch.refused_reads and _SCOPE_WORDS not in str(refused.error):
            raise
    with watch.ordinary():
        layer = make_layer()
        watch.with_values.append(layer)
        return layer, _called(layer, call)


def later_call(layer: Any, call: Callable[[Any], Any], *, watch: Watch) -> Any:
    """What a further call of a layer gives; a value it reads is drawn for good.

    Raises:
        Refused: Keras objects.
    """
    with watch.read_as(Reading.DRAWN), without_values():
        return _called(layer, call)


def _called(layer: Any, call: Callable[[Any], Any]) -> Any:
    try:
        return call(layer)
    except (Refused, WordedError):
        raise
    except Exception as error:
        raise Refused("called", error) from error


def _deserialize(
    data: Mapping[str, object],
    settings: Mapping[str, object],
    models: Mapping[str, Any],
    *,
    construct: bool,
) -> Any:
    config = data.get("config")
    merged = {**data, "config": {**config, **settings}} if isinstance(config, dict) else data
    return deserialize(merged, models, construct=construct)


def _unexpected(error: Exception, settings: Mapping[str, object]) -> str | None:
    message = point_of(error)
    if "unexpected keyword argument" not in message:
        return None
    return next((name for name in ("name", "trainable") if name in settings and f"'{name}'" in message), None)
