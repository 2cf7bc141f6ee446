"""OEE and its family: the published example, the awkward cases, and what holds whatever the data."""

from __future__ import annotations

from itertools import pairwise

import pytest
from andon_contracts.messages import (
    ClockSegment,
    Event,
    GapMarked,
    OperationFinished,
    OperationStarted,
    Shift,
    StateChanged,
)
from andon_contracts.plant_clock import PlantClock
from andon_platform.analytics.oee.bottleneck import bottleneck
from andon_platform.analytics.oee.calendar import Calendar, Stretch
from andon_platform.analytics.oee.elements import Elements, Made, elements
from andon_platform.analytics.oee.kpis import FORMULAS, Kpis, kpis
from andon_platform.analytics.oee.losses import pareto, waterfall
from andon_platform.analytics.oee.report import made as made_of
from andon_platform.analytics.oee.states import Interval, cut, intervals
from hypothesis import given
from hypothesis import strategies as st

MIN = 60_000_000
STATES = ["producing", "setup", "starved", "blocked", "down", "planned", "idle", "offline"]


def said(t: int, state: str, seq: int = 1, reason: str = "", epoch: int = 1) -> StateChanged:
    return StateChanged(machine="e/s/a/l/m", epoch=epoch, seq=seq, t=t, state=state, reason=reason)  # type: ignore[arg-type]


def all_planned(start: int, stop: int) -> list[Stretch]:
    return Calendar([]).stretches(start, stop)


def test_the_worked_example_of_vorne() -> None:
    """480 minutes with 60 of breaks, 47 down, ideal cycle 1 s, 19,271 pieces of which 423 are rejects."""
    states = [
        Interval(0, 200 * MIN, "producing"),
        Interval(200 * MIN, 260 * MIN, "planned", "break"),
        Interval(260 * MIN, 307 * MIN, "down", "jam"),
        Interval(307 * MIN, 480 * MIN, "producing"),
    ]
    made = [Made(470 * MIN, 19_271 - 423, 423, 19_271 * 1_000_000)]
    found = elements(states, all_planned(0, 480 * MIN), made, 0, 480 * MIN)
    k = kpis(found)
    assert k.availability == pytest.approx(0.8881, abs=5e-5)
    assert k.effectiveness == pytest.approx(0.8611, abs=5e-5)
    assert k.quality_ratio == pytest.approx(0.9780, abs=5e-5)
    assert k.oee == pytest.approx(0.7479, abs=5e-5)
    assert k.mttr_s == 47 * 60
    assert found.calendar == 480 * MIN


def test_breaks_of_the_calendar_do_the_same_as_a_planned_stop() -> None:
    shift = Shift(name="Early", start="06:00", end="14:00", days=["mon"], breaks=[("09:20", "10:20")])
    monday = 1_767_571_200_000_000 + 6 * 60 * MIN  # 2026-01-05, 6 o'clock
    states = [
        Interval(monday, monday + 200 * MIN, "producing"),
        Interval(monday + 200 * MIN, monday + 260 * MIN, "idle"),
        Interval(monday + 260 * MIN, monday + 307 * MIN, "down"),
        Interval(monday + 307 * MIN, monday + 480 * MIN, "producing"),
    ]
    stretches = Calendar([shift]).stretches(monday, monday + 480 * MIN)
    found = elements(states, stretches, [], monday, monday + 480 * MIN)
    assert found.pbt == 420 * MIN
    assert found.breaks == 60 * MIN
    assert kpis(found).availability == pytest.approx(0.8881, abs=5e-5)


def test_states_go_to_their_elements() -> None:
    states = [Interval(i, i + 1, state) for i, state in enumerate(STATES)]
    found = elements(states, all_planned(0, 8), [], 0, 8)
    assert (found.apt, found.asut, found.adet, found.adot) == (1, 1, 3, 1)
    assert (found.aupt, found.aubt, found.pbt) == (2, 5, 6)
    assert (found.planned_stop, found.offline, found.calendar) == (1, 1, 8)


def test_who_works_in_a_break_has_worked() -> None:
    stretches = [Stretch(0, 10, "shift"), Stretch(10, 20, "break"), Stretch(20, 30, "off")]
    found = elements([Interval(0, 30, "producing")], stretches, [], 0, 30)
    assert (found.apt, found.pbt, found.breaks) == (30, 30, 0)
    found = elements([Interval(0, 30, "starved")], stretches, [], 0, 30)
    assert (found.adet, found.breaks, found.unplanned) == (10, 10, 10)


def test_nothing_produced_is_no_oee_of_some_other_number() -> None:
    k = kpis(elements([Interval(0, 10, "down")], all_planned(0, 10), [], 0, 10))
    assert (k.availability, k.oee, k.effectiveness, k.quality_ratio) == (0, 0, None, None)
    k = kpis(elements([Interval(0, 10, "offline")], all_planned(0, 10), [], 0, 10))
    assert (k.availability, k.oee, k.mtbf_s) == (None, None, None)
    assert kpis(Elements()) == Kpis(*[None] * 13)


