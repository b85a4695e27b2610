"""The `compile` section as a Keras compile config."""

from __future__ import annotations

from collections.abc import Mapping

from modelspec.catalog.context import Context, did_you_mean
from modelspec.catalog.families import COMPILE
from modelspec.catalog.values import resolve_for, resolve_value
from modelspec.diagnostics import nearest
from modelspec.graph.model import Graph, TensorMap, WholeModel
from modelspec.language.values import Field, Fields, Items, Object, Plain, Value

# Arguments in which a mapping is by output.
_PER_OUTPUT = frozenset({"loss", "loss_weights", "metrics", "weighted_metrics"})
# Keras takes metrics in a list or a mapping only.
_LISTED = frozenset({"metrics", "weighted_metrics"})


def resolve_compile(written: Fields, model: Graph | WholeModel, context: Context) -> dict[str, object]:
    """The arguments of `Model.compile`; objects as serialization dicts, outputs by the names Keras has.

    `jit_compile` is `auto` unless the document says otherwise, so that an archive does not depend on the
    machine that made it.
    """
    arguments = context.catalog.compile_arguments
    config: dict[str, object] = {}
    for field in written.fields:
        argument = arguments.get(field.name)
        if argument is None:
            context.complain_of_key(
                "unknown-argument",
                f"`compile` has no argument `{field.name}`",
                field,
                help=did_you_mean(nearest(field.name, arguments)),
            )
            continue
        if field.name in _LISTED and not _is_listed(field, context):
            continue
        value = field.value
        if field.name in _PER_OUTPUT and isinstance(value, Fields):
            config[field.name] = _per_output(field.name, value, model, context, family=argument.family)
            continue
        rule = COMPILE.get(argument.family) if argument.family is not None else None
        config[field.name] = resolve_for(argument, value, context, owner="compile", rule=rule)
    config.setdefault("jit_compile", "auto")
    return {name: config[name] for name in arguments if name in config}


def _is_listed(field: Field, context: Context) -> bool:
    match field.value:
        case Plain(value=None) | Items() | Fields():
            return True
        case Plain(value=str(text)):
            shown = text
        case Object(cls=cls):
            shown = f"{{{cls}: …}}"
        case _:
            return True
    context.complain(
        "wrong-kind",
        f"`{field.name}` takes a list, or a mapping of outputs to lists",
        field.value.origin,
        help=f"write `[{shown}]`",
    )
    return False


def _per_output(
    name: str, value: Fields, model: Graph | WholeModel, context: Context, *, family: str | None
) -> dict[str, object]:
    """A mapping of outputs, its keys as Keras names the outputs."""
    names = _output_names(model)
    found: dict[str, object] = {}
    for field in value.fields:
        if names and field.name not in names and field.name not in names.values():
            context.complain_of_key(
                "unknown-output",
                f"the model has no output `{field.name}`, named in `{name}`",
                field,
                help=did_you_mean(nearest(field.name, names))
                or f"it has {', '.join(f'`{n}`' for n in names)}",
            )
        found[names.get(field.name, field.name)] = _one_output(field.value, names, context, family=family)
    return dict(sorted(found.items()))  # the order in which they are written says nothing


def _one_output(value: Value, names: Mapping[str, str], context: Context, *, family: str | None) -> object:
    if isinstance(value, Fields) and not value.literal:
        # Outputs may nest; what is inside is looked up no further than the names that are known.
        inner = {
            names.get(field.name, field.name): _one_output(field.value, names, context, family=family)
            for field in value.fields
        }
        return dict(sorted(inner.items()))
    rule = COMPILE.get(family) if family is not None else None
    return resolve_value(value, context, family=family, rule=rule)


def _output_names(model: Graph | WholeModel) -> Mapping[str, str]:
    """The outputs as written, to their names in Keras; empty where they cannot be known."""
    if isinstance(model, WholeModel):
        return {}
    names = dict(model.output_names)
    if isinstance(model.outputs, TensorMap):
        names |= {key: key for key, _ in model.outputs.items if key not in names}
    return names
