"""What most objects of a class are given, under `defaults`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from modelspec.decompiler.folding.patterns import same_key
from modelspec.decompiler.folding.vocabulary import Vocabulary
from modelspec.decompiler.yaml_text import flow
from modelspec.language.words import is_class_key

_FEWEST = 2
_FEWEST_OF_SOME = 4  # where some objects have to say that they are otherwise
_MAY_BE_REQUIRED = frozenset({"activation"})
_PLACES = ("blocks", "models", "layers", "compile", "model")

Sections = dict[str, object]


def hoisted(sections: Sections, vocabulary: Vocabulary) -> Sections:
    """The sections with `defaults` where these make them shorter.

    Defaults reach every object that is written in the document, nested ones too; a class that is written
    somewhere as a bare string, which may or may not be an object, has none.
    """
    objects: dict[str, list[Mapping[str, object]]] = {}
    bare: set[str] = set()
    for place in _PLACES:
        for key, args in _objects(sections.get(place), bare):
            objects.setdefault(key, []).append(args)
    items = set(_item_keys(sections))
    defaults: dict[str, dict[str, object]] = {}
    for key in sorted(objects):
        if key in items and key not in bare:
            found = _defaults_of(key, objects[key], vocabulary)
            if found:
                defaults[key] = found
    if not defaults:
        return sections
    result: Sections = {}
    for key, value in sections.items():
        if key in ("blocks", "models", "inputs") and "defaults" not in result:
            result["defaults"] = defaults
        result[key] = _without(value, defaults, vocabulary) if key in _PLACES else value
    return result


def _defaults_of(key: str, objects: list[Mapping[str, object]], vocabulary: Vocabulary) -> dict[str, object]:
    found: dict[str, object] = {}
    for argument in dict.fromkeys(name for args in objects for name in args):
        usual = vocabulary.usual(key, argument)
        if usual is None and argument not in _MAY_BE_REQUIRED:
            continue
        given = [args[argument] for args in objects if argument in args]
        literal = [value for value in given if not _holds_expression(value)]
        if not literal:
            continue
        counts = Counter(same_key(value) for value in literal)
        most, count = counts.most_common(1)[0]
        value = next(one for one in literal if same_key(one) == most)
        lacking = len(objects) - len(given)
        if lacking and (usual is None or _takes_lines(usual.value)):
            continue
        enough = count >= _FEWEST if count == len(objects) else count >= max(_FEWEST_OF_SOME, 4 * lacking)
        if (enough or _takes_lines(value)) and count >= _FEWEST and count > lacking:
            found[argument] = value
    order = vocabulary.order(key)
    return dict(sorted(found.items(), key=lambda pair: order.get(pair[0], len(order))))


def _takes_lines(value: object) -> bool:
    """Whether a value alone makes an item longer than a line."""
    return isinstance(value, dict) and len(flow(value)) > 50


def _holds_expression(value: object) -> bool:
    match value:
        case str():
            return "$" in value
        case dict():
            return any(_holds_expression(item) for item in value.values())
        case list():
            return any(_holds_expression(item) for item in value)
        case _:
            return False


def _is_object(value: Mapping[str, object]) -> bool:
    return len(value) == 1 and is_class_key(next(iter(value)))


def _objects(value: object, bare: set[str]) -> Iterator[tuple[str, Mapping[str, object]]]:
    """Every object below a value; strings that could be classes are noted."""
    match value:
        case str():
            if is_class_key(value):
                bare.add(value)
        case list():
            for item in value:
                yield from _objects(item, bare)
        case dict() if "class_name" in value and "config" in value:
            return
        case dict():
            for key, item in value.items():
                if isinstance(key, str) and is_class_key(key) and (item is None or isinstance(item, dict)):
                    yield key, item or {}
                if key not in ("name", "from"):
                    yield from _objects(item, bare)


def _item_keys(sections: Sections) -> Iterator[str]:
    blocks, models = sections.get("blocks", {}), sections.get("models", {})
    assert isinstance(blocks, dict)
    assert isinstance(models, dict)
    for body in (*blocks.values(), *models.values(), sections):
        if isinstance(body, dict):
            for item in body.get("layers", ()):
                yield item if isinstance(item, str) else next(iter(item))


def _without(value: object, defaults: Mapping[str, Mapping[str, object]], vocabulary: Vocabulary) -> object:
    match value:
        case list():
            return [_bare(_without(item, defaults, vocabulary)) for item in value]
        case dict() if "class_name" in value and "config" in value:
            return value
        case dict():
            return {
                key: _lessened(key, item, defaults, vocabulary)
                if key in defaults and (item is None or isinstance(item, dict))
                else _without(item, defaults, vocabulary)
                for key, item in value.items()
            }
        case _:
            return value


def _bare(item: object) -> object:
    """An item without arguments and words is a string."""
    if isinstance(item, dict) and len(item) == 1:
        ((key, value),) = item.items()
        return key if value is None and is_class_key(key) else item
    return item


def _lessened(
    key: str, args: object, defaults: Mapping[str, Mapping[str, object]], vocabulary: Vocabulary
) -> object:
    """The arguments that are not as the defaults have them."""
    given = dict(args) if isinstance(args, dict) else {}
    for argument, default in defaults[key].items():
        if argument not in given:
            usual = vocabulary.usual(key, argument)
            assert usual is not None
            given[argument] = usual.value
        elif same_key(given[argument]) == same_key(default):
            del given[argument]
    left = {name: _without(item, defaults, vocabulary) for name, item in given.items()}
    order = vocabulary.order(key)
    return dict(sorted(left.items(), key=lambda pair: order.get(pair[0], len(order)))) or None
