"""Energy from power and states, and leaks of compressed air: by hand, as properties, and on the simulated plant."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from andon_contracts.messages import SignalSpec, StateChanged, Telemetry
from andon_platform.analytics.energy.air import AirBaseline, air_balance, air_baseline
from andon_platform.analytics.energy.meters import meters
from andon_platform.analytics.energy.use import EnergyUse, energy_use
from andon_platform.analytics.oee.states import Interval, intervals
from hypothesis import given
from hypothesis import strategies as st
from support.simulated import SECOND, Driver

MIN = 60_000_000
HOUR = 60 * MIN


def states(*parts: tuple[str, int]) -> list[Interval]:
    """States one after another, each so many minutes."""
    found, at = [], 0
    for name, minutes in parts:
        found.append(Interval(at, at + minutes * MIN, name))
        at += minutes * MIN
    return found


def plain(t: int) -> int:
    return t


def test_power_times_time_by_state() -> None:
    rows = [(i * MIN, 30.0 if i < 40 else 6.0) for i in range(60)]
    used = energy_use(rows, MIN, states(("producing", 40), ("starved", 20)), plain, 0, HOUR)
    assert used.kwh == pytest.approx(30 * 40 / 60 + 6 * 20 / 60)
    assert used.by_state == pytest.approx({"producing": 20.0, "starved": 2.0})
    assert used.idle_kwh == pytest.approx(2.0)
    assert used.mean_kw == pytest.approx(22.0)


def test_a_bucket_of_two_states_is_shared_by_their_usual_power() -> None:
    rows = [(0, 30.0), (10 * MIN, 6.0), (20 * MIN, 18.0)]  # the last: half of each
    parts = states(("producing", 10), ("blocked", 10), ("producing", 5), ("blocked", 5))
    used = energy_use(rows, 10 * MIN, parts, plain, 0, 30 * MIN)
    assert used.by_state["producing"] == pytest.approx(30 * 15 / 60)
    assert used.by_state["blocked"] == pytest.approx(6 * 15 / 60)


def test_at_a_pace_of_60_a_minute_is_an_hour_of_energy() -> None:
    used = energy_use([(0, 10.0)], MIN, [Interval(0, HOUR, "producing")], lambda t: t * 60, 0, MIN)
    assert used.kwh == pytest.approx(10.0)


def test_what_was_not_measured_and_what_is_not_known_is_no_energy() -> None:
    parts = states(("producing", 10), ("offline", 10), ("producing", 10))
    used = energy_use([(0, 60.0), (10 * MIN, 60.0)], 10 * MIN, parts, plain, 0, 30 * MIN)
    assert used.kwh == pytest.approx(10.0)  # the first ten minutes alone: offline, then no reading
    all_of_it = energy_use([(0, 60.0), (10 * MIN, 60.0)], 10 * MIN, parts, plain, 0, 30 * MIN, offline_too=True)
    assert all_of_it.kwh == pytest.approx(20.0)


def test_a_range_that_cuts_a_bucket_takes_its_part() -> None:
    used = energy_use([(0, 60.0)], 10 * MIN, states(("producing", 10)), plain, 3 * MIN, 7 * MIN)
    assert used.kwh == pytest.approx(4.0)


part = st.tuples(st.sampled_from(["producing", "starved", "down", "setup", "offline"]), st.integers(1, 30))


@given(st.lists(part, min_size=1, max_size=12), st.lists(st.floats(0, 500), min_size=1, max_size=40), st.data())
def test_states_add_up_and_splitting_changes_nothing(
    parts: list[tuple[str, int]], power: list[float], data: st.DataObject
) -> None:
    known = states(*parts)
    rows = [(i * 7 * MIN, kw) for i, kw in enumerate(power)]
    stop = known[-1].stop
    used = energy_use(rows, 7 * MIN, known, plain, 0, stop)
    by_hand = sum(
        kw * (min(s.stop, t + 7 * MIN, stop) - max(s.start, t)) / HOUR
        for t, kw in rows
        for s in known
        if s.state != "offline" and s.start < min(t + 7 * MIN, stop) and s.stop > t
    )
    assert sum(used.by_state.values()) == pytest.approx(used.kwh)
    assert used.kwh == pytest.approx(by_hand)
    at = data.draw(st.integers(1, stop - 1))
    halves = energy_use(rows, 7 * MIN, known, plain, 0, at) + energy_use(rows, 7 * MIN, known, plain, at, stop)
    assert halves.kwh == pytest.approx(used.kwh)
    assert sum(halves.hours.values()) == pytest.approx(sum(used.hours.values()))


def test_nothing_at_all() -> None:
    assert (energy_use([], MIN, [], plain, 0, HOUR), EnergyUse().mean_kw) == (EnergyUse(), None)


def test_meters_are_what_says_so_in_a_unit_of_power() -> None:
    def spec(name: str, unit: str, role: str) -> SignalSpec:
        return SignalSpec(name=name, unit=unit, minimum=0, maximum=1, rate_hz=1, role=role)

    signals = [
        spec("drive", "kW", "electricity"),
        spec("heater", "W", "electricity"),
        spec("tested", "W", "process"),
        spec("odd", "Cel", "electricity"),
        spec("supply", "L/s", "air"),
    ]
    assert [(m.signal, m.factor) for m in meters(signals, "electricity")] == [("drive", 1.0), ("heater", 1e-3)]
    assert [(m.signal, m.factor) for m in meters(signals, "air")] == [("supply", 0.06)]


# --- compressed air ------------------------------------------------------------------------------------------


def test_a_baseline_finds_what_each_machine_takes() -> None:
    work = [[(i % 2), (i % 3) / 2] for i in range(60)]
    learned = air_baseline([1.0 + 0.5 * a + 1.5 * b for a, b in work], work)
    assert learned is not None
    assert learned.base == pytest.approx(1.0)
    assert learned.rates == pytest.approx((0.5, 1.5))
    assert air_baseline([1.0] * 20, [[0.0]] * 20) is None


def test_more_work_is_no_leak_and_a_leak_is_one() -> None:
    baseline = AirBaseline(1.0, (2.0,), 0.05, 300)
    busy = air_balance(baseline, [3.0, 3.02, 2.98] * 20, [[1.0]] * 60)
    assert busy is not None
    assert busy.leak == 0
    leaking = air_balance(baseline, [3.5, 3.52, 3.48] * 20, [[1.0]] * 60)
    assert leaking is not None
    assert leaking.leak == pytest.approx(0.5, abs=0.01)
    assert leaking.share == pytest.approx(0.5 / 3.5, abs=0.01)
    assert air_balance(baseline, [], []) is None


def _minutes(driver: Driver, minutes: int) -> tuple[list[float], list[list[float]]]:
    """Live on; of each minute of plant time the compressor's mean flow, and what share of it each station produced."""
    start = driver.clock.plant(driver.wall)
    said = driver.run(minutes * 60 / driver.clock.segments[-1].pace)
    compressor = driver.machine("compressor-1").path
    sums = [[0.0, 0] for _ in range(minutes)]
    for message in said:
        if isinstance(message, Telemetry) and message.machine == compressor:
            for sample in message.samples:
                at = (driver.clock.plant(sample.t) - start) // MIN
                if "flow" in sample.values and 0 <= at < minutes:
                    sums[at][0] += sample.values["flow"]
                    sums[at][1] += 1
    stations = sorted({m.path for m in driver.world.machines() if driver.world.birth(m).operations})
    shares = [_producing(driver, path, start, minutes) for path in stations]
    known = [i for i, (_, n) in enumerate(sums) if n]
    return [sums[i][0] / sums[i][1] for i in known], [[s[i] for s in shares] for i in known]


