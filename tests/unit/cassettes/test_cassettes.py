"""Recordings: what is found in a CSV, what is refused and where, and how it plays."""

from __future__ import annotations

from pathlib import Path

import pytest
from andon_cli.commands.cassette import app
from andon_contracts.identity import Identity
from andon_contracts.messages import StateChanged, Telemetry
from andon_contracts.plant_clock import PlantClock
from andon_contracts.yaml_file import read_yaml
from andon_edge.bootstrap import FileSource
from andon_edge.cassettes.errors import CsvError
from andon_edge.cassettes.importing import import_csv, machine_name, signal_name
from andon_edge.cassettes.player import CassettePlayer
from andon_edge.cassettes.reading import read_table
from typer.testing import CliRunner

NOW = 1_800_000_000_000_000
LINE = "acme/north/hall/recordings"
WHO = Identity.parse(f"{LINE}/pump")


def csv_file(folder: Path, text: str) -> Path:
    file = folder / "pump.csv"
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("text", "separator", "decimal", "time"),
    [
        ("datetime;a;b\n2020-03-09 10:14:33;0.1;2\n2020-03-09 10:14:34;0.2;3\n", ";", ".", "datetime"),
        ("Zeit;a\n09.03.2020 10:14:33;0,1\n09.03.2020 10:14:34;0,2\n", ";", ",", "Zeit"),
        ("a,when\n1,2020-03-09T10:14:33Z\n2,2020-03-09T10:14:34Z\n", ",", ".", "when"),
        ("time\ta\n1583748873\t1\n1583748874\t2\n", "\t", ".", "time"),
        ("timestamp,a\n1583748873000,1\n1583748874000,2\n", ",", ".", "timestamp"),
        ("t|a\n0|1.5\n1|\n", "|", ".", "t"),
    ],
)
def test_what_is_found(tmp_path: Path, text: str, separator: str, decimal: str, time: str) -> None:
    table = read_table(csv_file(tmp_path, text))
    assert (table.separator, table.decimal, table.time_column) == (separator, decimal, time)
    assert table.times == [0.0, 1.0]


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("time,a\n2020-03-09 10:00:00,1\n2020-03-09 10:00:01,x\n", 3, "'x' is no number"),
        ("time,a\n2020-03-09 10:00:00,1\n2020-03-09 10:00:01\n", 3, "1 values where the header has 2"),
        ("time,a\n2020-03-09 10:00:00,1\nyesterday,2\n", 1, "no column holds times"),
        ("a,b\n1,2\n3,4\n", 1, "no column holds times"),
        ("1,2\n3,4\n5,6\n", 1, "numbers, not names"),
        ("time,a,a\n1,2,3\n4,5,6\n", 1, "twice"),
        ("time,a\n4,1\n3,1\n5,1\n1,1\n6,1\n0,1\n9,1\n", 3, "time does not grow"),
        ("time,a\n4,1\n4,2\n4,3\n", 3, "time stands still"),
        ("2020-03-09 10:00:00,0,0\n2020-03-09 10:00:01,1,1\n2020-03-09 10:00:02,1,1\n", 1, "values, not names"),
        ("# a logger\ntime,a\n2020-03-09 10:00:00,1\n,2\n2020-03-09 10:00:02,3\n", 4, "'' is no time"),
        ("time,a\n[s],[bar]\n1,1\n2,2\n3,3\n", 2, "'[s]' is no time"),
        ("time;a\n0;1.5\n1;2.5\n2;0,5\n", 4, "'0,5' is no number"),
        ('time,a\n0,"1,200"\n1,"2,400"\n', 2, "a thousand or a fraction"),
        ("time,a\n0,1\n1,\0\n", 1, "no text file"),
        ("", 1, "two rows"),
    ],
)
def test_a_bad_file_is_refused_with_its_line(tmp_path: Path, text: str, line: int, says: str) -> None:
    with pytest.raises(CsvError) as found:
        read_table(csv_file(tmp_path, text))
    assert found.value.line == line and says in str(found.value)


