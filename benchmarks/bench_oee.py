"""Opening a shift's OEE: ``uv run python benchmarks/bench_oee.py [--store duckdb|influxdb] [--json]``.

Seven machines of a line have worked a shift of eight hours: states, operations and counts as the shipped plant makes
them, 300 units a machine. Measured is what the API does for ``GET /oee``: reading events, state intervals, elements,
ratios; for the first time, once the API has read ahead what was over (``api/ahead.py``), and when it is opened again.
``unread``: before it has, in the first second of its start. Raw points are not read at all.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

from andon_contracts.messages import Event, OperationFinished, OperationStarted, PiecesCounted, StateChanged
from andon_contracts.plant_clock import PlantClock
from andon_platform.analytics.history import EventHistory
from andon_platform.analytics.oee.calendar import Calendar
from andon_platform.analytics.oee.elements import Elements
from andon_platform.analytics.oee.kpis import kpis
from andon_platform.analytics.oee.report import Past, machine_elements
from andon_platform.data.duckdb import DuckDBStore
from andon_platform.data.port import Batch, TelemetryStore
from rich.console import Console
from rich.table import Table

HOUR = 3_600_000_000
PATHS = [f"bench/north/hall/line-1/machine-{n}" for n in range(7)]


def worked(path: str, start: int, units: int) -> list[Event]:
    """A shift of one machine."""
    found: list[Event] = []
    cycle, seq = 8 * HOUR // units, 0

    def add(kind: type[Event], t: int, **more: object) -> None:
        nonlocal seq
        seq += 1
        found.append(kind(machine=path, epoch=1, seq=seq, t=t, **more))  # type: ignore[operator]

    add(StateChanged, start - HOUR, state="idle")
    for i in range(units):
        t = start + i * cycle
        add(StateChanged, t, state="producing")
        add(OperationStarted, t, operation="work", unit=f"U{i}", product="classic")
        add(OperationFinished, t + cycle * 8 // 10, operation="work", unit=f"U{i}", planned_s=70, duration_s=76)
        add(PiecesCounted, t + cycle * 8 // 10, good=1)
        add(StateChanged, t + cycle * 8 // 10, state="starved" if i % 9 else "down", reason="no parts")
    return found


async def measure(store: TelemetryStore, units: int) -> dict[str, float | str]:
    """Fill and ask."""
    now = time.time_ns() // 1000
    start = now - 8 * HOUR
    for path in PATHS:
        events = worked(path, start, units)
        for i in range(0, len(events), 2_000):
            await store.write(Batch(events=events[i : i + 2_000]))
    clock, calendar = PlantClock.starting(1), Calendar([])

    async def opened(history: EventHistory) -> float:
        begun = time.perf_counter()
        pasts = await history.of_all(PATHS, start, now)
        found = [machine_elements(Past(*past), clock, calendar, start, now) for past in pasts.values()]
        assert kpis(sum(found, start=Elements())).oee
        return (time.perf_counter() - begun) * 1e3

    unread = await opened(EventHistory(store, lambda: now))
    history = EventHistory(store, lambda: now)
    for path in PATHS:
        await history.read_ahead(path, start, now)
    first = await opened(history)
    again = [await opened(history) for _ in range(20)]
    return {
        "store": type(store).__name__,
        "events": len(PATHS) * units * 5,
        "unread_ms": round(unread, 1),
        "first_ms": round(first, 1),
        "again_median_ms": round(statistics.median(again), 1),
        "again_worst_ms": round(max(again), 1),
    }


async def run(kind: str, units: int) -> dict[str, float | str]:
    """With a fresh store."""
    with tempfile.TemporaryDirectory() as folder:
        if kind == "duckdb":
            store: TelemetryStore = DuckDBStore(Path(folder) / "store")
            await store.open()
            try:
                return await measure(store, units)
            finally:
                await store.close()
        sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
        from andon_platform.data.influxdb import InfluxDBStore
        from support.influx import running_influx

        with running_influx(Path(folder)) as server:
            store = InfluxDBStore(server.url, server.token)
            await store.open()
            try:
                return await measure(store, units)
            finally:
                await store.close()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--store", choices=["duckdb", "influxdb"], default="duckdb")
    parser.add_argument("--units", type=int, default=300)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    found = asyncio.run(run(given.store, given.units))
    if given.json:
        print(json.dumps(found))
        return
    table = Table(*(key.replace("_", " ") for key in found))
    table.add_row(*map(str, found.values()))
    Console().print(table)


if __name__ == "__main__":
    main()
