"""What machines did, kept in memory as it was: events in blocks of time, read once from the store.

A figure over a shift is opened again and again while the shift goes on. Blocks that are over do not change, but
for late events: whoever hears an event says so (:meth:`EventHistory.note`), and its block is read again until what
ingest was writing then is surely in the store. No raw points are read here.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from andon_contracts.messages import Event, StateChanged

from andon_platform.data.port import EventQuery, TelemetryStore

BLOCK_US: Final = 600_000_000
#: After this time ingest has stored what was heard, unless the store is away, and then it answers nobody.
SETTLE_US: Final = 120_000_000
#: Blocks kept; a plant of 16 machines fills 2,304 a day.
MOST_BLOCKS: Final = 50_000
_PAGE: Final = 10_000
_DAY_US: Final = 86_400_000_000
#: How far back a state is looked for, one after the other: most machines change theirs within hours, and a store that
#: must look through a quarter of a year for the last one takes its time.
_BACK_US: Final = (_DAY_US // 8, 2 * _DAY_US, 90 * _DAY_US)
#: What figures are made of; alarms and voids are not.
KINDS: Final = ("state", "operation-started", "operation-finished", "count", "gap")

_Block = tuple[str, int]


class EventHistory:
    """``now``: microseconds UTC."""

    def __init__(self, store: TelemetryStore, now: Callable[[], int], *, most: int = MOST_BLOCKS) -> None:
        self._store, self._now, self._most = store, now, most
        self._blocks: OrderedDict[_Block, tuple[Event, ...]] = OrderedDict()
        self._before: dict[_Block, StateChanged | None] = {}
        #: Blocks about which something was heard lately, and when.
        self._heard: dict[_Block, int] = {}
        #: Set when there is more to read (all was forgotten, a plant's shifts became known); who reads ahead clears it.
        self.wanted = asyncio.Event()

    def note(self, event: Event) -> None:
        """An event was heard on the broker, in time or late."""
        block, now = (event.machine, event.t // BLOCK_US), self._now()
        self._heard[block] = now
        self._blocks.pop(block, None)
        if isinstance(event, StateChanged) and event.t < now - BLOCK_US:
            self._before = {key: state for key, state in self._before.items() if key[0] != event.machine}
        if len(self._heard) > 4 * self._most:
            self.forget()

    def forget(self) -> None:
        """We may have missed something (the broker was away): read all anew."""
        self._blocks.clear()
        self._before.clear()
        self._heard.clear()
        self.wanted.set()

    async def of(self, machine: str, start: int, stop: int) -> tuple[StateChanged | None, list[Event]]:
        """The last state that began before ``start``, and the events of [start, stop), oldest first."""
        first, last = start // BLOCK_US, (stop - 1) // BLOCK_US
        # held here: while the store is asked, others may take a block's place, or news of it be heard
        held = {n: self._blocks[machine, n] for n in range(first, last + 1) if (machine, n) in self._blocks}
        for low, high in _ranges([n for n in range(first, last + 1) if n not in held]):
            held |= await self._read(machine, low, high)
        found = [event for n in range(first, last + 1) for event in held[n]]
        before = await self._state_before(machine, first)
        earlier = [e for e in found if e.t < start and isinstance(e, StateChanged)]
        return (earlier[-1] if earlier else before), [e for e in found if start <= e.t < stop]

    async def read_ahead(self, machine: str, start: int, stop: int) -> None:
        """Reads those blocks of [start, stop) that are over and not here yet, so that :meth:`of` need not."""
        last = min((stop - 1) // BLOCK_US, (self._now() - SETTLE_US) // BLOCK_US - 1)
        missing = [n for n in range(start // BLOCK_US, last + 1) if (machine, n) not in self._blocks]
        for low, high in _ranges(missing):
            await self._read(machine, low, high)
        await self._state_before(machine, start // BLOCK_US)

    async def _read(self, machine: str, low: int, high: int) -> dict[int, tuple[Event, ...]]:
        """Blocks ``low`` to ``high``, kept where they are over."""
        asked = self._now()
        rows = await self._pages(machine, low * BLOCK_US, (high + 1) * BLOCK_US)
        found = await asyncio.to_thread(_grouped, rows, low, high)
        for n, events in found.items():
            over = (n + 1) * BLOCK_US + SETTLE_US < asked
            heard = self._heard.get((machine, n))
            if over and (heard is None or heard + SETTLE_US < asked):
                self._heard.pop((machine, n), None)
                self._blocks[machine, n] = events
        while len(self._blocks) > self._most:
            self._blocks.popitem(last=False)
        return found

    async def _pages(self, machine: str, start: int, stop: int) -> list[Event]:
        found: dict[tuple[int, int], Event] = {}
        while start < stop:
            page = await self._store.events(EventQuery(start, stop, machine, KINDS, _PAGE))
            found |= {(e.epoch, e.seq): e for e in page}
            if len(page) < _PAGE:
                break
            # the last moment may be cut in two: read it again
            start = page[-1].t if page[-1].t > start else start + 1
        return list(found.values())

    async def _state_before(self, machine: str, block: int) -> StateChanged | None:
        key = (machine, block)
        if key in self._before:
            return self._before[key]
        start, state, looked = block * BLOCK_US, None, block * BLOCK_US
        for back in _BACK_US:
            query = EventQuery(max(0, start - back), looked, machine, ("state",), 1, newest=True)
            state = next((e for e in await self._store.events(query) if isinstance(e, StateChanged)), None)
            if state is not None or query.start == 0:
                break
            looked = query.start
        if start + SETTLE_US < self._now() and not self._recently(machine, block):
            if len(self._before) > self._most:
                self._before.clear()
            self._before[key] = state
        return state

    def _recently(self, machine: str, block: int) -> bool:
        """Whether something of the time before the block may still be on its way into the store."""
        since = self._now() - SETTLE_US
        return any(m == machine and n < block and at > since for (m, n), at in self._heard.items())

    async def of_all(
        self, machines: list[str], start: int, stop: int
    ) -> dict[str, tuple[StateChanged | None, list[Event]]]:
        """:meth:`of` for several machines at once."""
        rows = await asyncio.gather(*(self.of(machine, start, stop) for machine in machines))
        return dict(zip(machines, rows, strict=True))


def _grouped(rows: list[Event], low: int, high: int) -> dict[int, tuple[Event, ...]]:
    """Events by block, each in the order of time."""
    blocks: dict[int, list[Event]] = {n: [] for n in range(low, high + 1)}
    for event in sorted(rows, key=lambda e: (e.t, e.epoch, e.seq)):
        blocks[event.t // BLOCK_US].append(event)
    return {n: tuple(events) for n, events in blocks.items()}


def _ranges(numbers: list[int]) -> list[tuple[int, int]]:
    """Sorted numbers as inclusive ranges."""
    found: list[tuple[int, int]] = []
    for n in numbers:
        if found and found[-1][1] == n - 1:
            found[-1] = (found[-1][0], n)
        else:
            found.append((n, n))
    return found
