"""ISA-18.2's measures: rate, floods, what chatters, what stands."""

from __future__ import annotations

import pytest
from andon_platform.alarms.alarm import MAX_SHELF_US, Alarm
from andon_platform.alarms.log import Entry
from andon_platform.alarms.measures import (
    BOUNDS,
    LOOK_BACK_US,
    PERIOD_US,
    STALE_US,
    Rang,
    annunciated,
    measures,
    stale,
)
from hypothesis import given
from hypothesis import strategies as st

MIN = 60_000_000
HOUR = 60 * MIN
M = "e/s/a/l/m"


def same(t: int) -> int:
    return t


def rang(*minutes: float, code: str = "E-1") -> list[Rang]:
    return [Rang(round(m * MIN), f"{M}:{code}") for m in minutes]


def entry(t: int, what: str = "came", code: str = "E-1") -> Entry:
    return Entry(M, code, t, what)


def test_twelve_in_eight_hours_are_one_and_a_half_an_hour() -> None:
    found = measures(rang(*range(0, 480, 40)), 0, 8 * HOUR)
    assert (found.alarms, found.per_hour, found.peak, found.flood_us) == (12, 1.5, 1, 0)
    assert found.top == [(f"{M}:E-1", 12)]
    assert len(found.periods) == 48
    assert sum(n for _, n in found.periods) == 12


def test_ten_in_ten_minutes_are_no_flood_and_eleven_are() -> None:
    ten = measures(rang(*range(10)), 0, HOUR)
    assert (ten.peak, ten.flood_us) == (10, 0)
    eleven = measures(rang(*(i * 0.9 for i in range(11))), 0, HOUR)
    # from the eleventh (minute 9) until fewer than five are left: the seventh (minute 5.4) leaves after ten minutes
    assert eleven.peak == 11
    assert eleven.flood_us == round((15.4 - 9.0) * MIN)


def test_a_flood_that_goes_over_the_ends_of_the_range_counts_inside() -> None:
    times = rang(*(i * 0.5 for i in range(60)))  # two a minute, for half an hour
    whole = measures(times, 0, 2 * HOUR)
    cut = [measures(times, 0, 20 * MIN), measures(times, 20 * MIN, 30 * MIN), measures(times, 30 * MIN, 2 * HOUR)]
    assert sum(part.flood_us for part in cut) == whole.flood_us
    assert cut[1].flood_us == 10 * MIN
    assert cut[2].alarms == 0
    assert cut[2].flood_us > 0


def test_a_period_ends_where_the_range_ends() -> None:
    found = measures(rang(0, 9.99, 10, 25), 0, 30 * MIN)
    assert found.periods == [(0, 2), (PERIOD_US, 1), (2 * PERIOD_US, 1)]
    # what is left of the range at its beginning is no whole period
    assert [t for t, _ in measures([], 0, 25 * MIN).periods] == [5 * MIN, 15 * MIN]


def test_three_times_in_a_minute_is_chatter() -> None:
    calm = rang(0, 0.6, 1.2, code="calm")
    nervous = rang(5, 5.4, 6.0, 6.1, code="nervous")
    assert measures(sorted(calm + nervous, key=lambda r: r.t), 0, HOUR).chattering == [(f"{M}:nervous", 3)]


def test_no_time_has_no_rate() -> None:
    assert measures([], 5, 5).per_hour is None


def test_what_is_silent_is_not_annunciated() -> None:
    entries = [
        entry(1), entry(2, "shelved"), entry(3), entry(4, "unshelved"), entry(5), entry(6, "out-of-service"), entry(7),
        entry(8, code="E-2"), entry(9, "returned-to-service"), entry(10),
    ]  # fmt: skip
    assert [r.t for r in annunciated(entries, same)] == [1, 5, 8, 10]


