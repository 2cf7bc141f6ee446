"""What a back-fill refuses, before it does anything."""

from __future__ import annotations

import os
from pathlib import Path

from andon_cli.demo.home import Home
from andon_cli.main import _app
from typer.testing import CliRunner


def test_not_while_a_demo_runs_and_not_for_no_time(tmp_path: Path) -> None:
    lock = Home(tmp_path).lock()
    try:
        busy = CliRunner().invoke(_app, ["backfill", "3h", "--data-dir", str(tmp_path)])
        assert busy.exit_code == 1
        assert f"a demo (process {os.getpid()}) runs on" in busy.output and "stop it first" in busy.output
    finally:
        lock.release()
    short = CliRunner().invoke(_app, ["backfill", "5m", "--data-dir", str(tmp_path)])
    assert short.exit_code == 2
    assert "a past of 3h to 400d" in short.output
