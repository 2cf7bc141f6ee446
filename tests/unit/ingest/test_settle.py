"""Settlement: whatever order, repetition and gaps, each number is settled once and counted once."""

from __future__ import annotations

from itertools import pairwise

from andon_contracts.messages import Span
from andon_platform.data.marks import covers, missing
from andon_platform.data.port import Mark
from andon_platform.ingest.settle import Settled, Settlement, size, spans_of, union
from hypothesis import given
from hypothesis import strategies as st

KEY = ("polaris/north/cabinets/press/press-1", 1)
NUMBERS = st.integers(1, 40)


@given(st.lists(st.lists(NUMBERS, min_size=1), max_size=8))
def test_any_order_of_deliveries_settles_each_number_once(batches: list[list[int]]) -> None:
    settlement, seen = Settlement({}), set[int]()
    for numbers in batches:
        taken = [n for n in numbers if settlement.take(KEY, n)]
        assert set(taken) == set(numbers) - seen and len(taken) == len(set(taken))
        seen |= set(numbers)
        if taken:
            settlement.commit(settlement.after({KEY: taken}))
    mark = settlement.marks.get(KEY, Mark())
    assert {n for n in range(1, 50) if covers(mark, n)} == seen
    assert mark.stored == len(seen) == size(mark.settled, mark.above)
    top = max(seen, default=0)
    assert {n for gap in missing(mark) for n in range(gap.first, gap.last + 1)} == set(range(1, top)) - seen
    assert mark.settled == next(n for n in range(60) if n + 1 not in seen)


@given(st.sets(NUMBERS), st.sets(NUMBERS), st.lists(st.tuples(NUMBERS, NUMBERS), max_size=4))
def test_outcomes_add_up_to_what_is_settled(stored: set[int], held: set[int], voids: list[tuple[int, int]]) -> None:
    settlement = Settlement({})
    held -= stored
    others = [Settled(KEY, n, n, "quarantined") for n in held]
    others += [Settled(KEY, min(v), max(v), "voided") for v in voids]
    marks = settlement.after({KEY: sorted(stored)} if stored else {}, others, 7)
    if not marks:
        return
    mark = marks[KEY]
    every = stored | held | {n for a, b in voids for n in range(min(a, b), max(a, b) + 1)}
    assert {n for n in range(1, 50) if covers(mark, n)} == every
    assert (mark.stored, mark.quarantined) == (len(stored), len(held))
    assert mark.stored + mark.quarantined + mark.voided == len(every)


@given(st.sets(NUMBERS))
def test_spans_of_is_minimal_and_exact(numbers: set[int]) -> None:
    spans = spans_of(numbers)
    assert {n for s in spans for n in range(s.first, s.last + 1)} == numbers
    assert all(a.last + 1 < b.first for a, b in pairwise(spans))


def test_one_to_ten_after_eleven_to_twenty() -> None:
    """The case in which a rule of the last number seen loses ten messages."""
    settlement = Settlement({})
    settlement.commit(settlement.after({KEY: list(range(11, 21))}))
    assert settlement.marks[KEY] == Mark(0, (Span(11, 20),), stored=10)
    assert all(settlement.take(KEY, n) for n in range(1, 11))
    settlement.commit(settlement.after({KEY: list(range(1, 11))}))
    assert settlement.marks[KEY] == Mark(20, (), stored=20)


def test_union_of_overlapping_and_touching_ranges() -> None:
    assert union(3, [Span(10, 12), Span(4, 5), Span(13, 13), Span(11, 20)]) == (5, (Span(10, 20),))


def test_a_number_on_its_way_is_not_taken_twice_but_again_after_nothing_came_of_it() -> None:
    settlement = Settlement({})
    assert settlement.take(KEY, 1)
    assert not settlement.take(KEY, 1)
