"""State: dumps go on where they were, gaps bring no burst, machines come and go while others run."""

from __future__ import annotations

import itertools
from pathlib import Path

import msgspec
from andon_contracts.messages import StateChanged, Telemetry
from andon_contracts.plant_clock import PlantClock
from andon_edge.library import load_library
from andon_edge.ports import Outgoing
from andon_edge.simulation import build
from support.shipped import copy_shipped
from support.simulated import SECOND, Driver, encoded, shipped, stamps

LIBRARY = shipped()


def test_a_restored_world_says_what_an_uninterrupted_one_says() -> None:
    whole, first = Driver.of_plant(11, 60, LIBRARY), Driver.of_plant(11, 60, LIBRARY)
    saved: dict[str, bytes] = {}
    for plant in (whole, first):
        plant.run(10)
        plant.command("foam-2", "inject-fault", fault="heater-stuck", severity="0.8")
        plant.command("press-1", "inject-fault", fault="noisy-sensor", signal="power", severity="0.5")
    for _ in range(10):
        first.run(1)
        saved |= first.world.dump()  # only what changed: all together are the state
    whole.run(10)
    second = build(LIBRARY.worlds["plant:polaris"], 11)
    second.restore({"machine that is gone": b"{}", **saved})
    after: list[Outgoing] = []
    wall = first.wall
    for _ in range(20):
        wall += SECOND
        after += second.advance(first.clock, wall)
    assert len(after) > 300
    assert encoded(after) == encoded(whole.run(20))


def test_a_dump_holds_only_what_changed() -> None:
    plant = Driver.of_plant(1, 1, LIBRARY)
    plant.run(2)
    assert len(plant.world.dump()) == 15
    assert plant.world.dump() == {}
    plant.run(0.05, 0.05)
    assert 0 < len(plant.world.dump()) < 15


def test_a_gap_brings_no_burst_and_moves_no_work() -> None:
    steady, slept = Driver.of_plant(12, 1, LIBRARY), Driver.of_plant(12, 1, LIBRARY)
    steady.run(60)
    slept.run(30)
    slept.wall += 3600 * SECOND
    slept.world.skip(slept.clock, slept.wall)
    assert len(slept.world.advance(slept.clock, slept.wall)) <= 14  # samples that waited, nothing new
    slept.run(30)
    kinds = [type(m) for m in steady.said if not isinstance(m, Telemetry)]
    assert [type(m) for m in slept.said if not isinstance(m, Telemetry)] == kinds
    for times in stamps(slept.said).values():
        assert all(a < b for a, b in itertools.pairwise(times))


def test_machines_come_change_and_go_without_disturbing_the_others(tmp_path: Path) -> None:
    machines, plants = copy_shipped(tmp_path)
    library = load_library(machines, plants)
    plant = Driver(build(library.worlds["plant:polaris"], 1), 60)
    plant.run(5)
    before = {i.path: plant.world._machines[i].s.made for i in plant.world.machines()}

    (machines / "inspect-1.yaml").write_text("type: end-of-line-test\nline: cabinets-1\nafter: paint-1\nbuffer: 1\n")
    (machines / "press-9.yaml").write_text("type: sheet-metal-press\nline: cabinets-1\n")
    newer = load_library(machines, plants)
    assert newer.problems == [] and newer.fingerprint != library.fingerprint
    changes = plant.world.update(newer.worlds["plant:polaris"])
    assert [i.machine for i in changes.added] == ["inspect-1", "press-9"]
    assert changes.layout and not changes.removed and not changes.changed
    said = plant.run(20)
    assert {m.machine.split("/")[-1] for m in said} >= {"inspect-1", "press-9"}
    assert plant.world._machines[plant.machine("inspect-1")].s.made > 0
    assert plant.world._machines[plant.machine("press-9")].s.made > 0
    for identity in plant.world.machines():
        if identity.path in before:
            assert plant.world._machines[identity].s.made >= before[identity.path]

    (machines / "inspect-1.yaml").unlink()
    (machines / "paint-1.yaml").write_text("type: paint-robot\nline: cabinets-1\ntitle: Old robot\n")
    newest = load_library(machines, plants)
    changes = plant.world.update(newest.worlds["plant:polaris"])
    assert [i.machine for i in changes.removed] == ["inspect-1"]
    assert [i.machine for i in changes.changed] == ["paint-1"]
    assert plant.world.birth(plant.machine("paint-1")).title == "Old robot"
    delivered = plant.world.books.delivered
    said = plant.run(30)
    assert "inspect-1" not in {m.machine.split("/")[-1] for m in said}
    assert plant.world.books.delivered > delivered


def test_a_line_passes_by_a_machine_whose_file_is_broken(tmp_path: Path) -> None:
    machines, plants = copy_shipped(tmp_path)
    (machines / "paint-1.yaml").write_text("type: paint-robot\nline: cabinets-1\nagee: {}\n")
    library = load_library(machines, plants)
    assert [p.file.name for p in library.problems] == ["paint-1.yaml"]
    plant = Driver(build(library.worlds["plant:polaris"], 1), 600)
    plant.run(10)
    assert len(plant.world.machines()) == 13
    assert plant.world.books.delivered > 20


