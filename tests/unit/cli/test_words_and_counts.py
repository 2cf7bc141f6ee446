"""A mistyped command, the doctor on a narrow screen, and a run's own count."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from andon_cli.commands.doctor import show
from andon_cli.demo.figures import Figures, Flow, ThisRun
from andon_cli.demo.home import Home
from andon_cli.doctor.finding import Finding
from rich.console import Console


@pytest.mark.parametrize(
    ("typed", "says"), [("dmo", "Did you mean 'demo'?"), ("machnie", "'machine'?"), ("xyzzy", "andon --help")]
)
def test_a_mistyped_command_is_answered_with_the_nearest(typed: str, says: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "andon_cli", typed], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 2
    assert says in " ".join(done.stderr.replace("│", " ").split())


FINDINGS = [
    Finding("broker", True, "process 4711 runs"),
    Finding("machine → broker", True, "mosquitto on 127.0.0.1:8883, TLSv1.3"),
    Finding("journal → store", True, "1,234,567 sent, 1,234,000 settled, 567 on their way"),
    Finding(
        "broker → ingest → store",
        False,
        "1,234,567 stored, 0/s now",
        "nothing reaches ingest now: are the machines connected, is production stopped?",
    ),
    Finding("pages", False, "http://127.0.0.1:20123 answers 502", f"look at /home/{'somebody-' * 12}/logs/apps.log"),
]


def test_the_doctor_is_readable_on_80_columns() -> None:
    out = io.StringIO()
    show(FINDINGS, Console(file=out, width=80))
    lines = out.getvalue().splitlines()
    assert max(len(line.rstrip()) for line in lines) <= 80
    for finding in FINDINGS:
        # the hop whole on a line of its own with its lamp, and no word of what was seen cut in two
        (line,) = [line for line in lines if line[1:].strip().startswith(f"{finding.hop}  ")]
        assert line.startswith("●" if finding.well else "■") and finding.seen[:30] in line
        assert set(finding.seen.split()) <= set(out.getvalue().split())
    text = " ".join(out.getvalue().split())
    assert "→ nothing reaches ingest now: are the machines connected, is production stopped?" in text
    assert lines[-1] == "The first hop that is broken: broker → ingest → store"


def _wrote(home: Home, t: float, now: tuple[int, int, int, int], before: tuple[int, int, int, int]) -> None:
    names = ("sent", "settled", "voided", "pending")
    status: dict[str, Any] = {"t": int(t * 1e6), **dict(zip(names, now, strict=True))}
    status |= {f"{name}_before": value for name, value in zip(names, before, strict=True)}
    home.edge_status.parent.mkdir(parents=True, exist_ok=True)
    home.edge_status.write_text(json.dumps(status))


async def test_a_runs_own_count_stands_beside_the_totals(tmp_path: Path) -> None:
    home = Home(tmp_path)
    key = home.secrets / "api" / "signing-key"
    key.parent.mkdir(parents=True)
    key.write_text("k" * 64)
    figures = Figures(home, "http://127.0.0.1:9", began=1000.0)
    try:
        _wrote(home, 990.0, (500, 480, 0, 20), (0, 0, 0, 0))  # the last run's
        assert (await figures.read()).this_run == ThisRun()
        _wrote(home, 1001.0, (530, 510, 0, 20), (500, 470, 0, 30))
        assert (await figures.read()).this_run == ThisRun(sent=30, carried_over=30, settled=40, pending=20)
        # the edge was killed and started again: the run goes on counting from its own beginning
        _wrote(home, 1002.0, (560, 550, 3, 7), (540, 520, 0, 20))
        run = (await figures.read()).this_run
        assert run == ThisRun(sent=60, carried_over=30, settled=80, voided=3, pending=7)
        assert run.sent + run.carried_over == run.settled + run.voided + run.pending
    except httpx.HTTPError:  # pragma: no cover - nothing listens there, and that is no mistake here
        pytest.fail("figures must live without the API")
    finally:
        await figures.close()


@pytest.mark.parametrize(
    ("flow", "agreed"),
    [
        (Flow(sent=100, stored=97, quarantined=2, voided=1, settled=True), True),
        (Flow(sent=100, stored=99, settled=True), False),  # the platform's count is behind
        (Flow(sent=100, stored=100), False),  # the edge still waits for watermarks
        # what other programs sent is counted by the platform alone: an end does not wait for its sender
        (Flow(sent=100, stored=100, quarantined=9, settled=True), True),
        (Flow(sent=100, stored=160, settled=True), True),
    ],
)
def test_an_end_waits_for_what_the_machines_sent_and_for_nobody_else(flow: Flow, agreed: bool) -> None:
    assert flow.agreed is agreed
