"""Samples for p, np, c and u charts, from what a machine counted and how often it went down.

Pieces that people found bad count as scrap here as in every other figure.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from andon_platform.analytics.oee.elements import elements
from andon_platform.analytics.oee.report import found_bad, states_of
from andon_platform.analytics.oee.report import made as made_of
from andon_platform.analytics.oee.states import cut
from andon_platform.api import limits
from andon_platform.api.problems import BadQuestion
from andon_platform.api.routes.oee import pasts_of, plant_of
from andon_platform.api.services import Services
from andon_platform.registry.record import Machine

if TYPE_CHECKING:
    from andon_platform.analytics.spc.charts import Samples

MAX_SAMPLES: Final = 500
#: Samples of a range, unless the asker says how long one is.
USUAL_SAMPLES: Final = 30


def _edges(start: int, stop: int, every: str | None) -> list[int]:
    """Whole samples of the range: one that is cut would count too little."""
    bucket = limits.duration(every) if every else limits.bucket_for(start, stop, USUAL_SAMPLES)
    if (stop - start) // bucket > MAX_SAMPLES:
        raise BadQuestion(f"{(stop - start) // bucket} samples, at most {MAX_SAMPLES}: make every longer")
    return list(range(-(-start // bucket) * bucket, stop + 1, bucket))


async def _pieces(have: Services, machine: Machine, start: int, stop: int) -> list[tuple[int, int, int]]:
    """(t, good, scrap) of each count, with what people found bad since."""
    clock, _ = plant_of(have, machine)
    past = (await pasts_of(have, [machine], clock, start, stop))[machine.path]
    found = [*made_of(past.events, clock, {}), *found_bad(past, clock)]
    low, high = clock.plant(start), clock.plant(stop)
    counted = sorted((m.t, m.good, m.scrap) for m in found if low <= m.t < high and (m.good or m.scrap))
    return [(clock.wall(t), good, scrap) for t, good, scrap in counted]


async def pieces_by_time(have: Services, machine: Machine, start: int, stop: int, every: str | None) -> Samples:
    """Scrap of the pieces of each bucket; one without pieces is no sample."""
    from andon_platform.analytics.spc.charts import Samples

    edges = _edges(start, stop, every)
    rows = await _pieces(have, machine, edges[0], edges[-1]) if len(edges) > 1 else []
    found = []
    for low, high in pairwise(edges):
        here = [(good, scrap) for t, good, scrap in rows if low <= t < high]
        size, bad = sum(g + s for g, s in here), sum(s for _, s in here)
        if size > 0:
            found.append((high, bad, size))
    return Samples([t for t, _, _ in found], [n for _, n, _ in found], [n for _, _, n in found])


async def pieces_by_number(have: Services, machine: Machine, start: int, stop: int, size: int) -> Samples:
    """Scrap of so many pieces in a row; what is left over at the end waits. Pieces of one count are taken good ones
    first: nobody said in which order they were made."""
    from andon_platform.analytics.spc.charts import Samples

    found, pieces, bad = [], 0, 0
    rows = await _pieces(have, machine, start, stop)
    for t, good, scrap in _corrected(rows):
        for kind, count in ((0, good), (1, scrap)):
            left = count
            while left > 0:
                took = min(left, size - pieces)
                pieces, bad, left = pieces + took, bad + took * kind, left - took
                if pieces == size:
                    found.append((t, bad))
                    pieces = bad = 0
    if len(found) > MAX_SAMPLES:
        raise BadQuestion(f"{len(found)} samples, at most {MAX_SAMPLES}: ask for a shorter range")
    return Samples([t for t, _ in found], [n for _, n in found], [size] * len(found))


def _corrected(rows: Sequence[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    """Counts of one moment together, so that a correction meets the count it is of."""
    found: dict[int, tuple[int, int]] = {}
    for t, good, scrap in rows:
        before = found.get(t, (0, 0))
        found[t] = before[0] + good, before[1] + scrap
    return [(t, good, scrap) for t, (good, scrap) in sorted(found.items())]


async def stops(have: Services, machine: Machine, chart: str, start: int, stop: int, every: str | None) -> Samples:
    """Times the machine went down in each bucket; for u, with the hours that it produced in it (plant time). Without
    any it had no occasion: a stop of then counts in the next sample."""
    from andon_platform.analytics.spc.charts import Samples

    edges = _edges(start, stop, every)
    if len(edges) < 2:
        return Samples([], [], [])
    clock, calendar = plant_of(have, machine)
    past = (await pasts_of(have, [machine], clock, edges[0], edges[-1]))[machine.path]
    states = states_of(past, clock, edges[0], edges[-1])
    stretches = calendar.stretches(clock.plant(edges[0]), clock.plant(edges[-1]))
    times, counts, sizes, lengths, waiting = [], [], [], set(), 0
    for low, high in pairwise(edges):
        first, last = clock.plant(low), clock.plant(high)
        e = elements(cut(states, first, last), stretches, [], first, last)
        lengths.add(last - first)
        size = 1.0 if chart == "c" else e.apt / 3.6e9
        waiting += e.failures
        if size > 0:
            times.append(high)
            counts.append(waiting)
            sizes.append(size)
            waiting = 0
    if chart == "c" and len(lengths) > 1:
        raise BadQuestion("the plant's pace changed in this range, so its samples are not of one size: take a u chart")
    return Samples(times, counts, sizes)