def test_a_shift_in_progress_counts_only_what_was() -> None:
    states = intervals([said(0, "producing")], 0, 5 * MIN)
    found = elements(states, all_planned(0, 5 * MIN), [], 0, 5 * MIN)
    assert found.calendar == found.apt == 5 * MIN


def test_a_piece_counts_where_it_was_finished() -> None:
    states, made = [Interval(0, 20, "producing")], [Made(10, good=1, planned_us=8)]
    first = elements(states, all_planned(0, 20), made, 0, 10)
    second = elements(states, all_planned(0, 20), made, 10, 20)
    assert (first.good, second.good, first.planned_run_us, second.planned_run_us) == (0, 1, 0, 8)


def test_an_operation_that_the_interval_cuts_counts_with_its_share() -> None:
    states, made = [Interval(0, 30, "producing")], [Made(25, good=1, planned_us=10, began=5)]
    shares = [elements(states, all_planned(0, 30), made, a, b).planned_run_us for a, b in ((0, 12), (12, 30))]
    assert shares == [3, 7]
    # of what was done while nothing was known of the machine, nothing counts
    states = [Interval(0, 15, "offline"), Interval(15, 30, "producing")]
    assert elements(states, all_planned(0, 30), made, 0, 30).planned_run_us == 5


def test_the_operation_at_work_counts_so_far() -> None:
    clock = PlantClock.starting(1)
    begun = OperationStarted(machine="e/s/a/l/m", epoch=1, seq=1, t=4_000_000, operation="press")
    (one,) = made_of([begun], clock, {"press": 10.0})
    assert one.planned_in(0, 9_000_000) == 5_000_000
    assert one.planned_in(0, 99_000_000) == 10_000_000  # late: it was planned to be done
    ended = OperationFinished(
        machine="e/s/a/l/m", epoch=1, seq=2, t=9_000_000, operation="press", planned_s=4, duration_s=5
    )
    (one,) = made_of([begun, ended], clock, {"press": 10.0})
    assert one.planned_in(0, 99_000_000) == 4_000_000


def test_late_data_corrects_the_figure() -> None:
    early, late = [said(0, "producing", 1), said(10, "producing", 3)], said(4, "down", 2)
    before = elements(intervals(early, 0, 20), all_planned(0, 20), [], 0, 20)
    after = elements(intervals([*early, late], 0, 20), all_planned(0, 20), [], 0, 20)
    assert (before.apt, before.down) == (20, 0)
    assert (after.apt, after.down, after.failures) == (14, 6, 1)


def test_events_in_any_order_and_twice_are_the_same() -> None:
    events: list[Event] = [said(0, "producing", 1), said(4, "down", 2), said(9, "producing", 3)]
    assert intervals([*events[::-1], events[1]], 0, 20) == intervals(events, 0, 20)


def test_pace_changed_half_way_counts_in_plant_time() -> None:
    clock = PlantClock([ClockSegment(wall=1, plant=1, pace=1.0), ClockSegment(wall=100, plant=100, pace=60.0)])
    start, stop = clock.plant(50), clock.plant(110)
    found = intervals([said(50, "producing", 1), said(105, "down", 2)], start, stop, plant=clock.plant)
    assert [(i.state, i.stop - i.start) for i in found] == [("producing", 50 + 300), ("down", 300)]


def test_sleep_and_silence_are_offline_and_the_state_goes_on_after() -> None:
    gap = GapMarked(machine="e/s/a/l/m", epoch=1, seq=2, t=8, start=5, reason="asleep")
    found = intervals([said(0, "down", 1), gap], 0, 20, silent=[(15, 18)])
    assert [(i.start, i.stop, i.state) for i in found] == [
        (0, 5, "down"), (5, 8, "offline"), (8, 15, "down"), (15, 18, "offline"), (18, 20, "down"),
    ]  # fmt: skip
    assert elements(found, all_planned(0, 20), [], 0, 20).failures == 1


def test_before_the_first_state_nothing_is_known() -> None:
    assert [i.state for i in intervals([said(5, "idle")], 0, 10)] == ["offline", "idle"]
    assert [i.state for i in intervals([], 0, 10, before=said(-5, "idle"))] == ["idle"]


def test_a_stop_that_began_earlier_or_changes_its_reason_is_no_new_failure() -> None:
    before = said(-5, "down", 1, "jam")
    found = intervals([said(3, "down", 2, "waiting for parts")], 0, 10, before=before)
    assert [i.reason for i in found] == ["jam", "waiting for parts"]
    assert elements(found, all_planned(0, 10), [], 0, 10).failures == 0


