"""24 h of one signal at 1 Hz, down-sampled to 500 points, in a store that holds a whole plant's day beside it.

    uv run python benchmarks/bench_series.py [--store duckdb|influxdb] [--machines 16] [--hours 24] [--json]

Writes MACHINES machines of 8 signals at 2 Hz for the day through the store's own ``write``, then asks; also
reports the bytes a machine takes a day.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import random
import shutil
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from andon_contracts.messages import Sample, Telemetry
from andon_platform.data.aggregate import HOUR, MINUTE, floor
from andon_platform.data.port import Batch, Mark, SeriesQuery, TelemetryStore
from bench_ingest import store_of
from rich.console import Console
from rich.table import Table

SECOND = 1_000_000
EIGHT = [f"signal_{i}" for i in range(8)]


def name(n: int) -> str:
    """The n-th machine's path."""
    return f"bench/north/hall/line-1/machine-{n}"


async def fill(store: TelemetryStore, machines: int, start: int, stop: int) -> int:
    """Every machine 8 signals at 2 Hz, 10 samples a message; machine-0 has a ninth at 1 Hz. Returns messages."""
    rng = random.Random(7)
    noise = [round(rng.gauss(0, 1), 3) for _ in range(4_096)]
    seqs = [0] * machines
    for at in range(start, stop, 5 * MINUTE):
        batch = Batch()
        for m in range(machines):
            for first in range(at, at + 5 * MINUTE, 5 * SECOND):
                samples = []
                for k in range(10):
                    t = first + k * SECOND // 2 + int(abs(noise[(k + first // SECOND) % 4096]) * 2_000)
                    i = t // 500_000 + m * 97
                    values = {s: round(100 + 10 * math.sin(i / 900 + j) + noise[(i * 7 + j * 131) % 4096], 3)
                              for j, s in enumerate(EIGHT)}  # fmt: skip
                    if m == 0 and k % 2 == 0:
                        values["one_hz"] = round(50 + noise[i % 4096], 3)
                    samples.append(Sample(t=t, values=values))
                seqs[m] += 1
                batch.telemetry.append(Telemetry(machine=name(m), epoch=1, seq=seqs[m], samples=samples))
            batch.marks[name(m), 1] = Mark(seqs[m], stored=seqs[m])
        await store.write(batch)
    return sum(seqs)


async def ask(store: TelemetryStore, query: SeriesQuery) -> tuple[float, float, int, str]:
    """(best, median) ms of eleven, number of points, source."""
    took = []
    for _ in range(11):
        started = time.perf_counter()
        found = await store.series(query)
        took.append((time.perf_counter() - started) * 1e3)
    return min(took), statistics.median(took), len(found.times), found.source


async def run(kind: str, machines: int, hours: float) -> dict[str, Any]:
    """One store."""
    with tempfile.TemporaryDirectory() as folder:
        async with store_of(kind, Path(folder)) as (store, _):
            stop = floor(time.time_ns() // 1000, 5 * MINUTE)
            start = stop - int(hours * HOUR)
            started = time.perf_counter()
            messages = await fill(store, machines, start, stop)
            filled = time.perf_counter() - started
            every = (stop - start) // 500
            found: dict[str, Any] = {"store": kind, "machines": machines, "hours": hours, "messages": messages}
            found["fill_s"] = round(filled, 1)
            for label, signal in (("1_hz", "one_hz"), ("2_hz", "signal_3")):
                query = SeriesQuery(name(0), signal, start, stop, every=every, agg="mean")
                best, median, points, source = await ask(store, query)
                found[f"24h_{label}_best_ms"], found[f"24h_{label}_median_ms"] = round(best, 1), round(median, 1)
                found[f"24h_{label}_points"], found[f"24h_{label}_source"] = points, source
            size = (await store.health()).bytes_on_disk
            found["bytes_on_disk"] = size
            found["mb_per_machine_and_day"] = round(size / machines / hours * 24 / 1e6, 2)
            found["bytes_per_value"] = round(size / (machines * 16 * 3600 * hours), 2)
            return found


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--store", action="append", choices=["duckdb", "influxdb"])
    parser.add_argument("--machines", type=int, default=16)
    parser.add_argument("--hours", type=float, default=24)
    parser.add_argument("--json", action="store_true")
    a = parser.parse_args()
    kinds = a.store or ["duckdb", *(["influxdb"] if shutil.which("influxd") else [])]
    found = [asyncio.run(run(kind, a.machines, a.hours)) for kind in kinds]
    if a.json:
        print(json.dumps(found, indent=2))
        return
    table = Table("figure", *kinds, title="24 h of one signal, 500 points")
    for key in list(found[0])[1:]:
        table.add_row(key.replace("_", " "), *(str(f[key]) for f in found))
    Console().print(table)


if __name__ == "__main__":
    main()
