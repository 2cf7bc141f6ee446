"""The broker dies by SIGKILL under a running API and comes back: stream, registry and commands go on."""

from __future__ import annotations

import asyncio
import json
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import aiomqtt
import httpx
import pytest
from andon_cli.processes.brokers import NoBroker
from andon_security.settings import BrokerKind
from support.api_stack import PRESS, Api, identities, machine_on_the_wire, running_api
from support.broker import BrokerUnderTest, running_broker
from support.waiting import until
from websockets.asyncio.client import ClientConnection, connect


async def told(socket: ClientConnection, **wanted: Any) -> dict[str, Any]:
    """The next frame with these fields."""
    async with asyncio.timeout(20):
        async for text in socket:
            frame: dict[str, Any] = json.loads(text)
            if all(frame.get(name) == value for name, value in wanted.items()):
                return frame
    raise AssertionError(f"the stream ended before {wanted}")


async def until_the_kill(
    running: BrokerUnderTest, api: Api, client: httpx.AsyncClient, stream: ClientConnection
) -> None:
    """A machine speaks, the broker is killed, and the API says so."""
    async with machine_on_the_wire(running) as press:
        await press.born()
        await press.measures(oil_temperature=40.0)
        await told(stream, type="telemetry", seq=1)
        running.kill()
        await until(lambda: not api.services.feed.connected.is_set(), what="the loss to be noticed")
        refused = await client.post(f"/api/v1/machines/{PRESS}/commands", json={"command": "stop"})
        assert refused.status_code == 503, refused.text
        assert (await client.get("/api/v1/ready")).json()["broker"] is False


@pytest.mark.parametrize("kind", ["mosquitto", "nats"])
async def test_the_api_outlives_its_broker(kind: BrokerKind, tmp_path: Path) -> None:
    with ExitStack() as stack:
        try:
            running = stack.enter_context(running_broker(kind, tmp_path, identities()))
        except NoBroker as error:
            pytest.skip(str(error))
        async with running_api(running, tmp_path) as api, api.client() as client:
            headers = {"Authorization": f"Bearer {api.token()}"}
            async with connect(f"{api.ws}/api/v1/live", additional_headers=headers, proxy=None) as stream:
                with suppress(aiomqtt.MqttError):  # the machine cannot say goodbye to a broker that is gone
                    await until_the_kill(running, api, client, stream)
                await asyncio.to_thread(running.start)
                await until(api.services.feed.connected.is_set, what="the API connected again")
                async with machine_on_the_wire(running) as press:
                    press.seq = 1
                    await press.born(session=2)
                    await press.measures(oil_temperature=41.0)
                    frame = await told(stream, type="telemetry", seq=2)
                    assert frame["values"] == {"oil_temperature": 41.0}
                    machine = api.services.registry.get(PRESS)
                    assert machine is not None and machine.online and machine.session == 2
                    answering = asyncio.create_task(press.answer())
                    done = await client.post(f"/api/v1/machines/{PRESS}/commands", json={"command": "stop"})
                    assert done.json()["status"] == "done", done.text
                    assert [c.command for c in await answering] == ["stop"]
                    assert (await client.get("/api/v1/ready")).json()["broker"] is True
