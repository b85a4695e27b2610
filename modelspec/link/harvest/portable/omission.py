"""Whether a key may be left out of a config: tried with each key, in more than one company, by loading.

A value may be left out where the object that Keras makes without it is the one it makes with it, whatever the
other arguments are and whatever is set for the whole process. `MaxPooling2D` writes its `strides` too, but
they are what `pool_size` is: such a key stays.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from modelspec.link.harvest import private
from modelspec.link.harvest.docstring import argument_texts
from modelspec.link.harvest.portable.variations import quoted_words, values_off
from modelspec.link.harvest.trials import described, make

Config = dict[str, Any]

# What follows settings of the process, or says what the object is rather than how: always written. `seed` is
# tried, for where old releases have none, null says the same as nothing.
ALWAYS_WRITTEN = frozenset(
    {"name", "trainable", "dtype", "data_format", "shape", "batch_shape", "input_shape", "layers"}
)

_IDENTITY = frozenset({"name", "trainable", "dtype"})

# How many values off the default are tried of each argument.
_COMPANIES = 2


@dataclass(frozen=True, slots=True)
class Omission:
    """What trying a class has shown of its config.

    Args:
        accepts: the keys that loading takes.
        omits: the keys that may be left out, each with what Keras then writes.
        unwritten: the arguments that loading takes and Keras never writes, each with its default.
        words: by argument: the words it takes, of those tried.
    """

    accepts: tuple[str, ...]
    omits: Mapping[str, object]
    unwritten: Mapping[str, object]
    words: Mapping[str, tuple[str, ...]]

    @property
    def data(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "accepts": list(self.accepts),
            "omits": dict(self.omits),
            "unwritten": dict(self.unwritten),
            "words": {argument: list(words) for argument, words in self.words.items()},
        }


def try_omission(
    name: str,
    cls: type,
    entry: Mapping[str, Any],
    base: Mapping[str, Any] | None,
    *,
    words: Mapping[str, list[str]],
) -> Omission:
    """Try every key of a class's config.

    Args:
        name: canonical name.
        cls: the class.
        entry: what `harvest_class` found.
        base: a config that makes an instance; `None` where there is none, and nothing may be left out.
        words: by argument: words that another release takes, to be tried here as well.
    """
    written = config_of(name, base) if base is not None else None
    taken = {*entry["arguments"], *entry.get("legacy", ()), *(written or {})}
    if base is None or written is None:
        return Omission(tuple(sorted(taken)), {}, {}, {})
    companies = [written, *_companies(name, cls, entry, base, written)]
    omits = {}
    for key in written:
        if key not in ALWAYS_WRITTEN:
            with suppress(_Needed):
                omits[key] = _left_out(name, key, companies)
    arguments = entry["arguments"]
    return Omission(
        tuple(sorted(taken)),
        omits,
        {
            key: arguments[key]["default"]
            for key in arguments
            if "default" in arguments[key] and not any(key in company for company in companies)
        },
        _words(
            name,
            _texts(cls),
            base,
            spoken=[argument for argument in arguments if isinstance(written.get(argument), str)],
            also=words,
        ),
    )


def config_of(name: str, config: Mapping[str, Any]) -> Config | None:
    """What Keras writes of the object that a config makes; `None` where it makes or writes none."""
    written = _written(name, _text(config))
    return None if written is None else dict(json.loads(written))


def _made_config(name: str, config: str) -> str | None:
    try:
        found = json.loads(str(described(make(name, json.loads(config)))))["config"]
    except Exception:
        return None
    return _text(found) if isinstance(found, dict) else None


# Most configs are asked for again and again, as the company of one key after the other.
_written = lru_cache(maxsize=10_000)(_made_config)


class _Needed(Exception):
    """A key has to be written."""


def _left_out(name: str, key: str, companies: list[Config]) -> object:
    """What Keras writes for a key that is left out, and may be left out for. Raises `_Needed`.

    In every company, and under other settings of the process, an object made with that value must be the one
    made without the key.
    """
    without = [_without(company, key) for company in companies]
    alone = config_of(name, without[0])
    if alone is None or key not in alone or _has_identity(alone[key]):
        raise _Needed
    value = alone[key]
    for rest in without:
        made = config_of(name, rest)
        if made is None or config_of(name, {**rest, key: value}) != made:
            raise _Needed
    texts = _text(without[0]), _text({**without[0], key: value})
    for elsewhere in private.other_settings():
        with elsewhere:
            bare, given = (_made_config(name, text) for text in texts)
        if bare is None or bare != given:
            raise _Needed
    return value


def _without(config: Config, key: str) -> Config:
    return {other: value for other, value in config.items() if other != key}


def _has_identity(value: object) -> bool:
    """Whether a written form has a name or a dtype in it: then it is an object made of other arguments."""
    match value:
        case dict():
            return not _IDENTITY.isdisjoint(value) or any(_has_identity(inner) for inner in value.values())
        case list():
            return any(_has_identity(inner) for inner in value)
        case _:
            return False


def _companies(
    name: str, cls: type, entry: Mapping[str, Any], base: Mapping[str, Any], written: Config
) -> Iterator[Config]:
    """What Keras writes when one other argument is off its default, a few times for each argument."""
    texts = _texts(cls)
    for argument, described_as in entry["arguments"].items():
        now = written.get(argument, base.get(argument, described_as.get("default")))
        seen = 0
        for value in values_off(now, family=described_as.get("family"), text=texts.get(argument, "")):
            changed = config_of(name, {**base, argument: value})
            if changed is None or changed == written:
                continue
            yield changed
            seen += 1
            if seen == _COMPANIES:
                break


def _words(
    name: str,
    texts: Mapping[str, str],
    base: Mapping[str, Any],
    *,
    spoken: Iterable[str],
    also: Mapping[str, list[str]],
) -> dict[str, tuple[str, ...]]:
    """By argument that is a text: the words that make an object, of its description's and those of `also`."""
    found = {}
    for argument in spoken:
        if argument in ALWAYS_WRITTEN:
            continue
        tried = dict.fromkeys((*quoted_words(texts.get(argument, "")), *also.get(argument, ())))
        accepted = tuple(word for word in tried if config_of(name, {**base, argument: word}) is not None)
        if accepted:
            found[argument] = accepted
    return found


def _texts(cls: type) -> dict[str, str]:
    texts: dict[str, str] = {}
    for base in reversed(inspect.getmro(cls)):
        texts |= argument_texts(base)
    return texts


def _text(value: object) -> str:
    return json.dumps(value, sort_keys=True)
