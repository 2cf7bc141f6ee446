"""A plant's file that is refused: its machines are held and never work alone on endless work; all others run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from andon_contracts.placement import read_placements
from andon_edge.library import Library, load_library
from support.small_library import SAW, TWO_SAWS, plant_text, write_library

UTILITIES = "    utilities: {area: house, line: %s, machines: [%s]}\n"
PLANT = plant_text(*TWO_SAWS) + UTILITIES % ("supply", "pump-1")
#: File's name to its `line:`: short, in full, on a bench of the same enterprise, of another plant, of no plant at all.
MACHINES = {
    "saw-1": "line-1",
    "saw-2": "acme/north/hall/line-1",
    "pump-1": "acme/north/house/supply",
    "bench": "acme/north/lab/bench",
    "mill-1": "bolt/south/hall/line-9",
    "loner": "lab/here/room/table",
}
OTHERS = ["alone:acme/north/lab/bench/bench", "alone:lab/here/room/table/loner", "plant:bolt"]
HELD = ["pump-1", "saw-1", "saw-2"]
#: What is wrong, at which line, and what is told of it.
BROKEN: dict[str, tuple[Callable[[str], str], int, str]] = {
    "no YAML": (lambda text: text.replace("feeds: [saw-2]", "feeds: [saw-2"), 10, "this is no YAML"),
    "a key too much": (lambda text: f"{text}colour: blue\n", 13, "`colour` is not known"),
    "a value that cannot be": (lambda text: text.replace("latitude: 50", "latitude: 950"), 4, "cannot be 950"),
    "a time zone that is none": (lambda text: text.replace("site: north", "site: north\n    time_zone: M"), 4, "zone"),
    "a circle": (lambda text: text.replace("saw-2}\n", "saw-2, feeds: [saw-1]}\n"), 10, "a circle"),
    "a site's name": (lambda text: text.replace("site: north", "site: North"), 3, "site 'North'"),
    "a line without name": (lambda text: text.replace("line: line-1\n        area", "area"), 7, "`line:` is missing"),
    "no sites": (lambda text: text.replace("sites:", "sitse:"), 1, "`sites:` is missing"),
    "a key twice": (lambda text: f"{text}serials: A\nserials: B\ntitle: x\n", 14, "a second time"),
}  # fmt: skip


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    other = plant_text("{machine: mill-1}", enterprise="bolt", site="south", line="line-9") + UTILITIES % ("net", "")
    return write_library(tmp_path, types={"saw": SAW}, machines=MACHINES, plants={"acme": PLANT, "bolt": other})


def held(library: Library) -> list[str]:
    return sorted(path.stem for path in library.held)


def whole(library: Library) -> None:
    assert library.problems == [] and library.held == {}
    assert sorted(library.worlds) == sorted([*OTHERS, "plant:acme"])
    assert len(library.worlds["plant:acme"].machines) == 3


@pytest.mark.parametrize("mistake", BROKEN)
def test_at_the_first_start_its_machines_are_held_and_all_others_run(folders: tuple[Path, Path], mistake: str) -> None:
    spoil, line, text = BROKEN[mistake]
    file = folders[1] / "acme.yaml"
    file.write_text(spoil(PLANT))
    library = load_library(*folders)
    assert sorted(library.worlds) == OTHERS
    assert held(library) == HELD
    assert {(p.file, p.line) for p in library.held.values()} == {(file, line)}
    (told,) = (p for p in library.problems if "held" in p.text)
    assert (told.file, told.line) == (file, line)
    assert told.text.startswith("pump-1, saw-1, saw-2 are held") and text in told.text
    assert "starts as soon as the file is right" in told.remedy
    assert {p.file for p in library.problems} == {file}, "what is right is not blamed"
    # what runs, runs on in the same state of the files, and the mended file starts what was held
    assert sorted(load_library(*folders, library).worlds) == OTHERS
    file.write_text(PLANT)
    whole(load_library(*folders, library))


@pytest.mark.parametrize("mistake", BROKEN)
def test_what_ran_runs_on_whatever_happens_to_its_plants_file(folders: tuple[Path, Path], mistake: str) -> None:
    sound, file = load_library(*folders), folders[1] / "acme.yaml"
    whole(sound)
    file.write_text(BROKEN[mistake][0](PLANT))
    for _ in range(3):
        sound = load_library(*folders, sound)
        assert sorted(sound.worlds) == sorted([*OTHERS, "plant:acme"]) and held(sound) == []
        assert len(sound.worlds["plant:acme"].machines) == 3
    # its new name changes nothing, and at a restart nobody knows what it was
    file.rename(folders[1] / "works.yaml")
    for _ in range(2):
        sound = load_library(*folders, sound)
        assert len(sound.worlds["plant:acme"].machines) == 3 and held(sound) == []
    assert held(load_library(*folders)) == HELD


@pytest.mark.parametrize("content", ["", "ente", "enterprise: acme\nsites:\n  - {site: north, lines: [{line: li", "\0"])
def test_a_file_that_ends_too_early_may_mean_any_line_of_its_enterprise(
    folders: tuple[Path, Path], content: str
) -> None:
    """Its enterprise, where it does not come to say it, is the one that it is named after."""
    (folders[1] / "acme.yaml").write_text(content)
    library = load_library(*folders)
    assert sorted(library.worlds) == ["alone:lab/here/room/table/loner", "plant:bolt"]
    assert held(library) == ["bench", *HELD]
    (folders[1] / "acme.yaml").rename(folders[1] / "plant.yaml")
    library = load_library(*folders)
    nobodys = ["loner"] if "enterprise" not in content else []  # it may be anybody's who has no plant
    assert held(library) == sorted(["bench", *HELD, *nobodys])
    assert "plant:bolt" in library.worlds


def test_a_file_that_nobody_may_read_or_that_is_no_text(folders: tuple[Path, Path]) -> None:
    (folders[1] / "acme.yaml").write_bytes(b"enterprise: acme\n\xff\xfe\n")
    library = load_library(*folders)
    assert held(library) == ["bench", *HELD] and "not UTF-8" in str(library.problems)


def test_the_second_file_of_an_enterprise_is_refused_and_what_stands_in_it_alone_is_held(
    folders: tuple[Path, Path],
) -> None:
    machines, plants = folders
    second = PLANT.replace("line-1", "line-2").replace("saw-", "axe-").replace("pump", "lamp").replace("house", "yard")
    (plants / "second.yaml").write_text(second)
    for name, line in {"axe-1": "line-2", "axe-2": "acme/north/hall/line-2"}.items():
        (machines / f"{name}.yaml").write_text(f"type: saw\nline: {line}\n")
    library = load_library(*folders)
    assert sorted(library.worlds) == sorted([*OTHERS, "plant:acme"])
    assert held(library) == ["axe-1", "axe-2"]
    text = "\n".join(map(str, library.problems))
    assert "second.yaml:1: axe-1, axe-2 are held" in text and "has its plant in acme.yaml already" in text
    (plants / "second.yaml").write_text(second.replace("acme", "zinc"))
    (machines / "axe-2.yaml").write_text("type: saw\nline: zinc/north/hall/line-2\n")
    now = load_library(*folders, library)
    assert held(now) == [] and [i.machine for i in now.worlds["plant:zinc"].machines] == ["axe-1", "axe-2"]


def test_a_copy_beside_a_plant_that_runs_does_not_take_its_place(folders: tuple[Path, Path]) -> None:
    """Whatever it is called, and also where it says something else."""
    sound = load_library(*folders)
    for name in ("aaa.yaml", "zzz.yaml"):
        copy = folders[1] / name
        copy.write_text(PLANT.replace("north", "east"))
        now = load_library(*folders, sound)
        assert sorted(now.worlds) == sorted(sound.worlds) and held(now) == []
        assert now.worlds["plant:acme"].machines.keys() == sound.worlds["plant:acme"].machines.keys()
        assert [(p.file, p.line) for p in now.problems] == [(copy, 1)]
        copy.unlink()


def test_a_plants_file_that_is_renamed_or_deleted_while_it_runs(folders: tuple[Path, Path]) -> None:
    sound, file = load_library(*folders), folders[1] / "acme.yaml"
    file.rename(folders[1] / "works.yaml")
    renamed = load_library(*folders, sound)
    whole(renamed)
    (folders[1] / "works.yaml").unlink()
    gone = load_library(*folders, renamed)
    # as at a start: a line of a plant is none any more, and a path in full needs none
    assert sorted(gone.worlds) == sorted(load_library(*folders).worlds)
    assert "plant:acme" not in gone.worlds and "alone:acme/north/hall/line-1/saw-2" in gone.worlds
    (told,) = gone.problems
    assert told.file.name == "saw-1.yaml" and "no plant has a line 'line-1'" in told.text
    file.write_text(PLANT)
    whole(load_library(*folders, gone))


def test_a_new_line_with_a_mistake_holds_its_machine_while_the_plant_runs_on(folders: tuple[Path, Path]) -> None:
    machines, plants = folders
    sound = load_library(*folders)
    more = "      - {line: line-2, area: hall, colour: red, stations: [{machine: axe-1}, {machine: axe-2}]}\n"
    (plants / "acme.yaml").write_text(PLANT.replace("    utilities", f"{more}    utilities"))
    for name, line in {"axe-1": "line-2", "axe-2": "acme/north/hall/line-2"}.items():
        (machines / f"{name}.yaml").write_text(f"type: saw\nline: {line}\n")
    now = load_library(*folders, sound)
    assert held(now) == ["axe-1", "axe-2"] and len(now.worlds["plant:acme"].machines) == 3
    (plants / "acme.yaml").write_text((plants / "acme.yaml").read_text().replace(", colour: red", ""))
    now = load_library(*folders, now)
    assert now.problems == [] and len(now.worlds["plant:acme"].machines) == 5


def test_who_ran_alone_is_not_stopped_by_a_new_plant_with_a_mistake(folders: tuple[Path, Path]) -> None:
    sound, file = load_library(*folders), folders[1] / "lab.yaml"
    text = PLANT.replace("acme", "lab").replace("north", "here").replace("hall", "room").replace("line-1", "table")
    file.write_text(f"{text}colour: red\n")
    now = load_library(*folders, sound)
    assert "alone:lab/here/room/table/loner" in now.worlds and held(now) == []
    assert held(load_library(*folders)) == ["loner"]


def test_a_machine_whose_plant_has_its_line_no_more_does_not_work_alone(folders: tuple[Path, Path]) -> None:
    sound = load_library(*folders)
    (folders[1] / "acme.yaml").write_text(PLANT.replace("line-1", "line-7"))
    (folders[0] / "saw-2.yaml").write_text("type: saw\nline: line-1\n")
    now = load_library(*folders, sound)
    assert {p.file.name for p in now.problems} >= {"saw-1.yaml", "saw-2.yaml"}
    assert not any("saw" in key for key in now.worlds)


def test_setup_sees_no_mistake_in_machines_that_wait(folders: tuple[Path, Path]) -> None:
    (folders[1] / "acme.yaml").write_text(BROKEN["no YAML"][0](PLANT))
    placements = read_placements(*folders)
    assert {p.file.name for p in placements.problems} == {"acme.yaml"}
    assert [path.stem for path in placements.waiting] == ["saw-1"]
