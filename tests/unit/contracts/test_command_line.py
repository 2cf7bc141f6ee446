"""A command that Andon prints is typed as it stands: in a checkout, from an environment's folder, from anywhere."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from andon_console.texts import catalogue
from andon_contracts.command_line import VARIABLE, called

ROOT = Path(__file__).parents[3]


@pytest.fixture
def bin_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An environment with the command `andon`."""
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    folder = tmp_path / ("Scripts" if sys.platform == "win32" else "bin")
    folder.mkdir()
    command = folder / ("andon.exe" if sys.platform == "win32" else "andon")
    command.write_text("")
    command.chmod(0o755)
    return folder


def test_what_uv_started_is_started_by_uv_again(tmp_path: Path) -> None:
    assert called({"UV": "/bin/uv"}, [], ROOT / "docs") == "uv run andon"
    assert called({"UV": "/bin/uv"}, [], tmp_path) == f"uv run --project {ROOT} andon"


def test_what_a_shell_finds_needs_no_more_and_what_it_does_not_is_named_by_its_path(bin_dir: Path) -> None:
    assert called({"PATH": str(bin_dir)}, [str(bin_dir / "andon")]) == "andon"
    assert called({"PATH": ""}, [".venv/bin/andon", "doctor"]) == ".venv/bin/andon"


def test_another_environments_command_is_another_andon(bin_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "prefix", str(bin_dir / "elsewhere"))
    assert called({"PATH": str(bin_dir)}, ["/opt/andon/bin/andon"]) == "/opt/andon/bin/andon"


def test_a_child_says_what_its_demo_was_told(bin_dir: Path) -> None:
    assert called({VARIABLE: "uv run andon", "PATH": str(bin_dir)}, []) == "uv run andon"


@pytest.mark.parametrize(("told", "says"), [({"UV": "uv"}, "`uv run andon --help`"), ({}, "-m andon_cli --help`")])
def test_what_is_printed_is_how_it_was_started(told: dict[str, str], says: str) -> None:
    environ = {name: value for name, value in os.environ.items() if name not in ("UV", VARIABLE)}
    environ |= {"PATH": os.defpath, "COLUMNS": "200", **told}
    command = [sys.executable, "-m", "andon_cli", "xyzzy"]
    done = subprocess.run(command, env=environ, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert says in done.stderr


def test_the_pages_say_it_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "uv run andon")
    texts = catalogue.__wrapped__()
    assert texts["empty.demo"] == "<b>uv run andon demo</b> starts a whole plant on this computer."
    monkeypatch.setenv(VARIABLE, "andon")
    assert catalogue.__wrapped__()["empty.demo"].startswith("<b>andon demo</b>")
