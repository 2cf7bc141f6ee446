"""Lineage over HTTP: from a figure to formula, elements, events, signals, journal and store, as they are."""

from __future__ import annotations

from typing import Any

import pytest
from andon_contracts.messages import OperationFinished, PiecesCounted, Sample, SignalSpec, Span, StateChanged, Telemetry
from andon_platform.analytics.lineage.figures import FIGURES
from andon_platform.data.port import Batch, Mark
from support.api_stack import BEND, EPOCH, OTHER, PRESS, Api, birth_of, now_us

MINUTE = 60_000_000


async def filled(api: Api) -> int:
    """Ten minutes: a value a minute, two states, three counts, an operation; 3 of 40 messages still missing."""
    first = now_us() // MINUTE * MINUTE - 20 * MINUTE
    power = SignalSpec(name="power", unit="kW", minimum=0, maximum=50, rate_hz=1 / 60, role="electricity")
    api.services.registry.birth(birth_of(PRESS, t=first, signals=[*birth_of().signals, power]))
    api.services.registry.birth(birth_of(BEND))
    batch = Batch()
    who: dict[str, Any] = {"machine": PRESS, "epoch": EPOCH}
    for i in range(10):
        sample = Sample(t=first + i * MINUTE + 5, values={"oil_temperature": 40.0 + i, "power": 10.0})
        batch.telemetry.append(Telemetry(**who, seq=i + 1, samples=[sample]))
    batch.events += [
        StateChanged(**who, seq=20, t=first + 1, state="producing"),
        StateChanged(**who, seq=21, t=first + 9 * MINUTE, state="down"),
        *(PiecesCounted(**who, seq=22 + i, t=first + i * MINUTE, good=1) for i in range(3)),
        OperationFinished(
            **who, seq=30, t=first + MINUTE, operation="press", duration_s=9, planned_s=12, measured={"force": 7.0}
        ),
    ]
    batch.marks[PRESS, EPOCH] = Mark(30, (Span(32, 35), Span(38, 40)), stored=36, quarantined=1, updated=first)
    await api.store.write(batch)
    return first


async def asked(api: Api, figure: str, first: int, machine: str = PRESS, **more: str) -> dict[str, Any]:
    params = {"figure": figure, "machine": machine, "start": first, "stop": first + 10 * MINUTE} | more
    async with api.client("viewer") as client:
        answer = await client.get("/api/v1/lineage", params=params)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def source(found: dict[str, Any], id: str) -> dict[str, Any]:
    row: dict[str, Any] = next(s for s in found["sources"] if s["id"] == id)
    return row


async def test_oee_leads_to_its_events_and_to_the_journal(api: Api) -> None:
    first = await filled(api)
    found = await asked(api, "oee", first)
    assert found["figure"]["formula"] == "availability * effectiveness * quality ratio"
    assert found["figure"]["standard"] == "ISO 22400-2:2014"
    assert [e["name"] for e in found["elements"]] == ["APT", "PBT", "PRI", "PQ", "GQ"]
    assert source(found, "event:state")["count"] == 2
    assert source(found, "event:state")["topic"] == f"andon/v1/{PRESS}/event"
    assert source(found, "event:count") | {"kept": []} == {
        "id": "event:count", "kind": "event", "name": "count", "unit": "", "topic": f"andon/v1/{PRESS}/event",
        "count": 3, "expected": None, "earlier": None, "completeness": None, "first": first, "last": first + 2 * MINUTE,
        "read_from": None, "kept": [],
    }  # fmt: skip
    assert source(found, "event:operation-finished")["count"] == 1
    assert source(found, "announced:operations")["count"] == 1
    assert source(found, "plant:clock")["topic"] == "andon/v1/polaris/clock"
    assert found["journals"] == [
        {"epoch": EPOCH, "messages": 40, "stored": 36, "quarantined": 1, "voided": 0, "missing": 3, "updated": first}
    ]
    assert {s for e in found["elements"] for s in e["sources"]} == {s["id"] for s in found["sources"]}


async def test_a_signals_figure_says_how_complete_and_what_is_read(api: Api) -> None:
    first = await filled(api)
    api.services.registry.get(PRESS).first_seen = first  # type: ignore[union-attr]
    found = await asked(api, "completeness", first, signal="oil_temperature")
    oil = source(found, "signal:oil_temperature")
    assert (oil["unit"], oil["count"], oil["expected"]) == ("Cel", 10, 600)
    assert oil["completeness"] == pytest.approx(10 / 600)
    assert oil["kept"] == [{"kept": "raw", "start": first, "stop": first + 10 * MINUTE}]
    assert oil["read_from"] == "raw"
    every = await asked(api, "completeness", first)
    assert {s["id"] for s in every["sources"]} == {
        "signal:hydraulic_pressure", "signal:oil_temperature", "signal:power", "announced:signals",
    }  # fmt: skip


