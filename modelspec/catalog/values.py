"""Values of arguments to what stands in a Keras config: scalars, lists, mappings, serialization dicts."""

from __future__ import annotations

import copy
import math
from collections.abc import Collection, Mapping
from types import MappingProxyType

from modelspec.catalog.called_functions import function_meant, is_called
from modelspec.catalog.check import check_kind, describe
from modelspec.catalog.context import Context, did_you_mean, listed
from modelspec.catalog.entry import Argument, ClassEntry
from modelspec.catalog.families import CUSTOM, FAMILIES, Family
from modelspec.catalog.known import content_of, may_keep
from modelspec.catalog.registered import is_registered_name
from modelspec.catalog.resolved import KerasObject, model_reference
from modelspec.catalog.safety.vocabulary import inlined, is_vocabulary
from modelspec.catalog.unregistered import report_registered
from modelspec.diagnostics import nearest
from modelspec.language.values import Field, Fields, Items, KerasDict, Object, Origin, Plain, Unknown, Value
from modelspec.language.words import ITEM_WORDS

_OF_MODELS = frozenset({"layer", "model", "activation"})
# Where Keras takes nothing but what derives from its own class.
_BASES = MappingProxyType(
    {
        "layer": "keras.layers.Layer",
        "cell": "keras.layers.Layer",
        "model": "keras.Model",
        "optimizer": "keras.optimizers.Optimizer",
    }
)


def resolve_value(
    value: Value, context: Context, *, family: str | None = None, rule: Family | None = None
) -> object:
    """A value as JSON and serialization dicts; `None` for what is wrong, which is reported.

    Args:
        family: of the objects that are wanted; `None` where nothing is known.
        rule: what may stand there, where that differs from the family's own rule.
    """
    rule = rule or (FAMILIES[family] if family is not None else None)
    match value:
        case Unknown():
            return None
        case KerasDict(data=data):
            return copy.deepcopy(data)
        case Items(items=items):
            return [resolve_value(item, context, family=family, rule=rule) for item in items]
        case Object():
            made = resolve_object(value, context, family=family)
            return made.data if made is not None else None
        case Fields():
            return _resolve_fields(value, context, family=family, rule=rule)
        case Plain(value=str(text)) if family is not None and rule is not None:
            return _resolve_string(text, value.origin, context, family=family, rule=rule)
        case Plain(value=str(text)) if is_registered_name(text) and _is_registered(text, context):
            return _resolve_registered(text, value.origin, context, family=None, rule=None)
        case Plain(value=float(number)) if not math.isfinite(number):
            text = ".nan" if math.isnan(number) else ".inf" if number > 0 else "-.inf"
            context.complain(
                "not-json",
                f"`{text}` cannot be written in an archive, whose parts are JSON",
                value.origin,
                help="write a finite number",
            )
            return None
        case Plain(value=int() | float() as number) if rule is not None and not rule.plain:
            context.complain("wrong-kind", f"{rule.noun} is wanted here, not {describe(value)}", value.origin)
            return number
        case Plain(value=plain):
            return plain


def resolve_object(
    obj: Object,
    context: Context,
    *,
    family: str | None,
    unknown: str = "unknown-class",
    without: frozenset[str] = frozenset(),
) -> KerasObject | None:
    """An object as a serialization dict with the document's defaults; `None` where its class is not known.

    Args:
        family: what is wanted; `None` searches everywhere.
        unknown: the code where there is no such class.
        without: arguments that no default of the document may give.
    """
    if is_registered_name(obj.cls) and context.catalog.entry(obj.cls) is None:
        function = context.catalog.function(obj.cls)
        if function is None:
            report_registered(obj.cls, obj.origin, context)
        elif not function.stands_for(family):
            what = FAMILIES[family].noun if family is not None else "that"
            context.complain(
                "wrong-family",
                f"`{obj.cls}` is a function, not {what}",
                obj.origin,
                help=f"write `Activation: {{activation: {obj.cls}}}`"
                if family == "layer"
                else listed(family),
            )
        elif obj.written_bare or not obj.args:
            return KerasObject(dict(function.data), obj.origin, MappingProxyType({}))
        else:
            context.complain(
                "wrong-kind",
                f"`{obj.cls}` is a function, which takes no arguments here",
                obj.origin,
                help=f"write `{obj.cls}` alone",
            )
        for field in obj.args:
            resolve_value(field.value, context)
        return None
    entry = find_class(obj.cls, obj.origin, context, family=family, unknown=unknown)
    return make_object(entry, obj.args, obj.origin, context, without=without) if entry is not None else None


