"""Data quality from minutes: what is missing, outside its range, too much, or stuck."""

from __future__ import annotations

import pytest
from andon_platform.analytics.quality import Minute, assess, pooled
from andon_platform.data.aggregate import MINUTE
from hypothesis import given
from hypothesis import strategies as st

START = 1_795_000_020_000_000  # a whole minute


def minutes(*rows: tuple[float, float, float] | None) -> dict[int, Minute]:
    return {START + i * MINUTE: Minute(*row) for i, row in enumerate(rows) if row is not None}


def judge(*rows: tuple[float, float, float] | None, rate: float = 1.0):  # type: ignore[no-untyped-def]
    return assess(minutes(*rows), START, START + len(rows) * MINUTE, rate, 0.0, 100.0)


def test_all_there_and_moving() -> None:
    found = judge(*[(60, 10, 20)] * 10)
    assert (found.values, found.expected, found.completeness, found.validity) == (600, 600, 1.0, 1.0)
    assert (found.excess, found.stuck, found.gaps) == (0.0, False, ())


def test_gaps_are_listed_with_what_came_and_what_should_have() -> None:
    found = judge((60, 1, 2), None, (10, 1, 2), (60, 1, 2), None)
    assert found.completeness == pytest.approx((60 + 10 + 60) / 300)
    assert [(g.start - START, g.stop - START, g.values, g.expected) for g in found.gaps] == [
        (MINUTE, 3 * MINUTE, 10, 120),
        (4 * MINUTE, 5 * MINUTE, 0, 60),
    ]


def test_a_minute_too_full_makes_up_for_none_that_is_empty() -> None:
    found = judge((120, 1, 2), None)
    assert found.completeness == pytest.approx(0.5)
    assert found.excess == pytest.approx((120 - 66) / 120)


def test_values_outside_the_announced_range() -> None:
    assert judge((60, -1, 5), (60, 1, 5), (60, 1, 101), (60, 0, 100)).validity == pytest.approx(0.5)


def test_a_stuck_sensor_is_one_that_used_to_move() -> None:
    stuck = judge(*[(60, 10, 20)] * 10, *[(60, 15, 15)] * 6)
    assert stuck.stuck
    assert stuck.stuck_s == 360
    assert not judge(*[(60, 10, 20)] * 10, *[(60, 15, 15)] * 4).stuck
    assert not judge(*[(60, 15, 15)] * 16).stuck  # it never moves: a set point
    assert not judge(*[(60, 10, 20)] * 10, *[(60, float(i), float(i)) for i in range(6)]).stuck  # slow, but it moves


def test_only_whole_minutes_count() -> None:
    found = assess(minutes((60, 1, 2), (60, 1, 2), (60, 1, 2)), START + 1, START + 3 * MINUTE - 1, 1.0, 0.0, 9.0)
    assert (found.values, found.expected) == (60, 60)


def test_nothing_to_judge() -> None:
    found = assess({}, START, START + 5, 1.0, 0.0, 1.0)
    assert (found.completeness, found.validity, found.excess) == (None, None, None)
    assert pooled([found]) == (None, None)


row_ = st.one_of(st.none(), st.tuples(st.integers(1, 200), st.just(1.0), st.just(2.0)))


@given(st.lists(row_, min_size=1, max_size=60))
def test_shares_are_shares_and_gaps_do_not_overlap(rows: list[tuple[int, float, float] | None]) -> None:
    found = judge(*rows)
    assert 0 <= found.completeness <= 1
    assert found.excess is None or 0 <= found.excess <= 1
    assert all(a.stop < b.start for a, b in zip(found.gaps, found.gaps[1:], strict=False))
