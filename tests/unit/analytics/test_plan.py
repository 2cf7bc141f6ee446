"""What the calendar asks of a line: breaks, nights across midnight, days off, a late start, no takt."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from andon_contracts.messages import LineLayout, Shift, Station
from andon_platform.analytics.oee.calendar import DAYS, Calendar
from andon_platform.analytics.oee.plan import Day, Plan, ends, exits, pieces, plan, total
from hypothesis import given
from hypothesis import strategies as st

WEEK = list(DAYS)
HOUR = 3_600_000_000
BERLIN = "Europe/Berlin"
EARLY = Shift(name="Early", start="06:00", end="14:00", days=WEEK, breaks=[("09:00", "09:15"), ("12:00", "12:20")])
NIGHT = Shift(name="Night", start="22:00", end="06:00", days=WEEK, breaks=[("01:00", "01:20")])


def at(text: str, zone: str = "UTC") -> int:
    return round(dt.datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp() * 1e6)


def day(calendar: Calendar, now: int, began: int = 0) -> Day:
    date, start, stop = calendar.day(now)
    return Day(date.isoformat(), start, stop, max(start, began))


def asked(calendar: Calendar, now: int, takt_s: float = 60.0, began: int = 0) -> Plan:
    return plan(calendar, day(calendar, now, began), now, takt_s)


def test_in_a_break_the_plan_stands_still() -> None:
    calendar = Calendar([EARLY])
    before, within, after = (asked(calendar, at(f"2026-03-02T{t}")) for t in ("09:00", "09:10", "09:16"))
    assert (before.due, within.due, after.due) == (180, 180, 181)
    assert before.due_day == 8 * 60 - 35


def test_a_night_shift_is_cut_at_midnight() -> None:
    calendar = Calendar([NIGHT])
    # from midnight to six without its break, and again from ten in the evening
    assert asked(calendar, at("2026-03-02T03:00")).due == 3 * 60 - 20
    noon = asked(calendar, at("2026-03-02T12:00"))
    assert (noon.due, noon.due_day) == (6 * 60 - 20, 8 * 60 - 20)
    assert asked(calendar, at("2026-03-02T23:30")).due == 6 * 60 - 20 + 90


def test_the_day_is_the_plants_own() -> None:
    calendar = Calendar([NIGHT], time_zone=BERLIN)
    just_after = at("2026-07-02T00:01", BERLIN)
    found = day(calendar, just_after)
    assert found.name == "2026-07-02"
    assert asked(calendar, just_after).due == 1


def test_the_days_on_which_clocks_change_are_shorter_and_longer() -> None:
    calendar = Calendar([Shift(name="All", start="00:00", end="24:00", days=WEEK)], time_zone=BERLIN)
    spring, autumn = at("2026-03-29T12:00", BERLIN), at("2026-10-25T12:00", BERLIN)
    assert [asked(calendar, t).due_day for t in (spring, autumn)] == [23 * 60, 25 * 60]


def test_a_day_off_asks_for_nothing_but_the_end_of_last_nights_shift() -> None:
    calendar = Calendar([EARLY, NIGHT], ["2026-03-03"])
    assert asked(calendar, at("2026-03-03T20:00")).due_day == 6 * 60 - 20


def test_a_plant_that_began_at_noon_owes_nothing_for_the_morning() -> None:
    calendar = Calendar([EARLY])
    found = asked(calendar, at("2026-03-02T13:00"), began=at("2026-03-02T12:30"))
    assert (found.due, found.due_day) == (30, 90)


def test_without_a_takt_there_is_no_plan_and_without_shifts_all_time_is_planned() -> None:
    now = at("2026-03-02T10:00")
    assert asked(Calendar([EARLY]), now, takt_s=0.0) == Plan(round(3.75 * HOUR), 8 * HOUR - 35 * 60_000_000, None, None)
    assert asked(Calendar([]), now).due_day == 24 * 60


@pytest.mark.parametrize(("busy_s", "takt_s", "due"), [(206.9, 207, 0), (207, 207, 1), (413.9, 207, 1), (10, 0.1, 100)])
def test_a_piece_is_due_when_its_takt_is_over(busy_s: float, takt_s: float, due: int) -> None:
    assert pieces(round(busy_s * 1e6), takt_s) == due


@given(st.integers(0, 24 * 60), st.integers(0, 24 * 60))
def test_the_plan_never_goes_back_and_never_beyond_the_day(one: int, other: int) -> None:
    calendar = Calendar([EARLY, NIGHT])
    first, second = (at("2026-03-02T00:00") + m * 60_000_000 for m in sorted((one, other)))
    inside = day(calendar, at("2026-03-02T00:00"))
    early, late = plan(calendar, inside, first, 207), plan(calendar, inside, second, 207)
    assert early.due is not None
    assert late.due is not None
    assert early.due <= late.due <= (late.due_day or 0)


def test_where_a_line_ends_and_where_products_leave() -> None:
    line = LineLayout(
        path="e/s/a/l", title="L",
        stations=[Station(machine="a", feeds=["b", "c"]), Station(machine="b", feeds=["other"]), Station(machine="c")],
    )  # fmt: skip
    assert [s.machine for s in ends(line)] == ["b", "c"]
    assert [s.machine for s in exits(line)] == ["c"]


@pytest.mark.parametrize(("parts", "expected"), [([], None), ([1, 2], 3), ([1, None], None)])
def test_a_sum_with_an_unknown_part_is_unknown(parts: list[int | None], expected: int | None) -> None:
    assert total(parts) == expected