def make_object(
    entry: ClassEntry,
    args: tuple[Field, ...],
    origin: Origin,
    context: Context,
    *,
    without: frozenset[str] = frozenset(),
) -> KerasObject:
    """The serialization dict of a class: the arguments written, the document's defaults for the rest."""
    written = {field.name for field in args}
    given = () if entry.name in context.applying else context.defaults.get(entry.name, ())
    defaults = tuple(field for field in given if field.name not in written and field.name not in without)
    origins = {field.name: field.value.origin for field in (*args, *defaults)}
    known = context.known if not context.applying else None
    content = content_of(args) if known is not None else None
    if known is None or content is None:
        data = _data(entry, args, defaults, origin, context)
    elif (key := (entry.name, content, without)) in known.data:
        data = known.data[key]
    else:
        data = _data(entry, args, defaults, origin, context)
        if may_keep(context.report):
            known.hold(key, data)
    return KerasObject(data, origin, MappingProxyType(origins))


def _data(
    entry: ClassEntry, args: tuple[Field, ...], defaults: tuple[Field, ...], origin: Origin, context: Context
) -> dict[str, object]:
    values: dict[str, object] = {field.name: resolve_argument(entry, field, context) for field in args}
    inner = context.inside_defaults_of(entry.name) if defaults else context
    values |= {field.name: resolve_argument(entry, field, inner) for field in defaults}
    misspelt = {nearest(field.name, entry.arguments) for field in args if field.name not in entry.arguments}
    _check_required(entry, values.keys() | misspelt, origin, context)
    for name in entry.fill:
        values.setdefault(name, copy.deepcopy(entry.arguments[name].default))
    # The order of the constructor, so that the order in a document changes nothing.
    others = sorted(values.keys() - entry.arguments.keys())
    return entry.data({name: values[name] for name in (*entry.arguments, *others) if name in values})


def resolve_argument(entry: ClassEntry, field: Field, context: Context) -> object:
    """One argument of a class; an unknown name or a wrong kind of value is reported."""
    argument = entry.arguments.get(field.name)
    if argument is None:
        if not entry.open and field.name not in entry.legacy:
            context.complain_of_key(
                "unknown-argument",
                f"`{entry.short}` has no argument `{field.name}`",
                field,
                help=_help_for_argument(field.name, entry),
            )
        return resolve_value(field.value, context)
    if isinstance(field.value, Plain) and isinstance(field.value.value, str):
        text, origin = field.value.value, field.value.origin
        if is_vocabulary(entry.short, field.name):
            return inlined(text, origin, context, class_name=entry.short)
        if is_called(entry.short, field.name) and not is_registered_name(text):
            return function_meant(text, origin, context)
    return resolve_for(argument, field.value, context, owner=entry.short)


def resolve_for(
    argument: Argument, value: Value, context: Context, *, owner: str, rule: Family | None = None
) -> object:
    """A value for an argument that is known."""
    if not check_kind(argument, value, owner=owner, context=context):
        return None
    if isinstance(value, Fields) and "mapping" in argument.kinds and argument.family is not None:
        if _is_taken_for_object(value, context):
            return None
        return {
            field.name: _as_object(
                resolve_value(field.value, context, family=argument.family), argument, context
            )
            for field in value.fields
        }
    return resolve_value(value, context, family=argument.family, rule=rule)


def _as_object(resolved: object, argument: Argument, context: Context) -> object:
    """A value of a mapping of objects; Keras reads no name of a policy there (`DTypePolicyMap`)."""
    if argument.family != "dtype_policy" or resolved not in context.catalog.dtypes():
        return resolved
    config = {"name": resolved}
    return {"module": "keras", "class_name": "DTypePolicy", "config": config, "registered_name": None}


