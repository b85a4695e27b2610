"""Which changes of wiring follow from nodes that were put in or taken out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass, field

from modelspec.architecture.comparing.links import slots_in
from modelspec.architecture.comparing.plain_data import structure_data
from modelspec.architecture.comparing.values import same
from modelspec.architecture.model import Node, Structure, Tensor, reads

Part = tuple[str, int, tuple[int | str, ...]]
"""A node of the second graph, its call, and the part of what that gives."""


@dataclass(slots=True)
class Wiring:
    """The nodes of two graphs, and which is which.

    Args:
        forward: names of the second by those of the first.
    """

    before: Mapping[str, Node]
    after: Mapping[str, Node]
    forward: Mapping[str, str]
    _kept: Set[str] = frozenset()
    _above: dict[tuple[int, Tensor], frozenset[Part]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._kept = frozenset(self.forward.values())

    def equal(self, before: Structure, after: Structure) -> bool:
        """Whether two structures read the same."""
        return same(structure_data(mapped(before, self._renamed)), structure_data(after))

    def follows(self, before: Structure, after: Structure) -> bool:
        """Whether the second differs from the first only in what was put in or taken out.

        A slot does where a new node stands between it and what it read, or a node between is gone; further
        slots do where new nodes fill them, and missing ones where nodes are gone that filled them.
        """
        first, second = dict(slots_in(before)), dict(slots_in(after))
        old, new = [*first.values()], [*second.values()]
        if len(old) == len(new):
            return all(map(self._stands_for, old, new))
        kept = [self._renamed(tensor) for tensor in old if tensor.node in self.forward]
        return kept == [tensor for tensor in new if tensor.node in self._kept]

    def _renamed(self, tensor: Tensor) -> Tensor:
        # No node of the second graph has such a name.
        name = self.forward.get(tensor.node, f"\0{tensor.node}")
        return Tensor(name, tensor.call, tensor.index)

    def _stands_for(self, before: Tensor, after: Tensor) -> bool:
        if self._renamed(before) == after:
            return True
        gone, new = before.node not in self.forward, after.node not in self._kept
        if not gone and not new:
            return False
        return (gone and new) or bool(self._origins(0, before) & self._origins(1, after))

    def _origins(self, side: int, tensor: Tensor) -> frozenset[Part]:
        """The nodes that are on both sides and that a tensor comes from, over nodes that are not."""
        known = self._above.get((side, tensor))
        if known is not None:
            return known
        found: set[Part] = set()
        seen: set[tuple[str, int]] = set()
        stack = [tensor]
        nodes = self.after if side else self.before
        while stack:
            item = stack.pop()
            if (item.node in self._kept) if side else (item.node in self.forward):
                name = item.node if side else self.forward[item.node]
                found.add((name, item.call, item.index))
            elif (item.node, item.call) not in seen:
                seen.add((item.node, item.call))
                stack.extend(_read_by(nodes.get(item.node), item.call))
        self._above[side, tensor] = frozenset(found)
        return self._above[side, tensor]


def _read_by(node: Node | None, call: int) -> Iterator[Tensor]:
    if node is not None and call < len(node.calls):
        yield from reads(node.calls[call])


def mapped(structure: Structure, change: Callable[[Tensor], Tensor]) -> Structure:
    """A structure with each tensor in it changed."""
    match structure:
        case Tensor():
            return change(structure)
        case Mapping():
            return {key: mapped(item, change) for key, item in structure.items()}
        case list() | tuple():
            return [mapped(item, change) for item in structure]
        case _:
            return structure
