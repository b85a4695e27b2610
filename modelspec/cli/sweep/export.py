"""`modelspec sweep export`: what a sweep came to, for other programs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from modelspec.cli.common import form_options
from modelspec.cli.sweep.folders import on_folder, printed

if TYPE_CHECKING:
    from modelspec.diagnostics import Report

_EPILOG = """\b
Examples:
  modelspec sweep export net.sweep --parquet runs.parquet
"""


@click.command(epilog=_EPILOG)
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), metavar="DIR")
@click.option(
    "--parquet",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write a table with a row for each run.",
)
@click.option("--optuna", metavar="ADDRESS", help="Write a study into a database, for optuna-dashboard.")
@click.option("--mlflow", metavar="ADDRESS", help="Tell a server, or a database, all runs.")
@form_options
def export(
    folder: Path, parquet: Path | None, optuna: str | None, mlflow: str | None, form: str, quiet: bool
) -> None:
    """Give other programs what the sweep in DIR came to."""
    if parquet is None and optuna is None and mlflow is None:
        raise click.UsageError("say where to: `--parquet FILE`, `--optuna ADDRESS` or `--mlflow ADDRESS`")

    def work(report: Report) -> dict[str, int]:
        from modelspec.compiler.sweeping.looking.exporting import export_mlflow, export_optuna, export_parquet

        done = {}
        if parquet is not None:
            done[str(parquet)] = export_parquet(folder, parquet, report)
        if optuna is not None:
            done[optuna] = export_optuna(folder, optuna, report)
        if mlflow is not None:
            done[mlflow] = export_mlflow(folder, mlflow, report)
        return done

    done = on_folder(folder, form, work, quiet=quiet)
    lines = [
        f"{folder} -> {target}  {count:,} row{'s' if count != 1 else ''}" for target, count in done.items()
    ]
    printed("\n".join(lines), {"folder": str(folder), "exported": done}, form, quiet=quiet)