def _producing(driver: Driver, path: str, start: int, minutes: int) -> list[float]:
    changes = [m for m in driver.said if isinstance(m, StateChanged) and m.machine == path]
    stop = start + minutes * MIN
    parts: Sequence[Interval] = intervals(changes, start, stop, plant=driver.clock.plant)
    made = [(p.start, p.stop) for p in parts if p.state == "producing"]
    edges = [(start + i * MIN, start + (i + 1) * MIN) for i in range(minutes)]
    return [sum(max(0, min(b, high) - max(a, low)) for a, b in made) / MIN for low, high in edges]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_leak_in_the_plant_is_found_and_its_absence_too(seed: int) -> None:
    driver = Driver.of_plant(seed, pace=20)
    driver.world.sample_every(3 * SECOND, driver.wall)  # of wall time: once a minute of plant time
    learned = air_baseline(*_minutes(driver, 360))
    assert learned is not None
    quiet = air_balance(learned, *_minutes(driver, 90))
    assert driver.command("compressor-1", "inject-fault", fault="air-leak", severity="1").status == "done"
    leaking = air_balance(learned, *_minutes(driver, 90))
    assert quiet is not None
    assert leaking is not None
    assert quiet.leak < 0.35
    assert leaking.leak == pytest.approx(1.7, abs=0.45)
