"""What `andon doctor` asks the API: quarantine with its reason, clocks that differ, machines that are away."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import httpx
import pytest
from andon_cli.doctor.edges import edges
from andon_cli.doctor.finding import Finding, Place
from andon_cli.doctor.hops import through_the_api
from andon_platform.api.models_edges import EdgeAccount
from andon_platform.data.port import Batch, Quarantined
from support.api_stack import BEND, PRESS, Api, MachineOnTheWire, machine_on_the_wire, now_us
from support.waiting import until

PLACE = Place(lambda name: f"the log of {name}")


async def asked(
    api: Api, now: Callable[[], float] = time.time, url: str = "", connected: int = 0, edge: str = ""
) -> dict[str, Finding]:
    def ask() -> dict[str, Finding]:
        headers = {"Authorization": f"Bearer {api.token('admin')}"}
        with httpx.Client(base_url=url or api.url, headers=headers, trust_env=False, timeout=60) as client:
            return {f.hop: f for f in through_the_api(client, PLACE, now, connected=connected, edge=edge)}

    return await asyncio.to_thread(ask)


async def test_all_is_well_but_for_the_pages_which_are_not_there(api: Api, press: MachineOnTheWire) -> None:
    await press.measures(t=now_us(), hydraulic_pressure=181.5)
    await until(lambda: api.services.hub.latest.get(PRESS), what="the value")
    hops = await asked(api)
    assert hops["store and API"].well and hops["live stream"].well and hops["quarantine"].well
    assert hops["registry"].seen.startswith("1 of ")
    assert (hops["pages"].well, hops["pages"].remedy) == (False, "the log of apps")


@pytest.mark.parametrize(("reason", "remedy"), [("future", "set the clock"), ("malformed-json", "data page")])
async def test_a_machine_whose_messages_all_go_to_quarantine_is_no_riddle(api: Api, reason: str, remedy: str) -> None:
    topic = f"andon/v1/{PRESS}/telemetry"
    await api.store.write(Batch(quarantined=[Quarantined("q-1", now_us(), topic, b"{}", reason, "by 2 h", PRESS)]))
    late = (await asked(api))["quarantine"]
    assert not late.well and f"{reason} (by 2 h) on {topic}" in late.seen and remedy in late.remedy
    # what lies there for long is history, and no trouble of now
    assert (await asked(api, lambda: time.time() + 3600))["quarantine"].well


@pytest.mark.parametrize(("off_s", "says"), [(-60, "60 s ahead"), (60, "60."), (0, "s old")])
async def test_a_clock_that_differs_is_told(api: Api, press: MachineOnTheWire, off_s: float, says: str) -> None:
    await press.measures(t=now_us(), hydraulic_pressure=181.5)
    await until(lambda: api.services.hub.latest.get(PRESS), what="the value")
    t = time.time()
    live = (await asked(api, lambda: t + off_s))["live stream"]
    assert says in live.seen and live.well == (not off_s) and ("clock" in live.remedy) == bool(off_s)


async def test_an_api_that_is_away_is_one_finding(api: Api) -> None:
    (only,) = (await asked(api, url="http://127.0.0.1:9")).values()
    assert not only.well and only.remedy == "the log of api"


async def test_a_machine_whose_messages_the_broker_drops_is_named(api: Api, press: MachineOnTheWire) -> None:
    async with machine_on_the_wire(api.broker, BEND) as silent:
        await silent.born()
        await until(lambda: api.services.registry.get(BEND), what="the birth in the registry")
        assert (await asked(api, connected=2))["registry"].well
        await silent.dies()
        await until(lambda: not online(api, BEND), what="its death in the registry")
        assert (await asked(api, connected=1))["registry"].well  # switched off, and no trouble
        dropped = (await asked(api, connected=2))["registry"]
        assert not dropped.well and "bend-1, although the edge is connected for 2" in dropped.seen
        assert "permissions" in dropped.remedy
        await silent.publish("birth", b"", retain=True)


async def test_where_no_machine_is_online_it_says_how_the_edge_is_and_asks_nothing(api: Api) -> None:
    for edge, says in [("", "the log of edge"), ("the edge began 3 s ago", "the edge began 3 s ago")]:
        found = (await asked(api, edge=edge))["registry"]
        assert not found.well and "?" not in found.remedy
        assert found.remedy == f"no machine has announced itself; {says}"
    dropped = (await asked(api, connected=16))["registry"]
    assert "although the edge is connected for 16" in dropped.seen and "permissions" in dropped.remedy
    api.services.feed.connected.clear()
    still = (await asked(api, connected=16))["registry"]  # a broker that nobody reaches has dropped nothing
    assert "although" not in still.seen and "permissions" not in still.remedy and still.follows


async def test_where_the_edge_cannot_be_asked_it_is_known_by_what_it_told_the_platform(api: Api) -> None:
    file = {"text": "machines/press-9.yaml:1: there is no type 'pres' (use press)"}
    link = {"text": "the broker does not take its credential", "count": 1, "machines": [BEND]}
    figures = {"machines": 3, "connected": 2, "pending": 40, "journal_bytes": 4096}
    api.services.edges.say("hall-1", EdgeAccount(**figures, problems=[file, link]))  # type: ignore[arg-type]
    api.services.edges.say("hall-2", EdgeAccount(**figures | {"connected": 3}))
    api.services.edges.say("hall-3", EdgeAccount(**figures, ended=True))
    hops = await asked(api)
    assert (hops["machine files"].seen, hops["machine files"].well) == (file["text"], False)
    hall_1, hall_2, hall_3 = (hops[f"machines of hall-{n}"] for n in (1, 2, 3))
    assert hall_1.seen == f"2 of 3 are connected to the broker; {BEND}: {link['text']}"
    assert not hall_1.well and hall_2.well and hall_2.remedy == ""
    assert "was stopped" in hall_3.seen and hall_3.remedy == "start it; the log of edge"
    # the doctor of a demo asks its edge itself
    assert not any(hop.startswith("machines") for hop in await asked(api, edge="the edge began 60 s ago"))


def test_an_edge_that_fell_silent_is_told_with_how_long() -> None:
    told = {"name": "edge", "t": 1_000_000, "state": "silent", "machines": 3, "connected": 3, "problems": []}
    (found,) = edges([told], PLACE, 45.0)
    assert (found.hop, found.well, found.seen) == ("machines", False, "the edge said nothing for 44 s")


def online(api: Api, path: str) -> bool:
    row = api.services.registry.get(path)
    return row is not None and row.online
