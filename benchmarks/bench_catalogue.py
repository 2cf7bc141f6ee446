"""How complete is every signal of a large plant: the question behind the catalogue, on each store.

    uv run python benchmarks/bench_catalogue.py [--store duckdb|influxdb] [--machines 1000] [--signals 8]

The last day of each signal lies in the store as hours, and the last two hours as minutes, as ingest leaves them.
``ask ms`` is one `value_counts` of all machines; the API asks at most once a minute, for everybody who looks.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from andon_platform.data.aggregate import DAY, HOUR, MINUTE, floor
from andon_platform.data.history import RolledUp
from andon_platform.data.port import TelemetryStore, ValueQuery
from bench_ingest import store_of
from rich.console import Console
from rich.table import Table

ROUNDS = 7


def block(machine: str, signal: str, start: int, stop: int, every: int) -> RolledUp:
    """A value a second."""
    t = np.arange(start, stop, every, dtype=np.int64)
    n, one = np.full(len(t), every // 1_000_000, np.int64), np.ones(len(t))
    return RolledUp(machine, 1, signal, every, t, n, n * one, one, one, one, one, 0 * one, t, t + every - 1)


def history(machines: int, signals: int, now: int) -> tuple[list[RolledUp], int]:
    """Hours of a day and minutes of the last two hours; and where they end."""
    until = floor(now, HOUR)
    names = [(f"bench/north/hall/line-{m // 50}/machine-{m}", f"signal_{s}") for m in range(machines)
             for s in range(signals)]  # fmt: skip
    ranges = ((until - DAY - HOUR, HOUR), (until - 2 * HOUR, MINUTE))
    return [block(*name, start, until, every) for name in names for start, every in ranges], until


async def ask(store: TelemetryStore, until: int) -> tuple[float, int]:
    """Milliseconds, and how many signals there were."""
    started = time.perf_counter()
    found = await store.value_counts(ValueQuery(until - DAY, until - 30 * MINUTE))
    return (time.perf_counter() - started) * 1e3, len(found)


async def run(kind: str, machines: int, signals: int) -> dict[str, Any]:
    """One store."""
    with tempfile.TemporaryDirectory() as name:
        async with store_of(kind, Path(name)) as (store, _):
            blocks, until = history(machines, signals, time.time_ns() // 1000)
            for at in range(0, len(blocks), 2_000):
                await store.write_history(blocks[at : at + 2_000], until)
            took = [await ask(store, until) for _ in range(ROUNDS)]
            return {"store": kind, "signals": took[0][1], "first": took[0][0],
                    "ask": sorted(ms for ms, _ in took)[ROUNDS // 2]}  # fmt: skip


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--store", choices=["duckdb", "influxdb"], action="append")
    parser.add_argument("--machines", type=int, default=1000)
    parser.add_argument("--signals", type=int, default=8)
    args = parser.parse_args()
    table = Table("store", "signals", "first ask ms", f"ask ms (median of {ROUNDS})")
    for kind in args.store or ["duckdb", "influxdb"]:
        row = asyncio.run(run(kind, args.machines, args.signals))
        table.add_row(row["store"], f"{row['signals']:,}", f"{row['first']:.0f}", f"{row['ask']:.0f}")
    Console().print(table)


if __name__ == "__main__":
    main()
