"""Grafana's files are what its provisioning reads, and its container may no more than it has to."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.grafana import DEPLOY, dashboard, filled, queries

ROOT = Path(__file__).parents[3]
#: Panels that every Grafana brings along.
_PANELS = {"timeseries", "stat", "gauge", "bargauge", "table", "state-timeline", "status-history", "barchart"}


def test_the_datasource_takes_its_token_from_a_file() -> None:
    (file,) = (DEPLOY / "provisioning" / "datasources").iterdir()
    found = yaml.safe_load(file.read_text())
    assert found["apiVersion"] == 1
    (source,) = found["datasources"]
    assert (source["type"], source["access"], source["jsonData"]["version"]) == ("influxdb", "proxy", "Flux")
    assert source["secureJsonData"] == {"token": "$__file{/secrets/influx-token}"}
    assert source["uid"] == dashboard()["panels"][0]["datasource"]["uid"]


def test_the_provider_reads_the_folder_that_is_mounted() -> None:
    (file,) = (DEPLOY / "provisioning" / "dashboards").iterdir()
    (provider,) = yaml.safe_load(file.read_text())["providers"]
    assert (provider["type"], provider["options"]["path"]) == ("file", "/dashboards")


def test_the_dashboard_is_whole() -> None:
    found = dashboard()
    assert found["uid"] and found["title"] and found["schemaVersion"] >= 36 and "id" not in found
    panels = found["panels"]
    assert len({p["id"] for p in panels}) == len(panels) == 6
    for panel in panels:
        assert panel["type"] in _PANELS and panel["title"] and panel["description"]
        assert panel["datasource"] == {"type": "influxdb", "uid": "andon-influxdb"}
        assert [t["refId"] for t in panel["targets"]] == ["A"]
        place = panel["gridPos"]
        assert place["x"] >= 0 and place["x"] + place["w"] <= 24 and place["h"] > 0
    for one, other in combinations((p["gridPos"] for p in panels), 2):
        beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        above = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
        assert beside or above, (one, other)


def test_queries_name_only_what_is_defined() -> None:
    known = {v["name"]: "x" for v in dashboard()["templating"]["list"]}
    known |= dict.fromkeys(("timeRangeStart", "timeRangeStop", "windowPeriod"), "1m")
    for title, flux in queries():
        assert not re.search(r"\$\{|\bv\.[a-zA-Z]", filled(flux, **known)), title


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    """Those of the profile, as compose reads the file."""
    if not shutil.which("docker"):
        pytest.skip("docker is not installed")
    if subprocess.run(["docker", "compose", "version"], capture_output=True, check=False).returncode:
        pytest.skip("docker compose is not installed")
    ran = subprocess.run(
        ["docker", "compose", "--profile", "grafana", "config", "--format", "json"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    found: dict[str, Any] = json.loads(ran.stdout)["services"]
    return found


def test_it_comes_with_its_profile_alone(services: dict[str, Any]) -> None:
    assert services["grafana"]["profiles"] == services["grafana-setup"]["profiles"] == ["grafana"]
    plain = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    needed = {name for s in plain.values() if "profiles" not in s for name in s.get("depends_on", {})}
    assert not needed & {"grafana", "grafana-setup"}


def test_its_container_may_no_more_than_it_has_to(services: dict[str, Any]) -> None:
    grafana = services["grafana"]
    assert re.fullmatch(r"grafana/grafana:\d+", grafana["image"])
    assert grafana["read_only"] and grafana["cap_drop"] == ["ALL"]
    assert grafana["security_opt"] == ["no-new-privileges:true"]
    assert not grafana["user"].startswith("0")
    assert [p["host_ip"] for p in grafana["ports"]] == ["127.0.0.1"]
    written = [v["target"] for v in grafana["volumes"] if not v.get("read_only")]
    assert written == ["/var/lib/grafana"]
    assert not [k for k in grafana["environment"] if "TOKEN" in k]
    assert [v for k, v in grafana["environment"].items() if "PASSWORD" in k] == ["/secrets/admin-password"]
