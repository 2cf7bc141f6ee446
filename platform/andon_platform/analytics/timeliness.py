"""Timeliness: were values in the store soon after they were measured?

ISO/IEC 25012 calls it currentness (data of the right age), ISO 8000-8 and much of the literature timeliness. Here it is
the share of values that were durable in the store within a named time of their own stamp. It is told apart from
completeness: what a link loss held back for ten minutes is complete once it has come, and stays untimely.

Delays are known by machine and minute, since the signals of a machine travel in the same messages; a signal's own share
weighs the minutes by its own values. What was not timed (stored by an earlier version, a back-fill, or just before a
kill) is in no figure; ``timed`` says how much was.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from andon_platform.analytics.quality import Minute
from andon_platform.data.aggregate import MINUTE
from andon_platform.data.delays import BINS, Delays, edge_for, quantile, within

#: A minute with less than this share in time is part of a late stretch.
LATE_SHARE: Final = 0.5


@dataclass(frozen=True, slots=True)
class LateStretch:
    """Of the ``values`` measured in [start, stop) (us UTC) ``late`` were not in time; the longest took so long."""

    start: int
    stop: int
    values: int
    late: int
    longest_s: float


@dataclass(frozen=True, slots=True)
class Timeliness:
    """``share`` of the ``timed`` values were stored within ``within_s``; the delays that half and 99 % of them did not
    pass, and the longest. None without values that were timed."""

    within_s: float
    timed: int
    share: float | None
    p50_s: float | None
    p99_s: float | None
    longest_s: float | None
    late: tuple[LateStretch, ...]


def timeliness(found: Sequence[Delays], wanted_us: int) -> Timeliness:
    """Of a machine's minutes, oldest first. ``wanted_us`` is taken up to the next edge that was counted by."""
    edge = edge_for(wanted_us)
    counts = [sum(column) for column in zip(*(d.counts for d in found), strict=True)] or [0] * BINS
    timed, longest = sum(counts), max((d.longest for d in found), default=0)
    median, most = quantile(counts, 0.5, longest), quantile(counts, 0.99, longest)
    return Timeliness(
        within_s=edge / 1e6,
        timed=timed,
        share=within(counts, edge) / timed if timed else None,
        p50_s=None if median is None else median / 1e6,
        p99_s=None if most is None else most / 1e6,
        longest_s=longest / 1e6 if timed else None,
        late=tuple(_late(found, edge)),
    )


def of_signal(found: Iterable[Delays], minutes: Mapping[int, Minute], wanted_us: int) -> float | None:
    """The share of one signal's values that came in time; ``minutes`` are its own."""
    edge, came, timely = edge_for(wanted_us), 0.0, 0.0
    for d in found:
        minute = minutes.get(d.t)
        if minute is not None and d.values:
            came += minute.count
            timely += minute.count * within(d.counts, edge) / d.values
    return timely / came if came else None


def _late(found: Sequence[Delays], edge: int) -> Iterable[LateStretch]:
    stretch: LateStretch | None = None
    for d in found:
        late = d.values - within(d.counts, edge)
        if d.values - late >= d.values * LATE_SHARE:
            continue
        if stretch is not None and stretch.stop == d.t:
            longest = max(stretch.longest_s, d.longest / 1e6)
            stretch = LateStretch(stretch.start, d.t + MINUTE, stretch.values + d.values, stretch.late + late, longest)
            continue
        if stretch is not None:
            yield stretch
        stretch = LateStretch(d.t, d.t + MINUTE, d.values, late, d.longest / 1e6)
    if stretch is not None:
        yield stretch
