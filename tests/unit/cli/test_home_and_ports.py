"""One demo a folder, leftovers ended, ports chosen or refused with their holder."""

from __future__ import annotations

import json
import os
import random
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest
import typer
from andon_cli.demo.figures import Figures, Flow, in_words
from andon_cli.demo.holder import HomeInUse
from andon_cli.demo.home import Home, NotOurs, OtherStore
from andon_cli.duration import parse_duration
from andon_cli.processes import ports
from andon_cli.processes.ports import PortTaken, choose_port, free_port, holder, is_free, outgoing


def andon(*words: str, says: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "andon_cli", *words]
    return subprocess.run(command, input=says, capture_output=True, text=True, check=False, timeout=60)


def test_a_second_demo_on_the_folder_is_refused_with_the_firsts_pid(tmp_path: Path) -> None:
    home = Home(tmp_path / "demo")
    with home.lock():
        with pytest.raises(HomeInUse, match=f"a demo .process {os.getpid()}. runs on"):
            home.lock()
        told = andon("demo", "--data-dir", str(home.root)).stderr
        assert f"kill {os.getpid()}" in told or sys.platform == "win32"
        assert f"andon link --data-dir {home.root}` makes a link to it" in told.replace("\n", "")
    home.lock().release()


def test_what_else_has_the_folder_is_called_by_its_name(tmp_path: Path) -> None:
    home = Home(tmp_path / "demo")
    assert home.holder is None
    with home.lock("andon backfill"):
        assert str(home.holder) == f"andon backfill (process {os.getpid()})"
        assert "makes a link" not in andon("demo", "--data-dir", str(home.root)).stderr
        # who came before that was written down, or is still about to
        (home.root / "demo.lock.json").unlink()
        with pytest.raises(HomeInUse, match="another process runs on") as refused:
            home.lock()
        assert "kill" not in str(refused.value)
    assert home.holder is None


def test_a_folder_with_somebodys_files_is_not_taken_so_that_reset_never_removes_them(tmp_path: Path) -> None:
    (tmp_path / "edge").mkdir()
    (tmp_path / "edge" / "thesis.txt").write_text("years of work")
    home = Home(tmp_path)
    with pytest.raises(NotOurs, match="new or empty"):
        home.lock()
    done = andon("reset", "--yes", "--data-dir", str(tmp_path))
    assert done.returncode == 0 and "all stays" in done.stdout
    assert (tmp_path / "edge" / "thesis.txt").exists()


def test_a_folder_that_cannot_be_one_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for wrong in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(NotOurs, match=r"cannot be used .*--data-dir"):
            Home(wrong).lock()


@pytest.mark.parametrize(
    ("option", "value", "says"),
    [("--summary", "{tmp}/none/s.json", "cannot be written"), ("--port", "99999", "65535"), ("--for", "soon", "30s")],
)
def test_what_cannot_be_is_refused_before_anything_is_made(tmp_path: Path, option: str, value: str, says: str) -> None:
    done = andon("demo", "--data-dir", str(tmp_path / "demo"), option, value.format(tmp=tmp_path))
    said = " ".join(done.stderr.replace("│", " ").split())
    assert done.returncode == 2 and says in said and "Traceback" not in said
    assert not (tmp_path / "demo").exists()


def test_a_port_for_administrators_is_not_called_held(monkeypatch: pytest.MonkeyPatch) -> None:
    class Refusing(socket.socket):
        def bind(self, address: Any) -> None:
            raise PermissionError

    monkeypatch.setattr(ports.socket, "socket", Refusing)
    monkeypatch.setattr(ports, "WINDOWS", False)
    with pytest.raises(PortTaken, match="from 1024 on"):
        choose_port(80, 8080, lambda _: None)


def test_reset_removes_what_a_demo_made_after_asking(tmp_path: Path) -> None:
    home = Home(tmp_path / "demo")
    home.lock().release()
    home.keep_store("duckdb")
    home.logs.mkdir()
    (home.logs / "edge.log").write_text("x" * 1000)
    assert "kept" in andon("reset", "--data-dir", str(home.root), says="n\n").stdout
    assert home.used
    with home.lock():
        refused = andon("reset", "--yes", "--data-dir", str(home.root))
    assert refused.returncode == 2 and f"a demo (process {os.getpid()}) runs on {home.root}" in refused.stderr
    assert "stop it first: Ctrl-C where it runs" in refused.stderr and "andon link" not in refused.stderr
    done = andon("reset", "--yes", "--json", "--data-dir", str(home.root))
    removed = json.loads(done.stdout)
    assert removed["removed"] == str(home.root) and 1006 < removed["bytes"] < 1200
    assert not home.root.exists()


