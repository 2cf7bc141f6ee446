"""How much alarms ask of people: the performance measures of ISA-18.2 (IEC 62682), which EEMUA 191 began.

An alarm counts when it is annunciated: when its condition comes while it is neither shelved nor out of service, and
when it comes back from there with its condition. Durations are plant time, as everywhere; the bounds are those of one
operating position. The standard wants them judged over 30 days or more: a shift's figures show a shift.

The standards are not free to read. Each constant says who else writes of it, and the clause of ANSI/ISA-18.2-2016
where they give it; several agree on each:

[Prosys]     Prosys, Eliminate alarm floods (prosys.com/services/alarm-management): when floods begin and end, < 1 %
[SyTech]     SyTech, Reports for ISA-18.2 and IEC 62682 (sytech.com): 80 / 15 / 5
[exida]      exida, Which measure (rationalized or annunciated) is more important?: that is of what is annunciated
[Hexagon]    Hexagon, Fixing chattering and fleeting alarms: three times or more in a minute
[IP]         Intelligent Plant, Stale Alarms Report: 24 hours
[UCDS]       User Centered Design Services, a table of EEMUA 191's targets: one in ten minutes, ten are a flood
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from andon_platform.alarms.alarm import MAX_SHELF_US, Alarm
from andon_platform.alarms.log import Entry

#: Ten minutes: clause 16.4.3 counts peaks and 16.4.4 floods by them.
PERIOD_US: Final = 600_000_000
#: A flood begins with more than ten alarms in ten minutes and ends with fewer than five: clause 16.4.4, [Prosys].
FLOOD_BEGINS: Final = 10
FLOOD_ENDS: Final = 5
#: A flood that began so long before the range is still seen in it. Andon's own.
LOOK_BACK_US: Final = 6 * PERIOD_US
#: Three times or more within a minute is chatter: [Hexagon]. Clause 16.4.6 leaves the number to the plant.
CHATTER: Final = 3
CHATTER_US: Final = 60_000_000
#: A stale alarm has been there for more than a day: clause 16.4.7, [IP]. EEMUA 191 calls any active alarm "standing".
STALE_US: Final = 86_400_000_000
#: The most frequent ones: clause 16.4.5 looks at ten.
TOP: Final = 10
#: What one operating position can do with.
BOUNDS: Final = {
    # very likely to be acceptable: one in ten minutes; twice that is the most that is manageable: 16.4.2, [UCDS]
    "per_hour": 6.0,
    "per_hour_most": 12.0,
    # the most in any ten minutes, and the share of ten minutes with more than that: 16.4.3
    "peak": 10.0,
    "peak_share": 0.01,
    # share of time: 16.4.4, [Prosys]
    "flood_share": 0.01,
    # of the ten most frequent together, 1 % to 5 %: 16.4.5
    "top_share": 0.05,
    # none, with a plan for each: 16.4.6
    "chattering": 0.0,
    # fewer than five on any day: 16.4.7
    "stale": 5.0,
    # of three priorities, about: 16.4.8, [exida], [SyTech]
    "critical_share": 0.05,
    "warning_share": 0.15,
    "information_share": 0.80,
}


@dataclass(frozen=True, slots=True)
class Rang:
    """An alarm that was annunciated at plant time ``t``."""

    t: int
    id: str


@dataclass(frozen=True, slots=True)
class Measures:
    """Of [start, stop) in plant time. ``periods`` are (start, alarms) of whole ten minutes that end at ``stop``,
    oldest first, ``peak_share`` is the share of those with more than ten; ``peak`` is the most in any ten minutes,
    wherever they begin; ``top`` are (id, alarms) of the most frequent, ``top_share`` is theirs of all, ``chattering``
    (id, most within a minute)."""

    alarms: int
    per_hour: float | None
    flood_us: int
    peak: int
    periods: list[tuple[int, int]]
    peak_share: float | None
    top: list[tuple[str, int]]
    top_share: float | None
    chattering: list[tuple[str, int]]


def annunciated(entries: Iterable[Entry], plant: Callable[[int], int]) -> list[Rang]:
    """What rang, oldest first. ``entries`` are those of :func:`andon_platform.alarms.log.told`, by wall time."""
    shelved: dict[str, int] = {}
    out: set[str] = set()
    found = []
    for e in entries:
        id = f"{e.machine}:{e.code}"
        if e.what == "shelved":
            shelved[id] = e.t
        elif e.what == "unshelved":
            shelved.pop(id, None)
        elif e.what == "out-of-service":
            out.add(id)
            shelved.pop(id, None)
        elif e.what == "returned-to-service":
            out.discard(id)
        elif id not in out and not (id in shelved and e.t < shelved[id] + MAX_SHELF_US):
            found.append(Rang(plant(e.t), id))
    return sorted(found, key=lambda rang: rang.t)


def measures(rang: Sequence[Rang], start: int, stop: int) -> Measures:
    """``rang`` is sorted and reaches :data:`LOOK_BACK_US` before ``start``."""
    inside = [r for r in rang if start <= r.t < stop]
    counts = Counter(r.id for r in inside)
    periods = _periods([r.t for r in inside], start, stop)
    top = sorted(counts.items(), key=lambda row: (-row[1], row[0]))[:TOP]
    flood, peak = _flood([r.t for r in rang if r.t < stop], start, stop)
    return Measures(
        alarms=len(inside),
        per_hour=len(inside) * 3.6e9 / (stop - start) if stop > start else None,
        flood_us=flood,
        peak=peak,
        periods=periods,
        peak_share=sum(n > FLOOD_BEGINS for _, n in periods) / len(periods) if periods else None,
        top=top,
        top_share=sum(n for _, n in top) / len(inside) if inside else None,
        chattering=_chattering(inside),
    )


def stale(alarms: Iterable[Alarm], now: int, plant: Callable[[int], int]) -> list[tuple[Alarm, int]]:
    """Alarms that have been there for more than a day of plant time and are not silent, the oldest first; with the
    microseconds that they stand."""
    found = [
        (alarm, plant(now) - plant(alarm.raised))
        for alarm in alarms
        if alarm.active and alarm.state(now) in ("unacknowledged", "acknowledged")
    ]
    return sorted(((a, us) for a, us in found if us > STALE_US), key=lambda row: -row[1])


def _flood(times: Sequence[int], start: int, stop: int) -> tuple[int, int]:
    """Microseconds of [start, stop) in flood, and the most alarms in ten minutes that end there. An alarm at t is
    among the last ten minutes in [t, t + 10 min)."""
    # what leaves the window at a moment leaves before what comes then
    steps = sorted([(t, 1) for t in times] + [(t + PERIOD_US, -1) for t in times])
    count = peak = total = since = 0
    flooded = False
    for t, change in steps:
        count += change
        if start <= t < stop:
            peak = max(peak, count)
        if not flooded and count > FLOOD_BEGINS:
            flooded, since = True, t
        elif flooded and count < FLOOD_ENDS:
            flooded = False
            total += max(0, min(t, stop) - max(since, start))
    return total, peak


def _periods(times: Sequence[int], start: int, stop: int) -> list[tuple[int, int]]:
    counts = Counter((stop - 1 - t) // PERIOD_US for t in times)
    whole = (stop - start) // PERIOD_US
    return [(stop - (i + 1) * PERIOD_US, counts[i]) for i in reversed(range(whole))]


def _chattering(rang: Sequence[Rang]) -> list[tuple[str, int]]:
    by_id: defaultdict[str, list[int]] = defaultdict(list)
    for r in rang:
        by_id[r.id].append(r.t)
    found = []
    for id, times in by_id.items():
        first = most = 0
        for last, t in enumerate(times):
            while t - times[first] > CHATTER_US:
                first += 1
            most = max(most, last - first + 1)
        if most >= CHATTER:
            found.append((id, most))
    return sorted(found, key=lambda row: (-row[1], row[0]))
