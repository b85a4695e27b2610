"""What only trying shows: which keywords Keras takes, what `from_config` needs written, which numbers do.

Each trial goes through `deserialize_keras_object`, as loading an archive does.
"""

from __future__ import annotations

import copy
import inspect
import json
import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from modelspec.catalog.own import is_of_keras
from modelspec.link.harvest import private
from modelspec.link.harvest.choices import corrected_choices, tried_choices
from modelspec.link.harvest.handed_on import keys_looked_at, keywords_taken
from modelspec.link.harvest.samples import is_wanted, keyword_sample, sample
from modelspec.link.harvest.signature import is_open, parameters_of

Arguments = Mapping[str, Mapping[str, Any]]

# A keyword that no class takes.
_MADE_UP = "no_such_keyword"


@dataclass(frozen=True)
class Trial:
    """What trying a class has shown.

    Args:
        base: a config that makes an instance; `None` where none could be made.
        needs_tensorflow: without TensorFlow there is no making it.
        keywords: those accepted besides the named parameters; untried, those a base class names.
        fill: arguments whose default `from_config` does not fill in by itself; untried, all of them.
    """

    base: Mapping[str, Any] | None
    needs_tensorflow: bool = False
    keywords: frozenset[str] = frozenset()
    fill: tuple[str, ...] = ()


def try_class(name: str, cls: type, arguments: Arguments) -> Trial:
    """Try a class with sample values for its required arguments.

    Args:
        name: canonical name.
        cls: the class.
        arguments: its named parameters, as `describe_parameters` gives them.
    """
    defaults = {key: entry["default"] for key, entry in arguments.items() if "default" in entry}
    required = _required(cls, arguments)
    with private.without_tensorflow():
        tries = [] if required is None else [required, {**defaults, **required}]
        errors = [_error(name, config) for config in tries]
        works = [config for config, error in zip(tries, errors, strict=True) if error is None]
        if required is None or not works:
            return Trial(
                base=None,
                needs_tensorflow=any("TensorFlow" in str(error) for error in errors),
                keywords=_untried_keywords(cls, arguments),
                fill=tuple(defaults),
            )
        fill = tuple(_must_be_written(name, required, defaults))
        base = required | {key: defaults[key] for key in fill}
        return Trial(base=base, keywords=frozenset(_accepted_keywords(name, cls, base, arguments)), fill=fill)


def try_numbers(name: str, cls: type, arguments: Arguments, trial: Trial) -> Mapping[str, list[str]]:
    """For each argument that takes floats, its kinds with whole numbers, unless Keras refuses those.

    Some optimizers do as soon as they are made. A float for a whole number is never meant, though Keras
    often takes it.
    """
    found = {}
    with private.without_tensorflow():
        for argument, entry in arguments.items():
            kinds = entry.get("kinds", [])
            if "float" in kinds and "int" not in kinds and _takes_whole(name, cls, argument, entry, trial):
                found[argument] = [*kinds, "int"]
    return found


def try_choices(
    name: str, cls: type, arguments: Arguments, trial: Trial, texts: Mapping[str, str]
) -> Mapping[str, tuple[tuple[str, ...], bool]]:
    """For each argument that takes a closed set of strings, those, and whether whatever their case.

    Args:
        texts: the arguments' descriptions.
    """
    found = {}
    with private.without_tensorflow():
        for argument, entry in arguments.items():
            is_open = corrected_choices(cls.__name__, argument) == ()
            if "str" not in entry.get("kinds", ()) or trial.base is None or is_open:
                continue
            choices, folded = tried_choices(
                entry.get("choices", ()),
                texts.get(argument, ""),
                entry.get("default"),
                _refusal_of(name, trial.base, argument),
            )
            if choices:
                found[argument] = (choices, folded)
    return found


def _refusal_of(name: str, base: Mapping[str, Any], argument: str) -> Callable[[str], str | None]:
    def refusal(value: str) -> str | None:
        error = _error(name, {**base, argument: value})
        return None if error is None else str(error)

    return refusal


def make(name: str, config: Mapping[str, Any]) -> Any:
    """The object that a config makes."""
    import keras

    module, _, class_name = name.rpartition(".")
    cls = private.public_symbol(name)
    with _same_every_time():
        if cls is not None and _is_callback(cls):
            return cls(**copy.deepcopy(dict(config)))
        return keras.saving.deserialize_keras_object(
            {
                "module": module,
                "class_name": class_name,
                "config": copy.deepcopy(dict(config)),
                "registered_name": None,
            }
        )


@contextmanager
def _same_every_time() -> Iterator[None]:
    """Names counted from the start, and the seeds Keras draws by itself always the same."""
    private.start_name_counts()
    state = random.getstate()
    random.seed(0)
    try:
        yield
    finally:
        random.setstate(state)


