"""A document beside the model that says the same in Python: built, loaded by Keras, and compared."""

from __future__ import annotations

import json
import re
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

import keras
import numpy as np
from keras.src.utils.naming import to_snake_case
from spoken import public_class, python_arguments, python_input, python_tensors

from modelspec.compiler.produce import write_archive
from modelspec.compiler.stages import compile_document
from modelspec.compiler.values import Options, Text
from modelspec.diagnostics import Report, Source

# A seed that Keras draws by itself when none is given is large; those of the samples are small.
_DRAWN = 10_000


@dataclass(frozen=True)
class Variant:
    """One item of a document that holds many.

    Args:
        name: of the node.
        key: the class or operation.
        arguments: those under the key, as a document writes them.
        feed: what stands under `from`.
        words: more words of the item.
    """

    name: str
    key: str
    arguments: Mapping[str, Any]
    feed: Any
    words: Mapping[str, Any] = field(default_factory=dict)

    def item(self) -> dict[str, Any]:
        return {self.key: dict(self.arguments), "name": self.name, "from": self.feed, **self.words}


def document_of(variants: list[Variant], inputs: Mapping[str, Any], **sections: Any) -> str:
    """A document with one branch for each variant; one line for each, so that messages point at it."""
    used = set(_names_in([variant.feed for variant in variants]))
    page = {
        "modelspec": 1,
        "name": "held",
        "inputs": {name: spec for name, spec in inputs.items() if name in used},
        "layers": [variant.item() for variant in variants],
        "outputs": [variant.name for variant in variants],
        **sections,
    }
    head = {key: value for key, value in page.items() if key != "layers"}
    lines = ",\n".join(json.dumps(item) for item in page["layers"])
    return f'{json.dumps(head)[:-1]}, "layers": [\n{lines}\n]}}'


def twin_of(
    variants: list[Variant], inputs: Mapping[str, Any], call: Callable[[Variant, Any], Any] | None = None
) -> keras.Model:
    """The same model made by hand."""
    used = set(_names_in([variant.feed for variant in variants]))
    tensors = {name: python_input(name, spec) for name, spec in inputs.items() if name in used}
    with quick_values():
        outputs = [(call or call_layer)(variant, tensors) for variant in variants]
    given = list(tensors.values())
    return keras.Model(given[0] if len(given) == 1 else given, outputs, name="held")


def call_layer(variant: Variant, tensors: Mapping[str, Any]) -> Any:
    """A layer made in Python and called on its tensors, as a document's item says."""
    layer = public_class(variant.key)(**python_arguments(variant.arguments), name=variant.name)
    given = python_tensors(variant.feed, tensors)
    arguments = dict(variant.words.get("call", {}))
    # By position or by name is the same wiring; modelspec gives the first tensors by position.
    return layer(*given.values(), **arguments) if isinstance(given, dict) else layer(given, **arguments)


def compiled_of(document: str, *, quick: bool = False) -> Any:
    """The document compiled in this process, without the cache; raises `SpecError`.

    Args:
        document: its text.
        quick: layers that are built the ordinary way draw zeros.
    """
    text = Text(Source("held.yaml", document), "0" * 64)
    report = Report()
    with quick_values() if quick else nullcontext():
        compiled = compile_document(text, Options(use_cache=False), report)
    told = [
        f"{found.place}: {found.message}"
        for found in report.diagnostics
        # The tables of samples say what Keras forgets; the twin forgets it too, and thaws as well.
        if found.code not in ("argument-forgotten", "thawed-at-loading")
    ]
    assert not told, "\n".join(told)
    return compiled


def loaded_from(compiled: Any) -> keras.Model:
    """The archive of a compiled document, opened by Keras; its warnings are errors."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "held.keras"
        write_archive(compiled, path, Report())
        keras.utils.clear_session(free_memory=False)
        with quick_values(), warnings.catch_warnings():
            warnings.simplefilter("error", UserWarning)
            return keras.saving.load_model(path, safe_mode=True)


def reloaded(twin: keras.Model) -> keras.Model:
    """The twin as Keras reads back what it writes of it."""
    written = keras.saving.serialize_keras_object(twin)
    keras.utils.clear_session(free_memory=False)
    with quick_values():
        return keras.saving.deserialize_keras_object(json.loads(json.dumps(written)), safe_mode=True)


@contextmanager
def quick_values() -> Iterator[None]:
    """Every initial value is 0, which nothing is compiled for: only archives have values here."""

    def fill(variable: Any, _: Any) -> None:
        value = np.zeros(variable._shape, "float32")
        variable._initialize(keras.ops.convert_to_tensor(value, variable._dtype))

    with mock.patch.object(keras.Variable, "_initialize_with_initializer", fill):
        yield


def serialized(model: keras.Model) -> dict[str, Any]:
    return json.loads(json.dumps(keras.saving.serialize_keras_object(model)))


def comparable(data: Any, written: frozenset[str]) -> Any:
    """A serialization dict up to shared ids and automatic names.

    Args:
        data: the dict.
        written: names that are not automatic, which must be equal.
    """
    return _plain(data, written, {})


def layers_of(config: Mapping[str, Any]) -> dict[str, Any]:
    """The layers of a model's dict by name."""
    return {layer["config"]["name"]: layer for layer in config["config"]["layers"]}


