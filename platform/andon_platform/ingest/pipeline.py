"""From deliveries to durable batches: judge, collect, write, acknowledge. Nothing is acknowledged before."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from andon_contracts.codec import decode_birth
from andon_contracts.errors import MessageError
from andon_contracts.messages import Birth

from andon_platform.data.port import MarkKey, Quarantined, TelemetryStore
from andon_platform.ingest.config import IngestConfig
from andon_platform.ingest.delays import DelayCounter
from andon_platform.ingest.follow import Follower
from andon_platform.ingest.judge import Held, Judge, Machines, Route, Sound, Verdict, Wait, quarantine_id, route
from andon_platform.ingest.persist import Item, Persister
from andon_platform.ingest.settle import Settlement
from andon_platform.ingest.stats import IngestStats
from andon_platform.ingest.transport import Delivery

#: Topics remembered as read; far above the machines there are, so that strangers' topics cannot fill the memory.
TOPICS = 20_000


@dataclass(slots=True)
class Pending:
    """What the next batch will hold; ``since`` is the time of its first message (monotonic seconds)."""

    items: list[Item] = field(default_factory=list)
    handles: list[int] = field(default_factory=list)
    since: float = 0.0


@dataclass(slots=True)
class Waiting:
    """Deliveries of a machine whose birth has not come; until ``deadline`` (monotonic seconds)."""

    deadline: float
    deliveries: list[tuple[Route, Delivery]] = field(default_factory=list)


class Pipeline:
    """``acknowledge`` gets the handles of durable messages; ``stored`` the sound messages of a durable batch
    and the epochs whose marks changed."""

    def __init__(
        self,
        config: IngestConfig,
        store: TelemetryStore,
        settlement: Settlement,
        machines: Machines,
        stats: IngestStats,
        *,
        now: Callable[[], int],
        acknowledge: Callable[[Sequence[int]], None],
        stored: Callable[[Sequence[Sound], Sequence[MarkKey]], None],
        follower: Follower | None = None,
        delays: DelayCounter | None = None,
    ) -> None:
        self._config, self._stats, self._now = config, stats, now
        self._settlement, self._machines = settlement, machines
        self._acknowledge = acknowledge
        self._follower = follower or Follower(now)
        self._persister = Persister(
            store, settlement, stats, now=now, stored=stored, follower=self._follower, delays=delays
        )
        self._judge = Judge(machines, future_us=int(config.future_s * 1e6), past_us=int(config.past_days * 86_400e6))
        self._routes: dict[bytes, Route] = {}
        self._waiting: dict[str, Waiting] = {}
        self._pending = Pending()
        self._something = asyncio.Event()
        self._enough = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._stopping = False

    # --- taking --------------------------------------------------------------------------------------------

    async def take(self, deliveries: Sequence[Delivery]) -> None:
        """Judge what came. Returns when there is room for more: who calls this reads no further before."""
        now, routes = self._now(), self._routes
        for delivery in deliveries:
            topic = delivery[0]
            where = routes.get(topic)
            if where is None:
                where = route(topic)
                if len(routes) < TOPICS:
                    routes[topic] = where
            if where.channel == "birth":
                self._birth(where, delivery, now)
            else:
                self._take(where, delivery, now)
        pending, stats = self._pending, self._stats
        stats.received += len(deliveries)
        stats.queue = len(pending.handles)
        if pending.handles or pending.items:
            if not pending.since:
                pending.since = time.monotonic()
            self._something.set()
            if len(pending.handles) >= self._config.batch_messages:
                self._enough.set()
            if len(pending.handles) >= self._config.inflight:
                self._room.clear()
        await self._room.wait()

    def _take(self, where: Route, delivery: Delivery, now: int, *, patient: bool = True) -> None:
        topic, payload, handle = delivery
        verdict: Verdict = self._judge.judge(where, topic, payload, now, patient=patient)
        if isinstance(verdict, Wait):
            self._wait(where, delivery)
            return
        pending = self._pending
        if handle:
            pending.handles.append(handle)
        if verdict.key is not None and not self._settlement.take(verdict.key, verdict.seq):
            self._stats.redelivered += 1  # acknowledged after the write that is before it in the queue
            return
        pending.items.append(Item(verdict, topic, payload, now))
        if where.machine in self._follower.wanted and where.channel == "telemetry":
            self._follower.taken(where.machine, verdict, topic, payload, now)

    def _birth(self, where: Route, delivery: Delivery, now: int) -> None:
        topic, payload, handle = delivery
        if handle:
            self._pending.handles.append(handle)
        if not payload:  # cleared: the machine was removed; what it sent before is still sound
            return
        try:
            message = decode_birth(payload)
            if message.machine != where.machine:
                raise MessageError("wrong-machine", f"it names {message.machine[:80]!r}")
        except MessageError as error:
            found = Quarantined(
                quarantine_id(topic, payload), now, topic.decode(), payload[:4_096], error.reason, error.detail[:1_000],
                where.machine,
            )  # fmt: skip
            self._pending.items.append(Item(Held(found, None, 0), topic, payload, now))
            return
        if isinstance(message, Birth):
            self._machines.add(where.machine, message)
            self._judge.forget(where.machine)
        else:
            self._machines.dead(where.machine)
        waiting = self._waiting.pop(where.machine, None)
        for route_, held in waiting.deliveries if waiting else ():
            self._take(route_, held, now)

    def _wait(self, where: Route, delivery: Delivery) -> None:
        waiting = self._waiting.get(where.machine)
        if waiting is None:
            waiting = Waiting(time.monotonic() + self._config.birth_grace_s)
            self._waiting[where.machine] = waiting
        waiting.deliveries.append((where, delivery))
        self._stats.waiting_for_birth += 1
        if len(waiting.deliveries) > self._config.inflight:  # more than the broker sends unacknowledged: a flood
            waiting.deadline = 0.0
            self._something.set()

    def give_up_waiting(self, at: float) -> None:
        """Machines whose birth did not come until their deadline are unknown. ``at``: monotonic seconds."""
        for machine in [m for m, w in self._waiting.items() if w.deadline <= at]:
            for where, delivery in self._waiting.pop(machine).deliveries:
                self._take(where, delivery, self._now(), patient=False)
            self._something.set()
        self._stats.waiting_for_birth = sum(len(w.deliveries) for w in self._waiting.values())

    def forget_waiting(self) -> None:
        """The connection ended: its unacknowledged deliveries come again."""
        self._waiting.clear()

    # --- writing -------------------------------------------------------------------------------------------

    def stop(self) -> None:
        """Write what there is, then :meth:`run` returns."""
        self._stopping = True
        self._persister.stop()
        self._something.set()
        self._enough.set()

    async def run(self) -> None:
        """Write batch after batch until stopped. While one is written, the next collects."""
        while True:
            await self._something.wait()
            self._something.clear()
            pending = self._pending
            if not (pending.handles or pending.items):
                if self._stopping:
                    return
                continue
            left = pending.since + self._config.batch_age_s - time.monotonic()
            if left > 0 and not self._enough.is_set():
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(left):
                        await self._enough.wait()
            if not self._stopping:
                self._enough.clear()
            self._pending = Pending()
            self._room.set()
            if not await self._write(pending):
                return
            if self._stopping:
                self._something.set()

    async def _write(self, pending: Pending) -> bool:
        started = time.perf_counter()
        if pending.items and not await self._persister.persist(pending.items):
            return False
        stats = self._stats
        stats.write_s.add(time.perf_counter() - started)
        self._acknowledge(pending.handles)
        if self._follower.under_way:
            self._follower.acknowledged()
        stats.settle_s.add(time.monotonic() - pending.since if pending.since else 0.0)
        stats.batches += 1
        return True
