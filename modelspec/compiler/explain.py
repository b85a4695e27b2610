"""A value's final form and the way it came: variable, parameter, default, base document, `--set`."""

from __future__ import annotations

from modelspec.catalog.lookup import Catalog
from modelspec.catalog.resolved import KerasObject, KerasOp, Resolved
from modelspec.compiler.values import Checked
from modelspec.diagnostics import Place, Report, Source, SpecError, nearest
from modelspec.frozen import dataclass
from modelspec.graph.model import Graph
from modelspec.language.close import close_value
from modelspec.language.compose import document_scope
from modelspec.language.paths import find_node, known_steps, section_paths
from modelspec.language.values import Origin, Unknown, to_data
from modelspec.source.tree import Node


@dataclass(frozen=True, slots=True)
class Explained:
    """One value.

    Args:
        name: what was asked for, or the argument's name.
        value: its final form; `None` with `depends` where it differs from use to use.
        how: where it was written and what it went through, as (text, `file:line:column`) pairs; the
            place is empty for what stands in no file.
        depends: whether its value is known only where a block is used.
    """

    name: str
    value: object
    how: tuple[tuple[str, str], ...]
    depends: bool = False


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a path stands for: a headline, and the values below it."""

    title: str
    values: tuple[Explained, ...]


def explain_path(checked: Checked, catalog: Catalog, path: str) -> Explanation:
    """Explain a document path (`layers.stem.filters`) or a graph path (`s2/main`, `s2/main.filters`).

    Raises `SpecError` for a path that leads nowhere.
    """
    steps = tuple(path.split("."))
    node = find_node(checked.document.tree, steps)
    if node is not None:
        return Explanation(path, (_explain_node(checked, node, path),))
    graph_path, _, argument = path.partition(".")
    if steps[0] == "layers" and len(steps) > 2:
        graph_path, argument = "/".join(steps[1:-1]), steps[-1]
    found = _explain_layer(checked, catalog, graph_path, argument or None)
    if found is not None:
        return found
    whole = _explain_layer(checked, catalog, graph_path, None)
    if whole is not None:
        near = nearest(argument, [value.name for value in whole.values[1:]])
        raise SpecError(_no_path(path, f"{graph_path}.{near}" if near else None).diagnostics)
    raise SpecError(_no_path(path, _nearest_path(checked, path, steps)).diagnostics)


def _nearest_path(checked: Checked, path: str, steps: tuple[str, ...]) -> str | None:
    taken, choices = known_steps(checked.document.tree, steps)
    paths = (
        [layer.path for layer in checked.program.main.layers]
        if isinstance(checked.program.main, Graph)
        else []
    )
    inner = section_paths(checked.document.tree) if taken == 0 else {}
    near = nearest(steps[taken], (*inner, *choices)) if taken < len(steps) else None
    return ".".join((*steps[:taken], inner.get(near, near))) if near else nearest(path, paths)


def _no_path(path: str, best: str | None) -> Report:
    report = Report()
    report.add(
        "unknown-path",
        f"`{path}` is neither in the document nor in the graph",
        Place(Source(path, path, inline=True), 0, len(path)),
        help=f"did you mean `{best}`?" if best else "`modelspec show` lists the paths of the graph",
    )
    return report


def _explain_node(checked: Checked, node: Node, path: str) -> Explained:
    scope = document_scope(checked.document.tree, Report())
    attempt = Report()
    value = close_value(node, scope, attempt)
    written = node.place.source.text[node.place.start : node.place.end].strip()
    how = [(_kind_of_source(checked, node.place), str(node.place))]
    how += [(step.text, str(step.place)) for step in value.origin.via]
    how += [
        (f"instead of {_written(place)}", str(place)) for place in checked.document.history.chain(node.place)
    ]
    if attempt.has_errors or isinstance(value, Unknown):
        return Explained(
            path, written, (*how, ("differs with the parameters of its block", "")), depends=True
        )
    return Explained(path, to_data(value), tuple(how))


def _kind_of_source(checked: Checked, place: Place) -> str:
    if place.source.name.startswith("--set "):
        return "set on the command line"
    top = checked.document.sources[0][0]
    return "written" if place.source.name == top else "written in the base"


def _written(place: Place) -> str:
    text = " ".join(place.source.text[place.start : place.end].split())
    return f"`{text}`" if len(text) <= 40 else f"`{text[:37]}...`"


def _explain_layer(checked: Checked, catalog: Catalog, path: str, argument: str | None) -> Explanation | None:
    key, layer_path, resolved = _locate(checked, path)
    found = resolved.layers.get(key, {}).get(layer_path)
    if found is None:
        return None
    if isinstance(found, KerasOp):
        title = f"{path}  ops.{found.function}"
        values = [
            Explained(name, value, _how(checked, found.origin)) for name, value in found.arguments.items()
        ]
    else:
        title = f"{path}  {found.data['class_name']}"
        values = _arguments(checked, catalog, found)
    if argument is not None:
        values = [value for value in values if value.name == argument]
        if not values:
            return None
    frames = tuple((frame.text, str(frame.place)) for frame in found.origin.frames)
    head = Explained("item", title.partition("  ")[2], (*_how(checked, found.origin), *frames))
    return Explanation(title, (head, *values) if argument is None else tuple(values))


def _locate(checked: Checked, path: str) -> tuple[str, str, Resolved]:
    """The model key, the layer's path in it, and the program that has both."""
    key, _, rest = path.partition("/")
    if rest and key in checked.resolved.nested:
        return "", rest, checked.resolved.nested[key]
    if rest and any(model.key == key for model in checked.program.models):
        return key, rest, checked.resolved
    return "", path, checked.resolved


def _arguments(checked: Checked, catalog: Catalog, found: KerasObject) -> list[Explained]:
    config = found.data["config"]
    assert isinstance(config, dict)
    entry = catalog.class_of(found.data)
    values = [
        Explained(name, value, _how(checked, found.arguments.get(name, found.origin)))
        for name, value in config.items()
    ]
    if entry is not None:
        whose = "Keras" if entry.home is None else f"`{entry.short}`"
        values += [
            Explained(name, argument.default, ((f"default of {whose}", ""),))
            for name, argument in entry.arguments.items()
            if name not in config and name != "name" and not argument.required
        ]
    return values


def _how(checked: Checked, origin: Origin) -> tuple[tuple[str, str], ...]:
    how = [(_kind_of_source(checked, origin.place), str(origin.place))]
    how += [(step.text, str(step.place)) for step in origin.via]
    how += [
        (f"instead of {_written(place)}", str(place))
        for place in checked.document.history.chain(origin.place)
    ]
    return tuple(how)
