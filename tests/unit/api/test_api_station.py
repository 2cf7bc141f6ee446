"""The Station over the API: the cord on the stream, reasons and scrap in OEE, instructions, handover, labour."""

from __future__ import annotations

import json
from typing import Any

import pytest
import websockets
from andon_client import AsyncAndon
from andon_contracts.messages import (
    ClockMessage,
    ClockSegment,
    InstructionSpec,
    OperationFinished,
    OperationSpec,
    OperationStarted,
    PiecesCounted,
)
from andon_platform.api.models_oee import OeeReport
from andon_platform.api.models_output import OutputReport
from andon_platform.api.models_station import (
    CallList,
    CallReport,
    CallView,
    ReasonCatalogue,
    ScrapList,
    StopList,
    StopView,
    WorkView,
)
from andon_platform.api.models_station_records import (
    HandoverFacts,
    HandoverList,
    HandoverView,
    LabourReport,
    NearMissList,
    NearMissView,
)
from andon_platform.data.port import Batch
from andon_security.tokens import issue
from support.api_stack import BEND, EPOCH, OTHER, PRESS, Api, birth_of, now_us
from support.morning import MORNING
from unit.api.test_api_oee import MIN, filled, layout, state

LINE = PRESS.rpartition("/")[0]
S = "/api/v1/station"


def paced(api: Api, start: int, pace: float = 60) -> None:
    segments = [ClockSegment(wall=start, plant=start, pace=pace)]
    api.services.hub.clocks["polaris"] = ClockMessage(enterprise="polaris", segments=segments)


def audited(api: Api, what: str) -> list[Any]:
    text = (api.services.settings.data_dir / "audit.jsonl").read_text()
    return [row for row in map(json.loads, text.splitlines()) if what in json.dumps(row)]


# --- the cord -----------------------------------------------------------------------------------------------------


async def test_a_cord_is_pulled_answered_and_resolved_and_everybody_sees_it_at_once(api: Api) -> None:
    api.services.registry.birth(birth_of())
    paced(api, now_us() - 600_000_000)
    token = {"Authorization": f"Bearer {api.token('viewer')}"}
    async with (
        api.client("operator") as client,
        websockets.connect(f"{api.ws}/api/v1/live?kinds=call", additional_headers=token) as stream,
    ):
        await stream.recv()  # hello
        body = {"machine": PRESS, "kind": "material", "name": "Maria", "key": "k-1", "t": now_us() - 10_000_000}
        done = await client.post(f"{S}/calls", json=body)
        assert done.status_code == 201, done.text
        call = CallView.model_validate(done.json())
        assert (call.state, call.called, call.called_by) == ("open", body["t"], "Maria (operator:tester)")
        frame = json.loads(await stream.recv())
        assert (frame["type"], frame["machine"], frame["call"]) == ("call", PRESS, done.json())
        assert (await client.post(f"{S}/calls", json=body)).status_code == 200
        listed = CallList.model_validate((await client.get(f"{S}/calls", params={"machine": PRESS})).json())
        assert [c.id for c in listed.calls] == [call.id]
        there = await client.post(f"{S}/calls/answer", json={"id": call.id, "name": "Tom", "t": body["t"] + 4_000_000})
        answered = CallView.model_validate(there.json())
        assert answered.answer_s == 4 * 60, "durations are plant time"
        assert json.loads(await stream.recv())["call"]["state"] == "answered"
        other = await client.post(f"{S}/calls/answer", json={"id": call.id, "name": "Eva"})
        assert (other.status_code, other.headers["content-type"]) == (400, "application/problem+json")
        assert "Tom" in other.json()["detail"]
        over = await client.post(f"{S}/calls/resolve", json={"id": call.id, "name": "Tom", "text": "pallet"})
        assert over.json()["state"] == "resolved"
        assert CallList.model_validate((await client.get(f"{S}/calls")).json()).calls == []
        every = await client.get(f"{S}/calls", params={"state": "all", "place": LINE})
        assert len(every.json()["calls"]) == 1
        found = CallReport.model_validate((await client.get(f"{S}/calls/figures", params={"place": LINE})).json())
    assert (found.together.calls, found.together.answer.median_s, found.together.by_kind["material"]) == (1, 240, 1)
    assert [f.place for f in found.machines] == [PRESS] and [f.place for f in found.lines] == [LINE]
    for what in ("call", "call-answered", "call-resolved"):
        assert audited(api, f'"{what}"'), what