async def test_what_came_before_the_machine_was_known_was_not_due(api: Api) -> None:
    """As after a backfill: the store has a past, and the registry has just heard of the machine."""
    first = await filled(api)
    api.services.registry.get(PRESS).first_seen = first + 9 * MINUTE  # type: ignore[union-attr]
    power = source(await asked(api, "kwh", first), "signal:power")
    assert (power["count"], power["expected"], power["earlier"], power["completeness"]) == (1, 1, 9, 1.0)
    api.services.registry.get(PRESS).first_seen = first + 20 * MINUTE  # type: ignore[union-attr]
    power = source(await asked(api, "kwh", first), "signal:power")
    assert (power["count"], power["expected"], power["earlier"], power["completeness"]) == (0, 0, 10, None)


async def test_energy_is_read_from_meters_and_a_chart_from_its_characteristic(api: Api) -> None:
    first = await filled(api)
    api.services.registry.get(PRESS).first_seen = first  # type: ignore[union-attr]
    energy = await asked(api, "kwh_per_piece", first)
    assert [s["id"] for s in energy["sources"]] == ["signal:power", "plant:clock", "event:count", "people:scrap"]
    assert source(energy, "signal:power")["count"] == 10
    chart = await asked(api, "individuals", first, signal="oil_temperature")
    assert {s["id"] for s in chart["sources"]} == {"signal:oil_temperature"}
    measured = await asked(api, "individuals", first, signal="force")
    assert {s["id"] for s in measured["sources"]} == {"event:operation-finished"}
    anomaly = await asked(api, "anomaly", first)
    assert {"signal:hydraulic_pressure", "signal:oil_temperature", "signal:power"} < {
        s["id"] for s in anomaly["sources"]
    }


@pytest.mark.parametrize("figure", FIGURES)
async def test_every_figure_has_formula_standard_and_sources(api: Api, figure: str) -> None:
    first = await filled(api)
    found = await asked(api, figure, first, signal="oil_temperature")
    assert found["figure"]["formula"] and found["figure"]["standard"]
    # a press gives no air: what a compressor is asked about has a test of its own
    assert all(e["sources"] for e in found["elements"] if e["name"] not in ("limits", "supplied"))


async def test_air_is_followed_back_to_the_signals_of_the_compressor(api: Api) -> None:
    first = await filled(api)
    flow = SignalSpec(name="air_flow", unit="m3/min", minimum=0, maximum=10, rate_hz=1, role="air")
    power = SignalSpec(name="power", unit="kW", minimum=0, maximum=60, rate_hz=1, role="electricity")
    api.services.registry.birth(birth_of(BEND, signals=[flow, power]))
    found = await asked(api, "air_leak", first, BEND)
    assert [(e["name"], e["sources"]) for e in found["elements"]] == [
        ("supplied", ["signal:air_flow"]), ("expected", ["event:state", "plant:clock"]),
    ]  # fmt: skip
    late = await asked(api, "timeliness", first)
    assert found["figure"]["family"] == "energy" and late["figure"]["family"] == "quality"


async def test_every_figure_of_the_reports_has_a_lineage(api: Api) -> None:
    """What /oee and /energy say how they compute is listed here too."""
    first = await filled(api)
    async with api.client("viewer") as client:
        listed = {f["name"] for f in (await client.get("/api/v1/lineage/figures")).json()["figures"]}
        oee = (await client.get("/api/v1/oee", params={"machine": PRESS, "start": first})).json()
        energy = (await client.get("/api/v1/energy", params={"machine": PRESS, "start": first})).json()
    assert set(oee["formulas"]) | set(energy["formulas"]) <= listed


@pytest.mark.parametrize(
    ("params", "status", "said"),
    [
        ({"figure": "luck", "machine": PRESS}, 404, "GET /lineage/figures"),
        ({"figure": "oee", "machine": OTHER}, 404, f"no {OTHER}"),
        ({"figure": "value", "machine": PRESS}, 400, "signal=..."),
        ({"figure": "value", "machine": PRESS, "signal": "nix"}, 404, "has no signal"),
        ({"figure": "oee", "machine": PRESS, "start": "-60d"}, 422, "31 days"),
    ],
)
async def test_what_has_no_lineage_is_said(api: Api, params: dict[str, str], status: int, said: str) -> None:
    await filled(api)
    async with api.client("viewer", tenant="polaris") as client:
        answer = await client.get("/api/v1/lineage", params=params)
    assert answer.status_code == status
    assert said in answer.json()["detail"]


@pytest.mark.parametrize(
    ("figure", "sources"),
    [
        ("p", ["event:count", "people:scrap"]),
        ("np", ["event:count", "people:scrap"]),
        ("c", ["event:state", "plant:clock"]),
        ("u", ["event:state", "plant:clock"]),
        ("t2", ["signal:hydraulic_pressure", "signal:oil_temperature", "signal:power"]),
    ],
)
async def test_charts_of_counts_and_of_several_signals_say_where_they_come_from(
    api: Api, figure: str, sources: list[str]
) -> None:
    first = await filled(api)
    found = await asked(api, figure, first, signal="scrap")
    assert [s["id"] for s in found["sources"]] == sources
    assert found["figure"]["standard"]
