"""A whole platform under test: ingest within the API's process, or as `andon run ingest` in one of its own."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import httpx
from andon_cli.processes.ports import free_port
from andon_platform.bootstrap import serve_api, serve_platform
from andon_platform.settings import PlatformSettings
from andon_security.settings import BrokerKind
from andon_security.tokens import Role, issue
from support.api_stack import identities
from support.broker import BrokerUnderTest, running_broker
from support.influx import running_influx
from support.waiting import until


@dataclass
class PlatformUnderTest:
    """``shared``: API and ingest read the same store (a memory store is each process's own)."""

    broker: BrokerUnderTest
    port: int
    shared: bool
    ingest: subprocess.Popen[bytes] | None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def token(self, role: Role = "admin", tenant: str = "*") -> str:
        key = (self.broker.secrets("api") / "signing-key").read_text().strip().encode()
        return issue(key, "tester", role, tenant=tenant)

    def client(self, role: Role | None = "admin", tenant: str = "*") -> httpx.AsyncClient:
        headers = {"Authorization": f"Bearer {self.token(role, tenant)}"} if role else {}
        return httpx.AsyncClient(base_url=f"{self.url}/api/v1", headers=headers, trust_env=False, timeout=20)

    async def until_ready(self, serving: asyncio.Task[None]) -> None:
        async with self.client() as client:

            async def ready() -> bool:
                if serving.done():
                    serving.result()
                try:
                    return (await client.get("/ready")).status_code == 200
                except httpx.TransportError:
                    return False

            await until(ready, 30, what="the platform to be ready")


@contextmanager
def ingest_process(settings: dict[str, Any], log: Path, name: str = "ingest") -> Iterator[subprocess.Popen[bytes]]:
    """`andon run ingest`, or another process, its settings in the environment; ended at last, whatever happened."""
    variables = {f"ANDON_{name.upper()}": str(value) for name, value in settings.items()}
    with log.open("wb") as out:
        command = [sys.executable, "-m", "andon_cli", "run", name]
        process = subprocess.Popen(command, env={**os.environ, **variables}, stdout=out, stderr=out)
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


@asynccontextmanager
async def running_platform(
    ingest: Literal["within", "apart"], kind: BrokerKind, store: str, folder: Path
) -> AsyncIterator[PlatformUnderTest]:
    """A broker with the devices of :func:`support.api_stack.identities`, and a platform on it."""
    stop = asyncio.Event()
    with ExitStack() as around:
        broker = around.enter_context(running_broker(kind, folder / "broker", identities()))
        port, status = free_port(), free_port()
        settings: dict[str, Any] = {
            "mqtt_host": broker.host,
            "mqtt_port": broker.port,
            "broker": kind,
            "store": store,
            "machines_dir": folder / "machines",
            "plants_dir": folder / "plants",
            "ingest_url": f"http://127.0.0.1:{status}",
            "status_port": status,
        }
        if kind == "nats":
            settings |= {"nats_folder": broker.stock.folder("broker"), "nats_port": broker.child.client_port}
        if store == "influxdb":
            influx = around.enter_context(running_influx(folder / "influx"))
            settings["influx_url"] = influx.url
            for service in ("ingest", "api"):
                (broker.secrets(service) / "influx-token").write_text(influx.token)
        process = None
        if ingest == "apart":
            own = {**settings, "secrets_dir": broker.secrets("ingest"), "data_dir": folder / "ingest-data"}
            process = around.enter_context(ingest_process(own, folder / "ingest.log"))
        secrets = broker.stock.root if ingest == "within" else broker.secrets("api")
        chosen = PlatformSettings(**settings, secrets_dir=secrets, data_dir=folder / "data", listen_port=port)
        serve = serve_platform if ingest == "within" else serve_api
        serving = asyncio.create_task(serve(chosen, stop))
        found = PlatformUnderTest(broker, port, store != "memory", process)
        try:
            await found.until_ready(serving)
            yield found
        finally:
            stop.set()
            await serving
