"""An edge in the test's own loop, on a real broker, with worlds that count."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiomqtt
import pytest
from andon_edge.bootstrap import run
from andon_edge.runtime.source import WorldSource
from andon_edge.settings import EdgeSettings
from andon_security.mqtt import load_credential, tls_context
from support.broker import BrokerUnderTest
from support.settler import Settler
from support.waiting import until

PRESS, BEND = "acme/north/hall/line-1/press-1", "acme/north/hall/line-1/bend-1"
SAW = "bolt/south/hall/line-1/saw-1"
#: For tests with the fixture ``broker``.
on_both = pytest.mark.parametrize("broker", ["mosquitto", "nats"], indirect=True)


def settings_of(broker: BrokerUnderTest, folder: Path, **changes: Any) -> dict[str, Any]:
    """An edge's settings, for :func:`edge` and for a process of its own."""
    return {
        "data_dir": str(folder / "edge"), "secrets_dir": str(broker.secrets("edge")), "mqtt_host": broker.host,
        "mqtt_port": broker.port, "poll_s": 0.1, "drain_s": 8.0, **changes,
    }  # fmt: skip


@asynccontextmanager
async def edge(settings: dict[str, Any], source: WorldSource) -> AsyncIterator[asyncio.Event]:
    """An edge that runs for as long and stops in its orderly way; yields what stops it."""
    stop = asyncio.Event()
    task = asyncio.create_task(run(EdgeSettings(**settings), stop, source))
    try:
        yield stop
    finally:
        stop.set()
        await task


def status(settings: dict[str, Any]) -> dict[str, Any]:
    """What the edge says of itself in its file."""
    file = Path(settings["data_dir"]) / "edge-status.json"
    found: dict[str, Any] = (
        json.loads(file.read_text()) if file.exists() else {"sent": 0, "problems": [], "drained": False}
    )
    return found


def complete(platform: Settler, machine: str) -> bool:
    """Every number up to the highest came, in every epoch."""
    marks = platform.mark(machine).epochs
    return bool(marks) and all(not mark.missing for mark in marks)


async def alive(platform: Settler, machine: str) -> None:
    """A new life of the edge has said something: what an earlier one said may still be on its way."""
    known = json.loads(platform.births.get(machine, b"{}")).get("session", 0)

    def born() -> bool:
        birth = json.loads(platform.births.get(machine, b"{}"))
        return bool(birth.get("kind") == "birth" and birth["session"] > known)

    await until(born)
    before = sum(platform.settled(machine).values())
    await until(lambda: sum(platform.settled(machine).values()) > before + 20)


@asynccontextmanager
async def api_client(broker: BrokerUnderTest, topics: list[str], into: list[bytes]) -> AsyncIterator[Any]:
    """A function that publishes as the API; what comes on ``topics`` is put ``into`` the list."""
    who = load_credential(broker.secrets("api") / "mqtt.json")
    async with aiomqtt.Client(
        broker.host, broker.port, username=who.username, password=who.password, identifier="api",
        tls_context=tls_context(broker.secrets("api")), protocol=aiomqtt.ProtocolVersion.V311,
    ) as client:  # fmt: skip
        for topic in topics:
            await client.subscribe(topic, qos=1)

        async def receive() -> None:
            async for message in client.messages:
                into.append(bytes(message.payload))  # type: ignore[arg-type]

        task = asyncio.create_task(receive())
        yield lambda topic, payload: client.publish(topic, payload, qos=1)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
