"""The doctor on a demo's folder: what is gone, suspended or only on its way, and whose trouble it is."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from andon_cli.commands.doctor import show
from andon_cli.demo.home import Home
from andon_cli.doctor.demo import Doctor
from andon_cli.doctor.edges import edges
from andon_cli.doctor.finding import Finding, Place
from andon_cli.processes.ports import free_port
from rich.console import Console
from support.waiting import wait_until

REFUSED = "broker 127.0.0.1:8883: [Errno 111] Connection refused"
LINE = "polaris/north/cabinets/cabinets-1"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path)
    for service in ("api", "edge"):
        (home.secrets / service).mkdir(parents=True)
    (home.secrets / "api" / "signing-key").write_text("k" * 64)
    home.edge_status.parent.mkdir()
    home.logs.mkdir()
    return home


@pytest.fixture
def child() -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    yield process
    process.kill()
    process.wait()


def running(home: Home, **states: Any) -> None:
    """A demo, this process, whose children are those of ``states``: a pid and how the demo calls its state."""
    rows = [
        {"name": name, "pid": pid, "created": psutil.Process(pid).create_time()}
        for name, (pid, _) in states.items()
        if pid
    ]
    port = free_port()  # nothing listens there
    home.running.write_text(
        json.dumps(
            {
                "pid": os.getpid(),
                "created": psutil.Process().create_time(),
                "children": rows,
                "states": {name: {"state": state, "restarts": 2} for name, (_, state) in states.items()},
                "url": f"http://127.0.0.1:{port}",
                "console": f"http://localhost:{port}",
                "broker": "mosquitto",
                "mqtt": f"127.0.0.1:{port}",
            }
        )
    )


def edge_says(home: Home, **more: Any) -> None:
    said = {"machines": 16, "connected": 16, "sent": 900, "settled": 880, "voided": 0, "messages_per_s": 16.0}
    home.edge_status.write_text(json.dumps(said | {"problems": []} | more))


def found(home: Home, now: Callable[[], float] = time.time) -> dict[str, Finding]:
    return {f.hop: f for f in Doctor(home, now).examine()}


def test_where_nothing_runs_it_says_how_to_start_and_where_containers_are_asked(home: Home) -> None:
    (only,) = found(home).values()
    assert not only.well and "no demo has run on" in only.seen
    assert "docker compose exec api andon" in only.remedy and f"andon demo --data-dir {home.root}`" in only.remedy
    home.keep_store("duckdb")
    with home.lock():
        (only,) = found(home).values()
        assert f"a demo (process {os.getpid()}) has begun" in only.seen and "again in some seconds" in only.remedy
    (only,) = found(home).values()
    assert "no demo runs on" in only.seen and "start it" in only.remedy


def test_what_a_file_may_not_mean_is_said_and_breaks_no_hop(home: Home, child: subprocess.Popen[bytes]) -> None:
    running(home, edge=(child.pid, "running"))
    edge_says(home, warnings=["machines/types/saw.yaml:4: unit 'C' is UCUM's coulomb (write 'Cel')"])
    said = found(home)["machine files"]
    assert said.well and said.seen == "warning: machines/types/saw.yaml:4: unit 'C' is UCUM's coulomb (write 'Cel')"


def test_a_killed_demo_is_told_from_one_whose_children_died(home: Home, child: subprocess.Popen[bytes]) -> None:
    running(home, edge=(child.pid, "running"))
    written = json.loads(home.running.read_text())
    home.running.write_text(json.dumps(written | {"created": written["created"] - 100}))  # the pid is used again
    (only,) = found(home).values()
    assert str(os.getpid()) in only.seen and "gone" in only.seen and "andon demo" in only.remedy


@pytest.mark.skipif(sys.platform == "win32", reason="a process cannot be suspended so on Windows")
def test_a_suspended_process_a_dead_one_and_one_that_starts(home: Home, child: subprocess.Popen[bytes]) -> None:
    running(home, broker=(child.pid, "running"), platform=(0, "starting"), apps=(0, "restarting"))
    (home.logs / "apps.log").write_text("ready\n2026-11-27 [error    ]  the port   is taken\n")
    assert found(home)["broker"].seen == f"process {child.pid} runs, restarted 2×"
    os.kill(child.pid, signal.SIGSTOP)
    wait_until(lambda: psutil.Process(child.pid).status() == psutil.STATUS_STOPPED, what="the suspended process")
    hops = found(home)
    assert "suspended" in hops["broker"].seen and f"kill -CONT {child.pid}" in hops["broker"].remedy
    assert "being started" in hops["platform"].seen
    assert "gone" in hops["apps"].seen and "it ends with: 2026-11-27 [error ] the port is taken" in hops["apps"].remedy


def test_a_files_mistake_and_a_broken_link_are_different_troubles(home: Home) -> None:
    running(home)
    file = "machines/press-9.yaml:1: there is no type 'pres'; did you mean press?"
    edge_says(home, connected=2, problems=[file, *(f"{LINE}/press-{n}: {REFUSED}" for n in range(14))])
    hops = found(home)
    assert (hops["machine files"].seen, hops["machine files"].well) == (file, False)
    assert hops["machines"].seen == f"2 of 16 are connected to the broker; 14 machines: {REFUSED}"
    assert "nothing listens on" in hops["machine → broker"].seen
    # where all machines wait for a file, the remedy is to mend it
    edge_says(home, machines=0, connected=0, problems=[file])
    assert found(home)["machines"].remedy.startswith("mend the files above")


@pytest.mark.parametrize(("machines", "away"), [(16, 14), (16, 1), (0, 0)])
def test_an_edges_troubles_read_alike_in_a_demo_and_in_containers(home: Home, machines: int, away: int) -> None:
    """From the edge's own file, a line for each machine; from the platform, what machines say alike with their count,
    the first of them named."""
    running(home)
    file = "machines/press-9.yaml:1: there is no type 'pres'; did you mean press?"
    paths = sorted(f"{LINE}/press-{n}" for n in range(away))
    figures: dict[str, Any] = {"machines": machines, "connected": machines - away}
    edge_says(home, **figures, problems=[file, *(f"{path}: {REFUSED}" for path in paths)])
    hops = ("machine files", "machines")
    in_demo = [f for f in Doctor(home).examine() if f.hop in hops]
    problems: list[dict[str, Any]] = [{"text": file, "count": 0, "machines": []}]
    problems += [{"text": REFUSED, "count": away, "machines": paths[:3]}] if away else []
    told = {"name": "edge", "t": 0, "state": "here", **figures, "problems": problems}
    place = Place(lambda name: f"its log is {home.logs / f'{name}.log'}")
    assert list(edges([told], place, 1.0)) == in_demo and [f.hop for f in in_demo] == list(hops)


@pytest.mark.parametrize(("rate", "behind", "well"), [(16.0, 300, True), (16.0, 400, False), (1000.0, 12_000, True)])
def test_how_much_may_be_on_its_way_depends_on_how_much_is_sent(
    home: Home, rate: float, behind: int, well: bool
) -> None:
    running(home)
    edge_says(home, sent=50_000 + behind, settled=50_000, messages_per_s=rate)
    assert found(home)["journal → store"].well == well


def test_an_edge_that_stands_still_is_told_with_its_age(home: Home) -> None:
    running(home)
    edge_says(home)
    assert found(home)["machines"].well
    hops = found(home, lambda: home.edge_status.stat().st_mtime + 60)
    assert "nothing for 60 s" in hops["machines"].seen


def test_what_an_edge_said_before_it_was_started_again_is_not_its_state(
    home: Home, child: subprocess.Popen[bytes]
) -> None:
    running(home, edge=(0, "restarting"))
    edge_says(home)
    assert found(home)["machines"].seen == "the edge does not run"
    running(home, edge=(child.pid, "running"))
    began = psutil.Process(child.pid).create_time()
    os.utime(home.edge_status, (began - 3, began - 3))
    hops = found(home, lambda: began + 4)
    assert hops["machines"].seen == "the edge began 4 s ago and has said nothing yet"
    assert hops["machines"].remedy == "ask again in some seconds"
    # machines connect one after another, and nothing is wrong with its log
    edge_says(home, connected=3)
    os.utime(home.edge_status, (began + 5, began + 5))
    hops = found(home, lambda: began + 6)
    assert hops["machines"].seen.startswith("3 of 16 are connected") and hops["machines"].remedy == (
        "the edge began 6 s ago, and machines connect one after another: ask again in some seconds"
    )
    hops = found(home, lambda: began + 60)
    os.utime(home.edge_status, (began + 60, began + 60))
    assert "edge.log" in found(home, lambda: began + 61)["machines"].remedy


def test_only_the_first_trouble_and_those_of_their_own_show_a_remedy() -> None:
    findings = [
        Finding("edge", False, "suspended", "wake it"),
        Finding("registry", False, "0 of 16", "start the edge", follows=True),
        Finding("pages", False, "status 500", "read the log"),
    ]
    out = io.StringIO()
    show(findings, Console(file=out, width=80))
    said = out.getvalue()
    assert "→ wake it" in said and "→ read the log" in said and "start the edge" not in said
    assert said.rstrip().endswith("The first hop that is broken: edge")
