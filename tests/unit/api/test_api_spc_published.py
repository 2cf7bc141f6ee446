"""Published control charts asked for as a user would: measured by operations, counted, told by signals, over HTTP; and
what is awkward has an answer or says why not."""

from __future__ import annotations

import math
import random
from itertools import pairwise
from typing import Any

import httpx
import pytest
from andon_contracts.messages import Sample, SignalSpec, Telemetry
from andon_platform.api.models_spc import CapabilityView, SpcChart, StoredView
from andon_platform.data.port import Batch
from support.api_stack import EPOCH, PRESS, Api, birth_of, now_us
from unit.analytics.test_spc_charts import NIST_EWMA, SHIFTED, pistons
from unit.analytics.test_spc_published import BOILER, HARD_BAKE, PEACHES, VISCOSITY
from unit.api.test_api_spc import asked, measured
from unit.api.test_api_spc_counts import counted

MIN = 60_000_000


def begin() -> int:
    return now_us() // MIN * MIN - 90 * MIN


async def chart(client: httpx.AsyncClient, start: int, minutes: float = 40, **more: object) -> SpcChart:
    answer = await client.get("/api/v1/spc/chart", params=asked(start, start + round(minutes * MIN), **more))
    assert answer.status_code == 200, answer.text
    assert "NaN" not in answer.text
    return SpcChart.model_validate(answer.json())


async def capability(client: httpx.AsyncClient, start: int, **more: object) -> CapabilityView:
    answer = await client.get("/api/v1/spc/capability", params=asked(start, start + 40 * MIN, **more))
    assert answer.status_code == 200, answer.text
    return CapabilityView.model_validate(answer.json())


async def test_piston_rings_and_their_capability_within_subgroups(api: Api) -> None:
    start = begin()
    await measured(api, [v for group in pistons() for v in group], start)
    async with api.client("viewer") as client:
        r = await chart(client, start, chart="xbar-r", size=5)
        s = await chart(client, start, chart="xbar-s", size=5)
        found = await capability(client, start, lower=73.95, upper=74.05, size=5)
        single = await capability(client, start, lower=73.95, upper=74.05)
        few = await client.get(
            "/api/v1/spc/capability", params=asked(start, start + 7_000_000, lower=73.95, upper=74.05, size=5)
        )
    assert [x.kind for x in r.limits] == ["xbar", "range"]
    assert (r.limits[0].lower, r.limits[0].upper) == pytest.approx((73.98805, 74.0143), abs=6e-6)
    assert (r.limits[1].centre, r.limits[1].upper) == pytest.approx((0.02276, 0.04812533), abs=1e-6)
    assert s.limits[1].upper == pytest.approx(0.01930242, abs=1e-7)
    assert all(not panel.violations for panel in (r.panels[1], s.panels[1]))
    assert (found.cp.value, found.cp.low, found.cp.high) == pytest.approx((1.703, 1.491, 1.915), abs=6e-4)
    assert (found.cpk.value, found.cpk.low, found.cpk.high) == pytest.approx((1.663, 1.448, 1.878), abs=6e-4)
    assert found.sigma_within == pytest.approx(0.009785039, abs=1e-9)
    assert single.sigma_within != found.sigma_within
    assert (few.status_code, "at least 2" in few.json()["detail"]) == (400, True)


async def test_hard_bake(api: Api) -> None:
    start = begin()
    await measured(api, [v for group in HARD_BAKE for v in group], start)
    async with api.client("viewer") as client:
        found = await capability(client, start, lower=1, upper=2, size=5)
    # Montgomery 6.2.1: sigma .1398, Cp 1.192
    assert (found.sigma_within, found.cp.value, found.cpk.value) == pytest.approx((0.1398, 1.192, 1.179), abs=6e-4)


async def test_viscosity_in_both_phases(api: Api) -> None:
    start, later = begin(), begin() + 30 * MIN
    await measured(api, VISCOSITY[:3] + VISCOSITY[4:20], start)
    await measured(api, VISCOSITY[20:], later, seq=100)
    async with api.client("engineer") as client:
        body = asked(start, later) | {"start": str(start), "stop": str(start + 10 * MIN)}
        kept = StoredView.model_validate((await client.post("/api/v1/spc/limits", json=body)).json())
        found = await chart(client, later, 10, limits=kept.id, rules="western-electric")
    assert (kept.limits[0].lower, kept.limits[0].upper) == pytest.approx((32.75425, 35.2247), abs=6e-6)
    assert [v.index for v in found.panels[0].violations if v.rule == "western-electric-1"] == [7]


