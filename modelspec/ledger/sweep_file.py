"""`sweep.json`: what the ledger says of its sweep, once more, so that a ledger can be made anew."""

from __future__ import annotations

from modelspec.ledger.folder import FORMAT, SweepFolder, read_json, write_json
from modelspec.ledger.rows import data_of, digest_of, dumped, row_of
from modelspec.ledger.values import SweepRow


def write_sweep(folder: SweepFolder, sweep: SweepRow, *, wanted: int | None) -> None:
    """Write it whole or not at all.

    Args:
        wanted: how many points an extension asked for.

    Raises:
        WriteError: it cannot be written.
    """
    data = data_of(sweep)
    more = {"wanted": wanted, "digest": digest_of([dumped(data)])}
    write_json(folder.sweep, {"format": FORMAT, **data, **more})


def read_sweep(folder: SweepFolder) -> tuple[SweepRow, int | None]:
    """The sweep, and how many points an extension asked for.

    Raises:
        OSError: it cannot be read.
        ValueError: it is damaged, or of a newer release.
    """
    data = read_json(folder.sweep)
    if data.get("format", FORMAT) != FORMAT:
        raise ValueError(f"its format is {data['format']}")
    wanted = data.get("wanted")
    if not isinstance(wanted, int | None):
        raise ValueError("`wanted` is no number")
    row = row_of(SweepRow, data)
    if "digest" in data and data["digest"] != digest_of([dumped(data_of(row))]):
        raise ValueError("it is not as it was written")
    return row, wanted
