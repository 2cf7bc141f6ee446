"""Charts of a signal are of whole means of one length, also where only minutes are left of the past."""

from __future__ import annotations

import pytest
from andon_contracts.messages import Sample, Telemetry
from andon_platform.api.models_spc import CapabilityView, SpcChart, StoredView
from andon_platform.data.history import roll
from andon_platform.data.port import Batch
from support.api_stack import EPOCH, PRESS, Api, birth_of, now_us

SECOND = 1_000_000
MIN = 60 * SECOND
HOUR = 60 * MIN


def wave(t: int) -> float:
    """It rises through each ten seconds, so that a part of them has another mean."""
    return 40.0 + t % (10 * SECOND) / SECOND + t // (10 * SECOND) % 3


async def filled(api: Api, start: int, seconds: int) -> None:
    api.services.registry.birth(birth_of(PRESS))
    samples = [
        Sample(t=start + i * SECOND, values={"oil_temperature": wave(start + i * SECOND)}) for i in range(seconds)
    ]
    await api.store.write(Batch(telemetry=[Telemetry(machine=PRESS, epoch=EPOCH, seq=1, samples=samples)]))


async def test_a_mean_that_the_range_cuts_is_no_value(api: Api) -> None:
    start = now_us() // HOUR * HOUR - 2 * HOUR
    await filled(api, start, 300)
    asked = {"machine": PRESS, "characteristic": "oil_temperature", "every": "10s"}
    cut = {"start": start + 9 * SECOND, "stop": start + 92 * SECOND}
    whole = {"start": start + 10 * SECOND, "stop": start + 90 * SECOND}
    async with api.client("viewer") as client:
        charts = [
            SpcChart.model_validate((await client.get("/api/v1/spc/chart", params=asked | span)).json())
            for span in (cut, whole)
        ]
        studies = [
            CapabilityView.model_validate(
                (await client.get("/api/v1/spc/capability", params=asked | span | {"upper": 60})).json()
            )
            for span in (cut, whole)
        ]
        less = await client.get("/api/v1/spc/chart", params=asked | {"start": start + 1, "stop": start + 19 * SECOND})
    assert charts[0].panels == charts[1].panels
    assert charts[0].limits[0].centre == charts[1].limits[0].centre
    assert len(charts[0].panels[0].values) == 8
    assert studies[0] == studies[1]
    assert less.status_code == 400
    assert "0 values: at least 2 are needed" in less.json()["detail"]


@pytest.mark.parametrize(
    ("chart", "characteristic"), [("individuals", "oil_temperature"), ("xbar-r", "oil_temperature")]
)
async def test_limits_say_how_long_the_means_were_that_they_came_from(
    api: Api, chart: str, characteristic: str
) -> None:
    """Of a past that was filled in, minutes are kept: limits from them are no limits for means of ten seconds."""
    until = now_us() // HOUR * HOUR - 2 * HOUR
    past = until - 2 * HOUR
    times = range(past, until, SECOND)
    values = [wave(t) + t // MIN % 2 for t in times]
    for every in (MIN, HOUR):
        await api.store.write_history([roll(PRESS, EPOCH, characteristic, every, list(times), values)], until)
    await filled(api, until, 1200)
    body = {"machine": PRESS, "characteristic": characteristic, "chart": chart, "every": "10s"}
    long_ago = {"start": str(past), "stop": str(past + HOUR)}
    lately = {"start": str(until), "stop": str(until + 15 * MIN)}
    async with api.client("engineer") as client:
        of_minutes = await client.post("/api/v1/spc/limits", json=body | long_ago)
        assert of_minutes.status_code == 201, of_minutes.text
        stored = StoredView.model_validate(of_minutes.json())
        assert (stored.limits[0].basis["every"], stored.limits[0].basis["count"]) == ("1m", 60)
        cut = {"start": str(past + 10 * SECOND), "stop": str(past + HOUR - 10 * SECOND)}
        within = StoredView.model_validate((await client.post("/api/v1/spc/limits", json=body | cut)).json())
        assert (within.limits[0].basis["every"], within.limits[0].basis["count"]) == ("1m", 58)
        asked = {"machine": PRESS, "characteristic": characteristic, "chart": chart}
        later = await client.get("/api/v1/spc/chart", params=asked | lately | {"limits": stored.id})
        assert len(SpcChart.model_validate(later.json()).panels[0].values) == (15 if chart == "individuals" else 3)

        of_seconds = StoredView.model_validate((await client.post("/api/v1/spc/limits", json=body | lately)).json())
        assert of_seconds.limits[0].basis["every"] == "10s"
        before = await client.get("/api/v1/spc/chart", params=asked | long_ago | {"limits": of_seconds.id})
        assert before.status_code == 400, before.text
        assert "only means of 1m are left" in before.json()["detail"]
