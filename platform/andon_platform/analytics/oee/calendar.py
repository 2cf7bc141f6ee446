"""The shift calendar: which time is planned, in a plant's own time zone.

A shift that ends at or before its start ends on the next day. Local times that a change to summer time skips
become the moment of the change; of those that come twice the first counts: a night shift is an hour shorter
or longer then, as it is in a real plant. Its breaks are as long as on any other night. Times are integer microseconds
UTC, of plant time.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal
from zoneinfo import ZoneInfo

from andon_contracts.messages import Shift

Planned = Literal["shift", "break", "off"]
DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_DAY: Final = 24 * 60
#: A fast plant's clock may be asked for a year that no calendar has: nothing is planned from here on.
_END: Final = (dt.datetime(9999, 12, 1, tzinfo=dt.UTC) - _EPOCH) // dt.timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class ShiftRun:
    """One shift of one day; ``day`` is the local date on which it begins, breaks are (start, stop)."""

    name: str
    day: dt.date
    start: int
    stop: int
    breaks: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Stretch:
    """[start, stop) is all of one kind."""

    start: int
    stop: int
    kind: Planned
    shift: str = ""


class Calendar:
    """``days_off``: local dates (``2026-12-25``) on which no shift begins. Without shifts all time is planned."""

    def __init__(self, shifts: Sequence[Shift], days_off: Sequence[str] = (), time_zone: str = "UTC") -> None:
        self._shifts = list(shifts)
        self._off = {dt.date.fromisoformat(day) for day in days_off}
        self._zone = ZoneInfo(time_zone)

    def _moment(self, day: dt.date, text: str) -> int:
        hour, minute = map(int, text.split(":"))
        day, hour = day + dt.timedelta(days=hour // 24), hour % 24
        local = dt.datetime.combine(day, dt.time(hour, minute), self._zone)
        # a local time that the change skipped does not come back as itself: take the change's own moment
        back = local.astimezone(dt.UTC).astimezone(self._zone)
        if back.replace(tzinfo=None) != local.replace(tzinfo=None):
            local = local.replace(fold=1)
            skipped = local.replace(fold=0).utcoffset(), local.utcoffset()
            assert skipped[0] is not None
            assert skipped[1] is not None
            local = _change(local.astimezone(dt.UTC), skipped[0] - skipped[1], self._zone)
        return (local.astimezone(dt.UTC) - _EPOCH) // dt.timedelta(microseconds=1)

    def runs(self, start: int, stop: int) -> Iterator[ShiftRun]:
        """Shifts that touch [start, stop), by their start."""
        stop = min(stop, _END)
        if start >= stop:
            return iter(())
        first = (_EPOCH + dt.timedelta(microseconds=start)).astimezone(self._zone).date() - dt.timedelta(days=2)
        last = (_EPOCH + dt.timedelta(microseconds=stop)).astimezone(self._zone).date()
        found = []
        for offset in range((last - first).days + 1):
            day = first + dt.timedelta(days=offset)
            if day in self._off:
                continue
            for shift in self._shifts:
                if DAYS[day.weekday()] in shift.days:
                    run = self._run(shift, day)
                    if run.start < stop and run.stop > start and run.start < run.stop:
                        found.append(run)
        return iter(sorted(found, key=lambda run: (run.start, run.name)))

    def _run(self, shift: Shift, day: dt.date) -> ShiftRun:
        next_day = day + dt.timedelta(days=1)
        start = self._moment(day, shift.start)
        stop = self._moment(day if shift.end > shift.start else next_day, shift.end)
        breaks = []
        for begin, end in shift.breaks:
            on = day if begin >= shift.start else next_day
            low = self._moment(on, begin)
            high = low + (_minutes(end) - _minutes(begin)) % _DAY * 60_000_000
            low, high = max(low, start), min(high, stop)
            if low < high:
                breaks.append((low, high))
        return ShiftRun(shift.name, day, start, stop, tuple(sorted(breaks)))

    def stretches(self, start: int, stop: int) -> list[Stretch]:
        """[start, stop) cut into shift, break and off, without gap or overlap. Where shifts overlap (a
        handover), the one that began first has the time."""
        if not self._shifts:
            return [Stretch(start, stop, "shift")] if start < stop else []
        found: list[Stretch] = []
        at = start
        for run in self.runs(start, stop):
            begin, end = max(run.start, at), min(run.stop, stop)
            if begin >= end:
                continue
            if begin > at:
                found.append(Stretch(at, begin, "off"))
            at = begin
            for low, high in run.breaks:
                low, high = max(low, at), min(high, end)
                if low >= high:
                    continue
                if low > at:
                    found.append(Stretch(at, low, "shift", run.name))
                found.append(Stretch(low, high, "break", run.name))
                at = high
            if at < end:
                found.append(Stretch(at, end, "shift", run.name))
            at = end
        if at < stop:
            found.append(Stretch(at, stop, "off"))
        return found

    def day(self, at: int) -> tuple[dt.date, int, int]:
        """The local day of a moment: its date, its midnight and the next one."""
        date = (_EPOCH + dt.timedelta(microseconds=at)).astimezone(self._zone).date()
        return date, self._moment(date, "00:00"), self._moment(date + dt.timedelta(days=1), "00:00")

    def current(self, at: int) -> ShiftRun | None:
        """The shift that runs at this moment."""
        return next((run for run in self.runs(at, at + 1) if run.start <= at < run.stop), None)


def _minutes(text: str) -> int:
    hour, minute = map(int, text.split(":"))
    return hour * 60 + minute


def _change(near: dt.datetime, gap: dt.timedelta, zone: ZoneInfo) -> dt.datetime:
    """The moment, within a day of ``near``, at which the zone's offset changes."""
    low, high = near - dt.timedelta(days=1), near + dt.timedelta(days=1)
    before = low.astimezone(zone).utcoffset()
    while high - low > dt.timedelta(seconds=1):
        middle = low + (high - low) / 2
        low, high = (middle, high) if middle.astimezone(zone).utcoffset() == before else (low, middle)
    return high.replace(microsecond=0)
