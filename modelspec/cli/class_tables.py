"""The tables and pages of `modelspec classes`."""

from __future__ import annotations

import json
from collections.abc import Iterator

from rich import box
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from modelspec.catalog.example import example_of
from modelspec.catalog.matching import by_family
from modelspec.catalog.reference import ArgumentReference, Name, Reference
from modelspec.catalog.sentences import first_sentence

_NAME = "cyan"
_QUIET = "dim"
_HINT = "modelspec classes Conv2D  |  '*norm*'  |  --family initializer"
# Narrower than this, what is said of an argument stands below it.
_WIDE = 120


def overview_table(names: tuple[Name, ...], version: str) -> RenderableType:
    """One row a family: how many names it has, and the first ones."""
    families = by_family(names)
    table = _table(f"Keras {version}")
    table.expand = True  # so that the names, which are cut off, take the room that is left and no more
    table.add_column("family", no_wrap=True)
    table.add_column("", justify="right", style=_QUIET, no_wrap=True)
    table.add_column("names", style=_NAME, no_wrap=True, overflow="ellipsis", ratio=1)
    for family, members in families.items():
        table.add_row(family, str(len(members)), ", ".join(name.written for name in members))
    return Group(table, Text(_HINT, style=_QUIET))


def list_table(names: tuple[Name, ...]) -> RenderableType:
    """One row a name, with its first sentence; the family where there are several."""
    several = len({name.families[0] for name in names}) > 1
    table = _table()
    table.add_column("name", style=_NAME, overflow="fold")
    if several:
        table.add_column("family", no_wrap=True)
    table.add_column("", ratio=1)
    for name in names:
        family = (_spaced(name.families[0]),) if several else ()
        table.add_row(Text(name.written), *family, _prose(name.about))
    return table


def page(reference: Reference, *, width: int) -> RenderableType:
    """All that is known of a name, for a terminal of so many columns."""
    parts: list[RenderableType] = [_head(reference), Text()]
    parts.append(Text("\n".join(f"  {line}" for line in example_of(reference).splitlines()), style="green"))
    if reference.arguments:
        parts.append(_arguments(reference) if width >= _WIDE else _stacked(reference))
    facts = list(_facts(reference))
    if facts:
        grid = Table.grid(padding=(0, 2))
        grid.add_column(style=_QUIET, no_wrap=True)
        grid.add_column(overflow="fold")
        for label, text in facts:
            grid.add_row(label, text)
        parts += [grid] if reference.arguments else [Text(), grid]
    return Group(*parts)


def _head(reference: Reference) -> Text:
    name = reference.name
    head = Text()
    head.append(name.written, style=f"bold {_NAME}")
    head.append(f"  {' or '.join(map(_spaced, name.families))}{_releases(reference)}", style=_QUIET)
    if name.about:
        head.append("\n").append_text(_prose(name.about))
    return head


def _releases(reference: Reference) -> str:
    if reference.home is not None:
        return f", registered by {reference.home}"
    if reference.span is None:
        return ""
    until = reference.span.until
    return f", Keras {reference.span.since} {f'to {until}' if until is not None else 'and newer'}"


def _arguments(reference: Reference) -> Table:
    dated = any(argument.since for argument in reference.arguments)
    table = _table()
    table.add_column("argument", style=_NAME, no_wrap=True)
    table.add_column("takes", min_width=9, max_width=20)
    table.add_column("default", max_width=18, overflow="fold")
    if dated:
        table.add_column("since", no_wrap=True, style=_QUIET)
    table.add_column("", ratio=1)
    for argument in reference.arguments:
        since = (argument.since or "",) if dated else ()
        about = _prose(first_sentence(argument.about))
        table.add_row(argument.name, _takes(argument), _default(argument), *since, about)
    return table


def _stacked(reference: Reference) -> RenderableType:
    """The arguments one below the other, each with what is said of it below."""
    name_width = max(len(argument.name) for argument in reference.arguments)
    takes_width = min(24, max(len(_takes(argument).plain) for argument in reference.arguments))
    parts: list[RenderableType] = [Text()]
    for argument in reference.arguments:
        row = Table.grid(padding=(0, 2))
        row.add_column(style=_NAME, width=name_width)
        row.add_column(width=takes_width)
        row.add_column(overflow="fold")
        default = _default(argument)
        if argument.since is not None:
            default.append(f"  since {argument.since}", style=_QUIET)
        row.add_row(argument.name, _takes(argument), default)
        parts.append(Padding(row, (0, 0, 0, 2)))
        if argument.about:
            parts.append(Padding(_prose(first_sentence(argument.about), _QUIET), (0, 0, 0, 4)))
    return Group(*parts, Text())


def _takes(argument: ArgumentReference) -> Text:
    kinds = [kind for kind in argument.kinds if not (kind == "str" and argument.choices)]
    found = Text(" | ").join(
        [*map(Text, kinds), *(Text(choice, style="green") for choice in argument.choices)]
    )
    if argument.family is not None:
        found = Text(" | ").join(
            [*([found] if found else []), Text(_spaced(argument.family), style="magenta")]
        )
    return found


def _default(argument: ArgumentReference) -> Text:
    if argument.required:
        return Text("required", style="yellow")
    if argument.name.startswith("*"):
        return Text()
    default = argument.default
    return Text(default if isinstance(default, str) and default else json.dumps(default))


def _facts(reference: Reference) -> Iterator[tuple[str, Text]]:
    if reference.open:
        yield "also", Text("any other argument")
    if reference.call:
        tensors = [
            Text(tensor) if required else Text(tensor, style=_QUIET)
            for tensor, required in reference.call.items()
        ]
        yield "called with", Text(", ").join(tensors)
    if reference.strings:
        yield "as a string", Text(", ".join(reference.strings))
    full = () if reference.home is not None else (reference.name.full,)
    names = [name for name in (*full, *reference.aliases) if name != reference.name.written]
    if names:
        yield "full names" if len(names) > 1 else "full name", Text(", ".join(names))
    if reference.needs_tensorflow:
        yield "needs", Text("TensorFlow, whatever the backend")


def _prose(text: str, style: str = "") -> Text:
    """A text with its code parts set apart."""
    found = Text(style=style)
    for position, part in enumerate(text.split("`")):
        found.append(part, style="italic" if position % 2 else "")
    return found


def _spaced(family: str) -> str:
    return family.replace("_", " ")


def _table(title: str | None = None) -> Table:
    return Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
