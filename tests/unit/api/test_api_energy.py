"""Energy over the API: power from the store, states from its events, pieces from its counts."""

from __future__ import annotations

import pytest
from andon_contracts.messages import (
    LayoutMessage,
    LineLayout,
    OperationSpec,
    PiecesCounted,
    Sample,
    SignalSpec,
    SiteLayout,
    StateChanged,
    Station,
    Telemetry,
)
from andon_platform.api.models_energy import AirReport, EnergyReport
from andon_platform.api.models_lineage import LineageSum
from andon_platform.data.port import Batch
from msgspec.structs import replace
from support.api_stack import BEND, EPOCH, PRESS, Api, birth_of, now_us

MIN = 60_000_000
COMPRESSOR = "polaris/north/utilities/supply/compressor-1"
POWER = SignalSpec(name="power", unit="kW", minimum=0, maximum=90, rate_hz=1, role="electricity")
FLOW = SignalSpec(name="flow", unit="m3/min", minimum=0, maximum=15, rate_hz=1, role="air")


def telemetry(path: str, t: int, seq: int, minutes: int, **value: object) -> list[Telemetry]:
    """A sample each ten seconds; a value is a number, or a function of the minute."""
    samples = []
    for i in range(minutes * 6):
        values = {name: float(v(i // 6) if callable(v) else v) for name, v in value.items()}  # type: ignore[arg-type]
        samples.append(Sample(t=t + i * 10_000_000, values=values))
    return [Telemetry(machine=path, epoch=EPOCH, seq=seq, samples=samples)]


def state(path: str, seq: int, t: int, name: str) -> StateChanged:
    return StateChanged(machine=path, epoch=EPOCH, seq=seq, t=t, state=name)  # type: ignore[arg-type]


async def filled(api: Api) -> int:
    """Press and bend for an hour: 30 kW while they produce (40 min), 6 kW while they wait; 20 good pieces each."""
    start = now_us() // MIN * MIN - 90 * MIN
    for path in (PRESS, BEND):
        api.services.registry.birth(birth_of(path, signals=[POWER]))
        events = [state(path, 1, start, "producing"), state(path, 2, start + 40 * MIN, "starved")]
        counts = [PiecesCounted(machine=path, epoch=EPOCH, seq=9 + i, t=start + i * MIN, good=1) for i in range(20)]
        rows = telemetry(path, start, 100, 60, power=lambda minute: 30.0 if minute < 40 else 6.0)
        await api.store.write(Batch(telemetry=rows, events=[*events, *counts]))
    line = LineLayout(
        path="polaris/north/cabinets/cabinets-1",
        title="Line 1",
        stations=[Station(machine=PRESS, feeds=[BEND]), Station(machine=BEND)],
    )
    site = SiteLayout(site="north", title="N", latitude=0, longitude=0, industry="", time_zone="UTC", lines=[line])
    api.services.hub.layouts["polaris"] = LayoutMessage(enterprise="polaris", title="P", sites=[site], shifts=[])
    return start


async def test_energy_by_state_and_piece(api: Api) -> None:
    start = await filled(api)
    asked = {"place": "polaris", "start": start, "stop": start + 60 * MIN, "carbon": 500}
    async with api.client("viewer") as client:
        answer = await client.get("/api/v1/energy", params=asked)
    assert answer.status_code == 200, answer.text
    found = EnergyReport.model_validate(answer.json())
    by_name = {m.machine: m for m in found.machines}
    press = by_name[PRESS]
    assert press.by_state == pytest.approx({"producing": 20.0, "starved": 2.0}, rel=0.01)
    assert press.kwh_per_piece == pytest.approx(22 / 20, rel=0.01)
    assert press.meters == ["power"]
    # what left the line counts once: 44 kWh for the 20 pieces of the last station
    assert (found.together.good, found.together.kwh) == (20, pytest.approx(44, rel=0.01))
    assert found.together.carbon_kg_per_piece == pytest.approx(44 * 0.5 / 20, rel=0.01)
    assert found.together.idle_share == pytest.approx(2 / 22, rel=0.01)


@pytest.mark.parametrize(
    ("figure", "field"),
    [
        ("kwh", "kwh"), ("idle_kwh", "idle_kwh"), ("kwh_per_piece", "kwh_per_piece"), ("carbon_kg", "carbon_kg"),
        ("carbon_kg_per_piece", "carbon_kg_per_piece"),
    ],
)  # fmt: skip
async def test_a_plants_figure_is_followed_back_to_what_each_machine_adds(api: Api, figure: str, field: str) -> None:
    start = await filled(api)
    api.services.registry.birth(birth_of(COMPRESSOR, signals=[FLOW]))
    asked = {"place": "polaris", "start": start, "stop": start + 60 * MIN, "carbon": 500}
    async with api.client("viewer") as client:
        energy = (await client.get("/api/v1/energy", params=asked)).json()
        answer = await client.get("/api/v1/lineage/sum", params=asked | {"figure": figure})
        listed = (await client.get("/api/v1/lineage/figures")).json()["figures"]
        assert answer.status_code == 200, answer.text
        found = LineageSum.model_validate(answer.json())
        # the same figure as the report's, made of what the report says of each machine
        assert found.value == pytest.approx(energy["together"][field])
        base = field.removesuffix("_per_piece")
        each = {m["machine"]: m[base] for m in energy["machines"]}
        assert {p.machine: p.value for p in found.parts} == pytest.approx(each)
        assert found.sum == pytest.approx(sum(each.values()))
        assert sum(p.share or 0 for p in found.parts) == pytest.approx(1)
        assert [p.value for p in found.parts] == sorted(each.values(), reverse=True)
        assert (found.unmetered, found.parts[0].meters) == ([COMPRESSOR], ["power"])
        # only what left the end of the line is divided by
        per_piece = figure.endswith("_per_piece")
        assert found.pieces == (20 if per_piece else None)
        assert [(e.machine, e.good) for e in found.ends] == ([(BEND, 20)] if per_piece else [])
        # and each machine's part goes on to its meters
        on = {"figure": figure, "machine": found.parts[0].machine, "start": found.start, "stop": found.stop}
        further = (await client.get("/api/v1/lineage", params=on)).json()
    assert "signal:power" in [s["id"] for s in further["sources"]]
    assert next(f["summed"] for f in listed if f["name"] == figure)


async def test_a_sum_of_a_place_is_only_of_what_adds_up_and_of_ones_own(api: Api) -> None:
    start = await filled(api)
    url, span = "/api/v1/lineage/sum", {"start": start, "stop": start + 60 * MIN}
    async with api.client("viewer") as client:
        line = (await client.get(url, params=span | {"figure": "kwh", "place": "polaris/north/cabinets"})).json()
        no_sum = await client.get(url, params=span | {"figure": "oee", "place": "polaris"})
        unknown = await client.get(url, params=span | {"figure": "luck", "place": "polaris"})
        nowhere = await client.get(url, params=span | {"figure": "kwh", "place": "polaris/south"})
        long = await client.get(url, params={"figure": "kwh", "place": "polaris", "start": "-60d"})
    async with api.client("viewer", tenant="aurora") as client:
        foreign = await client.get(url, params=span | {"figure": "kwh", "place": "polaris"})
    assert line["sum"] == pytest.approx(44, rel=0.01)
    assert [r.status_code for r in (no_sum, unknown, nowhere, long)] == [400, 404, 404, 422]
    assert "kwh_per_piece" in no_sum.json()["detail"]
    assert foreign.status_code in (403, 404)


async def test_while_nothing_is_made_a_sum_says_no_figure_per_piece(api: Api) -> None:
    start = await filled(api)
    late = {"figure": "kwh_per_piece", "place": "polaris", "start": start + 30 * MIN, "stop": start + 60 * MIN}
    async with api.client("viewer") as client:
        found = (await client.get("/api/v1/lineage/sum", params=late)).json()
    assert (found["value"], found["pieces"]) == (None, 0)
    assert found["sum"] > 0


@pytest.mark.parametrize(("rate_hz", "length_s"), [(1.0, 60), (1.0, 420), (2.5, 7), (0.05, 300), (1.0, 1)])
async def test_a_short_range_counts_the_time_between_readings_too(api: Api, rate_hz: float, length_s: int) -> None:
    """A meter that is read once a second, over a minute: no part of the minute is without power."""
    meter = replace(POWER, rate_hz=rate_hz)
    api.services.registry.birth(birth_of(PRESS, signals=[meter]))
    start = now_us() // MIN * MIN - 30 * MIN
    apart = round(1e6 / rate_hz)
    jitter = [0, 310_000, -240_000, 120_000, -90_000]
    samples = [
        Sample(t=start + i * apart + jitter[i % 5] * min(1, apart // 1_000_000), values={"power": 36.0})
        for i in range(1, 1_200_000_000 // apart)
    ]
    rows = [Telemetry(machine=PRESS, epoch=EPOCH, seq=2, samples=samples)]
    await api.store.write(Batch(telemetry=rows, events=[state(PRESS, 1, start, "producing")]))
    first = start + 5 * MIN + 123_457
    last = first + length_s * 1_000_000
    middle = first + (last - first) * 2 // 5
    async with api.client("viewer") as client:

        async def kwh(low: int, high: int) -> float:
            asked = {"machine": PRESS, "start": low, "stop": high}
            return float((await client.get("/api/v1/energy", params=asked)).json()["together"]["kwh"])

        assert await kwh(first, last) == pytest.approx(36 * length_s / 3600)
        assert await kwh(first, middle) + await kwh(middle, last) == pytest.approx(36 * length_s / 3600)


async def test_without_a_meter_there_is_no_energy_and_that_is_said(api: Api) -> None:
    await filled(api)
    api.services.registry.birth(birth_of(BEND, session=2))
    async with api.client("viewer") as client:
        found = (await client.get("/api/v1/energy", params={"machine": BEND, "start": "-1h"})).json()
        assert (found["machines"], found["unmetered"], found["together"]["kwh"]) == ([], [BEND], 0)
        assert found["carbon_g_per_kwh"] == 363
        assert (await client.get("/api/v1/energy", params={"place": "nowhere"})).status_code == 404
        assert (await client.get("/api/v1/energy", params={"carbon": -1})).status_code == 422
    async with api.client("viewer", tenant="acme") as client:
        assert (await client.get("/api/v1/energy", params={"machine": PRESS})).status_code in (403, 404)


async def test_a_leak_that_came_since_the_reference_time(api: Api) -> None:
    start = now_us() // MIN * MIN - 180 * MIN
    works = lambda minute: minute % 4 < 2  # noqa: E731
    flow = lambda minute: 2.0 + 1.5 * works(minute) + (1.2 if minute >= 120 else 0.0)  # noqa: E731
    press = birth_of(PRESS, operations=[OperationSpec(name="press", cycle_s=60)])
    compressor = birth_of(COMPRESSOR, signals=[POWER, FLOW], operations=[])
    for birth in (press, compressor):
        api.services.registry.birth(birth)
    changes = [state(PRESS, i + 1, start + i * 2 * MIN, "starved" if i % 2 else "producing") for i in range(90)]
    rows = telemetry(COMPRESSOR, start, 1, 180, flow=flow, power=lambda minute: 6.5 * flow(minute))
    await api.store.write(Batch(telemetry=rows, events=changes))
    asked = {"place": "polaris", "reference_start": start, "start": start + 120 * MIN, "stop": start + 180 * MIN}
    async with api.client("viewer") as client:
        answer = await client.get("/api/v1/energy/air", params=asked)
        assert answer.status_code == 200, answer.text
        found = AirReport.model_validate(answer.json())
        assert found.problem == ""
        assert found.leak == pytest.approx(1.2, abs=0.02)
        assert found.leak_share == pytest.approx(1.2 / 3.95, abs=0.02)
        assert found.kwh_per_m3 == pytest.approx(6.5 / 60, rel=0.02)
        assert found.leak_kwh == pytest.approx(1.2 * 60 * 6.5 / 60, rel=0.05)
        short = await client.get("/api/v1/energy/air", params=asked | {"reference_start": start + 110 * MIN})
        assert "too short: 10 minutes of it are known, 31 are needed" in short.json()["problem"]
        late = await client.get("/api/v1/energy/air", params=asked | {"reference_stop": start + 150 * MIN})
        assert late.status_code == 400
        none = await client.get("/api/v1/energy/air", params=asked | {"place": PRESS})
        assert "no machine here measures" in none.json()["problem"]