async def test_who_may_what_and_what_cannot_be_done_is_said(api: Api) -> None:
    api.services.registry.birth(birth_of())
    body = {"machine": PRESS, "kind": "safety"}
    async with api.client("viewer") as client:
        for path in ("calls", "calls/answer", "stops/reason", "scrap", "near-misses", "handovers"):
            assert (await client.post(f"{S}/{path}", json={})).status_code == 403, path
        assert (await client.get("/api/v1/labour/now")).status_code == 403
    async with api.client("operator") as client:
        assert (await client.get(f"{S}/near-misses")).status_code == 403
        for more, status in (
            ({"kind": "coffee"}, 422),
            ({"machine": "polaris/north/cabinets/cabinets-1/nix"}, 404),
            ({"t": now_us() - 90_000_000_000}, 400),
            ({"t": now_us() + 900_000_000}, 400),
            ({"key": "no spaces"}, 422),
            ({"name": "x" * 61}, 422),
            ({"surprise": 1}, 422),
        ):
            assert (await client.post(f"{S}/calls", json=body | more)).status_code == status, more
        assert (await client.post(f"{S}/calls/answer", json={"id": 7})).status_code == 404
    async with api.client("admin", tenant="polaris") as mine, api.client("admin", tenant="acme") as theirs:
        call = (await mine.post(f"{S}/calls", json=body)).json()
        assert (await theirs.get(f"{S}/calls")).json() == {"calls": []}
        assert (await theirs.post(f"{S}/calls", json=body)).status_code == 404
        assert (await theirs.post(f"{S}/calls/resolve", json={"id": call["id"]})).status_code == 404
        assert (await theirs.get(f"{S}/calls/figures")).json()["together"]["calls"] == 0
        assert (await theirs.get(f"{S}/calls", params={"place": "polaris"})).status_code == 404
        assert (await theirs.get(f"{S}/handover", params={"line": LINE})).status_code == 404
        assert (await theirs.get("/api/v1/labour", params={"place": "polaris"})).status_code == 404


# --- a stop's reason ----------------------------------------------------------------------------------------------


