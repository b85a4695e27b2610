"""Where the nodes of a document's architecture are written, by the Keras names that lead to them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from modelspec.architecture.comparing.sides import NodePath, Site, Use
from modelspec.compiler.values import Checked
from modelspec.graph.model import Graph, Program, SubModel, WholeModel
from modelspec.language.values import Origin
from modelspec.source.tree import Mapping

# As `language.blocks` writes the frame of a use.
_BLOCK = re.compile(r"in block `([^`]*)`")


def sites_of(checked: Checked) -> dict[NodePath, Site]:
    """The site of every input, layer, operation and model, those of nested models below each use."""
    program = checked.program
    blocks = checked.document.tree.entry("blocks")
    places = (
        {entry.key.text: entry.key.place.file_and_line for entry in blocks.value.entries}
        if blocks is not None and isinstance(blocks.value, Mapping)
        else {}
    )
    return dict(_sites(program, program.main, (), places))


def _sites(
    program: Program, model: Graph | WholeModel, path: NodePath, places: dict[str, str]
) -> Iterator[tuple[NodePath, Site]]:
    for entry in model.inputs:
        yield (*path, entry.name), _site(entry.name, entry.origin, places)
    if not isinstance(model, Graph):
        return
    models = {nested.key: nested for nested in program.models}
    programs = dict(program.nested)
    for layer in model.layers:
        here = (*path, layer.name)
        yield here, _site(layer.path.rpartition("/")[2], layer.origin, places)
        match layer.kind:
            case SubModel(key=key) if key in programs:
                yield from _sites(programs[key], programs[key].main, here, {})
            case SubModel(key=key):
                yield from _sites(program, models[key], here, places)


def _site(item: str, origin: Origin, places: dict[str, str]) -> Site:
    frames = [(_BLOCK.match(frame.text), frame) for frame in origin.frames]
    block = next((match[1] for match, _ in frames if match is not None), None)
    uses = tuple(Use(frame.text, frame.place.file_and_line) for _, frame in frames)
    return Site(origin.place.file_and_line, item, block, places.get(block or ""), uses)