def _is_callback(cls: type) -> bool:
    """Whether a class is one that Keras writes into no archive, and so has no config."""
    import keras

    return issubclass(cls, keras.callbacks.Callback)


def described(obj: Any) -> object:
    """The object's config as JSON text; its type's name where it cannot be serialised."""
    import keras

    try:
        return json.dumps(keras.saving.serialize_keras_object(obj), sort_keys=True)
    except Exception:
        return type(obj).__name__


def _error(name: str, config: Mapping[str, Any]) -> Exception | None:
    try:
        make(name, config)
    except Exception as error:
        return error
    return None


def _required(cls: type, arguments: Arguments) -> dict[str, Any] | None:
    try:
        return {
            argument: sample(cls.__name__, argument)
            for argument, entry in arguments.items()
            if ("default" not in entry and "opaque" not in entry) or is_wanted(cls.__name__, argument)
        }
    except KeyError:
        return None


def _candidates(cls: type, config: Mapping[str, Any], arguments: Arguments) -> dict[str, Any]:
    """Keywords that may be taken besides the named parameters, each with a value to try."""
    init = inspect.getattr_static(cls, "__init__")
    found = {key: value for key, value in config.items() if key not in arguments}
    if inspect.isfunction(init) and not is_open(init) and "from_config" not in vars(cls):
        return found
    for method in _inits(cls):
        for parameter in parameters_of(method):
            if parameter.kind in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL):
                continue
            default = None if parameter.default is parameter.empty else parameter.default
            found.setdefault(parameter.name, default)
        for taken in keys_looked_at(method, "kwargs"):
            found.setdefault(taken, None)
    for taken in _read_from_config(cls):
        found.setdefault(taken, None)
    known = {key: value for key, value in found.items() if key not in arguments}
    return {key: keyword_sample(cls.__name__, key, value) for key, value in sorted(known.items())}


def _untried_keywords(cls: type, arguments: Arguments) -> frozenset[str]:
    """What a class that cannot be tried takes besides its named parameters, by its source."""
    return keywords_taken(cls) - arguments.keys()


def _inits(cls: type) -> Iterator[Any]:
    """The constructors written in Python along the bases, the class's own first."""
    for base in cls.__mro__:
        init = vars(base).get("__init__")
        if inspect.isfunction(init) and is_of_keras(base.__module__):
            yield init


def _accepted_keywords(
    name: str, cls: type, required: Mapping[str, Any], arguments: Arguments
) -> Iterator[str]:
    config = _config_of(make(name, required))
    candidates = _candidates(cls, config, arguments)
    if _error(name, {**required, _MADE_UP: None}) is None:
        # It swallows what it does not know, so that only what it writes or reads says something.
        known = {*config, *_read_from_config(cls)}
        candidates = {key: value for key, value in candidates.items() if key in known}
    for keyword, value in candidates.items():
        if _error(name, {**required, keyword: value}) is None:
            yield keyword


def _read_from_config(cls: type) -> tuple[str, ...]:
    return keys_looked_at(getattr(cls, "from_config", None), "config")


def _config_of(obj: Any) -> Mapping[str, Any]:
    try:
        config = obj.get_config()
    except Exception:
        return {}
    return config if isinstance(config, Mapping) else {}


def _must_be_written(name: str, required: Mapping[str, Any], defaults: Mapping[str, Any]) -> Iterator[str]:
    """Arguments whose default has to stand in the config for `from_config` to make the same object."""
    full = {**defaults, **required}
    optional = [key for key in defaults if key not in required]
    if _error(name, full) is not None:
        # Defaults that exclude each other when written out: nothing but the bare config can be meant.
        return
    whole = described(make(name, full))
    for argument in optional:
        rest = {key: value for key, value in full.items() if key != argument}
        if _error(name, rest) is not None or described(make(name, rest)) != whole:
            yield argument


def _takes_whole(name: str, cls: type, argument: str, entry: Mapping[str, Any], trial: Trial) -> bool:
    """Whether Keras takes a whole number for a float; true where nothing could be tried."""
    base = trial.base
    if base is None:
        return True
    working = [v for v in _values(cls, argument, entry) if not _fails(name, base, argument, v)]
    whole = [value for value in working if value == int(value)]
    return not whole or any(not _fails(name, base, argument, int(value)) for value in whole)


def _fails(name: str, base: Mapping[str, Any], argument: str, value: object) -> bool:
    return _error(name, {**base, argument: value}) is not None


def _values(cls: type, argument: str, entry: Mapping[str, Any]) -> Iterator[float]:
    """Floats to try: the default, the sample, then small ones."""
    candidates = [entry.get("default")]
    with suppress(KeyError):
        candidates.append(sample(cls.__name__, argument))
    for value in (*candidates, 2.0, 1.0, 0.0):
        if isinstance(value, float):
            yield value
