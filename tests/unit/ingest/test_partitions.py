"""Two ingests, each with lines of its own, into one store: every message once, and each machine told."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from andon_contracts.codec import encode
from andon_platform.data.memory import MemoryStore
from andon_platform.data.port import SeriesQuery
from andon_platform.ingest import IngestConfig, IngestService
from andon_platform.settings import PlatformSettings
from support.broker import BrokerUnderTest, running_broker
from support.sender import Sender
from support.stores import SECOND, T0, Clock, telemetry

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


@pytest.mark.parametrize("text", [", ".join(LINES), f'["{LINES[0]}", "{LINES[1]}"]'])
def test_a_partition_is_a_list_with_commas_or_in_json(
    text: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ANDON_PARTITION", text)
    assert PlatformSettings(data_dir=tmp_path, secrets_dir=tmp_path).partition == list(LINES)
    monkeypatch.setenv("ANDON_PARTITION", "")
    assert PlatformSettings(data_dir=tmp_path, secrets_dir=tmp_path).partition == []
