"""Control charts over the API: limits estimated, kept, used on later values; capability; what cannot be charted."""

from __future__ import annotations

import pytest
from andon_contracts.messages import Event, OperationFinished, Sample, Telemetry
from andon_platform.api.models_spc import CapabilityView, LimitsList, SpcChart, StoredView
from andon_platform.data.port import Batch
from support.api_stack import EPOCH, PRESS, Api, birth_of, now_us
from unit.analytics.test_spc_charts import NIST_EWMA, NIST_INDIVIDUALS

MIN = 60_000_000


async def measured(api: Api, values: list[float], start: int, seq: int = 1) -> None:
    api.services.registry.birth(birth_of(PRESS))
    events: list[Event] = [
        OperationFinished(
            machine=PRESS, epoch=EPOCH, seq=seq + i, t=start + i * 1_000_000, operation="p", measured={"flatness_mm": v}
        )
        for i, v in enumerate(values)
    ]
    await api.store.write(Batch(events=events))


def asked(start: int, stop: int, **more: object) -> dict[str, object]:
    return {"machine": PRESS, "characteristic": "flatness_mm", "start": start, "stop": stop} | more


async def test_limits_of_the_handbook_are_kept_and_judge_later_values(api: Api) -> None:
    start = now_us() // MIN * MIN - 60 * MIN
    await measured(api, NIST_INDIVIDUALS, start)
    later = start + 30 * MIN
    await measured(api, [51.0, 49.0, 57.0, 50.0], later, seq=100)
    async with api.client("engineer") as client:
        answer = await client.get("/api/v1/spc/chart", params=asked(start, start + 10 * MIN))
        first = SpcChart.model_validate(answer.json())
        assert first.phase == 1
        assert first.limits[0].upper == pytest.approx(55.8041, abs=5e-4)
        assert first.limits[0].basis["count"] == 10
        assert first.panels[0].violations == []
        assert [p.name for p in first.panels] == ["value", "moving range"]
        body = {
            "machine": PRESS, "characteristic": "flatness_mm", "start": str(start), "stop": str(start + 10 * MIN),
        }  # fmt: skip
        kept = await client.post("/api/v1/spc/limits", json=body)
        assert kept.status_code == 201, kept.text
        stored = StoredView.model_validate(kept.json())
        assert stored.limits[0].basis["start"] == start
        answer = await client.get("/api/v1/spc/chart", params=asked(later, later + MIN, limits=stored.id))
        second = SpcChart.model_validate(answer.json())
        assert second.phase == 2
        assert second.limits[0] == stored.limits[0]
        assert [(v.rule, v.index) for v in second.panels[0].violations] == [("nelson-1", 2)]
        listed = LimitsList.model_validate((await client.get("/api/v1/spc/limits", params={"machine": PRESS})).json())
        assert [x.id for x in listed.limits] == [stored.id]
        assert (await client.delete(f"/api/v1/spc/limits/{stored.id}")).status_code == 204
        assert (await client.delete(f"/api/v1/spc/limits/{stored.id}")).status_code == 404


@pytest.mark.parametrize(
    ("chart", "panels"),
    [("xbar-r", 2), ("xbar-s", 2), ("ewma", 1), ("cusum", 2)],
)
async def test_every_kind_of_chart(api: Api, chart: str, panels: int) -> None:
    start = now_us() // MIN * MIN - 60 * MIN
    values = [50 + (i * 37 % 11) / 10 for i in range(40)] + [53.0] * 10
    await measured(api, values, start)
    async with api.client("viewer") as client:
        size = {"size": 5} if chart.startswith("xbar") else {}
        answer = await client.get("/api/v1/spc/chart", params=asked(start, start + 10 * MIN, chart=chart, **size))
        found = SpcChart.model_validate(answer.json())
    assert len(found.panels) == panels
    assert all(len(p.values) == len(p.times) == len(p.lower) == len(p.upper) for p in found.panels)
    assert any(v.index > len(found.panels[0].values) * 0.7 for p in found.panels for v in p.violations)


