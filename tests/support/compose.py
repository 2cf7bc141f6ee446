"""The stack in containers, from a copy of the checkout, under a project name of its own."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from andon_cli.processes.ports import free_port
from support.waiting import wait_until

ROOT = Path(__file__).parents[2]
PROJECT = "andon-under-test"


def docker_reason() -> str | None:
    """Why no stack can be started here, or None."""
    if not shutil.which("docker"):
        return "docker is not installed"
    if subprocess.run(["docker", "compose", "version"], capture_output=True, check=False).returncode:
        return "docker compose is not installed"
    if subprocess.run(["docker", "info"], capture_output=True, check=False).returncode:
        return "no Docker engine runs"
    return None


@dataclass
class Stack:
    """A running stack; ``folder`` is the copy of the checkout that it was started from."""

    folder: Path
    web: int = field(default_factory=free_port)
    mqtt: int = field(default_factory=free_port)
    influx: int = field(default_factory=free_port)
    files: tuple[str, ...] = ("docker-compose.yml",)

    def compose(self, *args: str, check: bool = True, timeout: float = 600) -> str:
        """Run `docker compose`; returns its standard output."""
        env = os.environ | {
            "ANDON_PORT": str(self.web),
            "ANDON_MQTT_PORT": str(self.mqtt),
            "ANDON_INFLUX_PORT": str(self.influx),
        }
        files = [word for file in self.files for word in ("-f", file)]
        ran = subprocess.run(
            ["docker", "compose", "-p", PROJECT, *files, *args],
            cwd=self.folder,
            env=env,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        if check and ran.returncode:
            raise AssertionError(f"docker compose {' '.join(args)}: {ran.stderr[-3000:]}\n{self.logs()}")
        return ran.stdout

    def logs(self) -> str:
        return self.compose("logs", "--tail=30", check=False)

    @property
    def url(self) -> str:
        return f"http://localhost:{self.web}"

    def containers(self) -> dict[str, dict[str, Any]]:
        """Service to what `docker compose ps` says of it, the ended ones too."""
        rows = [json.loads(line) for line in self.compose("ps", "-a", "--format", "json").splitlines() if line]
        return {row["Service"]: row for row in rows}

    def await_health(self, within_s: float = 120) -> None:
        """Until every container that shall run is healthy."""

        def healthy() -> bool:
            found = self.containers()
            for name in ("setup", "welcome"):
                if name in found and found[name]["State"] == "exited" and found[name]["ExitCode"]:
                    raise AssertionError(f"{name} failed:\n{self.logs()}")
            running = {k: v for k, v in found.items() if k not in ("setup", "welcome")}
            return bool(running) and all(v["Health"] == "healthy" for v in running.values())

        wait_until(healthy, within_s, "all containers healthy")

    @contextlib.contextmanager
    def client(self) -> Iterator[httpx.Client]:
        """A browser's client, with the session that a fresh link gives."""
        made = json.loads(self.compose("exec", "-T", "api", "andon", "link", "--role", "admin", "--json"))
        secret = made["url"].rstrip("/").rsplit("/", 1)[1]
        with httpx.Client(base_url=self.url, trust_env=False, timeout=20, headers={"Origin": self.url}) as client:
            client.post("/api/v1/session", json={"link": secret}).raise_for_status()
            yield client

    def edge(self) -> dict[str, Any]:
        """What the edge says of itself."""
        found: dict[str, Any] = json.loads(self.compose("exec", "-T", "edge", "cat", "/data/edge-status.json"))
        return found


def copy_checkout(folder: Path) -> Path:
    """The files that git tracks, as a fresh clone would have them."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target)
    return folder
