"""Which source answers which stretch of a question: raw, minutes or hours. Arithmetic on time ranges, for any store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from andon_platform.data.aggregate import HOUR, MINUTE, ceil, floor

Range = tuple[int, int]
Source = Literal["raw", "minute", "hour"]
Stretch = tuple[Source, int, int]
#: Late ranges nearer than this (us) become one: a few roll-ups of an hour rather than many of a minute.
JOIN = 600_000_000


@dataclass(frozen=True, slots=True)
class Reach:
    """How far each source reaches: raw from ``raw_floor``, minutes from ``minute_floor`` to ``rolled``."""

    raw_floor: int
    minute_floor: int
    rolled: int
    late: Sequence[Range]


def coarse_enough(start: int, every: int, reach: Reach) -> int:
    """``every``, or the next multiple that the data still there can answer."""
    if start < min(reach.minute_floor, reach.rolled):
        return ceil(every, HOUR)
    if start < min(reach.raw_floor, reach.rolled):
        return ceil(every, MINUTE)
    return every


def plan(start: int, stop: int, every: int, reach: Reach) -> list[Stretch]:
    """Stretches that cover [start, stop) without overlap, oldest first, each with the coarsest exact source."""
    if every % MINUTE:
        return [("raw", start, stop)]
    if start < reach.raw_floor:
        start = floor(start, HOUR if every % HOUR == 0 and start < reach.minute_floor else MINUTE)
    low, high = ceil(start, MINUTE), min(floor(stop, MINUTE), reach.rolled)
    rolled = [(low, high)] if low < high else []
    for a, b in reach.late:
        # what is gone from raw can only come from the roll-up, late or not
        rolled = without(rolled, max(floor(a, MINUTE), reach.raw_floor), ceil(b, MINUTE))
    found: list[Stretch] = []
    at = start
    for a, b in rolled:
        if at < a:
            found.append(("raw", at, a))
        found.extend(_hours(a, b, every))
        at = b
    if at < stop:
        found.append(("raw", at, stop))
    return found


def _hours(start: int, stop: int, every: int) -> list[Stretch]:
    low, high = ceil(start, HOUR), floor(stop, HOUR)
    if every % HOUR or low >= high:
        return [("minute", start, stop)]
    parts: list[Stretch] = [("minute", start, low), ("hour", low, high), ("minute", high, stop)]
    return [(source, a, b) for source, a, b in parts if a < b]


def coarsest(stretches: Sequence[Stretch]) -> Source:
    """The coarsest source among them: what an answer says it was read from."""
    used = {source for source, _, _ in stretches}
    return "hour" if "hour" in used else "minute" if "minute" in used else "raw"


def joined(ranges: list[Range]) -> list[Range]:
    """The ranges in order, those that are near each other as one."""
    found: list[Range] = []
    for start, stop in sorted(ranges):
        if found and start <= found[-1][1] + JOIN:
            found[-1] = (found[-1][0], max(found[-1][1], stop))
        else:
            found.append((start, stop))
    return found


def without(ranges: list[Range], start: int, stop: int) -> list[Range]:
    """The ranges with [start, stop) cut out."""
    found = []
    for a, b in ranges:
        if a < min(b, start):
            found.append((a, min(b, start)))
        if max(a, stop) < b:
            found.append((max(a, stop), b))
    return found
