"""Wall to plant time and back, over changes of pace."""

from __future__ import annotations

import pytest
from andon_contracts import ContractError
from andon_contracts.plant_clock import MAX_PACE, MIN_PACE, PlantClock
from hypothesis import given
from hypothesis import strategies as st

START = 1_795_000_000_000_000
CHANGES = st.lists(st.tuples(st.integers(1_000_000, 10**10), st.floats(MIN_PACE, MAX_PACE)), min_size=0, max_size=6)


def clock_of(changes: list[tuple[int, float]]) -> PlantClock:
    clock, wall = PlantClock.starting(START), START
    for step, pace in changes:
        wall += step
        clock = clock.with_pace(wall, pace)
    return clock


@given(CHANGES, st.integers(-(10**9), 10**11))
def test_there_and_back_is_the_same_moment(changes: list[tuple[int, float]], offset: int) -> None:
    clock = clock_of(changes)
    wall = START + offset
    # a microsecond of plant time is up to 1 / MIN_PACE microseconds of wall time
    assert abs(clock.wall(clock.plant(wall)) - wall) <= 1 / MIN_PACE


@given(CHANGES, st.lists(st.integers(0, 10**11), min_size=3, max_size=3))
def test_splitting_an_interval_never_changes_its_length(changes: list[tuple[int, float]], at: list[int]) -> None:
    clock = clock_of(changes)
    a, b, c = sorted(START + t for t in at)
    assert clock.plant(c) - clock.plant(a) == (clock.plant(b) - clock.plant(a)) + (clock.plant(c) - clock.plant(b))


@given(CHANGES, st.integers(0, 10**11), st.integers(1, 10**9))
def test_plant_time_never_runs_backwards(changes: list[tuple[int, float]], offset: int, step: int) -> None:
    clock = clock_of(changes)
    assert clock.plant(START + offset + step) >= clock.plant(START + offset)


def test_an_hour_at_pace_sixty_is_a_minute_of_wall_time() -> None:
    clock = PlantClock.starting(START).with_pace(START + 10_000_000, 60)
    assert clock.seconds(START + 10_000_000, START + 70_000_000) == 3600
    assert clock.seconds(START, START + 10_000_000) == 10
    assert clock.pace == 60


@pytest.mark.parametrize("pace", [0, -1, MAX_PACE * 2, float("nan")])
def test_an_impossible_pace_is_refused(pace: float) -> None:
    with pytest.raises(ContractError, match="pace"):
        PlantClock.starting(START).with_pace(START + 1_000_000, pace)


def test_pace_cannot_change_in_the_past() -> None:
    clock = PlantClock.starting(START).with_pace(START + 1_000_000, 2)
    with pytest.raises(ContractError, match="grow"):
        clock.with_pace(START + 500_000, 3)


@given(CHANGES, st.integers(0, 10**11))
def test_whoever_waits_for_a_plant_time_finds_that_it_has_come(changes: list[tuple[int, float]], offset: int) -> None:
    clock = clock_of(changes)
    plant = START + offset
    wall = clock.wall(plant)
    assert clock.plant(wall) >= plant > clock.plant(wall - 1) - 1
