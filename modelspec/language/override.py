"""`--set PATH=VALUE`: one value of the document replaced before anything is expanded."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping as MappingOf
from dataclasses import replace
from types import MappingProxyType

from modelspec.diagnostics import Place, Report, Source, nearest
from modelspec.frozen import dataclass
from modelspec.language.merge import History
from modelspec.language.paths import class_position, item_name, item_position, section_paths
from modelspec.language.words import (
    COMPILE_KEYS,
    EXPECT_KEYS,
    ITEM_WORDS,
    SWEEP_KEYS,
    TOP_KEYS,
    TRAIN_KEYS,
    WEIGHTS_KEYS,
    is_class_key,
)
from modelspec.source.reader import read_tree
from modelspec.source.tree import Entry, Mapping, Node, Scalar, Sequence

# Sections whose keys are a closed set, so that one that is not written yet may be set.
_OPEN_KEYS = {
    "": TOP_KEYS,
    "compile": COMPILE_KEYS,
    "weights": WEIGHTS_KEYS,
    "expect": EXPECT_KEYS,
    "train": TRAIN_KEYS,
    "sweep": SWEEP_KEYS,
}
# Sections that a path may begin though the document has none of it.
_BEGUN = frozenset({"compile", "weights", "expect", "train", "meta"})
_EXAMPLES = {"--set": "--set vars.width=64", "--space": "--space 'vars.width=[8, 64]'"}
# Keys of `train` below which the catalog, or the caller's function, knows what there is.
_OPEN_IN_TRAIN = frozenset({"data", "fit", "args"})


@dataclass(frozen=True, slots=True)
class Override:
    """A path and what it gets: a parsed `PATH=VALUE`, or a path that a sweep names.

    Args:
        start: where the path begins in the source.
    """

    path: tuple[str, ...]
    value: Node
    source: Source
    start: int = 0

    def place(self, step: int) -> Place:
        """The place of a step of the path."""
        start = self.start + sum(len(part) + 1 for part in self.path[:step])
        return Place(self.source, start, start + len(self.path[step]))


def read_override(text: str, report: Report, *, option: str = "--set") -> Override | None:
    """A `PATH=VALUE` of the command line, its value read as YAML; `None` where it is none.

    Args:
        option: that it was given by.
    """
    path, equals, written = text.partition("=")
    source = Source(f"{option} {text}", text, inline=True)
    steps = tuple(path.strip().split("."))
    if not equals or not all(steps):
        report.add(
            "bad-set",
            f"`{option}` takes `PATH=VALUE`, not `{text}`",
            Place(source, 0, len(text)),
            help=f"for example `{_EXAMPLES[option]}`",
        )
        return None
    start = len(path) + 1
    padded = Source(
        f"{option} {text}", " " * start + written, inline=True
    )  # the same offsets as in the text shown
    value = read_tree(padded, report)
    if value is None:
        if report.has_errors:
            return None
        value = Scalar(None, "", Place(source, start, len(text)))
    return Override(steps, _moved(value, source), source)


def _moved(node: Node, source: Source) -> Node:
    place = Place(source, node.place.start, node.place.end)
    match node:
        case Scalar():
            return replace(node, place=place)
        case Sequence():
            return Sequence(tuple(_moved(item, source) for item in node.items), place)
        case Mapping():
            entries = (
                Entry(
                    replace(e.key, place=Place(source, e.key.place.start, e.key.place.end)),
                    _moved(e.value, source),
                )
                for e in node.entries
            )
            return Mapping(tuple(entries), place)


def apply_override(
    document: Mapping,
    override: Override,
    class_of_identifier: Callable[[str], str | None],
    report: Report,
    history: History,
) -> Mapping:
    """The document with one value replaced; unchanged where the path leads nowhere, which is reported.

    Args:
        class_of_identifier: the class that a string on the way (`adam`) stands for.
    """
    if override.path[0] == "extends":
        report.add(
            "unknown-path",
            "what a document extends is fixed before anything is set",
            override.place(0),
            help="write a document of two lines that extends another base",
        )
        return document
    result = _Setter(override, class_of_identifier, report, history).set(document, 0)
    return result if isinstance(result, Mapping) else document


@dataclass(frozen=True, slots=True)
class _Setter:
    override: Override
    class_of_identifier: Callable[[str], str | None]
    report: Report
    history: History

    def set(self, node: Node, step: int) -> Node | None:
        """`node` with the rest of the path set in it; `None` where the path leads nowhere."""
        if step == len(self.override.path):
            self.history.replaced.setdefault(self.override.value.place, node.place)
            return self.override.value
        match node:
            case Mapping():
                return self._set_in_mapping(node, step)
            case Sequence():
                return self._set_in_list(node, step)
            case Scalar(value=str()) if cls := self._class_of(node.text):
                empty = Mapping((), node.place)
                return self._set_in_mapping(
                    Mapping((Entry(replace(node, text=cls), empty),), node.place), step
                )
            case _:
                self._report_missing(step, (), "nothing lies below this value")
                return None

    def _class_of(self, text: str) -> str | None:
        if is_class_key(text):
            return text
        return self.class_of_identifier(text)

    def _set_in_mapping(self, node: Mapping, step: int) -> Node | None:
        key = self.override.path[step]
        for position, entry in enumerate(node.entries):
            if entry.key.text == key:
                value = self._set_below(entry, step)
                return None if value is None else _with(node, position, replace(entry, value=value))
        inside = self._class_position(node)
        last = step == len(self.override.path) - 1
        if inside is not None and not (last and self._is_word(node, key)):
            entry = node.entries[inside]
            arguments = entry.value
            if isinstance(arguments, Scalar) and arguments.value is None:
                arguments = Mapping((), arguments.place)
            if isinstance(arguments, Mapping):
                value = self._set_argument(arguments, step)
                return None if value is None else _with(node, inside, replace(entry, value=value))
        if self._may_add(node, step):
            return self._added(node, step)
        known = [entry.key.text for entry in node.entries]
        inner = section_paths(node) if step == 0 else {}
        self._report_missing(step, (*known, *self._open_keys(step)), None, inner)
        return None

    def _set_below(self, entry: Entry, step: int) -> Node | None:
        """Below a key that the path names; below a class key that is any argument, written or not."""
        arguments = entry.value
        if is_class_key(entry.key.text) and step < len(self.override.path) - 1:
            if isinstance(arguments, Scalar) and arguments.value is None:
                arguments = Mapping((), arguments.place)
            if isinstance(arguments, Mapping):
                return self._set_argument(arguments, step + 1)
        return self.set(arguments, step + 1)

    def _set_argument(self, arguments: Mapping, step: int) -> Node | None:
        """Below a class key any argument may be set, written or not; the catalog knows which there are."""
        if arguments.entry(self.override.path[step]) or step < len(self.override.path) - 1:
            return self._set_in_mapping(arguments, step)
        return self._added(arguments, step)

    def _class_position(self, node: Mapping) -> int | None:
        return class_position(node, in_layers=self._in_layers())

    def _in_layers(self) -> bool:
        return "layers" in self.override.path

    def _is_word(self, node: Mapping, key: str) -> bool:
        return key in ITEM_WORDS and self._in_layers() and self._class_position(node) is not None

    def _open_keys(self, step: int) -> tuple[str, ...]:
        if step > 1:
            return ()
        return _OPEN_KEYS.get("" if step == 0 else self.override.path[0], ())

    def _may_add(self, node: Mapping, step: int) -> bool:
        key = self.override.path[step]
        last = step == len(self.override.path) - 1
        if key in self._open_keys(step):
            return last or key in _BEGUN or (step == 1 and key in _OPEN_IN_TRAIN)
        if self.override.path[0] == "train" and step > 1:
            return self.override.path[1] in _OPEN_IN_TRAIN
        return (last and self._is_word(node, key)) or self.override.path[0] == "meta"

    def _added(self, node: Mapping, step: int) -> Node | None:
        place = self.override.place(step)
        key = Scalar(self.override.path[step], self.override.path[step], place)
        if step == len(self.override.path) - 1:
            return Mapping((*node.entries, Entry(key, self.override.value)), node.place)
        value = self.set(Mapping((), place), step + 1)
        return None if value is None else Mapping((*node.entries, Entry(key, value)), node.place)

    def _set_in_list(self, node: Sequence, step: int) -> Node | None:
        key = self.override.path[step]
        position = item_position(node, key)
        if position is None:
            names = [name for item in node.items if (name := item_name(item))]
            self._report_missing(step, names, f"items have names, or numbers from 0 to {len(node.items) - 1}")
            return None
        item = node.items[position]
        if isinstance(item, Scalar) and self._in_layers() and step + 1 < len(self.override.path):
            item = Mapping((Entry(item, Mapping((), item.place)),), item.place)
        value = self.set(item, step + 1)
        if value is None:
            return None
        return Sequence((*node.items[:position], value, *node.items[position + 1 :]), node.place)

    def _report_missing(
        self,
        step: int,
        known: tuple[str, ...] | list[str],
        otherwise: str | None,
        inner: MappingOf[str, str] = MappingProxyType({}),
    ) -> None:
        """Report that a step leads nowhere.

        Args:
            known: what could stand there.
            otherwise: the help where nothing known is near.
            inner: what stands in a section that the path leaves out, with its whole path.
        """
        key = self.override.path[step]
        near = nearest(key, (*inner, *known))
        before = ".".join(self.override.path[:step])
        self.report.add(
            "unknown-path",
            f"the document has no `{key}`" + (f" below `{before}`" if before else ""),
            self.override.place(step),
            help=f"did you mean `{'.'.join((*self.override.path[:step], inner.get(near, near)))}`?"
            if near
            else otherwise,
        )


def _with(node: Mapping, position: int, entry: Entry) -> Mapping:
    return Mapping((*node.entries[:position], entry, *node.entries[position + 1 :]), node.place)
