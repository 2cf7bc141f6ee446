"""Conditions grow until they fail and are repaired; faults show in signals, quality and ground truth."""

from __future__ import annotations

import itertools
import shutil
from collections import defaultdict
from pathlib import Path
from statistics import fmean, pstdev

import pytest
from andon_contracts.messages import AlarmRaised, OperationFinished, StateChanged
from andon_edge.library import load_library
from andon_edge.ports import Truth
from andon_edge.simulation import build
from support.simulated import ROOT, Driver, events, shipped, values

LIBRARY = shipped()


def lone(tmp_path: Path, kind: str, extra: str = "", pace: float = 60) -> Driver:
    """One machine of the type, alone on endless work."""
    machines = tmp_path / "machines"
    shutil.copytree(ROOT / "machines" / "types", machines / "types")
    (machines / "one.yaml").write_text(f"type: {kind}\nline: test/site/area/line\n{extra}\n")
    library = load_library(machines, tmp_path / "plants")
    assert library.problems == []
    return Driver(build(library.worlds["alone:test/site/area/line/one"], 1), pace)


def conditions(truth: list[Truth]) -> dict[tuple[str, str], list[tuple[int, float]]]:
    found: dict[tuple[str, str], list[tuple[int, float]]] = defaultdict(list)
    for line in truth:
        if line.kind == "condition":
            for name, value in line.detail.items():
                found[line.machine, name].append((line.plant, float(value)))
    return found


def test_conditions_only_grow_until_a_repair_and_failures_stop_the_machine(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "machines", tmp_path / "machines")
    shutil.copytree(ROOT / "plants", tmp_path / "plants")
    (tmp_path / "machines" / "foam-2.yaml").write_text("type: foaming-press\nline: cabinets-1\nage: {filter: 0.97}\n")
    plant = Driver.of_plant(3, 3600, load_library(tmp_path / "machines", tmp_path / "plants"))
    plant.run(24, 5)  # 24 plant hours: foam-2's filter fails in them
    truth = plant.world.truth()
    repairs = {(t.machine, str(t.detail["condition"])): t.plant for t in truth if t.kind == "repair"}
    failures = [t for t in truth if t.kind == "failure"]
    assert failures and repairs
    for key, series in conditions(truth).items():
        for (_, a), (t, b) in itertools.pairwise(series):
            assert b >= a or (key in repairs and t >= repairs[key] - 60_000_000), key
    for failure in failures:
        downs = [
            m
            for m in plant.said
            if isinstance(m, StateChanged)
            and m.machine == failure.machine
            and m.state == "down"
            and m.t >= failure.wall
        ]
        assert downs and downs[0].reason
        alarms = [m for m in events(plant.said) if isinstance(m, AlarmRaised) and m.machine == failure.machine]
        assert any(a.active and a.severity == "critical" for a in alarms)
    assert {t.machine.split("/")[-1] for t in failures} >= {"foam-2"}


def test_every_machine_ages_with_its_work_and_those_that_never_stop_too() -> None:
    plant = Driver.of_plant(3, 3600, LIBRARY)
    young = {m.path: dict(m.s.conditions) for m in plant.world._machines.values()}
    for machine in plant.world._machines.values():  # the warm-up is unseen and wears nothing
        assert young[machine.path] == {**young[machine.path], **machine.spec.config.age}
    plant.run(5)
    for machine in plant.world._machines.values():
        for name, value in machine.s.conditions.items():
            before = young[machine.path][name]
            assert value > before or value < 0.1, (machine.path, name)
            # five hours of work at most, at the rate the file names and its spread
            if machine.model.continuous:
                assert value - before < 5 * 0.006 * 1.2


def test_wear_shows_in_signals_and_in_quality(tmp_path: Path) -> None:
    new = lone(tmp_path / "new", "sheet-metal-press", "age: {die: 0.02, seal: 0.02}", 600)
    old = lone(tmp_path / "old", "sheet-metal-press", "age: {die: 0.93, seal: 0.9}", 600)
    new.run(60), old.run(60)

    def scrap(driver: Driver) -> float:
        done = [m for m in driver.said if isinstance(m, OperationFinished)]
        return fmean(not m.good for m in done)

    assert fmean(values(old.said, "one", "vibration")) > fmean(values(new.said, "one", "vibration")) + 1
    assert max(values(old.said, "one", "hydraulic_pressure")) < max(values(new.said, "one", "hydraulic_pressure")) - 20
    assert scrap(old) > scrap(new) + 0.01


