"""What the calls of a model are called in its document, and how a name of Keras is written there."""

from __future__ import annotations

from collections.abc import Mapping

from modelspec.decompiler.linearise import Visit
from modelspec.decompiler.model import Model
from modelspec.decompiler.refusal import Undecompilable
from modelspec.decompiler.spelling import escaped
from modelspec.diagnostics.shown import shown
from modelspec.language.handles import handle_of, is_keras_name
from modelspec.language.words import NAME, RESERVED_NAMES

Handles = Mapping[Visit, str]
"""What each call is called in the document; an input is its own call 0."""


def is_own(name: str) -> bool:
    """Whether a name of Keras is one of the language too."""
    starts = name[:1].isascii() and name[:1].isalpha()
    return starts and NAME.fullmatch(name) is not None and name not in RESERVED_NAMES and is_keras_name(name)


def handles_of(model: Model, order: tuple[Visit, ...]) -> dict[Visit, str]:
    """A name for each call: that of the layer, and of later calls one that nothing else has.

    Raises:
        Undecompilable: a layer has an empty name, one that cannot be printed, or one with a `/`.
    """
    taken = {name for name in (*model.layers, *model.inputs) if is_own(name)}
    found: dict[Visit, str] = {(name, 0): name for name in taken}
    for name in (*model.inputs, *(name for name, call in order if not call)):
        if (name, 0) not in found:
            if not is_keras_name(name):
                raise Undecompilable(f"no document can write the name `{shown(name)}`")
            found[name, 0] = _free(handle_of(name), taken)
    for name, call in order:
        if call:
            found[name, call] = _free(f"{found[name, 0]}_call{call + 1}", taken)
    return found


def _free(handle: str, taken: set[str]) -> str:
    while handle in taken:
        handle += "_"
    taken.add(handle)
    return handle


def name_words(name: str, handle: str) -> dict[str, object]:
    """The words that name a layer."""
    if is_own(name):
        return {"name": name}
    words: dict[str, object] = {} if handle == handle_of(name) else {"name": handle}
    return words | {"keras_name": escaped(name)}