def test_a_shelf_of_which_nobody_wrote_the_end_lasts_as_long_as_a_shelf_can() -> None:
    entries = [entry(1, "shelved"), entry(MAX_SHELF_US), entry(MAX_SHELF_US + 1)]
    assert [r.t for r in annunciated(entries, same)] == [MAX_SHELF_US + 1]


def test_at_another_pace_it_is_plant_time_that_counts() -> None:
    hour = annunciated([entry(t * MIN) for t in range(1, 4)], lambda wall: wall * 60)
    assert [r.t for r in hour] == [HOUR, 2 * HOUR, 3 * HOUR]


@pytest.mark.parametrize(("age", "expected"), [(STALE_US, 0), (STALE_US + 1, 1)])
def test_more_than_a_day_is_stale(age: int, expected: int) -> None:
    alarm = Alarm(M, "E-1", "machine", "warning").came(1000, "warning", "")
    assert len(stale([alarm], 1000 + age, same)) == expected


def test_what_is_over_or_silent_stands_not() -> None:
    alarm, late = Alarm(M, "E-1", "machine", "warning").came(1, "warning", ""), 3 * STALE_US
    seen, over = alarm.acknowledge(2, "x"), alarm.went(2)
    silent = [alarm.service(True), alarm.shelve(late - 1, late + 1)]
    assert stale([over, *silent, seen], late, same) == [(seen, late - 1)]


@given(st.lists(st.integers(0, 3 * HOUR), max_size=80), st.integers(0, 3 * HOUR))
def test_parts_of_a_range_add_up(times: list[int], cut: int) -> None:
    all_of_it = [Rang(t, f"{M}:E-1") for t in sorted(times)]
    whole = measures(all_of_it, 0, 3 * HOUR + 1)
    first, second = measures(all_of_it, 0, cut), measures(all_of_it, cut, 3 * HOUR + 1)
    assert first.alarms + second.alarms == whole.alarms
    assert first.flood_us + second.flood_us == whole.flood_us
    assert max(first.peak, second.peak) <= whole.peak


@given(st.lists(st.integers(0, 2 * HOUR), max_size=60))
def test_looking_back_changes_nothing_before_that(times: list[int]) -> None:
    """The hour before the range is enough, unless it was all flood."""
    shifted = [Rang(t + LOOK_BACK_US, f"{M}:E-1") for t in sorted(times)]
    assert (
        measures(shifted, LOOK_BACK_US, LOOK_BACK_US + 3 * HOUR).flood_us
        == measures([Rang(t, f"{M}:E-1") for t in sorted(times)], 0, 3 * HOUR).flood_us
    )


def test_a_few_alarms_that_make_all_of_them_are_said_and_so_are_peaks() -> None:
    many = [Rang(i * MIN // 2, f"{M}:E-{i}") for i in range(11)]  # eleven within five minutes and a half
    found = measures(sorted(many + rang(*range(20, 29), code="E-0"), key=lambda r: r.t), 0, HOUR)
    assert found.peak_share == pytest.approx(1 / 6)
    assert found.top_share == pytest.approx(19 / 20)  # ten of eleven alarms, one of which came ten times
    nothing = measures([], 0, MIN)
    assert (nothing.peak_share, nothing.top_share) == (None, None)


def test_what_comes_back_with_its_condition_rings_again() -> None:
    told = [entry(0), entry(MIN, "shelved"), entry(2 * MIN, "unshelved"), entry(2 * MIN, "again")]
    assert [r.t for r in annunciated(told, same)] == [0, 2 * MIN]


def test_the_bounds_are_those_that_are_published() -> None:
    assert (BOUNDS["per_hour"], BOUNDS["per_hour_most"], BOUNDS["peak"], BOUNDS["stale"]) == (6, 12, 10, 5)
    shares = [BOUNDS[f"{s}_share"] for s in ("critical", "warning", "information")]
    assert shares == [0.05, 0.15, 0.80] and sum(shares) == pytest.approx(1)
