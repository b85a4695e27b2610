"""What a document can name, and all that is known of one such name: the catalog, Keras' documentation and the
history of its releases, put together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

from modelspec.catalog.calls import takes_function
from modelspec.catalog.entry import Argument, ClassEntry, FunctionEntry, OperationEntry
from modelspec.catalog.families import CUSTOM, FAMILIES
from modelspec.catalog.history import History, Span
from modelspec.catalog.lookup import Catalog
from modelspec.catalog.registered import FUNCTION
from modelspec.catalog.sentences import in_yaml
from modelspec.frozen import dataclass

OPERATION = "operation"
"""The family of the functions of `keras.ops`, which are items of their own."""

FAMILY_ORDER = (*(family for family in FAMILIES if family != CUSTOM), OPERATION, CUSTOM, FUNCTION)
"""The families in the order in which they are told; those of registered objects come last."""

_BASES = frozenset(
    {
        "Callback",
        "Constraint",
        "Initializer",
        "Layer",
        "LearningRateSchedule",
        "Loss",
        "Metric",
        "Optimizer",
        "Quantizer",
        "QuantizationConfig",
        "Regularizer",
    }
)
_KIND_ORDER = ("int", "float", "bool", "str", "list", "mapping", "object")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """All there is to say of one release of Keras, and of what is registered besides.

    Args:
        docs: as `load_docs` gives them; those of registered names among its `classes` and `functions`.
    """

    catalog: Catalog
    docs: Mapping[str, Any]
    history: History


@dataclass(frozen=True, slots=True)
class Name:
    """Something that a document can name.

    Args:
        full: its full public name; a registered one's registered name.
        written: how a document names it where nothing else has the name.
        families: what it can stand for, the first one first.
        about: one sentence; empty where there is none.
        others: the other names it has: full ones, short ones, and the strings that Keras takes for it.
    """

    full: str
    written: str
    families: tuple[str, ...]
    about: str
    others: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ArgumentReference:
    """One argument.

    Args:
        kinds: the kinds of value it takes, where that is certain; `object` for one of any family.
        choices: the only strings it takes; empty where any will do.
        family: of the objects it takes.
        default: as a JSON value; `None` too where it is none.
        since: the release that brought it, where that is a newer one than the class itself's.
        about: what Keras says of it.
    """

    name: str
    kinds: tuple[str, ...]
    choices: tuple[str, ...]
    family: str | None
    required: bool
    default: object
    since: str | None
    about: str


@dataclass(frozen=True, slots=True)
class Reference:
    """All that is known of a name.

    Args:
        span: the releases of Keras that have it; `None` for registered ones.
        aliases: its other full public names.
        strings: the strings that Keras takes for it.
        open: whether it takes any other argument as well.
        call: the parameters of a call, each with whether it is required.
        home: the module of a registered one.
        is_function: whether it is a function that an argument can name.
        takes_sequence: whether it is an operation whose first parameter is a sequence of tensors.
    """

    name: Name
    span: Span | None
    aliases: tuple[str, ...]
    strings: tuple[str, ...]
    arguments: tuple[ArgumentReference, ...]
    open: bool
    call: Mapping[str, bool]
    needs_tensorflow: bool
    home: str | None
    is_function: bool = False
    takes_sequence: bool = False


def names_of(vocabulary: Vocabulary) -> tuple[Name, ...]:
    """Everything that a document can name, by family and name.

    Classes to derive from, and operations that need a function, are left out.
    """
    catalog, docs = vocabulary.catalog, vocabulary.docs
    strings = _strings(catalog)
    found = [_class_name(entry, docs, strings) for entry in catalog.classes() if not is_base(entry)]
    found += [_function_name(entry, catalog, docs, strings) for entry in catalog.functions()]
    usable = (entry for entry in catalog.operations() if not takes_function(entry))
    found += [_operation_name(entry, catalog, docs) for entry in usable]
    order = {family: position for position, family in enumerate(FAMILY_ORDER)}
    return tuple(sorted(found, key=lambda name: (order[name.families[0]], name.written.lower(), name.full)))


def reference_of(name: Name, vocabulary: Vocabulary) -> Reference:
    """All that is known of a name of this vocabulary."""
    catalog = vocabulary.catalog
    entry = catalog.entry(name.full)
    if entry is not None:
        return _class_reference(name, entry, vocabulary)
    if name.families == (OPERATION,):
        operation = catalog.operation(name.full.removeprefix("keras.ops."))
        assert operation is not None
        return _operation_reference(name, operation, vocabulary)
    function = catalog.function(name.full)
    assert function is not None
    return Reference(
        name,
        span=vocabulary.history.of_function(name.full) if function.home is None else None,
        aliases=catalog.aliases(name.full),
        strings=_strings(catalog).get(name.full, ()),
        arguments=(),
        open=False,
        call=MappingProxyType({}),
        needs_tensorflow=False,
        home=function.home,
        is_function=True,
    )


def is_base(entry: ClassEntry) -> bool:
    """Whether a class of Keras is only there to be derived from (`keras.Layer`)."""
    return entry.home is None and entry.short in _BASES


def class_about(entry: ClassEntry, docs: Mapping[str, Any]) -> str:
    """What Keras, or a registered class itself, says of a class."""
    return in_yaml(docs["classes"].get(entry.name, {}).get("doc", ""))


def argument_references(
    entry: ClassEntry, vocabulary: Vocabulary, *, since: str | None
) -> tuple[ArgumentReference, ...]:
    """The arguments of a class.

    Args:
        since: the release that brought the class.
    """
    texts = vocabulary.docs["classes"].get(entry.name, {}).get("arguments", {})
    history = vocabulary.history

    def since_of(argument: str) -> str | None:
        return history.since_argument(entry.name, argument) if entry.home is None else None

    return _arguments(entry.arguments.values(), texts, since_of, since)


def ordered_kinds(argument: Argument) -> tuple[str, ...]:
    """The kinds of value an argument takes, in an order of their own."""
    return tuple(kind for kind in _KIND_ORDER if kind in argument.kinds)


def _class_name(entry: ClassEntry, docs: Mapping[str, Any], strings: Mapping[str, tuple[str, ...]]) -> Name:
    shorts = {alias.rpartition(".")[2] for alias in entry.aliases} - {entry.short}
    # A private layer of Keras has no short name.
    private = entry.name.startswith("keras.src.")
    return Name(
        full=entry.name,
        written=entry.name if private else entry.short,
        families=(entry.family,),
        about=class_about(entry, docs),
        others=_distinct(entry.aliases, sorted(shorts), strings.get(entry.name, ())),
    )


def _function_name(
    entry: FunctionEntry, catalog: Catalog, docs: Mapping[str, Any], strings: Mapping[str, tuple[str, ...]]
) -> Name:
    aliases = catalog.aliases(entry.name)
    return Name(
        full=entry.name,
        written=entry.name if entry.home is not None else entry.name.rpartition(".")[2],
        families=entry.families or (FUNCTION,),
        about=in_yaml(docs["functions"].get(entry.name, {}).get("doc", "")),
        others=_distinct(
            aliases, (alias.rpartition(".")[2] for alias in aliases), strings.get(entry.name, ())
        ),
    )


def _operation_name(entry: OperationEntry, catalog: Catalog, docs: Mapping[str, Any]) -> Name:
    full = f"keras.ops.{entry.name}"
    aliases = catalog.aliases(full)
    return Name(
        full=full,
        written=f"ops.{entry.name}",
        families=(OPERATION,),
        about=in_yaml(docs["operations"].get(entry.name, {}).get("doc", "")),
        others=_distinct(aliases, (alias.removeprefix("keras.") for alias in aliases)),
    )


def _distinct(*parts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for part in parts for text in part))


def _strings(catalog: Catalog) -> Mapping[str, tuple[str, ...]]:
    """The strings that Keras' own `get` takes, by the full name each stands for."""
    found: dict[str, list[str]] = {}
    for family, rule in FAMILIES.items():
        if rule.strings or rule.folded:
            for text, full in catalog.identifiers(family).items():
                found.setdefault(full, []).append(text)
    return {full: tuple(sorted(set(texts))) for full, texts in found.items()}


