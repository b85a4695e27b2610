"""The folder of a sweep: begun for a new one, gone on with where the same sweep lies in it."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from modelspec import __version__
from modelspec.archive.atomic import as_write_errors
from modelspec.archive.exclusive import HeldError, held
from modelspec.compiler.sweeping.folders.identity import differing, identity_of
from modelspec.compiler.sweeping.folders.settings import KEPT, options_from, settings_of
from modelspec.compiler.sweeping.planning.variants import Swept, read_swept
from modelspec.compiler.values import Options, Text
from modelspec.diagnostics import Report, Source, typed
from modelspec.frozen import dataclass
from modelspec.ledger.folder import SweepFolder
from modelspec.ledger.store import Ledger, LedgerError, create, open_for_writing
from modelspec.ledger.sweep_file import write_sweep
from modelspec.ledger.values import SweepRow
from modelspec.source.network import is_on_network
from modelspec.sweep.whole_text import whole_text


@dataclass(frozen=True, slots=True)
class Opened:
    """A sweep that this process alone drives.

    Args:
        text, options, earlier: of its document, as it is read again; see `read_swept`.
    """

    folder: SweepFolder
    ledger: Ledger
    swept: Swept
    row: SweepRow
    text: Text
    options: Options
    earlier: tuple[tuple[Text, int], ...] = ()

    @property
    def train(self) -> bool:
        """Whether it trains, or only builds."""
        return bool(self.row.settings.get("train"))

    @property
    def asked(self) -> int | None:
        """How many points are asked for, by the document or an extension; `None` where nobody says."""
        counts = (self.ledger.wanted(), self.swept.sweep.budget.variants)
        return max((count for count in counts if count is not None), default=None)


@contextmanager
def opened(
    folder: SweepFolder, text: Text, options: Options, report: Report, *, build_only: bool = False
) -> Iterator[Opened]:
    """A sweep from its document: begun, or gone on with.

    Raises:
        SpecError: the sweep has mistakes, another one lies in the folder, or another process drives it.
        LedgerError: the ledger is damaged, or cannot be written.
        WriteError: the folder cannot be made.
    """
    swept = read_swept(text, options, report)
    train = _trains(swept, report, build_only=build_only)
    row = _row(folder, swept, text, options, train=train)
    with as_write_errors(folder.path):
        folder.path.mkdir(parents=True, exist_ok=True)
    with driven(folder, report):
        kept = _kept(folder, row, report)
        if kept is None:
            create(folder, row)
        with open_for_writing(folder, network=is_on_network(folder.path)) as ledger:
            # What the sweep is stays; what a run of it may cost is what it says now.
            row = replace(row, earlier=kept.earlier if kept is not None else ())
            ledger.keep_sweep(row)
            write_sweep(folder, row, wanted=ledger.wanted())
            _warn_of_network(folder, report)
            yield _opened(folder, ledger, row, text, options, report, swept)


@contextmanager
def reopened(folder: SweepFolder, report: Report, *, trust: Options | None = None) -> Iterator[Opened]:
    """A sweep from its folder alone.

    Args:
        trust: what its documents may do: import modules (`allow`), read files elsewhere (`root`,
            `allowed_paths`), run code when they are loaded (`allow_unsafe`); by default nothing of it.

    Raises:
        SpecError: another process drives it, or its document can no longer be read.
        LedgerError: there is none, it is damaged, or it cannot be written.
    """
    with driven(folder, report), open_for_writing(folder, network=is_on_network(folder.path)) as ledger:
        row = ledger.sweep()
        # It is not there where the process that began the sweep was ended meanwhile.
        write_sweep(folder, row, wanted=ledger.wanted())
        text = text_of(folder, row)
        options = _trusted(options_of(row), trust)
        _warn_of_network(folder, report)
        yield _opened(folder, ledger, row, text, options, report)


def _warn_of_network(folder: SweepFolder, report: Report) -> None:
    """Say how the ledger is kept where the folder lies on another machine."""
    if is_on_network(folder.path):
        report.add(
            "network-folder",
            f"`{folder.path}` lies on another machine, so its ledger is kept without a write-ahead log",
            help="a local disk takes notes faster, and locks that hold; `-o` names another folder",
        )


def _trusted(options: Options, trust: Options | None) -> Options:
    if trust is None:
        return options
    return replace(
        options,
        root=trust.root,
        allowed_paths=trust.allowed_paths,
        allow=trust.allow,
        allow_unsafe=trust.allow_unsafe,
    )


def _opened(
    folder: SweepFolder,
    ledger: Ledger,
    row: SweepRow,
    text: Text,
    options: Options,
    report: Report,
    swept: Swept | None = None,
) -> Opened:
    earlier = tuple((text_of(folder, replace(row, document=old)), count) for old, count in row.earlier)
    if swept is None or earlier:
        swept = read_swept(text, options, report, earlier=earlier)
    return Opened(folder, ledger, swept, row, text, options, earlier)


def options_of(row: SweepRow) -> Options:
    """The options of a sweep, with which its document is read again; nothing in it may run code."""
    kept = {key: value for key, value in row.settings.items() if key in KEPT}
    return options_from(kept, cpu_only=True)


def text_of(folder: SweepFolder, row: SweepRow) -> Text:
    """The document of a sweep, as if it lay where it was read."""
    base = base_of(folder, row)
    path = base / f"{row.name}.yaml"
    return Text(Source(path.name, row.document, folder=base), "", path)


def base_of(folder: SweepFolder, row: SweepRow) -> Path:
    """Where the references of a sweep's documents start: the two were moved together, or the folder alone."""
    beside, full = (folder.path / row.base[0]).resolve(), Path(row.base[1])
    if _holds_document(beside, row) or not full.is_dir():
        return beside
    return full if _holds_document(full, row) or not beside.is_dir() else beside


