"""Which names need not be written, because compiling the document gives them anyway."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from modelspec.frozen import dataclass

SLICE_STEM = "get_item"


@dataclass(frozen=True, slots=True)
class Named:
    """What an item is called.

    Args:
        name: in Keras; `None` for what has no name of its own there (a further call).
        stem: the automatic name of its class before it is counted.
        handle: by what references know it; `None` where that is its name.
        fixed: whether its name stands there whatever it is: a further call's handle, a nested model's key.
        slices: the names of the slices that the item's references make, in order.
    """

    name: str | None
    stem: str
    handle: str | None = None
    fixed: bool = False
    slices: tuple[str, ...] = ()


def unwritten(
    items: Sequence[Named], inputs: Iterable[str], *, handles: Iterable[str] = ()
) -> frozenset[int]:
    """The positions of the items whose automatic name is the one they have.

    The names that are written decide which automatic ones are moved on over, so this is tried until what is
    left unwritten comes out right.

    Args:
        inputs: the names of the inputs.
        handles: by what references know them.
    """
    inputs, handles = tuple(inputs), tuple(handles)
    free = {
        position
        for position, item in enumerate(items)
        if not item.fixed and item.name is not None and _may_be_automatic(item.name, item.stem)
    }
    while True:
        wrong = _wrong(items, inputs, handles, free)
        if not wrong:
            return frozenset(free)
        free -= wrong


def slices_fit(
    items: Sequence[Named], free: frozenset[int], inputs: Iterable[str], tail: Sequence[str]
) -> bool:
    """Whether slices written as references get the names they have."""
    taken = {
        *inputs,
        *(item.name for position, item in enumerate(items) if item.name and position not in free),
    }
    counter = Counter(taken)
    wanted = [name for item in items for name in item.slices] + list(tail)
    return all(counter.next(SLICE_STEM) == name for name in wanted)


def _wrong(
    items: Sequence[Named], inputs: tuple[str, ...], handles: tuple[str, ...], free: set[int]
) -> set[int]:
    """Those that would be called otherwise, in Keras or in the document itself."""
    written = [item for position, item in enumerate(items) if item.name and position not in free]
    keras = Counter({*inputs, *(item.name for item in written)})
    local = Counter({*(handles or inputs), *(item.handle or item.name for item in written)})
    wrong = set()
    for position, item in enumerate(items):
        if position in free:
            given = (keras.next(item.stem), local.next(item.stem))
            if given != (item.name, item.name):
                wrong.add(position)
        for name in item.slices:
            keras.taken.add(name)
    # Only the first: those after it may be right once it is written.
    return {min(wrong)} if wrong and len(wrong) < _FEW else wrong


class Counter:
    """Automatic names given out in order, as `graph.names` gives them."""

    def __init__(self, taken: Iterable[str | None]) -> None:
        self.taken = set(taken)
        self._counts: dict[str, int] = {}

    def next(self, stem: str) -> str:
        """The next free name of a stem."""
        while True:
            count = self._counts.get(stem, 0)
            self._counts[stem] = count + 1
            name = f"{stem}_{count}" if count else stem
            if name not in self.taken:
                self.taken.add(name)
                return name


_FEW = 8


def _may_be_automatic(name: str, stem: str) -> bool:
    head, _, number = name.rpartition("_")
    return name == stem or (head == stem and number.isdigit() and not number.startswith("0"))
