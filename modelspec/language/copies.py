"""`repeat` and `each`: how many copies of an item there are, and what each binds."""

from __future__ import annotations

from dataclasses import replace

from modelspec.frozen import dataclass
from modelspec.language.close import close_value
from modelspec.language.context import MAX_ITEMS, Context
from modelspec.language.raw_items import RawItem
from modelspec.language.scope import Binding, Scope
from modelspec.language.values import Items, Plain, Unknown, Value
from modelspec.source.tree import Entry, Mapping


@dataclass(frozen=True, slots=True)
class Copy:
    """One copy of an item.

    Args:
        number: which copy, from 0.
        count: how many there are.
        own: the names that each copy binds anew: `i`, and the columns of `each`.
    """

    number: int
    count: int
    scope: Scope
    own: frozenset[str] = frozenset()

    @property
    def repeated(self) -> bool:
        """Whether the item has `repeat` or `each`."""
        return bool(self.own)


def copies_of(raw: RawItem, scope: Scope, context: Context) -> list[Copy] | None:
    """The copies that `repeat` or `each` ask for; `None` where they cannot be counted, which is reported."""
    repeat, each = raw.words.get("repeat"), raw.words.get("each")
    if repeat and each:
        context.report.add(
            "two-counts",
            "`repeat` and `each` cannot stand together",
            each.key.place,
            help="`each` alone makes one copy per row, and binds `$i` too",
            frames=scope.frames,
        )
        return None
    if repeat:
        count = _count(repeat, scope, context)
        return None if count is None else [numbered(i, count, scope, repeat) for i in range(count)]
    if each:
        return _rows(each, scope, context)
    return [Copy(0, 1, scope)]


def _count(repeat: Entry, scope: Scope, context: Context) -> int | None:
    value = close_value(repeat.value, scope, context.report)
    match value:
        case Unknown():
            return None
        case Plain(value=bool()):
            pass
        case Plain(value=int(count)) if count >= 0:
            if count > context.budget.left:
                context.report.fail(
                    "too-many-items",
                    f"`repeat: {count}` makes more than {MAX_ITEMS:,} items",
                    repeat.value.place,
                    help="use a smaller count",
                    frames=scope.frames,
                )
            return count
    help_text = "`/` gives a float; `//` divides to a whole number" if _is_float(value) else None
    context.report.add(
        "wrong-kind",
        "`repeat` takes a whole number from 0",
        repeat.value.place,
        help=help_text,
        frames=scope.frames,
    )
    return None


def _is_float(value: Value) -> bool:
    return isinstance(value, Plain) and isinstance(value.value, float)


def numbered(i: int, count: int, scope: Scope, word: Entry) -> Copy:
    """Copy `i` of `count`, its number bound."""
    number = Binding(Plain(i, scope.origin(word.key.place)), "copy number")
    return Copy(i, count, scope.bind({"i": number}), frozenset({"i"}))


def _rows(each: Entry, scope: Scope, context: Context) -> list[Copy] | None:
    report = context.report
    if not isinstance(each.value, Mapping) or not each.value.entries:
        report.add(
            "wrong-kind",
            "`each` is a mapping of names to columns of equal length",
            each.value.place,
            help="for example `each: {filters: [64, 128], n: [3, 4]}`",
            frames=scope.frames,
        )
        return None
    columns: dict[str, tuple[Value, ...]] = {}
    for entry in each.value.entries:
        value = close_value(entry.value, scope, report)
        match value:
            case Unknown():
                return None
            case Items():
                columns[entry.key.text] = value.items
            case _:
                report.add(
                    "wrong-kind",
                    f"the column `{entry.key.text}` of `each` must be a list",
                    entry.value.place,
                    frames=scope.frames,
                    help="for example `each: {filters: [64, 128]}`",
                )
                return None
    lengths = {name: len(column) for name, column in columns.items()}
    if len(set(lengths.values())) > 1:
        shown = ", ".join(f"`{name}` has {length}" for name, length in lengths.items())
        report.add(
            "unequal-columns",
            f"the columns of `each` differ in length: {shown}",
            each.key.place,
            help="give every column one value for each copy",
            frames=scope.frames,
        )
        return None
    count = next(iter(lengths.values()))
    if count > context.budget.left:
        report.fail(
            "too-many-items",
            f"the document expands to more than {MAX_ITEMS:,} items",
            each.key.place,
            frames=scope.frames,
            help="use smaller counts in `repeat` and `each`",
        )
    copies = []
    for i in range(count):
        copy = numbered(i, count, scope, each)
        row = {name: Binding(column[i], "column") for name, column in columns.items()}
        copies.append(replace(copy, scope=copy.scope.bind(row), own=copy.own | row.keys()))
    return copies