async def test_ewma_and_cusum_of_what_is_estimated(api: Api) -> None:
    """Over HTTP the centre and sigma are the values' own: the first twenty of Montgomery's table 9.1."""
    start = begin()
    await measured(api, SHIFTED, start)
    async with api.client("engineer") as client:
        body = asked(start, start) | {"start": str(start), "stop": str(start + 20_000_000)}
        made = []
        for more in ({"chart": "ewma", "weight": 0.1, "width": 2.7}, {"chart": "cusum", "k": 0.5, "h": 5}):
            kept = StoredView.model_validate((await client.post("/api/v1/spc/limits", json=body | more)).json())
            made.append(await chart(client, start, chart=more["chart"], limits=kept.id))
    ewma, cusum = made
    (e,), (c,) = ewma.limits, cusum.limits
    centre = sum(SHIFTED[:20]) / 20
    sigma = sum(abs(b - a) for a, b in pairwise(SHIFTED[:20])) / 19 / 1.128
    assert (e.centre, e.parameters["sigma_value"], c.sigma) == pytest.approx((centre, sigma, sigma))
    assert ewma.panels[0].values[0] == pytest.approx(0.1 * SHIFTED[0] + 0.9 * centre)
    assert ewma.panels[0].upper[0] == pytest.approx(centre + 2.7 * sigma * 0.1)
    assert cusum.panels[0].upper == pytest.approx([5 * sigma] * 30)


async def test_ewma_and_cusum_from_a_target_and_a_sigma_that_are_known(api: Api) -> None:
    """NIST 6.3.2.4 (target 50, s = 2.0539) and Montgomery, table 9.1 (10 and 1): neither is estimated."""
    start, other = begin(), begin() + 40 * MIN
    await measured(api, NIST_EWMA, start)
    await measured(api, SHIFTED, other, seq=100)
    async with api.client("engineer") as client:
        ewma = await chart(client, start, 10, chart="ewma", weight=0.3, target=50, sigma=2.0539)
        cusum = await chart(client, other, 10, chart="cusum", target=10, sigma=1)
        only = await chart(client, other, 10, chart="cusum", target=10)
        one = await chart(client, other, 1 / 120, chart="ewma", target=10, sigma=1)  # half a second: one value
        body = {"machine": PRESS, "characteristic": "flatness_mm", "start": str(other), "chart": "cusum", "target": 10}
        kept = StoredView.model_validate((await client.post("/api/v1/spc/limits", json=body)).json())
        refused = await client.get("/api/v1/spc/chart", params=asked(start, start + MIN, target=50))
    assert (ewma.limits[0].lower, ewma.limits[0].upper) == pytest.approx((47.4115, 52.5884), abs=1e-3)
    assert ewma.panels[0].values[:3] == pytest.approx([50.6, 49.52, 50.56], abs=0.01)
    assert ewma.panels[0].violations == []
    assert ewma.limits[0].basis["given"] == {"target": 50, "sigma": 2.0539}
    assert cusum.panels[0].values[28] == pytest.approx(5.28, abs=5e-3)
    assert [v.index for v in cusum.panels[0].violations] == [28, 29]
    assert only.limits[0].parameters["target"] == 10 and only.limits[0].sigma != 1
    assert one.panels[0].values == pytest.approx([0.2 * SHIFTED[0] + 8])
    assert kept.limits[0].basis["given"] == {"target": 10}
    assert (refused.status_code, "no target" in refused.json()["detail"]) == (400, True)


async def test_peaches_as_scrap(api: Api) -> None:
    api.services.registry.birth(birth_of())
    start = begin()
    sizes = [250] * 10 + [500] * 3 + [250] * 8 + [500] * 4
    rows = [(size - bad, bad) for size, bad in zip(sizes, PEACHES, strict=True)]
    await api.store.write(Batch(events=counted(start, rows)))
    async with api.client("viewer") as client:
        p = await chart(client, start, 25, characteristic="scrap", chart="p", every="1m")
    (panel,) = p.panels
    assert p.limits[0].centre == pytest.approx(0.193)
    assert [panel.upper[0], panel.upper[10]] == pytest.approx(
        [0.193 + 3 * math.sqrt(0.193 * 0.807 / n) for n in (250, 500)]
    )
    assert panel.violations == []


def told(start: int, rows: list[dict[str, Any]]) -> list[Telemetry]:
    return [
        Telemetry(machine=PRESS, epoch=EPOCH, seq=i + 1, samples=[Sample(t=start + i * 10_000_000, values=row)])
        for i, row in enumerate(rows)
    ]


