"""Each store, opened empty: what the contract suite runs on."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from andon_contracts.messages import Sample, Span, Telemetry
from andon_platform.data.aggregate import DAY, HOUR, floor
from andon_platform.data.duckdb import DuckDBStore
from andon_platform.data.influxdb import InfluxDBStore
from andon_platform.data.memory import MemoryStore
from andon_platform.data.port import Batch, Mark, Series, SeriesQuery, TelemetryStore
from influxdb_client import InfluxDBClient
from influxdb_client.rest import ApiException
from support.influx import InfluxUnderTest

MACHINE = "polaris/north/cabinets/press/press-1"
OTHER = "polaris/north/cabinets/press/press-2"
#: An hour's start, some hours ago: real time, since a server drops what is older than its own clock allows.
#: A test's child process takes over its parent's, since an hour may end between their starts.
T0 = int(os.environ.setdefault("ANDON_TEST_T0", str(floor(time.time_ns() // 1000, HOUR) - 5 * HOUR)))
SECOND = 1_000_000


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self, t: int) -> None:
        self.t = t

    def __call__(self) -> int:
        return self.t


def telemetry(seq: int, *samples: tuple[float, dict[str, float]], machine: str = MACHINE, epoch: int = 1) -> Telemetry:
    """A message of samples given as (seconds after ``T0``, values)."""
    return Telemetry(
        machine=machine, epoch=epoch, seq=seq, samples=[Sample(t=T0 + int(t * SECOND), values=v) for t, v in samples]
    )


def batch_of(*messages: Telemetry) -> Batch:
    """A batch whose marks cover the messages, which start at seq 1 of each epoch or follow one another."""
    batch = Batch(telemetry=list(messages), received=len(messages))
    for m in messages:
        key = (m.machine, m.epoch)
        before = batch.marks.get(key, Mark(settled=0))
        if m.seq == before.settled + 1:
            batch.marks[key] = Mark(settled=m.seq, stored=before.stored + 1)
        else:
            batch.marks[key] = Mark(before.settled, (*before.above, Span(m.seq, m.seq)), before.stored + 1)
    return batch


@asynccontextmanager
async def memory_store(folder: Path, clock: Clock) -> AsyncIterator[TelemetryStore]:
    """The fake."""
    store = MemoryStore(now=clock)
    await store.open()
    yield store
    await store.close()


@asynccontextmanager
async def duckdb_store(folder: Path, clock: Clock) -> AsyncIterator[TelemetryStore]:
    """The embedded store."""
    store = DuckDBStore(folder / "store", now=clock, threads=1)
    await store.open()
    try:
        yield store
    finally:
        await store.close()


@asynccontextmanager
async def influxdb_store(server: InfluxUnderTest, clock: Clock) -> AsyncIterator[TelemetryStore]:
    """InfluxDB, its buckets emptied before."""
    await asyncio.to_thread(_empty, server)
    store = InfluxDBStore(server.url, server.token, now=clock)
    await store.open()
    try:
        yield store
    finally:
        await store.close()


def _empty(server: InfluxUnderTest) -> None:
    with InfluxDBClient(server.url, server.token, org="andon") as client:
        try:
            buckets = client.buckets_api().find_buckets(limit=100).buckets
        except ApiException:  # nobody has set it up yet
            return
        for bucket in buckets:
            if not bucket.name.startswith("_"):
                client.buckets_api().delete_bucket(bucket)


async def raw(store: TelemetryStore, signal: str = "force", machine: str = MACHINE, limit: int = 10_000) -> Series:
    """All raw values of one signal."""
    return await store.series(SeriesQuery(machine, signal, T0 - DAY, T0 + DAY, limit=limit))


def points(series: Series) -> list[tuple[float, float]]:
    """(seconds after T0, value)."""
    return [((t - T0) / SECOND, v) for t, v in zip(series.times, series.values, strict=True)]
