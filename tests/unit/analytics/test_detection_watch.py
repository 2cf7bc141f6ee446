"""Detectors on the simulated plant, scored against its ground truth: faults are found, and quiet hours are quiet."""

from __future__ import annotations

import json
from collections.abc import Iterable

import pytest
from andon_contracts.messages import Sample, StateChanged, Telemetry
from andon_edge.ports import Outgoing
from andon_platform.analytics.detection.watch import CONTINUOUS, SETTLE_ROWS, Opinion, Watch
from support.simulated import Driver

PACE = 10.0
M = "e/s/a/l/m"


def presses(_machine: str) -> list[str]:
    """What a machine of one operation announces."""
    return ["press"]


class Plant:
    """The shipped plant at ten times its pace, and a watch that hears all that it says."""

    def __init__(self) -> None:
        self.alarms: list[Opinion] = []
        self.driver = Driver.of_plant(1, PACE)
        births = {m.path: self.driver.world.birth(m) for m in self.driver.world.machines()}
        self.watch = Watch(self._raised, operations=lambda path: [o.name for o in births[path].operations])
        self.hear(self.driver.said)

    def _raised(self, opinion: Opinion) -> None:
        if opinion.alarm:
            self.alarms.append(Opinion(**{f: getattr(opinion, f) for f in Opinion.__dataclass_fields__}))

    def hear(self, said: Iterable[Outgoing]) -> None:
        for message in said:
            if isinstance(message, Telemetry):
                for sample in message.samples:
                    self.watch.sample(message.machine, sample.t, self.driver.clock.plant(sample.t), sample.values)
            else:
                self.watch.event(message.machine, message)

    def live(self, plant_hours: float) -> list[Opinion]:
        """Alarms of these hours."""
        before = len(self.alarms)
        self.hear(self.driver.run(plant_hours * 3600 / PACE, 0.5))
        return self.alarms[before:]


@pytest.fixture(scope="module")
def taught() -> Plant:
    """Three hours old: nearly everybody has learned."""
    plant = Plant()
    plant.live(3)
    return plant


def test_faults_are_found_quiet_hours_are_quiet_and_the_signals_are_named(taught: Plant) -> None:
    press = taught.driver.machine("press-1").path
    learned = [o for m in taught.driver.world.machines() for o in taught.watch.opinions(m.path)]
    assert sum(o.learned == 1 for o in learned) >= 8
    quiet = taught.live(3)
    # 14 machines, 3 hours; seeds 1 to 5 and 7 gave 2, 1, 1, 1, 5 and 4
    assert len(quiet) <= 8
    assert taught.driver.command("press-1", "inject-fault", fault="hydraulic-leak").status == "done"
    alarms = [o for o in taught.live(0.25) if o.machine == press]
    assert alarms, "a hose leaks for a quarter of an hour, and nobody says so"
    assert set(alarms[0].because) & {"oil_level", "hydraulic_pressure", "press_force", "oil_temperature"}
    taught.driver.command("press-2", "inject-fault", fault="die-break")
    alarms = [o for o in taught.live(0.25) if o.machine.endswith("press-2")]
    assert next(iter(alarms[0].because)) == "vibration"


def test_it_goes_on_after_a_restart_without_learning_again() -> None:
    first, second = Watch(learn_rows=50, operations=presses), Watch(learn_rows=50, operations=presses)
    _steady(first, 0, 100)
    second.restore(json.loads(json.dumps(first.state())))
    assert [(o.mode, o.learned) for o in second.opinions(M)] == [("press", 1.0)]
    other = Watch(learn_rows=60)
    other.restore(first.state())
    assert other.opinions(M) == []


def _steady(watch: Watch, start: int, count: int, value: float = 5.0) -> list[Opinion | None]:
    seconds = range(start, start + count)
    samples = [Sample(t=s * 1_000_000, values={"x": value + s % 7 / 10, "y": 1.0 + s % 5 / 10}) for s in seconds]
    return [watch.sample(M, s.t, s.t, s.values) for s in samples]


