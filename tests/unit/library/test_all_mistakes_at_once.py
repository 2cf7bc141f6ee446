"""A mistake in a file's form hides none of those that come after it: types, plants and cassettes."""

from __future__ import annotations

from pathlib import Path

import pytest
from andon_cli.main import _app
from andon_edge.cassettes.player import CassettePlayer
from andon_edge.library import Library, load_library
from support.small_library import write_library
from typer.testing import CliRunner

PLANT = """\
enterprise: acme
colour: red
sites:
  - site: north
    latitude: 950
    longitude: 10
    time_zone: Mars/Phobos
    lines:
      - line: line-1
        area: hall
        stations:
          - {machine: saw-1, feeds: [saw-9], bufer: 1}
          - {machine: saw-2, feeds: [saw-2]}
          - {machine: saw-7}
"""
TYPE = """\
titel: Saw
operations:
  Cut: {cycle_s: -30}
parameters: {width: wide}
wear:
  blade: {per_hour: "0.01 * laod"}
signals:
  speed: {unit: rpm, range: [4000, 0], value: "3000 * runing"}
  torque: {unit: N.m, range: [0, 9], value: "1 / (width - 1)"}
  heat: {unit: Cel, range: [0, 90], value: "20 / phase"}
  depth: {unit: mm, range: [0, 90], value: "torque + 1"}
faults:
  dull: {shape: sudden, wear: baldes}
  stuck-sensor: {shape: sudden}
provides: {air_pressure: pressure}
"""
SOUND_TYPE = """\
title: Saw
operations: {cut: {cycle_s: 30}}
signals: {speed: {unit: /min, range: [0, 4000], value: 3}}
"""


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    return write_library(tmp_path)


def told(library: Library) -> list[tuple[int, str, str]]:
    assert all(p.remedy for p in library.problems), library.problems
    return [(p.line, p.text, p.remedy) for p in library.problems]


def expect(found: list[tuple[int, str, str]], wanted: set[tuple[int, str]]) -> None:
    for line, part in wanted:
        assert any(line == at and part in f"{text} -> {remedy}" for at, text, remedy in found), (line, part, found)
    assert len(found) == len(wanted), found


def test_all_mistakes_of_a_type_are_told_at_once(folders: tuple[Path, Path]) -> None:
    (folders[0] / "types" / "saw.yaml").write_text(TYPE)
    library = load_library(*folders)
    expect(
        told(library),
        {
            (1, "did you mean `title:`?"),
            (1, "`title:` is missing"),
            (3, "'Cut'"),
            (3, "`operations.Cut.cycle_s` cannot be -30"),
            (4, "`parameters.width` cannot be 'wide'"),
            (6, "did you mean 'load'?"),
            (8, "'/min'"),
            (8, "the first value must be below the second"),  # pydantic looks at it only once the unit is right
            (8, "did you mean 'running'?"),
            (10, "fails where"),
            (13, "ages 'baldes', which is no wear"),
            (14, "standard fault"),
            (15, "'pressure', which is no signal"),
        },
    )
    assert library.types == {}


def test_a_key_that_cannot_be_is_told_once(folders: tuple[Path, Path]) -> None:
    (folders[0] / "types" / "saw.yaml").write_text(f"{SOUND_TYPE}provides: {{steam: speed}}\nuses: {{gas: 3}}\n")
    found = told(load_library(*folders))
    assert [(line, text) for line, text, _ in found] == [
        (4, "`provides.steam` cannot be 'steam'"), (5, "`uses.gas` cannot be 'gas'"),
    ]  # fmt: skip


def test_what_depends_on_a_value_that_is_not_known_is_no_mistake(folders: tuple[Path, Path]) -> None:
    """`width` is not said, so nobody knows whether `1 / width` works; a name that was not read may be used."""
    (folders[0] / "types" / "saw.yaml").write_text(
        "title: Saw\noperations: [cut]\nparameters: {width: }\nwear: 7\nsignals:\n"
        '  torque: {unit: N.m, range: [0, 9], value: "blade / width"}\n'
        '  speed: {unit: /min, range: [0, 9], value: "1 / torque"}\n'
    )
    found = told(load_library(*folders))
    assert [line for line, _, _ in found] == [2, 3, 4], found