def test_a_machine_whose_code_fails_is_down_and_the_line_goes_on(tmp_path: Path) -> None:
    machines, plants = copy_shipped(tmp_path)
    code = machines / "types" / "packer.py"
    code.write_text(
        "from andon_edge.library.hooks import Behaviour\n"
        "class Machine(Behaviour):\n"
        "    variables = {'heat': 1.0}\n"
        "    def step(self, dt, now): pass\n"
    )
    library = load_library(machines, plants)
    assert library.problems == []
    plant = Driver(build(library.worlds["plant:polaris"], 1), 60)
    plant.run(5)

    # what is tried when the file is read does not meet every case: here it fails with the first unit
    library.types["packer"].compiled.behaviour.step = _cold  # type: ignore[union-attr, method-assign]
    said = plant.run(20)
    down = [m for m in said if isinstance(m, StateChanged) and m.machine.endswith("/pack-1") and m.state == "down"]
    assert [(m.reason, "the oven is cold" in m.text) for m in down] == [("Its own code fails", True)]
    assert {m.machine for m in said} == {i.path for i in plant.world.machines()}
    assert msgspec.json.decode(plant.world.dump()[plant.machine("pack-1").path])["variables"] == {"heat": 1.0}

    code.unlink()
    plant.world.update(load_library(machines, plants).worlds["plant:polaris"])
    made = plant.world._machines[plant.machine("pack-1")].s.made
    plant.run(20)
    assert plant.world._machines[plant.machine("pack-1")].s.made > made


def _cold(self: object, dt: float, now: object) -> None:
    self.values.clear()  # type: ignore[attr-defined]
    raise RuntimeError("the oven is cold")


def test_a_machine_alone_works_endlessly_and_two_plants_live_apart(tmp_path: Path) -> None:
    machines, plants = copy_shipped(tmp_path)
    text = (plants / "polaris.yaml").read_text().replace("enterprise: polaris", "enterprise: arktis")
    (plants / "arktis.yaml").write_text(text)
    (machines / "arktis").mkdir()
    for path in machines.glob("*.yaml"):
        text = path.read_text()
        area = {"cabinets-1": "cabinets", "assembly-1": "assembly", "supply": "utilities"}
        line = text.split("line: ")[1].split()[0]
        if line not in area:
            continue  # a recording, which stands in no line
        full = f"line: {{}}/north/{area[line]}/{line}"
        (machines / "arktis" / path.name).write_text(text.replace(f"line: {line}", full.format("arktis")))
        path.write_text(text.replace(f"line: {line}", full.format("polaris")))
    (machines / "lab-press.yaml").write_text("type: sheet-metal-press\nline: polaris/north/lab/bench\n")
    library = load_library(machines, plants)
    assert library.problems == []
    assert sorted(library.worlds) == ["alone:polaris/north/lab/bench/lab-press", "plant:arktis", "plant:polaris"]
    assert sum(len(world.machines) for world in library.worlds.values()) == 29
    alone = Driver(build(library.worlds["alone:polaris/north/lab/bench/lab-press"], 1), 300)
    assert alone.world.layout() is None
    said = alone.run(20)
    assert "producing" in {m.state for m in said if isinstance(m, StateChanged)}
    assert alone.world.books.delivered > 5
    layout = build(library.worlds["plant:polaris"]).layout()
    assert layout is not None and "polaris/north/lab/bench/lab-press" in layout.sites[0].others


def test_a_clock_that_is_set_back_does_not_silence_the_machines() -> None:
    plant = Driver.of_plant(13, 1, LIBRARY)
    plant.run(20)
    plant.wall -= 3600 * SECOND
    plant.clock = PlantClock.starting(plant.wall)  # what the runtime makes of it is its own matter
    plant.world.skip(plant.clock, plant.wall)
    plant.world.advance(plant.clock, plant.wall)
    said = plant.run(3)
    assert {m.machine for m in said} == {i.path for i in plant.world.machines()}
    assert all(plant.wall - 4 * SECOND < t <= plant.wall + SECOND for times in stamps(said).values() for t in times)


def test_what_a_command_brought_about_is_said_at_once_and_survives_a_kill() -> None:
    plant = Driver.of_plant(14, 1, LIBRARY)
    plant.run(5)
    plant.wall += SECOND // 2
    saved = plant.world.dump()
    assert plant.command("press-1", "stop", reason="Test").status == "done"
    saved |= plant.world.dump()
    assert plant.world.due(plant.clock) == 0
    other = build(LIBRARY.worlds["plant:polaris"], 14)
    other.restore({**saved, **plant.world.dump()})
    for world in (other, plant.world):
        said = [m for m in world.advance(plant.clock, plant.wall + SECOND) if isinstance(m, StateChanged)]
        assert [(m.state, m.reason) for m in said if m.machine.endswith("/press-1")] == [("planned", "Test")]


def test_due_is_when_something_will_be_said_or_happen_unseen() -> None:
    plant = Driver.of_plant(15, 1, LIBRARY)
    said = 0
    for _ in range(200):
        due = plant.world.due(plant.clock)
        assert plant.wall <= due <= plant.wall + SECOND
        plant.wall = due
        said += bool(plant.world.advance(plant.clock, due))
    assert said > 150


def test_a_world_built_anew_from_changed_files_goes_on_with_its_saved_state(tmp_path: Path) -> None:
    machines, plants = copy_shipped(tmp_path)
    plant = Driver(build(load_library(machines, plants).worlds["plant:polaris"], 1), 60)
    plant.run(10)
    saved = plant.world.dump()
    (machines / "chiller-1.yaml").unlink()
    (machines / "inspect-1.yaml").write_text("type: end-of-line-test\nline: cabinets-1\nafter: paint-1\n")
    newer = load_library(machines, plants)
    again = build(newer.worlds["plant:polaris"], 1)
    again.restore(saved)
    assert again.books == plant.world.books
    said = again.advance(plant.clock, plant.wall + 20 * SECOND)
    heard = {m.machine.split("/")[-1] for m in said}
    assert "inspect-1" in heard and "chiller-1" not in heard
    assert again._machines[next(i for i in again.machines() if i.machine == "inspect-1")].s.made > 0
