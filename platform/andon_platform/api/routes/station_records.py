"""What people leave for others: near misses, and a shift handed over."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from fastapi.responses import Response

from andon_platform.api.answers import PROBLEMS, json
from andon_platform.api.auth import DataReader, Have, StationManager, StationWorker, in_tenant
from andon_platform.api.models_station_records import (
    LINE,
    HandoverAccepted,
    HandoverFacts,
    HandoverList,
    HandoverSigned,
    HandoverView,
    NearMissList,
    NearMissMoved,
    NearMissSaid,
    NearMissView,
)
from andon_platform.api.problems import BadQuestion, NotFound
from andon_platform.api.routes.acting import deed, known_line, known_place, noted, places_asked
from andon_platform.api.routes.handing_over import facts
from andon_platform.api.routes.oee import Place
from andon_platform.api.views_station import handover_view
from andon_platform.people.deed import Refused
from andon_platform.people.near_miss import State

router = APIRouter(prefix="/station", tags=["station"], responses=PROBLEMS)
_Line = Annotated[str, Query(max_length=64, examples=[LINE])]
_Which = Annotated[Literal["current", "previous"], Query(description="The running or the last shift.")]


# --- near misses --------------------------------------------------------------------------------------------------


@router.get("/near-misses", response_model=NearMissList)
async def near_misses(
    who: StationManager,
    have: Have,
    place: Place = None,
    state: Annotated[list[State] | None, Query(description="All of them unless named.")] = None,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 200,
) -> Response:
    """What nearly hurt somebody, newest first."""
    places = places_asked(have, who, None, place)
    found = await have.people.near_misses.find(places, state or (), limit=limit)
    return json({"near_misses": [asdict(miss) for miss in found]})


@router.post("/near-misses", response_model=NearMissView, status_code=201)
async def report_near_miss(who: StationWorker, have: Have, wanted: NearMissSaid) -> Response:
    """Report one: what, where, and how bad it could have been."""
    place = known_place(have, who, wanted.place)
    act = deed(have, who, wanted, place)
    miss = await have.people.near_misses.report(place, wanted.what, wanted.spot, wanted.worst, act)
    await noted(have, who, "near-miss", f"{place} {miss.id}")
    return json(asdict(miss), 201)


@router.post("/near-misses/state", response_model=NearMissView)
async def move_near_miss(who: StationManager, have: Have, wanted: NearMissMoved) -> Response:
    """Take it up, close it with what was done, or open it again."""
    miss = await have.people.near_misses.get(wanted.id)
    if miss is None or not in_tenant(who, miss.place.partition("/")[0]):
        raise NotFound(f"no near miss {wanted.id}; GET /station/near-misses lists them")
    act = deed(have, who, wanted, miss.place)
    try:
        miss = await have.people.near_misses.move(wanted.id, wanted.state, wanted.note, act)
    except Refused as error:
        raise BadQuestion(str(error)) from error
    await noted(have, who, f"near-miss-{wanted.state}", f"{miss.place} {miss.id}")
    return json(asdict(miss))


# --- the shift ----------------------------------------------------------------------------------------------------


@router.get("/handover", response_model=HandoverFacts)
async def handover(who: DataReader, have: Have, line: _Line, shift: _Which = "current") -> Response:
    """What happened in a shift so far, as it would be signed now."""
    return json(await facts(have, known_line(have, who, line), shift))


@router.get("/handovers", response_model=HandoverList)
async def handovers(
    who: DataReader, have: Have, place: Place = None, limit: Annotated[int, Query(ge=1, le=500)] = 50
) -> Response:
    """Handovers, newest first; with the facts as they were when they were signed."""
    found = await have.people.handovers.find(places_asked(have, who, None, place), limit)
    return json({"handovers": [handover_view(h) for h in found]})


@router.post("/handovers", response_model=HandoverView, status_code=201)
async def sign_handover(who: StationWorker, have: Have, wanted: HandoverSigned) -> Response:
    """Sign for the shift that ends: the facts are kept as they are now, with what you write to them."""
    line = known_line(have, who, wanted.line)
    act = deed(have, who, wanted, line)
    what = await facts(have, line, wanted.shift)
    span = (what["start"], what["stop"])
    try:
        made = await have.people.handovers.sign(line, what["shift"], what["day"], span, wanted.notes, what, act)
    except Refused as error:
        raise BadQuestion(str(error)) from error
    await noted(have, who, "handover-signed", f"{line} {made.shift} {made.id}")
    return json(handover_view(made), 201)


@router.post("/handovers/accept", response_model=HandoverView)
async def accept_handover(who: StationWorker, have: Have, wanted: HandoverAccepted) -> Response:
    """Accept it as the one who comes; who signed it cannot."""
    found = await have.people.handovers.get(wanted.id)
    if found is None or not in_tenant(who, found.line.partition("/")[0]):
        raise NotFound(f"no handover {wanted.id}; GET /station/handovers lists them")
    act = deed(have, who, wanted, found.line)
    try:
        found = await have.people.handovers.accept(wanted.id, wanted.text, act)
    except Refused as error:
        raise BadQuestion(str(error)) from error
    await noted(have, who, "handover-accepted", f"{found.line} {found.shift} {found.id}")
    return json(handover_view(found))
