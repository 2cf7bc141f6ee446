"""Values of the fake store: raw, late ones, and their roll-ups, in dictionaries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Literal

from andon_contracts.messages import Telemetry

from andon_platform.data.aggregate import DAY, HOUR, MINUTE, Partial, ceil, floor
from andon_platform.data.answers import answer
from andon_platform.data.history import RolledUp, check_history
from andon_platform.data.port import Series, SeriesQuery

RollUps = dict[tuple[str, str], dict[int, Partial]]
Points = dict[tuple[str, str], dict[tuple[int, int], float]]
"""(machine, signal) to (time, epoch) to value."""


class Values:
    """``keep``: how long (us) raw and minutes are."""

    def __init__(self, now: Callable[[], int], keep: dict[str, int]) -> None:
        self._now, self._keep = now, keep
        self.raw: Points = defaultdict(dict)
        #: What came when raw of its time was gone: it belongs to the roll-ups.
        self._old: Points = defaultdict(dict)
        self._minute: RollUps = defaultdict(dict)
        self._hour: RollUps = defaultdict(dict)
        self._rolled = 0
        self.floor = 0
        self._late: set[int] = set()

    def add(self, message: Telemetry) -> None:
        """Take up a message's values."""
        for sample in message.samples:
            kept = self._old if sample.t < self.floor else self.raw
            for name, value in sample.values.items():
                kept[message.machine, name][sample.t, message.epoch] = value
            if sample.t < max(self._rolled, self.floor):
                self._late.add(floor(sample.t, MINUTE))

    def series(self, query: SeriesQuery) -> Series:
        """See the port."""
        key = query.machine, query.signal
        raw = sorted((t, v) for (t, _), v in self.raw[key].items() if query.start <= t < query.stop)
        if query.every is None or query.agg == "raw":
            return answer(query, raw, None, "raw")
        every, source = query.every, self._source(query)
        buckets: dict[int, Partial] = {}
        if source == "raw":
            grouped = defaultdict(list)
            for t, v in raw:
                grouped[floor(t, every)].append((t, v))
            buckets = {t: Partial.of(points) for t, points in grouped.items()}
        else:
            step = MINUTE if source == "minute" else HOUR
            every = ceil(every, step)
            table = self._minute[key] if source == "minute" else self._hour[key]
            parts = [p for t, p in table.items() if query.start <= t < min(query.stop, self._rolled)]
            parts += [Partial.of([p]) for p in raw if p[0] >= self._rolled]
            old = [(t, v) for (t, _), v in self._old[key].items()]
            parts += [Partial.of([p]) for p in old if query.start <= floor(p[0], step) < query.stop]
            for p in parts:
                at = floor(p.first_t, every)
                buckets[at] = buckets[at].merge(p) if at in buckets else p
        return answer(query, [(t, p.value(query.agg)) for t, p in sorted(buckets.items())], every, source)

    def _source(self, query: SeriesQuery) -> Literal["raw", "minute", "hour"]:
        if self.floor <= query.start or query.every is None:
            return "raw"
        return "minute" if query.start >= self._now() - self._keep["minute"] else "hour"

    def signals(self) -> set[tuple[str, str]]:
        """Every (machine, signal) of which there is anything."""
        return {*self.raw, *self._old, *self._minute, *self._hour}

    def minute_floor(self, now: int) -> int:
        """Minutes before it are gone."""
        return now - self._keep["minute"]

    def latest(self, machine: str | None) -> dict[str, dict[str, tuple[int, float]]]:
        """See the port."""
        found: dict[str, dict[str, tuple[int, float]]] = {}
        for (owner, name), points in self.raw.items():
            if machine in (None, owner) and points:
                (t, _), value = max(points.items())
                if t >= self._now() - DAY:
                    found.setdefault(owner, {})[name] = (t, value)
        return found

    def stale(self, now: int) -> list[tuple[int, int]]:
        """See the port."""
        times = [t for points in self.raw.values() for t, _ in points if t >= self._rolled]
        found = [(t, t + MINUTE) for t in sorted(self._late)]
        if times and floor(min(times), MINUTE) < floor(now, MINUTE):
            found.append((floor(min(times), MINUTE), floor(now, MINUTE)))
        return found

    def roll_up(self, start: int, stop: int) -> None:
        """See the port."""
        start, stop = floor(start, MINUTE), ceil(stop, MINUTE)
        self._late = {t for t in self._late if not start <= t < stop}
        start = max(start, self.floor)
        self._rolled = max(self._rolled, stop)
        for key, points in list(self.raw.items()):
            inside = sorted((t, v) for (t, _), v in points.items() if start <= t < stop)
            self._replace(self._minute[key], start, stop, MINUTE, [Partial.of([p]) for p in inside])
            first, last = floor(start, HOUR), ceil(stop, HOUR)
            minutes = [p for t, p in sorted(self._minute[key].items()) if first <= t < last]
            self._replace(self._hour[key], first, last, HOUR, minutes)

    @staticmethod
    def _replace(table: dict[int, Partial], start: int, stop: int, every: int, parts: list[Partial]) -> None:
        for t in [t for t in table if start <= t < stop]:
            del table[t]
        for p in parts:
            at = floor(p.first_t, every)
            table[at] = table[at].merge(p) if at in table else p

    def write_history(self, rolled: Sequence[RolledUp], until: int) -> None:
        """See the port."""
        check_history(rolled, until, min((t for points in self.raw.values() for t, _ in points), default=None))
        self.floor, self._rolled = max(self.floor, until), max(self._rolled, until)
        for block in rolled:
            table = self._minute if block.every == MINUTE else self._hour
            for i, t in enumerate(block.times.tolist()):
                table[block.machine, block.signal][t] = Partial(
                    int(block.n[i]), float(block.total[i]), float(block.low[i]), float(block.high[i]),
                    int(block.first_t[i]), float(block.first[i]), int(block.last_t[i]), float(block.last[i]),
                    float(block.squares[i]),
                )  # fmt: skip

    def retain(self, now: int) -> int:
        """Drop what is too old, which is rolled up before; returns how many raw values went."""
        gone = max(self.floor, floor(now - self._keep["raw"], HOUR))
        for start, stop in self.stale(gone):
            self.roll_up(start, stop)
        self.floor = gone
        dropped = 0
        for points in self.raw.values():
            for key in [k for k in points if k[0] < gone]:
                del points[key]
                dropped += 1
        for table in self._minute.values():
            for t in [t for t in table if t < now - self._keep["minute"]]:
                del table[t]
        return dropped
