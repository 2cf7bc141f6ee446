"""Machines and what happened to them, over real HTTP and a real broker."""

from __future__ import annotations

import msgspec
from andon_contracts.messages import OperationStarted, StateChanged
from support.api_stack import PRESS, Api, MachineOnTheWire, now_us
from support.waiting import until


async def test_a_machine_appears_from_its_birth(api: Api, press: MachineOnTheWire) -> None:
    async with api.client("viewer") as client:
        found = (await client.get("/api/v1/machines")).json()["machines"]
        assert [m["id"] for m in found] == [PRESS]
        assert found[0]["online"] and found[0]["line"] == "cabinets-1"
        assert [s["unit"] for s in found[0]["signals"]] == ["bar", "Cel"]
        one = await client.get(f"/api/v1/machines/{PRESS}")
        assert one.json() == found[0]
        for query, hits in (("type=sheet-metal-press", 1), ("type=oven", 0), ("place=polaris/north", 1)):
            assert len((await client.get(f"/api/v1/machines?{query}")).json()["machines"]) == hits, query
        for query, hits in (("place=pol", 0), ("state=offline", 0), ("q=press+sheet", 1), ("state=idle", 1)):
            assert len((await client.get(f"/api/v1/machines?{query}")).json()["machines"]) == hits, query


async def test_state_and_unit_come_from_events(api: Api, press: MachineOnTheWire) -> None:
    await press.happens(StateChanged, state="down", reason="hydraulic-pressure-low", text="pressure low")
    await press.happens(OperationStarted, operation="press", unit="R-1001", product="frost-300")
    machine = api.services.registry.get(PRESS)
    assert machine
    await until(lambda: machine.unit == "R-1001", what="the unit at work")
    async with api.client() as client:
        seen = (await client.get(f"/api/v1/machines/{PRESS}")).json()
    assert (seen["state"], seen["reason"], seen["product"]) == ("down", "hydraulic-pressure-low", "frost-300")


async def test_history_keeps_births_and_deaths(api: Api, press: MachineOnTheWire) -> None:
    machine = api.services.registry.get(PRESS)
    assert machine
    await press.dies()
    await until(lambda: not machine.online, what="the death")
    await press.born(session=2)
    await until(lambda: machine.online, what="the new birth")
    await press.dies(session=1)  # of the older session
    await press.measures(hydraulic_pressure=1.0)
    await until(lambda: api.services.hub.latest.get(PRESS), what="the telemetry behind it")
    assert machine.online
    async with api.client() as client:
        rows = (await client.get(f"/api/v1/machines/{PRESS}/history")).json()["history"]
    assert [(r["what"], r["session"]) for r in rows[:3]] == [("birth", 2), ("death", 1), ("birth", 1)]


async def test_a_removed_machine_is_kept_out_of_sight(api: Api, press: MachineOnTheWire) -> None:
    await press.publish("birth", b"", retain=True)
    machine = api.services.registry.get(PRESS)
    assert machine
    await until(lambda: machine.presence == "removed", what="the removal")
    async with api.client() as client:
        assert (await client.get("/api/v1/machines")).json() == {"machines": []}
        assert len((await client.get("/api/v1/machines?state=removed")).json()["machines"]) == 1
        assert (await client.get(f"/api/v1/machines/{PRESS}")).json()["presence"] == "removed"


async def test_another_tenant_sees_nothing(api: Api, press: MachineOnTheWire) -> None:
    async with api.client("admin", tenant="acme") as client:
        assert (await client.get("/api/v1/machines")).json() == {"machines": []}
        answer = await client.get(f"/api/v1/machines/{PRESS}")
        assert answer.status_code == 404
        assert (await client.get(f"/api/v1/series?machine={PRESS}&signal=oil_temperature")).status_code == 404


async def test_a_message_that_speaks_for_another_is_not_believed(api: Api, press: MachineOnTheWire) -> None:
    body = {"v": 1, "machine": "x/x/x/x/x", "epoch": 1, "seq": 1, "samples": [{"t": now_us(), "values": {"a": 1.0}}]}
    await press.publish("telemetry", msgspec.json.encode(body))
    await until(lambda: api.services.hub.undecodable == 1, what="the refusal")
    assert PRESS not in api.services.hub.latest
