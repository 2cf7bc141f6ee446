"""Two ingests, each with lines of its own, into one store: every message once, and each machine told."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import pytest
from andon_contracts.codec import encode
from andon_platform.data.memory import MemoryStore
from andon_platform.data.port import Batch, Mark, SeriesQuery
from andon_platform.ingest import IngestConfig, IngestService
from andon_platform.ingest.persist import BACK_OFF
from andon_platform.ingest.transport import Delivery, TransportLost
from andon_platform.settings import PlatformSettings
from support.broker import BrokerUnderTest, running_broker
from support.sender import Sender
from support.stores import SECOND, T0, Clock, telemetry
from support.waiting import until

LINES = ("polaris/north/cabinets/press", "polaris/north/assembly/line-1")
PRESS, PACK = f"{LINES[0]}/press-1", f"{LINES[1]}/pack-1"
COUNT = 300


@pytest.fixture(params=["mosquitto", "nats"])
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[BrokerUnderTest]:
    with running_broker(request.param, tmp_path / "broker", [PRESS, PACK]) as found:
        yield found


async def test_each_message_is_stored_once_by_the_ingest_of_its_line(broker: BrokerUnderTest) -> None:
    store = MemoryStore()

    def ingest(line: str) -> IngestService:
        config = IngestConfig(
            broker.host, broker.port, broker.secrets("ingest"), partition=(line,), client_id=f"ingest-{line[-5:]}",
            protocol=5 if broker.kind == "mosquitto" else 4, watermark_s=0.1,
        )  # fmt: skip
        return IngestService(config, store, now=Clock(T0 + 600 * SECOND))

    async with ingest(LINES[0]) as first, ingest(LINES[1]) as second:
        await first.ready.wait()
        await second.ready.wait()
        with Sender(broker, PRESS) as press, Sender(broker, PACK) as pack:
            for sender in (press, pack):
                sender.born("force")
                for n in range(1, COUNT + 1):
                    said = telemetry(n, (n, {"force": float(n)}), machine=sender.machine)
                    sender.publish("telemetry", encode(said))
            for sender in (press, pack):
                await asyncio.to_thread(sender.settled, 1, COUNT)
    for service, machine in ((first, PRESS), (second, PACK)):
        assert (service.stats.messages, service.stats.redelivered) == (COUNT, 0)
        assert set(service.machines) == {machine}
        found = await store.series(SeriesQuery(machine, "force", 0, T0 * 2, limit=10 * COUNT))
        assert list(found.values) == [float(n) for n in range(1, COUNT + 1)]
    assert (await store.health(exact=True)).counts["duplicated"] == 0


class Wire:
    """A transport that delivers nothing, keeps what is published, and loses each connection at once if told so."""

    def __init__(self, *, twin: bool = False) -> None:
        self.topics: list[str] = []
        self.connects: list[float] = []
        self.twin = twin

    async def connect(self) -> bool:
        self.connects.append(time.monotonic())
        return True

    async def receive(self) -> list[Delivery]:
        if self.twin:
            raise TransportLost("the broker closed the connection")
        await asyncio.Event().wait()
        raise AssertionError

    def acknowledge(self, handles: Sequence[int]) -> None:
        pass

    def publish(self, topic: str, payload: bytes) -> None:
        self.topics.append(topic)

    async def close(self) -> None:
        pass


async def test_machines_of_others_are_told_nothing_old() -> None:
    """What this ingest read of them at its start is behind what theirs has settled since."""
    store, wire = MemoryStore(), Wire()
    batch = Batch(marks={(machine, 1): Mark(COUNT, stored=COUNT) for machine in (PRESS, f"{LINES[0]}2/x-1", PACK)})
    await store.write(batch)
    config = IngestConfig("nowhere", 0, None, partition=(LINES[0],), watermark_s=0.0)
    async with IngestService(config, store, transport=wire):
        await until(lambda: wire.topics, what="a watermark")
    assert set(wire.topics) == {f"andon/v1/{PRESS}/watermark"}


async def test_two_of_one_name_throw_each_other_out_ever_less_often(capsys: pytest.CaptureFixture[str]) -> None:
    wire = Wire(twin=True)
    config = IngestConfig("nowhere", 0, None, client_id="ingest-7")
    async with IngestService(config, MemoryStore(), transport=wire):
        await until(lambda: len(wire.connects) == 5, what="five connections")
    waits = [b - a for a, b in pairwise(wire.connects)]
    assert all(wait >= least for wait, least in zip(waits, BACK_OFF, strict=False)), waits
    said = [line for line in capsys.readouterr().out.splitlines() if "no connection" in line]
    assert ["ANDON_INGEST_ID=ingest-7?" in line for line in said[:4]] == [False, False, False, True]


@pytest.mark.parametrize("text", [", ".join(LINES), f'["{LINES[0]}", "{LINES[1]}"]'])
def test_a_partition_is_a_list_with_commas_or_in_json(
    text: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ANDON_PARTITION", text)
    assert PlatformSettings(data_dir=tmp_path, secrets_dir=tmp_path).partition == list(LINES)
    monkeypatch.setenv("ANDON_PARTITION", "")
    assert PlatformSettings(data_dir=tmp_path, secrets_dir=tmp_path).partition == []
