"""The ledger: an SQLite file with one writer, which every change is on the disk of when it is made."""

from __future__ import annotations

import contextlib
import json
import shutil
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from modelspec.archive.atomic import sync_folder
from modelspec.ledger.folder import SweepFolder
from modelspec.ledger.rows import Row, data_of, digest_of, dumped, row_of
from modelspec.ledger.schema import AS_JSON, REALS, RUN, SCHEMA, VARIANT
from modelspec.ledger.values import RunRow, SweepRow, VariantRow

FORMAT = 1
_BUSY = 10_000  # milliseconds to wait for a reader that looks into the file


class LedgerError(Exception):
    """The ledger cannot be used.

    Args:
        kind: `missing`, `damaged`, `newer` (of a newer release), `full` (the disk), `busy` (another process
            holds it for long), `unwritable`, or `lost`: damaged, and nothing left to make it anew from.
        path: the file.
    """

    def __init__(self, kind: str, path: Path, reason: str = "") -> None:
        super().__init__(reason)
        self.kind, self.path, self.reason = kind, path, reason


class Ledger:
    """An open ledger."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection, self.path = connection, path

    def sweep(self) -> SweepRow:
        """What the sweep is."""
        text, digest = self._one("SELECT data, digest FROM sweep")
        try:
            if digest != digest_of([text]):
                raise ValueError("what it says of its sweep is not as it was written")
            return row_of(SweepRow, json.loads(text))
        except (ValueError, TypeError) as error:
            raise LedgerError("damaged", self.path, str(error)) from None

    def planned(self) -> int:
        """How many points have been seen through."""
        return int(self._one("SELECT planned FROM sweep")[0])

    def wanted(self) -> int | None:
        """How many points an extension asked for; `None` where there was none."""
        found = self._one("SELECT wanted FROM sweep")[0]
        return None if found is None else int(found)

    def variants(self) -> tuple[VariantRow, ...]:
        """All points that have been seen through, by number."""
        return self._rows(VariantRow, "variant", VARIANT, "number")

    def runs(self) -> tuple[RunRow, ...]:
        """All runs, in the order in which they are started."""
        return self._rows(RunRow, "run", RUN, "variant, seed")

    def wall(self) -> float:
        """Seconds for which the sweep has been driven."""
        return float(self._one("SELECT COALESCE(SUM(last - started), 0) FROM session")[0])

    def last_driven(self) -> float:
        """When a driver was last known to live, seconds since 1970; 0 where there was none."""
        return float(self._one("SELECT COALESCE(MAX(last), 0) FROM session")[0])

    def keep_sweep(self, sweep: SweepRow, *, wanted: int | None = None) -> None:
        """Change what is known of the sweep."""
        with self._change() as cursor:
            text = dumped(data_of(sweep))
            cursor.execute(
                "UPDATE sweep SET data = ?, digest = ?, wanted = COALESCE(?, wanted)",
                (text, digest_of([text]), wanted),
            )

    def begin_anew(self, sweep: SweepRow) -> None:
        """Forget all points and runs: it is the ledger of another sweep from now on."""
        with self._change() as cursor:
            for table in ("run", "variant", "session"):
                cursor.execute(f"DELETE FROM {table}")
            cursor.execute("UPDATE sweep SET data = ?, planned = 0, wanted = NULL", (dumped(data_of(sweep)),))

    def add(self, variants: Iterable[VariantRow], runs: Iterable[RunRow], *, planned: int) -> None:
        """Note points that have been seen through, and the runs that they come to; those known stay.

        Args:
            planned: how many points have been seen through now.
        """
        with self._change() as cursor:
            # Of a point that was restored from its folder, the document is not known as it was.
            marks = ", ".join(f'"{name}" = excluded."{name}"' for name in (*VARIANT[1:], "digest"))
            cursor.executemany(
                f"{_insert('variant', VARIANT)} ON CONFLICT (number) DO UPDATE SET {marks}"
                " WHERE variant.state = excluded.state",
                (_values(row, VARIANT) for row in variants),
            )
            cursor.executemany(
                f"{_insert('run', RUN)} ON CONFLICT (folder) DO NOTHING",
                (_values(row, RUN) for row in runs),
            )
            cursor.execute("UPDATE sweep SET planned = MAX(planned, ?)", (planned,))

    def keep(self, *runs: RunRow, driven: tuple[int, float] | None = None) -> None:
        """Change what is known of runs.

        Args:
            driven: the session that tells it, and when it does.
        """
        marks = ", ".join(f"{name} = ?" for name in (*RUN[1:], "digest"))
        with self._change() as cursor:
            cursor.executemany(
                f"UPDATE run SET {marks} WHERE folder = ?",
                ((*_values(run, RUN)[1:], run.folder) for run in runs),
            )
            if driven is not None:
                _keep_session(cursor, *driven)

    def begin_session(self, host: str, pid: int, *, now: float) -> int:
        """Note that a process drives the sweep from now on; the session's number."""
        with self._change() as cursor:
            cursor.execute(
                "INSERT INTO session (host, pid, started, last) VALUES (?, ?, ?, ?)", (host, pid, now, now)
            )
            return int(cursor.lastrowid or 0)

    def keep_session(self, session: int, now: float) -> None:
        """Note that it still does."""
        with self._change() as cursor:
            _keep_session(cursor, session, now)

    def _one(self, statement: str) -> tuple[Any, ...]:
        with self._diagnosed():
            found = self._connection.execute(statement).fetchone()
        if found is None:
            raise LedgerError("damaged", self.path, "it says nothing of its sweep")
        return tuple(found)

    def _rows(self, kind: type[Row], table: str, names: tuple[str, ...], order: str) -> tuple[Row, ...]:
        columns = ", ".join(f'"{name}"' for name in names)
        with self._diagnosed():
            found = self._connection.execute(
                f"SELECT {columns}, digest FROM {table} ORDER BY {order}"
            ).fetchall()
        rows: list[Row] = []
        for *values, digest in found:
            data = dict(zip(names, values, strict=True))
            try:
                if digest != digest_of(_exact(names, values)):
                    raise ValueError(f"{table} {values[0]} is not as it was written")
                data |= {name: json.loads(data[name]) for name in names if name in AS_JSON}
                rows.append(row_of(kind, data))
            except (ValueError, TypeError) as error:
                raise LedgerError("damaged", self.path, str(error)) from None
        return tuple(rows)

    @contextmanager
    def _change(self) -> Iterator[sqlite3.Cursor]:
        """One change, on the disk when the block is left, or none at all."""
        with self._diagnosed():
            cursor = self._connection.cursor()
            try:
                cursor.execute("BEGIN IMMEDIATE")
                yield cursor
                cursor.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(sqlite3.Error):
                    cursor.execute("ROLLBACK")
                raise

    @contextmanager
    def _diagnosed(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise _ledger_error(error, self.path) from error


def _keep_session(cursor: sqlite3.Cursor, session: int, now: float) -> None:
    cursor.execute("UPDATE session SET last = MAX(last, ?) WHERE id = ?", (now, session))


def _values(row: VariantRow | RunRow, names: tuple[str, ...]) -> tuple[Any, ...]:
    data = data_of(row)
    # SQLite takes no lone surrogates, which the name of a file may have: JSON escapes them.
    values = [
        json.dumps(data[name], allow_nan=False, separators=(",", ":")) if name in AS_JSON else data[name]
        for name in names
    ]
    return (*values, digest_of(_exact(names, values)))


def _exact(names: Iterable[str], values: Iterable[Any]) -> list[Any]:
    """Values as they are read again: SQLite makes floats of whole numbers there, and knows no -0.0."""
    return [
        float(value) + 0.0 if name in REALS and isinstance(value, int | float) else value
        for name, value in zip(names, values, strict=True)
    ]


def _insert(table: str, names: tuple[str, ...]) -> str:
    columns = ", ".join(f'"{name}"' for name in (*names, "digest"))
    return f"INSERT INTO {table} ({columns}) VALUES ({', '.join('?' * (len(names) + 1))})"


def _ledger_error(error: sqlite3.Error, path: Path) -> LedgerError:
    """What SQLite's error means. Its codes: the C interface's result codes."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    text = str(error).lower()
    match code:
        case sqlite3.SQLITE_FULL:
            return LedgerError("full", path, text)
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return LedgerError("busy", path, text)
        case sqlite3.SQLITE_NOMEM:
            return LedgerError("unwritable", path, text)
        case sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM | sqlite3.SQLITE_IOERR:
            return LedgerError("full" if _disk_is_full(path) else "unwritable", path, text)
        case _:
            return LedgerError("damaged", path, text)


def _disk_is_full(path: Path) -> bool:
    try:
        return shutil.disk_usage(path.parent).free < 1 << 16
    except OSError:
        return False


def create(folder: SweepFolder, sweep: SweepRow) -> None:
    """Make the ledger of a new sweep; it appears whole or not at all.

    Raises:
        LedgerError: it cannot be written.
    """
    path = folder.ledger.with_name(f".{folder.ledger.name}.new")
    text = dumped(data_of(sweep))
    try:
        _remove(path)
        connection = sqlite3.connect(path, isolation_level=None)
        try:
            connection.execute("PRAGMA synchronous=FULL")
            connection.executescript(f"BEGIN; {SCHEMA} COMMIT;")
            connection.execute(
                "INSERT INTO sweep (id, format, data, digest) VALUES (1, ?, ?, ?)",
                (FORMAT, text, digest_of([text])),
            )
        finally:
            connection.close()
        path.replace(folder.ledger)
        sync_folder(folder.path)
    except sqlite3.Error as error:
        raise _ledger_error(error, folder.ledger) from error
    except OSError as error:
        raise LedgerError("unwritable", folder.ledger, (error.strerror or str(error)).lower()) from error


def _remove(path: Path) -> None:
    for name in (path.name, f"{path.name}-journal", f"{path.name}-wal", f"{path.name}-shm"):
        path.with_name(name).unlink(missing_ok=True)


@contextmanager
def open_for_writing(
    folder: SweepFolder, *, network: bool = False, complete: bool = True
) -> Iterator[Ledger]:
    """The ledger, for the one process that holds the folder's lock.

    Args:
        network: whether the folder lies on another machine, where SQLite's write-ahead log does not work.
        complete: whether the runs that have a folder have to be in it.

    Raises:
        LedgerError: there is none, it is damaged, or it cannot be written.
    """
    with _opened(folder, "rw", complete=complete) as ledger:
        with ledger._diagnosed():
            ledger._connection.execute(f"PRAGMA journal_mode={'DELETE' if network else 'WAL'}")
            ledger._connection.execute("PRAGMA synchronous=FULL")
        yield ledger


@contextmanager
def open_for_reading(path: Path) -> Iterator[Ledger]:
    """The ledger of a sweep's folder, which somebody else may be writing meanwhile.

    Raises:
        LedgerError: there is none, or it is damaged.
    """
    folder = SweepFolder(path)
    with contextlib.ExitStack() as stack:
        try:
            ledger = stack.enter_context(_opened(folder, "ro"))
        except LedgerError as error:
            if error.kind not in ("full", "unwritable"):
                raise
            # SQLite makes a file beside one with a write-ahead log even to read it.
            ledger = stack.enter_context(
                _opened(folder, "rw", at=stack.enter_context(_copied(folder, error)))
            )
        yield ledger


@contextmanager
def _copied(folder: SweepFolder, why: LedgerError) -> Iterator[Path]:
    """A copy of a ledger that nobody writes, where there is room and it may be written."""
    import tempfile

    with tempfile.TemporaryDirectory(prefix="modelspec-") as scratch:
        copy = Path(scratch, folder.ledger.name)
        try:
            for end in ("", "-wal", "-journal"):
                source = folder.ledger.with_name(f"{folder.ledger.name}{end}")
                if not end or source.exists():
                    shutil.copyfile(source, copy.with_name(f"{copy.name}{end}"))
        except OSError:
            raise why from None
        yield copy


@contextmanager
def _opened(
    folder: SweepFolder, mode: str, *, complete: bool = True, at: Path | None = None
) -> Iterator[Ledger]:
    """The ledger of a folder, looked over.

    Args:
        at: where it is read, if not where it lies.
    """
    path = folder.ledger
    if not path.is_file():
        # Runs without a ledger are no new sweep: what they came to would be lost without a word.
        lost = folder.runs.is_dir() or folder.sweep.is_file()
        if lost:
            raise LedgerError("damaged", path, "it is not there")
        reason = f"it has no `{path.name}`" if folder.path.is_dir() else "there is no such folder"
        raise LedgerError("missing", path, reason)
    try:
        connection = sqlite3.connect(
            f"file:{quote(str((at or path).resolve()))}?mode={mode}",
            uri=True,
            isolation_level=None,
            timeout=_BUSY / 1000,
        )
    except sqlite3.Error as error:
        raise _ledger_error(error, path) from error
    ledger = Ledger(connection, path)
    try:
        _check(ledger, folder.begun() if complete else frozenset())
        yield ledger
    finally:
        connection.close()


def _check(ledger: Ledger, begun: frozenset[str]) -> None:
    """Look the file over. Raises `LedgerError` where it is damaged.

    Args:
        begun: the runs that had a folder before it is read; while somebody drives the sweep, they are noted
            before they have one.
    """
    try:
        (found,) = ledger._connection.execute("PRAGMA quick_check(1)").fetchone()
        if found != "ok":
            # SQLite says which database first; there is one.
            reason = str(found).removeprefix("*** in database main ***\n").partition("\n")[0]
            raise LedgerError("damaged", ledger.path, reason.lower())
        row = ledger._connection.execute("SELECT format FROM sweep").fetchone()
        known = {name for (name,) in ledger._connection.execute("SELECT folder FROM run")}
    except (sqlite3.Error, ValueError, TypeError) as error:
        if isinstance(error, sqlite3.Error):
            raise _ledger_error(error, ledger.path) from error
        raise LedgerError("damaged", ledger.path, str(error)) from error
    if row is None:
        raise LedgerError("damaged", ledger.path, "it says nothing of its sweep")
    if row[0] != FORMAT:
        raise LedgerError("newer", ledger.path, f"its format is {row[0]}")
    if lost := begun - known:
        raise LedgerError("damaged", ledger.path, f"it knows nothing of `runs/{min(lost)}`")
