"""Charts of counts and of several signals over the API, against published examples; limits that are kept for them."""

from __future__ import annotations

import random

import httpx
import pytest
from andon_contracts.messages import Event, OperationFinished, PiecesCounted, Sample, StateChanged, Telemetry
from andon_platform.api.models_spc import Characteristics, SpcChart, StoredView
from andon_platform.data.port import Batch
from support.api_stack import EPOCH, PRESS, Api, birth_of, now_us
from unit.analytics.test_spc_charts import CANS

MIN = 60_000_000
#: NIST/SEMATECH e-Handbook 6.3.3.1: defects on 25 wafers.
WAFERS = [16, 14, 28, 16, 12, 20, 10, 12, 10, 17, 19, 17, 14, 16, 15, 13, 14, 16, 11, 20, 11, 19, 16, 31, 13]


def begin() -> int:
    return now_us() // MIN * MIN - 90 * MIN


def counted(start: int, per_minute: list[tuple[int, int]]) -> list[Event]:
    return [
        PiecesCounted(machine=PRESS, epoch=EPOCH, seq=1 + i, t=start + i * MIN + 1, good=good, scrap=scrap)
        for i, (good, scrap) in enumerate(per_minute)
    ]


def stopped(start: int, per_minute: list[int], producing_s: int = 30) -> list[Event]:
    """So many stops in each minute, of which ``producing_s`` are produced in any case."""
    found: list[Event] = []
    for i, stops in enumerate(per_minute):
        begun, each = start + i * MIN, (60 - producing_s) * 1_000_000 // max(1, stops)
        rows = [(begun, "producing")] + [(begun + producing_s * 1_000_000 + n * each, "down") for n in range(stops)]
        for t, state in rows:
            if state == "down" and t > rows[1][0]:
                found.append(StateChanged(machine=PRESS, epoch=EPOCH, seq=len(found) + 1, t=t - 1, state="idle"))
            found.append(StateChanged(machine=PRESS, epoch=EPOCH, seq=len(found) + 1, t=t, state=state))  # type: ignore[arg-type]
    return found


async def ask(client: httpx.AsyncClient, start: int, minutes: int, **more: object) -> SpcChart:
    params = {"machine": PRESS, "start": start, "stop": start + minutes * MIN} | more
    answer = await client.get("/api/v1/spc/chart", params=params)
    assert answer.status_code == 200, answer.text
    return SpcChart.model_validate(answer.json())


async def said(client: httpx.AsyncClient, start: int, minutes: int, **more: object) -> tuple[int, str]:
    params = {"machine": PRESS, "start": start, "stop": start + minutes * MIN} | more
    answer = await client.get("/api/v1/spc/chart", params=params)
    return answer.status_code, answer.json()["detail"]


async def test_p_and_np_of_the_cans(api: Api) -> None:
    api.services.registry.birth(birth_of())
    start = begin()
    await api.store.write(Batch(events=counted(start, [(50 - bad, bad) for bad in CANS])))
    async with api.client("viewer") as client:
        p = await ask(client, start, 30, characteristic="scrap", chart="p", every="1m")
        np = await ask(client, start, 30, characteristic="scrap", chart="np", size=50)
    assert (p.limits[0].centre, p.limits[0].upper, p.limits[0].lower) == pytest.approx(
        (0.2313, 0.4102, 0.0524), abs=6e-5
    )
    assert [v.index for v in p.panels[0].violations if v.rule == "nelson-1"] == [14, 22]  # samples 15 and 23
    assert np.panels[0].values == CANS
    assert (np.limits[0].centre, np.limits[0].upper) == pytest.approx((11.567, 20.51), abs=5e-3)


