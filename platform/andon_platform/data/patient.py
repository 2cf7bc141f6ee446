"""A store whose questions end: who asks is told that it does not answer, rather than waiting for as long as it likes.

A server that hangs, or a disk that is too slow, keeps a question open through one time-out after another; people and
programs that wait for an answer need to hear of it while they still wait.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from typing import Final, TypeVar

from andon_contracts.messages import Event, Telemetry

from andon_platform.data.delays import Delays
from andon_platform.data.errors import StoreUnavailable
from andon_platform.data.history import RolledUp
from andon_platform.data.port import (
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
    TelemetryStore,
    ValueQuery,
)

T = TypeVar("T")
#: Seconds that a question may take: far more than any within the API's limits does, less than clients wait.
READ_S: Final = 15.0


class PatientStore:
    """Any store, with an end to each question; what writes or keeps up takes its time as before."""

    def __init__(self, store: TelemetryStore, read_s: float = READ_S) -> None:
        self._store, self._read_s = store, read_s
        self.open, self.close, self.write = store.open, store.close, store.write
        self.stale, self.roll_up, self.retain = store.stale, store.roll_up, store.retain
        self.quarantine_done = store.quarantine_done
        self.write_delays = store.write_delays

    async def _within(self, answer: Awaitable[T]) -> T:
        try:
            async with asyncio.timeout(self._read_s):
                return await answer
        except TimeoutError as error:
            raise StoreUnavailable(f"the store does not answer within {self._read_s:g} s") from error

    async def marks(self) -> dict[MarkKey, Mark]:
        return await self._within(self._store.marks())

    async def series(self, query: SeriesQuery) -> Series:
        return await self._within(self._store.series(query))

    async def events(self, query: EventQuery) -> list[Event]:
        return await self._within(self._store.events(query))

    async def counts(self, query: CountQuery) -> list[Counts]:
        return await self._within(self._store.counts(query))

    async def value_counts(self, query: ValueQuery) -> dict[tuple[str, str], int]:
        return await self._within(self._store.value_counts(query))

    async def delays(self, machine: str, start: int, stop: int) -> list[Delays]:
        return await self._within(self._store.delays(machine, start, stop))

    async def messages(self, query: MessageQuery) -> list[Telemetry | Event]:
        return await self._within(self._store.messages(query))

    async def latest(self, machine: str | None = None) -> dict[str, dict[str, tuple[int, float]]]:
        return await self._within(self._store.latest(machine))

    async def quarantine(
        self, *, limit: int = 100, before: int | None = None, below: str = "", reason: str | None = None
    ) -> list[Quarantined]:
        return await self._within(self._store.quarantine(limit=limit, before=before, below=below, reason=reason))

    async def quarantine_get(self, id: str) -> Quarantined | None:
        return await self._within(self._store.quarantine_get(id))

    async def health(self, *, exact: bool = False) -> StoreHealth:
        return await (self._store.health(exact=True) if exact else self._within(self._store.health()))

    async def write_history(self, rolled: Sequence[RolledUp], until: int) -> None:
        await self._store.write_history(rolled, until)
