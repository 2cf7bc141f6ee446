"""Minute and hour values, computed afresh from rows for a range, in one transaction of the base file.

What raw holds makes the roll-ups of ``chunk`` 0; below ``floor``, where raw is gone, those stay as they are. The
late rows of a chunk make roll-ups of their own beside them, which are computed afresh for as long as the chunk is
there. So each row counts once, however often a range is rolled up.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from andon_platform.data.aggregate import HOUR, MINUTE, ceil, floor
from andon_platform.data.duckdb.chunk import Chunk
from andon_platform.data.duckdb.query import COARSEN, ROLLED
from andon_platform.data.duckdb.schema import WIDTH, Dimensions

#: Raw is read an hour at a time, which bounds memory.
STEP = HOUR
_COLUMNS = "mid, slot, t, " + ", ".join(f'"{name}"' for name in ROLLED) + ", chunk"


def roll_up(
    cursor: duckdb.DuckDBPyConnection,
    chunks: Sequence[Chunk],
    dimensions: Dimensions,
    start: int,
    stop: int,
    raw_floor: int,
) -> None:
    """Replace the minutes of [start, stop) (multiples of a minute) and the hours that hold them; from ``raw_floor``
    on all of raw is there, and the minutes of its hours are."""
    slots = sorted({(s // WIDTH, s % WIDTH) for used in list(dimensions.slots.values()) for s in list(used.values())})
    cursor.execute("BEGIN")
    try:
        if (low := max(start, raw_floor)) < stop:
            _from_raw(cursor, chunks, slots, low, stop)
        for chunk in chunks:
            _from_late(cursor, chunk, slots, start, stop)
        cursor.execute(
            "INSERT OR REPLACE INTO base.reach SELECT 'rolled', greatest(?, coalesce(max(t), 0)) "
            "FROM base.reach WHERE name = 'rolled'",
            [stop],
        )
        cursor.execute("COMMIT")
    except BaseException:
        cursor.execute("ROLLBACK")
        raise


def _from_raw(
    cursor: duckdb.DuckDBPyConnection, chunks: Sequence[Chunk], slots: Sequence[tuple[int, int]], start: int, stop: int
) -> None:
    cursor.execute("DELETE FROM base.minute WHERE t >= ? AND t < ? AND chunk = 0", [start, stop])
    for at in range(start, stop, STEP):
        end = min(at + STEP, stop)
        tables = [f"{c.alias}.raw" for c in chunks if c.raw.meets(at, end)]
        _insert(cursor, "minute", MINUTE, 0, tables, slots, at, end)
    first, last = floor(start, HOUR), ceil(stop, HOUR)
    cursor.execute("DELETE FROM base.hour WHERE t >= ? AND t < ? AND chunk = 0", [first, last])
    columns = ", ".join(COARSEN.values())
    cursor.execute(
        f"INSERT INTO base.hour({_COLUMNS}) SELECT mid, slot, b, {columns}, 0 FROM (SELECT *, t - t % {HOUR} AS b, "
        f"sum(total) OVER w / sum(n) OVER w AS mean FROM base.minute WHERE t >= {first} AND t < {last} AND chunk = 0 "
        f"WINDOW w AS (PARTITION BY mid, slot, t - t % {HOUR})) GROUP BY mid, slot, b"
    )


def _from_late(
    cursor: duckdb.DuckDBPyConnection, chunk: Chunk, slots: Sequence[tuple[int, int]], start: int, stop: int
) -> None:
    for table, every in (("minute", MINUTE), ("hour", HOUR)):
        first, last = floor(start, every), ceil(stop, every)
        if chunk.late.meets(first, last):
            cursor.execute(
                f"DELETE FROM base.{table} WHERE t >= ? AND t < ? AND chunk = ?", [first, last, chunk.number]
            )
            _insert(cursor, table, every, chunk.number, [f"{chunk.alias}.late"], slots, first, last)


def _insert(
    cursor: duckdb.DuckDBPyConnection,
    target: str,
    every: int,
    chunk: int,
    tables: Sequence[str],
    slots: Sequence[tuple[int, int]],
    start: int,
    stop: int,
) -> None:
    if not tables or not slots:
        return
    columns = ", ".join(ROLLED.values())
    selects = []
    for part, column in slots:
        rows = " UNION ALL ".join(
            f"SELECT mid, t, t - t % {every} AS b, v{column} AS v FROM {table} WHERE part = {part} "
            f"AND t >= {start} AND t < {stop} AND v{column} IS NOT NULL"
            for table in tables
        )
        selects.append(f"SELECT mid, {part * WIDTH + column}, b, {columns}, {chunk} FROM ({rows}) GROUP BY mid, b")
    cursor.execute(f"INSERT INTO base.{target}({_COLUMNS}) " + " UNION ALL ".join(selects))
