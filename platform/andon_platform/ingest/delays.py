"""How timely values are: ingest notes how old they are when the store has them, and writes the counts now and then.

Noting costs the hot path three lists; they are counted many at a time. Counts are kept for some minutes and written as
they stand, so that writing them again changes nothing. A stop writes what there is; after a SIGKILL the values of the
last :data:`WRITE_S` seconds are stored and not counted: fewer are timed than came, and none is timed twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt
import structlog
from andon_contracts.messages import Telemetry

from andon_platform.data.aggregate import MINUTE
from andon_platform.data.delays import BINS, EDGES, Delays
from andon_platform.data.errors import StoreError
from andon_platform.data.port import TelemetryStore
from andon_platform.ingest.judge import Sound

log = structlog.get_logger(__name__)

#: Seconds between two writes of the counts.
WRITE_S: Final = 10.0
#: Samples noted before they are counted: some megabytes, and some 30 ms of work once in as many samples.
FOLD: Final = 200_000
#: A minute is kept to be added to for so long (us) after it was last; what comes for it later is a part of its own.
KEEP: Final = 2 * MINUTE
#: Minutes kept while the store does not take them; beyond, the oldest are dropped, and their values are not timed.
MOST: Final = 200_000
#: Cells of a table that counts: as many as a thousand machines have in a few dozen minutes.
TABLE: Final = 1_000_000
Ints = npt.NDArray[np.int64]
_EDGES: Final = np.array(EDGES, np.int64)


@dataclass(slots=True)
class _Open:
    part: int
    counts: list[int] = field(default_factory=lambda: [0] * BINS)
    longest: int = 0
    touched: int = 0


class DelayCounter:
    """``now`` is the wall clock, us UTC."""

    def __init__(self, now: Callable[[], int]) -> None:
        self._now = now
        self._ids: dict[str, int] = {}
        self._names: list[str] = []
        self._who: list[int] = []
        self._times: list[int] = []
        self._values: list[int] = []
        #: How many of the samples noted were stored at a time.
        self._runs: list[tuple[int, int]] = []
        #: By machine and minute since 1970.
        self._open: dict[tuple[str, int], _Open] = {}
        self._changed: set[tuple[str, int]] = set()

    def stored(self, sound: Sequence[Sound], now: int) -> None:
        """These are durable since ``now`` (us UTC), for the first time. Events have no values to be counted."""
        if not sound:
            return
        ids, before = self._ids, len(self._times)
        messages, _, _, oldest, newest, values = zip(*sound, strict=True)
        try:
            who = [ids[message.machine] for message in messages]
        except KeyError:  # a new machine
            for message in messages:
                if message.machine not in ids:
                    ids[message.machine] = len(self._names)
                    self._names.append(message.machine)
            who = [ids[message.machine] for message in messages]
        if oldest == newest:  # each message is one sample
            self._who += who
            self._times += newest
            self._values += values
        else:
            for message, mine in zip(messages, who, strict=True):
                if isinstance(message, Telemetry):
                    for sample in message.samples:
                        self._who.append(mine)
                        self._times.append(sample.t)
                        self._values.append(len(sample.values))
        self._runs.append((len(self._times) - before, now))
        if len(self._times) >= FOLD:
            self.fold()

    def fold(self) -> None:
        """Count what was noted."""
        if not self._times:
            self._runs.clear()
            return
        runs = np.array(self._runs, np.int64)
        times = np.array(self._times, np.int64)
        values = np.array(self._values, np.int64)
        who = np.array(self._who, np.int64)
        # a stamp ahead of this clock is no delay
        delays = np.maximum(np.repeat(runs[:, 1], runs[:, 0]) - times, 0)
        now = int(runs[-1, 1])
        for noted in (self._who, self._times, self._values, self._runs):
            noted.clear()
        if not (valued := values > 0).all():
            who, times, values, delays = (column[valued] for column in (who, times, values, delays))
            if not len(who):
                return
        minutes = times // MINUTE
        first = int(minutes.min())
        span = int(minutes.max()) - first + 1
        codes = (who * span + (minutes - first)) * BINS + np.searchsorted(_EDGES, delays)
        for code, n, worst in _summed(codes, values, delays):
            place, bin = divmod(code, BINS)
            machine, minute = divmod(place, span)
            key = self._names[machine], first + minute
            found = self._open.get(key)
            if found is None:
                found = self._open[key] = _Open(now)
            found.counts[bin] += n
            found.longest = max(found.longest, worst)
            found.touched = now
            self._changed.add(key)

    async def write(self, store: TelemetryStore) -> None:
        """Write what has changed since; it is tried again with the next call if the store is away."""
        self.fold()
        changed, self._changed = self._changed, set()
        rows = [
            Delays(machine, minute * MINUTE, one.part, tuple(one.counts), one.longest)
            for machine, minute in changed
            for one in (self._open[machine, minute],)
        ]
        if rows:
            try:
                await store.write_delays(rows)
            except BaseException as error:
                self._changed |= changed
                self._limit()
                if not isinstance(error, StoreError):
                    raise
                log.warning("how timely values are is not written; trying again", error=str(error))
                return
        old = self._now() - KEEP
        for key in [k for k, one in self._open.items() if one.touched < old and k not in self._changed]:
            del self._open[key]

    def _limit(self) -> None:
        if len(self._open) > MOST:
            for key in sorted(self._open, key=lambda k: self._open[k].touched)[: len(self._open) - MOST]:
                del self._open[key]
                self._changed.discard(key)

    async def write_forever(self, store: TelemetryStore, every_s: float = WRITE_S) -> None:
        """Again and again."""
        while True:
            await asyncio.sleep(every_s)
            await self.write(store)


def _summed(codes: Ints, values: Ints, delays: Ints) -> Iterable[tuple[int, int, int]]:
    """(code, sum of its values, longest of its delays). Sorting takes three times as long as a table, which is left to
    the few times when a journal sends a long past."""
    size = int(codes.max()) + 1
    if size <= TABLE:
        sums = np.bincount(codes, weights=values, minlength=size)
        longest = np.zeros(size, np.int64)
        np.maximum.at(longest, codes, delays)
        there = np.flatnonzero(sums)
        return zip(there.tolist(), sums[there].astype(np.int64).tolist(), longest[there].tolist(), strict=True)
    order = np.argsort(codes, kind="stable")
    different, at = np.unique(codes[order], return_index=True)
    totals, worst = np.add.reduceat(values[order], at), np.maximum.reduceat(delays[order], at)
    return zip(different.tolist(), totals.tolist(), worst.tolist(), strict=True)
