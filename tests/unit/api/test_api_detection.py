"""Detectors in the API: fed by a broker, asked over HTTP, and they know what they learned after a restart."""

from __future__ import annotations

from pathlib import Path

from andon_contracts.messages import OperationStarted, Sample, SignalSpec, StateChanged
from andon_platform.alarms.alarm import Alarm
from andon_platform.analytics.detection.watch import LEARN_ROWS, SETTLE_ROWS
from andon_platform.api.models_detection import OpinionList
from support.api_stack import BEND, EPOCH, PRESS, Api, MachineOnTheWire, birth_of, running_api
from support.broker import BrokerUnderTest
from support.waiting import until

SECOND = 1_000_000


def teach(api: Api, path: str = PRESS, rows: int = LEARN_ROWS + SETTLE_ROWS) -> int:
    """Values through the hub, as the feed gives them; returns the time after the last."""
    api.services.registry.birth(birth_of(path))
    api.services.watch.event(path, StateChanged(machine=path, epoch=EPOCH, seq=1, t=1, state="producing"))
    for i in range(rows):
        values = {"hydraulic_pressure": 200.0 + i % 7, "oil_temperature": 40.0 + i % 5 / 10}
        sample(api, path, i + 1, values)
    return rows + 1


def sample(api: Api, path: str, second: int, values: dict[str, float]) -> None:
    api.services.hub._on_sample(path, Sample(t=second * SECOND, values=values))


async def test_an_opinion_names_the_signals_and_an_engineer_can_have_it_learned_anew(api: Api) -> None:
    at = teach(api)
    for i in range(10):
        sample(api, PRESS, at + i, {"hydraulic_pressure": 90.0, "oil_temperature": 40.1})
    async with api.client("viewer") as client:
        found = OpinionList.model_validate((await client.get("/api/v1/detection", params={"machine": PRESS})).json())
        (one,) = found.opinions
        assert (one.machine, one.mode, one.learned, one.alarm) == (PRESS, "press", 1, True)
        assert next(iter(one.because)) == "hydraulic_pressure"
        assert one.since
        assert (await client.delete(f"/api/v1/detection/{PRESS}")).status_code == 403
    async with api.client("engineer") as client:
        assert (await client.delete(f"/api/v1/detection/{PRESS}")).status_code == 204
        assert (await client.get("/api/v1/detection", params={"machine": PRESS})).json()["opinions"] == []


async def test_a_machine_that_measures_something_else_is_learned_anew(api: Api) -> None:
    at = teach(api)
    for i in range(10):
        sample(api, PRESS, at + i, {"hydraulic_pressure": 90.0, "oil_temperature": 40.1})
    (rung,) = api.services.alarms.find()
    assert rung.active
    again = birth_of(PRESS)
    again.session += 1
    api.services.registry.birth(again)  # it came back as it was
    assert api.services.watch.opinions(PRESS)[0].learned == 1
    other = birth_of(PRESS)
    other.session += 2
    other.signals = [*other.signals, SignalSpec(name="torque", unit="N.m", minimum=0, maximum=90, rate_hz=1)]
    api.services.registry.birth(other)
    assert api.services.watch.opinions(PRESS) == []
    assert not api.services.alarms.get(rung.id).active  # type: ignore[union-attr]
    sample(api, PRESS, at + 20, {"hydraulic_pressure": 200.0, "oil_temperature": 40.1, "torque": 3.0})
    assert [o.learned for o in api.services.watch.opinions(PRESS)] == [0]


async def test_what_comes_over_the_broker_is_seen(api: Api, press: MachineOnTheWire) -> None:
    await press.happens(StateChanged, state="producing")
    await press.measures(hydraulic_pressure=201.0, oil_temperature=40.0)
    await until(lambda: api.services.watch.opinions(PRESS), what="the watch hears the press")
    assert api.services.watch.opinions(PRESS)[0].learned == 0


async def test_values_that_are_not_good_teach_nothing(api: Api) -> None:
    teach(api, rows=5)
    bad = Sample(t=100 * SECOND, values={"hydraulic_pressure": 1e9}, q={"hydraulic_pressure": "bad"})
    api.services.hub._on_sample(PRESS, bad)
    assert api.services.watch._machines[PRESS].values["hydraulic_pressure"] < 300


