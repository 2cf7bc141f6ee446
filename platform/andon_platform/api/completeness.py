"""How many values there are of every signal of the last day: asked of the store once for everybody who looks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from andon_platform.data.aggregate import DAY, HOUR, MINUTE, ceil, floor
from andon_platform.data.port import TelemetryStore, ValueQuery

#: What was measured so lately (us) may be on its way still.
SETTLE: Final = 10_000_000


@dataclass(frozen=True, slots=True)
class DayOfValues:
    """Values measured in [start, stop), us UTC: from a full hour, a day and a part of an hour ago, to a full minute.
    Those of a machine that became known meanwhile count from the next full minute on, as what is due from it does: a
    past that was filled in from before hides no gap."""

    start: int
    stop: int
    values: Mapping[tuple[str, str], int]

    def of(self, machine: str, signal: str, rate_hz: float, known: int) -> tuple[int, int, float | None]:
        """Values that came and values that were due since the machine is ``known`` (us UTC), and the first of the
        second; None where nothing was due. By sums over the whole time: an excess can hide a gap, which `/quality`
        sees."""
        due = round(max(0, self.stop - max(self.start, ceil(known, MINUTE))) / 1e6 * rate_hz)
        came = self.values.get((machine, signal), 0) if due else 0
        return came, due, min(1.0, came / due) if due else None


class Completeness:
    """The newest answer, good until the next minute ends, or another machine becomes known."""

    def __init__(self, store: TelemetryStore, now: Callable[[], int]) -> None:
        self._store, self._now = store, now
        self._lock = asyncio.Lock()
        self._newest: tuple[dict[int, tuple[str, ...]], DayOfValues] | None = None

    async def day(self, known: Mapping[str, int]) -> DayOfValues:
        """Of all machines; ``known``: path to when it became known, us UTC. Raises ``StoreError``."""
        async with self._lock:
            now = self._now()
            start, stop = floor(now - DAY, HOUR), floor(now - SETTLE, MINUTE)
            young: dict[int, tuple[str, ...]] = {}
            for path, since in sorted(known.items()):
                if start < (minute := ceil(since, MINUTE)) < stop:
                    young[minute] = (*young.get(minute, ()), path)
            if self._newest is None or self._newest[1].stop != stop or self._newest[0] != young:
                values = dict(await self._store.value_counts(ValueQuery(start, stop)))
                for minute, paths in young.items():
                    since_then = await self._store.value_counts(ValueQuery(minute, stop, paths))
                    values |= {key: since_then.get(key, 0) for key in values if key[0] in paths}
                self._newest = young, DayOfValues(start, stop, values)
            return self._newest[1]
