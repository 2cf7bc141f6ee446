"""What a demo starts: the same entry points as the containers, with their settings."""

from __future__ import annotations

import os
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import httpx
from andon_contracts.command_line import VARIABLE, as_typed

from andon_cli.demo.child import ChildSpec
from andon_cli.demo.exposure import Exposure
from andon_cli.demo.home import Home
from andon_cli.processes.brokers import BrokerChild
from andon_cli.processes.system import listening


@dataclass(frozen=True, slots=True)
class Ports:
    """``web`` is the one that a person opens; ``api`` the plain one of our own processes; all but ``web`` on
    loopback."""

    #: The broker's; other programs connect to it as well.
    mqtt: int
    web: int
    api: int
    apps: int
    ingest: int
    influx: int


@dataclass(frozen=True, slots=True)
class Choices:
    """What the caller of `andon demo` chose."""

    store: str
    pace: float | None
    seed: int | None
    machines: Path
    plants: Path
    exposure: Exposure


def port_ready(host: str, port: int) -> Callable[[], Awaitable[bool]]:
    """Ready when the port takes connections."""

    async def ready() -> bool:
        return listening(host, port)

    return ready


def broker_ready(broker: BrokerChild, secrets: Path) -> Callable[[], Awaitable[bool]]:
    """Ready when others may come and find what it kept of the last time."""

    async def ready() -> bool:
        return listening(broker.host, broker.port) and await broker.has_read(secrets)

    return ready


def http_ready(url: str) -> Callable[[], Awaitable[bool]]:
    """Ready when the page answers 200."""

    async def ready() -> bool:
        try:
            async with httpx.AsyncClient(trust_env=False, timeout=2) as client:
                return (await client.get(url)).status_code == 200
        except httpx.HTTPError:
            return False

    return ready


def file_ready(path: Path, since: float) -> Callable[[], Awaitable[bool]]:
    """Ready when the file was written after ``since`` (seconds since 1970)."""

    async def ready() -> bool:
        return written()

    def written() -> bool:
        return path.exists() and path.stat().st_mtime >= since

    return ready


def environment(
    home: Home, name: str, secrets: Path, broker: BrokerChild, ports: Ports, choices: Choices
) -> dict[str, str]:
    """The settings of one process. Nothing of the caller's ANDON_* leaks in but what is meant for it."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("ANDON_") or k in _PASSED_ON}
    env |= broker.env
    env |= {
        "ANDON_DATA_DIR": str(home.data(name)),
        "ANDON_SECRETS_DIR": str(secrets),
        "ANDON_BROKER": broker.kind,
        "ANDON_MQTT_HOST": broker.host,
        "ANDON_MQTT_PORT": str(broker.port),
        "ANDON_MACHINES_DIR": str(choices.machines),
        "ANDON_PLANTS_DIR": str(choices.plants),
        "ANDON_API_URL": f"http://127.0.0.1:{ports.api}",
        "ANDON_PARENT_PID": str(os.getpid()),
        VARIABLE: as_typed("andon"),
        "PYTHONUNBUFFERED": "1",
    }
    return env


#: Settings of the caller that the children shall see.
_PASSED_ON = {"ANDON_MAX_DISK", "ANDON_LOG_LEVEL", "ANDON_RAW_DAYS", "ANDON_MINUTE_DAYS", "ANDON_REGISTRY_URL"}


def children(home: Home, broker: BrokerChild, ports: Ports, choices: Choices, now: float) -> list[ChildSpec]:
    """The processes, and which must be ready before which."""

    def spec(name: str, secrets: Path, ready: Callable[[], Awaitable[bool]], *after: str, **more: str) -> ChildSpec:
        env = environment(home, name, secrets, broker, ports, choices) | more
        return ChildSpec(name, [sys.executable, "-m", "andon_cli", "run", name], env, ready, after)

    web = {
        **choices.exposure.settings,
        "ANDON_LISTEN_PORT": str(ports.web),
        "ANDON_INTERNAL_PORT": str(ports.api),
        "ANDON_APPS_URL": f"http://127.0.0.1:{ports.apps}",
        "ANDON_NATS_PORT": str(broker.client_port or 4222),
        "ANDON_NATS_FOLDER": str(home.secrets / "broker"),
        "ANDON_STORE": choices.store,
    }
    api_ready = http_ready(f"http://127.0.0.1:{ports.api}/api/v1/ready")
    specs = [ChildSpec("broker", broker.command, dict(os.environ) | broker.env, broker_ready(broker, home.secrets))]
    if choices.store == "duckdb":
        specs.append(spec("platform", home.secrets, api_ready, "broker", **web))
    else:
        influx = {"ANDON_INFLUX_URL": f"http://127.0.0.1:{ports.influx}"}
        status = {"ANDON_STATUS_PORT": str(ports.ingest)}
        specs.append(_influxd(home, ports))
        specs.append(
            spec(
                "ingest",
                home.secrets / "ingest",
                http_ready(f"http://127.0.0.1:{ports.ingest}/ready"),
                "broker",
                "store",
                **{"ANDON_STORE": choices.store} | influx | status,
            )
        )
        reach = {"ANDON_INGEST_URL": f"http://127.0.0.1:{ports.ingest}"}
        specs.append(spec("api", home.secrets / "api", api_ready, "broker", "store", **web | influx | reach))
    more = {}
    if choices.pace is not None:
        more["ANDON_PACE"] = str(choices.pace)
    if choices.seed is not None:
        more["ANDON_SEED"] = str(choices.seed)
    specs.append(spec("edge", home.secrets / "edge", file_ready(home.edge_status, now), "broker", **more))
    specs.append(
        spec(
            "apps",
            home.secrets / "apps",
            port_ready("127.0.0.1", ports.apps),
            ANDON_LISTEN_HOST="127.0.0.1",
            ANDON_LISTEN_PORT=str(ports.apps),
        )
    )
    return specs


def _influxd(home: Home, ports: Ports) -> ChildSpec:
    health = http_ready(f"http://127.0.0.1:{ports.influx}/health")
    return ChildSpec("store", influx_command(home, ports.influx), dict(os.environ), health)


def influx_command(home: Home, port: int) -> list[str]:
    """The folder's own InfluxDB, on loopback."""
    data = home.data("influxdb")
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    return [
        "influxd",
        f"--bolt-path={data / 'influxd.bolt'}",
        f"--engine-path={data / 'engine'}",
        f"--sqlite-path={data / 'influxd.sqlite'}",
        f"--http-bind-address=127.0.0.1:{port}",
        "--reporting-disabled",
        "--storage-retention-check-interval=1m",
    ]
