"""Stores a past: values of long ago as minutes and hours, everything else through the code of ingest."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from andon_platform.data.aggregate import HOUR, floor
from andon_platform.data.port import TelemetryStore
from andon_platform.ingest import IngestConfig, IngestStats
from andon_platform.ingest.judge import Machines
from andon_platform.ingest.pipeline import Pipeline
from andon_platform.ingest.settle import Settlement
from andon_platform.ingest.upkeep import roll_up_once

from andon_cli.backfill.past import Stretch

#: So much of the past (us) is stored raw, as machines would have sent it.
RAW = 2 * HOUR


class NoRoom(RuntimeError):
    """The store has data where the past would have to be."""


@dataclass(frozen=True, slots=True)
class Span:
    """History from ``start``, raw from ``until``, both full hours, up to ``stop``: us UTC."""

    start: int
    until: int
    stop: int


@dataclass(slots=True)
class Stored:
    """What the store has got; ``minutes`` counts roll-ups of minutes."""

    minutes: int = 0
    messages: int = 0
    values: int = 0
    quarantined: int = 0


async def span_of(store: TelemetryStore, length: int, now: int) -> Span:
    """The time to fill: ``length`` (us) before the first raw data, or before now.

    Raises:
        NoRoom: there is a past already.
    """
    health = await store.health()
    if any(epoch < (health.oldest_raw or now) - RAW for _, epoch in await store.marks()):
        raise NoRoom("this store has a past already")
    stop = min(health.oldest_raw or now, now)
    until = floor(stop - RAW, HOUR)
    return Span(floor(until - length + RAW, HOUR), until, stop)


async def fill(
    store: TelemetryStore, span: Span, past: Iterator[Stretch], now: Callable[[], int], seen: Callable[[Stretch], None]
) -> Stored:
    """Store what comes, tell ``seen`` of each stretch that was taken, and roll up at the end.

    Raises:
        StoreError, RuntimeError: the store or the machines failed; the same again replaces what is there.
    """
    stored, stats = Stored(), IngestStats()
    settlement = Settlement(await store.marks())
    config = IngestConfig("", 0, None, batch_messages=10_000, inflight=40_000, batch_age_s=1.0)

    def acknowledge(handles: Sequence[int]) -> None:
        stored.messages += len(handles)

    def told(_sound: object, _keys: object) -> None:
        """Nobody waits for a watermark."""

    pipeline = Pipeline(config, store, settlement, Machines(), stats, now=now, acknowledge=acknowledge, stored=told)
    writer = asyncio.create_task(pipeline.run(), name="backfill-write")
    handle = 0
    try:
        while (stretch := await asyncio.to_thread(next, past, None)) is not None:
            if stretch.tables:
                rolled = [up for table in stretch.tables for up in table.rolled()]
                await store.write_history(rolled, span.until)
                stored.minutes += sum(len(b.times) for b in rolled if b.every < HOUR)
            deliveries = [(topic, body, handle + i) for i, (topic, body) in enumerate(stretch.messages, 1)]
            handle += len(deliveries)
            for at in range(0, len(deliveries), config.batch_messages):
                await pipeline.take(deliveries[at : at + config.batch_messages])
            seen(stretch)
    finally:
        pipeline.stop()
        await writer
    await roll_up_once(store, span.stop)
    stored.values, stored.quarantined = stats.values, sum(stats.quarantined.values())
    return stored
