"""A text edited so that it says what another tree does: only the values that differ are touched."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from modelspec.formatting.edits import Edit, apply_edits
from modelspec.source.tree import Entry, Mapping, Node, Scalar, Sequence
from modelspec.sweep.same_tree import says_the_same
from modelspec.sweep.written import entries_flow, entry_lines, flow

_COMMENT_LINE = re.compile(r"[ \t]*#")
_TRAILING_COMMA = re.compile(r"\s*,")


def edited(text: str, tree: Mapping, wanted: Mapping) -> str | None:
    """The text with the edits that make its tree the wanted one; `None` where there are none that could.

    Whether they do must be read from the result: a value that an alias or a merge key brings to several
    places cannot be told from others here.

    Args:
        tree: of the text.
        wanted: where the document loses a section, it goes with the comments right above it.
    """
    editing = _Editing(text)
    if not editing.document(tree, wanted):
        return None
    edits = dict.fromkeys(editing.edits)
    try:
        return apply_edits(text, edits)
    except AssertionError:  # two of them at one place
        return None


@dataclass(slots=True)
class _Editing:
    text: str
    edits: list[Edit] = field(default_factory=list)

    def document(self, old: Mapping, new: Mapping) -> bool:
        """The edits of the whole document; whether there are such."""
        keys = {entry.key.text for entry in new.entries}
        kept = tuple(entry for entry in old.entries if entry.key.text in keys)
        for entry in old.entries:
            if entry.key.text not in keys:
                edit = self.without_section(entry, old)
                if edit is None:
                    return False
                self.edits.append(edit)
        return self.mapping(Mapping(kept, old.place), new, top=True)

    def value(self, old: Node, new: Node) -> None:
        """The edits that make one value another."""
        if says_the_same(old, new):
            return
        match old, new:
            case (Mapping(), Mapping()) if not self.is_alias(old) and self.mapping(old, new):
                return
            case Sequence(), Sequence() if not self.is_alias(old) and len(old.items) == len(new.items):
                for one, two in zip(old.items, new.items, strict=True):
                    self.value(one, two)
            case _:
                self.replace(old, new)

    def mapping(self, old: Mapping, new: Mapping, *, top: bool = False) -> bool:
        """The edits of a mapping that keeps its entries; whether it does."""
        count = len(old.entries)
        if not count or [entry.key.text for entry in new.entries[:count]] != [
            entry.key.text for entry in old.entries
        ]:
            return False
        for one, two in zip(old.entries, new.entries, strict=False):
            self.value(one.value, two.value)
        if new.entries[count:]:
            self.append(old, new.entries[count:], top=top)
        return True

    def replace(self, old: Node, new: Node) -> None:
        """The edit that puts one value in another's place."""
        start, end = old.place.start, old.place.end
        written = flow(new)
        before = self.text[:start].rstrip()
        if isinstance(old, Scalar) and isinstance(new, Mapping) and before.endswith("-"):
            written = entries_flow(new)
        if before.endswith(":") and (start == end or "\n" in self.text[len(before) : start]):
            start, written = len(before), f" {written}"
        self.edits.append(Edit(start, end, written))

    def append(self, mapping: Mapping, entries: tuple[Entry, ...], *, top: bool) -> None:
        """The edit that adds entries behind the last of a mapping."""
        last = max(mapping.entries, key=lambda entry: entry.value.place.end)
        end = last.value.place.end
        if self.is_bracketed(mapping):
            written = entries_flow(Mapping(entries, mapping.place))
            comma = _TRAILING_COMMA.match(self.text, end)
            at = comma.end() if comma else end
            self.edits.append(Edit(at, at, f" {written}" if comma else f", {written}"))
            return
        line_end = self.line_end(end)
        column = self.column(mapping.entries[0].key.place.start)
        while self.is_comment(below := self.next_line(line_end)) and self.indent(below) > column:
            line_end = self.line_end(below)
        lines: list[str] = []
        for entry in entries:
            lines += ["", *entry_lines(entry, 0)] if top else entry_lines(entry, column)
        self.edits.append(Edit(line_end, line_end, "".join(f"{self.line_break}{line}" for line in lines)))

    def without_section(self, entry: Entry, document: Mapping) -> Edit | None:
        """The edit that takes a section out, with its comments, and the blank lines that it leaves."""
        if self.is_bracketed(document):
            return self.without_entry(entry, document)
        start = self.line_start(entry.key.place.start)
        if self.text[start : entry.key.place.start].strip():
            return None
        column = self.column(entry.key.place.start)
        while (above := self.line_start(max(start - 1, 0))) < start and self.is_comment(above):
            if self.indent(above) > column:  # of the section above
                break
            start = above
        if start == 0:  # the comments are those of the file
            start = self.line_start(entry.key.place.start)
        end = self.next_line(max(entry.value.place.end, entry.key.place.end))
        last = end
        while end < len(self.text):
            if self.is_comment(end) and self.indent(end) > column:
                last = end = self.next_line(end)
            elif not self.line(end).strip():
                end = self.next_line(end)
            else:
                break
        if end >= len(self.text):
            # Nothing follows: the blank lines above go.
            start = self.behind(self.text[:start].rstrip())
            return Edit(start, len(self.text), "")
        above = self.line_start(max(start - 1, 0))
        is_set_off = start == 0 or not self.line(above).strip()
        return Edit(start, end if is_set_off else last, "")

    def without_entry(self, entry: Entry, document: Mapping) -> Edit | None:
        """The edit that takes an entry out of a document in brackets, with its comma."""
        position = document.entries.index(entry)
        if position:
            return Edit(document.entries[position - 1].value.place.end, entry.value.place.end, "")
        if len(document.entries) == 1:
            return None
        return Edit(entry.key.place.start, document.entries[1].key.place.start, "")

    def behind(self, text: str) -> int:
        """Where the line ends, its end included, that a text in front ends with."""
        return self.next_line(len(text)) if text else 0

    def is_alias(self, node: Node) -> bool:
        return self.text[node.place.start : node.place.start + 1] == "*"

    def is_bracketed(self, node: Node) -> bool:
        return self.text[node.place.start : node.place.start + 1] in ("{", "[")

    def line(self, start: int) -> str:
        return self.text[start : self.line_end(start)]

    def line_start(self, at: int) -> int:
        return self.text.rfind("\n", 0, at) + 1

    def line_end(self, at: int) -> int:
        found = self.text.find("\n", at)
        end = len(self.text) if found < 0 else found
        return end - 1 if end > at and self.text[end - 1] == "\r" else end

    def next_line(self, at: int) -> int:
        found = self.text.find("\n", at)
        return len(self.text) if found < 0 else found + 1

    def column(self, at: int) -> int:
        return at - self.line_start(at)

    def indent(self, start: int) -> int:
        line = self.line(start)
        return len(line) - len(line.lstrip(" \t"))

    def is_comment(self, start: int) -> bool:
        return _COMMENT_LINE.match(self.text, start, self.line_end(start)) is not None

    @property
    def line_break(self) -> str:
        return "\r\n" if "\r\n" in self.text else "\n"
