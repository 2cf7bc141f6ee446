"""The shipped plant lives: it is busy from the first second, stamps grow, units are neither lost nor invented."""

from __future__ import annotations

import itertools
from collections import Counter

import pytest
from andon_contracts.codec import decode_birth, decode_event, decode_layout, decode_telemetry, encode
from andon_contracts.messages import CharacteristicSpec, OperationFinished, OperationStarted, StateChanged, Telemetry
from andon_contracts.units import check_unit
from andon_edge.simulation import SimulatedWorld
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.simulated import START, Driver, events, finished, shipped, stamps, values

LIBRARY = shipped()


def in_progress(world: SimulatedWorld) -> int:
    """Units in the plant, each once; a joined one counts as one."""
    states = [m.s for m in world._machines.values()]
    return sum(len(s.buffer) + (s.held is not None) + (s.unit is not None) for s in states)


def assert_none_lost(world: SimulatedWorld) -> None:
    books = world.books
    assert books.created == books.delivered + books.scrapped + books.joined + books.removed + in_progress(world)


def test_every_machine_says_its_state_at_once_and_most_are_busy() -> None:
    plant = Driver.of_plant(library=LIBRARY)
    states = {m.machine: m.state for m in plant.said if isinstance(m, StateChanged)}
    assert len(states) == 14
    assert sum(state in ("producing", "setup") for state in states.values()) >= 8
    assert any(isinstance(m, OperationStarted) and m.unit.startswith("RF-") for m in plant.said)


def test_three_minutes_at_pace_one_show_work_finished_on_most_machines() -> None:
    plant = Driver.of_plant(library=LIBRARY)
    done = finished(plant.run(180))
    assert sum(count > 0 for count in done.values()) >= 5
    assert {type(m).__name__ for m in plant.said} >= {"Telemetry", "StateChanged", "OperationFinished", "PiecesCounted"}


def test_messages_pass_the_contract_and_values_stay_in_their_range() -> None:
    plant = Driver.of_plant(library=LIBRARY, pace=60)
    plant.run(30)
    births = {m.path: plant.world.birth(m) for m in plant.world.machines()}
    for birth in births.values():
        decode_birth(encode(birth))
        assert 6 <= len([s for s in birth.signals if s.role != "buffer"]) <= 12
        assert any(c.name == "inject-fault" and len(c.arguments["fault"]) >= 6 for c in birth.commands)
    layout = plant.world.layout()
    assert layout is not None
    decode_layout(encode(layout))
    for message in plant.said:
        message.epoch = message.seq = 1
        if not isinstance(message, Telemetry):
            decode_event(encode(message))
            continue
        decode_telemetry(encode(message))
        ranges = {s.name: (s.minimum, s.maximum) for s in births[message.machine].signals}
        for sample in message.samples:
            for name, value in sample.values.items():
                low, high = ranges[name]
                assert low <= value <= high, (message.machine, name, value)


def test_what_is_measured_is_announced_with_its_specification_and_scrap_is_what_is_beyond() -> None:
    plant = Driver.of_plant(library=LIBRARY, pace=600)
    done = [m for m in plant.run(60) if isinstance(m, OperationFinished)]
    births = [plant.world.birth(m) for m in plant.world.machines()]
    announced = {(b.machine, c.name): c for b in births for c in b.characteristics}
    assert len(announced) >= 13 and all(check_unit(c.unit) and c.title for c in announced.values())
    assert announced["polaris/north/cabinets/cabinets-1/bend-1", "angle_deg"] == CharacteristicSpec(
        name="angle_deg", unit="deg", title="Bending angle", lower=89, upper=91, target=90
    )
    judged = 0
    for message in done:
        for name, value in message.measured.items():
            told = announced[message.machine, name]
            within = (told.lower is None or told.lower <= value) and (told.upper is None or value <= told.upper)
            assert within or not message.good, message
            judged += told.lower is not None or told.upper is not None
    assert judged > 100 and {(m.machine, n) for m in done for n in m.measured} == announced.keys()


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 2**32), pace=st.sampled_from([1.0, 60.0, 600.0, 3600.0]), step=st.floats(0.2, 7.0))
def test_stamps_strictly_increase_and_no_unit_is_lost(seed: int, pace: float, step: float) -> None:
    plant = Driver.of_plant(seed, pace, LIBRARY)
    plant.run(8, step)
    for machine, times in stamps(plant.said).items():
        assert all(a < b for a, b in itertools.pairwise(times)), machine
    assert_none_lost(plant.world)
    # a unit is never finished twice on the same machine
    work = Counter((m.machine, m.unit) for m in plant.said if isinstance(m, OperationFinished))
    assert max(work.values(), default=1) == 1


