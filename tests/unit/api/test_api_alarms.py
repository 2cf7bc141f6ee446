"""Alarms over the API: from a machine's controller and from a detector, seen, shelved, and remembered."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import websockets
from andon_contracts.messages import AlarmRaised, ClockMessage, ClockSegment
from andon_platform.alarms.book import AlarmBook
from andon_platform.api.models_alarms import AlarmHistory, AlarmList, AlarmMeasures, AlarmView
from andon_platform.api.run import catch_up
from andon_platform.data.port import Batch
from andon_platform.registry.database import open_database
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
        shelved = await client.post(
            "/api/v1/alarms/shelve", json={"id": ID, "length": "30m", "text": "hose is on its way"}
        )
        assert shelved.json()["state"] == "shelved"
        assert (await client.post("/api/v1/alarms/shelve", json={"id": ID, "length": "13h"})).status_code == 400
        assert (await client.post("/api/v1/alarms/unshelve", json={"id": ID})).json()["state"] == "unacknowledged"
        assert (await client.post("/api/v1/alarms/comment", json={"id": ID, "text": "hose"})).status_code == 200
        assert (await client.post("/api/v1/alarms/comment", json={"id": ID, "text": ""})).status_code == 422
        assert (await client.post("/api/v1/alarms/service", json={"id": ID, "out": True})).status_code == 403
        found = AlarmHistory.model_validate((await client.get("/api/v1/alarms/history", params={"id": ID})).json())
        assert [(e.what, e.text) for e in found.history] == [
            ("comment", "hose"), ("again", ""), ("unshelved", ""), ("shelved", "30m, hose is on its way"),
            ("acknowledged", "on my way"), ("came", ""),
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
    assert "because of hydraulic pressure 100 %" in alarm.text


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


async def test_the_stream_tells_what_becomes_of_an_alarm(api: Api) -> None:
    headers = {"Authorization": f"Bearer {api.token(tenant='polaris')}"}
    url = f"{api.ws}/api/v1/live?kinds=alarm"
    async with websockets.connect(url, additional_headers=headers, proxy=None) as stream:
        assert json.loads(await stream.recv())["type"] == "hello"
        raised(api, OTHER, t=90)  # another tenant's
        raised(api, t=100)
        async with api.client("operator") as client:
            await client.post("/api/v1/alarms/acknowledge", json={"id": ID})
            await client.post("/api/v1/alarms/comment", json={"id": ID, "text": "hose"})
        raised(api, t=200, active=False)
        frames = [json.loads(await stream.recv()) for _ in range(4)]
    assert [(f["type"], f["machine"]) for f in frames] == [("alarm", PRESS)] * 4
    seen = [AlarmView.model_validate(f["alarm"]) for f in frames]
    assert [a.state for a in seen] == ["unacknowledged", "acknowledged", "acknowledged", "normal"]
    assert {a.id for a in seen} == {ID}


async def test_a_shelf_that_is_over_is_told_and_written(tmp_path: Path) -> None:
    clock = [1_000]
    engine = await open_database(f"sqlite+aiosqlite:///{tmp_path / 'book.db'}")
    async with AlarmBook(engine, lambda: clock[0]) as book:
        book.said(PRESS, "E-12", "machine", True, 100, "warning", "")
        await book.change(ID, lambda alarm, now: alarm.shelve(now, now + 500), "shelved", "operator:ann")
        states: list[str] = []
        book.listen(lambda alarm: states.append(alarm.state(clock[0])))
        book.sweep()
        assert states == []
        clock[0] = 1_500
        book.sweep()
        book.sweep()
        assert states == ["unacknowledged"]
        newest = [(e.what, e.t, e.by) for e in (await book.history(ID))[:2]]
        assert newest == [("again", 1_500, ""), ("unshelved", 1_500, "")]
    await engine.dispose()


async def measured(api: Api, **asked: object) -> AlarmMeasures:
    async with api.client("viewer", tenant="polaris") as client:
        answer = await client.get("/api/v1/alarms/measures", params={"enterprise": "polaris", **asked})  # type: ignore[dict-item]
    assert answer.status_code == 200, answer.text
    return AlarmMeasures.model_validate(answer.json())


async def test_how_much_the_alarms_ask_of_people(api: Api) -> None:
    start = now_us() - 3_600_000_000
    for i in range(12):
        raised(api, t=start + (60 + i) * 1_000_000, code=f"E-{i}")
    raised(api, OTHER, t=start)
    for on in range(3):  # comes three times within a minute
        raised(api, t=start + 1_200_000_000 + on * 2_000_000, code="nervous")
        raised(api, t=start + 1_201_000_000 + on * 2_000_000, code="nervous", active=False)
    async with api.client("engineer") as client:
        await client.post("/api/v1/alarms/service", json={"id": f"{PRESS}:nervous", "out": True})
    raised(api, t=now_us(), code="nervous")  # silent: it is out of service
    found = await measured(api, start=start)
    assert (found.alarms, found.peak, found.by_severity["critical"]) == (15, 12, 15)
    assert found.flood_share > found.bounds["flood_share"]
    assert found.peak_share == 1 / 6 and found.top_share == 12 / 15
    assert [c.id for c in found.chattering] == [f"{PRESS}:nervous"]
    assert found.top[0].alarms == found.alarms - 12
    assert found.periods[0].alarms == 12
    assert found.stale == []


async def test_a_fast_plant_has_fewer_alarms_an_hour_and_older_ones(api: Api) -> None:
    start = now_us() - 3_600_000_000
    raised(api, t=start + 1)
    asked = {"start": start, "stop": start + 3_500_000_000}
    assert (await measured(api, **asked)).per_hour == 3600 / 3500
    segments = [ClockSegment(wall=start, plant=start, pace=60)]
    api.services.hub.clocks["polaris"] = ClockMessage(enterprise="polaris", segments=segments)
    found = await measured(api, **asked)
    assert found.per_hour == pytest.approx(3600 / 3500 / 60)
    assert [s.id for s in found.stale] == [ID]
    assert found.stale[0].s > 86_400


async def test_measures_that_cannot_be_answered_are_refused(api: Api) -> None:
    async with api.client("viewer", tenant="polaris") as client:
        for params, status in (
            ({"enterprise": "acme"}, 404),
            ({"enterprise": "polaris", "start": "-40d"}, 422),
            ({"enterprise": "polaris", "start": "now", "stop": "-1h"}, 400),
            ({}, 422),
        ):
            assert (await client.get("/api/v1/alarms/measures", params=params)).status_code == status
