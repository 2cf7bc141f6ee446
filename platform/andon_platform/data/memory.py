"""The fake store: everything in dictionaries. For tests, and the plainest statement of what a store does."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from andon_contracts.messages import Event, PiecesCounted, Telemetry

from andon_platform.data.aggregate import DAY, MINUTE
from andon_platform.data.counting import summed, within
from andon_platform.data.delays import Delays, added
from andon_platform.data.errors import StoreUnavailable
from andon_platform.data.history import RolledUp
from andon_platform.data.marks import covers
from andon_platform.data.memory_values import Values
from andon_platform.data.port import (
    Batch,
    CountQuery,
    Counts,
    EventQuery,
    Mark,
    MarkKey,
    MessageQuery,
    Quarantined,
    Series,
    SeriesQuery,
    StoreHealth,
    ValueQuery,
)


def _now() -> int:
    return time.time_ns() // 1000


class MemoryStore:
    """A store that forgets when its process ends. ``down`` makes every call fail, as a store that is away."""

    def __init__(self, *, now: Callable[[], int] = _now, raw_days: float = 7, minute_days: float = 90) -> None:
        self.down = False
        self.writes = 0
        self._now = now
        self._values = Values(now, {"raw": int(raw_days * DAY), "minute": int(minute_days * DAY)})
        self._log: dict[MarkKey, dict[int, Telemetry | Event]] = defaultdict(dict)
        self._events: dict[tuple[str, int, int], Event] = {}
        self._quarantine: dict[str, Quarantined] = {}
        self._marks: dict[MarkKey, Mark] = {}
        self._delays: dict[tuple[str, int, int], Delays] = {}
        self._messages = 0

    async def open(self) -> None:
        self._check()

    async def close(self) -> None:
        pass

    def _check(self) -> None:
        if self.down:
            raise StoreUnavailable("the memory store was told to be down")

    async def write(self, batch: Batch) -> None:
        self._check()
        self.writes += 1
        for message in batch.telemetry:
            if self._settled(batch, message.machine, message.epoch, message.seq):
                continue
            self._messages += 1
            self._log[message.machine, message.epoch][message.seq] = message
            self._values.add(message)
        for event in batch.events:
            if not self._settled(batch, event.machine, event.epoch, event.seq):
                self._messages += 1
                self._log[event.machine, event.epoch][event.seq] = event
                self._events[event.machine, event.epoch, event.seq] = event
        for found in batch.quarantined:
            self._quarantine.setdefault(found.id, found)
        self._marks.update(batch.marks)
        if batch.replays in self._quarantine:
            self._quarantine[batch.replays] = replace(self._quarantine[batch.replays], replayed=self._now())

    def _settled(self, batch: Batch, machine: str, epoch: int, seq: int) -> bool:
        mark = self._marks.get((machine, epoch))
        return not batch.replays and mark is not None and covers(mark, seq)

    async def marks(self) -> dict[MarkKey, Mark]:
        self._check()
        return dict(self._marks)

    async def series(self, query: SeriesQuery) -> Series:
        self._check()
        return self._values.series(query)

    async def latest(self, machine: str | None = None) -> dict[str, dict[str, tuple[int, float]]]:
        self._check()
        return self._values.latest(machine)

    async def stale(self, now: int) -> list[tuple[int, int]]:
        self._check()
        return self._values.stale(now)

    async def roll_up(self, start: int, stop: int) -> None:
        self._check()
        self._values.roll_up(start, stop)

    async def write_history(self, rolled: Sequence[RolledUp], until: int) -> None:
        self._check()
        self._values.write_history(rolled, until)

    async def events(self, query: EventQuery) -> list[Event]:
        self._check()
        found = sorted(
            (
                e
                for e in self._events.values()
                if query.start <= e.t < query.stop
                and query.machine in (None, e.machine)
                and query.enterprise in (None, e.machine.partition("/")[0])
                and (not query.kinds or e.__struct_config__.tag in query.kinds)
            ),
            key=lambda e: (e.t, e.machine, e.seq),
        )
        return found[-query.limit :] if query.newest else found[: query.limit]

    async def counts(self, query: CountQuery) -> list[Counts]:
        self._check()
        counted: dict[str, list[PiecesCounted]] = defaultdict(list)
        for e in self._events.values():
            if isinstance(e, PiecesCounted) and query.start <= e.t < query.stop and within(e.machine, query.places):
                counted[e.machine].append(e)
        return [summed(machine, found) for machine, found in sorted(counted.items())]

    async def value_counts(self, query: ValueQuery) -> dict[tuple[str, str], int]:
        self._check()
        found = {}
        for machine, signal in self._values.signals():
            if within(machine, query.places):
                counts = self._values.series(
                    SeriesQuery(machine, signal, query.start, query.stop, MINUTE, "count", 1_000_000)
                )
                if n := round(sum(counts.values)):
                    found[machine, signal] = n
        return found

    async def write_delays(self, counted: Sequence[Delays]) -> None:
        self._check()
        self._delays.update({(d.machine, d.t, d.part): d for d in counted})

    async def delays(self, machine: str, start: int, stop: int) -> list[Delays]:
        self._check()
        return added(d for d in self._delays.values() if d.machine == machine and start <= d.t < stop)

    async def messages(self, query: MessageQuery) -> list[Telemetry | Event]:
        self._check()
        log = self._log[query.machine, query.epoch]
        return [log[seq] for seq in sorted(log) if query.first <= seq <= query.last][: query.limit]

    async def quarantine(
        self, *, limit: int = 100, before: int | None = None, below: str = "", reason: str | None = None
    ) -> list[Quarantined]:
        self._check()
        found = [
            q
            for q in self._quarantine.values()
            if (before is None or (q.received, q.id) < (before, below)) and reason in (None, q.reason)
        ]
        return sorted(found, key=lambda q: (q.received, q.id), reverse=True)[:limit]

    async def quarantine_get(self, id: str) -> Quarantined | None:
        self._check()
        return self._quarantine.get(id)

    async def quarantine_done(self, id: str, when: int) -> None:
        self._check()
        if id in self._quarantine:
            self._quarantine[id] = replace(self._quarantine[id], replayed=when)

    async def retain(self, now: int) -> dict[str, Any]:
        self._check()
        dropped = self._values.retain(now)
        self._delays = {key: d for key, d in self._delays.items() if d.t >= self._values.minute_floor(now)}
        for log in self._log.values():
            for seq in [n for n, m in log.items() if isinstance(m, Telemetry) and m.samples[-1].t < self._values.floor]:
                del log[seq]
        return {"raw_values": dropped}

    async def health(self, *, exact: bool = False) -> StoreHealth:
        times = [t for points in self._values.raw.values() for t, _ in points]
        counts = {
            "values": sum(len(p) for p in self._values.raw.values()),
            "messages": self._messages,
            "events": len(self._events),
            "quarantined": len(self._quarantine),
            "voided": sum(m.voided for m in self._marks.values()),
            "duplicated": 0,
        }
        return StoreHealth("memory", not self.down, "down" if self.down else "ok", 0, min(times, default=None), counts)