def differences(ours: Any, theirs: Any, path: str = "") -> Iterator[str]:
    """Each place where two JSON values differ."""
    match ours, theirs:
        case dict(), dict():
            for key in sorted({*ours, *theirs}):
                below = f"{path}.{key}"
                if key not in theirs:
                    yield f"{below}: {ours[key]!r} is ours only"
                elif key not in ours:
                    yield f"{below}: {theirs[key]!r} is the twin's only"
                else:
                    yield from differences(ours[key], theirs[key], below)
        case list(), list() if len(ours) == len(theirs):
            for position, (one, other) in enumerate(zip(ours, theirs, strict=True)):
                yield from differences(one, other, f"{path}[{position}]")
        case _ if ours != theirs or type(ours) is not type(theirs):
            yield f"{path}: {ours!r} is not the twin's {theirs!r}"


def assert_same(ours: keras.Model, theirs: keras.Model, written: frozenset[str]) -> None:
    """Two models serialise to the same; each layer that does not is named."""
    found = list(differences(comparable(serialized(ours), written), comparable(serialized(theirs), written)))
    assert not found, "\n".join(found)


def assert_predicts_same(ours: keras.Model, theirs: keras.Model, batch: Any) -> None:
    """With the values of one, both give the same."""
    theirs.set_weights(ours.get_weights())
    for one, other in zip(keras.tree.flatten(ours(batch)), keras.tree.flatten(theirs(batch)), strict=True):
        np.testing.assert_allclose(
            keras.ops.convert_to_numpy(one), keras.ops.convert_to_numpy(other), rtol=1e-5, atol=1e-6
        )


def _plain(data: Any, written: frozenset[str], numbers: dict[str, str]) -> Any:
    match data:
        case {"layers": [*layers], **rest} if layers and all(
            isinstance(layer, dict) and "inbound_nodes" in layer for layer in layers
        ):
            numbers = dict(numbers)
            for layer in layers:
                name = layer["name"]
                if name not in written:
                    numbers[name] = f"#{len(numbers)}"
            return {key: _plain(value, written, numbers) for key, value in {"layers": layers, **rest}.items()}
        case {"class_name": "__keras_tensor__", "config": {"keras_history": [name, *place], **config}}:
            return {**config, "keras_history": [numbers.get(name, name), *place]}
        case {"class_name": str(cls), "config": {"name": str(name), **config}, **rest}:
            automatic = name not in written and name not in numbers and _is_automatic(name, cls)
            named = {} if automatic else {"name": numbers.get(name, name)}
            return {
                "class_name": cls,
                "config": named | _plain(_known(cls, config), written, numbers),
                **_plain(rest, written, numbers),
            }
        case {"class_name": "SeedGenerator", "config": dict(config), **rest}:
            return {"class_name": "SeedGenerator", "config": _known("SeedGenerator", config), **rest}
        case dict():
            return {
                key: "drawn" if key == "seed" and _is_drawn(value) else _plain(value, written, numbers)
                for key, value in _renamed(data, numbers).items()
                if key != "shared_object_id"
            }
        case [str(name), int(), int()] if name in numbers:
            return [numbers[name], *data[1:]]
        case list():
            return [_plain(item, written, numbers) for item in data]
        case _:
            return data


def _renamed(data: dict[str, Any], numbers: dict[str, str]) -> dict[str, Any]:
    """What stands beside the config of a layer in a graph, with its number for its name."""
    name = data.get("name")
    return {**data, "name": numbers[name]} if isinstance(name, str) and name in numbers else data


def _known(cls: str, config: dict[str, Any]) -> dict[str, Any]:
    """A config, without the defaults of a `SeedGenerator`, which an initializer keeps as it was given."""
    return {key: value for key, value in config.items() if cls != "SeedGenerator" or value is not None}


def _is_drawn(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= _DRAWN


def _is_automatic(name: str, cls: str) -> bool:
    stem = re.escape(to_snake_case(cls))
    return re.fullmatch(rf"(forward_|backward_)?{stem}(_\d+)?", name) is not None


def _names_in(feed: Any) -> Iterator[str]:
    match feed:
        case str():
            yield feed
        case list():
            for item in feed:
                yield from _names_in(item)
        case dict():
            for item in feed.values():
                yield from _names_in(item)
