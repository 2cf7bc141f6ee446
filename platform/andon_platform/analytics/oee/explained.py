"""A person's reasons laid over a machine's own: states, times and the number of stops stay, only the reasons change."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from andon_platform.analytics.oee.states import OFFLINE, Interval


@dataclass(frozen=True, slots=True)
class Given:
    """``reason`` is for the whole stop in ``state`` that the moment ``t`` lies in."""

    t: int
    state: str
    reason: str


@dataclass(frozen=True, slots=True)
class Scrapped:
    """So many of the pieces that were counted as good at ``t`` are scrap."""

    t: int
    pieces: int
    product: str = ""


def began(part: Interval) -> int:
    """When the machine came into the state of this part."""
    return part.start if part.began is None else part.began


def explained(parts: Sequence[Interval], given: Iterable[Given]) -> list[Interval]:
    """``parts`` with the reasons that people gave, the last word last. A stop is all that a machine stood in one state
    from its beginning on, whatever reasons it said meanwhile; what lay in it and is not known (offline) stays so."""
    found = list(parts)
    stops: dict[int, list[int]] = {}
    for i, part in enumerate(found):
        if part.state != OFFLINE:
            stops.setdefault(began(part), []).append(i)
    starts = sorted(stops)  # a machine is in one state at a time: the stop that began last before a moment has it
    for one in given:
        at = bisect_right(starts, one.t) - 1
        places = stops[starts[at]] if at >= 0 else []
        if places and found[places[0]].state == one.state and one.t < found[places[-1]].stop:
            for i in places:
                found[i] = replace(found[i], reason=one.reason)
    return found
