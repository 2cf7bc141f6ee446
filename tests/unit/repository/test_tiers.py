"""Plain `pytest` leaves tiers out, and says which and why; with workers as without."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import settings

TESTS = Path(__file__).parents[2]

FILE = """
import pytest

def test_plain():
    pass

@pytest.mark.integration
@pytest.mark.parametrize("n", range(3))
def test_with_servers(n):
    raise AssertionError("left out")

@pytest.mark.slow
def test_long():
    pass
"""


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    shutil.copy(TESTS / "conftest.py", tmp_path)
    (tmp_path / "test_it.py").write_text(FILE)
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers =\n  integration: x\n  slow: x\n")
    return tmp_path


def run(suite: Path, *options: str) -> str:
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "xdist.plugin", *options]
    env = os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    return subprocess.run(command, cwd=suite, env=env, capture_output=True, text=True, check=False).stdout


@pytest.mark.parametrize("workers", ["0", "2"])
def test_what_is_left_out_is_named_with_the_command_that_runs_it(suite: Path, workers: str) -> None:
    said = run(suite, "-n", workers)
    assert "1 passed" in said
    assert "left out: 3 tests that need real servers" in said and "uv run pytest -m integration" in said
    assert "left out: 1 tests that need long runs" in said


def test_what_is_asked_for_is_run_and_nothing_is_said_to_be_left_out(suite: Path) -> None:
    said = run(suite, "-n", "auto", "-m", "slow")
    assert "1 passed" in said and "left out" not in said
    assert "bringing up nodes" not in said  # one stack at a time


def test_a_busy_computer_breaks_no_property() -> None:
    assert settings().deadline is None
