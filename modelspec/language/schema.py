"""The shape of the sections that hold plain data, checked by pydantic, its findings put at their places."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
    ValidationError,
)

from modelspec.diagnostics import Place, Report, nearest
from modelspec.language.values import Fields, Items, Object, Unknown, Value, to_data, walk

Dimension = Annotated[StrictInt, Field(ge=0)] | None
Count = Annotated[StrictInt, Field(ge=0)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=())


class InputSection(_Section):
    """An entry of `inputs` in its long form."""

    shape: list[Dimension] | None = None
    batch_shape: list[Dimension] | None = None
    dtype: StrictStr | None = None
    sparse: StrictBool | None = None
    ragged: StrictBool | None = None
    optional: StrictBool | None = None
    keras_name: StrictStr | None = None


class BoundSection(_Section):
    """`{min, max}` in `expect`."""

    min: Count | None = None
    max: Count | None = None


class ExpectSection(_Section):
    """The `expect` section."""

    params: Count | BoundSection | None = None
    trainable_params: Count | BoundSection | None = None
    layers: Count | BoundSection | None = None
    output_shape: Any = None


class LintSection(_Section):
    """The `lint` section; which rules there are is known elsewhere."""

    select: list[StrictStr] | None = None
    ignore: list[StrictStr] | None = None


class WeightsSection(_Section):
    """The `weights` section, as far as it is about this model alone."""

    seed: Annotated[StrictInt, Field(ge=0, lt=2**64)] = 0
    freeze: list[StrictStr] | None = None
    inference: list[StrictStr] | None = None
    load: Any = None
    lora: Any = None
    quantize: Any = None


class LoadSection(_Section):
    """An entry of `weights.load`."""

    file: StrictStr
    sha256: Annotated[StrictStr, Field(pattern=r"^[0-9A-Fa-f]{64}$")] | None = None
    source: StrictStr | None = Field(None, alias="from")
    into: StrictStr | None = None
    match: Literal["name", "path", "order"] = "name"
    rename: dict[StrictStr, StrictStr] | None = None
    only: list[StrictStr] | None = None
    exclude: list[StrictStr] | None = Field(None, alias="except")
    missing: Literal["error", "init"] = "error"
    unexpected: Literal["error", "ignore"] = "error"
    mismatch: Literal["error", "skip"] = "error"
    optimizer: StrictBool = False


class LoraSection(_Section):
    """An entry of `weights.lora`."""

    layers: Annotated[list[StrictStr], Field(min_length=1)]
    rank: Annotated[StrictInt, Field(ge=1)]
    alpha: Annotated[StrictInt, Field(gt=0)] | Annotated[StrictFloat, Field(gt=0)] | None = None


class QuantizeSection(_Section):
    """An entry of `weights.quantize`; its `config` is an object, which the catalog checks."""

    layers: Annotated[list[StrictStr], Field(min_length=1)]
    mode: StrictStr | None = None


class TrainSection(_Section):
    """The `train` section; `fit` is what `Model.fit` takes, which the catalog checks."""

    data: Any = None
    fit: Any = None
    entry: StrictStr | None = None
    args: dict[StrictStr, Any] | None = None
    seed: Annotated[StrictInt, Field(ge=0, lt=2**32)] | None = None
    checkpoint: Count = 1


class SamplesSection(_Section):
    """`validation` of `train.data`, where it is a mapping."""

    file: StrictStr | None = None
    x: Any = None
    y: Any = None
    sample_weight: Any = None


class DataSection(SamplesSection):
    """`data` of the `train` section."""

    dataset: StrictStr | None = None
    python: StrictStr | None = None
    args: dict[StrictStr, Any] | None = None
    validation: Any = None


Section = TypeVar("Section", bound=_Section)


def read_section(model: type[Section], value: Value, what: str, report: Report) -> Section | None:
    """The section as typed data; `None` where it does not fit, each misfit reported at its place.

    Args:
        what: how messages call it: ``input `image` ``.
    """
    if any(isinstance(part, Unknown) for part in walk(value)):
        return None
    if isinstance(value, Object) or not isinstance(value, Fields):
        report.add(
            "wrong-kind",
            f"{what} must be a mapping",
            value.origin.place,
            help=f"its keys are {', '.join(_keys(model))}",
            frames=value.origin.frames,
        )
        return None
    try:
        return model.model_validate(to_data(value))
    except ValidationError as error:
        for finding in error.errors(include_url=False, include_context=False):
            _report(finding, model, value, what, report)
        return None


def _report(finding: Any, model: type[_Section], value: Value, what: str, report: Report) -> None:
    path = tuple(finding["loc"])
    place, reached = _locate(value, path, unknown_key=finding["type"] == "extra_forbidden")
    if finding["type"] == "extra_forbidden":
        key = str(path[-1])
        known = _keys(BoundSection if len(path) > 1 else model)
        near = nearest(key, known)
        report.add(
            "unknown-key",
            f"{what} has no key `{key}`",
            place,
            help=f"did you mean `{near}`?" if near else f"its keys are {', '.join(known)}",
        )
        return
    if finding["type"] == "missing":
        report.add("missing-key", f"{what} needs `{path[-1]}`", place, frames=value.origin.frames)
        return
    name = ".".join(str(part) for part in path[:reached])
    report.add("wrong-kind", f"`{name}` of {what}: {_sentence(finding)}", place, frames=value.origin.frames)


def _keys(model: type[BaseModel]) -> tuple[str, ...]:
    """The keys of a section as they are written."""
    return tuple(field.alias or name for name, field in model.model_fields.items())


_SENTENCES = {
    "int_type": "a whole number is wanted",
    "bool_type": "`true` or `false` is wanted",
    "string_type": "a text is wanted",
    "list_type": "a list is wanted",
    "model_type": "a number, or a mapping of `min` and `max`, is wanted",
    "dict_type": "a mapping is wanted",
    "string_pattern_mismatch": "64 hexadecimal digits are wanted",
    "float_type": "a number is wanted",
    "too_short": "it must not be empty",
    "greater_than": "the number is too small",
    "greater_than_equal": "the number is too small",
    "less_than": "the number is too large",
}


def _sentence(finding: Any) -> str:
    if finding["type"] == "literal_error":
        return str(finding["msg"]).replace("Input should be", "possible are").replace("'", "`")
    return _SENTENCES.get(finding["type"], str(finding["msg"]).lower())


def _locate(value: Value, path: tuple[int | str, ...], *, unknown_key: bool) -> tuple[Place, int]:
    """The place of the deepest value (or unknown key) that a path reaches, and how many steps led there."""
    place = value.origin.place
    for taken, step in enumerate(path):
        match value:
            case Fields() if isinstance(step, str):
                field = next((field for field in value.fields if field.name == step), None)
                if field is None:
                    return place, taken
                value = field.value
                place = field.place if unknown_key and taken == len(path) - 1 else value.origin.place
            case Items() if isinstance(step, int) and step < len(value.items):
                value = value.items[step]
                place = value.origin.place
            case _:
                return place, taken
    return place, len(path)