async def test_a_reason_given_late_stands_in_the_losses_instead_of_the_machines_own(api: Api) -> None:
    start = await filled(api)
    asked = {"machine": PRESS, "start": start, "stop": start + 10 * MIN}
    async with api.client("operator") as client:
        before = OeeReport.model_validate((await client.get("/api/v1/oee", params=asked)).json()).machines[0]
        found = StopList.model_validate((await client.get(f"{S}/stops", params=asked)).json()).stops
        assert [(s.state, s.own, s.plant_s) for s in found] == [
            ("starved", "no panels", 60), ("setup", "", 60), ("down", "jam", 120),
        ]  # fmt: skip
        catalogue = ReasonCatalogue.model_validate((await client.get(f"{S}/reasons")).json())
        assert "breakdown-mechanical" in [r.code for r in catalogue.stops["down"]]
        down = found[-1]
        said = await client.post(
            f"{S}/stops/reason", json={"machine": PRESS, "at": down.start + 1, "code": "jam", "name": "Maria"}
        )
        view = StopView.model_validate(said.json())
        assert view.given is not None
        assert (view.given.reason, view.given.by, view.own) == ("Jam cleared by hand", "Maria (operator:tester)", "jam")
        after = OeeReport.model_validate((await client.get("/api/v1/oee", params=asked)).json()).machines[0]
        assert after.kpis == before.kpis and after.times_s == before.times_s and after.failures == before.failures
        first = after.losses[0]
        assert (first.state, first.reason, first.s) == ("down", "Jam cleared by hand", 120)
        # one's own words, and the last word counts
        await client.post(f"{S}/stops/reason", json={"machine": PRESS, "at": down.start, "reason": "Panel bent\0"})
        worded = (await client.get("/api/v1/oee", params=asked)).json()["machines"][0]["losses"][0]
        assert worded["reason"] == "Panel bent"
        id = (await client.get(f"{S}/stops", params=asked)).json()["stops"][-1]["given"]["id"]
        back = StopView.model_validate((await client.post(f"{S}/stops/undo", json={"id": id})).json())
        assert back.given is not None and back.given.reason == "Jam cleared by hand"
        for body, status in (
            ({"at": start + MIN, "code": "jam"}, 400),  # it was producing
            ({"at": down.start, "code": "no-order"}, 400),
            ({"at": down.start}, 400),
            ({"at": now_us() + 900_000_000, "code": "jam"}, 400),
        ):
            assert (await client.post(f"{S}/stops/reason", json={"machine": PRESS, **body})).status_code == status
        assert (await client.post(f"{S}/stops/undo", json={"id": 99})).status_code == 404
    async with api.client("operator") as client:
        client.headers["Authorization"] = "Bearer " + _other(api)
        refused = await client.post(f"{S}/stops/undo", json={"id": view.given.id})
        assert (refused.status_code, refused.json()["scope"]) == (403, "station:manage")


def _other(api: Api) -> str:
    return issue(api.services.signing_key, "somebody-else", "operator", life_s=60)


async def test_a_stop_that_lasts_keeps_its_reason_in_ranges_that_begin_in_it(api: Api) -> None:
    now = now_us()
    start = now - 20 * MIN
    api.services.registry.birth(birth_of())
    await api.store.write(
        Batch(events=[state(PRESS, 1, start, "producing"), state(PRESS, 2, start + MIN, "down", "E-7")])
    )
    async with api.client("operator") as client:
        said = await client.post(f"{S}/stops/reason", json={"machine": PRESS, "at": now, "code": "tool"})
        assert said.json()["stop"] is None
        words = state(PRESS, 3, start + 5 * MIN, "down", "E-9")
        await api.store.write(Batch(events=[words]))
        api.services.history.note(words)
        for first in (start, start + 2 * MIN, start + 7 * MIN):
            asked = {"machine": PRESS, "start": first, "stop": start + 10 * MIN}
            losses = (await client.get("/api/v1/oee", params=asked)).json()["machines"][0]["losses"]
            assert [x["reason"] for x in losses] == ["Tool worn or broken"], first


# --- scrap --------------------------------------------------------------------------------------------------------


