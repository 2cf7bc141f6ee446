"""`andon demo` for real: starts, survives the death of each of its children, sleeps, stops, goes on."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from support.demo import ROOT, DemoUnderTest, alive, flowing, running_demo, send
from support.waiting import wait_until

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(sys.platform == "win32", reason="signals of this kind do not exist on Windows"),
]


@pytest.fixture(scope="module", params=["mosquitto", "nats"])
def demo(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoUnderTest]:
    with running_demo(tmp_path_factory.mktemp("demo") / request.param, "--broker", request.param) as running:
        yield running


def settled(demo: DemoUnderTest) -> None:
    """What was sent until now is stored; nothing was given up, nothing is there twice."""
    sent = demo.edge()["sent"]

    def arrived() -> bool:
        with demo.client() as client:
            flow = client.get("/api/v1/flow").json()
        return bool(flow["stored"] + flow["quarantined"] + flow["voided"] >= sent)

    wait_until(arrived, 60, f"{sent} messages settled")
    with demo.client() as client:
        flow = client.get("/api/v1/flow", params={"exact": "true"}).json()
    assert (flow["voided"], flow["duplicated"], flow["quarantined"]) == (0, 0, 0)


def test_a_page_needs_a_session_and_the_link_gives_one(demo: DemoUnderTest) -> None:
    link = wait_until(lambda: [w for w in demo.printed().split() if "/link/" in w], 30, "the link")[0]
    stranger = httpx.get(demo.url, trust_env=False, headers={"Accept": "text/html"})
    assert stranger.status_code == 401
    assert "andon link" in stranger.text
    with httpx.Client(base_url=demo.url, trust_env=False, headers={"Origin": demo.url}) as browser:
        secret = link.rsplit("/", 1)[1]
        browser.post("/api/v1/session", json={"link": secret}).raise_for_status()
        page = browser.get("/", headers={"Accept": "text/html"})
        assert page.status_code == 200
        assert "Andon" in page.text


def test_a_second_start_on_the_same_folder_is_refused(demo: DemoUnderTest) -> None:
    again = subprocess.run(
        [sys.executable, "-m", "andon_cli", "demo", "--data-dir", str(demo.home.root), "--port", "0"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert again.returncode == 2
    assert str(demo.process.pid) in again.stderr


def test_doctor_finds_nothing_wrong(demo: DemoUnderTest) -> None:
    def well() -> bool:
        shown = subprocess.run(
            [sys.executable, "-m", "andon_cli", "doctor", "--data-dir", str(demo.home.root), "--json"],
            capture_output=True,
            text=True,
            check=False,
        )
        findings = json.loads(shown.stdout)
        return shown.returncode == 0 and all(f["well"] for f in findings)

    wait_until(well, 30, "a clean bill of health")


@pytest.mark.parametrize("name", ["platform", "edge", "broker", "apps"])
def test_a_child_that_is_killed_comes_back_and_nothing_is_lost(demo: DemoUnderTest, name: str) -> None:
    victim = wait_until(lambda: demo.children().get(name), 30, f"{name} in the list")
    send([victim], signal.SIGKILL)
    wait_until(lambda: demo.children().get(name, victim) != victim, 60, f"{name} started again")
    assert f"{name} was ended by SIGKILL" in demo.printed()
    wait_until(lambda: flowing(demo), 90, "data flowing again")
    settled(demo)


def test_a_computer_that_slept_goes_on_at_the_present(demo: DemoUnderTest) -> None:
    pids = list(demo.children().values())
    before = demo.edge()["sent"]
    asleep_from = time.time()
    send(pids, signal.SIGSTOP)
    try:
        # the sleep itself is what is tested: it has to last longer than any pause of a busy machine
        wait_until(lambda: time.time() - asleep_from > 12, 30, "a sleep of 12 s")
    finally:
        send(pids, signal.SIGCONT)
    wait_until(lambda: flowing(demo), 60, "data flowing again")

    def gaps() -> list[dict[str, object]]:
        with demo.client() as client:
            answer = client.get("/api/v1/events", params={"kind": "gap", "start": "-2m"})
        return [
            e for e in answer.json()["events"] if e["start"] < (asleep_from + 12) * 1e6 and e["t"] > asleep_from * 1e6
        ]

    wait_until(lambda: len({e["machine"] for e in gaps()}) >= 14, 30, "a gap marked for every machine")
    # no burst: nothing was made up for the time asleep (16 machines say about 1 message a second each)
    elapsed = time.time() - asleep_from - 12
    assert demo.edge()["sent"] - before < 16 * 3 * (elapsed + 3)
    settled(demo)


def test_it_stops_as_a_whole_and_finds_its_data_again(tmp_path: Path) -> None:
    with running_demo(tmp_path / "demo") as demo:
        with demo.client() as client:
            machines = client.get("/api/v1/machines").json()["machines"]
            machine = next(m for m in machines if m["name"] == "press-1")
            query = {"machine": machine["id"], "signal": machine["signals"][0]["name"], "start": "-1h", "agg": "raw"}

            def points() -> list[int]:
                found: list[int] = client.get("/api/v1/series", params=query).json()["series"][0]["times"]
                return found

            before = wait_until(points, 20, "points of press-1")
        pids = list(demo.children().values())
        assert demo.stop() == 0
        assert not [pid for pid in pids if alive(pid)]
        assert not demo.home.running.exists()
    with running_demo(tmp_path / "demo") as demo:
        with demo.client() as client:
            after = client.get("/api/v1/series", params=query).json()["series"][0]["times"]
        assert before and set(before) <= set(after)
        settled(demo)


def test_a_demo_that_is_killed_leaves_no_orphan(tmp_path: Path) -> None:
    with running_demo(tmp_path / "demo") as demo:
        pids = demo.children()
        demo.process.kill()
        demo.process.wait()
        ours = [pid for name, pid in pids.items() if name != "broker"]
        wait_until(lambda: not [pid for pid in ours if alive(pid)], 45, "our own processes ended by themselves")
    # the broker does not know the demo; the next start ends it
    with running_demo(tmp_path / "demo") as demo:
        assert not alive(pids["broker"])
        settled(demo)


def test_a_mosquitto_that_does_not_start_gives_way_to_nats(tmp_path: Path) -> None:
    broken = tmp_path / "bin" / "mosquitto"
    broken.parent.mkdir()
    version = '[ "$1" = -h ] && echo mosquitto version 2.0.99 && exit 1'
    broken.write_text(f"#!/bin/sh\n{version}\necho no such option >&2; exit 3\n")
    broken.chmod(0o755)
    path = f"{broken.parent}{os.pathsep}{os.environ['PATH']}"
    with running_demo(tmp_path / "demo", env={"PATH": path}) as demo:
        assert "NATS serves MQTT instead" in demo.printed()
        assert demo.home.read_running()["broker"] == "nats"
        settled(demo)


def test_two_plants_of_two_enterprises_run_in_one_stack(tmp_path: Path) -> None:
    machines, plants = tmp_path / "machines", tmp_path / "plants"
    shutil.copytree(ROOT / "machines", machines)
    shutil.copytree(ROOT / "plants", plants)
    (machines / "welder-a.yaml").write_text("type: bending-cell\nline: borealis/east/hall/welding\n")
    (plants / "borealis.yaml").write_text(
        "enterprise: borealis\ntitle: Plant East\nproduct: frame\n"
        "sites:\n  - site: east\n    title: Plant East\n    latitude: 60.17\n    longitude: 24.94\n"
        '    industry: "2750"\n    time_zone: Europe/Helsinki\n    lines:\n'
        "      - line: welding\n        area: hall\n        title: Welding\n        stations:\n"
        "          - {machine: welder-a, carries: frames}\n"
    )
    where = ["--machines", str(machines), "--plants", str(plants)]
    with running_demo(tmp_path / "demo", *where, machines_online=17) as demo, demo.client() as client:
        found = {p["enterprise"]: p for p in client.get("/api/v1/plants").json()["plants"]}
        assert {"polaris", "borealis"} <= set(found)
        # pace belongs to a plant: one goes faster, the other does not
        answer = client.post("/api/v1/plants/borealis/pace", json={"pace": 10})
        assert answer.json()["status"] == "done"

        def paces() -> dict[str, float]:
            plants = client.get("/api/v1/plants").json()["plants"]
            return {p["enterprise"]: p["clock"]["pace"] for p in plants if p["clock"]}

        wait_until(lambda: paces() == {"polaris": 1, "borealis": 10}, 20, "the pace of one plant")


def test_a_machine_is_added_by_one_file_and_removed_with_it(tmp_path: Path) -> None:
    machines = tmp_path / "machines"
    shutil.copytree(ROOT / "machines", machines)
    where = ["--machines", str(machines), "--plants", str(ROOT / "plants")]
    path = "polaris/north/cabinets/cabinets-1/press-9"
    with running_demo(tmp_path / "demo", *where) as demo, demo.client() as client:

        def online() -> bool:
            answer = client.get(f"/api/v1/machines/{path}")
            return answer.status_code == 200 and bool(answer.json()["online"])

        (machines / "press-9.yaml").write_text("type: sheet-metal-press\nline: cabinets-1\n")
        began = time.monotonic()
        wait_until(online, 30, "the new machine online")
        print(f"picked up {time.monotonic() - began:.1f} s after its file was written")
        wait_until(lambda: client.get("/api/v1/latest", params={"machine": path}).json()["latest"], 20, "its values")
        (machines / "press-9.yaml").write_text("type: sheet-metal-pres\nline: cabinets-1\n")
        wait_until(lambda: "press-9.yaml:1" in str(demo.edge()["problems"]), 20, "the broken file told")
        (machines / "press-9.yaml").unlink()
        wait_until(lambda: not online(), 30, "the machine gone")
        settled(demo)
