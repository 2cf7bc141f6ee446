"""What a shift's figures are made of is in memory before anyone opens the page."""

from __future__ import annotations

import asyncio
import datetime as dt

import pytest
import pytest_asyncio
from andon_contracts.codec import encode
from andon_contracts.messages import Event, LayoutMessage, Shift, SiteLayout, StateChanged
from andon_platform.analytics.history import BLOCK_US, SETTLE_US
from andon_platform.api.ahead import ReadingAhead
from andon_platform.data.errors import StoreUnavailable
from andon_platform.data.port import Batch, EventQuery
from support.api_stack import BEND, EPOCH, OTHER, PRESS, Api, birth_of, now_us
from support.waiting import until

HOUR = 3_600_000_000
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
PATHS = (PRESS, BEND)


def layout(begun: dt.datetime) -> LayoutMessage:
    """One shift of eight hours a day, which began at ``begun``."""
    ends = begun + dt.timedelta(hours=8)
    shift = Shift(name="day", start=f"{begun:%H:%M}", end=f"{ends:%H:%M}", days=list(DAYS))
    site = SiteLayout(site="north", title="N", latitude=0, longitude=0, industry="2750", time_zone="UTC", lines=[])
    return LayoutMessage(enterprise="polaris", title="P", sites=[site], shifts=[shift])


def tasks(name: str) -> list[asyncio.Task[object]]:
    return [task for task in asyncio.all_tasks() if task.get_name() == name]


@pytest_asyncio.fixture
async def asked(api: Api, monkeypatch: pytest.MonkeyPatch) -> list[EventQuery]:
    """The questions for events that reach the store, once the API has caught up and only the test reads ahead."""
    await until(lambda: not tasks("api-catch-up"), what="having caught up")
    running = tasks("api-ahead")
    assert running
    for task in running:
        task.cancel()
    await asyncio.wait(running)
    found: list[EventQuery] = []
    answer = api.store.events

    async def noted(query: EventQuery) -> list[Event]:
        found.append(query)
        return await answer(query)

    monkeypatch.setattr(api.store, "events", noted)
    return found


async def plant(api: Api) -> dt.datetime:
    """Two machines that worked for a day, in a shift that began four hours ago."""
    begun = dt.datetime.now(dt.UTC).replace(second=0, microsecond=0) - dt.timedelta(hours=4)
    start = int(begun.timestamp()) * 1_000_000
    for path in PATHS:
        api.services.registry.birth(birth_of(path))
        states = [("producing", 0), ("starved", HOUR)]
        await api.store.write(
            Batch(
                events=[
                    StateChanged(machine=path, epoch=EPOCH, seq=2 * h + i, t=start + h * 2 * HOUR + t, state=name)  # type: ignore[arg-type]
                    for h in range(-12, 2)
                    for i, (name, t) in enumerate(states)
                ]
            )
        )
    api.services.hub.layouts["polaris"] = layout(begun)
    return begun


@pytest.mark.parametrize("shift", ["current", "previous"])
async def test_a_page_asks_the_store_for_what_is_not_over_only(api: Api, asked: list[EventQuery], shift: str) -> None:
    await plant(api)
    await ReadingAhead(api.services).turn()
    read = [query for query in asked if query.machine in PATHS]
    assert read
    del asked[:]
    async with api.client("viewer") as client:
        params = {"place": "polaris/north/cabinets", "shift": shift}
        report = (await client.get("/api/v1/oee", params=params)).raise_for_status().json()
    assert {m["machine"]: m["times_s"]["APT"] for m in report["machines"]} == dict.fromkeys(
        PATHS, 7200 if shift == "current" else 14_400
    )
    assert [query for query in asked if query.start < now_us() - 2 * BLOCK_US - SETTLE_US] == []


async def test_a_turn_asks_nothing_twice_but_all_after_a_silence(api: Api, asked: list[EventQuery]) -> None:
    await plant(api)
    ahead = ReadingAhead(api.services)
    await ahead.turn()
    first = len(asked)
    await ahead.turn()
    assert len(asked) - first <= len(PATHS), "a block may have ended between the turns"
    api.services.history.forget()
    await ahead.turn()
    assert len(asked) >= 2 * first


async def test_a_store_that_is_away_is_asked_again_at_the_next_turn(
    api: Api, asked: list[EventQuery], monkeypatch: pytest.MonkeyPatch
) -> None:
    await plant(api)
    answer = api.store.events

    async def away(query: EventQuery) -> list[Event]:
        raise StoreUnavailable("the store is away")

    ahead = ReadingAhead(api.services)
    monkeypatch.setattr(api.store, "events", away)
    await ahead.turn()
    monkeypatch.setattr(api.store, "events", answer)
    del asked[:]
    await ahead.turn()
    assert {query.machine for query in asked} >= set(PATHS)


async def test_a_calendar_that_comes_after_the_machines_is_not_waited_for(
    api: Api, asked: list[EventQuery], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when the API starts: the registry knows the machines, and the broker tells the layout a moment later."""
    begun = await plant(api)
    api.services.hub.layouts.clear()
    monkeypatch.setattr("andon_platform.api.ahead.EVERY_S", 3600.0)
    turns = 0
    ahead = ReadingAhead(api.services)
    turn = ahead.turn

    async def counted() -> None:
        nonlocal turns
        await turn()
        turns += 1

    monkeypatch.setattr(ahead, "turn", counted)
    running = asyncio.create_task(ahead.run())
    try:
        await until(lambda: turns == 1, what="a turn without a calendar")
        assert asked == []
        api.services.hub.receive("andon/v1/polaris/layout", encode(layout(begun)))
        await until(lambda: {query.machine for query in asked} >= set(PATHS), what="reading ahead of the new calendar")
    finally:
        running.cancel()
        await asyncio.wait([running])


async def test_a_plant_without_a_calendar_has_nothing_to_read(api: Api, asked: list[EventQuery]) -> None:
    api.services.registry.birth(birth_of(OTHER))
    await ReadingAhead(api.services).turn()
    assert [query for query in asked if query.machine == OTHER] == []