def find_class(
    written: str, origin: Origin, context: Context, *, family: str | None, unknown: str = "unknown-class"
) -> ClassEntry | None:
    """The one class that a name means; none, several or one of another family is reported."""
    catalog = context.catalog
    accepts = FAMILIES[family].accepts if family is not None else None
    found = catalog.find(written, accepts)
    if family is not None and family in _BASES and [entry.family for entry in found] == [CUSTOM]:
        context.complain(
            "wrong-family",
            f"`{written}` derives from no class of Keras, so it is not {FAMILIES[family].noun}",
            origin,
            help=f"let it derive from `{_BASES[family]}`",
        )
        return None
    if len(found) == 1:
        return found[0]
    if found:
        context.complain(
            "ambiguous-class",
            f"`{written}` may be {' or '.join(f'`{entry.name}`' for entry in found)}",
            origin,
            help="write the full name",
        )
        return None
    others = catalog.find(written)
    if family is not None and others:
        context.complain(
            "wrong-family",
            f"`{written}` is {FAMILIES[others[0].family].noun}, not {FAMILIES[family].noun}",
            origin,
            # A registered name is no misspelling of another.
            help=(None if is_registered_name(written) else did_you_mean(catalog.near(written, accepts)))
            or listed(family),
        )
        return None
    near = catalog.near(written, accepts) or catalog.near(written)
    help_text: str | None
    if family is None:
        literal = f"a plain mapping is written `{{$literal: {{{written}: …}}}}`"
        help_text = f"did you mean `{near}`? {literal}" if near else literal
    else:
        help_text = did_you_mean(near) or listed(family)
    what = FAMILIES[family].noun.partition(" ")[2] if family is not None else "class"
    context.complain(unknown, f"no {what} is called `{written}`", origin, help=help_text)
    return None


def _help_for_argument(name: str, entry: ClassEntry) -> str:
    if name in ITEM_WORDS and entry.family == "layer":
        return f"`{name}` is a word of the item: it stands beside `{entry.short}`, not under it"
    return did_you_mean(nearest(name, entry.arguments)) or _has(entry.arguments)


def _has(names: Mapping[str, object]) -> str:
    return f"it has {', '.join(f'`{name}`' for name in names)}" if names else "it has none"


def _check_required(
    entry: ClassEntry, given: Collection[str | None], origin: Origin, context: Context
) -> None:
    """Report required arguments that are not given; one that is merely misspelt has been reported."""
    missing = [name for name, argument in entry.arguments.items() if argument.required and name not in given]
    if missing and not entry.open and not entry.reads_itself:
        context.complain(
            "missing-argument",
            f"`{entry.short}` needs {' and '.join(f'`{name}`' for name in missing)}",
            origin,
            help=f"write `{entry.short}: {{{', '.join(f'{name}: …' for name in missing)}}}`",
        )


def _resolve_fields(value: Fields, context: Context, *, family: str | None, rule: Family | None) -> object:
    if _is_taken_for_object(value, context):
        return None
    if rule is not None and not rule.mapping and not value.literal:
        key = value.fields[0].name if len(value.fields) == 1 else None
        found = context.catalog.find(key, rule.accepts) if key is not None else ()
        near = (
            found[0].short if found else context.catalog.near(key, rule.accepts) if key is not None else None
        )
        if key in context.models:
            help_text: str = f"a model is named by itself: write `{key}`"
        else:
            help_text = f"did you mean `{{{near}: …}}`?" if near else "write `{Class: {argument: value}}`"
        context.complain(
            "wrong-kind", f"{rule.noun} is wanted here, not a mapping", value.origin, help=help_text
        )
        return None
    if value.literal:
        family = rule = None
    return {
        field.name: resolve_value(field.value, context, family=family, rule=rule) for field in value.fields
    }


