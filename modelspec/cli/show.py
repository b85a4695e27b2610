"""`modelspec show`: what a file is; of a document the graph as a table."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from modelspec.cli.common import FilePath, Output, document_options, make_options, print_json
from modelspec.cli.run import attempt_compile, result_or_exit

if TYPE_CHECKING:
    from rich.table import Table

    from modelspec.compiler.identity import Identity
    from modelspec.link.linked import LayerRow, Linked

_EPILOG = """\b
Examples:
  modelspec show net.yaml
  modelspec show net.yaml --format json
  modelspec show net.yaml --set vars.depth=5 | less -S
  modelspec show model.keras
  modelspec show old_model.h5
"""
_PIPE_WIDTH = 200  # columns where there is no terminal to ask


@click.command(epilog=_EPILOG)
@click.argument("document", type=FilePath(), metavar="FILE")
@document_options
def show(document: str, form: str, quiet: bool, **given: Any) -> None:
    """Show what FILE is: of a document the graph, with path, class, output shape, parameters, what is read,
    and the line.

    FILE may be anything. Of a model in a file, of Keras 3 or of Keras 2, it is the layers and what the file
    says of itself, without Keras; of all else one sentence says what it is and what to do with it.
    """
    output = Output(form, quiet)
    if document != "-" and not _is_document(Path(document)):
        from modelspec.cli.show_file import show_file

        show_file(Path(document), output)
    outcome = attempt_compile(document, make_options(**given), output)
    compiled = result_or_exit(outcome, output)
    from modelspec.compiler.kept_identity import identity_of_linked

    identity = identity_of_linked(compiled.linked, use_cache=compiled.options.use_cache)
    if form == "json":
        print_json(outcome.data | _data(compiled.linked) | {"hashes": identity.record})
        return
    _print_table(compiled.checked.spec.model.name.text, compiled.linked)
    click.echo(hashes_text(identity))


def _is_document(path: Path) -> bool:
    # A text is known by its first bytes, which needs none of what reads models.
    from modelspec.archive.recognition import is_text

    if is_text(path):
        return True
    from modelspec.compiler.shown import is_shown_as_document

    return is_shown_as_document(path)


def _data(linked: Linked) -> dict[str, object]:
    from dataclasses import asdict

    return {
        "layers": [asdict(row) for row in linked.rows],
        "totals": {
            "layers": linked.layers,
            "params": linked.params,
            "trainable_params": linked.trainable_params,
            "bytes": _bytes(linked),
            "output_shape": linked.output_shape,
        },
    }


def hashes_text(identity: Identity) -> str:
    """The three hashes of an architecture, short, for people to compare."""
    found = identity.architecture
    exact, auto, structure = (digest[:15] for digest in (found.exact, found.auto, found.structure))
    return f"architecture {exact}   automatic names free {auto}   structure {structure}"


def _bytes(linked: Linked) -> int:
    from modelspec.weights.table import total_bytes

    return total_bytes(v for v in linked.datasets if v.owner != "optimizer")


def _print_table(name: str, linked: Linked) -> None:
    from rich.console import Console

    from modelspec.archive.sizes import readable_size

    console = Console(width=None if sys.stdout.isatty() else _PIPE_WIDTH, highlight=False)
    models = list(dict.fromkeys(row.model for row in linked.rows))
    for model in sorted(models, key=lambda key: key != ""):
        rows = [row for row in linked.rows if row.model == model]
        console.print(_table(name if not model else f"model {model}", rows))
    frozen = linked.params - linked.trainable_params
    console.print(
        f"{linked.layers:,} layer{'s' if linked.layers != 1 else ''}   {linked.params:,} parameters   "
        f"{linked.trainable_params:,} trainable, {frozen:,} not   {readable_size(_bytes(linked))}"
    )


def _table(title: str, rows: list[LayerRow]) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("path", overflow="fold")
    table.add_column("class", style="cyan")
    table.add_column("output")
    table.add_column("params", justify="right")
    table.add_column("reads", style="dim", overflow="fold")
    table.add_column("line", style="dim", justify="right")
    for above, row in zip((None, *rows), rows, strict=False):
        reads = "" if above is not None and row.reads == (above.path,) else ", ".join(row.reads)
        params = f"{row.params:,}" if row.params else ""
        if row.layer != row.path and row.kind != "input":
            params = "shared"
        table.add_row(
            Text(row.path),
            row.class_name,
            shape_text(row.output_shape),
            params,
            Text(reads),
            Text(_line(row.line)),
        )
    return table


def _line(line: str) -> str:
    return line.rpartition(":")[2]


def shape_text(shape: object) -> str:
    """A structure of shapes for people: `None, 28, 28, 1`, several joined by ` + `."""
    match shape:
        case dict():
            return " + ".join(f"{key}: {shape_text(value)}" for key, value in shape.items())
        case list() | tuple() if all(size is None or isinstance(size, int) for size in shape):
            return ", ".join("–" if size is None else str(size) for size in shape) or "scalar"
        case list() | tuple():
            return " + ".join(shape_text(item) for item in shape)
        case _:
            return ""
