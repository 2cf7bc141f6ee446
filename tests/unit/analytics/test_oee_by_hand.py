"""OEE reckoned by hand: more published examples, nights, and the days on which clocks change."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from andon_contracts.messages import (
    ClockSegment,
    Event,
    OperationFinished,
    OperationStarted,
    PiecesCounted,
    Shift,
    StateChanged,
)
from andon_contracts.plant_clock import PlantClock
from andon_platform.analytics.oee.calendar import DAYS, Calendar
from andon_platform.analytics.oee.elements import Elements, Made, elements
from andon_platform.analytics.oee.kpis import kpis
from andon_platform.analytics.oee.report import Past, machine_elements
from andon_platform.analytics.oee.states import Interval

MIN = 60_000_000
HOUR = 60 * MIN
BERLIN = "Europe/Berlin"
WEEK = list(DAYS)
PRESS = "e/s/a/l/m"


def at(text: str, zone: str = "UTC", fold: int = 0) -> int:
    return round(dt.datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).timestamp() * 1e6)


def said(t: int, state: str, seq: int) -> StateChanged:
    return StateChanged(machine=PRESS, epoch=1, seq=seq, t=t, state=state)  # type: ignore[arg-type]


def counted(t: int, good: int, scrap: int, seq: int) -> PiecesCounted:
    return PiecesCounted(machine=PRESS, epoch=1, seq=seq, t=t, good=good, scrap=scrap)


@pytest.mark.parametrize(
    ("minutes", "planned_stop", "down", "cycle_s", "pieces", "rejects", "published"),
    [
        # Nakajima, Introduction to TPM (1988): loading time 460, downtime 60, cycle 0.5 min, 400 pieces, 2 % rejects
        (480, 20, 60, 30, 400, 8, (0.870, 0.50, 0.980, 0.426)),
        # Wikipedia, "Overall equipment effectiveness": a shift of 450 min, 60 down, 40 pieces an hour, 242 made
        (450, 0, 60, 90, 242, 21, (0.867, 0.931, 0.913, 0.736)),
    ],
)
def test_published_examples(
    minutes: int, planned_stop: int, down: int, cycle_s: int, pieces: int, rejects: int, published: tuple[float, ...]
) -> None:
    stop, run = minutes * MIN, (minutes - planned_stop - down) * MIN
    states = [
        Interval(0, run, "producing"),
        Interval(run, run + down * MIN, "down"),
        Interval(run + down * MIN, stop, "planned"),
    ]
    made = [Made(run - 1, pieces - rejects, rejects, pieces * cycle_s * 1_000_000)]
    k = kpis(elements(states, Calendar([]).stretches(0, stop), made, 0, stop))
    assert (k.availability, k.effectiveness, k.quality_ratio, k.oee) == pytest.approx(published, abs=1e-3)


def found(events: list[Event], calendar: Calendar, start: int, stop: int, clock: PlantClock | None = None) -> Elements:
    return machine_elements(Past(None, events), clock or PlantClock.starting(1), calendar, start, stop)


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-06-10", 24)])
def test_a_day_on_which_clocks_change(day: str, hours: int) -> None:
    """One shift all day with half an hour of break, in which spring's change lies; the machine produces but for the
    break and an hour down at noon."""
    shift = Shift(name="All", start="00:00", end="24:00", days=WEEK, breaks=[("01:45", "02:15")])
    calendar, start = Calendar([shift], time_zone=BERLIN), at(f"{day}T00:00", BERLIN)
    stop, pause, noon = start + hours * HOUR, at(f"{day}T01:45", BERLIN), at(f"{day}T12:00", BERLIN)
    events: list[Event] = [
        said(start, "producing", 1), said(pause, "idle", 2), said(pause + 30 * MIN, "producing", 3),
        said(noon, "down", 4), said(noon + HOUR, "producing", 5), counted(noon - 1, 90, 10, 6),
    ]  # fmt: skip
    assert at((dt.date.fromisoformat(day) + dt.timedelta(days=1)).isoformat() + "T00:00", BERLIN) == stop
    e = found(events, calendar, start, stop)
    assert (e.calendar, e.breaks, e.adot, e.down, e.unplanned) == (hours * HOUR, 30 * MIN, 0, HOUR, 0)
    assert (e.pbt, e.apt) == (hours * HOUR - 30 * MIN, hours * HOUR - 90 * MIN)
    assert kpis(e).availability == pytest.approx((hours - 1.5) / (hours - 0.5))


@pytest.mark.parametrize("begin", ["01:45", "02:10", "02:45"])
@pytest.mark.parametrize("day", ["2026-03-28", "2026-10-24"])
def test_a_break_is_as_long_as_on_other_nights_when_clocks_change_in_it(day: str, begin: str) -> None:
    end = f"{(dt.datetime.fromisoformat(f'2026-01-01T{begin}') + dt.timedelta(minutes=30)):%H:%M}"
    night = Shift(name="Night", start="22:00", end="06:00", days=WEEK, breaks=[(begin, end)])
    calendar = Calendar([night], time_zone=BERLIN)
    run = calendar.current(at(f"{day}T23:00", BERLIN))
    assert run is not None
    assert [high - low for low, high in run.breaks] == [30 * MIN]
    assert (run.stop - run.start) // HOUR == (7 if day < "2026-06" else 9)


def test_a_night_shift_over_midnight_with_its_break() -> None:
    """22:00 to 06:00 with a break from 01:00 to 01:20, asked for as a whole and cut at midnight."""
    night = Shift(name="Night", start="22:00", end="06:00", days=["mon"], breaks=[("01:00", "01:20")])
    calendar, start = Calendar([night]), at("2026-03-02T22:00")
    midnight, stop = start + 2 * HOUR, start + 8 * HOUR
    events: list[Event] = [
        said(start, "producing", 1), said(midnight - 10 * MIN, "down", 2), said(midnight + 20 * MIN, "producing", 3),
        said(start + 3 * HOUR, "idle", 4), said(start + 3 * HOUR + 20 * MIN, "producing", 5),
        counted(midnight - 1, 50, 0, 6), counted(midnight, 40, 10, 7),
    ]  # fmt: skip
    whole, before, after = (found(events, calendar, *span) for span in
                            ((start, stop), (start, midnight), (midnight, stop)))  # fmt: skip
    assert (whole.pbt, whole.breaks, whole.apt, whole.down) == (460 * MIN, 20 * MIN, 430 * MIN, 30 * MIN)
    assert (before.pbt, before.down, before.failures, before.good) == (120 * MIN, 10 * MIN, 1, 50)
    assert (after.pbt, after.down, after.failures, after.produced) == (340 * MIN, 20 * MIN, 0, 50)
    assert before + after == whole
    # nobody works on tuesday: what goes on after six is unplanned unless it produces
    later = found([*events, said(stop, "idle", 8)], calendar, start, stop + HOUR)
    assert (later.pbt, later.unplanned) == (460 * MIN, HOUR)


def test_a_shift_in_progress_with_the_operation_at_work() -> None:
    """An hour in: forty minutes for four pieces at ten minutes, twelve down, and eight of an operation of ten."""
    start = at("2026-03-02T06:00")
    calendar = Calendar([Shift(name="Early", start="06:00", end="14:00", days=WEEK)])
    events: list[Event] = [said(start, "producing", 1)]
    for i in range(4):
        end = start + (i + 1) * 10 * MIN
        events += [
            OperationStarted(machine=PRESS, epoch=1, seq=10 + 3 * i, t=end - 10 * MIN, operation="press"),
            OperationFinished(
                machine=PRESS, epoch=1, seq=11 + 3 * i, t=end, operation="press", planned_s=540, duration_s=600
            ),
            counted(end, 1, 0, 12 + 3 * i),
        ]
    events += [
        said(start + 40 * MIN, "down", 30), said(start + 52 * MIN, "producing", 31),
        OperationStarted(machine=PRESS, epoch=1, seq=32, t=start + 52 * MIN, operation="press"),
    ]  # fmt: skip
    now, past = start + HOUR, Past(None, events, cycles_s={"press": 540.0})
    e = machine_elements(past, PlantClock.starting(1), calendar, start, now)
    assert (e.calendar, e.pbt, e.apt, e.down) == (HOUR, HOUR, 48 * MIN, 12 * MIN)
    assert e.planned_run_us == 4 * 9 * MIN + 8 * MIN  # the one at work by the time it has had
    k = kpis(e)
    assert (k.availability, k.effectiveness, k.oee) == pytest.approx((0.8, 44 / 48, 0.8 * 44 / 48))
    # late: one of the pieces was scrap, and the stop had begun two minutes before
    late: list[Event] = [said(start + 38 * MIN, "down", 40)]
    corrected = found([*events, *late], calendar, start, now)
    assert (corrected.apt, corrected.down, corrected.failures) == (46 * MIN, 14 * MIN, 1)


def test_pace_changed_in_the_middle_of_an_operation_and_of_a_stop() -> None:
    """At ten minutes the plant begins to run ten times as fast: five minutes on the wall are fifty in it."""
    clock = PlantClock([
        ClockSegment(wall=1, plant=1, pace=1.0), ClockSegment(wall=10 * MIN + 1, plant=10 * MIN + 1, pace=10.0),
    ])  # fmt: skip
    events: list[Event] = [
        said(1, "producing", 1),
        OperationFinished(
            machine=PRESS, epoch=1, seq=2, t=11 * MIN + 1, operation="press", planned_s=1_200, duration_s=1_200
        ),
        said(11 * MIN + 1, "down", 3),
    ]
    whole = found(events, Calendar([]), 1, 15 * MIN + 1, clock)
    assert (whole.calendar, whole.apt, whole.down) == (60 * MIN, 20 * MIN, 40 * MIN)
    assert whole.planned_run_us == 20 * MIN
    parts = [found(events, Calendar([]), a, b, clock) for a, b in ((1, 10 * MIN + 1), (10 * MIN + 1, 15 * MIN + 1))]
    assert [p.planned_run_us for p in parts] == [10 * MIN, 10 * MIN]
    assert [p.apt for p in parts] == [10 * MIN, 10 * MIN]