async def test_scrap_that_a_person_finds_counts_as_scrap_everywhere(api: Api) -> None:
    start = await filled(api)
    plan = layout(now_us())
    plan.sites[0].time_zone = MORNING  # output is of the plant's day, in which the pieces were made at any hour of ours
    api.services.hub.layouts["polaris"] = plan
    asked = {"machine": PRESS, "start": start, "stop": start + 10 * MIN}

    async def quality() -> tuple[Any, Any, Any]:
        async with api.client("viewer") as viewer:
            one = (await viewer.get("/api/v1/oee", params=asked)).json()["machines"][0]
            counts = (await viewer.get("/api/v1/counts", params=asked)).json()["counts"][0]
        return one["pieces"], one["kpis"]["quality_ratio"], (counts["good"], counts["scrap"])

    assert await quality() == ({"PQ": 20, "GQ": 18, "SQ": 2}, pytest.approx(0.9), (18, 2))
    token = {"Authorization": f"Bearer {api.token('viewer')}"}
    async with (
        api.client("operator") as client,
        websockets.connect(f"{api.ws}/api/v1/live?kinds=scrap", additional_headers=token) as stream,
    ):
        await stream.recv()
        body = {"machine": PRESS, "pieces": 3, "reason": "Scratch or dent", "key": "s-1"}
        done = await client.post(f"{S}/scrap", json=body)
        assert done.status_code == 201, done.text
        assert (await client.post(f"{S}/scrap", json=body)).json() == done.json(), "sent twice, booked once"
        frame = json.loads(await stream.recv())
        assert (frame["machine"], frame["good"], frame["scrap"]) == (PRESS, -3, 3)
        assert await quality() == ({"PQ": 20, "GQ": 15, "SQ": 5}, pytest.approx(0.75), (15, 5))
        out = OutputReport.model_validate((await client.get("/api/v1/output", params={"enterprise": "polaris"})).json())
        assert {row.line: row.good for row in out.lines}[LINE] == 15
        too_many = await client.post(f"{S}/scrap", json=body | {"pieces": 16, "key": ""})
        assert (too_many.status_code, "has made 15 good pieces" in too_many.json()["detail"]) == (400, True)
        listed = ScrapList.model_validate((await client.get(f"{S}/scrap", params={"place": "polaris"})).json())
        assert [(b.pieces, b.undone) for b in listed.scrap] == [(3, 0)]
        id = done.json()["id"]
        undone = await client.post(f"{S}/scrap/undo", json={"id": id, "text": "wrong press"})
        assert undone.json()["undone_why"] == "wrong press"
        assert json.loads(await stream.recv())["scrap"] == -3
        assert await quality() == ({"PQ": 20, "GQ": 18, "SQ": 2}, pytest.approx(0.9), (18, 2))
        assert (await client.post(f"{S}/scrap/undo", json={"id": 77})).status_code == 404
    assert audited(api, '"scrap"') and audited(api, '"scrap-undone"')


async def test_a_unit_in_the_machine_is_scrap_when_the_machine_has_counted_it(api: Api) -> None:
    start = await filled(api)
    began = OperationStarted(
        machine=PRESS, epoch=EPOCH, seq=500, t=now_us(), operation="p", unit="RF-7", product="slim"
    )
    api.services.registry.event(began)
    asked = {"machine": PRESS, "start": start, "stop": now_us() + 10 * MIN}

    async def scrapped(client: Any) -> int:
        return int((await client.get("/api/v1/oee", params=asked)).json()["machines"][0]["pieces"]["SQ"])

    async with api.client("operator") as client:
        body = {"machine": PRESS, "reason": "Dropped", "unit": "RF-7"}
        assert (await client.post(f"{S}/scrap", json=body)).status_code == 201
        again = await client.post(f"{S}/scrap", json=body)
        assert (again.status_code, "already" in again.json()["detail"]) == (400, True)
        assert await scrapped(client) == 2
        t = now_us()
        events = [
            OperationFinished(machine=PRESS, epoch=EPOCH, seq=501, t=t, operation="p", unit="RF-7", planned_s=1),
            PiecesCounted(machine=PRESS, epoch=EPOCH, seq=502, t=t, good=1),
            OperationFinished(machine=PRESS, epoch=EPOCH, seq=503, t=t + 1, operation="p", unit="RF-8", good=False),
        ]
        await api.store.write(Batch(events=events))
        assert await scrapped(client) == 3
        for unit, why in (("RF-8", "found RF-8 bad itself"), ("RF-9", "has not made")):
            refused = await client.post(f"{S}/scrap", json=body | {"unit": unit})
            assert (refused.status_code, why in refused.json()["detail"]) == (400, True), refused.text


# --- instructions, near misses, handover, labour ----------------------------------------------------------------------


