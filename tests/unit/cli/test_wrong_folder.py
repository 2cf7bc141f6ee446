"""A folder in which no demo has run is told as such, with what to do, by every command that reaches a demo."""

from __future__ import annotations

from pathlib import Path

import pytest
from andon_cli.demo.home import Home
from andon_cli.main import _app
from typer.testing import CliRunner

COMMANDS = (
    ["token"], ["link"], ["query", "press-1.vibration"], ["product", "list"], ["influx"],
    ["credential", "add", "x", "--read", "a"],
)  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS, ids=lambda words: words[0])
def test_a_wrong_folder_is_said_in_one_line_that_can_be_copied(tmp_path: Path, command: list[str]) -> None:
    folder = tmp_path / ("a-folder-with-a-name-that-is-longer-than-a-terminal-is-wide-" * 2)
    done = CliRunner().invoke(_app, [*command, "--data-dir", str(folder)])
    assert done.exit_code == 2
    (line,) = done.output.splitlines()
    assert f"no demo has run on {folder}" in line and f"andon demo --data-dir {folder}`" in line
    assert not folder.exists()


@pytest.mark.parametrize("command", [c for c in COMMANDS if c != ["token"]], ids=lambda words: words[0])
def test_a_demo_that_has_ended_is_another_thing(tmp_path: Path, command: list[str]) -> None:
    Home(tmp_path / "demo").lock().release()
    done = CliRunner().invoke(_app, [*command, "--data-dir", str(tmp_path / "demo")])
    assert done.exit_code == 2 or command == ["influx"]
    assert ("no demo runs on" in done.output) or (command == ["influx"] and "No InfluxDB here" in done.output)


def test_the_folders_name_may_stand_in_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANDON_DEMO_DIR", str(tmp_path / "mine"))
    assert f"no demo has run on {tmp_path / 'mine'}" in CliRunner().invoke(_app, ["token"]).output
