"""The closed spec: a document without includes, variables, `repeat` and `each`, its values final.

What is left for the `graph` room is wiring: blocks stand as groups with a body of their own, so
that a reference is looked up in the scope it was written in.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from modelspec.diagnostics import Place
from modelspec.frozen import dataclass
from modelspec.language.closed_train import Train
from modelspec.language.values import Field, Fields, KerasDict, Object, Origin, Plain, Value


@dataclass(frozen=True, slots=True)
class Ref:
    """A reference to a tensor as written (`prev`, `lstm.1`, `x[:, 0]`), not yet looked up."""

    text: str
    origin: Origin


@dataclass(frozen=True, slots=True)
class Constant:
    """`{value: 2.0}` among the tensors of an operation."""

    value: Value
    origin: Origin


@dataclass(frozen=True, slots=True)
class RefList:
    """A list of references."""

    items: tuple[RefStructure, ...]
    origin: Origin


@dataclass(frozen=True, slots=True)
class RefField:
    """A key of a mapping of references."""

    name: str
    value: RefStructure
    place: Place


@dataclass(frozen=True, slots=True)
class RefMap:
    """A mapping of argument names, block inputs or output names to references."""

    fields: tuple[RefField, ...]
    origin: Origin


RefStructure = Ref | Constant | RefList | RefMap


@dataclass(frozen=True, slots=True)
class Name:
    """A written name and its place."""

    text: str
    origin: Origin


@dataclass(frozen=True, slots=True)
class CallField:
    """A call argument: a plain value, or a tensor (`{from: name}`)."""

    name: str
    value: Value | Ref
    place: Place


@dataclass(frozen=True, slots=True)
class LayerKind:
    """A layer made anew: a class with arguments, or a Keras dict."""

    object: Object | KerasDict


@dataclass(frozen=True, slots=True)
class OpKind:
    """`ops.add` with the arguments written under the key."""

    op: str
    args: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class BlockKind:
    """An instance of a block, its parameters bound, its body with it."""

    block: str
    inputs: tuple[str, ...]
    body: Body
    scope_root: bool = False


@dataclass(frozen=True, slots=True)
class ModelKind:
    """A use of a nested model: the key under `models`."""

    key: str


@dataclass(frozen=True, slots=True)
class ReuseKind:
    """A second call of an earlier layer or model, by the name it was given in this scope."""

    target: str


Kind = LayerKind | OpKind | BlockKind | ModelKind | ReuseKind


@dataclass(frozen=True, slots=True)
class Item:
    """One item of `layers`, one copy of it.

    Args:
        kind: what it is; `None` where the item's key was a variable that held null.
        name: the written name with `_1`, `_2` for later copies; `None` for an automatic one.
        keras_name: the layer's name in Keras, as it is, where that is written.
        alias: the name that means the last copy of a repeated item; on the last copy only.
        reads: its `from`; `None` for the default.
        call: other call arguments.
        absent: `when` is false, `repeat` is 0, or the key held null: it stands for its input.
        unreadable: absent and of several outputs, so that nothing may read it.
        broken: a mistake in it has been reported; what reads it is not complained about.
        trainable: as written on the item.
        dtype: as written on the item.
        origin: the item's key, with its frames.
    """

    kind: Kind | None
    origin: Origin
    name: Name | None = None
    keras_name: Name | None = None
    alias: str | None = None
    reads: RefStructure | None = None
    call: tuple[CallField, ...] = ()
    absent: bool = False
    unreadable: bool = False
    broken: bool = False
    trainable: Plain | None = None
    dtype: Value | None = None


@dataclass(frozen=True, slots=True)
class Body:
    """Items and the outputs that are read from them; `outputs` is `None` for the last item."""

    items: tuple[Item, ...]
    outputs: RefStructure | None
    origin: Origin


@dataclass(frozen=True, slots=True)
class Input:
    """An input of a model.

    Args:
        name: as written.
        shape: without the batch, `None` for an open dimension; `None` when `batch_shape` is given.
        batch_shape: with the batch.
        dtype: e.g. `int32`; `None` for the default of Keras.
        sparse, ragged, optional: as Keras has them; `None` where not written.
        keras_name: its name in Keras, where that is another.
    """

    name: str
    origin: Origin
    shape: tuple[int | None, ...] | None = None
    batch_shape: tuple[int | None, ...] | None = None
    dtype: str | None = None
    sparse: bool | None = None
    ragged: bool | None = None
    optional: bool | None = None
    keras_name: str | None = None

    @property
    def called(self) -> str:
        """Its name in Keras."""
        return self.keras_name or self.name


ModelClass = Literal["Functional", "Sequential"]


@dataclass(frozen=True, slots=True)
class ClosedModel:
    """A model: the document itself, or an entry of `models`.

    Args:
        key: the entry's key under `models`; empty for the document itself.
        name: the name of the Keras model.
        cls: `Functional`, `Sequential`, or a registered class with arguments.
        inputs_as: how the inputs are given, as a structure of input names; `None` for the default.
        body: the graph; `None` when `object` or `archive` is given.
        object: `model:`, the one object that is the model.
        archive: the path of a `.keras` archive that is nested as it is.
        spec: the closed spec of a `file:` document, which this model is.
    """

    key: str
    name: Name
    cls: ModelClass | Object
    origin: Origin
    inputs: tuple[Input, ...] = ()
    inputs_as: RefStructure | None = None
    body: Body | None = None
    object: Object | KerasDict | None = None
    archive: str | None = None
    spec: ClosedSpec | None = None
    dtype: Value | None = None
    trainable: Plain | None = None


@dataclass(frozen=True, slots=True)
class Bound:
    """A number that `expect` wants: exactly, or within bounds (both included)."""

    low: int | None
    high: int | None
    origin: Origin


@dataclass(frozen=True, slots=True)
class Expect:
    """What `expect` says the model must have; `None` where it says nothing."""

    origin: Origin
    params: Bound | None = None
    trainable_params: Bound | None = None
    layers: Bound | None = None
    output_shape: Value | None = None


@dataclass(frozen=True, slots=True)
class Patterns:
    """An ordered list of patterns of graph paths; `!` before one takes away."""

    items: tuple[Plain, ...]
    origin: Origin


@dataclass(frozen=True, slots=True)
class Load:
    """An entry of `weights.load`.

    Args:
        number: which entry it is, from 0.
        file: as written.
        path: the file or folder it means.
        origin: of `file`.
        places: where each part is written: `("rename", 0)` for the first rule.
        sha256: what the file must be, in hexadecimal digits.
        source: the key `from`.
        exclude: the key `except`.
    """

    number: int
    file: str
    path: Path
    origin: Origin
    places: tuple[tuple[tuple[str | int, ...], Origin], ...]
    sha256: str | None
    source: str | None
    into: str | None
    match: Literal["name", "path", "order"]
    rename: tuple[tuple[str, str], ...]
    only: tuple[str, ...]
    exclude: tuple[str, ...]
    missing: Literal["error", "init"]
    unexpected: Literal["error", "ignore"]
    mismatch: Literal["error", "skip"]
    optimizer: bool

    def origin_of(self, part: tuple[str | int, ...]) -> Origin:
        """Where a part is written, or what it is in."""
        found = dict(self.places)
        return found.get(part) or found.get(part[:1]) or self.origin


@dataclass(frozen=True, slots=True)
class Lora:
    """An entry of `weights.lora`: low-rank adapters for the layers that patterns choose.

    Args:
        alpha: what the adapters' product is multiplied by, times `rank`; `None` where it is not said.
        alpha_origin: where it is said.
    """

    layers: Patterns
    rank: int
    origin: Origin
    alpha: int | float | None = None
    alpha_origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class Quantize:
    """An entry of `weights.quantize`: how the layers that patterns choose are quantized.

    Args:
        mode: as `Model.quantize` takes it; `None` where `config` says it.
        config: an object of Keras, a quantization config.
    """

    layers: Patterns
    mode: str | None
    origin: Origin
    config: Value | None = None


@dataclass(frozen=True, slots=True)
class Weights:
    """The `weights` section."""

    seed: int = 0
    loads: tuple[Load, ...] = ()
    freeze: Patterns | None = None
    inference: Patterns | None = None
    lora: tuple[Lora, ...] = ()
    quantize: tuple[Quantize, ...] = ()


@dataclass(frozen=True, slots=True)
class Lint:
    """The `lint` section: names of rules and of groups of them.

    Args:
        select: those to look for; `None` for the default ones.
        ignore: those not to.
    """

    select: tuple[Plain, ...] | None = None
    ignore: tuple[Plain, ...] = ()


@dataclass(frozen=True, slots=True)
class Requirement:
    """`keras>=3.12` taken apart: the package, and (operator, version) pairs that must all hold."""

    package: str
    bounds: tuple[tuple[str, tuple[int, ...]], ...]
    text: str
    origin: Origin


@dataclass(frozen=True, slots=True)
class ClosedSpec:
    """A whole document, closed.

    Args:
        model: the document's own model.
        models: the nested models it uses, by key, in the order of the document.
        defaults: default arguments per class, as written.
        use: modules that register classes.
        compile: what `Model.compile` takes, as a plain mapping of values.
        lint: which rules `lint` looks for; says nothing about the model.
        meta: free data for the archive's metadata, untouched JSON.
        sources: the files that were read, in order, with the SHA-256 of their bytes.
    """

    model: ClosedModel
    models: tuple[ClosedModel, ...]
    origin: Origin
    requires: tuple[Requirement, ...] = ()
    defaults: tuple[tuple[Name, tuple[Field, ...]], ...] = ()
    use: tuple[Plain, ...] = ()
    dtype: Value | None = None
    data_format: Literal["channels_last", "channels_first"] = "channels_last"
    compile: Fields | None = None
    weights: Weights = Weights()
    expect: Expect | None = None
    train: Train | None = None
    lint: Lint | None = None
    meta: object = None
    sources: tuple[tuple[str, str], ...] = ()
