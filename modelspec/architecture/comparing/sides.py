"""What is compared: an architecture, what Keras makes of it, and where each part of it is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from modelspec.architecture.model import Architecture, Structure
from modelspec.frozen import dataclass

NodePath = tuple[str, ...]
"""The names that lead to a node, those of the nested models around it first."""


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable of a model.

    Args:
        layer: the path of the layer it belongs to.
        name: its name below the layer, unique there.
        below: where Keras looks for it below the layer, unique there (`vars/0`, `query_dense/vars/1`).
        shape: sizes.
        dtype: as Keras names it.
        trainable: whether it trains; `None` where nobody knows.
        address: where Keras looks for it in a file of weights.
    """

    layer: NodePath
    name: str
    below: str
    shape: tuple[int, ...]
    dtype: str
    trainable: bool | None
    address: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What Keras makes of an architecture.

    Args:
        shapes: of what each call of a node gives, as JSON with the batch; open sizes are `None`.
        variables: in Keras' order, those of an optimizer not among them.
    """

    shapes: Mapping[NodePath, tuple[Structure, ...]]
    variables: tuple[Variable, ...]


@dataclass(frozen=True, slots=True)
class Use:
    """A use of a block, or a copy of an item: the text of it and where it stands."""

    text: str
    place: str


@dataclass(frozen=True, slots=True)
class Site:
    """Where a node is written.

    Args:
        place: `file:line` of its item.
        item: what the item is called where it is written.
        block: the block that the item stands in; `None` for one of the document's own.
        block_place: `file:line` of the block; `None` where nobody knows.
        uses: the uses that lead to it, innermost first.
    """

    place: str
    item: str
    block: str | None = None
    block_place: str | None = None
    uses: tuple[Use, ...] = ()


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two.

    Args:
        name: what the user calls it.
        facts: `None` where nobody could make the model.
        lacks: why there are no facts, or none but variables; the rest of a sentence.
        sites: where nodes are written, if it is a document.
    """

    name: str
    architecture: Architecture
    facts: Facts | None = None
    lacks: str | None = None
    sites: Mapping[NodePath, Site] = field(default_factory=dict)
