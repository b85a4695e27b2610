"""The `train` section: its keys, where its data lies, and what goes together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from modelspec.diagnostics import Report, nearest
from modelspec.language.close import close_value
from modelspec.language.closed_train import (
    Arrays,
    ArraySource,
    Data,
    DatasetData,
    FileData,
    FunctionData,
    NamedArrays,
    Samples,
    Share,
    Train,
)
from modelspec.language.schema import DataSection, SamplesSection, TrainSection, read_section
from modelspec.language.scope import Scope
from modelspec.language.values import Field, Fields, Items, Origin, Plain, Unknown, Value
from modelspec.source.tree import Entry, Mapping, Node, Scalar, Sequence

# A mapping with no other keys is an array in a file of its own, not arrays by name.
_OWN_FILE = frozenset({"file", "array", "columns"})
_SOURCES = ("file", "dataset", "python")
_FUNCTION = "a function is written `file.py:name` or `package.module:name`"


def close_train(entry: Entry, scope: Scope, report: Report, *, has_compile: bool) -> Train | None:
    """The `train` section; `None` where something in it is wrong, which is reported.

    Args:
        has_compile: whether the document says how the model is compiled, or may hold a model that does.
    """
    value = _closed(entry.value, scope, report)
    section = read_section(TrainSection, value, "`train`", report) if value is not None else None
    if section is None or not isinstance(value, Fields):
        return None
    origin = scope.origin(entry.key.place)
    found = len(report.diagnostics)
    given = value.get("entry")
    function = _function(given, report) if given is not None else None
    if given is not None:
        _alone(value, report)
    elif value.get("args") is not None:
        _complain(
            "unknown-key",
            "`args` of `train` goes with `entry`",
            value.get("args"),
            report,
            help="arguments of `Model.fit` stand under `fit`",
        )
    data = value.get("data")
    if given is None and data is None:
        report.add(
            "missing-key",
            "`train` needs `data`, or the caller's own function as `entry`",
            entry.key.place,
            help="write `data: {file: data.npz, x: …, y: …}`",
        )
    if given is None and not has_compile:
        report.add(
            "missing-key",
            "`train` needs a model that is compiled, and the document has no `compile`",
            entry.key.place,
            help="write `compile: {optimizer: adam, loss: …}`",
        )
    fit = value.get("fit")
    if fit is not None and not isinstance(fit, Fields):
        _complain(
            "wrong-kind",
            "`fit` of `train` is a mapping of what `Model.fit` takes",
            fit,
            report,
            help="for example `fit: {epochs: 10, batch_size: 32}`",
        )
    closed = _close_data(data, report) if data is not None and given is None else None
    if any(item.severity == "error" for item in report.diagnostics[found:]):
        return None
    return Train(
        origin=origin,
        data=closed,
        fit=fit if isinstance(fit, Fields) else None,
        entry=function,
        args=_fields(value.get("args")),
        seed=section.seed,
        checkpoint=section.checkpoint,
    )


def _closed(node: Node, scope: Scope, report: Report) -> Fields | Value | None:
    """The section's values; what is null is not there, so that a base's key can be taken away."""
    if not isinstance(node, Mapping):
        return close_value(node, scope, report)
    fields = []
    for entry in node.entries:
        if isinstance(entry.value, Scalar) and entry.value.value is None:
            continue
        # Nothing in them is an object: their keys are names of inputs, outputs and arguments.
        plain = frozenset(_keys(entry.value)) if entry.key.text in ("data", "args") else frozenset()
        value = close_value(entry.value, scope, report, plain_keys=plain)
        fields.append(Field(entry.key.text, value, entry.key.place))
    return Fields(tuple(fields), scope.origin(node.place))


def _keys(node: Node) -> Iterator[str]:
    match node:
        case Mapping():
            for entry in node.entries:
                yield entry.key.text
                yield from _keys(entry.value)
        case Sequence():
            for item in node.items:
                yield from _keys(item)


def _alone(value: Fields, report: Report) -> None:
    for field in value.fields:
        if field.name in ("data", "fit", "checkpoint"):
            report.add(
                "given-twice",
                f"`entry` of `train` stands instead of `data`, `fit` and `checkpoint`, and `{field.name}`"
                " is there too",
                field.place,
                help="hand what the function needs to it as `args`",
            )


def _function(value: Value, report: Report) -> Plain | None:
    """`module:name`, checked."""
    if isinstance(value, Plain) and isinstance(value.value, str):
        module, colon, name = value.value.rpartition(":")
        if colon and module and name.isidentifier():
            return value
        _complain("wrong-value", f"`{value.value}` names no function", value, report, help=_FUNCTION)
    return None


def _close_data(value: Value, report: Report) -> Data | None:
    value = _without_nulls(value)
    section = read_section(DataSection, value, "`data` of `train`", report)
    if section is None or not isinstance(value, Fields):
        return None
    sources = [name for name in _SOURCES if value.get(name) is not None]
    if len(sources) > 1 and sources != ["file"]:
        field = next(field for field in value.fields if field.name == sources[1])
        report.add(
            "given-twice",
            f"`data` of `train` comes from `{sources[0]}` or from `{sources[1]}`, not from both",
            field.place,
            help="keep one of the two; `null` takes away what a base says",
        )
        return None
    if sources in (["dataset"], ["python"]):
        return _elsewhere(value, sources[0], report)
    if value.get("args") is not None:
        _complain(
            "unknown-key", "a file of data takes no `args`", value.get("args"), report, help="take them out"
        )
    samples = _samples(value, value.origin, None, report)
    validation = value.get("validation")
    if samples is None:
        return None
    return FileData(
        samples, _validation(validation, samples, value, report) if validation else None, value.origin
    )


def _elsewhere(value: Fields, source: str, report: Report) -> Data | None:
    """Data that a function gives, of Keras or of the caller."""
    for field in value.fields:
        if field.name in ("x", "y", "sample_weight"):
            report.add(
                "unknown-key",
                f"`{field.name}` names arrays of a file, and `{source}` gives them itself",
                field.place,
                help="take it out",
            )
    found, args, said = value.get(source), _fields(value.get("args")), value.get("validation")
    assert found is not None
    share: Share | Literal["test"] | None = None
    if isinstance(said, Plain) and said.value == "test" and source == "dataset":
        share = "test"
    elif said is not None:
        share = _share(said, report, test=source == "dataset")
    if source == "python":
        function = _function(found, report)
        if function is None or share == "test":
            return None
        return FunctionData(function, args, share, value.origin)
    return DatasetData(found, args, share, value.origin) if isinstance(found, Plain) else None


def _samples(value: Fields, origin: Origin, base: Samples | None, report: Report) -> Samples | None:
    """`file`, `x`, `y` and `sample_weight` of one mapping.

    Args:
        base: what validation goes by where it says nothing itself.
    """
    file = value.get("file")
    found: dict[str, Arrays | None] = {}
    for name in ("x", "y", "sample_weight"):
        written = value.get(name)
        if written is not None:
            found[name] = _arrays(name, written, file, base, report)
            if found[name] is None:
                return None
        elif base is not None and isinstance(file, Plain):
            found[name] = _moved(getattr(base, name), file)
        else:
            found[name] = None
    x = found["x"]
    if x is None:
        report.add(
            "missing-key",
            "`data` of `train` needs `x`: the array, or the columns, that the model reads"
            if base is None
            else "`validation` needs `x`, or a `file` of its own",
            origin.place,
            help="for example `x: x_train` for an array of an `.npz`, `x: [width, height]` for columns",
            frames=origin.frames,
        )
        return None
    return Samples(x, found["y"], found["sample_weight"], origin)


def _arrays(
    name: str, value: Value, file: Value | None, base: Samples | None, report: Report
) -> Arrays | None:
    if isinstance(value, Fields) and not {field.name for field in value.fields} <= _OWN_FILE:
        items = []
        for field in value.fields:
            source = _source(f"{name}.{field.name}", field.value, file, base, report)
            if source is None:
                return None
            items.append((field.name, source, field.place))
        return NamedArrays(tuple(items), value.origin)
    return _source(name, value, file, base, report)


def _source(
    name: str, value: Value, file: Value | None, base: Samples | None, report: Report
) -> ArraySource | None:
    """One array: its name, its columns, or a file of its own."""
    if isinstance(value, Fields) and {field.name for field in value.fields} <= _OWN_FILE:
        own = value.get("file")
        named = value.get("array") or value.get("columns")
        if own is None and file is None:
            _complain("missing-key", f"`{name}` needs a `file`", value, report)
            return None
        if value.get("array") is not None and value.get("columns") is not None:
            _complain("given-twice", f"`{name}` is an `array` or `columns`, not both", value, report)
            return None
        names = _names(name, named, report) if named is not None else ((), False)
        chosen: Value | None = own if own is not None else file
    else:
        names, chosen = _names(name, value, report), file
        if chosen is None and base is not None:
            first = next(_sources_of(base))
            return None if names is None else ArraySource(first.file, first.file_origin, *names, value.origin)
    if names is None:
        return None
    if not (isinstance(chosen, Plain) and isinstance(chosen.value, str)):
        _complain(
            "missing-key" if chosen is None else "wrong-kind",
            f"`data` of `train` does not say which file `{name}` lies in",
            value if chosen is None else chosen,
            report,
            help="write `file: data.npz` beside it, or `{file: x.npy}` in its place",
        )
        return None
    return ArraySource(chosen.value, chosen.origin, *names, value.origin)


def _names(name: str, value: Value, report: Report) -> tuple[tuple[str, ...], bool] | None:
    match value:
        case Plain(value=str(text)):
            return (text,), False
        case Items(items=items) if items and all(
            isinstance(item, Plain) and isinstance(item.value, str) for item in items
        ):
            return tuple(str(item.value) for item in items if isinstance(item, Plain)), True
        case _:
            _complain(
                "wrong-kind",
                f"`{name}` is the name of an array or a column, a list of columns, or a mapping of names"
                " to them",
                value,
                report,
                help="numbers and the like that are names need quotes: `['0', '1']`",
            )
            return None


def _moved(arrays: Arrays | None, file: Plain) -> Arrays | None:
    """The same arrays of another file."""
    match arrays:
        case ArraySource():
            return ArraySource(str(file.value), file.origin, arrays.names, arrays.listed, file.origin)
        case NamedArrays(items=items):
            moved = tuple(
                (name, ArraySource(str(file.value), file.origin, one.names, one.listed, file.origin), place)
                for name, one, place in items
            )
            return NamedArrays(moved, file.origin)
        case None:
            return None


def _sources_of(samples: Samples) -> Iterator[ArraySource]:
    match samples.x:
        case ArraySource():
            yield samples.x
        case NamedArrays(items=items):
            yield from (source for _, source, _ in items)


def _validation(value: Value, samples: Samples, data: Fields, report: Report) -> Samples | Share | None:
    if not isinstance(value, Fields):
        share = _share(value, report, test=False)
        return share if isinstance(share, Share) else None
    if read_section(SamplesSection, value, "`validation`", report) is None:
        return None
    file = data.get("file")
    own = value
    if value.get("file") is None and file is not None and value.get("x") is not None:
        # What it names lies in the same file.
        own = Fields((*value.fields, Field("file", file, value.origin.place)), value.origin)
        if value.get("y") is None and samples.y is not None:
            report.add(
                "missing-key",
                "`validation` has `x` and no `y`, which the training data has",
                value.origin.place,
                help="name the array",
            )
            return None
        written = Fields(own.fields, own.origin)
        return _samples(written, value.origin, None, report)
    return _samples(own, value.origin, samples, report)


def _share(value: Value, report: Report, *, test: bool) -> Share | None:
    match value:
        case Plain(value=bool()):
            pass
        case Plain(value=int() | float() as number) if 0 < number < 1:
            return Share(float(number), value.origin)
        case Unknown():
            return None
    near = nearest(str(value.value), ("test",)) if isinstance(value, Plain) and test else None
    _complain(
        "wrong-value",
        "`validation` is the share of the samples that is kept for it, between 0 and 1"
        + (", or `test`" if test else ""),
        value,
        report,
        help=f"did you mean `{near}`?" if near else "for example `validation: 0.2`",
    )
    return None


def _without_nulls(value: Value) -> Value:
    if not isinstance(value, Fields):
        return value
    kept = (f for f in value.fields if not (isinstance(f.value, Plain) and f.value.value is None))
    return Fields(tuple(kept), value.origin, value.literal)


def _fields(value: Value | None) -> Fields | None:
    return value if isinstance(value, Fields) else None


def _complain(
    code: str, message: str, value: Value | None, report: Report, *, help: str | None = None
) -> None:
    assert value is not None
    report.add(code, message, value.origin.place, help=help, frames=value.origin.frames)