def test_every_machine_of_the_plant_offers_six_faults_and_takes_each() -> None:
    plant = Driver.of_plant(1, 60, LIBRARY)
    shapes = set()
    for identity in plant.world.machines():
        birth = plant.world.birth(identity)
        offered = next(c for c in birth.commands if c.name == "inject-fault").arguments["fault"]
        assert len(offered) >= 6
        shapes |= {f.shape for f in plant.world._machines[identity].model.faults.values()}
        for fault in offered:
            answer = plant.command(identity.machine, "inject-fault", fault=fault, severity="0.5", duration_s="120")
            assert answer.status == "done", (identity, fault, answer.text)
    assert shapes == {"gradual", "sudden", "intermittent"}
    plant.run(4)
    truth = plant.world.truth()
    begun = [t for t in truth if t.kind == "fault" and t.detail["phase"] == "begin"]
    ended = [t for t in truth if t.kind == "fault" and t.detail["phase"] == "end"]
    assert len(begun) == len(ended) > 90
    assert not any(m.s.faults for m in plant.world._machines.values())


def test_sensor_faults(tmp_path: Path) -> None:
    press = lone(tmp_path, "sheet-metal-press", "", 60)
    press.run(20)
    assert press.command("one", "inject-fault", fault="stuck-sensor", signal="oil_temperature").status == "done"
    stuck = values(press.run(5), "one", "oil_temperature")
    assert len(set(stuck)) == 1
    press.command("one", "clear-fault", fault="stuck-sensor")
    press.command("one", "inject-fault", fault="drifting-sensor", signal="oil_level", severity="1")
    before = values(press.said, "one", "oil_level")[-1]
    drifted = values(press.run(40), "one", "oil_level")
    assert drifted[-1] == pytest.approx(min(before + 33, 100), abs=3)
    press.command("one", "clear-fault")
    calm = pstdev(values(press.run(10), "one", "oil_level")[2:])
    press.command("one", "inject-fault", fault="noisy-sensor", signal="oil_level", severity="1")
    assert pstdev(values(press.run(20), "one", "oil_level")) > 5 * calm
    press.command("one", "clear-fault")
    press.command("one", "inject-fault", fault="dropped-samples", severity="0.7")
    assert len(values(press.run(40), "one", "oil_level")) < 0.5 * 80


def test_a_cut_link_ends_by_itself_and_a_leak_stops_the_press(tmp_path: Path) -> None:
    press = lone(tmp_path, "sheet-metal-press", "", 60)
    one = press.machine("one")
    assert press.command("one", "inject-fault", fault="link-loss", severity="1").status == "done"
    assert press.world.link_down(one)
    press.run(2)
    assert not press.world.link_down(one)
    assert press.command("one", "inject-fault", fault="hydraulic-leak", severity="1").status == "done"
    said = press.run(8)
    downs = [m for m in events(said, "one") if isinstance(m, StateChanged) and m.state == "down"]
    assert downs[-1].reason == "Hydraulic pressure low"
    assert values(said, "one", "oil_level")[-1] < 75
    said = press.run(40)  # repaired in about 15 min of plant time, and the leak with it
    assert "hydraulic-leak" not in {f.name for f in press.world._machines[one].s.faults}
    assert any(isinstance(m, OperationFinished) for m in said)


def test_a_failing_compressor_reaches_those_who_need_air() -> None:
    plant = Driver.of_plant(2, 60, LIBRARY)
    plant.command("compressor-1", "stop")
    said = plant.run(30)
    waiting = {
        m.machine.split("/")[-1] for m in said if isinstance(m, StateChanged) and m.reason == "compressed air low"
    }
    assert {"paint-1", "pack-1"} <= waiting
    assert values(said, "compressor-1", "pressure")[-1] < 1
    plant.command("compressor-1", "start")
    said = plant.run(30)
    assert any(m.state == "producing" for m in events(said, "paint-1") if isinstance(m, StateChanged))


@pytest.mark.parametrize(
    ("command", "arguments", "told"),
    [
        ("inject-fault", {"fault": "hydralic-leak"}, "did you mean 'hydraulic-leak'"),
        ("inject-fault", {"fault": "stuck-sensor", "signal": "nope"}, "no signal 'nope'"),
        ("inject-fault", {"fault": "stuck-sensor", "severity": "nan"}, "severity"),
        ("inject-fault", {"fault": "stuck-sensor", "severity": "2"}, "severity"),
        ("inject-fault", {"fault": "stuck-sensor", "duration_s": "long"}, "duration_s"),
        ("clear-fault", {"fault": "stuck-sensor"}, "no fault"),
        ("start", {}, "not stopped"),
        ("dance", {}, "knows no command"),
    ],
)
def test_a_wrong_command_is_refused_with_its_reason(command: str, arguments: dict[str, str], told: str) -> None:
    plant = Driver.of_plant(1, 1, LIBRARY)
    if command == "start":
        plant.command("press-1", "stop"), plant.command("press-1", "start")
    answer = plant.command("press-1", command, **arguments)
    assert answer.status == "refused"
    assert told in answer.text


def test_the_moulds_controller_holds_its_temperature_at_any_pace() -> None:
    for pace in (1.0, 60.0, 3600.0):
        plant = Driver.of_plant(1, pace, LIBRARY)
        moulds = values(plant.run(30 if pace < 100 else 6), "foam-1", "mould_temperature")
        assert 39 < min(moulds) <= max(moulds) < 46, pace
