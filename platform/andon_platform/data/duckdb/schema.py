"""The tables, and the numbers that stand for names in them.

A row of ``raw`` is one sample of one machine with up to :data:`WIDTH` signals side by side; the signals of a
machine get slots in the order in which they first come, and slot ``s`` lies in part ``s // WIDTH`` and column
``v{s % WIDTH}``. Wide rows share stamp, epoch and seq among their signals, which halves the bytes on disk.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import duckdb
import numpy as np

from andon_platform.data.delays import BINS

WIDTH: Final = 8
VALUES: Final = tuple(f"v{i}" for i in range(WIDTH))

PARTIAL: Final = (
    "mid INTEGER, slot SMALLINT, t BIGINT, n BIGINT, total DOUBLE, low DOUBLE, high DOUBLE, "
    '"first" DOUBLE, "last" DOUBLE, m2 DOUBLE, first_d BIGINT, last_d BIGINT, chunk INTEGER DEFAULT 0'
)
"""The partial of a minute or an hour from ``t`` on; its first and last value lie ``first_d`` and ``last_d`` us
after ``t``. There may be several of a minute: ``chunk`` 0 is what raw had, another number what that chunk's late
rows add, and stays when the chunk goes."""
EVENTS: Final = "mid INTEGER, epoch BIGINT, seq BIGINT, t BIGINT, kind VARCHAR, payload VARCHAR"
QUARANTINE: Final = (
    "id VARCHAR, received BIGINT, topic VARCHAR, payload BLOB, reason VARCHAR, detail VARCHAR, machine VARCHAR, "
    "epoch BIGINT, seq BIGINT"
)
DELAY: Final = "mid INTEGER, t BIGINT, part BIGINT, longest BIGINT, " + ", ".join(f"c{i} INTEGER" for i in range(BINS))
REPLAYED: Final = "id VARCHAR, moment BIGINT"
DIMENSIONS: Final = (
    "CREATE TABLE IF NOT EXISTS {0}.machines(mid INTEGER, path VARCHAR)",
    "CREATE TABLE IF NOT EXISTS {0}.signals(mid INTEGER, slot SMALLINT, name VARCHAR)",
)
RAW_COLUMNS: Final = "mid, part, epoch, seq, t, q, " + ", ".join(VALUES)
RAW: Final = "(mid INTEGER, part UTINYINT, epoch BIGINT, seq BIGINT, t BIGINT, q VARCHAR, " + (
    ", ".join(f"{v} DOUBLE" for v in VALUES) + ")"
)
LATE: Final = "CREATE TABLE IF NOT EXISTS {0}.late" + RAW
CHUNK: Final = (
    *DIMENSIONS,
    "CREATE TABLE {0}.raw" + RAW,
    # rows older than what was still there of their time: they are added to roll-ups that nothing can compute again
    LATE,
    "CREATE TABLE {0}.events(" + EVENTS + ")",
    "CREATE TABLE {0}.quarantine(" + QUARANTINE + ")",
    "CREATE TABLE {0}.replayed(" + REPLAYED + ")",
    "CREATE TABLE {0}.journal(no BIGINT, entry VARCHAR)",
)
BASE: Final = (
    *DIMENSIONS,
    "CREATE TABLE IF NOT EXISTS {0}.minute(" + PARTIAL + ")",
    "CREATE TABLE IF NOT EXISTS {0}.hour(" + PARTIAL + ")",
    # files of earlier versions
    *(
        f"ALTER TABLE {{0}}.{table} ADD COLUMN IF NOT EXISTS {column}"
        for table in ("minute", "hour")
        for column in ("first_d BIGINT", "last_d BIGINT", "chunk INTEGER DEFAULT 0")
    ),
    "CREATE TABLE IF NOT EXISTS {0}.delay(" + DELAY + ")",
    "CREATE TABLE IF NOT EXISTS {0}.events(" + EVENTS + ")",
    "CREATE TABLE IF NOT EXISTS {0}.quarantine(" + QUARANTINE + ")",
    "CREATE TABLE IF NOT EXISTS {0}.replayed(" + REPLAYED + ")",
    # `rolled`: minutes before it are rolled up; `raw_floor`: raw before it may be gone; both only grow.
    "CREATE TABLE IF NOT EXISTS {0}.reach(name VARCHAR PRIMARY KEY, t BIGINT)",
    # chunks whose events and quarantine are here already: their files are to be deleted
    "CREATE TABLE IF NOT EXISTS {0}.dropped(name VARCHAR, moment BIGINT, messages BIGINT)",
)


@dataclass(slots=True)
class Layout:
    """Where the values of a sample with certain signals go: its parts, and a cell of them per value."""

    parts: list[int]
    cells: list[int]


@dataclass(slots=True)
class Dimensions:
    """Machines and signals as numbers. New ones are kept as ``unsaved`` until their transaction is durable."""

    mids: dict[str, int] = field(default_factory=dict)
    paths: dict[int, str] = field(default_factory=dict)
    slots: dict[int, dict[str, int]] = field(default_factory=dict)
    layouts: dict[tuple[int, tuple[str, ...]], Layout] = field(default_factory=dict)
    unsaved_machines: list[tuple[int, str]] = field(default_factory=list)
    unsaved_signals: list[tuple[int, int, str]] = field(default_factory=list)

    def load(self, cursor: duckdb.DuckDBPyConnection, alias: str) -> None:
        """Add what a file knows."""
        for mid, path in cursor.execute(f"SELECT mid, path FROM {alias}.machines").fetchall():
            self.mids[path], self.paths[mid] = mid, path
            self.slots.setdefault(mid, {})
        for mid, slot, name in cursor.execute(f"SELECT mid, slot, name FROM {alias}.signals").fetchall():
            self.slots.setdefault(mid, {})[name] = slot

    def mid(self, path: str) -> int:
        """The machine's number, a new one where it has none."""
        found = self.mids.get(path)
        if found is None:
            found = max(self.paths, default=0) + 1
            self.mids[path], self.paths[found] = found, path
            self.slots[found] = {}
            self.unsaved_machines.append((found, path))
        return found

    def layout(self, mid: int, names: tuple[str, ...]) -> Layout:
        """Where a sample with these signals goes; signals that are new get slots."""
        slots = self.slots[mid]
        for name in names:
            if name not in slots:
                slots[name] = len(slots)
                self.unsaved_signals.append((mid, slots[name], name))
        places = [divmod(slots[name], WIDTH) for name in names]
        parts = sorted({part for part, _ in places}) or [0]
        cells = [parts.index(part) * WIDTH + column for part, column in places]
        found = self.layouts[mid, names] = Layout(parts, cells)
        return found

    def save(self, cursor: duckdb.DuckDBPyConnection, alias: str) -> None:
        """Write what is new, within the caller's transaction; :meth:`saved` when it is durable."""
        _insert(cursor, f"{alias}.machines", self.unsaved_machines)
        _insert(cursor, f"{alias}.signals", self.unsaved_signals)

    def saved(self) -> None:
        """What was new is durable."""
        self.unsaved_machines.clear()
        self.unsaved_signals.clear()

    def save_all(self, cursor: duckdb.DuckDBPyConnection, alias: str) -> None:
        """Write everything into an empty pair of tables."""
        _insert(cursor, f"{alias}.machines", list(self.paths.items()))
        signals = [(mid, slot, name) for mid, slots in self.slots.items() for name, slot in slots.items()]
        _insert(cursor, f"{alias}.signals", signals)


def _insert(cursor: duckdb.DuckDBPyConnection, table: str, rows: Sequence[tuple[int | str, ...]]) -> None:
    """Rows as columns: a statement per row takes a millisecond each."""
    if rows:
        columns = zip(*rows, strict=True)
        kinds = [object if isinstance(value, str) else np.int64 for value in rows[0]]
        named = {f"c{i}": np.array(c, kind) for i, (c, kind) in enumerate(zip(columns, kinds, strict=True))}
        cursor.register("dimension_rows", named)
        cursor.execute(f"INSERT INTO {table} SELECT * FROM dimension_rows")
        cursor.unregister("dimension_rows")
