"""The Python API: a document loaded, checked, turned into a config, an archive or a live model."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

from modelspec.catalog.target import read_target
from modelspec.compiler.values import Compiled, Options, Text
from modelspec.diagnostics import Diagnostic, Report, Source

if TYPE_CHECKING:
    import keras

    from modelspec.architecture.comparing.comparison import Comparison
    from modelspec.architecture.comparing.levels import Level
    from modelspec.architecture.comparing.sides import Side
    from modelspec.compiler.diffing.sides import Given
    from modelspec.compiler.produce import Built
    from modelspec.compiler.training.values import Trained
    from modelspec.link.linked import LayerRow

PathLike = str | os.PathLike[str]


@dataclass(frozen=True)
class Document:
    """A document and what the caller says of it; every method raises `SpecError` on mistakes.

    Made by `load` and `loads`. Its results are kept, so checking twice costs once.
    """

    text: Text
    options: Options

    def check(self) -> tuple[Diagnostic, ...]:
        """Find everything wrong with the document, what Keras finds and the errors of `lint` included; the
        warnings are returned.
        """
        from modelspec.compiler.lint import check_rules

        compiled, report = self._compiled
        found = Report()
        check_rules(compiled, found)
        found.raise_if_errors()
        return report.warnings

    def lint(
        self, *, select: Iterable[str] | None = None, ignore: Iterable[str] = ()
    ) -> tuple[Diagnostic, ...]:
        """What the document may mean otherwise than its author thinks: warnings included, errors not raised.

        Args:
            select: names of rules or groups to look for; by default what the document says, else the default
                ones.
            ignore: names not to look for.
        """
        from modelspec.compiler.lint import lint_document
        from modelspec.lint.choice import Asked, unknown_rules

        asked = Asked(None if select is None else tuple(select), tuple(ignore))
        for name, _ in unknown_rules((*(asked.select or ()), *asked.ignore)):
            raise ValueError(f"no rule is called {name!r}")
        return lint_document(self.text, self.options, asked, Report()).diagnostics

    def config(self) -> dict[str, Any]:
        """The Keras serialization dict of the model, as `keras.saving.deserialize_keras_object` takes it."""
        import copy

        return copy.deepcopy(self._compiled[0].linked.config)

    def layers(self) -> tuple[LayerRow, ...]:
        """One row for each call of a layer, operation or nested model, in document order."""
        return self._compiled[0].linked.rows

    @property
    def params(self) -> int:
        """How many parameters the model has."""
        return self._compiled[0].linked.params

    def build(self, path: PathLike) -> Built:
        """Write the `.keras` archive; the file appears whole or not at all."""
        from modelspec.compiler.produce import write_archive

        return write_archive(self._compiled[0], Path(path), Report())

    def model(self) -> keras.Model:
        """A live model with initial values, compiled where the document says so: the archive, loaded.

        What the document's modules register stays registered, as if they had been imported by hand.
        """
        import tempfile

        from modelspec.link.backend import choose_backend, import_keras

        report = Report()
        backend = choose_backend(report, asked=self.options.backend)
        report.raise_if_errors()
        assert backend is not None
        # Before the build, which may come from the cache and so never choose a backend.
        import_keras(backend, cpu_only=False)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "model.keras"
            self.build(path)
            from modelspec.link.registered.collect import collect
            from modelspec.link.restored_model import restore_new

            custom = self._compiled[0].checked.custom
            registry = collect(custom.modules, custom.objects, report).registry
            report.raise_if_errors()
            registry.keep()
            return restore_new(
                path,
                self._compiled[0].linked,
                registry,
                seed=self._compiled[0].checked.spec.weights.seed,
                allow_unsafe=self.options.allow_unsafe,
            )

    def train(
        self,
        output: PathLike,
        *,
        run: PathLike | None = None,
        resume: bool = False,
        restart: bool = False,
    ) -> Trained:
        """Train the model as the document's `train` says, and write the trained archive.

        Args:
            output: the archive; it appears whole or not at all.
            run: the folder of metrics, checkpoints and the log; by default beside the archive, with `.run`.
            resume: go on from the last epoch that a run in the folder has kept.
            restart: begin anew although a run in the folder could go on.

        Raises:
            SpecError: the document, its data or its training has mistakes; no archive was written.
            KeyboardInterrupt: as ever; what was kept stays, and `resume` goes on from there.
        """
        from modelspec.compiler.training.run import train_document
        from modelspec.compiler.training.values import Run

        target = Path(output)
        folder = Path(run) if run is not None else target.with_suffix(".run")
        trained = train_document(self.text, self.options, Run(target, folder, resume, restart), Report())
        if trained.state == "interrupted":
            raise KeyboardInterrupt
        return trained

    def with_overrides(self, overrides: Mapping[str, object]) -> Document:
        """The same document with more values set: `{"vars.width": 64}`."""
        more = _override_texts(overrides)
        return Document(self.text, replace(self.options, overrides=(*self.options.overrides, *more)))

    @cached_property
    def _compiled(self) -> tuple[Compiled, Report]:
        from modelspec.compiler.stages import compile_document

        report = Report()
        return compile_document(self.text, self.options, report), report


class Choices(TypedDict, total=False):
    """What the caller decides, as keywords of `load` and `loads`."""

    root: PathLike | None
    """The folder that files named by the document stay inside; the project's by default."""
    allow_paths: Iterable[PathLike]
    """Files and folders outside the root that the document may name."""
    allow: str | Iterable[str]
    """Modules and Python files that the document may have imported for what they register."""
    custom_objects: Mapping[str, object] | None
    """Classes and functions by the name the document knows them under, as Keras' own `custom_objects`."""
    backend: str | None
    """`jax`, `torch` or `tensorflow`; the lightest installed one by default."""
    use_cache: bool
    """Whether an unchanged architecture is read from the cache instead of compiled again, as by default."""
    allow_unsafe: bool
    """Whether the document may hold what runs code or opens files when it is loaded, such as a `Lambda` with
    code; by default it may not.
    """
    target: str | None
    """The Keras that must open the archive, as `--target` takes it: `keras>=3.8`, `installed`."""


