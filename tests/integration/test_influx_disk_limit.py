"""The disk's limit on a real InfluxDB: the oldest raw data goes, its bytes come back, roll-ups stay, and it is said."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from andon_contracts.messages import Sample, Telemetry
from andon_platform.data.aggregate import DAY, HOUR, floor
from andon_platform.data.influxdb import InfluxDBStore
from andon_platform.data.port import Batch, Mark, SeriesQuery
from andon_platform.ingest.upkeep import roll_up_once
from support.influx import InfluxUnderTest, running_influx
from support.stores import MACHINE
from support.waiting import until

pytestmark = pytest.mark.integration

LIMIT = 2_000_000
SHARD = 6 * HOUR
SIGNALS = 6


@pytest.fixture(scope="module")
def influx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[InfluxUnderTest, Path]]:
    folder = tmp_path_factory.mktemp("influx")
    # data on the disk and old shards gone at once, rather than after minutes
    options = ("--storage-cache-snapshot-write-cold-duration=1s", "--storage-retention-check-interval=1s")
    with running_influx(folder, *options) as server:
        if server.process is None:
            pytest.skip("its folder is looked at: it needs an influxd on the PATH")
        yield server, folder / "engine"


def on_disk(folder: Path) -> int:
    """Bytes of all shards' data files and write-ahead logs, by the file system."""
    return sum(p.stat().st_size for part in ("data", "wal") for p in folder.glob(f"{part}/*/autogen/*/**/*.*"))


def of_shard(start: int, first_seq: int, count: int, values: random.Random) -> Batch:
    batch = Batch()
    for i in range(count):
        sample = Sample(t=start + i * 2_000_000, values={f"s{k}": values.random() for k in range(SIGNALS)})
        batch.telemetry.append(Telemetry(machine=MACHINE, epoch=1, seq=first_seq + i, samples=[sample]))
    batch.marks[MACHINE, 1] = Mark(first_seq + count - 1, stored=first_seq + count - 1)
    return batch


async def test_a_full_disk_drops_the_oldest_raw_data_and_nothing_else(influx: tuple[InfluxUnderTest, Path]) -> None:
    server, folder = influx
    now, count = time.time_ns() // 1000, 6_000
    first = floor(now - 4 * DAY, SHARD)
    store = InfluxDBStore(server.url, server.token, max_disk=LIMIT)
    await store.open()
    written = 0
    for n in range(14):
        await store.write(of_shard(first + n * SHARD, written + 1, count, random.Random(n)))
        written += count
    await roll_up_once(store, first + 14 * SHARD)

    async def bytes_known() -> bool:
        held = (await store.health()).bytes_on_disk
        return held > LIMIT * 1.5 and held > 0.97 * on_disk(folder)

    await until(bytes_known, 60, what="the server's own figures, which it takes every ten seconds")
    files = next(p for p in (folder / "data").iterdir() if p.name == store._server.ids["raw"])
    before, held = (await store.health()), on_disk(folder)
    assert before.detail == "ok" and len(list((files / "autogen").iterdir())) == 14
    count_all = SeriesQuery(MACHINE, "s0", first, now, every=HOUR, agg="count")
    assert sum((await store.series(count_all)).values) == written

    await store.write(of_shard(first + 1, written + 1, 10, random.Random(98)))  # not rolled up, and about to go
    written += 10
    with structlog.testing.capture_logs() as logs:
        said = await store.retain(now)
    assert said["raw_days"] < 4 and "ANDON_MAX_DISK" in (await store.health()).detail
    dropped = [(e["log_level"], e["why"]) for e in logs if "oldest raw data is dropped" in e["event"]]
    assert dropped == [("warning", "ANDON_MAX_DISK")]

    async def within() -> bool:
        await store.retain(time.time_ns() // 1000)
        return (await store.health()).bytes_on_disk <= LIMIT

    await until(within, 30, what="the space")
    after = await store.health()
    assert after.oldest_raw is not None and before.oldest_raw is not None
    gone = (after.oldest_raw - before.oldest_raw) // SHARD
    assert gone >= 6
    await until(lambda: len(list((files / "autogen").iterdir())) == 14 - gone, what="the shards' files to be gone")
    assert after.bytes_on_disk > LIMIT // 3  # no more went than had to
    assert on_disk(folder) < held - gone * count * SIGNALS * 7  # random numbers take some eight bytes each
    # raw is gone, and its minutes and hours are there
    assert (await store.series(SeriesQuery(MACHINE, "s0", first, first + HOUR))).times == []
    assert sum((await store.series(count_all)).values) == written

    late = of_shard(first + HOUR + 1, written + 1, 10, random.Random(99))
    await store.write(late)
    await roll_up_once(store, now)
    assert sum((await store.series(count_all)).values) == written + 10
    kept = said["raw_days"]
    assert (await store.retain(time.time_ns() // 1000))["raw_days"] == pytest.approx(kept)  # and there it stays
    await store.close()

    other = InfluxDBStore(server.url, server.token, max_disk=40 * LIMIT)
    await other.open()  # the limit was raised: raw is kept for longer again
    assert "ANDON_MAX_DISK" in (await other.health()).detail
    for _ in range(12):
        longer = (await other.retain(time.time_ns() // 1000))["raw_days"]
    assert longer == 7 and (await other.health()).detail == "ok"
    await other.close()

    fewer = InfluxDBStore(server.url, server.token, raw_days=2)
    await fewer.open()  # a setting that was changed is followed
    assert (await fewer.retain(time.time_ns() // 1000))["raw_days"] == 2 and (await fewer.health()).detail == "ok"
    await fewer.close()