def test_children_of_a_killed_demo_are_ended_but_nobody_else(tmp_path: Path) -> None:
    home = Home(tmp_path)
    left = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    other = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        rows = [
            {"name": "edge", "pid": left.pid, "created": psutil.Process(left.pid).create_time()},
            # the pid is used again by a process that is not ours
            {"name": "platform", "pid": other.pid, "created": 1.0},
        ]
        home.running.write_text(json.dumps({"pid": os.getpid(), "children": rows}))
        assert home.end_leftovers() == [left.pid]
        left.wait(10)
        assert not psutil.pid_exists(left.pid)
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()


def test_a_taken_port_is_refused_with_its_holder() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen()
        port = held.getsockname()[1]
        with pytest.raises(PortTaken, match=f"port {port} is held by .*{os.getpid()}"):
            choose_port(port, 8080, lambda _: None)


def test_the_holder_is_found_where_a_user_sees_only_own_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(kind: str) -> None:
        raise psutil.AccessDenied

    monkeypatch.setattr(psutil, "net_connections", denied)
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen()
        assert str(os.getpid()) in holder(held.getsockname()[1])


@pytest.mark.skipif(not socket.has_ipv6, reason="no IPv6 here")
def test_a_port_that_localhost_leads_elsewhere_is_not_free() -> None:
    with socket.socket(socket.AF_INET6) as held:
        try:
            held.bind(("::1", 0))
        except OSError as error:
            pytest.skip(f"no IPv6 loopback: {error}")
        port = held.getsockname()[1]
        assert is_free(port)
        held.listen()
        assert not is_free(port)


def test_the_usual_port_gives_way_and_says_so() -> None:
    said: list[str] = []
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen()
        usual = held.getsockname()[1]
        assert choose_port(None, usual, said.append) != usual
    assert said and str(usual) in said[0]


def test_a_childs_port_is_none_that_an_outgoing_connection_may_sit_on() -> None:
    ports = {free_port() for _ in range(50)}
    assert len(ports) == 50
    assert not any(port in outgoing() for port in ports)


def test_a_held_port_is_passed_over() -> None:
    first = random.Random(5).sample(range(20_000, 32_768), 1)[0]
    with socket.socket() as held:
        try:
            held.bind(("127.0.0.1", first))
            held.listen()
        except OSError:
            pass  # somebody else holds it, which is as good
        assert free_port(dice=random.Random(5), taken=range(32_768, 61_000)) != first


def test_where_all_ports_are_for_outgoing_connections_a_free_one_is_given(tmp_path: Path) -> None:
    said = tmp_path / "range"
    said.write_text("1024\t65535\n")
    assert free_port(taken=outgoing(said)) > 0
    assert outgoing(tmp_path / "not there") == range(32_768, 61_000)


@pytest.mark.parametrize(("text", "seconds"), [("60s", 60), ("5m", 300), ("2h", 7200), ("1.5", 1.5), ("1d", 86400)])
def test_durations(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "soon", "5 weeks", "-1s"])
def test_no_durations(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="30s"):
        parse_duration(text)


def test_a_folder_keeps_the_store_it_began_with(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.keep_store("duckdb")
    home.keep_store("duckdb")
    with pytest.raises(OtherStore, match="--store duckdb"):
        home.keep_store("influxdb")


def test_nothing_is_called_lost_before_the_platform_has_counted() -> None:
    uncounted = Flow(sent=357)
    assert uncounted.lost == 0
    assert "not counted" in in_words(uncounted)
    counted = Flow(sent=357, stored=300, voided=7, pending=40, counted=True)
    assert counted.lost == 17
    assert "17 lost" in in_words(counted)


async def test_what_is_shown_while_the_platform_is_asked_is_of_one_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(tmp_path)
    home.edge_status.parent.mkdir(parents=True)
    figures = Figures(home, "http://127.0.0.1:9", time.time())
    seen: list[int] = []

    async def flow_of_the_api(path: str, params: dict[str, str]) -> dict[str, Any]:
        seen.append(figures.flow.lost)  # the demo's panel is drawn at such a moment, too
        return {"stored": sent}

    monkeypatch.setattr(figures, "_get", flow_of_the_api)
    for sent in (100, 120):
        home.edge_status.write_text(json.dumps({"sent": sent, "pending": 0}))
        await figures.read()
    await figures.close()
    assert seen == [0, 0] and figures.flow.lost == 0