def test_waterfall_goes_from_calendar_to_good_pieces() -> None:
    states = [Interval(i * MIN, (i + 1) * MIN, state, f"because {state}") for i, state in enumerate(STATES)]
    found = elements(states, all_planned(0, 8 * MIN), [Made(1, 3, 1, 40_000_000)], 0, 8 * MIN)
    steps = waterfall(found)
    assert steps[0].level == 8 * MIN
    for before, after in pairwise(steps):
        assert after.level == (before.level if after.total else before.level + after.us)
    k = kpis(found)
    assert k.oee is not None
    assert steps[-1].level / found.pbt == pytest.approx(k.oee)
    losses = pareto(found)
    assert {loss.state for loss in losses} == {"down", "starved", "blocked", "setup", "idle"}
    assert losses[-1].cumulative == pytest.approx(1)
    assert losses[0].reason.startswith("because")


def test_every_kpi_has_its_formula() -> None:
    assert list(FORMULAS) == list(Kpis.__dataclass_fields__)


def busy(**us: int) -> Elements:
    return Elements(**us)


def test_the_station_that_others_wait_for_is_the_bottleneck() -> None:
    found = {
        "press": busy(apt=60, blocked=40),
        "bend": busy(apt=70, blocked=25, starved=5),
        "foam": busy(apt=96, starved=2, blocked=2),
        "paint": busy(apt=65, starved=35),
    }
    neck = bottleneck(["press", "bend", "foam", "paint"], found)
    assert neck is not None
    assert neck.machine == "foam"
    assert neck.certainty > 0.2
    assert bottleneck(["press"], {"press": busy(starved=10)}) is None


# --- what holds whatever the data ---------------------------------------------------------------------------

events_ = st.lists(
    st.tuples(st.integers(0, 10_000), st.sampled_from(STATES[:-1]), st.sampled_from(["", "a", "b"])), max_size=20
)
gaps_ = st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 800)), max_size=3)
bounds = st.integers(-500, 10_500)


def history(rows: list[tuple[int, str, str]], gaps: list[tuple[int, int]], start: int, stop: int) -> list[Interval]:
    events: list[Event] = [said(t, state, i + 1, reason) for i, (t, state, reason) in enumerate(rows)]
    events += [
        GapMarked(machine="e/s/a/l/m", epoch=1, seq=100 + i, t=t + length, start=t, reason="asleep")
        for i, (t, length) in enumerate(gaps)
    ]
    return intervals(events, start, stop)


def stretches_of(start: int, stop: int) -> list[Stretch]:
    """Shift, break and off in turn."""
    edges = [start, *range(start // 700 * 700 + 700, stop, 700), stop]
    kinds = ("shift", "shift", "break", "shift", "off")
    return [Stretch(a, b, kinds[a // 700 % 5]) for a, b in pairwise(edges) if a < b]  # type: ignore[arg-type]


@given(events_, gaps_, bounds, bounds)
def test_categories_add_up_to_calendar_time(
    rows: list[tuple[int, str, str]], gaps: list[tuple[int, int]], a: int, b: int
) -> None:
    start, stop = sorted((a, b))
    found = elements(history(rows, gaps, start, stop), stretches_of(start, stop), [], start, stop)
    assert found.calendar == stop - start
    assert sum(found.by_reason.values()) == found.calendar - found.apt


@given(events_, gaps_, bounds, bounds, bounds, st.lists(st.tuples(bounds, st.integers(0, 3), st.integers(0, 3))))
def test_splitting_an_interval_never_changes_totals(
    rows: list[tuple[int, str, str]],
    gaps: list[tuple[int, int]],
    a: int,
    b: int,
    c: int,
    pieces: list[tuple[int, int, int]],
) -> None:
    start, middle, stop = sorted((a, b, c))
    made = [Made(t, good, scrap, 7 * (good + scrap), began=t - 131 * scrap) for t, good, scrap in pieces]
    states, planned = history(rows, gaps, -500, 10_500), stretches_of(-500, 10_500)
    whole = elements(cut(states, start, stop), planned, made, start, stop)
    parts = elements(cut(states, start, middle), planned, made, start, middle) + elements(
        cut(states, middle, stop), planned, made, middle, stop
    )
    assert parts == whole


@given(events_, gaps_, st.integers(0, 50), st.integers(0, 50), st.integers(0, 10_000))
def test_parts_multiply_to_oee(
    rows: list[tuple[int, str, str]], gaps: list[tuple[int, int]], good: int, scrap: int, planned: int
) -> None:
    states = history(rows, gaps, 0, 10_000)
    k = kpis(elements(states, stretches_of(0, 10_000), [Made(5, good, scrap, planned)], 0, 10_000))
    if None not in (k.availability, k.effectiveness, k.quality_ratio):
        assert k.oee == pytest.approx((k.availability or 0) * (k.effectiveness or 0) * (k.quality_ratio or 0))


@given(events_, gaps_, st.randoms())
def test_replayed_data_changes_no_figure(
    rows: list[tuple[int, str, str]], gaps: list[tuple[int, int]], dice: object
) -> None:
    events: list[Event] = [said(t, state, i + 1, reason) for i, (t, state, reason) in enumerate(rows)]
    again = [*events, *events]
    dice.shuffle(again)  # type: ignore[attr-defined]
    assert intervals(again, 0, 10_000) == intervals(events, 0, 10_000)
