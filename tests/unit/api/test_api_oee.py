"""OEE over the API: from the events of a store, on a running shift, with a plant clock and late data."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from andon_contracts.messages import (
    ClockMessage,
    ClockSegment,
    Event,
    LayoutMessage,
    LineLayout,
    OperationFinished,
    PiecesCounted,
    Shift,
    SiteLayout,
    StateChanged,
    Station,
)
from andon_platform.analytics.history import BLOCK_US, SETTLE_US, EventHistory
from andon_platform.api.models_oee import OeeReport, ShiftList
from andon_platform.data.memory import MemoryStore
from andon_platform.data.port import Batch, EventQuery
from support.api_stack import BEND, EPOCH, PRESS, Api, birth_of, now_us

MIN = 60_000_000
DAY_US = 1440 * MIN


def state(path: str, seq: int, t: int, name: str, reason: str = "") -> StateChanged:
    return StateChanged(machine=path, epoch=EPOCH, seq=seq, t=t, state=name, reason=reason)  # type: ignore[arg-type]


def worked(path: str, start: int) -> list[Event]:
    """Ten minutes: six producing, one set-up, two down, one starved; 20 pieces at 15 s, two of them scrap."""
    events: list[Event] = [
        state(path, 1, start, "producing"),
        state(path, 2, start + 4 * MIN, "down", "jam"),
        state(path, 3, start + 6 * MIN, "setup"),
        state(path, 4, start + 7 * MIN, "producing"),
        state(path, 5, start + 9 * MIN, "starved", "no panels"),
    ]
    for i in range(20):
        t = start + (i + 1) * 10_000_000
        events.append(OperationFinished(machine=path, epoch=EPOCH, seq=10 + 2 * i, t=t, operation="p", planned_s=15))
        events.append(PiecesCounted(machine=path, epoch=EPOCH, seq=11 + 2 * i, t=t, good=int(i > 1), scrap=int(i < 2)))
    return events


async def filled(api: Api, paths: Sequence[str] = (PRESS,)) -> int:
    start = now_us() // MIN * MIN - 30 * MIN
    for path in paths:
        api.services.registry.birth(birth_of(path))
        await api.store.write(Batch(events=worked(path, start)))
    return start


async def test_a_machines_figures(api: Api) -> None:
    start = await filled(api)
    async with api.client("viewer") as client:
        asked = {"machine": PRESS, "start": start, "stop": start + 10 * MIN}
        answer = await client.get("/api/v1/oee", params=asked)
    assert answer.status_code == 200, answer.text
    found = OeeReport.model_validate(answer.json())
    one = found.machines[0]
    assert one.times_s["APT"] == 360
    assert (one.times_s["ASUT"], one.times_s["ADET"], one.times_s["PBT"]) == (60, 180, 600)
    assert one.pieces == {"PQ": 20, "GQ": 18, "SQ": 2}
    assert one.kpis.availability == pytest.approx(0.6)
    assert one.kpis.effectiveness == pytest.approx(20 * 15 / 360)
    assert one.kpis.quality_ratio == pytest.approx(0.9)
    assert one.kpis.oee == pytest.approx(0.6 * 300 / 360 * 0.9)
    assert one.kpis.mtbf_s == 420  # operating time between failures holds setup, and no delays
    assert one.kpis.mttr_s == 120
    assert (one.losses[0].state, one.losses[0].reason) == ("down", "jam")
    assert one.waterfall[0].name == "calendar"
    assert found.formulas["availability"] == "APT / PBT"


async def test_late_data_corrects_a_figure_that_was_shown_before(api: Api) -> None:
    start = await filled(api)
    late = state(PRESS, 90, start + MIN, "down", "late news")
    async with api.client("viewer") as client:
        asked = {"machine": PRESS, "start": start, "stop": start + 10 * MIN}
        before = (await client.get("/api/v1/oee", params=asked)).json()["machines"][0]
        await api.store.write(Batch(events=[late]))
        api.services.history.note(late)
        after = (await client.get("/api/v1/oee", params=asked)).json()["machines"][0]
    assert (before["times_s"]["APT"], after["times_s"]["APT"]) == (360, 180)
    assert after["times_s"]["down"] == 120 + 180


async def test_pace_stretches_what_was_done_then(api: Api) -> None:
    start = await filled(api)
    segments = [
        ClockSegment(wall=1, plant=1, pace=1.0),
        ClockSegment(wall=start + 7 * MIN, plant=start + 7 * MIN, pace=60),
    ]
    api.services.hub.clocks["polaris"] = ClockMessage(enterprise="polaris", segments=segments)
    async with api.client("viewer") as client:
        asked = {"machine": PRESS, "start": start, "stop": start + 10 * MIN}
        times = (await client.get("/api/v1/oee", params=asked)).json()["machines"][0]["times_s"]
    assert times["APT"] == 240 + 2 * 60 * 60
    assert times["starved"] == 60 * 60


def layout(now: int) -> LayoutMessage:
    shifts = [
        Shift(name=f"S{i}", start=f"{8 * i:02}:00", end=f"{8 * i + 8:02}:00" if i < 2 else "00:00", days=list(DAYS))
        for i in range(3)
    ]
    line = LineLayout(
        path="polaris/north/cabinets/cabinets-1",
        title="Line 1",
        stations=[Station(machine=PRESS), Station(machine=BEND)],
    )
    site = SiteLayout(site="north", title="N", latitude=0, longitude=0, industry="2750", time_zone="UTC", lines=[line])
    return LayoutMessage(enterprise="polaris", title="P", sites=[site], shifts=shifts)


DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


async def test_the_running_shift_of_a_line_with_its_bottleneck(api: Api) -> None:
    await filled(api, (PRESS, BEND))
    api.services.hub.layouts["polaris"] = layout(now_us())
    async with api.client("viewer") as client:
        answer = await client.get("/api/v1/oee", params={"place": "polaris/north/cabinets", "shift": "current"})
        found = OeeReport.model_validate(answer.json())
        assert found.shift is not None
        assert found.shift.start <= now_us() < found.shift.stop
        assert found.stop <= now_us()
        assert {m.machine for m in found.machines} == {PRESS, BEND}
        previous = await client.get("/api/v1/oee", params={"place": "polaris/north", "shift": "previous"})
        assert previous.json()["stop"] == found.shift.start
        listed = ShiftList.model_validate((await client.get("/api/v1/shifts", params={"enterprise": "polaris"})).json())
    assert len(listed.shifts) == 4
    assert [s.stop for s in listed.shifts[:-1]] == [s.start for s in listed.shifts[1:]]


async def test_what_cannot_be_answered_is_said(api: Api) -> None:
    await filled(api)
    async with api.client("viewer", tenant="polaris") as client:
        for params, status in (
            ({"machine": "polaris/north/cabinets/cabinets-1/nix-1"}, 404),
            ({"place": "acme"}, 404),
            ({"machine": PRESS, "start": "now", "stop": "-1h"}, 400),
            ({"machine": PRESS, "shift": "current"}, 404),
            ({"place": "polaris/south"}, 404),
        ):
            answer = await client.get("/api/v1/oee", params=params)
            assert answer.status_code == status, (params, answer.text)
            assert answer.headers["content-type"] == "application/problem+json"
        asked = {"machine": PRESS, "shift": "current", "or_range": "true", "start": "-1h"}
        ranged = OeeReport.model_validate((await client.get("/api/v1/oee", params=asked)).raise_for_status().json())
    assert ranged.shift is None
    assert ranged.stop - ranged.start == 3_600_000_000


# --- the history behind it ----------------------------------------------------------------------------------


class Counting(MemoryStore):
    """Counts what is asked."""

    asked = 0

    async def events(self, query: EventQuery) -> list[Event]:
        self.asked += 1
        return await super().events(query)


async def test_blocks_that_are_over_are_read_once_and_again_when_something_late_was_heard() -> None:
    store, clock = Counting(), [100 * BLOCK_US]
    history = EventHistory(store, lambda: clock[0])
    await store.write(Batch(events=worked(PRESS, 95 * BLOCK_US)))
    first = await history.of(PRESS, 95 * BLOCK_US, 97 * BLOCK_US)
    assert len(first[1]) == 45
    asked = store.asked
    assert await history.of(PRESS, 95 * BLOCK_US, 97 * BLOCK_US) == first
    assert store.asked == asked
    late = state(PRESS, 99, 95 * BLOCK_US + 5, "idle")
    history.note(late)
    # it was heard, but ingest has not written it yet: the block must not be kept without it
    assert len((await history.of(PRESS, 95 * BLOCK_US, 97 * BLOCK_US))[1]) == 45
    await store.write(Batch(events=[late]))
    assert len((await history.of(PRESS, 95 * BLOCK_US, 97 * BLOCK_US))[1]) == 46
    clock[0] += SETTLE_US + 1
    await history.of(PRESS, 95 * BLOCK_US, 97 * BLOCK_US)
    asked = store.asked
    assert len((await history.of(PRESS, 95 * BLOCK_US, 97 * BLOCK_US))[1]) == 46
    assert store.asked == asked


async def test_the_state_before_is_found_and_follows_late_news() -> None:
    store, clock = Counting(), [100 * BLOCK_US]
    history = EventHistory(store, lambda: clock[0])
    await store.write(Batch(events=[state(PRESS, 1, 10 * BLOCK_US, "producing")]))
    before, events = await history.of(PRESS, 95 * BLOCK_US, 96 * BLOCK_US)
    assert (before and before.state, events) == ("producing", [])
    late = state(PRESS, 2, 11 * BLOCK_US, "down")
    await store.write(Batch(events=[late]))
    history.note(late)
    before, _ = await history.of(PRESS, 95 * BLOCK_US, 96 * BLOCK_US)
    assert before is not None
    assert before.state == "down"


async def test_more_events_than_one_answer_holds() -> None:
    store = MemoryStore()
    history = EventHistory(store, lambda: 100 * BLOCK_US)
    counts = [PiecesCounted(machine=PRESS, epoch=1, seq=i + 1, t=90 * BLOCK_US + i // 3, good=1) for i in range(25_000)]
    await store.write(Batch(events=list(counts)))
    _, events = await history.of(PRESS, 90 * BLOCK_US, 91 * BLOCK_US)
    assert len(events) == 25_000


async def test_a_question_is_answered_although_its_blocks_are_given_up_or_heard_of_meanwhile() -> None:
    """A month of a plant is more blocks than are kept, and late news come at any time."""
    late: list[EventHistory] = []

    class Meanwhile(MemoryStore):
        async def events(self, query: EventQuery) -> list[Event]:
            for history in late:
                history.note(state(PRESS, 99, 95 * BLOCK_US + 5, "idle"))
            return await super().events(query)

    store = Meanwhile()
    await store.write(Batch(events=[*worked(PRESS, 95 * BLOCK_US), *worked(BEND, 95 * BLOCK_US)]))
    few = EventHistory(store, lambda: 200 * BLOCK_US, most=2)
    found = await few.of_all([PRESS, BEND], 94 * BLOCK_US, 97 * BLOCK_US)
    found = await few.of_all([PRESS, BEND], 94 * BLOCK_US, 98 * BLOCK_US)
    assert {path: len(events) for path, (_, events) in found.items()} == {PRESS: 45, BEND: 45}
    history = EventHistory(store, lambda: 200 * BLOCK_US)
    await history.of(PRESS, 95 * BLOCK_US, 96 * BLOCK_US)
    late.append(history)
    assert len((await history.of(PRESS, 95 * BLOCK_US, 97 * BLOCK_US))[1]) == 45


async def test_what_is_over_is_read_ahead_and_not_again() -> None:
    store, now = Counting(), 100 * BLOCK_US + 2 * SETTLE_US
    history = EventHistory(store, lambda: now)
    await store.write(Batch(events=worked(PRESS, 95 * BLOCK_US)))
    await history.read_ahead(PRESS, 95 * BLOCK_US, now)
    asked = store.asked
    await history.read_ahead(PRESS, 95 * BLOCK_US, now)
    assert len((await history.of(PRESS, 95 * BLOCK_US, 100 * BLOCK_US))[1]) == 45
    assert store.asked == asked
    await history.of(PRESS, 95 * BLOCK_US, now)
    assert store.asked == asked + 1, "the block that is not over"


@pytest.mark.parametrize("days", [0.1, 1, 30])
async def test_the_state_before_is_looked_for_near_by_first(days: float) -> None:
    store, now = Counting(), 10_000 * BLOCK_US
    history = EventHistory(store, lambda: now)
    long_ago = state(PRESS, 1, now - 80 * DAY_US, "down")
    await store.write(Batch(events=[long_ago, state(PRESS, 2, now - int(days * DAY_US), "producing")]))
    before, _ = await history.of(PRESS, now - BLOCK_US, now)
    assert before is not None
    assert (before.state, store.asked) == ("producing", {0.1: 2, 1: 3, 30: 4}[days])
