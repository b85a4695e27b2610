"""Where a document names files, read from its tree alone: what is there, and whether it may, is not asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal

from modelspec.catalog.safety.vocabulary import is_vocabulary
from modelspec.diagnostics import Report, SpecError
from modelspec.frozen import dataclass
from modelspec.language.close import is_keras_dict
from modelspec.language.compose import document_scope
from modelspec.language.expressions import ExpressionError, parse_template
from modelspec.language.scope import Binding, Scope, evaluate_text
from modelspec.language.values import Origin, Plain, Unknown
from modelspec.language.words import SWEEP_FILE
from modelspec.source.tree import Mapping, Node, Scalar, Sequence

Kind = Literal["document", "file", "module", "function"]
_ARRAYS = ("x", "y", "sample_weight")
_OF_ONE_ARRAY = frozenset({"file", "array", "columns"})
_VOCABULARY = "vocabulary"


@dataclass(frozen=True, slots=True)
class Reference:
    """A text that may name a file.

    Args:
        node: where it is written.
        folder: what a relative path in it is relative to.
        kind: a `document` is named without variables; a `module` is a file only if it looks like one, and so
            is that of a `function`.
        texts: what it comes to with its variables in it, in every use that was found; none where that cannot
            be known.
    """

    node: Scalar
    folder: Path
    kind: Kind
    texts: tuple[str, ...]


def references_of(tree: Mapping) -> tuple[Reference, ...]:
    """All references of a document, each once, those of its sweep left out.

    Those are `extends`, a sweep's `base`, `use`, the `file` of a model, of weights and of arrays, the
    functions of `train`, and the vocabularies of Keras' lookup layers, wherever they stand, in variables that
    hold all of a section, too.
    """
    found: dict[int, Reference] = {}
    for reference in _Finder.of(tree).references():
        found.setdefault(id(reference.node), reference)
    return tuple(found.values())


@dataclass(frozen=True, slots=True)
class _Finder:
    """One search.

    Args:
        everywhere: all mappings, the document among them.
        named: every value that stands under a key, by key, for names that are no variables: parameters of
            blocks and columns of `each`.
    """

    tree: Mapping
    variables: dict[str, Node]
    scope: Scope
    everywhere: tuple[Mapping, ...]
    named: dict[str, list[Node]]

    @classmethod
    def of(cls, tree: Mapping) -> _Finder:
        """The search in a document."""
        written = tree.get("vars")
        variables = {e.key.text: e.value for e in written.entries} if isinstance(written, Mapping) else {}
        try:
            scope = document_scope(tree, Report())
        except SpecError:  # more mistakes than a report takes
            scope = Scope()
        own = tuple(entry for entry in tree.entries if not _is_foreign(entry.key.text))
        everywhere = tuple(_mappings_in(Mapping(own, tree.place)))
        return cls(tree, variables, scope, everywhere, _named_in(everywhere))

    def references(self) -> Iterator[Reference]:
        """Every reference, some more than once."""
        tree = self.tree
        yield from self.texts(tree.get("extends"), "document")
        if tree.entry(SWEEP_FILE) is not None:
            yield from self.texts(tree.get("base"), "document")
        yield from self.texts(tree.get("use"), "module")
        for models in self.mappings(tree.get("models")):
            for entry in models.entries:
                yield from self.below(entry.value, "file")
        for weights in self.mappings(tree.get("weights")):
            yield from self.below(weights.get("load"), "file")
        for train in self.mappings(tree.get("train")):
            yield from self.texts(train.get("entry"), "function")
            for data in self.mappings(train.get("data")):
                yield from self.texts(data.get("python"), "function")
                yield from self.samples(data)
                for validation in self.mappings(data.get("validation")):
                    yield from self.samples(validation)
        yield from self.vocabularies()

    def samples(self, node: Mapping) -> Iterator[Reference]:
        """The files of arrays."""
        yield from self.texts(node.get("file"), "file")
        for name in _ARRAYS:
            for arrays in self.mappings(node.get(name)):
                if {entry.key.text for entry in arrays.entries} <= _OF_ONE_ARRAY:
                    yield from self.texts(arrays.get("file"), "file")
                else:
                    for entry in arrays.entries:
                        yield from self.below(entry.value, "file")

    def below(self, node: Node | None, kind: Kind) -> Iterator[Reference]:
        """What `file` says in a mapping, or in each of a list."""
        for mapping in self.mappings(node):
            yield from self.texts(mapping.get("file"), kind)

    def vocabularies(self) -> Iterator[Reference]:
        """The files of words of lookup layers."""
        for mapping in self.everywhere:
            for entry in mapping.entries:
                if isinstance(entry.value, Mapping) and self.is_lookup(entry.key):
                    node = entry.value.get(_VOCABULARY)
                    if isinstance(node, Scalar):
                        yield from self.vocabulary(node)

    def vocabulary(self, node: Scalar) -> Iterator[Reference]:
        """The file that a vocabulary is; what a parameter is given, where it may be a list of words too."""
        given = [
            one for name in _names_in(node) - set(self.scope.bindings) for one in self.named.get(name, ())
        ]
        if any(isinstance(one, Sequence) for one in given):
            for one in given:
                if isinstance(one, Scalar):
                    yield from self.text(one, None, "file")
        else:
            yield from self.text(node, None, "file")

    def is_lookup(self, key: Scalar) -> bool:
        """Whether a key names a layer that takes a vocabulary, itself or by a variable."""
        meant = self.meant(key) or () if "$" in key.text else (key.text,)
        return any(is_vocabulary(name.rpartition(".")[2], _VOCABULARY) for name in meant)

    def texts(
        self,
        node: Node | None,
        kind: Kind,
        *,
        folder: Path | None = None,
        seen: frozenset[str] = frozenset(),
    ) -> Iterator[Reference]:
        """The texts of a value that is one, or a list of them.

        Args:
            folder: of the text in which a variable is read that holds the list.
            seen: the variables on the way here.
        """
        match node:
            case Sequence():
                for item in node.items:
                    yield from self.texts(item, kind, folder=folder, seen=seen)
            case Scalar(value=str()):
                held = () if kind == "document" else tuple(self.held(node, seen))
                for name, inner in held:
                    yield from self.texts(inner, kind, folder=folder or _folder(node), seen=seen | {name})
                if not held:
                    yield from self.text(node, folder, kind)

    def text(self, node: Scalar, folder: Path | None, kind: Kind) -> Iterator[Reference]:
        """One text, unless it turns out to be none."""
        meant = (node.text,) if kind == "document" else self.meant(node)
        if meant is not None:
            yield Reference(node, folder or _folder(node), kind, meant)

    def mappings(self, node: Node | None, seen: frozenset[str] = frozenset()) -> Iterator[Mapping]:
        """A mapping, those of a list, and those that a variable holds."""
        match node:
            case Mapping():
                yield node
            case Sequence():
                for item in node.items:
                    yield from self.mappings(item, seen)
            case Scalar():
                for name, inner in self.held(node, seen):
                    yield from self.mappings(inner, seen | {name})

    def held(self, node: Scalar, seen: frozenset[str]) -> Iterator[tuple[str, Node]]:
        """The variables that a text reads and that hold lists or mappings."""
        for name in sorted(_names_in(node) - seen):
            value = self.variables.get(name)
            if isinstance(value, Mapping | Sequence):
                yield name, value
            elif isinstance(value, Scalar):
                yield from self.held(value, seen | {name})

    def meant(self, node: Scalar) -> tuple[str, ...] | None:
        """What a text comes to, in each use; nothing where that is not known; `None` for what is no text."""
        if not isinstance(node.value, str):
            return None
        unknown = sorted(_names_in(node) - set(self.scope.bindings))
        if not unknown:
            return _evaluated(node, self.scope)
        found: dict[str, None] = {}
        for given in self.named.get(unknown[0], ()):
            if isinstance(given, Scalar) and isinstance(given.value, str) and not _names_in(given):
                binding = Binding(Plain(given.value, Origin(given.place)), "parameter")
                found |= dict.fromkeys(_evaluated(node, self.scope.bind({unknown[0]: binding})) or ())
        return tuple(found)


def _evaluated(node: Scalar, scope: Scope) -> tuple[str, ...] | None:
    match evaluate_text(node.text, Origin(node.place), scope, Report()):
        case Plain(value=str(found)):
            return (found,)
        case Unknown():
            return ()
        case _:
            return None


def _names_in(node: Scalar) -> frozenset[str]:
    """The names that a text reads; none of one that cannot be read."""
    if not isinstance(node.value, str):
        return frozenset()
    try:
        template = parse_template(node.value)
    except ExpressionError:
        return frozenset()
    return frozenset() if template is None else frozenset(template.names)


def _folder(node: Scalar) -> Path:
    return node.place.source.folder or Path.cwd()


def _is_foreign(key: str) -> bool:
    """Whether a section says nothing of the model, or is read elsewhere."""
    return key in ("meta", "sweep") or key.startswith("x-")


def _mappings_in(node: Node) -> Iterator[Mapping]:
    """Every mapping of a tree that is the language's own."""
    match node:
        case Mapping() if not is_keras_dict(node):
            yield node
            for entry in node.entries:
                yield from _mappings_in(entry.value)
        case Sequence():
            for item in node.items:
                yield from _mappings_in(item)


def _named_in(mappings: Iterable[Mapping]) -> dict[str, list[Node]]:
    """What stands under each key; of a column of `each` its values, of a parameter its default."""
    named: dict[str, list[Node]] = {}
    columns: set[int] = set()
    for mapping in mappings:
        each = mapping.get("each")
        for entry in each.entries if isinstance(each, Mapping) else ():
            if isinstance(entry.value, Sequence):
                columns.add(id(entry.value))
                named.setdefault(entry.key.text, []).extend(entry.value.items)
        for entry in mapping.entries:
            value: Node | None = entry.value
            if isinstance(value, Mapping):
                value = value.get("default")
            if value is not None and id(value) not in columns:
                named.setdefault(entry.key.text, []).append(value)
    return named
