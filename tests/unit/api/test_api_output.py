"""Output against plan over the API: at the plant's pace, from its own midnight or its own beginning."""

from __future__ import annotations

from andon_contracts.messages import (
    ClockMessage,
    ClockSegment,
    LayoutMessage,
    LineLayout,
    PiecesCounted,
    SiteLayout,
    StateChanged,
    Station,
)
from andon_platform.api.models_output import OutputReport
from andon_platform.data.port import Batch
from support.api_stack import BEND, EPOCH, PRESS, Api, now_us

MIN = 60_000_000
LINE = "polaris/north/cabinets/cabinets-1"


def plant(api: Api, takt_s: float, born: int, pace: float = 1.0) -> None:
    """Without shifts all time is planned."""
    stations = [Station(machine=PRESS, feeds=[BEND]), Station(machine=BEND)]
    line = LineLayout(path=LINE, title="Line 1", stations=stations, takt_s=takt_s)
    site = SiteLayout(site="north", title="N", latitude=0, longitude=0, industry="2750", time_zone="UTC", lines=[line])
    api.services.hub.layouts["polaris"] = LayoutMessage(enterprise="polaris", title="P", sites=[site])
    # plant time stands at noon of a day, so that no test runs over midnight
    noon = 1_795_000_000 // 86_400 * 86_400 * 1_000_000 + 12 * 60 * MIN
    clock = ClockMessage(enterprise="polaris", segments=[ClockSegment(wall=born, plant=noon, pace=pace)])
    api.services.hub.clocks["polaris"] = clock


def counted(path: str, seq: int, t: int, good: int) -> PiecesCounted:
    return PiecesCounted(machine=path, epoch=EPOCH, seq=seq, t=t, good=good, scrap=0)


async def asked(api: Api) -> OutputReport:
    async with api.client("viewer") as client:
        answer = await client.get("/api/v1/output", params={"enterprise": "polaris"})
    assert answer.status_code == 200, answer.text
    return OutputReport.model_validate(answer.json())


async def test_good_pieces_at_the_lines_end_against_takts_since_the_plant_began(api: Api) -> None:
    born = now_us() - 10 * MIN - 30_000_000
    plant(api, 60.0, born)
    await api.store.write(Batch(events=[counted(BEND, 1, born + MIN, 4), counted(PRESS, 1, born + MIN, 9)]))
    found = await asked(api)
    line = found.lines[0]
    assert (line.line, line.takt_s, line.good, line.due) == (LINE, 60.0, 4, 10)
    assert (line.due_day, line.planned_day_s) == (12 * 60, 12 * 3600)
    assert found.together.model_dump() == {"good": 4, "due": 10, "due_day": 720}
    assert found.start == born


async def test_a_past_that_was_filled_in_counts_and_asks_too(api: Api) -> None:
    born = now_us() - 10 * MIN - 30_000_000
    plant(api, 60.0, born)
    first = born - 60 * MIN
    past = StateChanged(machine=PRESS, epoch=EPOCH, seq=1, t=first, state="producing")
    await api.store.write(Batch(events=[past, counted(BEND, 2, first + MIN, 50)]))
    found = await asked(api)
    assert (found.together.good, found.together.due) == (50, 70)
    assert found.start == first


async def test_a_fast_plant_owes_more(api: Api) -> None:
    plant(api, 60.0, now_us() - MIN - 500_000, pace=60)
    due = (await asked(api)).together.due
    assert due is not None
    assert 60 <= due < 70


async def test_without_a_takt_there_is_output_and_no_plan(api: Api) -> None:
    born = now_us() - 10 * MIN
    plant(api, 0.0, born)
    await api.store.write(Batch(events=[counted(BEND, 1, born + MIN, 4)]))
    found = await asked(api)
    assert found.together.model_dump() == {"good": 4, "due": None, "due_day": None}
    assert found.lines[0].takt_s is None


async def test_an_unknown_plant_and_another_tenants_are_not_found(api: Api) -> None:
    plant(api, 60.0, now_us())
    async with api.client("viewer", tenant="acme") as client:
        for name in ("polaris", "acme"):
            answer = await client.get("/api/v1/output", params={"enterprise": name})
            assert answer.status_code == 404
            assert answer.headers["content-type"] == "application/problem+json"
