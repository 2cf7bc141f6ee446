"""Which messages of each epoch are settled: the contiguous mark, and the ranges above it.

Never "the last number seen": a broker may deliver 1 to 10 after 11 to 20. Everything here is plain arithmetic
on spans; durability is the caller's matter: :meth:`Settlement.after` says what marks will be once a batch is
stored, :meth:`Settlement.commit` takes them up when it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from andon_contracts.messages import Span

from andon_platform.data.marks import covers
from andon_platform.data.port import Mark, MarkKey

Outcome = Literal["stored", "quarantined", "voided"]
_NOTHING = Mark()


@dataclass(frozen=True, slots=True)
class Settled:
    """Numbers ``first`` to ``last`` of an epoch end as ``outcome``."""

    key: MarkKey
    first: int
    last: int
    outcome: Outcome


def union(settled: int, spans: Iterable[Span]) -> tuple[int, tuple[Span, ...]]:
    """The contiguous mark and the ranges above it, of everything up to ``settled`` and in ``spans``."""
    above: list[Span] = []
    for span in sorted(spans):
        if span.first <= settled + 1 and not above:
            settled = max(settled, span.last)
        elif above and span.first <= above[-1].last + 1:
            if span.last > above[-1].last:
                above[-1] = Span(above[-1].first, span.last)
        else:
            above.append(span)
    return settled, tuple(above)


def size(settled: int, spans: Sequence[Span]) -> int:
    """How many numbers are settled."""
    return settled + sum(s.last - s.first + 1 for s in spans)


def spans_of(numbers: Iterable[int]) -> list[Span]:
    """The numbers as ranges."""
    found: list[Span] = []
    first = last = 0
    for n in sorted(numbers):
        if first and n <= last + 1:
            last = n
        else:
            if first:
                found.append(Span(first, last))
            first = last = n
    if first:
        found.append(Span(first, last))
    return found


class Settlement:
    """Durable marks, and the numbers taken since that are on their way into the store."""

    def __init__(self, marks: dict[MarkKey, Mark]) -> None:
        self.marks = dict(marks)
        self._taken: dict[MarkKey, set[int]] = {}

    def take(self, key: MarkKey, seq: int) -> bool:
        """Claim a message; False where it is settled or on its way already."""
        mark = self.marks.get(key)
        if mark is not None and (seq <= mark.settled or (mark.above and covers(mark, seq))):
            return False
        taken = self._taken.get(key)
        if taken is None:
            taken = self._taken[key] = set()
        elif seq in taken:
            return False
        taken.add(seq)
        return True

    def after(
        self,
        stored: Mapping[MarkKey, Sequence[int]],
        others: Iterable[Settled] = (),
        now: int = 0,
    ) -> dict[MarkKey, Mark]:
        """The marks of all epochs touched, once the numbers ``stored`` and ``others`` are durable.

        Each number counts once: a void counts what nothing else has settled.
        """
        found = {}
        for key, numbers in stored.items():
            mark = self.marks.get(key, _NOTHING)
            ordered = sorted(numbers)
            n, last = len(ordered), ordered[-1]
            if not mark.above and ordered[0] == mark.settled + 1 and last == mark.settled + n:
                # nearly always: the next numbers, in order
                found[key] = Mark(last, (), mark.stored + n, mark.quarantined, mark.voided, now)
            else:
                found[key] = _grown(mark, "stored", spans_of(ordered), now)
        for outcome in ("quarantined", "voided"):
            for item in others:
                if item.outcome == outcome:
                    mark = found.get(item.key) or self.marks.get(item.key, _NOTHING)
                    found[item.key] = _grown(mark, item.outcome, [Span(item.first, item.last)], now)
        return found

    def commit(self, marks: dict[MarkKey, Mark]) -> None:
        """The marks are durable."""
        self.marks.update(marks)
        for key, mark in marks.items():
            taken = self._taken.get(key)
            if taken and len(taken) == 1 and mark.settled >= next(iter(taken)):
                del self._taken[key]
            elif taken:
                left = {n for n in taken if not covers(mark, n)}
                if left:
                    self._taken[key] = left
                else:
                    del self._taken[key]


def _grown(mark: Mark, outcome: Outcome, spans: Sequence[Span], now: int) -> Mark:
    settled, above = union(mark.settled, (*mark.above, *spans))
    more = size(settled, above) - size(mark.settled, mark.above)
    grown = replace(mark, settled=settled, above=above, updated=now)
    match outcome:
        case "stored":
            return replace(grown, stored=mark.stored + more)
        case "quarantined":
            return replace(grown, quarantined=mark.quarantined + more)
        case "voided":
            return replace(grown, voided=mark.voided + more)
