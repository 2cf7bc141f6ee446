"""Broker and store as containers, through testcontainers, for tests that start our own processes against them."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from andon_cli.processes.brokers import container_configuration
from andon_security.stock import Stock
from support.waiting import wait_until

#: The user of Mosquitto's image.
_MOSQUITTO = 1883


def need_images(*names: str) -> None:
    """Skip, with the reason, where no engine runs or an image is not there."""
    # the helper container that cleans up after testcontainers may not be had; the tests clean up themselves
    os.environ.setdefault("TESTCONTAINERS_RYUK_DISABLED", "true")
    for name in names:
        found = subprocess.run(["docker", "image", "inspect", name], capture_output=True, check=False)
        if found.returncode:
            pytest.skip(f"the image {name} is not here, or no Docker engine runs")


@contextlib.contextmanager
def mosquitto_container(stock: Stock, folder: Path) -> Iterator[tuple[str, int]]:
    """(host, port) of `eclipse-mosquitto:2` with the users of ``stock``."""
    from testcontainers.core.container import DockerContainer

    container_configuration(stock)
    data = folder / "mosquitto-data"
    data.mkdir(exist_ok=True)
    user = os.getuid() or _MOSQUITTO
    if os.getuid() == 0:
        for path in [data, stock.folder("broker"), *stock.folder("broker").rglob("*")]:
            os.chown(path, user, user)
    container = (
        DockerContainer("eclipse-mosquitto:2")
        .with_kwargs(user=f"{user}:{user}", entrypoint=["mosquitto"], cap_drop=["ALL"])
        .with_command(["-c", "/secrets/mosquitto.conf"])
        .with_volume_mapping(str(stock.folder("broker")), "/secrets", "rw")
        .with_volume_mapping(str(data), "/mosquitto/data", "rw")
        .with_exposed_ports(8883)
    )
    with container:
        yield _reach(container, 8883)


@contextlib.contextmanager
def influxdb_container() -> Iterator[tuple[str, int]]:
    """(host, port) of `influxdb:2`, not set up yet."""
    from testcontainers.core.container import DockerContainer

    container = DockerContainer("influxdb:2").with_kwargs(entrypoint=["influxd"]).with_exposed_ports(8086)
    with container:
        yield _reach(container, 8086)


def _reach(container: object, port: int) -> tuple[str, int]:
    import socket

    host = "127.0.0.1"
    published = int(container.get_exposed_port(port))  # type: ignore[attr-defined]

    def answers() -> bool:
        with socket.socket() as probe:
            probe.settimeout(1)
            return probe.connect_ex((host, published)) == 0

    wait_until(answers, 60, f"the container's port {port}")
    return host, published
