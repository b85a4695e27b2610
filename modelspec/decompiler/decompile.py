"""A serialization dict to the text of a document that means the same, checked before it is given out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeGuard

from modelspec.catalog.lookup import Catalog
from modelspec.catalog.registered import is_registered_name
from modelspec.catalog.safety.finding import path_text
from modelspec.catalog.safety.judge import judge
from modelspec.decompiler.checking import Difference, compiled, differences, differences_of_whole
from modelspec.decompiler.document import (
    Draft,
    Sections,
    settings_of,
    write_compile,
    write_document,
)
from modelspec.decompiler.folding.fold import fold
from modelspec.decompiler.model import Model
from modelspec.decompiler.nested import find_models
from modelspec.decompiler.operations import operations_by_class
from modelspec.decompiler.reading import read_model
from modelspec.decompiler.reduced import Obj, Settings, is_unbuilt, reduce_object
from modelspec.decompiler.refusal import Undecompilable
from modelspec.decompiler.renaming import with_automatic_names
from modelspec.decompiler.sizes import MOST_FOLDED, MOST_LAYERS, layers_in
from modelspec.decompiler.spelling import Unspellable, class_key, escaped, spell_arguments
from modelspec.decompiler.vocabulary import catalog_for
from modelspec.decompiler.yaml_text import print_document
from modelspec.diagnostics import Place, Report, Source, SpecError
from modelspec.frozen import dataclass
from modelspec.language.values import Origin

Json = Any

_ROUNDS = 3
_MOST_TOLD = 3
_LONGEST_TOLD = 200


@dataclass(frozen=True, slots=True)
class Wanted:
    """How the document is written.

    Args:
        name: what messages call the file or model.
        auto: whether automatic names are left out wherever a layer has one, so that the model is equal up to
            them alone.
        flat: whether every layer stands for itself, nothing folded into blocks.
        extra: sections that are put after all others.
    """

    name: str
    auto: bool = False
    flat: bool = False
    extra: Mapping[str, object] | None = None


def decompile(data: Mapping[str, Json], catalog: Catalog, wanted: Wanted, report: Report) -> str:
    """The document of a model.

    Args:
        data: its serialization dict, as `config.json` has it.
        catalog: of the Keras that the document is meant for.
        report: gets what a reader of the document must know.

    Raises:
        SpecError: there is no such document, the model is too large for one, or what was written did not mean
            the same.
    """
    size = layers_in(data)
    if size > MOST_LAYERS:
        report.fail(
            "cannot-decompile",
            f"`{wanted.name}` has {size:,} layers, and a document is written of {MOST_LAYERS:,} at most",
        )
    if size > MOST_FOLDED and not wanted.flat:
        report.add(
            "not-folded",
            f"`{wanted.name}` is written without blocks: it has {size:,} layers, and no more than "
            f"{MOST_FOLDED:,} are folded",
        )
        wanted = replace(wanted, flat=True)
    catalog = catalog_for(data, catalog)
    names = _judged(data, catalog, wanted, report)
    settings = settings_of(data, catalog)
    try:
        model = read_model(data)
        if model is None:
            return _whole(data, settings, names, wanted, report)
        if wanted.auto:
            model = with_automatic_names(model, Origin(Place(Source(wanted.name, "", inline=True), 0, 0)))
        found = find_models(model, catalog)
        draft = Draft(settings, operations_by_class(catalog), found.models, found.keys, found.paths)
        for places in found.held_twice[:_MOST_TOLD]:
            one, two = (f"`{'/'.join(path)}`" for path in places)
            report.add(
                "unshared-layer",
                f"{one} and {two} of `{wanted.name}` are one layer that two models hold",
                help="Keras cannot load that, so the document makes two, with weights of their own",
            )
        return _of_graph(found.main, draft, names, wanted, report)
    except Undecompilable as refusal:
        report.fail(
            "cannot-decompile",
            f"`{wanted.name}` cannot be written as a document: {refusal}",
            help="save the model again with the Keras that it was made in: `model.save('model.keras')`",
        )


def _of_graph(model: Model, draft: Draft, names: frozenset[str], wanted: Wanted, report: Report) -> str:
    found: tuple[Difference, ...] = ()
    for _ in range(_ROUNDS):
        sections = write_document(model, draft)
        text = print_document(sections)
        try:
            resolved = compiled(text, draft.settings.catalog, names)
        except SpecError as error:
            found = (Difference((), str(error.diagnostics[0].message)),)
            more = _every_path(model)
        else:
            found = tuple(differences(resolved, model, draft))
            if not found:
                return _printed(_shortest(sections, model, draft, names, wanted, report), wanted)
            more = frozenset(difference.path for difference in found if difference.path)
        if more <= draft.verbatim:
            break
        draft = replace(draft, verbatim=draft.verbatim | more)
    _refuse(found, wanted, report)
    raise AssertionError("a refusal raises")


def _shortest(
    flat: Sections, model: Model, draft: Draft, names: frozenset[str], wanted: Wanted, report: Report
) -> Sections:
    """The folded sections of a document; the flat ones where they are wanted or folding went wrong."""
    if wanted.flat:
        return flat
    try:
        folded = fold(flat, draft.settings.catalog)
        text = print_document(folded)
        if text.count("\n") > print_document(flat).count("\n"):
            return flat
        found = next(differences(compiled(text, draft.settings.catalog, names), model, draft), None)
    except Exception as error:  # whatever it is, the flat document is right
        found = Difference((), f"{type(error).__name__}: {error}".splitlines()[0][:_LONGEST_TOLD])
    if found is None:
        return folded
    where = f"`{'/'.join(found.path)}`: {found.what}" if found.path else found.what
    report.add(
        "not-folded",
        f"`{wanted.name}` is written without blocks: the folded document would not mean the same ({where})",
    )
    return flat


def _every_path(model: Model, path: tuple[str, ...] = ()) -> frozenset[tuple[str, ...]]:
    found = {(*path, name) for name in model.layers}
    for name, layer in model.layers.items():
        if layer.model is not None:
            found |= _every_path(layer.model, (*path, name))
    return frozenset(found)


def _whole(
    data: Mapping[str, Json], settings: Settings, names: frozenset[str], wanted: Wanted, report: Report
) -> str:
    """The document of a model that is one object."""
    sections: Sections = {"modelspec": 1}
    kept = {key: value for key, value in data.items() if key != "compile_config"}
    sections |= _object(kept, settings)
    written = write_compile(data, settings)
    if written:
        sections["compile"] = written
    text = print_document(sections)
    try:
        found = tuple(differences_of_whole(compiled(text, settings.catalog, names), data, settings))
    except SpecError as error:
        found = (Difference((), str(error.diagnostics[0].message)),)
    if found:
        _refuse(found, wanted, report)
    if is_unbuilt(data):
        report.add(
            "unbuilt-model",
            f"`{wanted.name}` was never built, so nothing says what it reads",
            help="write `inputs` into the document before it is built",
        )
    return _printed(sections, wanted)


def _printed(sections: Sections, wanted: Wanted) -> str:
    """The text with the sections that say nothing of the model itself."""
    return print_document(sections | dict(wanted.extra or {}))


def _object(data: Mapping[str, Json], settings: Settings) -> Sections:
    """`model`, and the `inputs` that a registered class is called on."""
    built = data.get("build_config")
    shape: Json = built.get("input_shape") if isinstance(built, dict) else None
    reduced = reduce_object(data, settings)
    unbuilt = is_unbuilt(data)
    registered = isinstance(reduced, Obj) and reduced.entry.home is not None
    # Without a shape it builds itself, or nobody can say what it reads.
    if not isinstance(reduced, Obj) or not (unbuilt or (registered and (shape is None or _is_shape(shape)))):
        return {"model": dict(data)}
    try:
        arguments = spell_arguments(reduced, settings.catalog)
    except Unspellable:
        return {"model": dict(data)}
    config = data["config"]
    # Unlike that of an argument, its automatic name stands nowhere else.
    named = {"name": escaped(config["name"])} if isinstance(config.get("name"), str) else {}
    said: Sections = {"model": {class_key(reduced.entry, settings.catalog, "model"): named | arguments}}
    if unbuilt or shape is None:
        return said
    return {"inputs": {"input": shape[1:] if shape[0] is None else {"batch_shape": shape}}, **said}


def _is_shape(shape: Json) -> TypeGuard[list[int | None]]:
    return (
        isinstance(shape, list)
        and len(shape) > 0
        and all(size is None or (type(size) is int and size > 0) for size in shape)
    )


def _judged(data: Json, catalog: Catalog, wanted: Wanted, report: Report) -> frozenset[str]:
    """The names of classes that are no one's but need code; what must not be there is refused."""
    needed: dict[str, None] = dict.fromkeys(catalog.registered.names())
    unsafe: list[str] = []
    for finding in judge(data, catalog, registered=catalog.registered.names()):
        where = path_text(finding.path)
        if finding.code == "needs-code":
            needed[finding.name] = None
        elif finding.liftable:
            unsafe.append(f"{finding.message} (at `{where}`)")
        else:
            report.add(
                finding.code, f"{finding.message} (at `{where}` of `{wanted.name}`)", help=finding.help
            )
    report.raise_if_errors()
    for message in unsafe[:_MOST_TOLD]:
        report.add(
            "unsafe-decompiled",
            message,
            help="it stands in the document as it was; building that needs `--allow-unsafe`",
        )
    if needed:
        listed = ", ".join(f"`{name}`" for name in needed)
        report.add(
            "needs-code",
            f"the model needs the code of {listed}",
            help="name the module that registers it under `use`, and allow it with `--allow`",
        )
    return frozenset(name for name in needed if not is_registered_name(name))


def _refuse(found: tuple[Difference, ...], wanted: Wanted, report: Report) -> None:
    told = "; ".join(
        f"`{'/'.join(difference.path)}`: {difference.what}" if difference.path else difference.what
        for difference in found[:_MOST_TOLD]
    )
    report.fail(
        "decompile-differs",
        f"the document of `{wanted.name}` would not mean the same: {told}",
        help="nothing was written; please report this with the model's `config.json`",
    )
