"""Data quality of a signal, minute by minute: is it complete, valid, alive?

Dimensions after ISO 8000-8 and ISO/IEC 25012, as far as values alone can tell. Everything comes from counts, minima and
maxima of minutes, which the roll-ups keep, so that a month is assessed without reading its raw points.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from andon_platform.data.aggregate import MINUTE, ceil

#: A minute with less than this share of the expected values is part of a gap.
GAP_SHARE: Final = 0.5
#: A signal that usually moves and has not for so many minutes is stuck.
STUCK_MINUTES: Final = 5
#: Publishing is not to the millisecond: up to so much more than expected is normal.
SLACK: Final = 1.1


@dataclass(frozen=True, slots=True)
class Minute:
    """What a minute holds."""

    count: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Gap:
    """Too few values in [start, stop), microseconds UTC; ``values`` came, ``expected`` should have."""

    start: int
    stop: int
    values: int
    expected: int


@dataclass(frozen=True, slots=True)
class Quality:
    """Shares between 0 and 1, None where there is nothing to judge.

    ``values`` came of those ``expected`` since the machine is known; ``earlier`` is what there is from before, when
    nothing was due. ``completeness``: values that came, of those expected at the announced rate, no minute counting for
    more than itself. ``validity``: minutes whose values are all inside the announced range, of those with values.
    ``excess``: values beyond the expected number (twice sent under new identities, or a rate announced too low), of
    all. ``stuck_s``: how long the signal has not moved at the end of the range, if it usually moves; ``stuck`` says
    whether that is long enough to suspect the sensor.
    """

    values: int
    expected: int
    completeness: float | None
    validity: float | None
    excess: float | None
    stuck: bool
    stuck_s: float
    gaps: tuple[Gap, ...]
    earlier: int = 0


def assess(
    minutes: Mapping[int, Minute],
    start: int,
    stop: int,
    rate_hz: float,
    minimum: float,
    maximum: float,
    known: int | None = None,
) -> Quality:
    """Of the whole minutes in [start, stop). ``minutes``: start of the minute to what it holds, empty ones absent.

    ``known``: since when the machine is (us UTC; None: for longer). Values are due, and missing ones a gap, from the
    next full minute on. What there is from before, as a past that was filled in by minutes, is judged by what it says
    (validity, excess, stuck) and not by its number.
    """
    first, last = ceil(start, MINUTE), stop // MINUTE * MINUTE
    grid = range(first, last, MINUTE)
    due = range(first if known is None else min(last, max(first, ceil(known, MINUTE))), last, MINUTE)
    per_minute = rate_hz * 60
    here = {t: minutes[t] for t in grid if t in minutes and minutes[t].count > 0}
    values = sum(m.count for m in here.values())
    earlier = sum(m.count for t, m in here.items() if t < due.start)
    expected = per_minute * len(due)
    came = sum(min(m.count, per_minute) for t, m in here.items() if t >= due.start)
    beyond = sum(max(0.0, m.count - per_minute * SLACK) for m in here.values())
    valid = sum(minimum <= m.low and m.high <= maximum for m in here.values())
    still = _still(here, grid)
    return Quality(
        values=round(values - earlier),
        expected=round(expected),
        completeness=came / expected if expected else None,
        validity=valid / len(here) if here else None,
        excess=beyond / values if values else None,
        stuck=still >= STUCK_MINUTES,
        stuck_s=still * 60.0,
        gaps=tuple(_gaps(here, due, per_minute)),
        earlier=round(earlier),
    )


def _still(here: Mapping[int, Minute], grid: range) -> int:
    """Minutes at the end in which the signal did not move, if it moves in most others."""
    moving = [m.high > m.low for m in here.values()]
    run, level = 0, None
    for t in reversed(grid):
        m = here.get(t)
        if m is None:
            continue
        if m.high > m.low or (level is not None and m.low != level):
            break
        level, run = m.low, run + 1
    others = len(moving) - run
    return run if others and sum(moving) * 2 > others else 0


def _gaps(here: Mapping[int, Minute], grid: range, per_minute: float) -> Iterable[Gap]:
    begun: int | None = None
    values = 0.0
    for t in [*grid, grid.stop]:
        few = t < grid.stop and (here[t].count if t in here else 0.0) < per_minute * GAP_SHARE
        if few:
            begun = t if begun is None else begun
            values += here[t].count if t in here else 0.0
        elif begun is not None:
            yield Gap(begun, t, round(values), round((t - begun) / MINUTE * per_minute))
            begun, values = None, 0.0


def pooled(found: Iterable[Quality]) -> tuple[float | None, float | None]:
    """Completeness and validity of several signals together: by values, and by signals."""
    rows = list(found)
    expected = sum(q.expected for q in rows)
    complete = sum((q.completeness or 0.0) * q.expected for q in rows)
    valid = [q.validity for q in rows if q.validity is not None]
    return (complete / expected if expected else None), (sum(valid) / len(valid) if valid else None)
