"""What is counted and not measured: how many values there are, and how timely they were."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import duckdb
import numpy as np

from andon_platform.data.counting import within
from andon_platform.data.delays import BINS, Delays, added
from andon_platform.data.duckdb.chunk import Chunk
from andon_platform.data.duckdb.query import tables
from andon_platform.data.duckdb.schema import VALUES, WIDTH, Dimensions
from andon_platform.data.plan import Stretch
from andon_platform.data.port import ValueQuery

_BINS = ", ".join(f"c{i}" for i in range(BINS))


def value_counts(
    cursor: duckdb.DuckDBPyConnection,
    chunks: Sequence[Chunk],
    dimensions: Dimensions,
    stretches: Sequence[Stretch],
    query: ValueQuery,
) -> dict[tuple[str, str], int]:
    """See the port."""
    mids = {mid for mid, path in list(dimensions.paths.items()) if within(path, query.places)}
    found: Counter[tuple[int, int]] = Counter()
    for source, start, stop in stretches:
        if source != "raw":
            rows = cursor.execute(
                f"SELECT mid, slot, sum(n) FROM base.{source} WHERE t >= ? AND t < ? GROUP BY mid, slot", [start, stop]
            ).fetchall()
            for mid, slot, n in rows:
                found[mid, slot] += int(n)
            continue
        counts = ", ".join(f"count({v})" for v in VALUES)
        for table in tables(chunks, start, stop):
            for mid, part, *each in cursor.execute(
                f"SELECT mid, part, {counts} FROM {table} WHERE t >= ? AND t < ? GROUP BY mid, part", [start, stop]
            ).fetchall():
                for column, n in enumerate(each):
                    found[mid, part * WIDTH + column] += n
    named = {(mid, slot): name for mid in mids for name, slot in list(dimensions.slots.get(mid, {}).items())}
    return {(dimensions.paths[key[0]], named[key]): n for key, n in found.items() if n and key in named}


def write_delays(cursor: duckdb.DuckDBPyConnection, dimensions: Dimensions, counted: Sequence[Delays]) -> None:
    """See the port; one transaction of the base file. Machines of which nothing was stored are left out."""
    rows = [(mid, d) for d in counted if (mid := dimensions.mids.get(d.machine)) is not None]
    if not rows:
        return
    columns: dict[str, Any] = {
        "mid": np.array([mid for mid, _ in rows], np.int32),
        **{name: np.array([getattr(d, name) for _, d in rows], np.int64) for name in ("t", "part", "longest")},
    }
    by_bin = np.array([d.counts for _, d in rows], np.int32).T
    columns.update((f"c{i}", np.ascontiguousarray(by_bin[i])) for i in range(BINS))
    cursor.execute("BEGIN")
    try:
        cursor.register("timed", columns)
        low, high = int(columns["t"].min()), int(columns["t"].max())
        cursor.execute(
            "DELETE FROM base.delay WHERE t >= ? AND t <= ? AND (mid, t, part) IN (SELECT mid, t, part FROM timed)",
            [low, high],
        )
        cursor.execute(
            f"INSERT INTO base.delay(mid, t, part, longest, {_BINS}) SELECT mid, t, part, longest, {_BINS} FROM timed"
        )
        cursor.unregister("timed")
        cursor.execute("COMMIT")
    except BaseException:
        cursor.execute("ROLLBACK")
        raise


def delays(
    cursor: duckdb.DuckDBPyConnection, dimensions: Dimensions, machine: str, start: int, stop: int
) -> list[Delays]:
    """See the port."""
    rows = cursor.execute(
        f"SELECT t, part, longest, {_BINS} FROM base.delay WHERE mid = ? AND t >= ? AND t < ?",
        [dimensions.mids.get(machine, -1), start, stop],
    ).fetchall()
    return added(Delays(machine, t, part, tuple(counts), longest) for t, part, longest, *counts in rows)