def _class_reference(name: Name, entry: ClassEntry, vocabulary: Vocabulary) -> Reference:
    span = vocabulary.history.of_class(entry.name) if entry.home is None else None
    return Reference(
        name,
        span=span,
        aliases=entry.aliases,
        strings=_strings(vocabulary.catalog).get(entry.name, ()),
        arguments=argument_references(entry, vocabulary, since=span.since if span is not None else None),
        open=entry.open,
        call=entry.call,
        needs_tensorflow=entry.needs_tensorflow,
        home=entry.home,
    )


def _operation_reference(name: Name, entry: OperationEntry, vocabulary: Vocabulary) -> Reference:
    history = vocabulary.history
    span = history.of_operation(entry.name)
    parameters = vocabulary.catalog.operation_parameters(entry.name)
    texts = vocabulary.docs["operations"].get(entry.name, {}).get("arguments", {})

    def since_of(parameter: str) -> str | None:
        found = history.of_parameter(entry.name, parameter)
        return found.since if found is not None else None

    return Reference(
        name,
        span=span,
        aliases=vocabulary.catalog.aliases(name.full),
        strings=(),
        arguments=_arguments(parameters.values(), texts, since_of, span.since if span is not None else None),
        open=False,
        call=MappingProxyType({}),
        needs_tensorflow=False,
        home=None,
        takes_sequence=entry.takes_sequence,
    )


def _arguments(
    arguments: Iterable[Argument],
    texts: Mapping[str, str],
    since_of: Callable[[str], str | None],
    since: str | None,
) -> tuple[ArgumentReference, ...]:
    return tuple(
        ArgumentReference(
            name=argument.name,
            kinds=ordered_kinds(argument),
            choices=argument.choices,
            family=argument.family,
            required=argument.required and not argument.name.startswith("*"),
            default=argument.default,
            since=newer if (newer := since_of(argument.name)) != since else None,
            about=in_yaml(texts.get(argument.name.lstrip("*"), "")),
        )
        for argument in arguments
    )
