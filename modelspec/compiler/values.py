"""What the stages take and give: options, a document's text, and how far it has come."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING

from modelspec.catalog.resolved import Resolved
from modelspec.catalog.safety.policy import MAX_PARAMS
from modelspec.catalog.target import ANY, Target
from modelspec.compiler.patterns import Selected
from modelspec.diagnostics import Source
from modelspec.frozen import dataclass
from modelspec.graph.model import Program
from modelspec.language.closed import ClosedSpec
from modelspec.language.load import Document

if TYPE_CHECKING:
    from modelspec.catalog.lookup import Catalog
    from modelspec.compiler.custom import Custom
    from modelspec.link.linked import Linked
    from modelspec.weights.attach.plan import Plan

Progress = Callable[[str, int, int], None]
"""Told of a stage by name, how much of it is done, and of how much; 0 of 0 where that is not known."""


def silent(stage: str, done: int, total: int) -> None:
    """Progress that nobody watches."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the caller, not the document, decides.

    Args:
        overrides: `PATH=VALUE` texts, later ones over earlier ones.
        root: the folder that references stay inside; `None` for the project's.
        allowed_paths: files and folders outside the root that may be read.
        backend: `jax`, `torch` or `tensorflow`; `None` for the lightest installed one.
        max_params: the largest model that is built.
        use_cache: whether a model that was compiled before is read from the cache, and a new one kept.
        allow_unsafe: whether objects may run code, or open files, when they are loaded.
        cpu_only: keep JAX from looking for other devices, which it remembers for the life of the process.
        allow: modules and Python files that documents may have imported.
        custom_objects: classes and functions by the name documents know them under.
        target: which releases of Keras the archive shall open in.
    """

    overrides: tuple[str, ...] = ()
    root: Path | None = None
    allowed_paths: tuple[Path, ...] = ()
    backend: str | None = None
    max_params: int = MAX_PARAMS
    use_cache: bool = True
    allow_unsafe: bool = False
    cpu_only: bool = False
    allow: tuple[str, ...] = ()
    custom_objects: Mapping[str, object] = field(default_factory=dict)
    target: Target = ANY


@dataclass(frozen=True, slots=True)
class Text:
    """A document's text and where it came from."""

    source: Source
    sha256: str
    path: Path | None = None


@dataclass(frozen=True, slots=True)
class Checked:
    """A document in which nothing was found wrong without Keras.

    Args:
        catalog: of the installed Keras, with what the document's modules and the caller register.
        custom: those modules and objects.
    """

    document: Document
    spec: ClosedSpec
    program: Program
    resolved: Resolved
    selected: Selected
    keras_version: str
    catalog: Catalog
    custom: Custom

    @property
    def sources(self) -> tuple[str, ...]:
        """The files that the document was made of, those of the modules it uses among them."""
        return (
            *(name for name, _ in self.document.sources),
            *(name for name, _, _ in self.custom.files),
        )


@dataclass(frozen=True, slots=True)
class Compiled:
    """A document's model without values.

    Args:
        checked: what it was made from.
        linked: the model, with the config as the archive holds it.
        document_hash: what the document says, as a hash of its closed spec.
        from_cache: whether Keras was not needed.
        floor: the oldest Keras that opens the archive (`3.11`); `None` where nothing is promised.
        plan: what `weights.load` puts in each variable; `None` where nothing is loaded.
        options: what the caller decided.
    """

    checked: Checked
    linked: Linked
    document_hash: str
    from_cache: bool = False
    floor: str | None = None
    plan: Plan | None = None
    options: Options = Options()

    @property
    def sources(self) -> tuple[str, ...]:
        """The files that the document was made of, those of the modules it uses among them."""
        return self.checked.sources
