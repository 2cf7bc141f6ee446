"""Run rules: patterns that chance seldom makes, on points in sigmas from the centre.

Western Electric, "Statistical Quality Control Handbook" (1956) 25-28, and Nelson, "The Shewhart control chart: tests
for special causes", Journal of Quality Technology 16 (1984) 237-239. They differ: Western Electric calls 8 points on
one side a pattern (its rule 4), Nelson 9 (his rule 2). Where the two leave ties open: a point on a line is not beyond
it, one on the centre is on no side and ends a run, two equal neighbours end a trend and an alternation. "2 of 3" is
full with its second point: two in a row are such a pattern whatever the third is, at the start of a chart as later.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

Scaled = Sequence[float]


@dataclass(frozen=True, slots=True)
class Violation:
    """``rule`` such as ``nelson-2``; ``index`` is the point that completes the pattern, ``points`` all of it."""

    rule: str
    index: int
    points: tuple[int, ...]
    text: str


def _one_beyond(z: Scaled, i: int) -> tuple[int, ...] | None:
    return (i,) if abs(z[i]) > 3 else None


def _of_last(k: int, n: int, sigmas: float) -> Callable[[Scaled, int], tuple[int, ...] | None]:
    """k of n beyond so many sigmas on one side; the last is one of them."""

    def check(z: Scaled, i: int) -> tuple[int, ...] | None:
        for side in (1, -1):
            if side * z[i] <= sigmas:
                continue
            hits = tuple(j for j in range(max(0, i - n + 1), i + 1) if side * z[j] > sigmas)
            if len(hits) >= k:
                return hits
        return None

    return check


def _last(n: int, i: int) -> range | None:
    return range(i - n + 1, i + 1) if i >= n - 1 else None


def _one_side(n: int) -> Callable[[Scaled, int], tuple[int, ...] | None]:
    def check(z: Scaled, i: int) -> tuple[int, ...] | None:
        last = _last(n, i)
        if last and (all(z[j] > 0 for j in last) or all(z[j] < 0 for j in last)):
            return tuple(last)
        return None

    return check


def _trend(z: Scaled, i: int) -> tuple[int, ...] | None:
    """Six in a row, each above (or each below) the one before."""
    last = _last(6, i)
    if not last:
        return None
    steps = [z[j + 1] - z[j] for j in last[:-1]]
    return tuple(last) if all(s > 0 for s in steps) or all(s < 0 for s in steps) else None


def _alternating(z: Scaled, i: int) -> tuple[int, ...] | None:
    """Fourteen in a row, up and down in turn."""
    last = _last(14, i)
    if not last:
        return None
    steps = [z[j + 1] - z[j] for j in last[:-1]]
    return tuple(last) if all(a * b < 0 for a, b in pairwise(steps)) else None


def _hugging(z: Scaled, i: int) -> tuple[int, ...] | None:
    """Fifteen in a row within one sigma of the centre, on either side."""
    last = _last(15, i)
    return tuple(last) if last and all(abs(z[j]) < 1 for j in last) else None


def _mixture(z: Scaled, i: int) -> tuple[int, ...] | None:
    """Eight in a row beyond one sigma, on both sides."""
    last = _last(8, i)
    if not last or any(abs(z[j]) <= 1 for j in last):
        return None
    return tuple(last) if any(z[j] > 0 for j in last) and any(z[j] < 0 for j in last) else None


Rules = dict[str, tuple[str, Callable[[Scaled, int], tuple[int, ...] | None]]]

WESTERN_ELECTRIC: Final[Rules] = {
    "western-electric-1": ("a point beyond 3 sigma", _one_beyond),
    "western-electric-2": ("2 of 3 points beyond 2 sigma on one side", _of_last(2, 3, 2)),
    "western-electric-3": ("4 of 5 points beyond 1 sigma on one side", _of_last(4, 5, 1)),
    "western-electric-4": ("8 points in a row on one side of the centre", _one_side(8)),
}
NELSON: Final[Rules] = {
    "nelson-1": ("a point beyond 3 sigma", _one_beyond),
    "nelson-2": ("9 points in a row on one side of the centre", _one_side(9)),
    "nelson-3": ("6 points in a row that rise, or fall", _trend),
    "nelson-4": ("14 points in a row that go up and down in turn", _alternating),
    "nelson-5": ("2 of 3 points beyond 2 sigma on one side", _of_last(2, 3, 2)),
    "nelson-6": ("4 of 5 points beyond 1 sigma on one side", _of_last(4, 5, 1)),
    "nelson-7": ("15 points in a row within 1 sigma of the centre", _hugging),
    "nelson-8": ("8 points in a row beyond 1 sigma, on both sides", _mixture),
}


def violations(scaled: Scaled, rules: Rules) -> list[Violation]:
    """Every completed pattern, in the order of time; a pattern that goes on is completed by each further point.

    ``scaled``: (value - centre) / sigma, as :attr:`Points.scaled <.chart.Points.scaled>` gives them.
    """
    found = []
    for i in range(len(scaled)):
        for name, (text, check) in rules.items():
            points = check(scaled, i)
            if points is not None:
                found.append(Violation(name, i, points, text))
    return found
