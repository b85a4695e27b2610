"""One of two models: read from whatever the user gave, with what Keras makes of it where it can be made."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from modelspec.architecture.comparing.sides import NodePath, Side, Site, Use
from modelspec.architecture.reading import read_architecture
from modelspec.compiler.decompiled import read_config
from modelspec.compiler.diffing.facts import facts_of, facts_of_file
from modelspec.compiler.diffing.revisions import Export, find_revision, path_in
from modelspec.compiler.diffing.sites import sites_of
from modelspec.compiler.values import Compiled, Options, Progress, Text, silent
from modelspec.decompiler.refusal import Undecompilable
from modelspec.diagnostics import Diagnostic, Place, Report, Source, SpecError
from modelspec.frozen import dataclass
from modelspec.source.files import load_text

_LFS = b"version https://git-lfs.github.com/spec/"
_HEAD = 4096
_MAX_FILES = 1_000


@dataclass(frozen=True, slots=True)
class Given:
    """What the user gave for one side.

    Args:
        text: a path, `REVISION:path`, or `:path` for what git's index has.
        against: the revision that it is taken from, where that is said apart.
        name: what the side is called; by default as it is given.
        at: where the file belongs, if it is a copy that lies elsewhere, as git gives to diff drivers: files
            that a document names are looked for from there.
    """

    text: str
    against: str | None = None
    name: str | None = None
    at: Path | None = None

    @property
    def shown(self) -> str:
        """What the side is called."""
        given = self.text if self.against is None else f"{self.against}:{self.text}"
        return self.name or given


@dataclass(frozen=True, slots=True)
class _Reading:
    """How a side is read.

    Args:
        name: what it is called.
        options: what the caller decides.
        facts: whether shapes and variables of archives and configs are wanted.
        progress: told before Keras is imported.
        at: where the file belongs.
    """

    name: str
    options: Options
    facts: bool
    progress: Progress
    at: Path | None = None


def read_side(
    given: Given, report: Report, *, options: Options, facts: bool = True, progress: Progress = silent
) -> Side:
    """The side that the user means.

    Args:
        given: see there.
        report: gets what is wrong with it; warnings about a model that can be compared are not told.
        options: what the caller decides.
        facts: whether shapes and variables of archives and configs are wanted, for which Keras may be needed.
        progress: told before Keras is imported.

    Raises:
        SpecError: there is no model.
    """
    own = Report()
    reading = _Reading(given.shown, options, facts, progress, given.at)
    path = Path(given.text)
    revision, _, inside = given.text.partition(":")
    try:
        if given.against is not None:
            folder = path.parent if path.parent.is_dir() else Path()
            return _of_revision(given.against, f"./{path.name}", own, reading, folder=folder)
        if inside and not path.exists():
            return _of_revision(revision, inside, own, reading, folder=Path())
        return _of_path(path, own, reading)
    except SpecError as error:
        report.take(error.diagnostics)
        raise


def _of_path(path: Path, report: Report, reading: _Reading) -> Side:
    if not _is_document(path):
        config = read_config(path, report).config
        return side_of_config(
            config,
            reading.name,
            report,
            options=reading.options,
            facts=reading.facts,
            progress=reading.progress,
            path=path,
        )
    loaded = load_text(path, report)
    report.raise_if_errors()
    assert loaded is not None
    source, sha256 = loaded
    if reading.at is None:
        return _of_document(Text(source, sha256, path.resolve()), report, reading)
    at = reading.at.resolve()
    moved = Source(reading.name, source.text, folder=at.parent)
    return _of_document(Text(moved, sha256, at), report, reading)


def _is_document(path: Path) -> bool:
    """Whether a file is text that is no description of a Keras object; what is not there counts as one."""
    if path.is_dir():
        return False
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError:
        return True
    if head.lstrip().startswith(b"{"):
        return b'"modelspec"' in head and b'"class_name"' not in head.partition(b'"modelspec"')[0]
    return b"\0" not in head and not head.startswith((b"PK\x03\x04", b"PK\x05\x06", _LFS))


def _of_document(text: Text, report: Report, reading: _Reading) -> Side:
    from modelspec.compiler.stages import link_document

    compiled = link_document(text, reading.options, report, progress=reading.progress)
    return side_of_compiled(compiled, reading.name)


def side_of_compiled(compiled: Compiled, name: str) -> Side:
    """The side that a compiled document is."""
    architecture = read_architecture(compiled.linked.config)
    return Side(
        name,
        architecture,
        facts_of(compiled.linked, architecture.graph),
        sites=sites_of(compiled.checked),
    )


def side_of_config(
    config: Mapping[str, Any],
    name: str,
    report: Report,
    *,
    options: Options,
    facts: bool = True,
    progress: Progress = silent,
    path: Path | None = None,
) -> Side:
    """The side that a serialization dict describes.

    A model that Keras cannot make here, for want of a class, is compared without shapes.

    Args:
        path: of its archive, whose variables are read where Keras cannot make the model.

    Raises:
        SpecError: the dict contradicts itself.
    """
    from modelspec.compiler.archived_model import link_config

    try:
        architecture = read_architecture(config)
    except Undecompilable as reason:
        report.fail("cannot-decompile", str(reason), Place(Source(name, "", inline=True), 0, 0))
    if not facts:
        return Side(name, architecture, lacks="nobody asked for them")
    try:
        linked = link_config(config, name, options, Report(), progress=progress)
    except SpecError as error:
        lacks = next(item.message for item in error.diagnostics if item.severity == "error")
        found = facts_of_file(path, config, architecture.graph) if path is not None else None
        return Side(name, architecture, found, lacks=lacks)
    return Side(name, architecture, facts_of(linked, architecture.graph))


def _of_revision(revision: str, path: str, report: Report, reading: _Reading, *, folder: Path) -> Side:
    found = find_revision(revision, folder, report)
    inside = path_in(found, path, folder)
    if inside is None:
        called = f"the revision `{revision}`" if revision else "git's index"
        listing = f"git ls-tree -r --name-only {revision}" if revision else "git ls-files"
        report.fail(
            "not-in-revision",
            f"{called} has no file `{path.removeprefix('./')}`",
            Place(Source(reading.name, "", inline=True), 0, 0),
            help=f"`{listing}` lists its files",
        )
    with tempfile.TemporaryDirectory(prefix="modelspec-revision-") as temporary:
        export = Export(found, Path(temporary).resolve())
        export.fetch(inside)
        confined = replace(reading, options=replace(reading.options, root=export.folder))
        return _exported(export, inside, report, confined)


def _exported(export: Export, inside: str, report: Report, reading: _Reading) -> Side:
    """The side of a file of a revision; files that it names are fetched as they are asked for."""
    asked: set[str] = set()
    while True:
        attempt = Report()
        try:
            side = _of_path(export.folder / inside, attempt, reading)
            return replace(side, sites=dict(_sites(side.sites, export)))
        except SpecError as error:
            missing = {
                Path(file).relative_to(export.folder).as_posix()
                for file in attempt.files
                if Path(file).is_relative_to(export.folder) and not Path(file).exists()
            } - asked
            asked |= missing
            fetched = [export.fetch(file) for file in sorted(missing)]
            if len(asked) > _MAX_FILES or not any(fetched):
                report.take(_shown(found, export) for found in error.diagnostics)
                raise SpecError(report.diagnostics) from None


def _sites(sites: Mapping[NodePath, Site], export: Export) -> Iterator[tuple[NodePath, Site]]:
    for path, site in sites.items():
        uses = tuple(Use(use.text, export.shown(use.place)) for use in site.uses)
        block = site.block_place
        shown = None if block is None else export.shown(block)
        yield path, replace(site, place=export.shown(site.place), block_place=shown, uses=uses)


def _shown(found: Diagnostic, export: Export) -> Diagnostic:
    """A diagnostic in which files are called by their names in the revision."""

    def place(given: Place | None) -> Any:
        if given is None:
            return None
        source = given.source
        named = Source(export.shown(source.name), source.text, folder=source.folder, inline=source.inline)
        return replace(given, source=named)

    return replace(
        found,
        message=export.shown(found.message),
        place=place(found.place),
        frames=tuple(replace(frame, place=place(frame.place)) for frame in found.frames),
        labels=tuple(replace(label, place=place(label.place)) for label in found.labels),
    )
