"""All that a document can name here: the installed Keras, and what the caller's modules register."""

from __future__ import annotations

from modelspec.catalog.history import load_history
from modelspec.catalog.load import installed_keras_version, load_catalog, load_docs
from modelspec.catalog.reference import Vocabulary
from modelspec.catalog.registered import read_registered
from modelspec.compiler.custom import modules_named
from modelspec.compiler.shadows import without_shadows
from modelspec.diagnostics import Report


def read_vocabulary(allow: tuple[str, ...], report: Report, *, backend: str | None = None) -> Vocabulary:
    """What can be named, with its documentation.

    Args:
        allow: modules and Python files to import for what they register; without one Keras is not imported.
        report: gets `nothing-registered` for a module that registers nothing.
        backend: that Keras shall run on where it has to be imported; `None` for the lightest.

    Raises:
        SpecError: Keras is not installed, or a module cannot be imported or claims a name that is taken.
    """
    version = installed_keras_version()
    vocabulary = Vocabulary(load_catalog(version), load_docs(version), load_history())
    return _with_registered(vocabulary, allow, report, backend=backend) if allow else vocabulary


def _with_registered(
    vocabulary: Vocabulary, allow: tuple[str, ...], report: Report, *, backend: str | None
) -> Vocabulary:
    from modelspec.link.backend import choose_backend, import_keras

    chosen = choose_backend(report, asked=backend)
    report.raise_if_errors()
    assert chosen is not None
    import_keras(chosen)
    from modelspec.link.registered.collect import collect
    from modelspec.link.registered.describe import document
    from modelspec.link.registered.loading import Loaded, load_modules

    modules = modules_named(allow, report)
    report.raise_if_errors()
    found = collect(modules, {}, report)
    described = without_shadows(found.described, vocabulary.catalog, modules, report)
    report.raise_if_errors()
    for module, loaded in load_modules(tuple(modules)).loaded.items():
        if isinstance(loaded, Loaded) and not loaded.objects:
            report.add(
                "nothing-registered",
                f"importing `{module.name}` registers nothing",
                modules[module].place,
                help=f"name the module that does: `--allow {module.name}.layers`"
                if module.file is None
                else "decorate its classes with `@keras.saving.register_keras_serializable`",
            )
    own, docs = document(found.registry.objects()), vocabulary.docs
    return Vocabulary(
        vocabulary.catalog.with_registered(read_registered(described)),
        {
            **docs,
            "classes": {**docs["classes"], **own["classes"]},
            "functions": {**docs["functions"], **own["functions"]},
        },
        vocabulary.history,
    )
