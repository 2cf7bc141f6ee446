"""Ingest is killed with SIGKILL while data flows, several times: what was published is stored exactly once."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from andon_contracts.codec import encode
from andon_platform.data.aggregate import DAY, HOUR, MINUTE
from andon_platform.data.duckdb import DuckDBStore
from andon_platform.data.influxdb import InfluxDBStore
from andon_platform.data.port import SeriesQuery
from andon_platform.ingest.upkeep import roll_up_once
from support.broker import BrokerUnderTest, running_broker
from support.influx import running_influx
from support.sender import Sender
from support.stores import T0, Clock, batch_of, telemetry
from support.waiting import until

MACHINE = "polaris/north/cabinets/press/press-1"
COUNT = 3_000

INGEST = """
import asyncio, os, sys
from pathlib import Path
from andon_platform.data.duckdb import DuckDBStore
from andon_platform.data.influxdb import InfluxDBStore
from andon_platform.ingest import IngestConfig, IngestService
from support.stores import T0, Clock

async def main():
    kind, where, token, now, host, port, secrets, protocol = sys.argv[1:]
    clock = Clock(int(now))
    if kind == "duckdb":
        store = DuckDBStore(Path(where), threads=1, now=clock)
    else:
        store = InfluxDBStore(where, token, now=clock)
    await store.open()
    config = IngestConfig(
        host, int(port), Path(secrets), protocol=int(protocol), watermark_s=0.05, batch_messages=40, roll_up_s=0.1
    )
    service = IngestService(config, store, now=clock)
    async with service:
        await service.ready.wait()
        print("subscribed", flush=True)
        last = 0
        parent = os.getppid()
        while os.getppid() == parent:  # a test run that was killed leaves nobody to end this
            await asyncio.sleep(0.01)
            if service.stats.messages != last:
                last = service.stats.messages
                print(last, flush=True)

asyncio.run(main())
"""


@pytest.fixture(params=["mosquitto", pytest.param("nats", marks=pytest.mark.slow)])  # NATS redelivers after 10 s
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[BrokerUnderTest]:
    with running_broker(request.param, tmp_path / "broker", [MACHINE]) as found:
        yield found


@dataclass
class Target:
    """A store that several processes open one after the other; its clock stands at ``now``."""

    kind: str
    where: str
    token: str = "-"
    now: int = T0 + HOUR

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[DuckDBStore | InfluxDBStore]:
        clock = Clock(self.now)
        store = (
            DuckDBStore(Path(self.where), threads=1, now=clock)
            if self.kind == "duckdb"
            else InfluxDBStore(self.where, self.token, now=clock)
        )
        await store.open()
        yield store
        await store.close()


@pytest.fixture(params=["duckdb", pytest.param("influxdb", marks=pytest.mark.integration)])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Target]:
    if request.param == "duckdb":
        yield Target("duckdb", str(tmp_path / "store"))
        return
    with running_influx(tmp_path / "influx") as server:
        yield Target("influxdb", server.url, server.token)


def start(broker: BrokerUnderTest, target: Target) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    protocol = "5" if broker.kind == "mosquitto" else "4"
    where = [target.kind, target.where, target.token, str(target.now)]
    arguments = [*where, broker.host, str(broker.port), str(broker.secrets("ingest")), protocol]
    return subprocess.Popen([sys.executable, "-c", INGEST, *arguments], stdout=subprocess.PIPE, env=environment)


@pytest.fixture
def started() -> Iterator[list[subprocess.Popen[bytes]]]:
    """The processes of a test; whatever happens in it, they are ended."""
    processes: list[subprocess.Popen[bytes]] = []
    yield processes
    for process in processes:
        process.kill()
        process.wait()


async def sent_through_three_kills(
    broker: BrokerUnderTest, started: list[subprocess.Popen[bytes]], target: Target
) -> None:
    """``COUNT`` messages of epoch 1, a tenth of a second apart from ``T0`` on."""
    process = start(broker, target)
    started.append(process)
    assert process.stdout is not None
    while await asyncio.to_thread(process.stdout.readline) != b"subscribed\n":
        assert process.poll() is None  # from "subscribed" on there is a session
    with Sender(broker, MACHINE) as sender:
        sender.born("force")
        for n in range(1, COUNT + 1):
            sender.publish("telemetry", encode(telemetry(n, (n / 10, {"force": float(n)}))))
            if n % 750 == 0 and n < COUNT:
                assert process.stdout is not None
                while not (await asyncio.to_thread(process.stdout.readline)).strip().isdigit():
                    assert process.poll() is None  # a number: it has stored some, and is storing more
                process.kill()
                process.wait()
                process.stdout.close()
                process = start(broker, target)
                started.append(process)
        await until(lambda: any(e.settled >= COUNT for w in list(sender.watermarks) for e in w.epochs), 60)
    process.kill()
    process.wait()
    assert process.stdout is not None
    process.stdout.close()


async def test_killed_three_times_and_stored_exactly_once(
    broker: BrokerUnderTest, started: list[subprocess.Popen[bytes]], target: Target
) -> None:
    await sent_through_three_kills(broker, started, target)
    async with target.opened() as store:
        found = await store.series(SeriesQuery(MACHINE, "force", T0 - HOUR, T0 + HOUR, limit=10 * COUNT))
        assert sorted(found.values) == [float(n) for n in range(1, COUNT + 1)]
        mark = (await store.marks())[MACHINE, 1]
        assert (mark.settled, mark.stored, mark.above) == (COUNT, COUNT, ())
        counts = (await store.health(exact=True)).counts
        assert (counts["duplicated"], counts["messages_on_disk"]) == (0, COUNT)


async def test_what_a_journal_kept_for_eight_days_joins_the_roll_ups_exactly_once(
    broker: BrokerUnderTest, started: list[subprocess.Popen[bytes]], target: Target
) -> None:
    """Raw of that time is gone, ingest is killed while it stores and rolls up, and every figure is right."""
    async with target.opened() as store:
        await store.write(batch_of(*(telemetry(n, (n, {"force": -1.0}), epoch=9) for n in range(1, 121))))
        await roll_up_once(store, target.now)
    target.now += 8 * DAY
    async with target.opened() as store:
        await store.retain(target.now)
    await sent_through_three_kills(broker, started, target)
    async with target.opened() as store:
        await roll_up_once(store, target.now)
        assert await store.quarantine() == []
        for every, agg, expected in (
            (HOUR, "count", [COUNT + 120]),
            (HOUR, "sum", [COUNT * (COUNT + 1) / 2 - 120]),
            (MINUTE, "count", [59 + 599, 60 + 600, 1 + 600, 600, 600, 1]),
            (MINUTE, "max", [599, 1199, 1799, 2399, 2999, 3000]),
            (MINUTE, "min", [-1, -1, -1, 1800, 2400, 3000]),
            (MINUTE, "first", [1, 600, 1200, 1800, 2400, 3000]),
            (MINUTE, "last", [599, 1199, 1799, 2399, 2999, 3000]),
        ):
            asked = SeriesQuery(MACHINE, "force", T0, T0 + HOUR, every=every, agg=agg)  # type: ignore[arg-type]
            found = list((await store.series(asked)).values)
            if agg == "first":
                # those of the other epoch at the same moment may be named as well as these
                assert all(value in (right, -1) for value, right in zip(found, expected, strict=True))
            else:
                assert found == expected, (every, agg)
