"""`modelspec weights extract`: the tensors of any file of weights to any format."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from modelspec.cli.byte_size import read_size
from modelspec.cli.weights.writing import Writing, write_and_exit, writing_options

if TYPE_CHECKING:
    from modelspec.compiler.values import Options, Progress
    from modelspec.compiler.weights.extract import Extracted
    from modelspec.diagnostics import Report

_SHARDED = ".weights.json"
_EPILOG = """\b
Examples:
  modelspec weights extract model.keras -o w.safetensors
  modelspec weights extract model.keras -o w.weights.h5
  modelspec weights extract model.keras --shard-size 2GB -o w.weights.json
  modelspec weights extract model.keras --only 'encoder/**' -o encoder.npz
  modelspec weights extract model.weights.h5 --except '**/1' -o kernels.npz
"""


@click.command("extract", epilog=_EPILOG)
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="What to write: a .safetensors, .weights.h5, .npz or, for shards, .weights.json file.",
)
@click.option(
    "--shard-size",
    callback=read_size,
    metavar="SIZE",
    help="At most this much in each shard: 2GB, 500MiB (default: 5GiB).",
)
@click.option("--only", multiple=True, metavar="PATTERN", help="Only tensors whose name matches. Repeatable.")
@click.option(
    "--except",
    "excluded",
    multiple=True,
    metavar="PATTERN",
    help="No tensors whose name matches. Repeatable.",
)
@click.option("--optimizer", is_flag=True, help="The optimizer's state, too.")
@writing_options
def extract(
    file: Path,
    output: Path,
    shard_size: int | None,
    only: tuple[str, ...],
    excluded: tuple[str, ...],
    optimizer: bool,
    **shared: Any,
) -> None:
    """Write the tensors of FILE to another file, in the format that its name ends in.

    FILE is a .keras archive or the folder of one, a .weights.h5 or .weights.json, .npz or .safetensors file.
    Values keep their bits. In .safetensors and .npz they are called as the layers are
    (`encoder/attention/query_dense/kernel`); for the names of variables, which only the model's config tells,
    Keras is asked once. The file appears whole or not at all; two extractions are the same bytes.
    """
    if shard_size is not None and not output.name.endswith(_SHARDED):
        raise click.UsageError(
            f"--shard-size is for shards, whose map ends in {_SHARDED}, and {output} does not"
        )
    from modelspec.compiler.weights.extract import DEFAULT_SHARD_SIZE, Wanted, extract_from

    wanted = Wanted(output, only, excluded, optimizer, shard_size or DEFAULT_SHARD_SIZE)

    def work(options: Options, report: Report, progress: Progress) -> Extracted:
        return extract_from(file, wanted, report, options=options, progress=progress)

    write_and_exit(Writing("file", file, work, _line, _data), **shared)


def _line(done: Extracted) -> str:
    from modelspec.archive.sizes import readable_size

    count, shards = len(done.tensors), len(done.shards)
    text = f"{done.source} -> {done.target}  {count:,} tensor{'s' * (count != 1)}, {readable_size(done.size)}"
    if shards:
        text += f" in {shards:,} shard{'s' * (shards != 1)}"
    if done.optimizer_left_out:
        text += f"; without {done.optimizer_left_out:,} of the optimizer"
    return text


def _data(done: Extracted) -> dict[str, object]:
    return {
        "output": str(done.target),
        "shards": [str(path) for path in done.shards],
        "bytes": done.size,
        "optimizer_left_out": done.optimizer_left_out,
        "tensors": [
            {"key": one.key, "from": one.source, "shape": list(one.shape), "dtype": one.dtype}
            for one in done.tensors
        ],
    }
