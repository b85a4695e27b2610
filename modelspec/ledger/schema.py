"""The tables of a ledger, and what their columns hold."""

from __future__ import annotations

SCHEMA = """
CREATE TABLE sweep (
    id INTEGER PRIMARY KEY CHECK (id = 1), format INTEGER NOT NULL, data TEXT NOT NULL,
    planned INTEGER NOT NULL DEFAULT 0, wanted INTEGER, digest INTEGER
);
CREATE TABLE variant (
    number INTEGER PRIMARY KEY, name TEXT NOT NULL, "values" TEXT NOT NULL, state TEXT NOT NULL,
    fingerprint TEXT NOT NULL, duplicate_of INTEGER, reasons TEXT NOT NULL, document TEXT NOT NULL,
    facts TEXT NOT NULL, digest INTEGER
);
CREATE INDEX variant_fingerprint ON variant (fingerprint);
CREATE TABLE run (
    folder TEXT PRIMARY KEY, variant INTEGER NOT NULL REFERENCES variant (number), seed INTEGER,
    state TEXT NOT NULL, attempt INTEGER NOT NULL, failures INTEGER NOT NULL,
    lost INTEGER NOT NULL, value REAL,
    epochs INTEGER NOT NULL, metrics TEXT NOT NULL, started REAL, ended REAL, spent REAL NOT NULL,
    host TEXT, pid INTEGER, exit INTEGER, error TEXT NOT NULL, digest INTEGER,
    UNIQUE (variant, seed)
);
CREATE TABLE session (
    id INTEGER PRIMARY KEY, host TEXT NOT NULL, pid INTEGER NOT NULL, started REAL NOT NULL,
    last REAL NOT NULL
);
"""
VARIANT = (
    "number",
    "name",
    "values",
    "state",
    "fingerprint",
    "duplicate_of",
    "reasons",
    "document",
    "facts",
)
RUN = (
    *("folder", "variant", "seed", "state", "attempt", "failures", "lost", "value", "epochs", "metrics"),
    *("started", "ended", "spent", "host", "pid", "exit", "error"),
)
"""Columns in the order in which they are written; a `digest` of them follows."""
AS_JSON = frozenset({"values", "reasons", "facts", "metrics", "error"})
"""Columns that hold JSON text."""
REALS = frozenset({"value", "started", "ended", "spent"})
"""Columns that hold floats."""
