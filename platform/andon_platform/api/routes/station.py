"""The andon cord: call for help, answer, resolve; and how long people waited."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any, Literal

from andon_security.tokens import Principal
from fastapi import APIRouter, Query
from fastapi.responses import Response

from andon_platform.api import limits
from andon_platform.api.answers import PROBLEMS, json
from andon_platform.api.auth import DataReader, Have, StationWorker, in_tenant
from andon_platform.api.models_station import CallAsked, CallList, CallNamed, CallReport, CallView
from andon_platform.api.problems import BadQuestion, NotFound, TooMuch
from andon_platform.api.routes.acting import deed, noted, places_asked
from andon_platform.api.routes.common import MachineNames, Start, Stop, known_machine
from andon_platform.api.routes.oee import Place, clock_of
from andon_platform.api.services import Services
from andon_platform.api.views_station import answer_s, call_view, resolve_s
from andon_platform.people.calls import KINDS, Call
from andon_platform.people.deed import Refused
from andon_platform.people.figures import waits

router = APIRouter(prefix="/station/calls", tags=["station"], responses=PROBLEMS)
#: Calls of one report: a plant that pulls the cord a hundred times a day has a year of them.
_MOST = 40_000


@router.get("", response_model=CallList)
async def calls(
    who: DataReader,
    have: Have,
    machine: MachineNames = None,
    place: Place = None,
    state: Annotated[
        Literal["open", "all"], Query(description="`open`: not resolved yet, whenever they began.")
    ] = "open",
    start: Start = "-1d",
    stop: Stop = "now",
    limit: Annotated[int, Query(ge=1, le=1_000)] = 200,
) -> Response:
    """Calls for help, newest first."""
    places = places_asked(have, who, machine, place)
    if state == "open":
        found = await have.people.calls.find(places, over=False, limit=limit)
    else:
        first, last = limits.span(start, stop, have.now())
        found = await have.people.calls.find(places, start=first, stop=last + 1, limit=limit)
    return json({"calls": [_view(have, call) for call in found]})


@router.get("/figures", response_model=CallReport)
async def figures(
    who: DataReader,
    have: Have,
    machine: MachineNames = None,
    place: Place = None,
    start: Start = "-8h",
    stop: Stop = "now",
) -> Response:
    """How often help was called for in a range, and how long it took to come and to help: mean, median and 95th
    percentile in plant time, of each machine, each line and all."""
    places = places_asked(have, who, machine, place)
    first, last = limits.span(start, stop, have.now())
    found = await have.people.calls.find(places, start=first, stop=last, limit=_MOST + 1)
    if len(found) > _MOST:
        raise TooMuch(f"more than {_MOST} calls; ask for a shorter range", limit="calls", maximum=_MOST)
    machines = sorted({call.machine for call in found})
    lines = sorted({path.rpartition("/")[0] for path in machines})
    return json(
        {
            "start": first,
            "stop": last,
            "machines": [call_figures(have, path, [c for c in found if c.machine == path]) for path in machines],
            "lines": [
                call_figures(have, path, [c for c in found if c.machine.startswith(f"{path}/")]) for path in lines
            ],
            "together": call_figures(have, place or "", found),
        }
    )


@router.post("", response_model=CallView, responses={201: {"model": CallView}})
async def pull(who: StationWorker, have: Have, wanted: CallAsked) -> Response:
    """Pull the cord. 201: help is called; 200: it was called for already, and this changes nothing."""
    path = known_machine(have, who, wanted.machine).path
    call, new = await have.people.calls.pull(path, wanted.kind, wanted.text, deed(have, who, wanted, path))
    if new:
        await noted(have, who, "call", f"{path} {call.kind} {call.id}")
    return json(_view(have, call), 201 if new else 200)


@router.post("/answer", response_model=CallView)
async def answer(who: StationWorker, have: Have, wanted: CallNamed) -> Response:
    """Say that you are there. The time from the call to this is the time to answer."""
    call = await _known(have, who, wanted.id)
    act = deed(have, who, wanted, call.machine)
    try:
        call = await have.people.calls.change(wanted.id, lambda c: c.answer(act))
    except Refused as error:
        raise BadQuestion(str(error)) from error
    await noted(have, who, "call-answered", f"{call.machine} {call.kind} {call.id}")
    return json(_view(have, call))


@router.post("/resolve", response_model=CallView)
async def resolve(who: StationWorker, have: Have, wanted: CallNamed) -> Response:
    """Say that it is over, and what helped. A call that nobody had answered is answered by this."""
    call = await _known(have, who, wanted.id)
    act = deed(have, who, wanted, call.machine)
    try:
        call = await have.people.calls.change(wanted.id, lambda c: c.resolve(act, wanted.text))
    except Refused as error:
        raise BadQuestion(str(error)) from error
    await noted(have, who, "call-resolved", f"{call.machine} {call.kind} {call.id}")
    return json(_view(have, call))


async def _known(have: Services, who: Principal, id: int) -> Call:
    call = await have.people.calls.get(id)
    if call is None or not in_tenant(who, call.machine.partition("/")[0]):
        raise NotFound(f"no call {id}; GET /station/calls lists them")
    return call


def _view(have: Services, call: Call) -> dict[str, Any]:
    return call_view(call, clock_of(have, call.machine.partition("/")[0]))


def call_figures(have: Services, place: str, found: Sequence[Call]) -> dict[str, Any]:
    """Figures over calls, which may be of several plants: each has its own clock."""
    clocks = {e: clock_of(have, e) for e in {c.machine.partition("/")[0] for c in found}}
    answers = [answer_s(c, clocks[c.machine.partition("/")[0]]) for c in found]
    ends = [resolve_s(c, clocks[c.machine.partition("/")[0]]) for c in found]
    kinds = Counter(c.kind for c in found)
    return {
        "place": place,
        "calls": len(found),
        "unanswered": sum(1 for s in answers if s is None),
        "by_kind": {kind: kinds[kind] for kind in KINDS},
        "answer": asdict(waits([s for s in answers if s is not None])),
        "resolve": asdict(waits([s for s in ends if s is not None])),
    }
