"""What is measured now and what happened: latest values, events, counts, states."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Literal, get_args

import msgspec
from andon_contracts.messages import Event, StateChanged
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import Field

from andon_platform.api import limits
from andon_platform.api.answers import PROBLEMS, as_csv, iso, json, wants_csv
from andon_platform.api.auth import DataReader, Have, check_tenant, in_tenant, tenant_filter
from andon_platform.api.intervals import Interval, overlay, states
from andon_platform.api.models import CountList, EventList, LatestView, StateList
from andon_platform.api.people_said import counted
from andon_platform.api.problems import BadQuestion, TooMuch
from andon_platform.api.routes.absent import absent
from andon_platform.api.routes.common import MachineNames, Start, Stop, known_machine
from andon_platform.api.services import Services
from andon_platform.data.port import CountQuery, Counts, EventQuery
from andon_platform.registry.record import Machine

router = APIRouter(tags=["data"], responses=PROBLEMS)
_CSV: dict[int | str, dict[str, Any]] = {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}
_DAY_US = 86_400_000_000
EventKind = Literal["state", "operation-started", "operation-finished", "count", "alarm", "gap", "void"]


@router.get("/latest", response_model=LatestView, responses=_CSV)
async def latest(request: Request, who: DataReader, have: Have, machine: MachineNames = None) -> Response:
    """The newest value of every signal, as the live stream last brought it."""
    paths = [known_machine(have, who, m).path for m in machine] if machine else sorted(have.hub.latest)
    values = {path: have.hub.latest.get(path, {}) for path in paths if in_tenant(who, path.partition("/")[0])}
    if wants_csv(request):
        rows = ((m, s, t, iso(t), value) for m, found in values.items() for s, (t, value) in found.items())
        return as_csv(("machine", "signal", "t", "time", "value"), rows, "latest")
    return json(
        {"latest": {m: {s: {"t": t, "value": v} for s, (t, v) in found.items()} for m, found in values.items()}}
    )


_Limit = Annotated[int, Query(ge=1, le=limits.MAX_EVENTS)]


@router.get("/events", response_model=EventList, responses=_CSV)
async def events(
    request: Request,
    who: DataReader,
    have: Have,
    machine: Annotated[str | None, Query(max_length=64)] = None,
    kind: Annotated[list[EventKind] | None, Query(description="May be repeated.")] = None,
    start: Start = "-1h",
    stop: Stop = "now",
    limit: _Limit = 1000,
) -> Response:
    """The newest events of the range, oldest first, as they were on the wire."""
    if machine is not None:
        known_machine(have, who, machine)
    first, last = limits.span(start, stop, have.now())
    mine = None if machine else tenant_filter(who)
    # one more than the limit shows whether there are more
    query = EventQuery(first, last, machine, tuple(kind or ()), limit + 1, newest=True, enterprise=mine)
    found = await have.store.events(query)
    truncated, found = len(found) > limit, found[-limit:]
    if wants_csv(request):
        rows = ((e.machine, _kind(e), e.t, iso(e.t), msgspec.json.encode(e).decode()) for e in found)
        return as_csv(("machine", "kind", "t", "time", "event"), rows, "events")
    return json({"events": found, "truncated": truncated})


_Places = Annotated[
    list[Annotated[str, Field(max_length=64)]] | None,
    Query(
        max_length=limits.MAX_PLACES,
        description="Beginning of the path, level by level: a plant, a site, a line; may be repeated.",
        examples=[["polaris/north"]],
    ),
]


@router.get("/counts", response_model=CountList, responses=_CSV)
async def counts(
    request: Request,
    who: DataReader,
    have: Have,
    machine: MachineNames = None,
    place: _Places = None,
    start: Start = "-1h",
    stop: Stop = "now",
) -> Response:
    """Pieces good and scrap, summed per machine over a range; of some machines and places, or of all. What people
    found bad is scrap, at the time at which it was made.

    To go on from the live stream: open it first, ask then, and of the counts that came take for each machine those
    with `t` in the range and (epoch, seq) above the row's; a machine without a row has counted nothing so far."""
    first, last = limits.span(start, stop, have.now())
    if len(machine or ()) > limits.MAX_PLACES:
        raise TooMuch(f"name at most {limits.MAX_PLACES} machines", limit="machines", maximum=limits.MAX_PLACES)
    named = [known_machine(have, who, m).path for m in machine or ()]
    places = [p.strip("/") for p in place or ()]
    for path in places:
        if not path:
            raise BadQuestion("place is empty: name a plant, a site, a line, or leave it away")
        check_tenant(who, path)
    tenant = tenant_filter(who)
    asked = (*named, *places) or (() if tenant is None else (tenant,))
    found = await counted(have, CountQuery(first, last, asked))
    silent = sorted({*named} - {c.machine for c in found})
    rows = sorted([*found, *(Counts(m, 0, 0, 0, 0, 0) for m in silent)], key=lambda c: c.machine)
    if wants_csv(request):
        table = ((c.machine, c.good, c.scrap, c.events, c.epoch, c.seq) for c in rows)
        return as_csv(("machine", "good", "scrap", "events", "epoch", "seq"), table, "counts")
    good, scrap = sum(c.good for c in rows), sum(c.scrap for c in rows)
    return json({"start": first, "stop": last, "good": good, "scrap": scrap, "counts": rows})


def _kind(event: Event) -> str:
    return str(event.__struct_config__.tag)


@router.get("/states", response_model=StateList)
async def states_of(
    who: DataReader,
    have: Have,
    machine: MachineNames = None,
    start: Start = "-1h",
    stop: Stop = "now",
) -> Response:
    """States as intervals; `offline` where the registry did not have the machine."""
    first, last = limits.span(start, stop, have.now())
    last = min(last, max(have.now(), first + 1))
    if machine:
        found = [known_machine(have, who, m) for m in machine]
    else:
        found = have.registry.find(enterprise=tenant_filter(who))
    if len(found) > 50:
        raise TooMuch(f"{len(found)} machines at once; name at most 50", limit="machines", maximum=50)
    rows = await asyncio.gather(*(_intervals(have, m, first, last) for m in found))
    return json({"states": [i for row in rows for i in row]})


async def _intervals(have: Services, machine: Machine, start: int, stop: int) -> list[dict[str, object]]:
    before = EventQuery(max(0, start - 7 * _DAY_US), start, machine.path, ("state",), 1, newest=True)
    within = EventQuery(start, stop, machine.path, ("state",), limits.MAX_EVENTS, newest=True)
    earlier, later = await asyncio.gather(have.store.events(before), have.store.events(within))
    changes = [e for e in (*earlier, *later) if isinstance(e, StateChanged)]
    away, gaps = await absent(have, machine, start, stop)
    marked = [(max(g.start, start), min(g.t, stop), g.reason) for g in gaps]
    marked = [(low, high, reason) for low, high, reason in marked if low < high]
    found = states(machine.path, changes, start, stop)
    for low, high, reason in sorted(marked):
        found = overlay(found, [Interval(machine.path, "offline", reason, "", low, high)])
    return [msgspec.to_builtins(i) for i in overlay(found, away)]


assert set(get_args(EventKind)) == {e.__struct_config__.tag for e in get_args(Event)}
