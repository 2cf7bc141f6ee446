"""Several ingests on one InfluxDB, one of which goes for good or comes back: what is answered from roll-ups."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
from andon_contracts.messages import Telemetry
from andon_platform.data.aggregate import HOUR, MINUTE
from andon_platform.data.influxdb import InfluxDBStore
from andon_platform.data.port import Batch, Mark, Series, SeriesQuery
from andon_platform.ingest.upkeep import roll_up_once
from support.influx import InfluxUnderTest, running_influx
from support.stores import MACHINE, OTHER, SECOND, T0, Clock, influxdb_store, telemetry

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InfluxUnderTest]:
    with running_influx(tmp_path_factory.mktemp("influx")) as found:
        yield found


@pytest.fixture
async def clock(server: InfluxUnderTest) -> Clock:
    """The server's buckets are empty."""
    async with influxdb_store(server, found := Clock(T0)):
        return found


@asynccontextmanager
async def ingest(server: InfluxUnderTest, clock: Clock, name: str) -> AsyncIterator[InfluxDBStore]:
    """The store as the ingest of this name opens it."""
    store = InfluxDBStore(server.url, server.token, now=clock, writer=name)
    await store.open()
    yield store
    await store.close()


async def minutes(server: InfluxUnderTest, clock: Clock, machine: str, start: int, stop: int) -> Series:
    """What the API answers, whose own settings name no ingest that writes, or name the first."""
    answers = []
    for name in ("api", "ingest"):
        async with ingest(server, clock, name) as reader:
            query = SeriesQuery(machine, "force", start, stop, every=MINUTE, agg="sum")
            answers.append(await reader.series(query))
    assert answers[0] == answers[1]
    return answers[0]


def message(seq: int, at: int, machine: str = MACHINE) -> Batch:
    """One message of one value, 1, measured at ``at``."""
    said: Telemetry = telemetry(seq, ((at - T0) / SECOND, {"force": 1.0}), machine=machine)
    return Batch([said], marks={(machine, 1): Mark(seq, stored=seq)}, received=1)


async def test_an_ingest_that_is_gone_for_good_holds_no_roll_up_back(server: InfluxUnderTest, clock: Clock) -> None:
    """One ingest becomes two with names of their own: the first name's state stays where it was."""
    clock.t = T0 + 10 * MINUTE
    async with ingest(server, clock, "ingest") as alone:
        await alone.write(message(1, T0 + MINUTE))
        await roll_up_once(alone, clock())
    async with ingest(server, clock, "ingest-1") as first, ingest(server, clock, "ingest-2") as second:
        clock.t = T0 + 3 * HOUR
        for store, machine in ((first, MACHINE), (second, OTHER)):
            await store.write(message(2, T0 + 2 * HOUR, machine))
            assert await roll_up_once(store, clock())
        found = await minutes(server, clock, MACHINE, T0 + HOUR, T0 + 3 * HOUR)
        assert (found.source, list(found.values)) == ("minute", [1.0])


async def test_what_an_ingest_brings_back_is_answered_at_once_and_rolled_up(
    server: InfluxUnderTest, clock: Clock
) -> None:
    clock.t = T0 + 10 * MINUTE
    async with ingest(server, clock, "ingest") as gone:
        await gone.write(message(1, T0 + MINUTE))
        await roll_up_once(gone, clock())
    async with ingest(server, clock, "ingest-2") as second:
        clock.t = T0 + 3 * HOUR
        await second.write(message(1, T0 + 2 * HOUR, OTHER))
        await roll_up_once(second, clock())
        async with ingest(server, clock, "ingest") as back:
            await back.write(message(2, T0 + 2 * HOUR))
            found = await minutes(server, clock, MACHINE, T0, T0 + 3 * HOUR)
            assert list(found.values) == [1.0, 1.0]
            assert await roll_up_once(back, clock())
            found = await minutes(server, clock, MACHINE, T0, T0 + 3 * HOUR)
            assert (found.source, list(found.values)) == ("minute", [1.0, 1.0])
            assert not await back.stale(clock())


async def test_a_new_ingests_older_messages_are_answered_at_once_and_rolled_up(
    server: InfluxUnderTest, clock: Clock
) -> None:
    clock.t = T0 + 3 * HOUR
    async with ingest(server, clock, "ingest-1") as first, ingest(server, clock, "ingest-2") as second:
        await first.write(message(1, T0 + HOUR))
        await roll_up_once(first, clock())
        await second.write(message(1, T0 + HOUR, OTHER))
        for _ in range(2):
            found = await minutes(server, clock, OTHER, T0, T0 + 3 * HOUR)
            assert list(found.values) == [1.0]
            clock.t += MINUTE
            await roll_up_once(second, clock())
        assert found.source == "minute"


async def test_a_living_ingest_that_is_a_minute_behind_holds_its_minute_back(
    server: InfluxUnderTest, clock: Clock
) -> None:
    clock.t = T0 + 10 * MINUTE
    async with ingest(server, clock, "ingest-1") as first, ingest(server, clock, "ingest-2") as second:
        await first.write(message(1, T0 + MINUTE))
        await second.write(message(1, T0 + MINUTE, OTHER))
        for store in (first, second):
            await roll_up_once(store, clock())
        clock.t += MINUTE
        await first.write(message(2, clock.t - 30 * SECOND))
        await roll_up_once(first, clock())
        await second.write(message(2, clock.t - 30 * SECOND, OTHER))  # nothing is late for it: it has not rolled up yet
        found = await minutes(server, clock, OTHER, T0, clock.t)
        assert list(found.values) == [1.0, 1.0]


async def test_what_is_older_than_another_ingest_just_decided_is_late_and_not_refused(
    server: InfluxUnderTest, clock: Clock
) -> None:
    """The disk's limit makes one ingest keep raw for less long; the other learns of it when the server refuses."""
    clock.t = time.time_ns() // 1000
    async with ingest(server, clock, "ingest-1") as first, ingest(server, clock, "ingest-2") as second:
        await first._keep_raw(6 * HOUR, 0)
        old = clock.t - 9 * HOUR
        await second.write(message(1, old, OTHER))
        await roll_up_once(second, clock())
        async with ingest(server, clock, "api") as reader:
            query = SeriesQuery(OTHER, "force", old - HOUR, old + HOUR, every=HOUR, agg="sum")
            found = await reader.series(query)
            assert (found.source, list(found.values)) == ("hour", [1.0])
        assert (await second.marks())[OTHER, 1].settled == 1
