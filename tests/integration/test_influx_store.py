"""What InfluxDB's adapter does beyond the contract: onboarding, state across processes, ingest on top."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import urllib3
from andon_contracts.codec import encode
from andon_contracts.messages import PiecesCounted
from andon_platform.data.aggregate import DAY, HOUR, MINUTE
from andon_platform.data.errors import StoreRefused, StoreUnavailable
from andon_platform.data.influxdb import InfluxDBStore
from andon_platform.data.influxdb.lines import event_lines
from andon_platform.data.influxdb.server import Server
from andon_platform.data.port import Batch, CountQuery, Counts, Mark, Quarantined, SeriesQuery
from andon_platform.ingest import IngestConfig, IngestService
from andon_platform.ingest.upkeep import roll_up_once
from andon_security.errors import SecretMissing
from influxdb_client import InfluxDBClient
from influxdb_client.client.write_api import SYNCHRONOUS
from support.broker import running_broker
from support.influx import InfluxUnderTest, running_influx
from support.sender import Sender
from support.stores import MACHINE, SECOND, T0, Clock, batch_of, influxdb_store, telemetry

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def influx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InfluxUnderTest]:
    with running_influx(tmp_path_factory.mktemp("influx")) as server:
        yield server


async def test_onboarding_twice_is_once_and_a_wrong_token_is_explained(influx: InfluxUnderTest, tmp_path: Path) -> None:
    (tmp_path / "influx-token").write_text(influx.token + "\n")
    for _ in range(2):
        store = InfluxDBStore.with_secret(influx.url, tmp_path)
        await store.open()
        assert (await store.health()).ready
        await store.close()
    wrong = InfluxDBStore(influx.url, "another-token-than-the-servers-own")
    with pytest.raises(StoreUnavailable, match="token"):
        await wrong.open()
    await wrong.close()
    with pytest.raises(SecretMissing):
        InfluxDBStore.with_secret(influx.url, tmp_path / "nowhere")


async def test_only_the_first_start_sets_up_and_no_start_leaves_an_error_in_the_servers_log(tmp_path: Path) -> None:
    with running_influx(tmp_path) as server:
        for _ in range(3):
            store = InfluxDBStore(server.url, server.token)
            await store.open()
            assert (await store.health()).ready
            await store.close()
        log = tmp_path / "influxd.log"
        if not log.exists():
            pytest.skip("a server that this test did not start itself shows no log")
        assert log.read_text() == ""


def test_two_that_set_up_at_the_same_moment_both_find_what_one_of_them_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    both, asked = threading.Barrier(2, timeout=20), urllib3.PoolManager.request

    def request(pool: urllib3.PoolManager, method: str, url: str, **more: Any) -> urllib3.BaseHTTPResponse:
        if method == "POST" and url.endswith("/api/v2/setup"):
            both.wait()  # each has been told that nobody set up yet
        return asked(pool, method, url, **more)

    monkeypatch.setattr(urllib3.PoolManager, "request", request)
    with running_influx(tmp_path) as server, ThreadPoolExecutor(2) as pool:
        servers = [Server(server.url, server.token, "andon", 10.0) for _ in range(2)]
        list(pool.map(lambda s: s.set_up({"raw": 7 * 86400, "minute": 0}), servers))
        assert servers[0].ids == servers[1].ids and servers[0].ids.keys() == {"raw", "minute"}
        for one in servers:
            one.close()


async def test_a_server_that_is_away_is_unavailable() -> None:
    store = InfluxDBStore("http://127.0.0.1:9", "token", timeout_s=1)
    with pytest.raises(StoreUnavailable, match="does not answer"):
        await store.open()
    await store.close()


async def test_a_reader_sees_what_another_process_rolled_up(influx: InfluxUnderTest) -> None:
    clock = Clock(T0 + 4 * HOUR)
    async with influxdb_store(influx, clock) as writer:
        await writer.write(batch_of(*(telemetry(n, (n * 10, {"force": float(n)})) for n in range(1, 101))))
        assert await roll_up_once(writer, clock()) == 1
        reader = InfluxDBStore(influx.url, influx.token, now=clock)
        await reader.open()
        found = await reader.series(SeriesQuery(MACHINE, "force", T0, T0 + HOUR, every=5 * MINUTE, agg="sum"))
        assert (found.source, sum(found.values)) == ("minute", 5050.0)
        assert (await reader.marks())[MACHINE, 1].settled == 100
        assert (await reader.health()).counts["values"] == 100
        held = Quarantined("a1", T0, "topic", b"{}", "future", "", MACHINE, 1, 101)
        await writer.write(Batch(quarantined=[held], marks={(MACHINE, 1): Mark(101, stored=100, quarantined=1)}))
        await reader.write(Batch(telemetry=[telemetry(101, (7, {"force": 0.5}))], replays="a1"))
        for store in (reader, writer):
            found = await store.series(SeriesQuery(MACHINE, "force", T0, T0 + HOUR, every=5 * MINUTE, agg="sum"))
            assert (found.source, sum(found.values)) == ("minute", 5050.5)
        assert (await reader.health()).counts["values"] == 101
        await reader.close()


async def test_state_survives_a_restart(influx: InfluxUnderTest) -> None:
    clock = Clock(T0 + 4 * HOUR)
    async with influxdb_store(influx, clock) as first:
        await first.write(batch_of(*(telemetry(n, (n * 10, {"force": float(n)})) for n in range(1, 11))))
        await roll_up_once(first, clock())
        late = Batch(telemetry=[telemetry(11, (5, {"force": 5.0}))], marks={(MACHINE, 1): Mark(11, stored=11)})
        await first.write(late)
        before = await first.stale(clock()), await first.health(exact=True)
        second = InfluxDBStore(influx.url, influx.token, now=clock)
        await second.open()
        assert await second.stale(clock()) == before[0] == [(T0, T0 + MINUTE)]
        assert (await second.health(exact=True)).counts == before[1].counts
        await second.close()


async def test_counts_of_an_earlier_version_are_summed_too(influx: InfluxUnderTest) -> None:
    """Rows that were written without fields to be summed."""
    events = [PiecesCounted(machine=MACHINE, epoch=1, seq=n, t=T0 + n, good=n, scrap=1) for n in range(1, 6)]
    async with influxdb_store(influx, Clock(T0 + HOUR)) as store:
        rows = event_lines(events[:3])
        bare = "\n".join(row.replace(f"good={n}i,scrap=1i,", "") for n, row in enumerate(rows, 1))
        assert "good=" not in bare.partition("p0=")[0]
        with InfluxDBClient(influx.url, influx.token, org="andon") as client:
            client.write_api(SYNCHRONOUS).write("events", record=bare, write_precision="us")
        await store.write(Batch(events=events[3:]))
        assert await store.counts(CountQuery(T0, T0 + HOUR)) == [Counts(MACHINE, 15, 5, 5, 1, 5)]


async def test_names_that_are_none_are_refused_before_they_reach_a_line(influx: InfluxUnderTest) -> None:
    async with influxdb_store(influx, Clock(T0 + HOUR)) as store:
        for name in ("force=1,x", "a b", "new\nline", "", "é"):
            with pytest.raises(StoreRefused):
                await store.write(batch_of(telemetry(1, (1, {name: 1.0}))))
        await store.write(batch_of(telemetry(1, (1, {"force": 1.0}))))


async def test_from_the_broker_into_influxdb(influx: InfluxUnderTest, tmp_path: Path) -> None:
    with running_broker("mosquitto", tmp_path, [MACHINE]) as broker:
        async with influxdb_store(influx, Clock(T0 + HOUR)) as store:
            config = IngestConfig(broker.host, broker.port, broker.secrets("ingest"), protocol=5, watermark_s=0.05)
            async with IngestService(config, store, now=Clock(T0 + HOUR)) as ingest:
                await ingest.ready.wait()
                with Sender(broker, MACHINE) as sender:
                    sender.born("force")
                    for n in range(1, 1001):
                        sender.publish("telemetry", encode(telemetry(n, (n / 10, {"force": float(n)}))))
                    await asyncio.to_thread(sender.settled, 1, 1000)
            counts = (await store.health(exact=True)).counts
            assert (counts["messages_on_disk"], counts["values"], counts["duplicated"]) == (1000, 1000, 0)
            found = await store.series(SeriesQuery(MACHINE, "force", T0, T0 + 200 * SECOND))
            assert list(found.values) == [float(n) for n in range(1, 1001)]


async def counted(store: InfluxDBStore) -> float:
    found = await store.series(SeriesQuery(MACHINE, "force", T0, T0 + HOUR, every=HOUR, agg="count"))
    return sum(found.values)


async def test_late_rows_count_once_whatever_is_cut_off(influx: InfluxUnderTest) -> None:
    """The rows were written and the marks were not: they come again, to another process of the same name."""
    clock = Clock(T0 + 4 * HOUR)
    async with influxdb_store(influx, clock) as first:
        await first.write(batch_of(telemetry(1, (1, {"force": 1.0}))))
        await roll_up_once(first, clock())
        clock.t += 8 * DAY
        await first.write(Batch(telemetry=[telemetry(n, (n, {"force": 2.0})) for n in (2, 3)]))
        second = InfluxDBStore(influx.url, influx.token, now=clock)
        await second.open()
        await roll_up_once(second, clock())
        assert await counted(second) == 3
        clock.t += 8 * DAY
        await second.retain(clock())  # old enough to go, and not settled: it may come again
        for _ in range(2):
            await second.write(Batch(telemetry=[telemetry(n, (n, {"force": 2.0})) for n in (2, 3, 4)]))
        await second.write(Batch(marks={(MACHINE, 1): Mark(4, stored=4)}))
        await roll_up_once(second, clock())
        assert await counted(second) == 4
        assert (await second.health(exact=True)).counts["messages_on_disk"] == 4
        assert (await second.retain(clock()))["late"] == [f"ingest-0-{T0 + 4 * HOUR + 8 * DAY}"]
        assert (await second.health(exact=True)).counts["messages_on_disk"] == 1
        await second.roll_up(T0, T0 + HOUR)
        assert await counted(second) == 4
        await second.write(
            Batch(telemetry=[telemetry(5, (5, {"force": 2.0}))], marks={(MACHINE, 1): Mark(5, stored=5)})
        )
        await roll_up_once(second, clock())
        assert await counted(second) == 5
        held = Quarantined("a1", T0, "topic", b"{}", "future", "", MACHINE, 1, 6)
        await second.write(Batch(quarantined=[held], marks={(MACHINE, 1): Mark(6, stored=5, quarantined=1)}))
        reader = InfluxDBStore(influx.url, influx.token, now=clock)
        await reader.open()
        for _ in range(2):
            await reader.write(Batch(telemetry=[telemetry(6, (6, {"force": 2.0}))], replays="a1"))
        for store in (reader, second):
            assert await counted(store) == 6
            await store.close()


async def test_what_was_raw_before_a_kill_is_not_late_besides(influx: InfluxUnderTest) -> None:
    """The edge of raw has moved over the rows when they come again."""
    clock = Clock(T0 + 7 * DAY - 2 * HOUR)  # raw ends two hours within the week
    sent = [telemetry(n, (n, {"force": 1.0})) for n in range(60, 121)]
    across = telemetry(121, (122, {"force": 1.0}), (1900, {"force": 1.0}))
    async with influxdb_store(influx, clock) as first:
        await first.write(Batch(telemetry=[*sent, across]))  # and killed before the marks
        clock.t += 30 * MINUTE
        second = InfluxDBStore(influx.url, influx.token, now=clock)
        await second.open()
        more = telemetry(122, (125, {"force": 1.0}))
        for _ in range(2):
            await second.write(Batch(telemetry=[*sent, across, more]))
        await roll_up_once(second, clock())
        assert await counted(second) == 64
        assert (await second.health(exact=True)).counts["messages_on_disk"] == 63
        clock.t += HOUR + 20 * MINUTE
        await second.write(Batch(telemetry=[*sent, across, more], marks={(MACHINE, 1): Mark(122, stored=63)}))
        await roll_up_once(second, clock())
        assert await counted(second) == 64
        await second.close()
