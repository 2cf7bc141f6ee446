"""How many values there are of every signal of the last day: asked of the store once for everybody who looks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from andon_platform.data.aggregate import DAY, HOUR, MINUTE, floor
from andon_platform.data.port import TelemetryStore, ValueQuery

#: What was measured so lately (us) may be on its way still.
SETTLE: Final = 10_000_000


@dataclass(frozen=True, slots=True)
class DayOfValues:
    """Values measured in [start, stop), us UTC: from a full hour, a day and a part of an hour ago, to a full minute."""

    start: int
    stop: int
    values: Mapping[tuple[str, str], int]

    def of(self, machine: str, signal: str, rate_hz: float, known: int) -> tuple[int, int, float | None]:
        """Values that came, values that were due since the machine is ``known`` (us UTC), and the first of the second;
        None where nothing was due. By sums over the whole time: an excess, as of a past that was filled in from before
        the machine was known, can hide a gap, which `/quality` sees."""
        due = round(max(0, self.stop - max(self.start, known)) / 1e6 * rate_hz)
        came = self.values.get((machine, signal), 0)
        return came, due, min(1.0, came / due) if due else None


class Completeness:
    """The newest answer, good until the next minute ends."""

    def __init__(self, store: TelemetryStore, now: Callable[[], int]) -> None:
        self._store, self._now = store, now
        self._lock = asyncio.Lock()
        self._newest: DayOfValues | None = None

    async def day(self) -> DayOfValues:
        """Of all machines. Raises ``StoreError``."""
        async with self._lock:
            now = self._now()
            stop = floor(now - SETTLE, MINUTE)
            if self._newest is None or self._newest.stop != stop:
                start = floor(now - DAY, HOUR)
                self._newest = DayOfValues(start, stop, await self._store.value_counts(ValueQuery(start, stop)))
            return self._newest