async def test_t2_of_the_boiler(api: Api) -> None:
    names = [f"t{i}" for i in range(1, 9)]
    signals = [SignalSpec(name=n, unit="Cel", minimum=0, maximum=900, rate_hz=1) for n in names]
    api.services.registry.birth(birth_of(signals=signals))
    start = begin()
    await api.store.write(Batch(telemetry=told(start, [dict(zip(names, row, strict=True)) for row in BOILER.tolist()])))
    async with api.client("engineer") as client:
        found = await chart(client, start, 10, characteristic="*", chart="t2", every="10s")
        (strict,) = (await chart(client, start, 10, characteristic="*", chart="t2", every="10s", alpha=0.001)).limits
        body = {"machine": PRESS, "characteristic": "*", "chart": "t2", "every": "10s", "alpha": 0.001,
                "start": str(start), "stop": str(start + 10 * MIN)}  # fmt: skip
        kept = StoredView.model_validate((await client.post("/api/v1/spc/limits", json=body)).json())
        later = await chart(client, start, 10, characteristic="*", chart="t2", limits=kept.id)
        odd = await client.get("/api/v1/spc/chart", params=asked(start, start + MIN, chart="ewma", alpha=0.01))
    assert (strict.upper, kept.limits[0].upper, later.limits[0].upper) == pytest.approx(
        (17.41705, 17.41705, 70.02943), abs=5e-6
    )
    assert (odd.status_code, "no alpha" in odd.json()["detail"]) == (400, True)
    (limits,) = found.limits
    assert [limits.parameters[f"mean:{n}"] for n in names] == pytest.approx(
        [525, 513.56, 538.92, 521.68, 503.8, 512.44, 478.72, 477.24]
    )
    assert limits.parameters["covariance:t1:t3"] == pytest.approx(20.583333, abs=1e-6)
    assert sum(found.panels[0].values) == pytest.approx(24 * 8)  # (m - 1) p, whatever the readings


async def test_t2_of_signals_in_units_far_apart_and_without_one_that_stands_still(api: Api) -> None:
    names = ["pressure_pa", "gap_m", "setpoint"]
    signals = [SignalSpec(name=n, unit="1", minimum=0, maximum=9e6, rate_hz=1) for n in names]
    api.services.registry.birth(birth_of(signals=signals))
    start, dice = begin(), random.Random(4)
    rows = [dict(zip(names, (dice.gauss(2e6, 1e5), dice.gauss(1e-3, 1e-6), 0.1), strict=True)) for _ in range(60)]
    await api.store.write(Batch(telemetry=told(start, rows)))
    async with api.client("viewer") as client:
        found = await chart(client, start, 10, characteristic="*", chart="t2", every="10s")
        still = await chart(client, start, 10, characteristic="setpoint", every="10s")
        refused = await client.get(
            "/api/v1/spc/chart",
            params=asked(start, start + 10 * MIN, characteristic="gap_m,setpoint", chart="t2", every="10s"),
        )
    assert {k for k in found.limits[0].parameters if k.startswith("mean:")} == {"mean:pressure_pa", "mean:gap_m"}
    assert sum(found.panels[0].values) == pytest.approx(59 * 2)
    assert (still.limits[0].sigma, [p.violations for p in still.panels]) == (0, [[], []])
    assert (refused.status_code, "leave it out" in refused.json()["detail"]) == (400, True)


@pytest.mark.parametrize(
    ("values", "more", "said"),
    [
        ([1.5], {}, "at least 2"),
        ([0.1] * 7, {"chart": "ewma"}, "do not vary"),
        ([0.1] * 7, {"chart": "cusum"}, "do not vary"),
        ([1.0, 2.0, 3.0], {"chart": "xbar-s", "size": 2}, "at least 2 are needed"),
        ([1.0, 2.0, 3.0], {"chart": "xbar-s", "size": 26}, "2 to 25"),
        ([1.0, 2.0, 3.0], {"chart": "t2"}, "2 to 20"),
        ([1.0, 2.0, 3.0], {"chart": "individuals", "size": 5}, "individuals has no samples of a size"),
        ([1.0, 2.0, 3.0], {"chart": "ewma", "size": 5}, "ewma has no samples of a size"),
    ],
)
async def test_what_gives_no_chart_says_why(api: Api, values: list[float], more: dict[str, object], said: str) -> None:
    start = begin()
    await measured(api, values, start)
    async with api.client("viewer") as client:
        answer = await client.get("/api/v1/spc/chart", params=asked(start, start + MIN, **more))
    assert (answer.status_code, said in answer.json()["detail"]) == (400, True), answer.text


@pytest.mark.parametrize(
    ("values", "more", "status", "said"),
    [
        ([0.1] * 7, {"lower": 0, "upper": 1}, 400, "do not vary"),
        ([0.5], {"lower": 0, "upper": 1}, 400, "at least 2"),
        ([0.1, 0.2], {"lower": 1, "upper": 0}, 400, "not below"),
        ([0.1, 0.2], {"lower": 0, "upper": 0}, 400, "not below"),
        ([0.1, 0.2], {"upper": "nan"}, 422, ""),
        ([0.1, 0.2], {"upper": 1e100}, 400, "too large"),
        ([0.1, 0.2], {"upper": 1e200}, 400, "too large"),
        ([0.1, 0.2], {"upper": 1, "size": 1}, 422, ""),
        ([0.1, 0.1, 0.2, 0.2, 0.3, 0.3], {"upper": 1, "size": 2}, 400, "do not vary"),
    ],
)
async def test_what_has_no_capability_says_why(
    api: Api, values: list[float], more: dict[str, object], status: int, said: str
) -> None:
    start = begin()
    await measured(api, values, start)
    async with api.client("viewer") as client:
        answer = await client.get("/api/v1/spc/capability", params=asked(start, start + MIN, **more))
    assert (answer.status_code, said in answer.text) == (status, True), answer.text
