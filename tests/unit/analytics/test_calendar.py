"""Shifts: nights, days off, time zones, and the nights on which clocks change."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from andon_contracts.messages import Shift
from andon_platform.analytics.oee.calendar import DAYS, Calendar
from hypothesis import given
from hypothesis import strategies as st

WEEK = list(DAYS)
HOUR = 3_600_000_000


def at(text: str, zone: str = "UTC") -> int:
    return round(dt.datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp() * 1e6)


def early(**more: object) -> Shift:
    return Shift(name="Early", start="06:00", end="14:00", days=WEEK, **more)  # type: ignore[arg-type]


NIGHT = Shift(name="Night", start="22:00", end="06:00", days=WEEK, breaks=[("01:00", "01:20")])


def test_a_day_is_cut_into_shift_break_and_off() -> None:
    found = Calendar([early(breaks=[("09:00", "09:15")])]).stretches(at("2026-03-02T00:00"), at("2026-03-03T00:00"))
    assert [(s.kind, (s.stop - s.start) / HOUR) for s in found] == [
        ("off", 6.0), ("shift", 3.0), ("break", 0.25), ("shift", 4.75), ("off", 10.0),
    ]  # fmt: skip


def test_a_night_shift_belongs_to_the_day_on_which_it_begins() -> None:
    found = Calendar([NIGHT]).current(at("2026-03-03T03:00"))
    assert found is not None
    assert found.day == dt.date(2026, 3, 2)
    assert found.breaks == ((at("2026-03-03T01:00"), at("2026-03-03T01:20")),)


def test_a_day_off_has_no_shift_that_begins_on_it() -> None:
    calendar = Calendar([early(), NIGHT], days_off=["2026-12-25"])
    names = [(run.name, run.day.day) for run in calendar.runs(at("2026-12-25T00:00"), at("2026-12-26T12:00"))]
    assert names == [("Night", 24), ("Early", 26)]


def test_days_of_the_week() -> None:
    calendar = Calendar([Shift(name="S", start="08:00", end="16:00", days=["sat"])])
    assert [run.day for run in calendar.runs(at("2026-03-02T00:00"), at("2026-03-09T00:00"))] == [dt.date(2026, 3, 7)]


def test_shifts_follow_the_plants_time_zone() -> None:
    run = next(Calendar([early()], time_zone="Europe/Berlin").runs(at("2026-07-01T00:00"), at("2026-07-01T12:00")))
    assert run.start == at("2026-07-01T04:00")


def test_the_night_of_summer_time_is_an_hour_short_and_of_winter_time_an_hour_long() -> None:
    calendar = Calendar([NIGHT], time_zone="Europe/Berlin")
    hours = {
        run.day.isoformat(): (run.stop - run.start) / HOUR
        for month in ("2026-03-28", "2026-10-24", "2026-06-10")
        for run in calendar.runs(at(f"{month}T22:30", "Europe/Berlin"), at(f"{month}T23:00", "Europe/Berlin"))
    }
    assert hours == {"2026-03-28": 7.0, "2026-10-24": 9.0, "2026-06-10": 8.0}


def test_a_time_that_the_change_skips_is_the_moment_of_the_change() -> None:
    calendar = Calendar([Shift(name="S", start="02:30", end="10:00", days=WEEK)], time_zone="Europe/Berlin")
    run = next(calendar.runs(at("2026-03-29T00:00"), at("2026-03-29T12:00")))
    assert run.start == at("2026-03-29T01:00")  # UTC: two o'clock in Berlin, which is three


def test_where_shifts_overlap_the_first_has_the_time() -> None:
    late = Shift(name="Late", start="13:45", end="22:00", days=WEEK)
    found = Calendar([early(), late]).stretches(at("2026-03-02T13:00"), at("2026-03-02T15:00"))
    assert [(s.shift, (s.stop - s.start) / HOUR) for s in found] == [("Early", 1.0), ("Late", 1.0)]


def test_without_shifts_all_time_is_planned() -> None:
    assert [s.kind for s in Calendar([]).stretches(0, 5)] == ["shift"]
    assert Calendar([]).stretches(5, 5) == []


@given(st.integers(at("2026-03-20T00:00"), at("2026-11-05T00:00")), st.integers(0, 10 * 24 * HOUR))
def test_stretches_cover_all_time_without_gap_or_overlap(start: int, length: int) -> None:
    calendar = Calendar([early(breaks=[("09:00", "09:15")]), NIGHT], ["2026-03-29", "2026-05-01"], "Europe/Berlin")
    found = calendar.stretches(start, start + length)
    edge = start
    for stretch in found:
        assert stretch.start == edge
        assert stretch.stop > stretch.start
        edge = stretch.stop
    assert edge == start + length
