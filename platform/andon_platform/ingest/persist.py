"""Judged messages made durable: batch, write, try again while the store is away, quarantine what it refuses."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog
from andon_contracts.messages import Telemetry, Voided
from msgspec import UNSET

from andon_platform.data.errors import StoreRefused, StoreUnavailable
from andon_platform.data.port import Batch, MarkKey, Quarantined, TelemetryStore
from andon_platform.ingest.delays import DelayCounter
from andon_platform.ingest.follow import Follower
from andon_platform.ingest.judge import Held, Sound, quarantine_id
from andon_platform.ingest.settle import Settled, Settlement
from andon_platform.ingest.stats import IngestStats

log = structlog.get_logger(__name__)

#: Waits between attempts to write into a store that is away, in seconds; the last one for ever.
BACK_OFF = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)

#: Messages of a batch whose hops are timed, so that timing costs a large batch no more than a small one.
TIMED = 100


@dataclass(slots=True)
class Item:
    """A judged message on its way into the store, with what came from the broker, and when (us UTC)."""

    verdict: Sound | Held
    topic: bytes
    payload: bytes
    received: int


class Persister:
    """``stored`` gets the sound messages of a durable batch and the epochs whose marks changed."""

    def __init__(
        self,
        store: TelemetryStore,
        settlement: Settlement,
        stats: IngestStats,
        *,
        now: Callable[[], int],
        stored: Callable[[Sequence[Sound], Sequence[MarkKey]], None],
        follower: Follower | None = None,
        delays: DelayCounter | None = None,
    ) -> None:
        self._delays = delays
        self._store, self._settlement, self._stats, self._now = store, settlement, stats, now
        self._follower = follower
        self._stored = stored
        self._stop = asyncio.Event()

    def stop(self) -> None:
        """While the store is away, try no further."""
        self._stop.set()

    async def persist(self, items: list[Item]) -> bool:
        """Write until it is durable; False: stopped while the store was away."""
        batch = self._batch(items)
        attempt = 0
        while True:
            try:
                await self._store.write(batch)
                break
            except StoreRefused as error:
                return await self._bisect(items, error)
            except StoreUnavailable as error:
                stats = self._stats
                stats.store_failures += 1
                stats.last_error = str(error)
                if stats.store_ready:
                    log.error("the store does not take the batch; nothing is acknowledged, trying on", error=str(error))
                stats.store_ready = False
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(BACK_OFF[min(attempt, len(BACK_OFF) - 1)]):
                        await self._stop.wait()
                if self._stop.is_set():
                    return False
                attempt += 1
        if not self._stats.store_ready:
            log.info("the store takes batches again", messages=len(items))
            self._stats.store_ready = True
        self._settlement.commit(batch.marks)
        self._count(batch, items)
        return True

    async def _bisect(self, items: list[Item], error: StoreRefused) -> bool:
        """The store refuses the content: find the message it is about, and quarantine that one."""
        if len(items) > 1:
            half = len(items) // 2
            return await self.persist(items[:half]) and await self.persist(items[half:])
        item = items[0]
        log.error("the store refuses a message", topic=item.topic.decode(errors="replace"), error=str(error))
        if isinstance(item.verdict, Held):
            # not even quarantine takes it: keep the plain facts
            found = item.verdict.found
            kept = Quarantined(found.id, found.received, "", b"", "refused", str(error)[:200])
            again = Held(kept, item.verdict.key, item.verdict.seq)
            return await self.persist([Item(again, item.topic, item.payload, item.received)])
        v = item.verdict
        found = Quarantined(
            quarantine_id(item.topic, item.payload), self._now(), item.topic.decode(errors="replace"), item.payload,
            "refused", f"the store refuses it: {error}"[:1_000], v.key[0], v.key[1], v.seq,
        )  # fmt: skip
        return await self.persist([Item(Held(found, v.key, v.seq), item.topic, item.payload, item.received)])

    def _batch(self, items: list[Item]) -> Batch:
        batch = Batch(received=len(items))
        stored: dict[MarkKey, list[int]] = {}
        others: list[Settled] = []
        for item in items:
            verdict = item.verdict
            if isinstance(verdict, Sound):
                message = verdict.message
                if isinstance(message, Telemetry):
                    batch.telemetry.append(message)
                else:
                    batch.events.append(message)
                    if isinstance(message, Voided):
                        void = (message.machine, message.of_epoch)
                        others.append(Settled(void, message.first, message.last, "voided"))
                numbers = stored.get(verdict.key)
                if numbers is None:
                    stored[verdict.key] = [verdict.seq]
                else:
                    numbers.append(verdict.seq)
            else:
                batch.quarantined.append(verdict.found)
                if verdict.key is not None:
                    others.append(Settled(verdict.key, verdict.seq, verdict.seq, "quarantined"))
        batch.marks = self._settlement.after(stored, others, self._now())
        return batch

    def _count(self, batch: Batch, items: list[Item]) -> None:
        stats, now = self._stats, self._now()
        sound = [i.verdict for i in items if isinstance(i.verdict, Sound)]
        stats.messages += len(sound)
        stats.values += sum(v.values for v in sound)
        for found in batch.quarantined:
            stats.quarantined[found.reason] += 1
        stats.voided += sum(e.last - e.first + 1 for e in batch.events if isinstance(e, Voided))
        stats.last_stored = now
        if sound:
            stats.transit_s.add(max(0.0, (now - sound[-1].newest) / 1e6))
        self._time(items, now)
        if self._delays is not None:
            self._delays.stored(sound, now)
        if self._follower is not None and self._follower.under_way:
            self._follower.written([i.verdict for i in items])
        self._stored(sound, list(batch.marks))

    def _time(self, items: list[Item], now: int) -> None:
        """The hops of these messages; of a large batch, of messages evenly out of it."""
        hops, items = self._stats.hops, items[:: 1 + len(items) // TIMED]
        hops["write"].add_many([now - i.received for i in items])
        timed = []
        for item in items:
            message = item.verdict[0]
            if type(message) is Telemetry and message.journaled is not UNSET:
                timed.append((message.journaled - message.samples[-1].t, item.received - message.journaled))
        hops["journal"].add_many([t for t, _ in timed])
        hops["broker"].add_many([t for _, t in timed])
