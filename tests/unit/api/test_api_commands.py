"""Commands: to a machine on a real broker, answered by itself."""

from __future__ import annotations

import asyncio

import aiomqtt
import msgspec
from andon_contracts.codec import decode_command
from support.api_stack import PRESS, Api, MachineOnTheWire, clock_of, edge_on_the_wire
from support.waiting import until


async def test_a_command_is_answered_by_the_machine(api: Api, press: MachineOnTheWire) -> None:
    answering = asyncio.create_task(press.answer("done", "the seal wears"))
    async with api.client("engineer") as client:
        body = {"command": "inject-fault", "arguments": {"fault": "seal-wear", "severity": 0.6}}
        answer = await client.post(f"/api/v1/machines/{PRESS}/commands", json=body)
        assert answer.status_code == 200, answer.text
        got = (await answering)[0]
        assert (got.command, got.arguments) == ("inject-fault", {"fault": "seal-wear", "severity": "0.6"})
        assert got.expires > got.t and got.issued_by == "engineer:tester"
        result = answer.json()
        assert (result["id"], result["status"], result["text"]) == (got.id, "done", "the seal wears")
        listed = (await client.get("/api/v1/commands")).json()["commands"]
        assert listed[0]["id"] == got.id and listed[0]["status"] == "done" and listed[0]["reply_ms"] > 0
    assert [r["kind"] for r in api.services.audit.records()] == ["command"]


async def test_each_command_needs_its_scope(api: Api, press: MachineOnTheWire) -> None:
    async with api.client("viewer") as client:
        for command in ("stop", "inject-fault", "anything"):
            answer = await client.post(f"/api/v1/machines/{PRESS}/commands", json={"command": command})
            assert answer.status_code == 403, command
        assert (await client.post("/api/v1/plants/polaris/pace", json={"pace": 2})).status_code == 403
    async with api.client("operator") as client:
        answer = await client.post(f"/api/v1/machines/{PRESS}/commands", json={"command": "inject-fault"})
        assert answer.status_code == 403 and answer.json()["scope"] == "fault:inject"
        answering = asyncio.create_task(press.answer())
        assert (await client.post(f"/api/v1/machines/{PRESS}/commands", json={"command": "stop"})).status_code == 200
        await answering
        unknown = await client.post(
            f"/api/v1/machines/{PRESS}/commands", json={"command": "stop", "arguments": {"x": "y"}}
        )
        assert unknown.status_code == 400 and "reason" in unknown.json()["detail"]


async def test_the_plants_pace(api: Api) -> None:
    async with edge_on_the_wire(api.broker) as edge:
        await edge.publish("andon/v1/polaris/clock", clock_of(), qos=1, retain=True)
        await edge.subscribe("andon/v1/+/command", qos=1)
        await until(lambda: api.services.hub.clocks, what="the clock")

        async def answer(client: aiomqtt.Client) -> bytes:
            async for message in client.messages:
                assert isinstance(message.payload, bytes)
                command = decode_command(message.payload)
                reply = {"v": 1, "id": command.id, "owner": "polaris", "status": "refused", "text": "no", "t": 1}
                await client.publish("andon/v1/polaris/reply", msgspec.json.encode(reply), qos=1)
                return message.payload
            raise AssertionError("no command came")

        answering = asyncio.create_task(answer(edge))
        async with api.client("engineer") as client:
            plants = (await client.get("/api/v1/plants")).json()["plants"]
            assert plants[0]["clock"]["pace"] == 60.0
            result = (await client.post("/api/v1/plants/polaris/pace", json={"pace": 120})).json()
            assert result["status"] == "refused"
            assert b'"pace":"120"' in await answering
            assert (await client.post("/api/v1/plants/nowhere/pace", json={"pace": 2})).status_code == 404
            assert (await client.post("/api/v1/plants/polaris/pace", json={"pace": 0})).status_code == 422
        await edge.publish("andon/v1/polaris/clock", b"", qos=1, retain=True)
