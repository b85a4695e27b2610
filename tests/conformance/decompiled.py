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
CATALOG = load_catalog(installed_keras_version())


def text_of(data: Json, **wanted: Any) -> str:
    """The document of a serialization dict, folded without a fault."""
    report = Report()
    text = decompile(json.loads(json.dumps(data)), CATALOG, Wanted("model", **wanted), report)
    assert "not-folded" not in {diagnostic.code for diagnostic in report.diagnostics}, report.diagnostics
    return text


def check(data: Json, **choices: Any) -> str:
    """The document of a serialization dict, which gives an equal one."""
    text = text_of(data)
    ours = modelspec.loads(text, target="installed", use_cache=False, **choices).config()
    found = list(differences(form_of(ours), form_of(data)))
    assert not found, "\n".join([*found[:8], text[:3000]])
    return text


def form_of(data: Json) -> Json:
    """A config without what is no part of the model: ids of shared objects, and how it was built."""
    return _bare(canonical(copy.deepcopy(data)))


def _bare(data: Json) -> Json:
    match data:
        case {"class_name": str(), "inbound_nodes": list() as nodes} if nodes:
            entry = CATALOG.class_of(data)
            names = tuple(entry.call) if entry is not None else ()
            rest = {key: value for key, value in data.items() if key != "inbound_nodes"}
            return {**_bare(rest), "inbound_nodes": [_by_name(node, names) for node in nodes]}
        case {"class_name": str(), "config": _}:
            left_out = {"shared_object_id", "build_config"}
            return {key: _bare(value) for key, value in data.items() if key not in left_out}
        case dict():
            return {key: _bare(value) for key, value in data.items()}
        case list():
            return [_bare(item) for item in data]
        case _:
            return data


def _by_name(node: Json, names: tuple[str, ...]) -> Json:
    """A call without what says nothing; a tensor may be given by position or by name."""
    given = {names[place] if place < len(names) else place: item for place, item in enumerate(node["args"])}
    return {key: _bare(item) for key, item in (given | node["kwargs"]).items() if item is not None}


def differences(ours: Json, theirs: Json, path: str = "") -> Iterator[str]:
    """Where two configs differ, as texts."""
    match ours, theirs:
        case dict(), dict():
            for key in sorted(ours.keys() | theirs.keys(), key=str):
                if key not in ours or key not in theirs:
                    yield f"{path}.{key} is in {'ours' if key in ours else 'theirs'} only"
                else:
                    yield from differences(ours[key], theirs[key], f"{path}.{key}")
        case list(), list() if len(ours) == len(theirs):
            for place, (one, two) in enumerate(zip(ours, theirs, strict=True)):
                yield from differences(one, two, f"{path}[{place}]")
        case _ if type(ours) is not type(theirs) or ours != theirs:
            yield f"{path}: {str(ours)[:150]} is {str(theirs)[:150]}"