async def test_the_instruction_is_that_of_the_product_in_the_machine(api: Api) -> None:
    steps = [
        InstructionSpec(text="Wipe the front"),
        InstructionSpec(text="Long posts", note="70 cm", products=["family"]),
        InstructionSpec(text="Short posts", products=["slim", "classic"]),
    ]
    pack = OperationSpec(name="pack", cycle_s=150, title="Pack a unit", instructions=steps)
    api.services.registry.birth(birth_of(operations=[pack]))
    async with api.client("viewer") as client:
        idle = WorkView.model_validate((await client.get(f"{S}/work/{PRESS}")).json())
        assert (idle.unit, len(idle.steps)) == ("", 3)
        api.services.registry.event(
            OperationStarted(
                machine=PRESS, epoch=EPOCH, seq=1, t=now_us(), operation="pack", unit="RF-1", product="family"
            )
        )
        found = WorkView.model_validate((await client.get(f"{S}/work/{PRESS}")).json())
    assert (found.title, found.unit, found.product) == ("Pack a unit", "RF-1", "family")
    assert [(s.text, s.note) for s in found.steps] == [("Wipe the front", ""), ("Long posts", "70 cm")]


async def test_a_near_miss_reaches_the_engineers(api: Api) -> None:
    api.services.registry.birth(birth_of())
    api.services.registry.birth(birth_of(OTHER))
    async with api.client("operator") as client:
        body = {"place": LINE, "what": "Slipped on oil", "spot": "beside press-1", "worst": "injury", "name": "Maria"}
        done = NearMissView.model_validate((await client.post(f"{S}/near-misses", json=body)).json())
        assert (done.state, done.worst) == ("open", "injury")
        assert (await client.post(f"{S}/near-misses", json=body | {"place": "polaris/south"})).status_code == 404
        assert (await client.post(f"{S}/near-misses/state", json={"id": 1, "state": "closed"})).status_code == 403
    async with api.client("engineer") as client:
        found = NearMissList.model_validate((await client.get(f"{S}/near-misses", params={"state": "open"})).json())
        assert [m.what for m in found.near_misses] == ["Slipped on oil"]
        move = {"id": done.id, "state": "closed"}
        assert (await client.post(f"{S}/near-misses/state", json=move)).status_code == 400
        closed = await client.post(f"{S}/near-misses/state", json=move | {"note": "tray"})
        assert closed.json()["state"] == "closed"
    async with api.client("engineer", tenant="acme") as theirs:
        assert (await theirs.get(f"{S}/near-misses")).json() == {"near_misses": []}
        assert (await theirs.post(f"{S}/near-misses/state", json=move)).status_code == 404


async def test_a_shift_is_handed_over_with_what_happened_in_it(api: Api) -> None:
    await filled(api, (PRESS, BEND))
    plan = layout(now_us())
    plan.sites[0].lines[0].takt_s = 60.0
    api.services.hub.layouts["polaris"] = plan
    async with api.client("operator") as client:
        await client.post(f"{S}/calls", json={"machine": BEND, "kind": "maintenance"})
        await client.post(f"{S}/near-misses", json={"place": PRESS, "what": "Hand near the ram"})
        facts = HandoverFacts.model_validate((await client.get(f"{S}/handover", params={"line": LINE})).json())
        assert facts.shift and facts.start <= now_us() < facts.stop
        assert [c.machine for c in facts.open_calls] == [BEND]
        assert (facts.calls, facts.near_misses) == (1, 1)
        assert facts.output.due is not None
        signed = await client.post(f"{S}/handovers", json={"line": LINE, "notes": "Bend runs hot", "name": "Maria"})
        made = HandoverView.model_validate(signed.json())
        assert (made.state, made.left_by, made.facts.shift) == ("signed", "Maria (operator:tester)", facts.shift)
        same = await client.post(f"{S}/handovers/accept", json={"id": made.id, "name": "Maria"})
        assert same.status_code == 400
        done = await client.post(f"{S}/handovers/accept", json={"id": made.id, "name": "Tom", "text": "read"})
        assert (done.json()["state"], done.json()["came_by"]) == ("accepted", "Tom (operator:tester)")
        listed = HandoverList.model_validate((await client.get(f"{S}/handovers", params={"place": LINE})).json())
        assert [h.id for h in listed.handovers] == [made.id]
        assert (await client.get(f"{S}/handover", params={"line": PRESS})).status_code == 404
        # before the shift that runs, nothing happened here: it is said all the same
        HandoverFacts.model_validate(
            (await client.get(f"{S}/handover", params={"line": LINE, "shift": "previous"})).raise_for_status().json()
        )
    assert audited(api, "handover-signed") and audited(api, "handover-accepted")


