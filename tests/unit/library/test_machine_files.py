"""Files of machines: every mistake is found, with file, line and remedy; the sound ones run on."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest
from andon_contracts.placement import read_placements
from andon_edge.library import Library, fingerprint, load_library
from andon_edge.library.model import Drawing
from support.shipped import shipped_folders
from support.simulated import ROOT, shipped
from support.small_library import plant_text, write_library

PLANT = plant_text("{machine: saw-1, feeds: [saw-2], buffer: 1, carries: beams}", "{machine: saw-2}")
TYPE = """\
title: Saw
drawing: machine
operations:
  cut: {cycle_s: 30}
wear:
  blade: {per_hour: "0.01 * load"}
signals:
  speed: {unit: /min, range: [0, 4000], value: "3000 * running * (1 - 0.2 * blade)", noise: 5}
"""


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    saws = dict.fromkeys(("saw-1", "saw-2"), "line-1")
    return write_library(tmp_path, types={"saw": TYPE}, machines=saws, plants={"acme": PLANT})


def told(library: Library) -> list[str]:
    return [f"{p.file.name}:{p.line}: {p.text} -> {p.remedy}" for p in library.problems]


def test_the_shipped_files_have_no_mistake_and_are_all_that_is_promised() -> None:
    library = shipped()
    assert told(library) == []
    plant = library.worlds["plant:polaris"]
    assert len(plant.machines) >= 14
    assert len({m.type.name for m in plant.machines.values()}) >= 7
    assert plant.plant is not None and len(plant.plant.model.sites[0].lines) == 2
    rates = [s.rate_hz or t.model.rate_hz for t in library.types.values() for s in t.model.signals.values()]
    assert min(rates) >= 1 and 5 <= max(rates) <= 10
    for kind in library.types.values():
        assert 6 <= len(kind.model.signals) <= 12, kind.name
        assert len(kind.model.faults) + 5 >= 6
    drawings = {t.model.drawing for t in library.types.values()}
    assert drawings == set(get_args(Drawing)) - {"cassette", "machine"}


def test_a_type_of_eight_signals_and_one_wear_mode_takes_at_most_forty_lines() -> None:
    for path in (ROOT / "machines" / "types").glob("*.yaml"):
        assert len(path.read_text().splitlines()) <= 40, path.name
    found = [t for t in shipped().types.values() if len(t.model.signals) >= 8 and len(t.model.wear) >= 1]
    assert len(found) >= 8


def test_placements_and_library_agree_on_who_exists() -> None:
    placements = read_placements(*shipped_folders())
    assert sorted(placements.machines) == shipped().machines()
    assert placements.problems == []


def test_every_mistake_is_told_with_line_and_remedy(folders: tuple[Path, Path]) -> None:
    machines, _plants = folders
    (machines / "types" / "drill.yaml").write_text(
        """\
title: Drill
drawin: machine
operations:
  Bore: {cycle_s: -3}
signals:
  torque: {unit: Nm, range: [0, 50], value: "20 * runing"}
  speed: {unit: /min, range: [9, 1], value: 100, nois: 2}
  heat: {unit: Cel, range: [0, 90], vale: 20}
  current: {unit: A, range: [0, 9], value: "__import__('os').system('x')", rate_hz: 99}
"""
    )
    problems = told(load_library(*folders))
    text = "\n".join(problems)
    assert "drill.yaml:2: `drawin` is not known -> did you mean `drawing:`?" in text
    assert "drill.yaml:4:" in text and "cycle_s" in text
    assert "drill.yaml:6:" in text and "'N.m'" in text
    assert "drill.yaml:7: `signals.speed.nois` is not known -> did you mean `noise:`?" in text
    assert "drill.yaml:8: `signals.heat.vale` is not known -> did you mean `value:`?" in text
    assert "`signals.heat.value:` is missing" in text
    assert "drill.yaml:9:" in text and "rate_hz" in text
    assert len(problems) >= 8
    assert all(line.split(" -> ")[1] for line in problems)


def test_expressions_are_checked_at_every_place(folders: tuple[Path, Path]) -> None:
    machines, _ = folders
    (machines / "types" / "drill.yaml").write_text(
        """\
title: Drill
operations:
  bore: {cycle_s: 10}
wear: {bit: {per_hour: "0.1 / running"}}
load: "1 + 1j"
signals:
  power: {unit: kW, range: [0, 9], value: "9 ** 9 ** 9"}
  torque: {unit: N.m, range: [0, 50], value: "20 * runing"}
  heat: {unit: Cel, range: [0, 90], value: "torque.real"}
