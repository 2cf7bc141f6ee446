"""Ingest between a real broker and a store: what is sent is stored once, whatever is killed in between."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from andon_contracts.codec import encode
from andon_contracts.messages import Span, StateChanged, Voided
from andon_platform.data.memory import MemoryStore
from andon_platform.data.port import EventQuery, SeriesQuery
from andon_platform.ingest import IngestConfig, IngestService
from andon_platform.ingest.mqtt.connection import HIGH_WATER
from support.broker import BrokerUnderTest, running_broker
from support.sender import Sender
from support.stores import SECOND, T0, Clock, telemetry
from support.waiting import until

HOUR = 3600 * SECOND
MACHINE = "polaris/north/cabinets/press/press-1"
OTHER = "polaris/north/cabinets/press/press-2"
THIRD = "polaris/north/cabinets/press/press-3"


@pytest.fixture(scope="module", params=["mosquitto", "nats"])
def broker(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrokerUnderTest]:
    with running_broker(request.param, tmp_path_factory.mktemp("broker"), [MACHINE, OTHER, THIRD]) as found:
        yield found


def config(broker: BrokerUnderTest, **changes: object) -> IngestConfig:
    protocol = 5 if broker.kind == "mosquitto" else 4
    known: dict[str, object] = {"gap_grace_s": 0.3, "birth_grace_s": 0.5, "watermark_s": 0.1, **changes}
    return IngestConfig(broker.host, broker.port, broker.secrets("ingest"), protocol=protocol, **known)  # type: ignore[arg-type]


def service(broker: BrokerUnderTest, store: MemoryStore, **changes: object) -> IngestService:
    return IngestService(config(broker, **changes), store, now=Clock(T0 + 60 * SECOND))


async def values(store: MemoryStore, machine: str = MACHINE) -> list[float]:
    found = await store.series(SeriesQuery(machine, "force", 0, T0 * 2, limit=1_000_000))
    return list(found.values)


async def test_stored_once_settled_and_told(broker: BrokerUnderTest) -> None:
    store, epoch = MemoryStore(), 11
    async with service(broker, store) as ingest:
        await ingest.ready.wait()
        with Sender(broker, MACHINE) as sender:
            sender.born("force")
            for n in range(1, 501):
                sender.publish("telemetry", encode(telemetry(n, (n, {"force": float(n)}), epoch=epoch)))
            stopped = StateChanged(machine=MACHINE, epoch=epoch, seq=501, t=T0 + 7, state="down", reason="jam")
            sender.publish("event", encode(stopped))
            await asyncio.to_thread(sender.settled, epoch, 501)
    assert await values(store) == [float(n) for n in range(1, 501)]
    assert await store.events(EventQuery(T0, T0 + HOUR)) == [stopped]
    assert (ingest.stats.messages, ingest.stats.values) == (501, 500)
    assert MACHINE in ingest.machines


HOUR = 3600 * SECOND


@pytest.mark.parametrize(
    "broker",
    ["mosquitto", pytest.param("nats", marks=pytest.mark.slow)],  # NATS delivers again after 10 s only
    indirect=True,
)
async def test_what_is_not_acknowledged_comes_again_and_is_stored_once(broker: BrokerUnderTest) -> None:
    """The store is away: nothing is acknowledged, the service ends, another one stores all of it, once."""
    store, epoch = MemoryStore(), 12
    with Sender(broker, MACHINE) as sender:
        sender.born("force")
        first = service(broker, store)
        async with first:
            await first.ready.wait()
            for n in range(1, 51):
                sender.publish("telemetry", encode(telemetry(n, (n, {"force": float(n)}), epoch=epoch)))
            await until(lambda: first.stats.messages >= 50)
            store.down = True
            for n in range(51, 151):
                sender.publish("telemetry", encode(telemetry(n, (n, {"force": float(n)}), epoch=epoch)))
            await until(lambda: first.stats.received >= 150 and not first.stats.store_ready)
        store.down = False
        async with service(broker, store):
            await asyncio.to_thread(sender.settled, epoch, 150)
    assert await values(store) == [float(n) for n in range(1, 151)]
    mark = (await store.marks())[MACHINE, epoch]
    assert (mark.settled, mark.stored, mark.above) == (150, 150, ())


async def test_a_long_absence_is_caught_up_with(broker: BrokerUnderTest) -> None:
    """The broker sends what it kept before it answers the subscription, and more of it than is read unasked."""
    store, epoch, count = MemoryStore(), 15, HIGH_WATER * 3 // 4
    names = ["force", *(f"temperature_of_bearing_{i}" for i in range(40))]
    with Sender(broker, MACHINE) as sender, Sender(broker, THIRD) as other:
        first = service(broker, store)
        async with first:
            await first.ready.wait()
        for each in (sender, other):
            each.born(*names)
            for n in range(1, count + 1):
                sample = (n / 100, dict.fromkeys(names, float(n)))
                message = telemetry(n, sample, machine=each.machine, epoch=epoch)
                last = each.publish("telemetry", encode(message))
            await asyncio.to_thread(last.wait_for_publish, 30)
        async with service(broker, store, birth_grace_s=20.0) as ingest:
            await asyncio.wait_for(ingest.ready.wait(), 30)
            for each in (sender, other):
                await asyncio.to_thread(each.settled, epoch, count)
    for each in (sender, other):
        assert await values(store, each.machine) == [float(n) for n in range(1, count + 1)]


async def test_a_gap_is_asked_for_filled_late_and_voided(broker: BrokerUnderTest) -> None:
    store, epoch = MemoryStore(), 13
    async with service(broker, store) as ingest:
        await ingest.ready.wait()  # before its first session nobody keeps what comes
        with Sender(broker, MACHINE) as sender:
            sender.born("force")
            for n in (1, 2, 5, 9):
                sender.publish("telemetry", encode(telemetry(n, (n, {"force": float(n)}), epoch=epoch)))

            def asked() -> list[Span]:
                return [s for w in sender.watermarks for e in w.epochs if e.epoch == epoch for s in e.missing]

            await until(lambda: Span(3, 4) in asked() and Span(6, 8) in asked())
            sender.publish("telemetry", encode(telemetry(4, (4, {"force": 4.0}), epoch=epoch)))
            sender.publish("telemetry", encode(telemetry(3, (3, {"force": 3.0}), epoch=epoch)))
            void = Voided(
                machine=MACHINE, epoch=epoch, seq=10, t=T0 + 20 * SECOND, of_epoch=epoch, first=6, last=8, reason="lost"
            )
            sender.publish("event", encode(void))
            await asyncio.to_thread(sender.settled, epoch, 10)
            late = [w.late for w in sender.watermarks if w.late and w.epochs[-1].epoch == epoch]
            assert min(start for start, _ in late) == T0 + 3 * SECOND
    assert await values(store) == [1.0, 2.0, 3.0, 4.0, 5.0, 9.0]
    mark = (await store.marks())[MACHINE, epoch]
    assert (mark.settled, mark.stored, mark.voided) == (10, 7, 3)


async def test_a_machine_without_a_birth_waits_then_is_unknown(broker: BrokerUnderTest) -> None:
    store, epoch = MemoryStore(), 14
    async with service(broker, store) as ingest:
        await ingest.ready.wait()
        with Sender(broker, OTHER) as sender:
            sender.publish("birth", b"", retain=True).wait_for_publish(10)
            sender.publish(
                "telemetry", encode(telemetry(1, (1, {"force": 1.0}), machine=OTHER, epoch=epoch))
            ).wait_for_publish(10)
            await until(lambda: ingest.stats.waiting_for_birth == 1 or ingest.stats.quarantined["unknown-machine"])
            await until(lambda: ingest.stats.quarantined["unknown-machine"] == 1)
            sender.publish("telemetry", encode(telemetry(2, (2, {"force": 2.0}), machine=OTHER, epoch=epoch)))
            sender.born("force")  # in time for the second
            await asyncio.to_thread(sender.settled, epoch, 2)
            held = (await store.quarantine())[0]
            assert (held.reason, held.machine, held.epoch, held.seq) == ("unknown-machine", OTHER, epoch, 1)
            assert (await ingest.replay(held.id)).stored
            assert (await ingest.replay(held.id)).reason == "replayed"
    assert sorted(await values(store, OTHER)) == [1.0, 2.0]


async def test_the_broker_is_killed_and_comes_back(tmp_path: Path) -> None:
    with running_broker("mosquitto", tmp_path, [MACHINE]) as broker:
        store = MemoryStore()
        async with service(broker, store) as ingest:
            await ingest.ready.wait()
            broker.kill()
            await until(lambda: not ingest.stats.connected)
            broker.start()
            await until(lambda: ingest.stats.connected)
            with Sender(broker, MACHINE) as sender:
                sender.born("force")
                sender.publish("telemetry", encode(telemetry(1, (1, {"force": 1.0}))))
                await asyncio.to_thread(sender.settled, 1, 1)
        assert await values(store) == [1.0]
