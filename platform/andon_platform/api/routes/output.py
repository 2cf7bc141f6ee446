"""Today's output against plan, per line and for the plant."""

from __future__ import annotations

from typing import Annotated

from andon_contracts.plant_clock import PlantClock
from fastapi import APIRouter, Query
from fastapi.responses import Response

from andon_platform.analytics.oee import plan
from andon_platform.analytics.oee.calendar import Calendar
from andon_platform.api.answers import PROBLEMS, json
from andon_platform.api.auth import DataReader, Have, check_tenant
from andon_platform.api.models_output import OutputReport
from andon_platform.api.people_said import counted
from andon_platform.api.problems import NotFound
from andon_platform.api.routes.oee import calendar_of, clock_of
from andon_platform.api.services import Services
from andon_platform.data.port import CountQuery, EventQuery

router = APIRouter(tags=["analytics"], responses=PROBLEMS)


@router.get("/output", response_model=OutputReport)
async def output(
    who: DataReader, have: Have, enterprise: Annotated[str, Query(max_length=24, examples=["polaris"])]
) -> Response:
    """Good pieces of the plant's day so far, and the pieces due: planned busy time of the calendar (shifts without
    their breaks, in plant time) over the line's takt."""
    check_tenant(who, enterprise)
    layout = have.hub.layouts.get(enterprise)
    if layout is None:
        raise NotFound(f"no plant {enterprise}; GET /plants lists them")
    clock, calendar, now = clock_of(have, enterprise), calendar_of(layout), have.now()
    at = clock.plant(now)
    day = await _day(have, enterprise, clock, calendar, at)
    counts = await counted(have, CountQuery(clock.wall(day.start), now + 1, (enterprise,)))
    good = {c.machine: c.good for c in counts}
    rows, leaving = [], []
    for line in plan.lines(layout):
        asked = plan.plan(calendar, day, at, line.takt_s)
        rows.append(
            {
                "line": line.path,
                "title": line.title,
                "takt_s": line.takt_s or None,
                "planned_s": asked.busy / 1e6,
                "planned_day_s": asked.busy_day / 1e6,
                "good": sum(good.get(s.machine, 0) for s in plan.ends(line)),
                "due": asked.due,
                "due_day": asked.due_day,
            }
        )
        if out := plan.exits(line):
            leaving.append((sum(good.get(s.machine, 0) for s in out), asked))
    together = {
        "good": sum(made for made, _ in leaving),
        "due": plan.total(asked.due for _, asked in leaving),
        "due_day": plan.total(asked.due_day for _, asked in leaving),
    }
    return json(
        {
            "enterprise": enterprise,
            "day": day.name,
            "start": clock.wall(day.began),
            "stop": now,
            "lines": rows,
            "together": together,
        }
    )


async def _day(have: Services, enterprise: str, clock: PlantClock, calendar: Calendar, at: int) -> plan.Day:
    """Today."""
    date, start, stop = calendar.day(at)
    return plan.Day(date.isoformat(), start, stop, min(await plan_began(have, enterprise, clock, start), at))


async def plan_began(have: Services, enterprise: str, clock: PlantClock, start: int) -> int:
    """Where a plan that would begin at ``start`` (plant time) begins. A plant that was started at noon owes nothing for
    the morning, unless it has a past there (a back-fill): then its first event says where it began."""
    message = have.hub.clocks.get(enterprise)
    born = message.segments[0].plant if message and message.segments else start
    if born > start:
        early = EventQuery(clock.wall(start), clock.wall(born), None, (), 1, enterprise=enterprise)
        born = min([born, *(clock.plant(e.t) for e in await have.store.events(early))])
    return max(start, born)
