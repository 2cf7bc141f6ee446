"""`andon machine`: what it writes runs, what it checks is explained, and scripts get JSON and exit codes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from andon_cli.commands.machine import app
from andon_edge.library import load_library
from andon_edge.simulation import build
from support.simulated import ROOT, Driver, values
from typer.testing import CliRunner

runner = CliRunner()


@pytest.fixture
def folders(tmp_path: Path) -> list[str]:
    shutil.copytree(ROOT / "machines", tmp_path / "machines")
    shutil.copytree(ROOT / "plants", tmp_path / "plants")
    return ["--machines", str(tmp_path / "machines"), "--plants", str(tmp_path / "plants")]


def test_a_new_machine_of_a_new_type_runs_at_once(folders: list[str]) -> None:
    made = runner.invoke(app, ["new", "lathe-1", "--type", "lathe", "--new-type", *folders])
    assert made.exit_code == 0, made.output
    machines = Path(folders[1])
    text = (machines / "types" / "lathe.yaml").read_text()
    assert len(text.splitlines()) <= 40
    library = load_library(machines, Path(folders[3]))
    assert library.problems == []
    kind = library.types["lathe"].model
    assert (len(kind.signals), len(kind.wear)) == (8, 1)
    key = next(k for k in library.worlds if k.endswith("/lathe-1"))
    driver = Driver(build(library.worlds[key]), 60)
    assert max(values(driver.run(10), "lathe-1", "speed")) > 2500


def test_a_new_machine_finds_its_place_in_the_line(folders: list[str]) -> None:
    arguments = ["new", "eol-2", "--type", "end-of-line-test", "--line", "assembly-1", "--after", "charge-1", "--json"]
    made = runner.invoke(app, [*arguments, *folders])
    assert made.exit_code == 0, made.output
    assert json.loads(made.output)["problems"] == []
    plant = load_library(Path(folders[1]), Path(folders[3])).worlds["plant:polaris"].plant
    assert plant is not None
    feeds = {s.identity.machine: [f.machine for f in s.feeds] for s in plant.stations}
    assert feeds["charge-1"] == ["eol-2"] and feeds["eol-2"] == ["eol-1"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["new", "Press 3", "--type", "packer"], "use 1 to 24 of"),
        (["new", "press-3", "--type", "pres"], "sheet-metal-press"),
        (["new", "foam-3", "--type", "foaming-pres"], "no type 'foaming-pres'; did you mean foaming-press?"),
        (["new", "foam-3"], "--type must be one of"),
        (["new", "press-1", "--type", "packer"], "there already"),
        (["new", "x", "--type", "packer", "--new-type"], "leave --new-type out"),
    ],
)
def test_new_refuses_with_a_reason(folders: list[str], arguments: list[str], told: str) -> None:
    refused = runner.invoke(app, [*arguments, *folders])
    assert refused.exit_code == 2
    assert told in refused.output


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--line", "cabinet-1"], "did you mean 'cabinets-1'"),
        (["--line", "cabinets-1", "--after", "bend-9"], "no such station"),
        (["--line", "polaris/north/Lab/bench"], "area 'Lab'"),
    ],
)
def test_new_leaves_no_file_behind_that_cannot_run(folders: list[str], arguments: list[str], told: str) -> None:
    for more in ([], ["--new-type"]):
        refused = runner.invoke(
            app, ["new", "mill-1", "--type", "mill" if more else "packer", *more, *arguments, *folders]
        )
        assert refused.exit_code == 1
        assert told in refused.output.replace("\n", " ") and "Nothing is written" in refused.output
        assert not list(Path(folders[1]).rglob("mill*"))


def test_a_machine_that_would_divide_by_zero_or_take_no_time_is_told(folders: list[str]) -> None:
    (Path(folders[1]) / "compressor-1.yaml").write_text(
        "type: screw-compressor\nline: supply\nparameters: {capacity: 0}\n"
    )
    (Path(folders[1]) / "press-1.yaml").write_text(
        "type: sheet-metal-press\nline: cabinets-1\noperation: {cycle_s: 0}\n"
    )
    problems = json.loads(runner.invoke(app, ["check", "--json", *folders]).output)["problems"]
    found = {Path(p["file"]).name: (p["line"], p["text"]) for p in problems}
    assert found["compressor-1.yaml"][0] == 3 and "division by zero" in found["compressor-1.yaml"][1]
    assert found["press-1.yaml"][0] == 3 and "above 0" in found["press-1.yaml"][1]


def test_a_unit_that_is_mostly_not_meant_is_a_warning_and_the_machine_runs(folders: list[str]) -> None:
    machines = Path(folders[1])
    kind, cassette = machines / "types" / "water-chiller.yaml", machines / "nab-temperature.yaml"
    assert "unit: Cel" in kind.read_text() and "unit: '1'" in cassette.read_text()
    kind.write_text(kind.read_text().replace("unit: Cel", "unit: C", 1))
    cassette.write_text(cassette.read_text().replace("unit: '1'", "unit: F"))
    checked = runner.invoke(app, ["check", "--json", *folders])
    assert checked.exit_code == 0, checked.output
    told = json.loads(checked.output)
    assert told["problems"] == []
    first, second = ({**w, "file": Path(w["file"])} for w in told["warnings"])
    assert (first["file"], second["file"]) == (kind, cassette)
    assert "unit: C," in kind.read_text().splitlines()[first["line"] - 1]
    assert cassette.read_text().splitlines()[second["line"] - 1].strip() == "unit: F"
    assert "coulomb" in first["text"] and "'Cel'" in first["remedy"]
    assert "farad" in second["text"] and "'[degF]'" in second["remedy"]
    library = load_library(machines, Path(folders[3]))
    assert {"chiller-1", "nab-temperature"} <= {identity.machine for identity in library.machines()}
    words = " ".join(runner.invoke(app, ["check", *folders]).output.split())
    assert f"{kind}:{first['line']} warning: " in words and f"-> {first['remedy']}" in words
    assert "no mistake found, 2 warnings." in words
    one = json.loads(runner.invoke(app, ["check", str(cassette), "--json", *folders]).output)
    assert [Path(w["file"]) for w in one["warnings"]] == [cassette]


def test_the_list_tells_two_plants_apart(folders: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(Path(folders[1]).parent)
    assert "Enterprise" not in runner.invoke(app, ["list"]).output
    Path("machines/acme").mkdir()
    Path("machines/acme/press-1.yaml").write_text("type: sheet-metal-press\nline: acme/south/hall/frames\n")
    lines = runner.invoke(app, ["list"]).output.splitlines()
    presses = [line.split()[2:4] for line in lines if line.split()[:1] == ["press-1"]]
    assert presses == [["acme", "frames"], ["polaris", "cabinets-1"]]


def test_without_the_folders_it_says_so(tmp_path: Path) -> None:
    for command in ("check", "list"):
        refused = runner.invoke(app, [command, "--machines", str(tmp_path / "m"), "--plants", str(tmp_path / "p")])
        assert refused.exit_code == 2 and "there is no folder" in refused.output


def test_check_explains_and_exits_with_one(folders: list[str]) -> None:
    assert runner.invoke(app, ["check", *folders]).exit_code == 0
    bad = Path(folders[1]) / "press-1.yaml"
    bad.write_text("type: sheet-metal-pres\nline: cabinets-1\n")
    found = runner.invoke(app, ["check", "--json", *folders])
    assert found.exit_code == 1
    problems = json.loads(found.output)["problems"]
    assert [(Path(p["file"]).name, p["line"]) for p in problems] == [("press-1.yaml", 1)]
    assert "sheet-metal-press" in problems[0]["remedy"]
    shown = runner.invoke(app, ["check", *folders])
    assert "press-1.yaml:1" in shown.output.replace("\n", "") and "did you mean" in shown.output
    # what a stack does that runs, and what one does that begins
    assert "that runs goes on with what it read before" in shown.output
    assert "one that starts now begins without it" in shown.output
    assert runner.invoke(app, ["check", str(Path(folders[1]) / "press-2.yaml"), *folders]).exit_code == 0


@pytest.mark.parametrize("columns", ["40", "80"])
def test_a_line_of_the_list_is_a_machine_on_any_terminal(folders: list[str], columns: str) -> None:
    name, below = "a-machine-of-a-long-name", Path("of-the-second-hall-behind-the-yard-where-nobody-goes")
    plain = Path(folders[1]) / below / f"{name}.yaml"
    plain.parent.mkdir()
    plain.write_text("type: sheet-metal-press\nline: polaris/north/lab/bench\n")
    output = runner.invoke(app, ["list", *folders], env={"COLUMNS": columns}).output
    head, *lines, last = output.splitlines()
    assert head.split() == ["Machine", "Type", "Line", "Signals", "File"]
    assert last == f"Files are in {Path(folders[1]).resolve()}."
    assert len(lines) == len(list(Path(folders[1]).rglob("*.yaml"))) - len(list(Path(folders[1]).glob("types/*.yaml")))
    assert all(line == line.rstrip() for line in lines)
    assert any(line.split() == [name, "sheet-metal-press", "bench", line.split()[3], str(below / f"{name}.yaml")]
               for line in lines)  # fmt: skip


def test_the_shipped_machines_fit_on_80_columns(folders: list[str]) -> None:
    *lines, _ = runner.invoke(app, ["list", *folders]).output.splitlines()
    assert max(map(len, lines)) <= 80


def test_list_and_names(folders: list[str]) -> None:
    rows = json.loads(runner.invoke(app, ["list", "--json", *folders]).output)["machines"]
    assert {r["name"] for r in rows} >= {"press-1", "pack-1", "chiller-1"}
    assert "press-1" in runner.invoke(app, ["list", *folders]).output
    found = json.loads(runner.invoke(app, ["names", "sheet-metal-press", "--json", *folders]).output)
    assert {"phase", "seal", "hydraulic_leak", "working_bar"} <= set(found["names"])
    assert "pulse" in found["functions"]