def test_how_often_it_is_asked_changes_nothing() -> None:
    fine, coarse = Driver.of_plant(3, 60, LIBRARY), Driver.of_plant(3, 60, LIBRARY)
    fine.run(10, 0.13)
    coarse.run(10, 5)
    assert sorted(map(repr, fine.said)) == sorted(map(repr, coarse.said))


def test_the_pace_changes_stamps_and_not_what_is_made() -> None:
    slow, fast = Driver.of_plant(5, 10, LIBRARY), Driver.of_plant(5, 300, LIBRARY)
    slow.run(360, 5)
    fast.run(12, 5)
    a, b = finished(slow.said), finished(fast.said)
    assert sum(a.values()) > 100
    assert all(abs(a[machine] - b[machine]) <= 1 for machine in a)


def test_a_change_of_pace_keeps_durations_in_plant_time() -> None:
    plant = Driver.of_plant(2, 1, LIBRARY)
    plant.run(20)
    plant.clock = plant.clock.with_pace(plant.wall, 120)
    plant.run(20)
    begun: dict[tuple[str, str], int] = {}
    compared = 0
    for m in plant.said:
        if isinstance(m, OperationStarted) and m.t > START + 1_000_000:
            begun[m.machine, m.unit] = m.t
        elif isinstance(m, OperationFinished) and (m.machine, m.unit) in begun:
            lasted = plant.clock.seconds(begun[m.machine, m.unit], m.t)
            assert lasted == pytest.approx(m.duration_s, abs=0.01)
            compared += 1
    assert compared > 20


def test_a_stopped_station_blocks_those_before_and_starves_those_after() -> None:
    plant = Driver.of_plant(4, 300, LIBRARY)
    assert plant.command("paint-1", "stop", reason="Cleaning").status == "done"
    plant.run(40)
    last = {m.machine.split("/")[-1]: m for m in plant.said if isinstance(m, StateChanged)}
    assert (last["paint-1"].state, last["paint-1"].reason) == ("planned", "Cleaning")
    assert last["foam-1"].state == last["foam-2"].state == "blocked"
    assert last["bend-1"].state == last["thermo-1"].state == "blocked"
    assert last["assembly-1"].state == last["pack-1"].state == "starved"
    assert "painted cabinets" in last["assembly-1"].reason
    assert values(plant.said, "foam-1", "buffer_out")[-1] == 3
    assert plant.command("paint-1", "start").status == "done"
    plant.run(20)
    last = {m.machine.split("/")[-1]: m for m in plant.said if isinstance(m, StateChanged)}
    assert last["foam-1"].state == "producing"
    assert_none_lost(plant.world)


def test_breaks_stop_people_and_not_machines() -> None:
    plant = Driver.of_plant(6, 600, LIBRARY)  # the late shift's break is at 16:30, 17:30 here is 16:30 UTC
    plant.run(30)
    planned = {m.machine.split("/")[-1] for m in plant.said if isinstance(m, StateChanged) and m.state == "planned"}
    assert planned == {"assembly-2"}


def test_shells_and_liners_are_joined() -> None:
    plant = Driver.of_plant(7, 300, LIBRARY)
    plant.run(15)
    foamed = [m for m in events(plant.said, "foam-1") if isinstance(m, OperationFinished)]
    assert foamed and all(m.unit.startswith("RF-") for m in foamed)
    liners = [m for m in events(plant.said, "thermo-1") if isinstance(m, OperationFinished)]
    assert liners and all(m.unit.startswith("LN-") for m in liners)


def test_the_announced_rate_is_the_rate_that_comes() -> None:
    driver = Driver.of_plant()
    said = driver.run(60)
    for machine in driver.world.machines():
        samples = [s for m in said if isinstance(m, Telemetry) and m.machine == machine.path for s in m.samples]
        for signal in driver.world.birth(machine).signals:
            came = sum(signal.name in s.values for s in samples)
            assert came == pytest.approx(60 * signal.rate_hz, abs=signal.rate_hz + 5), (machine.path, signal.name)
