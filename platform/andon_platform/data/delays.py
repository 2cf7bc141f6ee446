"""How long values took from their own time stamp into the store: counts by minute and machine.

A histogram of fixed edges, so that counts of any minutes and processes add up. Nothing of it stands in the rows: a
column of arrival times would widen each of them for what is asked of whole machines and minutes.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

#: Upper edges in microseconds; a delay belongs to the first edge that it does not pass, or to the bin beyond the last.
EDGES: Final = tuple(
    round(s * 1e6) for s in (0.1, 0.2, 0.5, 1, 2, 3, 5, 10, 20, 30, 60, 120, 300, 600, 1_800, 3_600, 21_600, 86_400)
)
BINS: Final = len(EDGES) + 1
NONE: Final = (0,) * BINS


@dataclass(frozen=True, slots=True)
class Delays:
    """What was counted of a machine's values whose stamps lie in the minute from ``t`` (us UTC) on.

    ``counts`` has a number of values a bin, ``longest`` is in microseconds. A minute may be counted in several parts
    (another process, late values after the first ones were written): ``part`` tells them apart, and writing a part
    again replaces it.
    """

    machine: str
    t: int
    part: int
    counts: tuple[int, ...]
    longest: int

    @property
    def values(self) -> int:
        """How many values."""
        return sum(self.counts)


def edge_for(us: int) -> int:
    """The smallest edge that is not below ``us``; beyond the last one, the last."""
    return EDGES[min(bisect_left(EDGES, us), len(EDGES) - 1)]


def within(counts: Sequence[int], edge: int) -> int:
    """How many values came within an edge."""
    return sum(counts[: EDGES.index(edge) + 1])


def added(parts: Iterable[Delays]) -> list[Delays]:
    """One for each machine and minute, by time."""
    found: dict[tuple[int, str], Delays] = {}
    for one in parts:
        key = one.t, one.machine
        was = found.get(key)
        if was is None:
            found[key] = Delays(one.machine, one.t, 0, one.counts, one.longest)
        else:
            counts = tuple(a + b for a, b in zip(was.counts, one.counts, strict=True))
            found[key] = Delays(one.machine, one.t, 0, counts, max(was.longest, one.longest))
    return [found[key] for key in sorted(found)]


def quantile(counts: Sequence[int], share: float, longest: int) -> float | None:
    """The delay (us) that this share of the values does not pass: inside a bin as if they lay evenly in it, which is as
    exact as the bin is narrow. None without values."""
    total = sum(counts)
    if not total:
        return None
    wanted, before = share * total, 0
    for i, n in enumerate(counts):
        if n and before + n >= wanted:
            low = EDGES[i - 1] if i else 0
            high = min(EDGES[i], longest) if i < len(EDGES) else longest
            return low + (max(low, high) - low) * (wanted - before) / n
        before += n
    return float(longest)
