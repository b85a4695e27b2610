"""Which windows become the uses of one block: those that save most, the author's own blocks first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from collections.abc import Sequence as Several
from typing import Literal

from modelspec.decompiler.folding.blocks import Block, Instance, derive
from modelspec.decompiler.folding.effort import Effort
from modelspec.decompiler.folding.features import Features, features_of, least_params
from modelspec.decompiler.folding.gain import MOST_PARAMETERS, after, bound_of, gain_of
from modelspec.decompiler.folding.names import below, common_steps, steps_of, text_of, written_names
from modelspec.decompiler.folding.patterns import Different
from modelspec.decompiler.folding.values import Leaf, Node, Parts, Run, Sequence
from modelspec.decompiler.folding.vocabulary import Vocabulary
from modelspec.decompiler.folding.windows import LONGEST, Laid, Numbers, Window, lay_out, shape_of, windows
from modelspec.frozen import dataclass

_MOST_COMPARED = 40_000  # items, for one choice
_MOST_NAMED = 4_000  # items, of the windows of one shape
_MOST_WINDOWS, _SHORTEST = 150_000, 3
_WEIGHT = 4  # comparing items costs so much more than looking at them


@dataclass(frozen=True, slots=True)
class Candidate:
    """Windows that can be uses of one block.

    Args:
        name: what the names of each are joined to; empty where nothing is joined.
    """

    windows: tuple[Window, ...]
    names: tuple[str, ...]
    block: Block
    gain: float


@dataclass(frozen=True, slots=True)
class _Named:
    """How a window is named.

    Args:
        kind: by a prefix, not at all, or by names that vary.
        key: equal for windows that one block can stand for.
    """

    kind: Literal["prefix", "automatic", "varying"]
    key: object
    prefix: str = ""


def best(sequences: Several[Sequence], vocabulary: Vocabulary, effort: Effort) -> Candidate | None:
    """The block that is made next; `None` where none saves a line."""
    numbers = Numbers()
    laid = [lay_out(sequence, numbers) for sequence in sequences]
    found = _closed(sequences, laid, numbers, vocabulary)
    if found is not None:
        return found
    shapes: dict[int, list[Window]] = {}
    several = sum(len(sequence.nodes) for sequence in sequences)
    longest = min(LONGEST, _MOST_WINDOWS // max(several, 1))
    if longest < _SHORTEST:
        return None
    for number, sequence in enumerate(sequences):
        for shape, window in windows(number, sequence, laid[number], numbers, longest=longest):
            if not effort.spend(1):
                return None
            shapes.setdefault(shape, []).append(window)
    groups = [group for group in shapes.values() if len(group) > 1]
    ways: dict[tuple[int, int, int], tuple[_Named, ...]] = {}
    features = features_of(sequences, numbers)
    for phase in (_same_reads_plain, _same_reads, _any_reads):
        candidate = _best_of(groups, phase, sequences, vocabulary, ways, features, effort)
        if candidate is not None:
            return _of_period(candidate, sequences, laid, numbers, vocabulary) or candidate
    return None


# --- windows that are all there is below a prefix ---------------------------------------------------------


def _closed(
    sequences: Several[Sequence], laid: Several[Laid], numbers: Numbers, vocabulary: Vocabulary
) -> Candidate | None:
    """The best of the deepest prefixes of which every name is in one window."""
    groups: dict[tuple[int, object, object], list[tuple[Window, str]]] = {}
    for depth, shape, window, named in _below_prefixes(sequences, laid, numbers):
        key = (depth, shape, (named.key, window.reads[1:]))
        groups.setdefault(key, []).append((window, named.prefix))
    depths = sorted({depth for depth, _, _ in groups}, reverse=True)
    for depth in depths:
        candidates = [
            _candidate(
                [window for window, _ in group], [prefix for _, prefix in group], sequences, vocabulary
            )
            for key, group in groups.items()
            if key[0] == depth and len(group) > 1
        ]
        saving = [one for one in candidates if one is not None and one.gain > 0]
        if saving:
            found = max(saving, key=lambda one: (one.gain, -one.windows[0].start))
            return _of_period(found, sequences, laid, numbers, vocabulary) or found
    return None


def _of_period(
    candidate: Candidate,
    sequences: Several[Sequence],
    laid: Several[Laid],
    numbers: Numbers,
    vocabulary: Vocabulary,
) -> Candidate | None:
    """Where windows are one stretch several times over, the block of that stretch."""
    first = candidate.windows[0]
    tokens = laid[first.sequence].tokens[first.start : first.stop]
    for period in range(2, len(tokens) // 2 + 1):
        if len(tokens) % period or tokens != tokens[:period] * (len(tokens) // period):
            continue
        shapes: dict[int, list[Window]] = {}
        for window in candidate.windows:
            for start in range(window.start, window.stop, period):
                found = shape_of(
                    (start, start + period), sequences[window.sequence], laid[window.sequence], numbers
                )
                if found is not None:
                    shape, part = found
                    shapes.setdefault(shape, []).append(
                        Window(window.sequence, part.start, part.stop, part.reads)
                    )
        several = max(shapes.values(), key=len, default=[])
        inner = _candidate(several, [""] * len(several), sequences, vocabulary) if len(several) > 1 else None
        if inner is not None and inner.gain > 0:
            return inner
    return None


def lone(sequences: Several[Sequence], vocabulary: Vocabulary) -> Iterator[Candidate]:
    """Each window that is all there is below a prefix, as the one use of a block; the longest first."""
    numbers = Numbers()
    laid = [lay_out(sequence, numbers) for sequence in sequences]
    found = sorted(_below_prefixes(sequences, laid, numbers), key=lambda one: one[2].start - one[2].stop)
    for *_, window, named in found:
        candidate = _candidate([window], [named.prefix], sequences, vocabulary)
        if candidate is not None:
            yield candidate


def _below_prefixes(
    sequences: Several[Sequence], laid: Several[Laid], numbers: Numbers
) -> Iterator[tuple[int, int, Window, _Named]]:
    """Windows with the depth of their prefix and the number of their shape."""
    for number, sequence in enumerate(sequences):
        taken = _taken(sequence)
        for steps, start, stop in _stretches(sequence):
            found = shape_of((start, stop), sequence, laid[number], numbers)
            if found is None:
                continue
            shape, window = found
            named = _named_by(sequence.nodes[start:stop], "_".join(steps))
            if named is not None and named.prefix not in taken:
                yield len(steps), shape, Window(number, start, stop, window.reads), named


def _stretches(sequence: Sequence) -> Iterator[tuple[tuple[str, ...], int, int]]:
    """Each prefix with the stretch of items that have it, where no other item has."""
    spans: dict[tuple[str, ...], tuple[int, int, int]] = {}
    for place, node in enumerate(sequence.nodes):
        for name in dict.fromkeys(_own_steps(node)):
            steps, more = name
            for length in range(1, len(steps) + more):
                prefix = steps[:length]
                first, _, count = spans.get(prefix, (place, place, 0))
                spans[prefix] = (first, place, count + 1)
    named = [bool(_own_steps(node)) for node in sequence.nodes]
    for prefix, (first, last, count) in spans.items():
        if last > first and sum(named[first : last + 1]) == count:
            yield prefix, first, last + 1


def _own_steps(node: Node) -> tuple[tuple[tuple[str, ...], bool], ...]:
    """The steps of a node; of one that joins nothing those of the names inside, which no prefix holds."""
    steps = steps_of(node)
    return (steps,) if steps is not None else ()


# --- any window -------------------------------------------------------------------------------------------


def _same_reads_plain(window: Window, named: _Named) -> object:
    return None if named.kind == "varying" else (named.kind, named.key, window.reads[1:])


def _same_reads(window: Window, named: _Named) -> object:
    return (named.kind, named.key, window.reads[1:])


def _any_reads(window: Window, named: _Named) -> object:
    return (named.kind, named.key)


def _best_of(  # type: ignore[no-untyped-def]
    several: list[list[Window]],
    phase,
    sequences: Several[Sequence],
    vocabulary: Vocabulary,
    ways: dict[tuple[int, int, int], tuple[_Named, ...]],
    features: Several[Several[tuple[Features, Features]]],
    effort: Effort,
) -> Candidate | None:
    bounds = sorted(
        ((bound_of(found, sequences), place) for place, found in enumerate(several)),
        key=lambda pair: (-pair[0], pair[1]),
    )
    taken = [_taken(sequence) for sequence in sequences]
    best: Candidate | None = None
    compared = 0
    for bound, place in bounds:
        if bound <= (best.gain if best is not None else 0) or compared > _MOST_COMPARED or effort.left <= 0:
            break
        groups: dict[object, list[tuple[Window, str]]] = {}
        for window in _worth_naming(several[place]):
            sequence = sequences[window.sequence]
            where = (window.sequence, window.start, window.stop)
            if where not in ways:
                effort.spend(window.stop - window.start)
                ways[where] = tuple(
                    _named(sequence.nodes[window.start : window.stop], taken[window.sequence])
                )
            for named in ways[where]:
                key = phase(window, named)
                if key is not None:
                    groups.setdefault(key, []).append((window, named.prefix))
        for _, group in sorted(enumerate(groups.values()), key=lambda one: (-len(one[1]), one[0])):
            apart = _apart(group)
            parts = [window for window, _ in apart]
            least = best.gain if best is not None else 0.0
            if len(apart) < 2:
                continue
            scoped = bool(apart[0][1])
            bound = bound_of(parts, sequences, scoped=scoped)
            if bound <= least:
                continue
            params = least_params(parts, features, scoped=scoped)
            if params > MOST_PARAMETERS or after(bound, parts, params) <= least:
                continue
            cells = len(parts) * (parts[0].stop - parts[0].start)
            compared += cells
            effort.spend(_WEIGHT * cells)
            found = _candidate(parts, [prefix for _, prefix in apart], sequences, vocabulary)
            if found is not None and found.gain > (best.gain if best is not None else 0):
                best = found
    return best


def _worth_naming(found: list[Window]) -> list[Window]:
    """All windows of a shape, or, of very many that overlap, some that do not."""
    if len(found) * (found[0].stop - found[0].start) <= _MOST_NAMED:
        return found
    return [window for window, _ in _apart([(window, "") for window in found])]


def _apart(group: list[tuple[Window, str]]) -> list[tuple[Window, str]]:
    """Those that do not overlap, left to right."""
    found: list[tuple[Window, str]] = []
    ends: dict[int, int] = {}
    for window, prefix in sorted(group, key=lambda pair: (pair[0].sequence, pair[0].start)):
        if window.start >= ends.get(window.sequence, 0):
            found.append((window, prefix))
            ends[window.sequence] = window.stop
    return found


def _named(nodes: Several[Node], taken: frozenset[str]) -> Iterator[_Named]:
    """Each way in which a window can be named."""
    names = [name for node in nodes for name in written_names(node)]
    if not names:
        yield _Named("automatic", ())
        return
    steps = [found for node in nodes if (found := steps_of(node)) is not None]
    if steps:
        shortest = min(len(step) - 1 + more for step, more in steps)
        common = common_steps([step for step, _ in steps])[:shortest]
        prefixed = _named_by(nodes, "_".join(common)) if common else None
        if prefixed is not None and prefixed.prefix not in taken:
            yield prefixed
    yield _Named("varying", tuple(tuple(type(part).__name__ for part in name) for name in names))


def _taken(sequence: Sequence) -> frozenset[str]:
    """What no use may be called."""
    names = (
        text_of(node.name) for node in sequence.nodes if not isinstance(node, Run) and node.name is not None
    )
    return frozenset(sequence.inputs) | frozenset(names)


def _named_by(nodes: Several[Node], prefix: str) -> _Named | None:
    """The window as the items below a prefix; `None` where they cannot be."""
    rests: list[Parts | None] = []
    for node in nodes:
        if isinstance(node, Leaf | Run) and any(ref.slice for ref in node.reads):
            return None  # a slice's own name would be joined
        if node.name is None or (isinstance(node, Leaf) and node.handle):
            rests.append(None)
            continue
        rest = below(node.name, prefix)
        if rest is None:
            return None
        rests.append(rest)
    written = [text_of(rest) for rest in rests if rest is not None]
    if len(set(written)) < len(written) or not _is_name(prefix):
        return None
    return _Named("prefix", tuple(rests), prefix)


def _is_name(prefix: str) -> bool:
    return prefix != "" and prefix[0].isascii() and prefix[0].isalpha() and prefix not in ("in", "prev")


def _candidate(
    found: list[Window], names: list[str], sequences: Several[Sequence], vocabulary: Vocabulary
) -> Candidate | None:
    if Counter(names).most_common(1)[0][1] > 1 and names[0]:
        return None
    instances = [
        Instance(sequences[window.sequence].nodes[window.start : window.stop], window.reads, name)
        for window, name in zip(found, names, strict=True)
    ]
    try:
        block = derive(instances, vocabulary)
    except Different:
        return None
    return Candidate(tuple(found), tuple(names), block, gain_of(block, found, sequences))
