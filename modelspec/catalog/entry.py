"""What the catalog knows of one class, function or operation."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from modelspec.catalog.families import CALLED
from modelspec.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a class.

    Args:
        name: as the constructor has it.
        required: whether it has no default.
        default: the default as a JSON value; `None` also where it is not JSON.
        family: of the objects it takes (`initializer`); `None` where nothing is known.
        kinds: the kinds of value it takes besides null, where they are certain: `bool`, `int`, `float`,
            `str`, `list` (of the numbers that are named too), `mapping`, `object` (of any family), and of
            a call's `tensor` (whatever can be made one).
        choices: the only strings it takes, as documented; empty where any will do.
    """

    name: str
    required: bool
    default: object
    family: str | None
    kinds: frozenset[str]
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ClassEntry:
    """A class of Keras, or one that a module or the caller registers.

    Args:
        name: the full name that Keras serialises it under (`keras.layers.Conv2D`); a registered class's
            registered name (`acme>AttentionPool`).
        family: `layer`, `cell`, `initializer`, …
        class_name: its real name in Keras, from which automatic names are made.
        aliases: other full public names.
        arguments: by name, in the order of the constructor; keywords of base classes last.
        legacy: keywords that are taken but nobody should write.
        open: whether any keyword is taken.
        fill: arguments whose default has to be written for Keras to read the config back.
        call: parameters of a call, each with whether it is required.
        called_with: what is known of the values of a call's parameters, by name.
        open_call: whether a call takes any keyword.
        needs_tensorflow: without TensorFlow it cannot be made.
        home: the Python module of a registered class; `None` for those of Keras.
        reads_itself: a registered class whose own `from_config` may give what the document does not.
        by_keras: the arguments of a registered class that its bases of Keras take, and make objects of.
    """

    name: str
    family: str
    class_name: str
    aliases: tuple[str, ...]
    arguments: Mapping[str, Argument]
    legacy: frozenset[str]
    open: bool
    fill: tuple[str, ...]
    call: Mapping[str, bool]
    called_with: Mapping[str, Argument]
    open_call: bool
    needs_tensorflow: bool
    home: str | None = None
    reads_itself: bool = False
    by_keras: frozenset[str] = frozenset()

    @property
    def short(self) -> str:
        """What a document and messages call it: the short name, of a registered class the whole one."""
        return self.name if self.home is not None else self.name.rpartition(".")[2]

    @property
    def module(self) -> str:
        """The `module` of its serialization dict."""
        return self.home or self.name.rpartition(".")[0]

    def data(self, config: dict[str, object]) -> dict[str, object]:
        """The serialization dict of an object with this config."""
        registered = self.home is not None
        return {
            "module": self.module,
            "class_name": self.class_name if registered else self.short,
            "config": config,
            "registered_name": self.name if registered else None,
        }


@dataclass(frozen=True, slots=True)
class FunctionEntry:
    """A public function that an argument can name.

    Args:
        name: the full name that Keras registers it under (`keras.activations.gelu`); a registered function's
            registered name.
        families: what it can stand for (`loss`, `metric`); none for a registered function, which stands for
            anything that can be called.
        home: the Python module of a registered function; `None` for those of Keras.
    """

    name: str
    families: tuple[str, ...]
    home: str | None = None

    def stands_for(self, family: str | None) -> bool:
        """Whether it may stand where an object of a family is wanted, `None` for any."""
        return family is None or family in (self.families if self.home is None else CALLED)

    @property
    def data(self) -> dict[str, object]:
        """Its serialization dict."""
        module, _, name = self.name.rpartition(".")
        written = self.name if self.home is not None else name
        return {
            "module": self.home or module,
            "class_name": "function",
            "config": written,
            "registered_name": written,
        }


@dataclass(frozen=True, slots=True)
class OperationEntry:
    """A function of `keras.ops`.

    Args:
        name: below `keras.ops` (`image.resize`).
        class_name: the operation that a call adds to the graph; `None` where it is composed of others.
        parameters: by name in order, each with whether it is required; a variadic one starts with `*`.
        takes_sequence: whether the first parameter is a sequence of tensors.
        arguments: what is known of the values of the parameters that are no tensors, by name.
    """

    name: str
    class_name: str | None
    parameters: Mapping[str, bool]
    takes_sequence: bool
    arguments: Mapping[str, Argument]


def read_class(name: str, data: Mapping[str, Any]) -> ClassEntry:
    """A class entry from the harvested data."""
    return ClassEntry(
        name=name,
        family=data["family"],
        class_name=data.get("class", name.rpartition(".")[2]),
        aliases=tuple(data.get("aliases", ())),
        arguments=read_arguments(data["arguments"]),
        legacy=frozenset(data.get("legacy", ())),
        open=data.get("open", False),
        fill=tuple(data.get("fill", ())),
        call=MappingProxyType(data.get("call", {})),
        called_with=read_arguments(
            {name: {"default": None, "kinds": kinds} for name, kinds in data.get("call_kinds", {}).items()}
        ),
        open_call=data.get("open_call", False),
        needs_tensorflow=data.get("needs_tensorflow", False),
        home=data.get("home"),
        reads_itself=data.get("reads_itself", False),
        by_keras=frozenset(data.get("by_keras", ())),
    )


def read_arguments(data: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Argument]:
    """Arguments by name, in order."""
    return MappingProxyType(
        {
            name: Argument(
                name=name,
                required="default" not in entry and "opaque" not in entry,
                default=entry.get("default"),
                family=entry.get("family"),
                kinds=frozenset(entry.get("kinds", ())),
                choices=tuple(entry.get("choices", ())),
            )
            for name, entry in data.items()
        }
    )


def read_operation(name: str, data: Mapping[str, Any]) -> OperationEntry:
    """An operation's entry from the harvested data."""
    return OperationEntry(
        name=name,
        class_name=data.get("class"),
        parameters=MappingProxyType(
            {
                parameter: not parameter.startswith("*") and "default" not in entry and "opaque" not in entry
                for parameter, entry in data["parameters"].items()
            }
        ),
        takes_sequence=data.get("sequence", False),
        arguments=read_arguments(data["parameters"]),
    )
