"""`docker compose up`, end to end: machine to chart, a machine added live, kills, and data that stays."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Iterator

import httpx
import pytest
from support.compose import PROJECT, Stack, copy_checkout, docker_reason
from support.waiting import wait_until

pytestmark = pytest.mark.compose
RUNNING = {"broker", "store", "edge", "ingest", "api", "apps"}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    reason = docker_reason()
    if reason:
        pytest.skip(reason)
    folder = copy_checkout(tmp_path_factory.mktemp("checkout"))
    stack = Stack(folder)
    has_influx = subprocess.run(["docker", "image", "inspect", "influxdb:2"], capture_output=True, check=False)
    if has_influx.returncode or os.environ.get("ANDON_TEST_EMBEDDED"):
        stack.files = ("docker-compose.yml", "deploy/compose.embedded.yml")
        print("no image influxdb:2 can be had: the stack runs with the embedded store")
    stack.compose("down", "-v", check=False)
    stack.compose("build", timeout=1200)
    began = time.monotonic()
    stack.compose("up", "-d")
    try:
        stack.await_health()
        with stack.client() as client:
            wait_until(lambda: client.get("/api/v1/flow").json().get("stored", 0) > 0, 60, "first data")
        print(f"first data {time.monotonic() - began:.1f} s after `docker compose up`")
        yield stack
    finally:
        print(stack.logs()[-6000:])
        stack.compose("down", "-v", check=False)


@pytest.fixture
def client(stack: Stack) -> Iterator[httpx.Client]:
    with stack.client() as client:
        yield client


def machines(client: httpx.Client) -> dict[str, dict[str, object]]:
    return {m["id"]: m for m in client.get("/api/v1/machines").json()["machines"]}


def online(client: httpx.Client) -> int:
    return sum(1 for m in machines(client).values() if m["online"])


def settled(stack: Stack, client: httpx.Client) -> bool:
    """All that was sent before now is stored (or kept in quarantine)."""
    sent = stack.edge()["sent"]

    def arrived() -> bool:
        flow = client.get("/api/v1/flow").json()
        return bool(flow["stored"] + flow["quarantined"] + flow["voided"] >= sent)

    return wait_until(arrived, 60, f"{sent} messages settled")


def test_a_machine_reaches_a_chart(stack: Stack, client: httpx.Client) -> None:
    wait_until(lambda: online(client) >= 16, 60, "16 machines online")
    path = next(p for p in machines(client) if p.endswith("/press-1"))
    signal = client.get("/api/v1/signals", params={"machine": path}).json()["signals"][0]["name"]

    def points() -> int:
        answer = client.get("/api/v1/series", params={"machine": path, "signal": signal, "start": "-5m"})
        return len(answer.json()["series"][0]["values"])

    wait_until(lambda: points() > 5, 30, "points in the chart's series")
    page = client.get("/")
    assert page.status_code == 200
    assert "Andon" in page.text


def test_the_last_service_prints_a_link_and_a_page_without_session_says_how(stack: Stack) -> None:
    wait_until(lambda: "/link/" in stack.compose("logs", "welcome"), 60, "the link in a box")
    answer = httpx.get(stack.url, trust_env=False, headers={"Accept": "text/html"})
    assert answer.status_code == 401
    assert "docker compose exec api andon link" in answer.text


def test_six_containers_at_most_and_two_gigabytes(stack: Stack) -> None:
    found = {name for name, row in stack.containers().items() if row["State"] == "running"}
    assert found <= RUNNING
    ids = stack.compose("ps", "-q").split()
    shown = subprocess.run(
        ["docker", "inspect", "-f", "{{.HostConfig.Memory}}", *ids], capture_output=True, text=True, check=True
    )
    assert sum(int(line) for line in shown.stdout.split()) <= 2 * 1024**3


#: On top of its base, as the README's reader downloads and keeps it.
MOST_IMAGE_MB = 550


def test_the_image_is_small() -> None:
    shown = subprocess.run(
        ["docker", "history", "--human=false", "--no-trunc", "--format", "{{.Size}} {{.CreatedBy}}", "andon:local"],
        capture_output=True,
        text=True,
        check=True,
    )
    rows = [line.split(" ", 1) for line in shown.stdout.splitlines()]
    # the newest first; what is copied from the building stage lies right on the base
    first = max(n for n, (_, made) in enumerate(rows) if "COPY" in made and "/opt/andon" in made)
    megabytes = sum(int(size) for size, _ in rows[: first + 1]) / 1e6
    print(f"the image takes {megabytes:.0f} MB on top of its base")
    assert 100 < megabytes <= MOST_IMAGE_MB


def test_ports_are_on_loopback_alone(stack: Stack) -> None:
    shown = subprocess.run(
        ["docker", "inspect", "-f", "{{json .HostConfig.PortBindings}}", *stack.compose("ps", "-q").split()],
        capture_output=True,
        text=True,
        check=True,
    )
    bound = [b["HostIp"] for line in shown.stdout.splitlines() for bs in (json.loads(line) or {}).values() for b in bs]
    assert len(bound) >= 2 and set(bound) == {"127.0.0.1"}


def doctor(stack: Stack) -> dict[str, str]:
    """The hops that are not well, with what was seen."""
    findings = json.loads(stack.compose("exec", "-T", "api", "andon", "doctor", "--json", check=False))
    assert len(findings) >= 7
    return {f["hop"]: f["seen"] for f in findings if not f["well"]}


def test_the_doctor_finds_nothing_wrong_and_then_who_is_suspended(stack: Stack) -> None:
    wait_until(lambda: not doctor(stack), 60, "a clean bill of health")
    stack.compose("pause", "broker")
    try:
        assert "does not answer" in doctor(stack)["machine → broker"]
    finally:
        stack.compose("unpause", "broker")
    wait_until(lambda: not doctor(stack), 90, "a clean bill of health again")


def test_no_service_sees_the_secrets_of_another(stack: Stack) -> None:
    ids = stack.compose("ps", "-a", "-q").split()
    shown = subprocess.run(["docker", "inspect", *ids], capture_output=True, text=True, check=True)
    seen: dict[str, set[str]] = {}
    for row in json.loads(shown.stdout):
        service = row["Config"]["Labels"]["com.docker.compose.service"]
        for mount in row["Mounts"]:
            name = mount.get("Name", "")
            if name.startswith(f"{PROJECT}_secrets-"):
                seen.setdefault(name, set()).add(service)
        if service == "setup":
            assert [name.removeprefix("CAP_") for name in row["HostConfig"]["CapAdd"]] == ["CHOWN"]
        else:
            assert not row["HostConfig"]["CapAdd"], service
            assert row["Config"]["User"] not in ("", "0", "root", "0:0"), service
            assert row["HostConfig"]["ReadonlyRootfs"], service
            assert row["HostConfig"]["CapDrop"] == ["ALL"], service
    assert all(len(services - {"setup"}) <= 1 for services in seen.values()), seen


def test_a_machine_is_added_by_one_file_while_all_runs(stack: Stack, client: httpx.Client) -> None:
    source = next((stack.folder / "machines").glob("press-1.yaml")).read_text()
    kind = next(line for line in source.splitlines() if line.startswith("type:"))
    (stack.folder / "machines" / "late-press.yaml").write_text(f"{kind}\nline: polaris/north/cabinets/cabinets-1\n")
    path = "polaris/north/cabinets/cabinets-1/late-press"
    wait_until(lambda: machines(client).get(path, {}).get("online"), 30, "the new machine online")
    wait_until(lambda: client.get("/api/v1/latest", params={"machine": path}).json()["latest"], 20, "its values")


@pytest.mark.parametrize("service", ["ingest", "edge", "broker", "store", "api", "apps"])
def test_a_container_is_killed_and_nothing_is_lost(stack: Stack, client: httpx.Client, service: str) -> None:
    if service not in stack.containers():
        pytest.skip(f"this stack has no {service}: its store is embedded")
    before = online(client)
    stack.compose("kill", "-s", "KILL", service)
    stack.compose("up", "-d", "--no-recreate", service)
    stack.await_health()
    wait_until(lambda: online(client) >= before, 60, "all machines online again")
    assert settled(stack, client)
    flow = client.get("/api/v1/flow", params={"exact": "true"}).json()
    assert flow["voided"] == 0
    assert flow["duplicated"] == 0


def test_data_is_there_after_down_and_up(stack: Stack) -> None:
    with stack.client() as client:
        path = next(p for p in machines(client) if p.endswith("/press-1"))
        signal = client.get("/api/v1/signals", params={"machine": path}).json()["signals"][0]["name"]
        query = {"machine": path, "signal": signal, "start": "-1h", "agg": "raw"}
        before = client.get("/api/v1/series", params=query).json()["series"][0]["times"]
    stack.compose("down")
    stack.compose("up", "-d")
    stack.await_health()
    with stack.client() as client:
        after = client.get("/api/v1/series", params=query).json()["series"][0]["times"]
        assert before and set(before) <= set(after)
        assert settled(stack, client)
        assert client.get("/api/v1/flow").json()["voided"] == 0


def test_it_starts_and_works_with_the_network_off(stack: Stack) -> None:
    """On a network of its own that leads nowhere: no container reaches anything but the others."""
    (stack.folder / "offline.yml").write_text("networks:\n  default:\n    internal: true\n")
    files, stack.files = stack.files, (*stack.files, "offline.yml")
    try:
        stack.compose("down")
        stack.compose("up", "-d")
        stack.await_health()
        wait_until(lambda: not doctor(stack), 60, "a clean bill of health")
        stack.compose("down")
    finally:
        stack.files = files