quality: {scrap: "max(0, bitt)"}
"""
    )
    text = "\n".join(told(load_library(*folders)))
    assert "drill.yaml:4:" in text and "fails where" in text
    assert "drill.yaml:5:" in text and "is no number" in text
    assert "drill.yaml:7: fails where" in text
    assert "drill.yaml:8:" in text and "did you mean 'running'?" in text
    assert "drill.yaml:9:" in text and "Attribute is not part of the language" in text
    assert "drill.yaml:10:" in text and "did you mean 'bit'?" in text


@pytest.mark.parametrize(
    ("content", "line", "part"),
    [
        ("type: sawe\nline: line-1\n", 1, "did you mean 'saw'?"),
        ("type: saw\nline: line-2\n", 2, "did you mean 'line-1'?"),
        ("type: saw\n", 1, "has no `line:`"),
        ("type: saw\nline: line-1\nafter: saw-9\n", 3, "no such station"),
        ("type: saw\nline: line-1\nage: {blad: 0.2}\n", 3, "did you mean 'blade'?"),
        ("type: saw\nline: line-1\ncolour: red\n", 3, "`colour` is not known"),
        ("type: saw\nline: line-1\ncolour: red\n", 3, "known here: type, line"),
        ("type: saw\nline: line-1\nage: {blade: 9}\n", 3, "write a number from 0 to 1"),
        ("type: saw\nline: acme/north/lab/bench\nafter: saw-1\n", 3, "nothing to stand behind"),
        ("type: saw\nline: 7\n", 2, "cannot be 7"),
        ("type: saw\nline: a/b/c\n", 2, "four"),
        ("type: saw\nline: line-1\nline: line-1\n", 3, "second time"),
        ("type: [saw\n", 2, "no YAML"),
        ("", 1, "no keys"),
        ("just text", 1, "no keys"),
        ("type: saw\nline: Acme/x/y/z\n", 2, "use 1 to 24 of"),
    ],
)
def test_a_broken_machine_is_told_and_the_others_run(
    folders: tuple[Path, Path], content: str, line: int, part: str
) -> None:
    machines, _ = folders
    (machines / "bad.yaml").write_text(content)
    library = load_library(*folders)
    assert any(
        p.file.name == "bad.yaml" and p.line == line and part in f"{p.text} {p.remedy}" for p in library.problems
    ), told(library)
    assert {p.file.name for p in library.problems} == {"bad.yaml"}
    assert {i.machine for i in library.machines()} >= {"saw-1", "saw-2"}


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (
            "type: sawe\nline: nowhere\nafter: foo\n",
            {(1, "there is no type 'sawe'"), (2, "no plant has a line 'nowhere'"), (3, "there is no such station")},
        ),
        (
            "type: saw\nline: line-1\nparameters: {sped: 3}\ncolour: red\nage: {blade: 9}\nafter: saw-9\n",
            {
                (3, "has no 'sped' in `parameters:`"),
                (4, "`colour` is not known"),
                (5, "`age.blade` cannot be 9"),
                (6, "there is no such station"),
            },
        ),
        (
            "type: saw\nage: {blad: 0.1}\nbufer: 3\n",
            {(1, "has no `line:`"), (2, "has no 'blad' in `age:`"), (3, "`bufer` is not known")},
        ),
        (
            "line: Acme/north/Hall/line-1\nbuffer: -2\n",
            {(1, "`type:` is missing"), (1, "enterprise 'Acme'"), (1, "area 'Hall'"), (2, "`buffer` cannot be -2")},
        ),
        ("line: nowhere\ntype: cassette\n", {(1, "no plant has a line 'nowhere'")}),
    ],
)
def test_all_mistakes_of_a_machine_are_told_at_once(
    folders: tuple[Path, Path], content: str, expected: set[tuple[int, str]]
) -> None:
    (folders[0] / "bad.yaml").write_text(content)
    library = load_library(*folders)
    assert len(library.problems) == len(expected), told(library)
    for line, part in expected:
        assert any(p.line == line and part in p.text and p.remedy for p in library.problems), (part, told(library))


def test_a_bad_file_name_and_what_stands_in_it_are_both_told(folders: tuple[Path, Path]) -> None:
    (folders[0] / "Saw 9.yaml").write_text("type: saw\nline: line-2\n")
    text = "\n".join(told(load_library(*folders)))
    assert "machine 'Saw 9': use 1 to 24 of" in text and "-> rename the file" in text
    assert "Saw 9.yaml:2: no plant has a line 'line-2'; did you mean 'line-1'?" in text


def test_a_station_that_is_there_is_no_mistake_beside_another(folders: tuple[Path, Path]) -> None:
    """`after:` names a station of a plant, or a machine that itself stands behind one: only the type is wrong."""
    machines, _ = folders
    (machines / "saw-3.yaml").write_text("type: saw\nline: line-1\nafter: saw-2\n")
    for after in ("saw-1", "saw-3"):
        (machines / "bad.yaml").write_text(f"type: sawe\nline: line-1\nafter: {after}\n")
        assert [p.line for p in load_library(*folders).problems] == [1]


@pytest.mark.parametrize(
    ("old", "new", "part"),
    [
        ("feeds: [saw-2]", "feeds: [saw-3]", "no station of this site"),
        ("{machine: saw-2}", "{machine: saw-2, feeds: [saw-1]}", "a circle"),
        ("latitude: 50", "latitude: 950", "less than or equal to 90"),
        ("longitude: 10", "longitude: 10\n    time_zone: Mars/Phobos", "no time zone"),
        ("buffer: 1", "bufer: 1", "did you mean `buffer:`?"),
        ("{machine: saw-2}", "{machine: saw-2}\n          - {machine: saw-7}", "has no file of its own"),
        ("{machine: saw-2}", "{machine: saw-2}\n          - {machine: saw-1}", "already"),
        ("enterprise: acme", "enterprise: Acme & Sons", "use 1 to 24 of"),
        ("sites:", "site:", "missing"),
    ],
)
def test_a_broken_plant_is_told(folders: tuple[Path, Path], old: str, new: str, part: str) -> None:
    machines, plants = folders
    (plants / "acme.yaml").write_text(PLANT.replace(old, new))
    text = "\n".join(told(load_library(machines, plants)))
    assert part in text


def test_two_files_of_one_enterprise_are_refused(folders: tuple[Path, Path]) -> None:
    machines, plants = folders
    (plants / "zweite.yaml").write_text(PLANT)
    library = load_library(machines, plants)
    assert "in acme.yaml already" in "\n".join(told(library))
    assert len(library.worlds["plant:acme"].machines) == 2


def test_python_types_work_and_their_mistakes_are_told(folders: tuple[Path, Path]) -> None:
    machines, _ = folders
    code = machines / "types" / "shaker.py"
    sound = '''\
from andon_edge.library.hooks import Behaviour
TYPE = """
title: Shaker
operations: {shake: {cycle_s: 5}}
signals:
  swing: {unit: mm, range: [-9, 9], value: swing_now}