def _is_taken_for_object(value: Fields, context: Context) -> bool:
    """Whether Keras would take a plain mapping for an object as soon as it loads the archive: reported."""
    found = value.get("class_name") is not None and value.get("config") is not None
    if found:
        context.complain(
            "literal-object",
            "Keras takes a mapping with `class_name` and `config` for an object when it loads the archive",
            value.origin,
            help="rename one of the two keys",
        )
    return found


def _resolve_string(text: str, origin: Origin, context: Context, *, family: str, rule: Family) -> object:
    """A string where an object is wanted: what Keras reads stays a string, else it is a class or function."""
    if is_registered_name(text) or _is_registered(text, context):
        return _resolve_registered(text, origin, context, family=family, rule=rule)
    if text.lower() in rule.words:
        return text
    if family == "dtype_policy" and context.catalog.is_dtype(text):
        return text
    known = context.catalog.identifier(text, family)
    if known is not None:
        entry = context.catalog.entry(known)
        has_defaults = entry is not None and bool(context.defaults.get(entry.name))
        if rule.strings and not has_defaults:
            return text
        if entry is not None:
            return make_object(entry, (), origin, context).data
        return text
    if "." in text:
        return _resolve_full_name(text, origin, context, family=family, rule=rule)
    if not rule.strings:
        if text in context.models and family in _OF_MODELS:
            return model_reference(text)
        if context.catalog.find(text, rule.accepts):
            made = resolve_object(Object(text, (), origin, written_bare=True), context, family=family)
            return made.data if made is not None else None
    _report_string(text, origin, context, family=family, rule=rule)
    return None


def _is_registered(text: str, context: Context) -> bool:
    registered = context.catalog.registered
    return text in registered.classes or text in registered.functions


def _resolve_registered(
    text: str, origin: Origin, context: Context, *, family: str | None, rule: Family | None
) -> object:
    """A registered name as a string: the function, or the class without arguments."""
    function = context.catalog.function(text)
    if function is not None:
        if not function.stands_for(family):
            message = f"`{text}` is a function, not {rule.noun if rule is not None else 'that'}"
            context.complain("wrong-family", message, origin, help=listed(family))
            return None
        return dict(function.data)
    made = resolve_object(Object(text, (), origin, written_bare=True), context, family=family)
    return made.data if made is not None else None


def _resolve_full_name(text: str, origin: Origin, context: Context, *, family: str, rule: Family) -> object:
    function = context.catalog.function(text)
    if function is not None and function.stands_for(family):
        return dict(function.data)
    if context.catalog.find(text, rule.accepts):
        made = resolve_object(Object(text, (), origin, written_bare=True), context, family=family)
        return made.data if made is not None else None
    _report_string(text, origin, context, family=family, rule=rule)
    return None


def _report_string(text: str, origin: Origin, context: Context, *, family: str, rule: Family) -> None:
    """Say that a string names nothing here, and what was most likely meant."""
    others = () if context.catalog.find(text, rule.accepts) else context.catalog.find(text)
    if others:
        message = f"`{text}` is {FAMILIES[others[0].family].noun}, not {rule.noun}"
        context.complain("wrong-family", message, origin, help=listed(family))
        return
    what = rule.noun.partition(" ")[2]
    help_text = _help_for_string(text, context, family=family, rule=rule)
    context.complain("unknown-identifier", f"no {what} is called `{text}`", origin, help=help_text)


def _help_for_string(text: str, context: Context, *, family: str, rule: Family) -> str | None:
    catalog = context.catalog
    strings = [*rule.words, *(catalog.dtypes() if family == "dtype_policy" else ())]
    if rule.strings or rule.folded:
        # Base classes are in Keras' tables too, but nobody means them.
        strings += [name for name, full in catalog.identifiers(family).items() if full.count(".") > 1]
    near = nearest(text, [name for name in strings if name.islower() == text.islower()])
    near = near or nearest(text, strings)
    if near is not None and near.lower() == text.lower():
        return did_you_mean(near)
    entry = catalog.spelt_otherwise(text, rule.accepts)
    if entry is not None and rule.strings:
        return f"a class is written as a mapping: `{{{entry.short}: {{…}}}}`"
    return did_you_mean(near or catalog.near(text, rule.accepts)) or listed(family)
