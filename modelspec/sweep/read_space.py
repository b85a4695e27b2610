"""The `space` of a sweep: parameters, choices with parameters of their own, paths that move together."""

from __future__ import annotations

from modelspec.diagnostics import Label, Place, Report
from modelspec.frozen import dataclass
from modelspec.language.words import IDENTIFIER
from modelspec.source.tree import Entry, Mapping, Node, Scalar, Sequence
from modelspec.sweep.read_domain import read_domain
from modelspec.sweep.scalars import entries_of
from modelspec.sweep.values import Alternative, Choose, Method, Parameter, Part, Path, Space, Zip

MAX_DEPTH = 20
_ALTERNATIVE_KEYS = ("set", "space")
# What a sweep cannot change, and why.
_FIXED = {
    "sweep": "a sweep does not change itself",
    "extends": "what a document extends is fixed before anything is set",
    "modelspec": "the version of the language stays",
}


def read_space(node: Node, method: Method, report: Report) -> Space:
    """The parts of a space that can be read; what is wrong with the others is reported."""
    return _Reader(method, report).space(node, "", {}, 0)


@dataclass(frozen=True, slots=True)
class _Reader:
    method: Method
    report: Report

    def space(self, node: Node, owner: str, taken: dict[str, Place], depth: int) -> Space:
        """A space.

        Args:
            owner: the alternatives that it belongs to, for ids.
            taken: the keys and paths that are taken on the way here, and where; it grows.
        """
        if not isinstance(node, Mapping):
            self.report.add(
                "wrong-kind",
                "a space is a mapping of paths to the values they take",
                node.place,
                help="for example `space: {vars.width: [8, 16]}`",
            )
            return Space()
        if depth > MAX_DEPTH:
            self.report.add(
                "too-large", f"choices are nested more than {MAX_DEPTH} deep", node.place, help="join some"
            )
            return Space()
        parts = []
        for entry in node.entries:
            part = self.part(entry, owner, taken, depth)
            if part is not None:
                parts.append(part)
        return Space(tuple(parts))

    def part(self, entry: Entry, owner: str, taken: dict[str, Place], depth: int) -> Part | None:
        value = entry.value
        key = entry.key.text
        if isinstance(value, Mapping):
            for word, read in (("choose", self.choose), ("zip", self.zip)):
                if inner := value.entry(word):
                    entries_of(value, (word,), f"`{key}`", self.report, example=f"{word}: {{…}}")
                    if not self.label(entry.key, taken):
                        return None
                    return read(entry.key, inner.value, owner, taken, depth)
            if written := value.entry("path"):
                if not self.label(entry.key, taken):
                    return None
                path = self.path(written.value, taken)
                domain = read_domain(key, value, self.method, self.report)
                return None if path is None or domain is None else Parameter(key, key + owner, path, domain)
        path = self.path(entry.key, taken)
        domain = read_domain(key, value, self.method, self.report)
        return None if path is None or domain is None else Parameter(key, key + owner, path, domain)

    def choose(
        self, key: Scalar, node: Node, owner: str, taken: dict[str, Place], depth: int
    ) -> Choose | None:
        if not isinstance(node, Mapping) or not node.entries:
            self.report.add(
                "wrong-kind",
                "`choose` is a mapping of labels to alternatives",
                node.place,
                help="for example `choose: {small: {set: {vars.width: 8}}, large: {set: {vars.width: 64}}}`",
            )
            return None
        found = []
        inside: dict[str, Place] = {}
        for entry in node.entries:
            own = dict(taken)
            found.append(self.alternative(key.text, entry, owner, own, depth=depth))
            inside.update(own)
        taken.update(inside)
        return Choose(key.text, key.text + owner, tuple(found), key.place)

    def alternative(
        self, key: str, entry: Entry, owner: str, taken: dict[str, Place], *, depth: int
    ) -> Alternative:
        label = entry.key.text
        empty = isinstance(entry.value, Scalar) and entry.value.value is None
        inside = (
            {}
            if empty
            else entries_of(
                entry.value,
                _ALTERNATIVE_KEYS,
                f"the alternative `{label}`",
                self.report,
                example=f"{label}: {{set: {{vars.width: 8}}}}",
            )
        )
        settings = []
        if "set" in inside:
            node = inside["set"].value
            if isinstance(node, Mapping):
                for setting in node.entries:
                    path = self.path(setting.key, taken)
                    if path is not None:
                        settings.append((path, setting.value))
            else:
                self.report.add(
                    "wrong-kind",
                    "`set` is a mapping of paths to values",
                    node.place,
                    help="for example `set: {vars.width: 8}`",
                )
        space = Space()
        if "space" in inside:
            space = self.space(inside["space"].value, f"@{key}.{label}{owner}", taken, depth + 1)
        return Alternative(label, tuple(settings), space, entry.key.place)

    def zip(self, key: Scalar, node: Node, owner: str, taken: dict[str, Place], depth: int) -> Zip | None:
        del depth
        columns = node.entries if isinstance(node, Mapping) else ()
        lists = [entry.value for entry in columns if isinstance(entry.value, Sequence)]
        if not lists or len(lists) != len(columns):
            self.report.add(
                "wrong-kind",
                "`zip` is a mapping of paths to lists of equal length",
                node.place,
                help="for example `zip: {vars.width: [8, 16], vars.depth: [2, 4]}`",
            )
            return None
        paths = [self.path(entry.key, taken) for entry in columns]
        longest = len(lists[0].items)
        for entry, values in zip(columns, lists, strict=True):
            if len(values.items) != longest or not longest:
                self.report.add(
                    "wrong-value",
                    f"`{entry.key.text}` has {len(values.items):,} values, and the first of `zip` has"
                    f" {longest:,}",
                    values.place,
                    help="paths that move together have one value each in every row",
                )
                return None
        if None in paths:
            return None
        rows = tuple(zip(*(values.items for values in lists), strict=True))
        return Zip(
            key.text, key.text + owner, tuple(path for path in paths if path is not None), rows, key.place
        )

    def label(self, key: Scalar, taken: dict[str, Place]) -> bool:
        """Whether a key can be a label, which `keep` and `name` read; it is taken then."""
        if not IDENTIFIER.fullmatch(key.text) or key.text in ("plan", "vars", "num"):
            self.report.add(
                "bad-name",
                f"the label `{key.text}` must be letters, digits and `_`, and not `plan`, `vars` or `num`",
                key.place,
                help="a label is a column of tables, and what `keep` and `name` call it",
            )
            return False
        return self._take(key.text, key.place, taken)

    def path(self, node: Node, taken: dict[str, Place]) -> Path | None:
        """A path of the document; it is taken then, so that no other part sets it too."""
        text = node.text if isinstance(node, Scalar) else ""
        steps = tuple(text.split("."))
        if not all(steps):
            self.report.add(
                "wrong-value",
                f"`{text}` is no path of the document",
                node.place,
                help="for example `vars.width` or `layers.stem.filters`",
            )
            return None
        if steps[0] in _FIXED:
            self.report.add(
                "unknown-path", _FIXED[steps[0]], node.place, help="vary what the model is made of"
            )
            return None
        return Path(steps, node.place) if self._take(text, node.place, taken) else None

    def _take(self, text: str, place: Place, taken: dict[str, Place]) -> bool:
        if text in taken:
            self.report.add(
                "given-twice",
                f"`{text}` is given a value twice in one point",
                place,
                help="keep one of the two; alternatives of one `choose` may each set it",
                labels=(Label(taken[text], "the first time"),),
            )
            return False
        taken[text] = place
        return True
