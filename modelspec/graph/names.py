"""The names of nodes: local ones unique in their scope, Keras' ones unique in the whole model."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from modelspec.diagnostics import Label, Report
from modelspec.language.closed import BlockKind, Item, LayerKind, ModelKind, Name, OpKind, ReuseKind
from modelspec.language.handles import handle_of
from modelspec.language.values import KerasDict, Object, Origin

Stem = Callable[[str], str]


@dataclass(slots=True)
class KerasNames:
    """The names given out in one Keras model: all unique, automatic ones counted per prefix and stem."""

    taken: dict[str, Origin] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    def claim(self, name: str, origin: Origin, report: Report) -> bool:
        """Take a written name; report it when it is taken already."""
        first = self.taken.get(name)
        if first is not None:
            report.add(
                "duplicate-name",
                f"two layers would be named `{name}`",
                origin.place,
                help="rename one of the two",
                frames=origin.frames,
                labels=()
                if first.place == origin.place
                else (Label(first.place, "the first is written here"),),
            )
            return False
        self.taken[name] = origin
        return True

    def next(self, stem: str, origin: Origin) -> str:
        """The next free automatic name: `conv2d`, then `conv2d_1`, moving on over names that are taken."""
        while True:
            count = self.counts.get(stem, 0)
            self.counts[stem] = count + 1
            name = f"{stem}_{count}" if count else stem
            if name not in self.taken:
                self.taken[name] = origin
                return name


def local_names(items: Iterable[Item], inputs: Iterable[str], stem: Stem) -> list[str]:
    """The name of each item within its scope, by which references and paths know it.

    Written names come first; an automatic one moves on over them.
    """
    items = tuple(items)
    given = [handle_name(item) for item in items]
    taken = {name.text.removeprefix("/") for name in given if name} | set(inputs)
    counts: dict[str, int] = {}
    names: list[str] = []
    for item, written in zip(items, given, strict=True):
        if written and written.text != "/":
            names.append(written.text.removeprefix("/"))
            continue
        base = handle_of(item_stem(item, stem))
        while True:
            count = counts.get(base, 0)
            counts[base] = count + 1
            name = f"{base}_{count}" if count else base
            if name not in taken:
                break
        taken.add(name)
        names.append(name)
    return names


def item_stem(item: Item, stem: Stem) -> str:
    """What an unnamed item is called before it is counted."""
    match item.kind:
        case LayerKind(object=Object(cls=cls)):
            return stem(cls)
        case LayerKind(object=KerasDict(data=data)):
            return stem(str(data.get("class_name", "layer")))
        case OpKind(op=op):
            return stem(f"ops.{op}")
        case BlockKind(block=block):
            return block
        case ModelKind(key=key):
            return key
        case ReuseKind(target=target):
            return target.rpartition("/")[2]
        case _:
            return "absent"


def joined_name(prefix: str, name: str) -> str:
    """A name joined to the scopes around it: `conv2_block1` and `1_conv` give `conv2_block1_1_conv`."""
    return f"{prefix}_{name}" if prefix else name


def handle_name(item: Item) -> Name | None:
    """By what references know an item that has a name: its word `name`, else after that in its Keras dict."""
    if item.name is not None:
        return item.name
    name = _config_name(item)
    return Name(f"/{handle_of(name)}", item.origin) if name else None


def given_name(item: Item) -> Name | None:
    """An item's name in Keras as far as it is written; that in a Keras dict and `keras_name` are joined to
    nothing.
    """
    if item.keras_name is not None:
        return Name(f"/{item.keras_name.text}", item.keras_name.origin)
    if item.name is not None:
        return item.name
    name = _config_name(item)
    return Name(f"/{name}", item.origin) if name else None


def is_foreign(item: Item) -> bool:
    """Whether an item's name in Keras is kept as it is, whatever it looks like."""
    return item.keras_name is not None or (item.name is None and _config_name(item) is not None)


def check_given_names(item: Item, report: Report) -> None:
    """Report a Keras dict that is named twice, differently."""
    name, written = _config_name(item), item.keras_name or item.name
    if written is not None and name is not None and written.text.removeprefix("/") != name:
        report.add(
            "two-names",
            f"this layer is named `{written.text}` here and `{name}` in its config",
            written.origin.place,
            help="keep one of the two",
            frames=written.origin.frames,
        )


def _config_name(item: Item) -> str | None:
    if isinstance(item.kind, LayerKind) and isinstance(item.kind.object, KerasDict):
        config = item.kind.object.data.get("config")
        name = config.get("name") if isinstance(config, dict) else None
        return name if isinstance(name, str) else None
    return None
