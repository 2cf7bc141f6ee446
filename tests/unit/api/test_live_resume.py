"""Store, memory and what is live become one stream: each message once, those of a machine in their order."""

from __future__ import annotations

import json
import random
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from andon_contracts.codec import encode
from andon_contracts.messages import Sample, Span, StateChanged, Telemetry
from andon_platform.api.live.channels import Wanted
from andon_platform.api.live.hub import Hub
from andon_platform.api.live.recent import Point, Recent
from andon_platform.api.live.resume import Resume
from andon_platform.data.duckdb import DuckDBStore
from andon_platform.data.memory import MemoryStore
from andon_platform.data.port import Batch, Mark, MessageQuery
from andon_platform.registry.database import open_database
from andon_platform.registry.registry import Registry
from support.api_stack import BEND, EPOCH, PRESS


@pytest_asyncio.fixture
async def registry(tmp_path: Path) -> AsyncIterator[Registry]:
    engine = await open_database(f"sqlite+aiosqlite:///{tmp_path / 'registry.db'}")
    async with Registry(engine) as found:
        yield found
    await engine.dispose()


def message(seq: int, machine: str = PRESS, epoch: int = EPOCH) -> Telemetry | StateChanged:
    """Every tenth is an event."""
    t = EPOCH + seq * 1_000
    if seq % 10 == 0:
        return StateChanged(machine=machine, epoch=epoch, seq=seq, t=t, state="idle")
    return Telemetry(machine=machine, epoch=epoch, seq=seq, samples=[Sample(t=t, values={"a": float(seq)})])


def hear(hub: Hub, said: Telemetry | StateChanged) -> None:
    channel = "telemetry" if isinstance(said, Telemetry) else "event"
    hub.receive(f"andon/v1/{said.machine}/{channel}", encode(said))


def batch(*said: Telemetry | StateChanged) -> Batch:
    """With marks as if all up to the highest were settled."""
    made = Batch(
        telemetry=[m for m in said if isinstance(m, Telemetry)],
        events=[m for m in said if isinstance(m, StateChanged)],
    )
    for m in said:
        top = max(n.seq for n in said if (n.machine, n.epoch) == (m.machine, m.epoch))
        made.marks[m.machine, m.epoch] = Mark(top, stored=top)
    return made


async def heard_by(resume: Resume, hub: Hub, wanted: Wanted, live: int = 0) -> list[dict[str, Any]]:
    """Everything a reader gets, and then so many live messages of the press."""
    found = [frame async for frames in resume.frames() for frame in frames]
    with hub.reading(wanted, resume.points) as reader:
        for _ in range(live):
            hear(hub, message(hub.heard[PRESS, EPOCH] + 1))
        reader.close()
        found += await reader.take()
    return [f for f in map(json.loads, found) if f["type"] in ("telemetry", "event", "gap")]


def told(frames: list[dict[str, Any]], machine: str = PRESS) -> list[Any]:
    """Numbers, and gaps as (first, last, why)."""
    mine = [f for f in frames if f["machine"] == machine]
    return [f["seq"] if "seq" in f else (f["first"], f["last"], f["why"]) for f in mine]


class Busy(MemoryStore):
    """While it is asked, two machines go on."""

    hub: Hub

    async def messages(self, query: MessageQuery) -> list[Any]:
        for machine in (PRESS, BEND):
            for _ in range(7):
                said = message(self.hub.heard[machine, EPOCH] + 1, machine)
                hear(self.hub, said)
                await self.write(batch(said))
        return await super().messages(query)


@pytest.mark.parametrize("seed", range(5))
async def test_each_message_comes_once_whatever_is_where(registry: Registry, seed: int) -> None:
    """Some are forgotten, some were never heard, and all the while more come than memory holds."""
    dice = random.Random(seed)
    hub, store = Hub(registry, lambda reply: None), Busy()
    hub.recent, store.hub = Recent(size=60), hub
    for seq in range(1, 2_301):
        for machine in (PRESS, BEND):
            said = message(seq, machine)
            await store.write(batch(said))
            if dice.random() < 0.7 or seq == 2_300:
                hear(hub, said)
    wanted = Wanted()
    resume = Resume(hub, store, wanted, {PRESS: Point(EPOCH, 17), BEND: Point(EPOCH, 2_290)})
    frames = await heard_by(resume, hub, wanted, live=5)
    assert told(frames) == list(range(18, hub.heard[PRESS, EPOCH] + 1))
    assert told(frames, BEND) == list(range(2_291, hub.heard[BEND, EPOCH] + 1))


@pytest.mark.parametrize("kind", ["memory", "duckdb"])
async def test_epochs_follow_one_another_and_what_is_not_to_be_had_is_said(
    registry: Registry, tmp_path: Path, kind: str
) -> None:
    store = MemoryStore() if kind == "memory" else DuckDBStore(tmp_path / "store", threads=1)
    await store.open()
    hub, later = Hub(registry, lambda reply: None), EPOCH + 1
    first = [message(n) for n in range(1, 41) if not 20 < n < 25]
    await store.write(batch(*first, *(message(n, epoch=later) for n in range(1, 8))))
    hear(hub, message(9, epoch=later))
    wanted = Wanted(kinds=frozenset({"telemetry", "event"}))

    def resume(**options: Any) -> Resume:
        return Resume(hub, store, wanted, {PRESS: Point(EPOCH, 5)}, patience_s=0.0, **options)

    frames = await heard_by(resume(), hub, wanted)
    assert told(frames) == [
        *range(6, 21), (21, 24, "gone"), *range(25, 41), *range(1, 8), (8, 8, "pending"), 9,
    ]  # fmt: skip
    assert [f["epoch"] for f in frames] == [EPOCH] * 32 + [later] * 9
    assert told(await heard_by(resume(limit=10), hub, wanted)) == [
        (6, 38, "limit"), 39, 40, *range(1, 8), (8, 8, "pending"), 9,
    ]  # fmt: skip
    assert told(await heard_by(Resume(hub, store, wanted, {BEND: Point(EPOCH, 5)}), hub, wanted)) == []
    stranger = Wanted(tenant="acme")
    assert await heard_by(Resume(hub, store, stranger, {PRESS: Point(EPOCH, 5)}), hub, stranger) == []
    await store.close()


async def test_a_message_that_is_on_its_way_into_the_store_is_waited_for(registry: Registry) -> None:
    class Slow(MemoryStore):
        async def messages(self, query: MessageQuery) -> list[Any]:
            found = await super().messages(query)
            await self.write(Batch(telemetry=[message(2)], marks={(PRESS, EPOCH): Mark(3, stored=3)}))  # type: ignore[list-item]
            return found

    store, hub, wanted = Slow(), Hub(registry, lambda reply: None), Wanted()
    above = Mark(1, (Span(3, 3),), stored=2)
    await store.write(Batch(telemetry=[message(1), message(3)], marks={(PRESS, EPOCH): above}))  # type: ignore[list-item]
    assert told(await heard_by(Resume(hub, store, wanted, {PRESS: Point(EPOCH, 1)}), hub, wanted)) == [2, 3]


async def test_a_store_that_is_away_is_said_and_memory_goes_on(registry: Registry) -> None:
    store, hub, wanted = MemoryStore(), Hub(registry, lambda reply: None), Wanted()
    store.down = True
    hear(hub, message(8))
    resume = Resume(hub, store, wanted, {PRESS: Point(EPOCH, 5)})
    assert told(await heard_by(resume, hub, wanted, live=1)) == [(6, 7, "unavailable"), 8, 9]
