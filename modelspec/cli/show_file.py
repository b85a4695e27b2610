"""What `modelspec show` says of a file that is no document."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from modelspec.cli.common import Output, diagnostics_json, exit_status, print_diagnostics, print_json
from modelspec.cli.run import attempt_on_file

if TYPE_CHECKING:
    from rich.table import Table

    from modelspec.compiler.shown import Shown, ShownLayer
    from modelspec.diagnostics import Diagnostic

_PIPE_WIDTH = 200  # columns where there is no terminal to ask


def show_file(path: Path, output: Output) -> NoReturn:
    """Print what a file is, and exit."""
    from modelspec.compiler.shown import show_file as look

    shown, found = attempt_on_file(str(path), output, lambda report, progress: look(path, report))
    print_diagnostics(found, output)
    if output.form == "json":
        print_json(_data(path, shown, found))
    elif shown is not None:
        _print(path, shown)
    raise SystemExit(exit_status(found))


def _data(path: Path, shown: Shown | None, found: tuple[Diagnostic, ...]) -> dict[str, object]:
    data: dict[str, object] = {"file": str(path), "diagnostics": diagnostics_json(found)}
    if shown is None:
        return data
    from dataclasses import asdict

    data |= {"kind": shown.found.kind, "what": shown.found.what, "help": shown.found.help}
    if shown.found.kind == "model":
        data |= {
            "name": shown.name,
            "class": shown.class_name,
            "keras_version": shown.keras_version,
            "date_saved": shown.date,
            "hashes": shown.identity.record if shown.identity is not None else None,
            "modelspec": dict(shown.record) if shown.record is not None else None,
            "layers": [asdict(layer) for layer in shown.layers],
            "totals": {"layers": len(_layers_alone(shown.layers)), "params": shown.params},
        }
    return data


def _print(path: Path, shown: Shown) -> None:
    from rich.console import Console

    console = Console(width=None if sys.stdout.isatty() else _PIPE_WIDTH, highlight=False)
    for model in dict.fromkeys(layer.model for layer in shown.layers):
        rows = [layer for layer in shown.layers if layer.model == model]
        console.print(_table(f"model {model}" if model else shown.name or "", rows))
    if shown.layers:
        count = len(_layers_alone(shown.layers))
        params = f"   {shown.params:,} parameters" if shown.params is not None else ""
        console.print(f"{count:,} layer{'s' if count != 1 else ''}{params}")
    click.echo(f"{path} is {shown.found.what}; {shown.found.help}")
    for line in _said(shown):
        click.echo(line)


def _said(shown: Shown) -> list[str]:
    """What an archive says of itself."""
    record = shown.record or {}
    # What modelspec writes is dated as all its members are, which says nothing.
    lines = [f"saved {shown.date}"] if shown.date is not None and not record else []
    if "version" in record:
        lines.append(f"built by modelspec {record['version']}")
    if shown.identity is not None:
        from modelspec.cli.show import hashes_text

        lines.append(hashes_text(shown.identity))
    return lines


def _layers_alone(layers: Sequence[ShownLayer]) -> list[ShownLayer]:
    """Those that are no inputs and no later calls."""
    return [layer for layer in layers if layer.class_name != "InputLayer" and "#" not in layer.name]


def _table(title: str, layers: Sequence[ShownLayer]) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    from modelspec.cli.show import shape_text

    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("layer", overflow="fold")
    table.add_column("class", style="cyan")
    table.add_column("output")
    table.add_column("params", justify="right")
    table.add_column("reads", style="dim", overflow="fold")
    for above, layer in zip((None, *layers), layers, strict=False):
        reads = "" if above is not None and layer.reads == (above.name,) else ", ".join(layer.reads)
        shape = shape_text(layer.output_shape) if layer.output_shape is not None else ""
        params = f"{layer.params:,}" if layer.params else "shared" if "#" in layer.name else ""
        table.add_row(Text(layer.name), layer.class_name, shape, params, Text(reads))
    return table