async def test_a_plant_without_a_calendar_hands_over_its_last_eight_hours(api: Api) -> None:
    await filled(api)
    async with api.client("operator") as client:
        facts = HandoverFacts.model_validate((await client.get(f"{S}/handover", params={"line": LINE})).json())
    assert (facts.shift, facts.plant_s) == ("", 8 * 3600)
    assert facts.output.model_dump() == {"good": 18, "due": None, "scrap": 2, "scrap_by_people": 0}
    assert (facts.stops[0].reason, facts.stops[0].state) == ("no panels", "starved"), "it waits since then"


async def test_labour_hours_a_good_piece(api: Api) -> None:
    start = await filled(api, (PRESS, BEND))
    api.services.hub.layouts["polaris"] = layout(now_us())
    paced(api, start)
    async with api.client("operator") as client:
        on = await client.post("/api/v1/labour/on", json={"place": PRESS, "name": "Maria", "t": start})
        assert on.json()["people"][0]["person"] == "Maria", "whatever link she comes with"
        await client.post("/api/v1/labour/on", json={"place": LINE, "name": "Tom", "t": start})
        assert len((await client.get("/api/v1/labour/now", params={"place": LINE})).json()["people"]) == 2
        off = {"enterprise": "polaris", "name": "Maria", "t": start + 6 * MIN}
        assert (await client.post("/api/v1/labour/off", json=off)).json()["people"][0]["ended"] == start + 6 * MIN
        asked = {"place": LINE, "start": start, "stop": start + 10 * MIN}
        found = LabourReport.model_validate((await client.get("/api/v1/labour", params=asked)).json())
        assert found.plant_s == 36_000
        assert (found.together.labour_h, found.together.good) == (16, 18 + 18)
        by = {f.place: f for f in found.machines}
        assert (by[PRESS].labour_h, by[PRESS].per_good_h) == (6, 6 / 18)
        # nobody clocked on there: 18 pieces that took no work are not known, they are not free
        assert (by[BEND].labour_h, by[BEND].good, by[BEND].per_good_h) == (0, 18, None)
        whole = LabourReport.model_validate(
            (await client.get("/api/v1/labour", params=asked | {"place": "polaris"})).json()
        )
        assert [f.place for f in whole.lines] == [LINE]
        assert whole.together.labour_h == 16
        one = LabourReport.model_validate((await client.get("/api/v1/labour", params=asked | {"place": PRESS})).json())
        assert (one.together.place, one.together.labour_h, one.machines) == (PRESS, 6, [])
        forgot = {"enterprise": "polaris", "person": "Tom", "name": "Maria"}
        assert (await client.post("/api/v1/labour/off", json=forgot)).status_code == 403
    async with api.client("engineer") as client:
        assert len((await client.post("/api/v1/labour/off", json=forgot)).json()["people"]) == 1


async def test_the_typed_client_pulls_the_cord_and_reads_labour(api: Api) -> None:
    await filled(api)
    async with AsyncAndon(api.url, api.token("operator")) as andon:
        call = await andon.pull_cord(PRESS, "quality", "scratches", name="Maria")
        assert (call.state, call.text, call.answer_s) == ("open", "scratches", None)
        assert [c.id for c in await andon.cord_calls(PRESS)] == [call.id]
        assert await andon.cord_calls(place="polaris/north/assembly") == []
        found = await andon.labour(LINE, start="-1h")
    assert (found.together.place, found.together.labour_h, found.together.good) == (LINE, 0, 18)