def test_a_specification_in_disorder_is_told_beside_all_others(folders: tuple[Path, Path]) -> None:
    text = "continuous: true\nsignals:\n  speed: {unit: /min, range: [0, 9], value: spede}\nquality:\n  measured:\n"
    text += "    gap: {value: 3, limits: [3.8, 2.2]}\n    torque: {value: 6, limits: [5, 8], target: 9}\n"
    text += "    angle: {value: 90, unit: degree, target: 90}\n    weight: {value: 61, unit: kg, target: 61}\n"
    (folders[0] / "types" / "saw.yaml").write_text(f"title: Saw\n{text}")
    expect(
        told(load_library(*folders)),
        {
            (4, "there is no 'spede'"),
            (7, "the first value must be below the second"),
            (8, "target 9.0 does not stand within limits [5.0, 8.0]"),
            (9, "'degree'"),
        },
    )


def test_broken_code_does_not_hide_mistakes_in_its_data(folders: tuple[Path, Path]) -> None:
    (folders[0] / "types" / "saw.yaml").write_text("titel: Saw\ncontinuous: true\nsignals: {}\n")
    (folders[0] / "types" / "saw.py").write_text("import nothing_like_this\n")
    text = "\n".join(str(p) for p in load_library(*folders).problems)
    assert "No module named" in text and "did you mean `title:`?" in text and "`signals` cannot be" in text


def test_all_mistakes_of_a_plant_and_its_machines_are_told_at_once(folders: tuple[Path, Path]) -> None:
    machines, plants = folders
    (plants / "acme.yaml").write_text(PLANT)
    (machines / "types" / "saw.yaml").write_text(SOUND_TYPE)
    for name, after in (("saw-1", ""), ("saw-2", ""), ("saw-3", "after: saw-5\n"), ("saw-4", "after: saw-1\n")):
        (machines / f"{name}.yaml").write_text(f"type: saw\nline: line-1\n{after}")
    library = load_library(*folders)
    expect(
        told(library),
        {
            (2, "`colour` is not known"),
            (5, "`sites.0.latitude` cannot be 950"),
            (7, "no time zone 'Mars/Phobos'"),
            (12, "did you mean `buffer:`?"),
            (12, "'saw-9', which is no station"),
            (13, "a circle"),
            (14, "saw-7 has no file of its own"),
            (3, "there is no such station on line line-1"),
            (2, "saw-1, saw-2, saw-3, saw-4 are held (what ran before runs on)"),
        },
    )
    assert library.worlds == {}


def test_a_station_without_a_name_is_one_mistake(folders: tuple[Path, Path]) -> None:
    machines, plants = folders
    text = "enterprise: acme\nsites:\n  - {site: north, latitude: 1, longitude: 1, lines: [{line: line-1, area: hall,\n"
    (plants / "acme.yaml").write_text(text + "      stations: [{machine: saw-1, feeds: [saw-2]}, {buffer: 3}]}]}\n")
    (machines / "types" / "saw.yaml").write_text(SOUND_TYPE)
    (machines / "saw-1.yaml").write_text("type: saw\nline: line-1\n")
    expect(told(load_library(*folders)), {(4, "machine:` is missing"), (4, "saw-1 is held")})


CASSETTE = """\
type: cassette
line: nowhere
recording: recordings/pump.csv
sped: 2
signals:
  flow: {unit: "l per m"}
  heat: {unit: Cel}
"""


def test_all_mistakes_of_a_cassette_are_told_also_where_its_place_is_wrong(folders: tuple[Path, Path]) -> None:
    machines, plants = folders
    file = machines / "pump.yaml"
    file.write_text(CASSETTE)
    library = load_library(*folders)
    (cassette,) = library.cassettes
    assert cassette.identity is None and library.machines() == []
    player, problems = CassettePlayer.load(None, file, cassette.config)
    assert player is None
    (machines / "recordings").mkdir()
    (machines / "recordings" / "pump.csv").write_text("t,flow,pressure\n0,1,2\n1,1,2\n")
    _, problems = CassettePlayer.load(None, file, cassette.config)
    lines = {(p.line, p.text) for p in problems}
    assert len(lines) == 3 and (5, "file and recording differ in pressure, heat") in lines, lines
    shown = CliRunner().invoke(_app, ["machine", "check", "--machines", str(machines), "--plants", str(plants)])
    said = " ".join(shown.output.split())
    assert shown.exit_code == 1 and "4 mistakes" in said
    for part in ("no plant has a line 'nowhere'", "did you mean `speed:`?", "'l per m'", "differ in pressure, heat"):
        assert part in said, said


def test_a_cassette_with_neither_place_nor_recording_is_told_both(folders: tuple[Path, Path]) -> None:
    file = folders[0] / "pump.yaml"
    file.write_text("type: cassette\n")
    library = load_library(*folders)
    _, problems = CassettePlayer.load(None, file, library.cassettes[0].config)
    text = "\n".join(p.text for p in [*library.problems, *problems])
    assert "no `line:`" in text and "`recording:` is missing" in text and "`signals:` is missing" in text
