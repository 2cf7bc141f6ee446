"""A real `andon demo` as a child process of a test."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil
from andon_cli.access import admin_token
from andon_cli.demo.home import Home
from support.waiting import wait_until

ROOT = Path(__file__).parents[2]


@dataclass
class DemoUnderTest:
    """A running demo; ``log`` is what it printed."""

    home: Home
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def url(self) -> str:
        return str(self.home.read_running()["url"])

    def children(self) -> dict[str, int]:
        """Name to pid, as they are now."""
        rows: list[dict[str, Any]] = self.home.read_running().get("children", [])  # type: ignore[assignment]
        return {row["name"]: row["pid"] for row in rows}

    def client(self) -> httpx.Client:
        token = admin_token(self.home.secrets / "api" / "signing-key")
        headers = {"Authorization": f"Bearer {token}"}
        return httpx.Client(base_url=self.url, headers=headers, trust_env=False, timeout=20)

    def edge(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.home.edge_status.read_text())
        return found

    def printed(self) -> str:
        return self.log.read_text(errors="replace")

    def stop(self) -> int:
        """Ctrl-C."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(90)


def flowing(demo: DemoUnderTest, machines_online: int = 16) -> bool:
    """The machines are online, and values are stored."""
    if demo.process.poll() is not None:
        raise AssertionError(f"the demo ended with {demo.process.returncode}:\n{demo.printed()[-3000:]}")
    if "url" not in demo.home.read_running() or not demo.home.edge_status.exists():
        return False
    try:
        with demo.client() as client:
            machines = client.get("/api/v1/machines").json()["machines"]
            stored = client.get("/api/v1/flow").json()["stored"]
    except (httpx.HTTPError, KeyError, ValueError):
        return False
    return sum(m["online"] for m in machines) >= machines_online and stored > 0


@contextlib.contextmanager
def running_demo(
    folder: Path, *options: str, env: dict[str, str] | None = None, machines_online: int = 16
) -> Iterator[DemoUnderTest]:
    """Start a demo on ``folder`` and wait until data flows; it is ended at last, whatever happened."""
    log = folder.with_suffix(".printed")
    command = [sys.executable, "-m", "andon_cli", "demo", "--data-dir", str(folder), "--port", "0", *options]
    with log.open("ab") as out:
        process = subprocess.Popen(
            command, cwd=ROOT, stdout=out, stderr=out, stdin=subprocess.DEVNULL, env=os.environ | (env or {})
        )
    demo = DemoUnderTest(Home(folder), process, log)
    try:
        wait_until(lambda: flowing(demo, machines_online), 90, "data flowing through the demo")
        yield demo
    finally:
        if process.poll() is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                demo.stop()
        if process.poll() is None:
            process.kill()
            process.wait()
            demo.home.end_leftovers()


def alive(pid: int) -> bool:
    """Whether the process is there and no zombie."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def send(pids: list[int], number: int) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
