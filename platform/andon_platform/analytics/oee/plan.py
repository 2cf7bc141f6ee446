"""What the calendar asks of a line: pieces due by now, of the day and so far.

A line owes one piece every takt of its planned busy time: takt time is planned working time divided by what customers
want in it (Rother and Shook, *Learning to See*, 1998), so a takt and a calendar together are a plan. Planned busy
time is PBT of ISO 22400-2 as the calendar plans it: inside shifts and outside breaks, whatever the machines then did.
A piece is due when its takt is over, so what is due is whole. A line without a takt has no plan. Times are
microseconds of plant time.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from andon_contracts.messages import LayoutMessage, LineLayout, Station

from andon_platform.analytics.oee.calendar import Calendar


@dataclass(frozen=True, slots=True)
class Day:
    """A local day of the plant: ``name`` is its date, ``start`` and ``stop`` its midnights. The plant's plan begins
    at ``began``: at midnight, or where the plant itself began later on that day."""

    name: str
    start: int
    stop: int
    began: int


@dataclass(frozen=True, slots=True)
class Plan:
    """Planned busy time so far and of the whole day, and the pieces due in each; None without a takt."""

    busy: int
    busy_day: int
    due: int | None
    due_day: int | None


def plan(calendar: Calendar, day: Day, now: int, takt_s: float) -> Plan:
    """Of one line."""
    so_far, whole = planned(calendar, day.began, min(now, day.stop)), planned(calendar, day.began, day.stop)
    return Plan(so_far, whole, pieces(so_far, takt_s), pieces(whole, takt_s))


def planned(calendar: Calendar, start: int, stop: int) -> int:
    """Planned busy time in [start, stop)."""
    return sum(s.stop - s.start for s in calendar.stretches(start, stop) if s.kind == "shift")


def pieces(busy: int, takt_s: float) -> int | None:
    """Whole takts in a time."""
    takt = round(takt_s * 1e6)
    return busy // takt if takt > 0 else None


def lines(layout: LayoutMessage | None) -> list[LineLayout]:
    """All lines of a plant."""
    return [line for site in layout.sites for line in site.lines] if layout else []


def ends(line: LineLayout) -> list[Station]:
    """Where the line's pieces are counted: stations that feed no other one of it."""
    own = {s.machine for s in line.stations}
    return [s for s in line.stations if own.isdisjoint(s.feeds)]


def exits(line: LineLayout) -> list[Station]:
    """Where products leave the plant: stations that feed nothing at all."""
    return [s for s in line.stations if not s.feeds]


def total(parts: Iterable[int | None]) -> int | None:
    """None if there are none, or one is not known."""
    found = list(parts)
    known = [part for part in found if part is not None]
    return sum(known) if found and len(known) == len(found) else None
