"""How much alarms ask of people: the performance measures of ISA-18.2 (IEC 62682), which EEMUA 191 began.

An alarm counts when it is annunciated: when its condition comes while it is neither shelved nor out of service.
Durations are plant time, as everywhere; the bounds are those of one operating position.

Sources: ANSI/ISA-18.2-2016 and IEC 62682:2014, clause 16 (monitoring and assessment) with its table of recommended
metrics; EEMUA Publication 191. ``FLOOD_BEGINS`` and ``FLOOD_ENDS`` are ISA-18.2's: a flood begins with more than ten
alarms in ten minutes and ends with fewer than five. A chattering alarm comes three times or more within a minute; a
standing (stale) one has been there for more than a day.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from andon_platform.alarms.alarm import MAX_SHELF_US, Alarm
from andon_platform.alarms.log import Entry

PERIOD_US: Final = 600_000_000
FLOOD_BEGINS: Final = 10
FLOOD_ENDS: Final = 5
#: A flood that began so long before the range is still seen in it.
LOOK_BACK_US: Final = 6 * PERIOD_US
CHATTER: Final = 3
CHATTER_US: Final = 60_000_000
STANDING_US: Final = 86_400_000_000
TOP: Final = 10
#: What people can do with: alarms an hour, in the worst ten minutes, share of time in flood, standing, chattering.
BOUNDS: Final = {"per_hour": 6.0, "peak": 10.0, "flood_share": 0.01, "standing": 5.0, "chattering": 0.0}


@dataclass(frozen=True, slots=True)
class Rang:
    """An alarm that was annunciated at plant time ``t``."""

    t: int
    id: str


@dataclass(frozen=True, slots=True)
class Measures:
    """Of [start, stop) in plant time. ``periods`` are (start, alarms) of whole ten minutes that end at ``stop``,
    oldest first; ``peak`` is the most in any ten minutes, wherever they begin; ``top`` are (id, alarms) of the most
    frequent, ``chattering`` (id, most within a minute)."""

    alarms: int
    per_hour: float | None
    flood_us: int
    peak: int
    periods: list[tuple[int, int]]
    top: list[tuple[str, int]]
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
    flood, peak = _flood([r.t for r in rang if r.t < stop], start, stop)
    return Measures(
        alarms=len(inside),
        per_hour=len(inside) * 3.6e9 / (stop - start) if stop > start else None,
        flood_us=flood,
        peak=peak,
        periods=_periods([r.t for r in inside], start, stop),
        top=sorted(counts.items(), key=lambda row: (-row[1], row[0]))[:TOP],
        chattering=_chattering(inside),
    )


def standing(alarms: Iterable[Alarm], now: int, plant: Callable[[int], int]) -> list[tuple[Alarm, int]]:
    """Alarms that have been there for more than a day of plant time and are not silent, the oldest first; with the
    microseconds that they stand."""
    found = [
        (alarm, plant(now) - plant(alarm.raised))
        for alarm in alarms
        if alarm.active and alarm.state(now) in ("unacknowledged", "acknowledged")
    ]
    return sorted(((a, us) for a, us in found if us > STANDING_US), key=lambda row: -row[1])


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