def load(
    path: PathLike, overrides: Mapping[str, object] | None = None, **choices: Unpack[Choices]
) -> Document:
    """Read a document from a file.

    Args:
        path: the document.
        overrides: values by document path, as `--set` sets them: `{"vars.width": 64}`.
        choices: `root`, `allow_paths`, `allow`, `custom_objects`, `backend`, `use_cache`, `allow_unsafe` and
            `target`: see `Choices`.

    Raises:
        SpecError: the file cannot be read.
        ValueError: `target` is neither.
    """
    from modelspec.compiler.document_text import load_document

    options = _options(overrides, choices)
    report = Report()
    file = Path(path)
    loaded = load_document(file, report)
    report.raise_if_errors()
    assert loaded is not None
    source, sha256 = loaded
    return Document(Text(source, sha256, file.resolve()), options)


def loads(
    text: str,
    overrides: Mapping[str, object] | None = None,
    *,
    name: str = "<text>",
    **choices: Unpack[Choices],
) -> Document:
    """Read a document from a text; `name` is what messages call it. The rest is as in `load`."""
    import hashlib

    options = _options(overrides, choices)
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    return Document(Text(Source(name, text, folder=options.root), sha256), options)


def train(
    document: PathLike | Document,
    output: PathLike,
    *,
    overrides: Mapping[str, object] | None = None,
    run: PathLike | None = None,
    resume: bool = False,
    restart: bool = False,
    **choices: Unpack[Choices],
) -> Trained:
    """Train a document, from a file or loaded before; the rest is as in `load` and `Document.train`."""
    if isinstance(document, Document):
        if choices:
            raise TypeError("a document that is loaded has its options: give them to `load`")
        found = document.with_overrides(overrides or {})
    else:
        found = load(document, overrides, **choices)
    return found.train(output, run=run, resume=resume, restart=restart)


def diff(
    before: PathLike | Document | keras.Model,
    after: PathLike | Document | keras.Model,
    *,
    level: Level = "exact",
    **choices: Unpack[Choices],
) -> Comparison:
    """What differs between two models, as data: `differs`, `edits`, `totals`, `fits` and more.

    Args:
        before, after: a file (a document, a `.keras` archive or its folder, a `config.json`), a file in a git
            revision (`main:net.yaml`), a `Document`, or a live model.
        level: `exact`; `auto-names`, for which names that Keras counts are free; `structure`, for which all
            are.
        choices: as in `load`.

    Raises:
        SpecError: one of them is no model, or has mistakes.
    """
    from modelspec.compiler.diffing.compare import Asked, compare

    options = replace(_options(None, choices), cpu_only=True)
    report = Report()
    sides = [_side(given, options, report) for given in (before, after)]
    return compare(sides[0], sides[1], report, asked=Asked(level=level, options=options))


def _side(given: PathLike | Document | keras.Model, options: Options, report: Report) -> Given | Side:
    from modelspec.compiler.diffing.sides import Given, side_of_compiled, side_of_config

    if isinstance(given, Document):
        return side_of_compiled(given._compiled[0], given.text.source.name)
    if isinstance(given, str | os.PathLike):
        return Given(os.fspath(given))
    from modelspec.link.canonical import canonical, serialize

    return side_of_config(canonical(serialize(given)), given.name, report, options=options)


def _options(overrides: Mapping[str, object] | None, given: Choices) -> Options:
    """What the caller decides.

    Raises:
        TypeError: a keyword is none of `Choices`.
    """
    unknown = [name for name in given if name not in Choices.__annotations__]
    if unknown:
        known = ", ".join(f"`{name}`" for name in Choices.__annotations__)
        raise TypeError(f"there is no option `{unknown[0]}`; there are {known}")
    root, allow = given.get("root"), given.get("allow", ())
    return Options(
        overrides=_override_texts(overrides or {}),
        root=Path(root) if root is not None else None,
        allowed_paths=tuple(Path(path) for path in given.get("allow_paths", ())),
        allow=(allow,) if isinstance(allow, str) else tuple(allow),
        custom_objects=dict(given.get("custom_objects") or {}),
        backend=given.get("backend"),
        use_cache=given.get("use_cache", True),
        allow_unsafe=given.get("allow_unsafe", False),
        target=read_target(given.get("target")),
    )


def _override_texts(overrides: Mapping[str, object]) -> tuple[str, ...]:
    import json

    return tuple(f"{path}={json.dumps(value)}" for path, value in overrides.items())
