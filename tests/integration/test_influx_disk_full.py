"""InfluxDB on a disk that is full: nothing is taken for stored that is not, nothing is held for bad, and it goes on."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from andon_contracts.messages import Sample, Telemetry
from andon_platform.data.errors import StoreUnavailable
from andon_platform.data.influxdb import InfluxDBStore
from andon_platform.data.port import Batch, Mark, SeriesQuery
from support.influx import InfluxUnderTest, running_influx
from support.small_disk import fill, mounted
from support.stores import MACHINE
from support.waiting import until

pytestmark = pytest.mark.integration


def batch(first: int, count: int, now: int) -> Batch:
    found = Batch(marks={(MACHINE, 1): Mark(first + count - 1, stored=first + count - 1)})
    for n in range(first, first + count):
        sample = Sample(t=now - 60_000_000 + n, values={f"s{k}": n * 1.37 + k for k in range(20)})
        found.telemetry.append(Telemetry(machine=MACHINE, epoch=1, seq=n, samples=[sample]))
    return found


async def filled(disk: Path, server: InfluxUnderTest, now: int, shards: bool) -> tuple[InfluxDBStore, int, str]:
    """The store on a disk that is full now, the next number to write, and what the server says. ``shards``: those that
    are written to exist already."""
    if server.process is None:
        pytest.skip("its disk is filled: it needs an influxd on the PATH")
    store, first = InfluxDBStore(server.url, server.token), 1
    await store.open()
    for _ in range(3 if shards else 0):
        await store.write(batch(first, 100, now))
        first += 100
    fill(disk / "ballast")
    with pytest.raises(StoreUnavailable) as full:
        for _ in range(200):  # the server has room left in files that it holds already
            await store.write(batch(first, 100, now))
            first += 100
    assert "no space left" in str(full.value)
    assert all(mark.settled < first for mark in (await store.marks()).values())
    return store, first, str(full.value)


async def goes_on(store: InfluxDBStore, first: int, now: int) -> None:
    """What could not be written before is written now, and all of it is there once."""

    async def written() -> bool:
        try:
            await store.write(batch(first, 100, now))
        except StoreUnavailable:
            return False
        return True

    await until(written, 30, what="the server to write again")
    last = first + 99
    mark = (await store.marks())[MACHINE, 1]
    assert (mark.settled, mark.stored) == (last, last)
    series = await store.series(SeriesQuery(MACHINE, "s0", 0, now * 2, limit=100_000))
    assert len(series.times) == last
    counts = (await store.health(exact=True)).counts
    assert (counts["duplicated"], counts["quarantined"]) == (0, 0)


@pytest.mark.parametrize("shards", [True, False], ids=["while-it-runs", "when-a-shard-begins"])
async def test_a_full_disk_loses_nothing_and_what_to_do_is_said(tmp_path: Path, shards: bool) -> None:
    now = time.time_ns() // 1000
    with mounted(tmp_path / "disk", "64m") as disk:
        with running_influx(disk) as server:
            store, first, said = await filled(disk, server, now, shards)
            (disk / "ballast").unlink()
            assert "restart InfluxDB" in said
            await store.close()
        with running_influx(disk) as again:
            store = InfluxDBStore(again.url, server.token)
            await store.open()
            await goes_on(store, first, now)
            await store.close()
