"""`train.fit` as arguments of `Model.fit`, held to its signature; callbacks as serialization dicts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from modelspec.catalog.check import describe
from modelspec.catalog.context import Context, did_you_mean, listed
from modelspec.catalog.resolved import Fit, KerasObject
from modelspec.catalog.safety.documents import TRUSTED
from modelspec.catalog.values import resolve_for, resolve_object, resolve_value
from modelspec.diagnostics import nearest
from modelspec.language.closed_train import DatasetData, FileData, FunctionData, Train
from modelspec.language.values import Field, Fields, Items, KerasDict, Object, Plain, Unknown, Value

DATASETS = (
    "boston_housing",
    "california_housing",
    "cifar10",
    "cifar100",
    "fashion_mnist",
    "imdb",
    "mnist",
    "reuters",
)
"""The modules of `keras.datasets`, the same in every release."""

ELSEWHERE: Mapping[str, str] = MappingProxyType(
    {
        "x": "the data stands under `data`, beside `fit`",
        "y": "the data stands under `data`, beside `fit`",
        "sample_weight": "the data stands under `data`, beside `fit`",
        "validation_data": "it is `validation`, under `data`",
        "verbose": "how training shows itself is up to whoever runs it: `--quiet`",
    }
)
"""Arguments of `Model.fit` that are said elsewhere, and where."""
# The smallest value of a count.
_LEAST = MappingProxyType(
    {
        "batch_size": 1,
        "epochs": 1,
        "initial_epoch": 0,
        "steps_per_epoch": 1,
        "validation_steps": 1,
        "validation_batch_size": 1,
    }
)
# Callbacks that no document can have, why, and what to do instead.
_UNFIT = MappingProxyType(
    {
        "BackupAndRestore": ("keeps what every run keeps by itself", "`--resume` goes on from there"),
        "Callback": ("does nothing", "name one that does, or one of your own"),
        "CallbackList": ("holds other callbacks", "list them under `callbacks`"),
        "LambdaCallback": ("takes functions, which no document can hold", "write a class of your own"),
        "ProgbarLogger": ("writes to the terminal", "a run shows its progress by itself"),
    }
)
PATHS: Mapping[str, str] = MappingProxyType(
    {
        "CSVLogger": "filename",
        "ModelCheckpoint": "filepath",
        "OrbaxCheckpoint": "directory",
        "TensorBoard": "log_dir",
    }
)
"""The argument of a callback that says where it writes, which is in the folder of the run."""
_REMOTE = "RemoteMonitor"
_OUTSIDE = re.compile(r"^[/\\~]|^[A-Za-z]:|(^|[/\\])\.\.([/\\]|$)|://")


def resolve_train(train: Train, context: Context) -> Fit | None:
    """What `Model.fit` is given besides data; `None` where the caller's own function trains."""
    _check_source(train, context)
    if train.entry is not None:
        return None
    known = context.catalog.fit_arguments
    arguments: dict[str, object] = {}
    callbacks: tuple[KerasObject, ...] = ()
    fields = train.fit.fields if train.fit is not None else ()
    for field in fields:
        argument = known.get(field.name)
        if argument is None or field.name in ELSEWHERE:
            context.complain_of_key(
                "unknown-argument",
                f"`fit` has no argument `{field.name}`" + (" here" if argument is not None else ""),
                field,
                help=ELSEWHERE.get(field.name)
                or did_you_mean(nearest(field.name, [name for name in known if name not in ELSEWHERE])),
            )
        elif field.name == "callbacks":
            callbacks = tuple(_callbacks(field.value, context))
        elif field.name == "class_weight":
            arguments[field.name] = _class_weight(field.value, context)
        else:
            arguments[field.name] = resolve_for(argument, field.value, context, owner="fit")
            _check_range(field, context)
    _check_together(train, {field.name: field for field in fields}, context)
    given = {name: value for name, value in arguments.items() if value is not None}
    origins = {field.name: field.value.origin for field in fields}
    return Fit(MappingProxyType(given), callbacks, MappingProxyType(origins))


def _check_source(train: Train, context: Context) -> None:
    match train.data:
        case DatasetData(dataset=named) if named.value not in DATASETS:
            near = nearest(str(named.value), DATASETS)
            context.complain(
                "wrong-value",
                f"`keras.datasets` has no `{named.value}`",
                named.origin,
                help=did_you_mean(near) or f"it has {', '.join(f'`{name}`' for name in DATASETS)}",
            )