@pytest.mark.parametrize(
    ("text", "times", "notes"),
    [
        ("sep=;\ntime;a\n0;1\n1;2\n", [0, 1], []),
        ("# a logger\n\ntime,a\n0,1\n1,2\n", [0, 1], []),
        ("time,a\r0,1\r1,2\r", [0, 1], []),
        ("Time (ms),a\n0,1\n500,2\n", [0, 0.5], []),
        ("Date,Time,a\n03/13/2020,11:59:59 PM,1\n03/14/2020,12:00:01 AM,2\n", [0, 2], ["time zone"]),
        ("Datum;Uhrzeit;a\n01.03.24;23:59:59;1\n02.03.24;00:00:00;2\n", [0, 1], ["time zone"]),
        ("time,a\n2020-03-09 10:00:02 UTC,1\n2020-03-09 10:00:03 UTC,2\n", [0, 1], []),
        ('time,a\n0,"0,5"\n1,"1,5"\n', [0, 1], []),
        (",time,a\n0,0,1\n1,1,2\n", [0, 1], ["counts the rows"]),
        ("time,a,open\n0,1,true\n1,2,false\n", [0, 1], []),
        # two rows a second, whose stamps have no fractions
        ("time,a\n0,1\n0,2\n1,3\n1,4\n2,5\n", [0, 0.5, 1, 1.5, 2], ["line 3: the time of the row before"]),
        ("time,a\n0,1\n1,2\n1,3\n", [0, 1, 1.5], ["line 4"]),
        ("time,a\n9,3\n8,2\n7,1\n", [0, 1, 2], ["newest row stands first"]),
    ],
)
def test_what_loggers_and_spreadsheets_write(tmp_path: Path, text: str, times: list[float], notes: list[str]) -> None:
    table = read_table(csv_file(tmp_path, text))
    assert table.times == times
    assert len(table.notes) == len(notes) and all(a in b for a, b in zip(notes, table.notes, strict=True))
    assert set(table.columns) <= {"a", "open"} and all(v == v for values in table.columns.values() for v in values)
    if "newest" in str(notes):
        assert table.columns["a"] == [1.0, 2.0, 3.0]


def test_other_encodings(tmp_path: Path) -> None:
    text = "Zeit;Temperatur (°C)\n2020-03-09 10:00:00;20\n2020-03-09 10:00:01;21\n"
    for encoding in ("utf-8-sig", "utf-16", "latin-1"):
        (tmp_path / "pump.csv").write_text(text, encoding=encoding)
        assert read_table(tmp_path / "pump.csv").columns == {"Temperatur (°C)": [20.0, 21.0]}


def test_a_time_zone_counts(tmp_path: Path) -> None:
    file = csv_file(tmp_path, "time,a\n2020-07-01 12:00:00,1\n2020-07-01 12:00:01,1\n")
    table = read_table(file, time_zone="Europe/Berlin")
    assert table.first is not None and table.first.hour == 10


def test_names() -> None:
    assert signal_name("Volume Flow RateRMS") == "volume_flow_rate_rms"
    assert signal_name("Accelerometer1RMS") == "accelerometer_1_rms"
    assert signal_name("°") == "value"


def imported(folder: Path, speed: float = 1.0) -> CassettePlayer:
    text = "time;Pressure (bar);label\n" + "".join(f"2020-03-09 10:00:0{i};{i}.5;0\n" for i in range(4))
    done = import_csv(
        csv_file(folder, text), folder / "machines", line=LINE, name="pump", ignore=["label"], speed=speed
    )
    content = read_yaml(done.file).mapping()
    player, problems = CassettePlayer.load(WHO, done.file, content)
    assert player is not None and not problems
    return player


def test_it_plays_in_a_loop_with_stamps_of_now(tmp_path: Path) -> None:
    player, clock = imported(tmp_path), PlantClock.starting(NOW)
    birth = player.birth(WHO)
    assert birth.origin == "recorded" and birth.source == "pump.csv" and birth.signals[0].unit == "bar"
    played = []
    for second in range(9):
        for message in player.advance(clock, NOW + second * 1_000_000):
            if isinstance(message, Telemetry):
                played += [(s.t - NOW, s.values["pressure"]) for s in message.samples]
            else:
                assert isinstance(message, StateChanged) and second == 0
    assert played == [(i * 1_000_000, i % 4 + 0.5) for i in range(9)]


def test_speed_skip_and_a_kill(tmp_path: Path) -> None:
    player, clock = imported(tmp_path, speed=2.0), PlantClock.starting(NOW)
    player.advance(clock, NOW)
    player.advance(clock, NOW + 500_000)
    other = imported(tmp_path / "b", speed=2.0) if (tmp_path / "b").mkdir() is None else player
    other.restore(player.dump())
    later = NOW + 3_600_000_000
    other.skip(clock, later)
    assert other.due(clock) == later + 500_000
    (message,) = other.advance(clock, later + 600_000)
    assert isinstance(message, Telemetry)
    assert [(s.t, s.values["pressure"]) for s in message.samples] == [(later + 500_000, 2.5)]


def test_an_existing_machine_is_not_replaced(tmp_path: Path) -> None:
    imported(tmp_path)
    with pytest.raises(FileExistsError):
        imported(tmp_path)


