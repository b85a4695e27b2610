"""The wiring of a body whose items may be absent, from what its uses have."""

from __future__ import annotations

from collections.abc import Sequence as Several
from dataclasses import replace
from functools import partial

from modelspec.decompiler.folding.blocks import Instance, feed_of, inner_feed, map_refs
from modelspec.decompiler.folding.patterns import Different
from modelspec.decompiler.folding.values import Constant, Feed, Ref, refs_in

_MOST_PATTERNS = 12


def shape(feed: Feed) -> object:
    """What a structure of references is apart from what they name."""
    match feed:
        case Ref(slice=cut):
            return cut
        case Constant(value=value):
            return repr(value)
        case dict():
            return tuple((key, shape(item)) for key, item in feed.items())
        case list():
            return ["", *(shape(item) for item in feed)]
        case _:
            return None


def union_feeds(instances: Several[Instance]) -> list[Feed]:
    """What each item of a body reads where any of them may be absent.

    An absent item stands for what it reads, or for the item above where it reads several. The later of two
    things that uses read at one place is therefore what stands there; and what comes of it in every use is
    compared with what the use reads.

    Raises:
        Different: no wiring gives them all.
    """
    patterns: dict[tuple[bool, ...], Instance] = {}
    for instance in instances:
        patterns.setdefault(tuple(node is not None for node in instance.nodes), instance)
    if len(patterns) > _MOST_PATTERNS:
        raise Different
    wanted = [
        [inner_feed(feed_of(node), instance) if node is not None else None for node in instance.nodes]
        for instance in patterns.values()
    ]
    feeds = [_latest([feeds[place] for feeds in wanted]) for place in range(len(instances[0].nodes))]
    for given, present in zip(wanted, patterns, strict=True):
        standing = _standing(feeds, present)
        for place, feed in enumerate(given):
            if feed is not None and map_refs(feeds[place], partial(_resolved, standing=standing)) != feed:
                raise Different
        last = max(place for place, there in enumerate(present) if there)
        if standing[len(present) - 1] != last:
            raise Different
    return feeds


def _latest(several: Several[Feed | None]) -> Feed:
    present = [feed for feed in several if feed is not None]
    if len({repr(shape(feed)) for feed in present}) > 1:
        raise Different
    columns = zip(*(refs_in(feed) for feed in present), strict=True)
    latest = iter([max(column, key=lambda ref: (ref.source, ref.path)) for column in columns])
    return map_refs(present[0], lambda ref: next(latest))


def _standing(feeds: Several[Feed], present: Several[bool]) -> list[int | None]:
    """For each item the one that it stands for; nothing where none can be told."""
    found: list[int | None] = []
    for place, there in enumerate(present):
        found.append(place if there else _stand_in(place, feeds[place], found))
    return found


def _stand_in(place: int, feed: Feed, found: Several[int | None]) -> int | None:
    """What an absent item stands for: the one thing that it reads, or the item above among several."""
    reads = refs_in(feed)
    above = Ref(place - 1)
    if len(reads) > 1 and (place == 0 or above not in reads):
        return None
    ref = reads[0] if len(reads) == 1 else above
    if ref.slice or ref.path or not isinstance(ref.source, int):
        return None
    return found[ref.source] if ref.source >= 0 else ref.source


def _resolved(ref: Ref, standing: Several[int | None]) -> Ref:
    if not isinstance(ref.source, int) or ref.source < 0:
        return ref
    source = standing[ref.source]
    if source is None or (ref.path and source != ref.source):
        raise Different
    return replace(ref, source=source)
