"""A real InfluxDB 2 for tests: ``ANDON_TEST_INFLUXDB_URL``, an ``influxd`` on the PATH, or a container."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from andon_cli.processes.ports import free_port
from support.waiting import wait_until, wait_until_listening


@dataclass
class InfluxUnderTest:
    """Its address, and the token that onboarding gives it."""

    url: str
    token: str
    process: subprocess.Popen[bytes] | None = None


@contextlib.contextmanager
def running_influx(folder: Path, *options: str) -> Iterator[InfluxUnderTest]:
    """A server that nobody has set up yet (one given by URL may be: then ANDON_TEST_INFLUXDB_TOKEN is its token).

    ``options`` besides those of every start; a server given by URL must have them already.
    """
    token = secrets.token_urlsafe(32)
    url = os.environ.get("ANDON_TEST_INFLUXDB_URL")
    influxd = shutil.which("influxd")
    if url:
        yield InfluxUnderTest(url, os.environ.get("ANDON_TEST_INFLUXDB_TOKEN", token))
    elif influxd:
        with _local(influxd, folder, token, options) as found:
            yield found
    else:
        with _container(token, options) as found:
            yield found


@contextlib.contextmanager
def _local(influxd: str, folder: Path, token: str, options: Sequence[str]) -> Iterator[InfluxUnderTest]:
    port, log = free_port(), folder / "influxd.log"
    folder.mkdir(parents=True, exist_ok=True)
    command = [
        influxd,
        f"--bolt-path={folder}/bolt",
        f"--sqlite-path={folder}/sqlite",
        f"--engine-path={folder}/engine",
        f"--http-bind-address=127.0.0.1:{port}",
        "--reporting-disabled",
        "--log-level=error",
        *options,
    ]
    with log.open("ab") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out)
    try:
        wait_until_listening("127.0.0.1", port, process, log)
        yield InfluxUnderTest(f"http://127.0.0.1:{port}", token, process)
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextlib.contextmanager
def _container(token: str, options: Sequence[str]) -> Iterator[InfluxUnderTest]:
    try:
        from testcontainers.core.container import DockerContainer

        container = DockerContainer("influxdb:2").with_exposed_ports(8086).with_command(["influxd", *options])
        container.start()
    except Exception as error:  # Docker's client has many; any of them means that there is no server to be had
        pytest.skip(f"no influxd on the PATH, no ANDON_TEST_INFLUXDB_URL, and no container: {error}")
    try:
        url = f"http://{container.get_container_host_ip()}:{container.get_exposed_port(8086)}"
        import urllib3

        def up() -> bool:
            with contextlib.suppress(urllib3.exceptions.HTTPError):
                return urllib3.request("GET", f"{url}/health", retries=False, timeout=2.0).status == 200
            return False

        wait_until(up, 60, "InfluxDB in its container")
        yield InfluxUnderTest(url, token)
    finally:
        container.stop()
