"""Ranges that reach beyond now, or beyond all calendars: what has not been yet changes no figure."""

from __future__ import annotations

import pytest
from andon_contracts.messages import (
    ClockMessage,
    ClockSegment,
    LayoutMessage,
    Sample,
    Shift,
    SiteLayout,
    StateChanged,
    Telemetry,
)
from andon_platform.api.models_catalogue import QualityReport
from andon_platform.api.models_spc import SpcChart, StoredView
from andon_platform.data.port import Batch
from support.api_stack import EPOCH, PRESS, Api, birth_of, now_us

MIN = 60_000_000
HOUR = 60 * MIN


@pytest.mark.parametrize("chart", ["c", "u"])
async def test_a_chart_of_stops_has_no_samples_of_hours_to_come(api: Api, chart: str) -> None:
    api.services.registry.birth(birth_of())
    start = now_us() // MIN * MIN - 60 * MIN
    events = [
        StateChanged(machine=PRESS, epoch=EPOCH, seq=i + 1, t=start + i * MIN, state="down" if i % 3 else "producing")
        for i in range(58)
    ]
    await api.store.write(Batch(events=events))
    asked = {"machine": PRESS, "characteristic": "stops", "chart": chart, "every": "5m", "start": start}
    async with api.client("engineer") as client:
        until_now = await client.get("/api/v1/spc/chart", params=asked | {"stop": start + 60 * MIN})
        beyond = await client.get("/api/v1/spc/chart", params=asked | {"stop": start + 180 * MIN})
        kept = await client.post(
            "/api/v1/spc/limits", json=asked | {"start": str(start), "stop": str(start + 4 * HOUR)}
        )
    assert until_now.status_code == beyond.status_code == 200, (until_now.text, beyond.text)
    told, found = (SpcChart.model_validate(x.json()) for x in (until_now, beyond))
    assert found.panels[0].times == told.panels[0].times
    assert found.limits[0].centre == told.limits[0].centre > 0
    stored = StoredView.model_validate(kept.json())
    assert stored.limits[0].centre == told.limits[0].centre
    assert start < stored.limits[0].basis["stop"] <= now_us()


async def test_values_of_minutes_to_come_are_not_missing(api: Api) -> None:
    api.services.registry.birth(birth_of(PRESS))
    start = now_us() // MIN * MIN - 10 * MIN
    machine = api.services.registry.get(PRESS)
    assert machine is not None
    machine.first_seen = start
    rows = [Sample(t=start + i * 1_000_000, values={"oil_temperature": 40.0 + i % 7}) for i in range(600)]
    await api.store.write(Batch(telemetry=[Telemetry(machine=PRESS, epoch=EPOCH, seq=1, samples=rows)]))
    async with api.client("viewer") as client:
        asked = {"machine": PRESS, "start": start, "stop": start + 60 * MIN}
        found = QualityReport.model_validate((await client.get("/api/v1/quality", params=asked)).json())
    (temperature,) = [s for s in found.signals if s.signal == "oil_temperature"]
    assert (temperature.completeness, temperature.gaps) == (1.0, [])
    assert found.stop <= now_us()


@pytest.mark.parametrize(
    ("start", "stop"),
    [
        ("0001-01-01T00:00:00Z", "0001-02-01T00:00:00Z"),
        ("1969-12-31T23:59:59Z", "1970-01-01T00:00:01Z"),
        ("9999-12-30T00:00:00Z", "9999-12-31T23:59:59Z"),
    ],
)
@pytest.mark.parametrize("route", ["oee", "shifts", "spc/chart"])
async def test_a_year_that_nothing_was_stamped_in_is_refused(api: Api, route: str, start: str, stop: str) -> None:
    api.services.registry.birth(birth_of())
    of = {
        "oee": {"machine": PRESS},
        "shifts": {"enterprise": "polaris"},
        "spc/chart": {"machine": PRESS, "characteristic": "stops", "chart": "c"},
    }
    async with api.client("viewer") as client:
        answer = await client.get(f"/api/v1/{route}", params=of[route] | {"start": start, "stop": stop})
    assert answer.status_code == 400, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert "1970 to 2255" in answer.json()["detail"]


@pytest.mark.parametrize("route", ["oee", "shifts"])
async def test_a_fast_plant_has_no_shifts_beyond_all_calendars(api: Api, route: str) -> None:
    """At 3600 plant seconds a second, the year 2200 is more than 9999 in the plant."""
    api.services.registry.birth(birth_of())
    began = now_us() - HOUR
    segments = [ClockSegment(wall=began, plant=began, pace=3600.0)]
    api.services.hub.clocks["polaris"] = ClockMessage(enterprise="polaris", segments=segments)
    api.services.hub.layouts["polaris"] = LayoutMessage(
        enterprise="polaris",
        title="Plant",
        sites=[
            SiteLayout(
                site="north", title="North", latitude=54.3, longitude=10.1, industry="2750", time_zone="Europe/Berlin"
            )
        ],
        shifts=[
            Shift(name="All day", start="00:00", end="23:00", days=["mon", "tue", "wed", "thu", "fri", "sat", "sun"])
        ],
    )
    of = {"oee": {"machine": PRESS}, "shifts": {"enterprise": "polaris"}}[route]
    range = {"start": "2200-01-01T00:00:00Z", "stop": "2200-01-01T00:00:01Z"}
    async with api.client("viewer") as client:
        answer = await client.get(f"/api/v1/{route}", params=of | range)
    assert answer.status_code == 200, answer.text
    if route == "shifts":
        assert answer.json()["shifts"] == []
