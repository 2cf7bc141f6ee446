"""Alarms over the API: from a machine's controller and from a detector, seen, shelved, and remembered."""

from __future__ import annotations

from pathlib import Path

from andon_contracts.messages import AlarmRaised
from andon_platform.api.models_alarms import AlarmHistory, AlarmList
from andon_platform.api.run import catch_up
from andon_platform.data.port import Batch
from support.api_stack import EPOCH, OTHER, PRESS, Api, MachineOnTheWire, now_us, running_api
from support.broker import BrokerUnderTest
from support.waiting import until
from unit.api.test_api_detection import sample, teach

ID = f"{PRESS}:E-12"


def raised(api: Api, machine: str = PRESS, active: bool = True, t: int | None = None, code: str = "E-12") -> None:
    api.services.alarms.event(
        AlarmRaised(machine=machine, epoch=EPOCH, seq=1, t=t or now_us(), code=code, severity="critical", active=active)
    )


async def test_from_the_wire_to_the_list(api: Api, press: MachineOnTheWire) -> None:
    await press.happens(AlarmRaised, code="E-12", severity="critical", active=True, text="oil too hot")
    await until(lambda: api.services.alarms.get(ID), what="the alarm")
    async with api.client("viewer") as client:
        found = AlarmList.model_validate((await client.get("/api/v1/alarms")).json()).alarms
        assert [(a.id, a.state, a.severity, a.text) for a in found] == [
            (ID, "unacknowledged", "critical", "oil too hot")
        ]
        assert (await client.post("/api/v1/alarms/acknowledge", json={"id": ID})).status_code == 403


async def test_people_handle_it_and_who_did_what_is_remembered(api: Api) -> None:
    raised(api, t=100)
    async with api.client("operator") as client:
        done = await client.post("/api/v1/alarms/acknowledge", json={"id": ID, "text": "on my way"})
        assert (done.status_code, done.json()["state"]) == (200, "acknowledged")
        assert done.json()["acknowledged_by"] == "operator:tester"
        twice = await client.post("/api/v1/alarms/acknowledge", json={"id": ID})
        assert twice.status_code == 400
        assert "operator:tester acknowledged it" in twice.json()["detail"]
        shelved = await client.post("/api/v1/alarms/shelve", json={"id": ID, "length": "30m"})
        assert shelved.json()["state"] == "shelved"
        assert (await client.post("/api/v1/alarms/shelve", json={"id": ID, "length": "13h"})).status_code == 400
        assert (await client.post("/api/v1/alarms/unshelve", json={"id": ID})).json()["state"] == "acknowledged"
        assert (await client.post("/api/v1/alarms/comment", json={"id": ID, "text": "hose"})).status_code == 200
        assert (await client.post("/api/v1/alarms/comment", json={"id": ID, "text": ""})).status_code == 422
        assert (await client.post("/api/v1/alarms/service", json={"id": ID, "out": True})).status_code == 403
        found = AlarmHistory.model_validate((await client.get("/api/v1/alarms/history", params={"id": ID})).json())
        assert [(e.what, e.text) for e in found.history] == [
            ("comment", "hose"), ("unshelved", ""), ("shelved", "30m"), ("acknowledged", "on my way"), ("came", ""),
        ]  # fmt: skip
        assert found.history[0].by == "operator:tester"
    async with api.client("engineer") as client:
        out = await client.post("/api/v1/alarms/service", json={"id": ID, "out": True})
        assert out.json()["state"] == "out-of-service"


async def test_late_and_repeated_news_change_nothing(api: Api) -> None:
    raised(api, t=100)
    raised(api, t=100)
    raised(api, t=200, active=False)
    raised(api, t=150)
    alarm = api.services.alarms.get(ID)
    assert alarm is not None
    assert (alarm.active, alarm.count, alarm.cleared) == (False, 1, 200)


async def test_the_most_urgent_is_first_and_a_tenant_sees_its_own(api: Api) -> None:
    raised(api, t=100, code="old")
    raised(api, t=200, code="over")
    raised(api, t=300, code="over", active=False)
    raised(api, t=400, code="new")
    raised(api, OTHER, t=500)
    async with api.client("operator", tenant="polaris") as client:
        await client.post("/api/v1/alarms/acknowledge", json={"id": f"{PRESS}:old"})
        found = (await client.get("/api/v1/alarms")).json()["alarms"]
        assert [(a["code"], a["state"]) for a in found] == [
            ("new", "unacknowledged"), ("over", "returned"), ("old", "acknowledged"),
        ]  # fmt: skip
        some = (await client.get("/api/v1/alarms", params={"state": "returned"})).json()["alarms"]
        assert [a["code"] for a in some] == ["over"]
        assert (await client.post("/api/v1/alarms/acknowledge", json={"id": f"{OTHER}:E-12"})).status_code == 404


async def test_a_detectors_alarm_is_one_like_the_others(api: Api) -> None:
    at = teach(api)
    for i in range(10):
        sample(api, PRESS, at + i, {"hydraulic_pressure": 90.0, "oil_temperature": 40.1})
    alarm = api.services.alarms.get(f"{PRESS}:detector")
    assert alarm is not None
    assert (alarm.source, alarm.active) == ("detector", True)
    assert "because of hydraulic_pressure" in alarm.text


async def test_alarms_outlive_the_process(broker: BrokerUnderTest, tmp_path: Path) -> None:
    async with running_api(broker, tmp_path) as first:
        raised(first, t=100)
        async with first.client("operator") as client:
            await client.post("/api/v1/alarms/acknowledge", json={"id": ID})
    async with running_api(broker, tmp_path) as second:
        alarm = second.services.alarms.get(ID)
        assert alarm is not None
        assert alarm.state(now_us()) == "acknowledged"
        raised(second, t=100)  # retained knowledge of what was heard
        assert second.services.alarms.get(ID) == alarm


async def test_what_rang_while_nobody_listened_is_found_in_the_store(api: Api) -> None:
    event = AlarmRaised(machine=PRESS, epoch=EPOCH, seq=1, t=now_us(), code="E-7", severity="warning", active=True)
    await api.store.write(Batch(events=[event]))
    services = api.services
    await catch_up(services.store, services.registry, services.hub, services.alarms, now_us())
    alarm = services.alarms.get(f"{PRESS}:E-7")
    assert alarm is not None
    assert alarm.active