def _check_range(field: Field, context: Context) -> None:
    match field.value:
        case Plain(value=bool()):
            return
        case Plain(value=int(number)) if number < _LEAST.get(field.name, number):
            least = _LEAST[field.name]
            context.complain(
                "wrong-value",
                f"`{field.name}` of `fit` is {least} or more, not `{number}`",
                field.value.origin,
            )
        case Plain(value=int() | float() as share) if field.name == "validation_split" and not 0 <= share < 1:
            context.complain(
                "wrong-value",
                f"`validation_split` of `fit` is a share of the samples, between 0 and 1, not `{share}`",
                field.value.origin,
            )


def _check_together(train: Train, fields: Mapping[str, Field], context: Context) -> None:
    split = fields.get("validation_split")
    said = isinstance(train.data, FileData | DatasetData | FunctionData) and train.data.validation is not None
    if split is not None and said:
        context.complain_of_key(
            "given-twice",
            "`validation_split` of `fit` and `validation` of `data` both say what is validated with",
            split,
            help="keep one of the two",
        )
    first, last = _whole(fields.get("initial_epoch")), _whole(fields.get("epochs"))
    if first and first >= (last or 1):
        context.complain(
            "wrong-value",
            f"`initial_epoch` is {first}, and training ends after {last or 1}",
            fields["initial_epoch"].value.origin,
            help="epochs are counted from 0, and `epochs` is the number at which training ends",
        )


def _whole(field: Field | None) -> int | None:
    match field:
        case Field(value=Plain(value=int(number))):
            return number
        case _:
            return None


def _class_weight(value: Value, context: Context) -> dict[int, float] | None:
    """Weights by number of class, which are keys and therefore text in a document."""
    if isinstance(value, Plain) and value.value is None:
        return None
    if not isinstance(value, Fields):
        context.complain(
            "wrong-kind",
            f"`class_weight` of `fit` takes a mapping of classes to weights, not {describe(value)}",
            value.origin,
            help="for example `class_weight: {0: 1.0, 1: 2.5}`",
        )
        return None
    found: dict[int, float] = {}
    for field in value.fields:
        match field.value:
            case Plain(value=int() | float() as weight) if (
                not isinstance(weight, bool) and field.name.isascii() and field.name.isdigit()
            ):
                found[int(field.name)] = float(weight)
            case Unknown():
                pass
            case _:
                context.complain_of_key(
                    "wrong-kind",
                    f"`class_weight` of `fit` takes numbers of classes and weights, not `{field.name}:"
                    f" {describe(field.value).strip('`')}`",
                    field,
                    help="classes are counted from 0: `{0: 1.0, 1: 2.5}`",
                )
    return found


def _callbacks(value: Value, context: Context) -> Iterator[KerasObject]:
    items = value.items if isinstance(value, Items) else (value,)
    for item in items:
        made = _callback(item, context)
        if made is not None and _is_fit(made, context):
            yield made


def _callback(value: Value, context: Context) -> KerasObject | None:
    match value:
        case Object():
            return resolve_object(value, context, family="callback")
        case KerasDict(data=data):
            entry = context.catalog.class_of(data)
            if entry is None or entry.family != "callback":
                context.complain(
                    "unknown-class", "this dict is no callback", value.origin, help=listed("callback")
                )
                return None
            return KerasObject(data, value.origin, MappingProxyType({}), verbatim=True)
        case Plain(value=str()):
            made = resolve_value(value, context, family="callback")
            return KerasObject(made, value.origin, MappingProxyType({})) if isinstance(made, dict) else None
        case Plain(value=None) | Unknown():
            return None
        case _:
            context.complain(
                "wrong-kind",
                f"a callback is wanted here, not {describe(value)}",
                value.origin,
                help="write `callbacks: [{EarlyStopping: {patience: 3}}]`",
            )
            return None


def _is_fit(made: KerasObject, context: Context) -> bool:
    """Whether a document may have a callback, and what it writes stays in the folder of the run."""
    if made.data.get("registered_name") is not None:
        return True
    name = str(made.data.get("class_name"))
    if name in _UNFIT:
        why, instead = _UNFIT[name]
        context.complain("unfit-callback", f"`{name}` {why}", made.origin, help=instead)
        return False
    if name == _REMOTE:
        allowed = context.policy.allow_unsafe
        context.complain(
            "unsafe-allowed" if allowed else "unsafe-object",
            f"`{name}` sends what it sees to a server",
            made.origin,
            help=TRUSTED if allowed else "`--allow-unsafe` lets it",
        )
        return allowed
    config = made.data.get("config")
    argument = PATHS.get(name)
    path = config.get(argument) if argument is not None and isinstance(config, dict) else None
    if isinstance(path, str) and _OUTSIDE.search(path):
        assert argument is not None
        context.complain(
            "unsafe-path",
            f"`{argument}` of `{name}` leaves the folder of the run",
            made.arguments.get(argument, made.origin),
            help="a callback writes into that folder: give a name, or a path relative to it",
        )
        return False
    return True
