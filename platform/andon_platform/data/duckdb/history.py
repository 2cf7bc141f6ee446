"""Minutes and hours that come from elsewhere, of a time of which there is no raw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
import numpy as np

from andon_platform.data.aggregate import MINUTE
from andon_platform.data.history import RolledUp

_COLUMNS = 'mid, slot, t, n, total, low, high, "first", "last", m2, first_d, last_d'


Places = Mapping[tuple[str, str], tuple[int, int]]
"""(machine, signal) to (mid, slot)."""


def write(cursor: duckdb.DuckDBPyConnection, rolled: Sequence[RolledUp], places: Places, until: int) -> None:
    """One transaction of the base file; ``places`` has the numbers of each machine and signal."""
    cursor.execute("BEGIN")
    try:
        for table, some in (("minute", [b for b in rolled if b.every == MINUTE]),
                            ("hour", [b for b in rolled if b.every != MINUTE])):  # fmt: skip
            some = [b for b in some if len(b.times)]
            if not some:
                continue
            columns = _columns(some, places)
            cursor.register("history", columns)
            low, high = int(columns["t"].min()), int(columns["t"].max())
            cursor.execute(
                f"DELETE FROM base.{table} WHERE t >= ? AND t <= ? AND chunk = 0 "
                "AND (mid, slot) IN (SELECT DISTINCT mid, slot FROM history)",
                [low, high],
            )
            cursor.execute(f"INSERT INTO base.{table}({_COLUMNS}, chunk) SELECT {_COLUMNS}, 0 FROM history")
            cursor.unregister("history")
        for name in ("rolled", "raw_floor"):
            cursor.execute(
                "INSERT OR REPLACE INTO base.reach SELECT ?, greatest(?, coalesce(max(t), 0)) "
                "FROM base.reach WHERE name = ?",
                [name, until, name],
            )
        cursor.execute("COMMIT")
    except BaseException:
        cursor.execute("ROLLBACK")
        raise


def _columns(rolled: Sequence[RolledUp], places: Places) -> dict[str, Any]:
    lengths = [len(b.times) for b in rolled]
    numbers = [places[b.machine, b.signal] for b in rolled]
    found: dict[str, Any] = {
        "mid": np.repeat(np.array([mid for mid, _ in numbers], np.int32), lengths),
        "slot": np.repeat(np.array([slot for _, slot in numbers], np.int16), lengths),
        "t": np.concatenate([b.times for b in rolled]),
        "n": np.concatenate([b.n for b in rolled]),
    }
    for name in ("total", "low", "high", "first", "last"):
        found[name] = np.concatenate([getattr(b, name) for b in rolled])
    found["m2"] = np.concatenate([b.squares for b in rolled])
    found["first_d"] = np.concatenate([b.first_t - b.times for b in rolled])
    found["last_d"] = np.concatenate([b.last_t - b.times for b in rolled])
    return found
