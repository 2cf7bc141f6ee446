"""At the machine: why it stands, what is scrap, and how the unit in front of you is made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any

from andon_security.tokens import Principal
from fastapi import APIRouter, Query
from fastapi.responses import Response

from andon_platform.analytics.oee.explained import began
from andon_platform.analytics.oee.states import Interval, intervals
from andon_platform.api import limits
from andon_platform.api.answers import PROBLEMS, json
from andon_platform.api.auth import DataReader, Have, StationWorker, in_tenant
from andon_platform.api.live.frames import Frame
from andon_platform.api.models_station import (
    Named,
    ReasonCatalogue,
    ReasonSaid,
    ScrapAsked,
    ScrapList,
    ScrapUndone,
    ScrapView,
    StopList,
    StopView,
    WorkView,
)
from andon_platform.api.people_said import count_of, finished, good_counts, reasons_said, settle_scrap
from andon_platform.api.problems import BadQuestion, NotAllowed, NotFound
from andon_platform.api.routes.absent import absent
from andon_platform.api.routes.acting import deed, known_place, noted
from andon_platform.api.routes.common import PATH, MachinePath, Start, Stop, known_machine
from andon_platform.api.routes.oee import clock_of
from andon_platform.api.services import Services
from andon_platform.people.catalogue import CATALOGUE, SCRAP, STANDING, title_of
from andon_platform.people.deed import Refused, clean
from andon_platform.people.scrap import BACK_US, Booking, Pieces, last_good
from andon_platform.people.stops import LOOK_BACK_US, StopReason
from andon_platform.registry.record import Machine

router = APIRouter(prefix="/station", tags=["station"], responses=PROBLEMS)
_Machine = Annotated[str, Query(max_length=64, examples=["polaris/north/cabinets/cabinets-1/press-1"])]


# --- why it stands ------------------------------------------------------------------------------------------------


@router.get("/reasons", response_model=ReasonCatalogue)
async def reasons(who: DataReader) -> Response:
    """Reasons to choose from, by the state in which a machine stands. Any other may be written."""
    return json(
        {
            "stops": {state: [asdict(r) for r in found] for state, found in CATALOGUE.items()},
            "scrap": [asdict(r) for r in SCRAP],
        }
    )


@router.get("/stops", response_model=StopList)
async def stops(
    who: DataReader,
    have: Have,
    machine: _Machine,
    start: Start = "-8h",
    stop: Stop = "now",
    longer_s: Annotated[
        float, Query(ge=0, le=86_400, description="Seconds of plant time; shorter ones are left out.")
    ] = 0,
) -> Response:
    """Stops of a machine that touch a range, newest first: what it says itself, and what a person said."""
    found = known_machine(have, who, machine)
    first, last = limits.span(start, stop, have.now())
    rows = [s for s in await _stops(have, found, first, min(last, have.now())) if s["plant_s"] >= longer_s]
    return json({"stops": rows[::-1]})


@router.post("/stops/reason", response_model=StopView)
async def say_reason(who: StationWorker, have: Have, wanted: ReasonSaid) -> Response:
    """Give the reason of a stop: it stands in the losses from now on, in place of the machine's own, also where
    figures were asked for before."""
    machine = known_machine(have, who, wanted.machine)
    now = have.now()
    if not now - LOOK_BACK_US <= wanted.at <= now:
        raise BadQuestion("the stop must lie within the last seven days")
    act = deed(have, who, wanted, machine.path)
    found = await _stop_at(have, machine, wanted.at)
    if found is None:
        raise BadQuestion(
            f"{machine.identity.machine} did not stand at {wanted.at}; GET /station/stops lists its stops"
        )
    title = title_of(found["state"], wanted.code) if wanted.code else ""
    if title is None:
        raise BadQuestion(f"no reason {wanted.code!r} for {found['state']}; GET /station/reasons lists them")
    reason = clean(wanted.reason, 200) or title
    if not reason:
        raise BadQuestion("give a code of the catalogue, or a reason in your own words")
    said = await have.people.stops.say(
        machine.path, max(found["start"], wanted.at - LOOK_BACK_US), found["state"], wanted.code, reason, act
    )
    await noted(have, who, "stop-reason", f"{machine.path} {said.id}")
    return json(await _stop_at(have, machine, wanted.at))


@router.post("/stops/undo", response_model=StopView)
async def undo_reason(who: StationWorker, have: Have, wanted: Named) -> Response:
    """Take a reason back: what stood there before shows again."""
    before = await have.people.stops.get(wanted.id)
    if before is None or not in_tenant(who, before.machine.partition("/")[0]):
        raise NotFound(f"no reason {wanted.id}")
    act = deed(have, who, wanted, before.machine)
    _own(who, before.by, act.by)
    try:
        await have.people.stops.undo(wanted.id, act)
    except Refused as error:
        raise BadQuestion(str(error)) from error
    await noted(have, who, "stop-reason-undone", f"{before.machine} {before.id}")
    return json(await _stop_at(have, known_machine(have, who, before.machine), before.t))


def _own(who: Principal, by: str, mine: str) -> None:
    """What others booked an engineer takes back. Raises :class:`NotAllowed`."""
    session = f"{who.role}:{who.subject}"
    if not (by == mine or session in by or who.may("station:manage")):
        raise NotAllowed(f"{by} booked it: whoever it was takes it back, or an engineer", scope="station:manage")


async def _stop_at(have: Services, machine: Machine, at: int) -> dict[str, Any] | None:
    rows = await _stops(have, machine, at, max(have.now(), at + 1))
    first = rows[0] if rows else None
    return first if first is not None and first["start"] <= at else None


async def _stops(have: Services, machine: Machine, start: int, stop: int) -> list[dict[str, Any]]:
    """Oldest first. A stop that reaches beyond the range is whole, as far as its machine said."""
    before, events = await have.history.of(machine.path, start, stop)
    absence, gaps = await absent(have, machine, start, stop)
    silent = [(i.start, i.stop) for i in absence]
    own = intervals([*events, *gaps], start, stop, before=before, silent=silent)
    said = (await reasons_said(have, {machine.path: before}, start, stop))[machine.path]
    clock = clock_of(have, machine.identity.enterprise)
    groups: dict[tuple[str, int], list[Interval]] = {}
    for part in own:
        if part.state in STANDING:
            groups.setdefault((part.state, began(part)), []).append(part)
    rows = []
    for (state, first), parts in groups.items():
        last = parts[-1].stop
        names = [r for g, r in said if g.state == state and first <= g.t < last]
        away = parts[-1] is own[-1] and last >= stop
        rows.append(
            {
                "machine": machine.path,
                "state": state,
                "start": first,
                "stop": None if away else last,
                "plant_s": (clock.plant(last) - clock.plant(first)) / 1e6,
                "own": parts[-1].reason,
                "given": _given(names[-1]) if names else None,
            }
        )
    return rows


def _given(r: StopReason) -> dict[str, Any]:
    return {"id": r.id, "code": r.code, "reason": r.reason, "by": r.by, "said": r.said}


# --- what is scrap ------------------------------------------------------------------------------------------------


@router.get("/scrap", response_model=ScrapList)
async def scrap(
    who: DataReader,
    have: Have,
    place: Annotated[str, Query(max_length=64, examples=["polaris"], description="A machine, a line, a plant.")],
    start: Start = "-8h",
    stop: Stop = "now",
) -> Response:
    """Scrap that people booked in a range, newest first; what was taken back stays, and says so."""
    path = known_place(have, who, place)
    first, last = limits.span(start, stop, have.now())
    return json({"scrap": [asdict(b) for b in await have.people.scrap.find([path], first, last + 1)]})


@router.post("/scrap", response_model=ScrapView, status_code=201)
async def book_scrap(who: StationWorker, have: Have, wanted: ScrapAsked) -> Response:
    """Book pieces that the machine counted as good and that are not: a unit by its serial number, or the last ones.
    They are scrap in OEE, in `/counts` and in `/output`, at the time at which they were made; a unit that the machine
    still has counts when the machine has counted it."""
    machine = known_machine(have, who, wanted.machine)
    act = deed(have, who, wanted, machine.path)
    if (again := await have.people.scrap.again(act.key)) is not None:
        return json(asdict(again), 201)
    unit = clean(wanted.unit, 128)
    try:
        pieces = await (_of_unit(have, machine, unit) if unit else _last(have, machine, wanted.pieces, act.t))
        booking = await have.people.scrap.book(machine.path, pieces, wanted.reason, unit, act)
    except Refused as error:
        raise BadQuestion(str(error)) from error
    await _told(have, booking, 1)
    await noted(have, who, "scrap", f"{machine.path} {booking.pieces} {booking.id}")
    return json(asdict(booking), 201)


@router.post("/scrap/undo", response_model=ScrapView)
async def undo_scrap(who: StationWorker, have: Have, wanted: ScrapUndone) -> Response:
    """Take a booking back: the pieces are good again. The booking stays in the list, with who took it back and why."""
    before = await have.people.scrap.get(wanted.id)
    if before is None or not in_tenant(who, before.machine.partition("/")[0]):
        raise NotFound(f"no booking {wanted.id}; GET /station/scrap lists them")
    act = deed(have, who, wanted, before.machine)
    _own(who, before.by, act.by)
    try:
        booking = await have.people.scrap.undo(wanted.id, wanted.text, act)
    except Refused as error:
        raise BadQuestion(str(error)) from error
    await _told(have, booking, -1)
    await noted(have, who, "scrap-undone", f"{booking.machine} {booking.pieces} {booking.id}")
    return json(asdict(booking))


async def _told(have: Services, booking: Booking, sign: int) -> None:
    """Whoever follows the stream sees that counts changed."""
    enterprise = booking.machine.partition("/")[0]
    change = {"machine": booking.machine, "good": -sign * booking.pieces, "scrap": sign * booking.pieces}
    have.hub.publish(Frame("scrap", enterprise, booking.machine, change))


async def _of_unit(have: Services, machine: Machine, unit: str) -> list[Pieces]:
    now, name = have.now(), machine.identity.machine
    end = await finished(have, machine.path, unit, now - BACK_US)
    if end is None and machine.unit == unit:
        return [Pieces(machine.path, 0, 1, machine.product)]
    if end is None:
        raise Refused(f"{name} has not made {unit!r} lately, and does not work on it; leave unit away, or correct it")
    if not end.good:
        raise Refused(f"{name} found {unit} bad itself: it is scrap already")
    at = await count_of(have, end)
    return [Pieces(machine.path, at.t, 1, at.product)]


async def _last(have: Services, machine: Machine, wanted: int, t: int) -> Sequence[Pieces]:
    await settle_scrap(have, [machine.path])
    counted = await good_counts(have, machine.path, t)
    taken = await have.people.scrap.pieces([machine.path], t - BACK_US, t + 1)
    return last_good(counted, taken, wanted, machine.path)


# --- how it is made -----------------------------------------------------------------------------------------------


@router.get(f"/work{PATH}", response_model=WorkView)
async def work(path: MachinePath, who: DataReader, have: Have) -> Response:
    """The unit in front of you, and how it is made: the steps of the machine's file that are for its product."""
    machine = known_machine(have, who, path)
    operation = next(iter(machine.birth.operations), None)
    steps = operation.instructions if operation else []
    mine = [s for s in steps if not s.products or not machine.product or machine.product in s.products]
    return json(
        {
            "machine": machine.path,
            "title": (operation.title or operation.name) if operation else "",
            "operation": operation.name if operation else "",
            "unit": machine.unit,
            "product": machine.product,
            "steps": [{"text": s.text, "note": s.note} for s in mine],
        }
    )