"""
class Machine(Behaviour):
    variables = {"swing_now": 0.0}
    def step(self, dt, now):
        self.values["swing_now"] = 3.0
'''
    code.write_text(sound)
    assert "shaker" in load_library(*folders).types
    for text, line, part in (
        (sound.replace("class Machine", "class Device"), 1, "no class `Machine`"),
        (sound.replace("swing: {", "swing: ["), 6, "no YAML"),
        ("import nothing_like_this\n", 1, "No module named"),
        ("def broken(:\n", 1, "no Python"),
        ("x = 1\nraise SystemExit(3)\n", 2, "SystemExit(3)"),
        (sound.replace("= 3.0", "= now['swimg']"), 11, "KeyError('swimg')"),
        (sound.replace("= 3.0", "= now['phase'] / 0"), 11, "division by zero"),
        (sound.replace("= 3.0", "= float('nan')"), 1, "swing_now becomes nan"),
    ):
        code.write_text(text)
        problems = load_library(*folders).problems
        assert any(part in p.text for p in problems), (part, problems)
        if part != "no YAML":
            assert problems[0].line == line


def test_the_fingerprint_sees_what_comes_goes_and_changes(folders: tuple[Path, Path]) -> None:
    machines, _ = folders
    seen = [fingerprint(*folders)]
    (machines / "saw-3.yaml").write_text("type: saw\nline: line-1\n")
    seen.append(fingerprint(*folders))
    (machines / "saw-3.yaml").write_text("type: saw\nline: line-1\nafter: saw-2\n")
    seen.append(fingerprint(*folders))
    (machines / "saw-2.yaml").unlink()
    seen.append(fingerprint(*folders))
    assert len(set(seen)) == 4
    assert fingerprint(*folders) == seen[-1]


def test_what_ran_before_counts_on_while_its_file_is_broken(folders: tuple[Path, Path]) -> None:
    machines, plants = folders
    (machines / "bench.yaml").write_text("type: saw\nline: acme/north/lab/bench\n")
    files = {p: p.read_text() for p in (*machines.rglob("*.yaml"), *plants.rglob("*.yaml"))}
    sound = load_library(machines, plants)

    def worlds(library: Library) -> dict[str, list[str]]:
        return {key: [i.machine for i in world.machines] for key, world in library.worlds.items()}

    for path, text in files.items():
        for broken in ("", "type: [\n", text + "colour: blue\n", text.replace("north", "North")):
            if broken == text:
                continue
            path.write_text(broken)
            now = load_library(machines, plants, sound)
            assert now.problems and worlds(now) == worlds(sound), (path.name, broken, now.problems)
            plant, before = now.worlds["plant:acme"].plant, sound.worlds["plant:acme"].plant
            assert plant and before and plant.stations == before.stations
            again = load_library(machines, plants, now)
            assert worlds(again) == worlds(sound)
        path.write_text(text)
    assert load_library(machines, plants, sound).problems == []

    (machines / "saw-1.yaml").unlink()  # gone is gone
    assert worlds(load_library(machines, plants, sound))["plant:acme"] == ["saw-2"]
    (plants / "acme.yaml").unlink()
    assert worlds(load_library(machines, plants, sound)) == {"alone:acme/north/lab/bench/bench": ["bench"]}
    # at a start there is nothing before
    (machines / "bench.yaml").write_text("type: saw\nlin: acme/north/lab/bench\n")
    assert worlds(load_library(machines, plants)) == {}