async def test_how_quick_ewma_and_cusum_are_is_asked_for_and_kept(api: Api) -> None:
    start = now_us() // MIN * MIN - 60 * MIN
    await measured(api, NIST_EWMA, start)
    async with api.client("engineer") as client:

        async def chart(**more: object) -> SpcChart:
            answer = await client.get("/api/v1/spc/chart", params=asked(start, start + 10 * MIN, **more))
            assert answer.status_code == 200, answer.text
            return SpcChart.model_validate(answer.json())

        (usual,) = (await chart(chart="ewma")).limits
        assert (usual.parameters["weight"], usual.width) == (0.2, 3.0)
        (slow,) = (await chart(chart="ewma", weight=0.05, width=2.6)).limits
        assert (slow.parameters["weight"], slow.width) == (0.05, 2.6)
        sigma = slow.parameters["sigma_value"]
        assert slow.upper - slow.centre == pytest.approx(2.6 * sigma * (0.05 / 1.95) ** 0.5)
        (found,) = (await chart(chart="cusum", k=0.25, h=8)).limits
        assert (found.upper, found.parameters["allowance"]) == pytest.approx((8 * found.sigma, 0.25 * found.sigma))
        # kept limits judge later values as quickly as they were made to
        body = asked(start, start + 10 * MIN, chart="ewma", weight=0.3) | {"start": str(start), "stop": "now"}
        stored = StoredView.model_validate((await client.post("/api/v1/spc/limits", json=body)).json())
        assert stored.limits[0].parameters["weight"] == 0.3
        later = await chart(chart="ewma", limits=stored.id)
        assert later.limits[0] == stored.limits[0]
        for odd, said in (
            ({"chart": "ewma", "h": 4}, "no h; it takes sigma, target, weight, width"),
            ({"chart": "individuals", "weight": 0.1}, "only ewma, cusum and t2"),
            ({"chart": "ewma", "limits": stored.id, "weight": 0.1}, "kept with their own weight"),
        ):
            refused = await client.get("/api/v1/spc/chart", params=asked(start, start + MIN, **odd))
            assert refused.status_code == 400
            assert said in refused.json()["detail"]
        assert (
            await client.get("/api/v1/spc/chart", params=asked(start, start + MIN, chart="ewma", weight=0))
        ).is_error


async def test_a_signals_means_on_a_chart_and_its_own_limits_for_capability(api: Api) -> None:
    start = now_us() // MIN * MIN - 60 * MIN
    api.services.registry.birth(birth_of(PRESS))
    telemetry = [
        Telemetry(
            machine=PRESS, epoch=EPOCH, seq=i + 1,
            samples=[Sample(t=start + i * 1_000_000, values={"oil_temperature": 40.0 + i % 3})],
        )
        for i in range(100)
    ]  # fmt: skip
    await api.store.write(Batch(telemetry=telemetry))
    params = {"machine": PRESS, "characteristic": "oil_temperature", "start": start, "stop": start + 10 * MIN}
    async with api.client("viewer") as client:
        chart = SpcChart.model_validate(
            (await client.get("/api/v1/spc/chart", params=params | {"every": "10s"})).json()
        )
        assert (len(chart.panels[0].values), chart.unit) == (10, "Cel")
        found = CapabilityView.model_validate(
            (
                await client.get("/api/v1/spc/capability", params=params | {"every": "1s", "lower": 30, "upper": 52})
            ).json()
        )
        assert found.count == 100
        assert found.cp.low is not None
        assert found.cp.value is not None
        assert found.cp.low < found.cp.value
        none = await client.get("/api/v1/spc/capability", params=params | {"every": "1s"})
        assert none.status_code == 400
        assert "no specification limit" in none.json()["detail"]
        for odd in ({"lower": "nan"}, {"upper": "inf"}, {"lower": 30, "target": "-inf"}):
            answer = await client.get("/api/v1/spc/capability", params=params | {"every": "1s"} | odd)
            assert answer.status_code == 422, (odd, answer.text)


async def test_what_cannot_be_charted_is_said(api: Api) -> None:
    start = now_us() // MIN * MIN - 60 * MIN
    await measured(api, [50.0], start)
    stop = start + 10 * MIN
    async with api.client("viewer") as client:
        for params, status, said in (
            (asked(start, stop), 400, "at least 2"),
            (asked(start, stop) | {"characteristic": "nix"}, 404, "flatness_mm"),
            (asked(start, stop, every="10s"), 400, "no buckets"),
            (asked(start, stop, limits="nix"), 404, "no limits"),
            (asked(start, stop) | {"machine": PRESS + "x"}, 404, "no machine"),
        ):
            answer = await client.get("/api/v1/spc/chart", params=params)
            assert (answer.status_code, said in answer.json()["detail"]) == (status, True), answer.text
        body = {"machine": PRESS, "characteristic": "flatness_mm"}
        assert (await client.post("/api/v1/spc/limits", json=body)).status_code == 403