def test_each_operation_and_only_production_is_learned() -> None:
    watch = Watch(learn_rows=50, operations=presses)
    _steady(watch, 1, SETTLE_ROWS + 20)
    assert watch.opinions(M)[0].learned == pytest.approx(20 / 50)
    watch.event(M, StateChanged(machine=M, epoch=1, seq=1, t=1, state="starved"))
    assert _steady(watch, 100, 10) == [None] * 10
    watch.event(M, StateChanged(machine=M, epoch=1, seq=2, t=2, state="producing"))
    _steady(watch, 200, SETTLE_ROWS + 30)
    assert watch.opinions(M)[0].learned == 1


def test_what_never_stops_learns_longer_and_what_cooled_settles_longer() -> None:
    watch = Watch(learn_rows=50)  # it announces no operation
    _steady(watch, 1, SETTLE_ROWS + 50)
    assert watch.opinions(M)[0].learned == pytest.approx(1 / CONTINUOUS)
    for state, cold in (("starved", 0), ("down", 200)):
        watch = Watch(learn_rows=50, operations=presses)
        _steady(watch, 1, SETTLE_ROWS + 10)
        watch.event(M, StateChanged(machine=M, epoch=1, seq=1, t=1, state=state))  # type: ignore[arg-type]
        watch.event(M, StateChanged(machine=M, epoch=1, seq=2, t=2, state="producing"))
        _steady(watch, SETTLE_ROWS + 10 + 200, 199)
        assert watch.opinions(M)[0].learned == pytest.approx(0.2 if cold else 1.0), state


def test_late_values_and_more_than_one_row_a_second_teach_nothing() -> None:
    watch = Watch(learn_rows=50)
    _steady(watch, 100, SETTLE_ROWS + 10)
    before = watch.opinions(M)[0].learned
    assert watch.sample(M, 5_000_000, 5_000_000, {"x": 1.0}) is None
    t = (100 + SETTLE_ROWS + 9) * 1_000_000 + 300_000
    assert watch.sample(M, t, t, {"x": 1.0}) is None
    assert watch.opinions(M)[0].learned == before


def test_before_an_operation_was_heard_only_a_machine_with_one_is_learned() -> None:
    for there, modes in (([], ["producing"]), (["press"], ["press"]), (["press", "punch"], [])):
        watch = Watch(learn_rows=50, operations=lambda _, names=there: names)  # type: ignore[misc]
        _steady(watch, 1, SETTLE_ROWS + 10)
        assert [o.mode for o in watch.opinions(M)] == modes


def test_a_machine_can_be_learned_anew() -> None:
    watch = Watch(learn_rows=50)
    _steady(watch, 0, 100)
    watch.forget(M)
    assert watch.opinions(M) == []


def test_what_was_learned_of_other_signals_is_of_no_use_after_a_restart_either() -> None:
    def started(state: dict[str, object] | None, signals: list[str]) -> Watch:
        watch = Watch(operations=presses, learn_rows=10)
        if state is not None:
            watch.restore(json.loads(json.dumps(state)))
        watch.announced(M, signals)
        watch.event(M, StateChanged(machine=M, epoch=1, seq=1, t=1, state="producing"))
        return watch

    watch = started(None, ["b", "a", "buffer_out"])
    for i in range(SETTLE_ROWS + 12):
        watch.sample(M, (i + 1) * 1_000_000, (i + 1) * 1_000_000, {"a": 1.0 + i % 3, "b": 2.0, "buffer_out": 1.0})
    assert [o.learned for o in watch.opinions(M)] == [1]
    kept = watch.state()
    # where units wait behind it is not its own, and no order is meant
    assert [o.learned for o in started(kept, ["a", "b"]).opinions(M)] == [1]
    for others in (["a"], ["a", "b", "c"], ["a", "c"]):
        again = started(kept, others)
        assert again.opinions(M) == []
        again.sample(M, 99_000_000, 99_000_000, {"a": 1.0})
        assert [o.learned for o in again.opinions(M)] == [0]
    # of a file of before, nobody knows of which signals it was
    old = {key: value for key, value in kept.items() if key != "signals"}
    assert [o.learned for o in started(old, ["a", "c"]).opinions(M)] == [1]
