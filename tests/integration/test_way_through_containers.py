"""One machine to a chart through the servers of production: Mosquitto and InfluxDB in containers."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from andon_cli.access import admin_token
from andon_cli.processes.ports import free_port
from andon_contracts.placement import read_placements
from andon_security.stock import Stock, prepare
from support.containers import influxdb_container, mosquitto_container, need_images
from support.waiting import wait_until

pytestmark = pytest.mark.integration
ROOT = Path(__file__).parents[2]
MACHINE = "acme/south/hall/line-1/press-7"


@contextlib.contextmanager
def process(name: str, env: dict[str, str], log: Path) -> Iterator[None]:
    """`andon run NAME`, stopped at the end."""
    with log.open("ab") as out:
        child = subprocess.Popen(
            [sys.executable, "-m", "andon_cli", "run", name], env=os.environ | env, stdout=out, stderr=out
        )
    try:
        yield
    finally:
        child.terminate()
        try:
            child.wait(30)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


@pytest.fixture
def api(tmp_path: Path) -> Iterator[httpx.Client]:
    need_images("eclipse-mosquitto:2", "influxdb:2")
    machines, plants = tmp_path / "machines", tmp_path / "plants"
    shutil.copytree(ROOT / "machines" / "types", machines / "types")
    plants.mkdir()
    (machines / "press-7.yaml").write_text("type: sheet-metal-press\nline: acme/south/hall/line-1\n")
    prepare(tmp_path / "secrets", read_placements(machines, plants).machines)
    stock = Stock(tmp_path / "secrets")
    web, status = free_port(), free_port()
    with contextlib.ExitStack() as stack:
        host, port = stack.enter_context(mosquitto_container(stock, tmp_path))
        _, influx = stack.enter_context(influxdb_container())

        def start(name: str, **more: str) -> None:
            env = {
                "ANDON_DATA_DIR": str(tmp_path / name),
                "ANDON_SECRETS_DIR": str(stock.folder(name)),
                "ANDON_MQTT_HOST": host,
                "ANDON_MQTT_PORT": str(port),
                "ANDON_MACHINES_DIR": str(machines),
                "ANDON_PLANTS_DIR": str(plants),
                "ANDON_STORE": "influxdb",
                "ANDON_INFLUX_URL": f"http://127.0.0.1:{influx}",
                "ANDON_API_URL": f"http://127.0.0.1:{web}",
                "ANDON_INGEST_URL": f"http://127.0.0.1:{status}",
                "ANDON_STATUS_PORT": str(status),
            }
            stack.enter_context(process(name, env | more, tmp_path / f"{name}.log"))

        start("ingest")
        start("api", ANDON_LISTEN_HOST="127.0.0.1", ANDON_LISTEN_PORT=str(web))
        start("edge")
        token = admin_token(stock.folder("api") / "signing-key")
        headers = {"Authorization": f"Bearer {token}"}
        yield stack.enter_context(
            httpx.Client(base_url=f"http://127.0.0.1:{web}/api/v1", headers=headers, trust_env=False, timeout=20)
        )


def test_a_machine_reaches_a_chart(api: httpx.Client) -> None:
    def online() -> bool:
        try:
            return bool(api.get(f"/machines/{MACHINE}").json().get("online"))
        except httpx.HTTPError:
            return False

    wait_until(online, 90, "the machine online")

    def points() -> list[float]:
        query = {"machine": MACHINE, "signal": "hydraulic_pressure", "start": "-5m", "agg": "raw"}
        found: list[float] = api.get("/series", params=query).json()["series"][0]["values"]
        return found if len(found) >= 20 else []

    values = wait_until(points, 60, "20 points in the chart")
    assert all(0 <= v <= 320 for v in values)
    wait_until(lambda: api.get("/states", params={"machine": MACHINE}).json()["states"], 30, "its states")
    flow = api.get("/flow", params={"exact": "true"}).json()
    assert flow["stored"] > 0
    assert (flow["quarantined"], flow["voided"], flow["duplicated"]) == (0, 0, 0)
