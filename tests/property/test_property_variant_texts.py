"""However a document is written, a variant's text says what the variant does, and keeps the rest as it is."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random

from effort import tried
from hypothesis import given, settings
from hypothesis import strategies as st
from written_documents import Writer

from modelspec.diagnostics import Place, Report, Source
from modelspec.language.load import Document
from modelspec.language.merge import History
from modelspec.source.reader import read_tree
from modelspec.source.tree import Mapping, Node, Scalar, Sequence
from modelspec.sweep.apply import document_of_point
from modelspec.sweep.moved import moved_text
from modelspec.sweep.references import references_of
from modelspec.sweep.values import Path as SpecPath
from modelspec.sweep.values import Setting
from modelspec.sweep.variant_text import variant_text
from modelspec.sweep.written import written

VALUES = (
    "8",
    "1e-4",
    "true",
    "null",
    "a b",
    '"8"',
    "[1, [2, x], {}]",
    "{Dense: {units: 3}, b: [$(n * 2)]}",
    "naïve: 1",
)
SWEEPS = (
    "sweep: {method: grid}",
    "sweep:\n  method: grid  # every point\n  # all of them\n  space: {k: [1, 2]}\n",
    "# of the sweep\nsweep:\n  keep:\n  - x\n\n  # the end\n",
)


def plain(node: Node | None) -> object:
    match node:
        case Scalar(None, text):
            return ("nothing", bool(text))
        case Scalar(value, text):
            return (type(value).__name__, repr(value), text)
        case Sequence(items):
            return [plain(item) for item in items]
        case Mapping(entries):
            return [(entry.key.text, plain(entry.value)) for entry in entries]
        case None:
            return None


def tree_of(text: str, folder: Path | None = None) -> Mapping | None:
    report = Report()
    tree = read_tree(Source("net.yaml", text, folder=folder), report)
    return tree if isinstance(tree, Mapping) and not report.has_errors else None


def paths_in(node: Node, steps: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Paths that lead to something, without keys that need more than a `.` between them."""
    if steps:
        yield steps
    match node:
        case Mapping(entries):
            for entry in entries:
                if re.fullmatch(r"[a-z]+[0-9]+|vars", entry.key.text):
                    yield from paths_in(entry.value, (*steps, entry.key.text))
        case Sequence(items):
            for number, item in enumerate(items):
                yield from paths_in(item, (*steps, str(number)))


def some_settings(random: Random, tree: Mapping) -> tuple[Setting, ...]:
    paths = list(paths_in(tree))
    chosen = random.sample(paths, min(len(paths), random.randint(0, 3)))
    found = []
    for path in chosen:
        text = random.choice(VALUES)
        source = Source("sweep.yaml", f"{'.'.join(path)}: [{text}]")
        written = read_tree(source, Report())
        assert isinstance(written, Mapping)
        values = written.entries[0].value
        assert isinstance(values, Sequence)
        found.append(Setting(SpecPath(path, Place(source, 0, len(path))), values.items[0]))
    return tuple(found)


@settings(max_examples=tried(80), deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_text_of_a_variant_says_what_the_variant_says(random):
    text = Writer(random).document()
    if random.random() < 0.7:
        text = f"{text.rstrip()}\n{random.choice(SWEEPS)}{random.choice(('', 'last: 1 # end'))}"
    tree = tree_of(text)
    if tree is None:
        return
    document = Document(tree, "net", (), (), History())
    points = some_settings(random, tree)
    report = Report()
    wanted = document_of_point(document, points, lambda _: None, report).tree
    if report.has_errors:  # one of the paths leads through what another has replaced
        return
    found = variant_text(document, points, lambda _: None, Report())
    assert plain(tree_of(found)) == [pair for pair in plain(wanted) if pair[0] != "sweep"]


@settings(max_examples=tried(40), deadline=None)
@given(st.randoms(use_true_random=False))
def test_without_a_change_no_byte_is_changed(random):
    text = Writer(random).document()
    tree = tree_of(text)
    if tree is not None:
        assert variant_text(Document(tree, "net", (), (), History()), (), lambda _: None, Report()) == text


@settings(max_examples=tried(60), deadline=None)
@given(st.randoms(use_true_random=False))
def test_a_tree_that_is_written_anew_reads_the_same(random):
    tree = tree_of(Writer(random).document())
    if tree is not None:
        assert plain(tree_of(written(tree))) == plain(tree)


FOLDERS = ("a", "a/b", "a/b/c", "d", ".", "we$ird/x", "a b")
PATHS = ("x.npz", "./x.npz", "../x.npz", "../../b/x.npz", "$here/x.npz", "y/../x.npz", "$whole", "/abs/x.npz")


@settings(max_examples=tried(100), deadline=None)
@given(*[st.sampled_from(FOLDERS)] * 2, st.lists(st.sampled_from(PATHS), min_size=3, max_size=3))
def test_a_moved_document_names_the_same_files_and_moved_back_the_same_text(old, new, paths):
    first, second, third = paths
    text = (
        f"modelspec: 1 # {first}\nvars: {{here: there, whole: z.npz}}\n"
        f"use:\n  - {first}.py # it\n  - acme.layers\n"
        f"weights: {{load: [{{file: {second}}}]}}\ntrain: {{data: {{file: {third}, x: x}}}}\n"
    )
    root = Path("/nowhere")
    moved = moved_text(text, root / old, root / new)

    def files(text: str, folder: Path) -> list[str]:
        tree = tree_of(text, folder)
        assert tree is not None
        found = []
        for one in references_of(tree):
            (meant,) = one.texts
            if meant == "acme.layers":
                continue
            found.append(str((one.folder / meant.rpartition(":")[2]).resolve()))
        return found

    assert files(moved, root / new) == files(text, root / old)
    assert Counter(re.findall("#.*", moved)) == Counter(re.findall("#.*", text))
    if not any("./" in path for path in paths):
        back = moved_text(moved, root / new, root / old)
        assert back.replace('"', "") == text
