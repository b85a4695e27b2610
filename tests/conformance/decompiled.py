"""What a decompiled model is held to: the config that its document gives is that of the model itself."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import modelspec
from modelspec.catalog.load import installed_keras_version, load_catalog
from modelspec.decompiler.decompile import Wanted, decompile
from modelspec.diagnostics import Report
from modelspec.link.canonical import canonical

Json = Any


def text_of(data: Json, **wanted: Any) -> str:
    """The document of a serialization dict."""
    catalog = load_catalog(installed_keras_version())
    return decompile(json.loads(json.dumps(data)), catalog, Wanted("model", **wanted), Report())


def check(data: Json, **choices: Any) -> str:
    """The document of a serialization dict, which gives an equal one."""
    text = text_of(data)
    ours = modelspec.loads(text, target="installed", use_cache=False, **choices).config()
    found = list(differences(_form(ours), _form(data)))
    assert not found, "\n".join([*found[:8], text[:3000]])
    return text


def _form(data: Json) -> Json:
    """A config without what is no part of the model: ids of shared objects, and how it was built."""
    return _bare(canonical(copy.deepcopy(data)))


def _bare(data: Json) -> Json:
    match data:
        case {"class_name": str(), "config": _}:
            # Keras records the arguments of a call that say nothing only where they were given.
            left_out = {"shared_object_id", "build_config"}
            return {key: _bare(value) for key, value in data.items() if key not in left_out}
        case {"args": list() as args, "kwargs": dict() as kwargs}:
            said = {key: value for key, value in kwargs.items() if value is not None}
            # A second tensor may be given by position or by name.
            return {"args": _bare([item for item in args if item is not None]), "kwargs": _bare(said)}
        case dict():
            return {key: _bare(value) for key, value in data.items()}
        case list():
            return [_bare(item) for item in data]
        case _:
            return data


def differences(ours: Json, theirs: Json, path: str = "") -> Iterator[str]:
    """Where two configs differ, as texts."""
    match ours, theirs:
        case dict(), dict():
            for key in sorted(ours.keys() | theirs.keys()):
                if key not in ours or key not in theirs:
                    yield f"{path}.{key} is in {'ours' if key in ours else 'theirs'} only"
                else:
                    yield from differences(ours[key], theirs[key], f"{path}.{key}")
        case list(), list() if len(ours) == len(theirs):
            for place, (one, two) in enumerate(zip(ours, theirs, strict=True)):
                yield from differences(one, two, f"{path}[{place}]")
        case _ if type(ours) is not type(theirs) or ours != theirs:
            yield f"{path}: {str(ours)[:150]} is {str(theirs)[:150]}"