async def test_a_tenant_sees_its_own(api: Api) -> None:
    teach(api, rows=5)
    async with api.client("viewer", tenant="acme") as client:
        assert (await client.get("/api/v1/detection")).json()["opinions"] == []
        assert (await client.get("/api/v1/detection", params={"machine": BEND})).status_code == 404


async def test_after_a_restart_nothing_has_to_be_learned_again(broker: BrokerUnderTest, tmp_path: Path) -> None:
    async with running_api(broker, tmp_path) as first:
        teach(first)
    async with running_api(broker, tmp_path) as second:
        assert [o.learned for o in second.services.watch.opinions(PRESS)] == [1.0]
    (tmp_path / "data" / "detectors.json").write_text("{torn")
    async with running_api(broker, tmp_path) as third:
        assert third.services.watch.opinions(PRESS) == []


def odd(api: Api, at: int, rows: int = 10) -> int:
    for i in range(rows):
        sample(api, PRESS, at + i, {"hydraulic_pressure": 90.0, "oil_temperature": 40.1})
    return at + rows


def usual(api: Api, at: int, rows: int = 200) -> int:
    for i in range(rows):
        sample(api, PRESS, at + i, {"hydraulic_pressure": 200.0 + i % 7, "oil_temperature": 40.0 + i % 5 / 10})
    return at + rows


def listed(api: Api) -> Alarm:
    (alarm,) = api.services.alarms.find(machine=PRESS)
    return alarm


async def test_an_alarm_ends_in_the_list_when_the_machine_is_learned_anew(api: Api) -> None:
    odd(api, teach(api))
    assert listed(api).active
    async with api.client("engineer") as client:
        assert (await client.delete(f"/api/v1/detection/{PRESS}")).status_code == 204
    assert not listed(api).active


async def test_an_alarm_goes_on_over_a_restart_and_ends_after_it(broker: BrokerUnderTest, tmp_path: Path) -> None:
    async with running_api(broker, tmp_path) as first:
        at = odd(first, teach(first))
        since = listed(first).raised
    async with running_api(broker, tmp_path) as second:
        (opinion,) = second.services.watch.opinions(PRESS)
        assert (opinion.alarm, opinion.since) == (True, since)
        assert next(iter(opinion.because)) == "hydraulic_pressure"
        assert listed(second).active and listed(second).count == 1
        second.services.registry.birth(birth_of(PRESS))
        second.services.watch.event(PRESS, StateChanged(machine=PRESS, epoch=EPOCH, seq=2, t=2, state="producing"))
        at = odd(second, at, SETTLE_ROWS + 10)
        assert listed(second).count == 1
        usual(second, at)
        assert not listed(second).active


async def test_an_alarm_of_which_a_killed_detector_knows_nothing_ends_at_the_start(
    broker: BrokerUnderTest, tmp_path: Path
) -> None:
    """It is saved once a minute; what it thought since is gone, and is thought again if it still holds."""
    async with running_api(broker, tmp_path) as first:
        at = teach(first)
        first.services.alarms.said(PRESS, "detector", "detector", True, at * SECOND, "warning", "press: unusual")
    async with running_api(broker, tmp_path) as second:
        assert not listed(second).active


async def test_what_one_operation_says_does_not_end_the_alarm_of_another(api: Api) -> None:
    at = odd(api, teach(api))
    watch = api.services.watch
    watch.event(PRESS, OperationStarted(machine=PRESS, epoch=EPOCH, seq=9, t=9, operation="punch"))
    at = usual(api, at, LEARN_ROWS + SETTLE_ROWS)
    at = odd(api, at)
    assert sorted(o.mode for o in watch.opinions(PRESS) if o.alarm) == ["press", "punch"]
    at = usual(api, at)
    assert [o.mode for o in watch.opinions(PRESS) if o.alarm] == ["press"]
    assert listed(api).active
    watch.event(PRESS, OperationStarted(machine=PRESS, epoch=EPOCH, seq=10, t=10, operation="press"))
    usual(api, at, SETTLE_ROWS + 200)
    assert not listed(api).active