def _holds_document(base: Path, row: SweepRow) -> bool:
    return any(path.is_file() for path in base.glob(f"{glob.escape(row.name)}.*"))


@contextmanager
def driven(folder: SweepFolder, report: Report) -> Iterator[None]:
    """The block in which this process alone drives the sweep of a folder.

    Raises:
        SpecError: another process does.
        LedgerError: there is no such folder.
        WriteError: nothing can be written there.
    """
    if not folder.path.is_dir():
        raise LedgerError("missing", folder.ledger, "there is no such folder")
    with ExitStack() as stack:
        try:
            with as_write_errors(folder.path):
                stack.enter_context(held(folder.lock))
        except HeldError as error:
            _report_held(folder, error, report)
        yield


def _report_held(folder: SweepFolder, error: HeldError, report: Report) -> None:
    holder = error.holder
    who = f"process {holder.pid} on {holder.host}" if holder.pid is not None else "another process"
    report.fail(
        "sweep-locked",
        f"{who} drives the sweep in `{folder.path}`",
        help=f"`modelspec sweep status {typed(folder.path)}` tells how far it is, `sweep stop` ends it",
    )


def _trains(swept: Swept, report: Report, *, build_only: bool) -> bool:
    has_train = swept.document.tree.get("train") is not None
    if build_only or has_train:
        return has_train and not build_only
    objective = swept.sweep.objective
    if objective is not None:
        report.fail(
            "missing-key",
            f"the sweep looks for the best `{objective.metric}`, and its document has no `train`",
            swept.sweep.place,
            help="say what it is trained on, or build only: `--build-only`",
        )
    return False


def _row(folder: SweepFolder, swept: Swept, text: Text, options: Options, *, train: bool) -> SweepRow:
    sweep = swept.sweep
    base = text.path.parent if text.path is not None else Path.cwd()
    objective = sweep.objective if train else None
    return SweepRow(
        name=swept.document.stem,
        identity=identity_of(swept, train=train),
        method=sweep.method,
        seed=sweep.seed,
        parameters=sweep.space.keys(),
        document=whole_text(swept.document, swept.section, text.source.text),
        base=(Path(os.path.relpath(base, folder.path.resolve())).as_posix(), str(base)),
        settings={**settings_of(options), "train": train},
        metric=objective.metric if objective is not None else None,
        goal=objective.goal if objective is not None else "maximize",
        reduce=objective.reduce if objective is not None else "last",
        aggregate=sweep.repeats.aggregate if sweep.repeats is not None else "mean",
        seeds=sweep.repeats.seeds if sweep.repeats is not None and train else (),
        version=__version__,
    )


def _kept(folder: SweepFolder, row: SweepRow, report: Report) -> SweepRow | None:
    """The sweep that lies in a folder; `None` where none does.

    Another one of which nothing was started, as its data was not there, gives way: it has nothing to lose.

    Raises:
        SpecError: it is another one.
        LedgerError: its ledger is damaged.
    """
    try:
        with open_for_writing(folder, network=is_on_network(folder.path)) as ledger:
            kept = ledger.sweep()
            parts = differing(kept.identity, row.identity)
            if parts and _is_untouched(folder, ledger):
                ledger.begin_anew(row)
                return row
    except LedgerError as error:
        if error.kind == "missing":
            return None
        raise
    if parts:
        verb = "differs" if len(parts) == 1 else "differ"
        report.fail(
            "other-sweep",
            f"the sweep in `{folder.path}` is another: {', '.join(parts)} {verb}",
            help="`-o` with another folder keeps both; `sweep extend` adds points to the one that is there",
        )
    return kept


def _is_untouched(folder: SweepFolder, ledger: Ledger) -> bool:
    """Whether a sweep was neither extended nor any run of it started."""
    started = folder.begun() or any(run.attempt for run in ledger.runs())
    return not started and ledger.wanted() is None