async def test_p_has_limits_of_each_sample_and_none_of_a_minute_without_pieces(api: Api) -> None:
    api.services.registry.birth(birth_of())
    start = begin()
    await api.store.write(Batch(events=counted(start, [(90, 10), (0, 0), (18, 2), (380, 20)])))
    async with api.client("viewer") as client:
        p = await ask(client, start, 4, characteristic="scrap", chart="p", every="1m", rules="none")
    (panel,) = p.panels
    assert panel.values == [0.1, 0.1, 0.05]
    assert [(t - start) // MIN for t in panel.times] == [1, 3, 4]
    centre = 32 / 520
    widths = [3 * (centre * (1 - centre) / n) ** 0.5 for n in (100, 20, 400)]
    assert panel.upper == pytest.approx([centre + w for w in widths])
    assert panel.lower == pytest.approx([max(0, centre - w) for w in widths])


async def test_runs_of_what_is_seldom_are_no_pattern(api: Api) -> None:
    """One piece of a hundred is scrap: hour after hour there is none, which is what one expects."""
    api.services.registry.birth(birth_of())
    start = begin()
    await api.store.write(Batch(events=counted(start, [(9, 1), *[(10, 0)] * 15, (9, 1), (5, 5)])))
    async with api.client("viewer") as client:
        p = await ask(client, start, 18, characteristic="scrap", chart="p", every="1m")
    assert [(v.rule, v.index) for v in p.panels[0].violations] == [("beyond-limits", 17)]


async def test_c_of_the_wafers_as_stops(api: Api) -> None:
    api.services.registry.birth(birth_of())
    start = begin()
    await api.store.write(Batch(events=stopped(start, WAFERS)))
    async with api.client("viewer") as client:
        c = await ask(client, start, 25, characteristic="stops", chart="c", every="1m")
        u = await ask(client, start, 25, characteristic="stops", chart="u", every="1m")
    assert c.panels[0].values == WAFERS
    assert (c.limits[0].centre, c.limits[0].upper, c.limits[0].lower) == (16, 28, 4)
    assert [v.index for v in c.panels[0].violations if v.rule == "nelson-1"] == [23]
    assert (u.unit, u.panels[0].values) == ("/h", pytest.approx([n * 120 for n in WAFERS]))  # of half a minute each


async def test_a_stop_in_a_minute_without_production_counts_in_the_next_sample(api: Api) -> None:
    api.services.registry.birth(birth_of())
    start = begin()
    rows = [(0, "producing"), (60, "idle"), (70, "down"), (120, "producing"), (150, "down"), (180, "producing")]
    events: list[Event] = [
        StateChanged(machine=PRESS, epoch=EPOCH, seq=i + 1, t=start + s * 1_000_000, state=state)  # type: ignore[arg-type]
        for i, (s, state) in enumerate(rows)
    ]
    await api.store.write(Batch(events=events))
    async with api.client("viewer") as client:
        u = await ask(client, start, 4, characteristic="stops", chart="u", every="1m")
    assert u.panels[0].values == pytest.approx([0, 2 * 120, 0])


async def test_kept_limits_of_counts_judge_later_samples(api: Api) -> None:
    api.services.registry.birth(birth_of())
    start = begin()
    later = [(90, 10), (60, 40)]
    await api.store.write(Batch(events=counted(start, [(50 - bad, bad) for bad in CANS] + later)))
    body = {"machine": PRESS, "characteristic": "scrap", "chart": "p", "start": str(start),
            "stop": str(start + 30 * MIN), "every": "1m"}  # fmt: skip
    async with api.client("engineer") as client:
        kept = StoredView.model_validate((await client.post("/api/v1/spc/limits", json=body)).json())
        asked = {"characteristic": "scrap", "chart": "p", "limits": kept.id}
        found = await ask(client, start + 30 * MIN, 2, **asked)
        assert (found.phase, found.limits[0].centre) == (2, pytest.approx(0.2313, abs=5e-5))
        assert found.panels[0].values == [0.1, 0.4]
        assert found.panels[0].upper == pytest.approx([0.2313 + 3 * (0.2313 * 0.7687 / 100) ** 0.5] * 2, abs=1e-4)
        assert await said(client, start, 30, every="5m", **asked) == (
            400, f"limits {kept.id!r} are for every=1m, not 5m",
        )  # fmt: skip


async def test_limits_of_a_signal_are_for_means_of_one_length(api: Api) -> None:
    """An hour's chart has shorter means than a day's: those of the one would judge the other wrongly."""
    api.services.registry.birth(birth_of())
    start, dice = begin(), random.Random(2)
    telemetry = [
        Telemetry(machine=PRESS, epoch=EPOCH, seq=i + 1, samples=[
            Sample(t=start + i * 1_000_000, values={"oil_temperature": 40 + dice.gauss(0, 1)})
        ])
        for i in range(1_800)
    ]  # fmt: skip
    await api.store.write(Batch(telemetry=telemetry))
    body = {"machine": PRESS, "characteristic": "oil_temperature", "start": str(start), "stop": str(start + 10 * MIN)}
    async with api.client("engineer") as client:
        kept = StoredView.model_validate((await client.post("/api/v1/spc/limits", json=body)).json())
        assert kept.limits[0].basis["every"] == "2s"
        found = await ask(client, start, 30, characteristic="oil_temperature", limits=kept.id)
    assert found.panels[0].times[1] - found.panels[0].times[0] == 2_000_000


def together(start: int, odd: int) -> list[Telemetry]:
    """Pressure follows temperature; at ``odd`` it does not, and yet each alone is where it often is."""
    dice, found = random.Random(7), []
    for i in range(120):
        heat = dice.gauss(0, 1)
        pressure = 2 * heat + dice.gauss(0, 0.2)
        if i == odd:
            heat, pressure = 1.5, -3.0
        values = {"oil_temperature": 40 + heat, "hydraulic_pressure": 150 + pressure}
        found.append(
            Telemetry(machine=PRESS, epoch=EPOCH, seq=i + 1, samples=[Sample(t=start + i * 10_000_000, values=values)])
        )
    return found


@pytest.mark.parametrize("which", ["*", "oil_temperature,hydraulic_pressure"])
async def test_t2_sees_what_no_signal_alone_shows(api: Api, which: str) -> None:
    api.services.registry.birth(birth_of())
    start = begin()
    await api.store.write(Batch(telemetry=together(start, odd=100)))
    asked: dict[str, object] = {"characteristic": which, "chart": "t2", "every": "10s"}
    async with api.client("engineer") as client:
        for name in ("oil_temperature", "hydraulic_pressure"):
            alone = await ask(client, start, 20, characteristic=name, every="10s", rules="none")
            assert 100 not in [v.index for v in alone.panels[0].violations]
        first = await ask(client, start, 20, **asked)
        assert [v.index for v in first.panels[0].violations] == [100]
        body = {"machine": PRESS, "start": str(start), "stop": str(start + 15 * MIN)} | asked
        kept = StoredView.model_validate((await client.post("/api/v1/spc/limits", json=body)).json())
        later = await ask(client, start + 15 * MIN, 5, limits=kept.id, **asked)
    assert (first.phase, later.phase) == (1, 2)
    assert [v.index for v in later.panels[0].violations] == [10]
    assert later.panels[0].violations[0].text.startswith("T2 beyond its limit")
    # NIST/SEMATECH e-Handbook 6.5.4.3.4, with p = 2 and m = 90: 2 * 91 * 89 / (90 * 88) * F(0.9973; 2, 88)
    assert later.panels[0].upper[0] == pytest.approx(12.95, abs=0.05)
    assert kept.limits[0].upper < later.panels[0].upper[0]


async def test_what_can_be_charted(api: Api) -> None:
    api.services.registry.birth(birth_of())
    start = begin()
    done = OperationFinished(
        machine=PRESS, epoch=EPOCH, seq=1, t=start, operation="press", measured={"flatness_mm": 0.2}
    )
    await api.store.write(Batch(events=[done]))
    async with api.client("viewer") as client:
        answer = await client.get("/api/v1/spc/characteristics", params={"machine": PRESS})
    found = Characteristics.model_validate(answer.json()).characteristics
    assert [(c.name, c.kind) for c in found] == [
        ("hydraulic_pressure", "signal"), ("oil_temperature", "signal"), ("flatness_mm", "measured"),
        ("scrap", "counted"), ("stops", "counted"), ("*", "together"),
    ]  # fmt: skip
    assert found[-3].charts == ["p", "np"]


async def test_what_cannot_be_charted_is_said(api: Api) -> None:
    api.services.registry.birth(birth_of())
    start = begin()
    await api.store.write(Batch(events=counted(start, [(10, 0), (10, 0)])))
    asked: list[tuple[dict[str, object], int, str]] = [
        ({"characteristic": "oil_temperature", "chart": "p"}, 400, "'scrap'"),
        ({"characteristic": "scrap", "chart": "individuals"}, 400, "'scrap'"),
        ({"characteristic": "stops", "chart": "np"}, 400, "'scrap'"),
        ({"characteristic": "scrap", "chart": "p", "every": "1m"}, 400, "none or all"),
        ({"characteristic": "scrap", "chart": "np", "size": 50}, 400, "at least 2"),
        ({"characteristic": "stops", "chart": "u", "every": "1m"}, 400, "at least 2"),
        ({"characteristic": "stops", "chart": "c", "every": "1s"}, 400, "at most 500"),
        ({"characteristic": "oil_temperature", "chart": "t2"}, 400, "2 to 20"),
        ({"characteristic": "oil_temperature,nix", "chart": "t2"}, 404, "nix"),
        ({"characteristic": "*", "chart": "t2"}, 400, "no limits can be estimated"),
        ({"characteristic": "oil_temperature", "chart": "xbar-r", "size": 30}, 400, "2 to 25"),
    ]
    async with api.client("viewer") as client:
        for more, status, words in asked:
            found = await said(client, start, 20, **more)
            assert (found[0], words in found[1]) == (status, True), (more, found)