def test_the_shipped_cassettes_play() -> None:
    machines = Path(__file__).parents[3] / "machines"
    for name, step_us in (("skab-valve", 1_000_000), ("nab-temperature", 1_000_000)):
        file = machines / f"{name}.yaml"
        who = Identity.parse(f"polaris/north/recordings/cassettes/{name}")
        player, problems = CassettePlayer.load(who, file, read_yaml(file).mapping())
        assert player is not None, problems
        clock = PlantClock.starting(NOW)
        player.advance(clock, NOW)
        assert player.due(clock) == NOW + step_us


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("valve1/3.csv", "valve1-3"),
        ("valve1/2020-03-09.csv", "valve1-2020-03-09"),
        ("Pump Station North Hall East/17.csv", "pump-station-north-ha-17"),
        ("any/Pump 3 (new).csv", "pump-3-new"),
    ],
)
def test_a_machine_gets_a_name_that_says_something(tmp_path: Path, path: str, name: str) -> None:
    assert machine_name(tmp_path / path) == name


def test_where_neither_file_nor_folder_says_a_name_it_is_asked_for(tmp_path: Path) -> None:
    source = tmp_path / "2020" / "3.csv"
    source.parent.mkdir()
    source.write_text("t,a\n0,1\n1,2\n")
    with pytest.raises(CsvError, match="--name"):
        import_csv(source, tmp_path / "machines", line=LINE)
    (tmp_path / "machines").mkdir()
    assert import_csv(source, tmp_path / "machines", line=LINE, name="3").file.name == "3.yaml"


LABELLED = "t,flow,anomaly,Change Point,label\n0,1,0,0,7\n1,2,1,0,8\n2,2,,1,9\n"


def test_labels_are_no_signals_unless_they_are_kept(tmp_path: Path) -> None:
    source = csv_file(tmp_path, LABELLED)
    done = import_csv(source, tmp_path, line=LINE)
    # `label` holds more than 0 and 1: who knows what it is
    assert done.signals == {"flow": "flow", "label": "label"}
    assert [note.split(":")[0] for note in done.table.notes] == [
        "column 'anomaly' is a label and no measurement", "column 'Change Point' is a label and no measurement",
        "no unit is said of 'flow', 'label'",
    ]  # fmt: skip
    kept = import_csv(source, tmp_path, line=LINE, keep=["anomaly"], ignore=["label"], force=True)
    assert list(kept.signals) == ["flow", "anomaly"]
    with pytest.raises(CsvError, match="no column 'anomly' to keep"):
        import_csv(source, tmp_path, line=LINE, keep=["anomly"], force=True)
    with pytest.raises(CsvError, match="beside time and labels"):
        import_csv(source, tmp_path, line=LINE, ignore=["flow", "label"], force=True)


def test_the_command_takes_a_place_where_a_machine_can_stand(tmp_path: Path) -> None:
    source, machines, plants = csv_file(tmp_path, "t,a\n0,1\n1,2\n"), tmp_path / "machines", tmp_path / "plants"
    plants.mkdir()
    (plants / "acme.yaml").write_text(PLANT)
    folders = ["--machines-dir", str(machines)]  # the plants lie beside them
    runner = CliRunner()
    for line, said in (("linie-1", "did you mean 'line-1'"), ("acme/Nord/a/b", "site 'Nord'"), ("a/b", "2 levels")):
        refused = runner.invoke(app, ["import", str(source), "--line", line, *folders])
        assert refused.exit_code == 1 and said in refused.output
        assert not machines.exists()
    assert runner.invoke(app, ["import", str(source), "--speed", "-1", *folders]).exit_code == 2
    done = runner.invoke(app, ["import", str(source), *folders])
    assert done.exit_code == 0, done.output
    assert "note: no unit is said of 'a': unit 1 is taken (--unit 'a=bar' says it" in done.output
    again = runner.invoke(app, ["import", str(source), *folders, "--force", "--unit", "a=bar"])
    assert again.exit_code == 0 and "no unit" not in again.output
    assert "unit: bar" in (machines / "pump.yaml").read_text()
    assert "line: acme/north/recordings/cassettes" in (machines / "pump.yaml").read_text()


def test_a_recording_plays_on_while_its_file_is_broken(tmp_path: Path) -> None:
    imported(tmp_path)
    machines, name = tmp_path / "machines", f"cassette:{WHO.path}"
    source = FileSource(machines, tmp_path / "plants", lambda spec: pytest.fail("nothing is simulated here"))
    playing = source.load().worlds[name]
    for broken in ("type: [", "type: cassette\nline: x\nspeed: fast\n"):
        (machines / "pump.yaml").write_text(broken)
        loaded = source.load()
        assert loaded.problems and loaded.worlds == {name: playing}
    (machines / "pump.yaml").unlink()
    assert source.load().worlds == {}


PLANT = """\
enterprise: acme
sites:
  - {site: north, latitude: 50, longitude: 10, lines: [{line: line-1, area: hall, stations: [{machine: saw-1}]}]}
"""
