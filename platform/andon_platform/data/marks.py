"""Reading a mark: which sequence numbers of an epoch are settled."""

from __future__ import annotations

from bisect import bisect_right

from andon_contracts.messages import Span

from andon_platform.data.port import Mark


def covers(mark: Mark, seq: int) -> bool:
    """Whether ``seq`` is settled: at or below the contiguous mark, or in a range above it."""
    if seq <= mark.settled:
        return True
    if not mark.above or seq > mark.above[-1].last:
        return False
    i = bisect_right(mark.above, Span(seq, 1 << 62)) - 1
    return i >= 0 and mark.above[i].first <= seq <= mark.above[i].last


def missing(mark: Mark) -> list[Span]:
    """The gaps below the highest settled number."""
    gaps = []
    expected = mark.settled + 1
    for span in mark.above:
        gaps.append(Span(expected, span.first - 1))
        expected = span.last + 1
    return gaps
