"""Labour: who clocks on and off where, labour hours, and hours a good piece."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any

from andon_contracts.plant_clock import PlantClock
from fastapi import APIRouter, Query
from fastapi.responses import Response

from andon_platform.analytics.oee import plan
from andon_platform.api import limits
from andon_platform.api.answers import PROBLEMS, json
from andon_platform.api.auth import DataReader, Have, StationWorker, check_tenant, demand
from andon_platform.api.models_station_records import ClockOff, ClockOn, LabourReport, SpanList
from andon_platform.api.people_said import counted
from andon_platform.api.routes.acting import deed, known_place, noted, places_asked
from andon_platform.api.routes.common import Start, Stop
from andon_platform.api.routes.oee import Place, clock_of
from andon_platform.api.services import Services
from andon_platform.data.port import CountQuery
from andon_platform.people.deed import person
from andon_platform.people.labour import Span, labour_us

router = APIRouter(prefix="/labour", tags=["station"], responses=PROBLEMS)


@router.get("", response_model=LabourReport)
async def labour(
    who: DataReader,
    have: Have,
    place: Annotated[str, Query(max_length=64, examples=["polaris"], description="A machine, a line, a plant.")],
    start: Start = "-8h",
    stop: Stop = "now",
) -> Response:
    """Labour hours of a range in plant time, and hours a good piece: of the place, and of each line and machine below
    it. Who is clocked on at a line works for the line, and for none of its machines alone."""
    path = known_place(have, who, place)
    first, last = limits.so_far(start, stop, have.now())
    clock = clock_of(have, path.partition("/")[0])
    spans = await have.people.labour.find([path], first, last)
    counts = {c.machine: c.good for c in await counted(have, CountQuery(first, last, (path,)))}
    machines = [m.path for m in have.registry.find(place=path)]
    lines = sorted({m.rpartition("/")[0] for m in machines} - {path}) if path.count("/") < 3 else []

    def figures(at: str) -> dict[str, Any]:
        mine = [s for s in spans if s.place == at or s.place.startswith(f"{at}/")]
        good = sum(counts.get(m, 0) for m in _makers(have, at, machines))
        return _figures(at, mine, good, clock, first, last, have.now())

    return json(
        {
            "start": first,
            "stop": last,
            "plant_s": (clock.plant(last) - clock.plant(first)) / 1e6,
            "together": figures(path),
            "lines": [figures(line) for line in lines],
            "machines": [figures(m) for m in machines if m != path],
        }
    )


def _makers(have: Services, place: str, machines: Sequence[str]) -> list[str]:
    """Machines whose good pieces are those of the place: a machine itself, a line's ends, a plant's exits; where no
    layout says which these are, all."""
    here = [m for m in machines if m == place or m.startswith(f"{place}/")]
    lines = plan.lines(have.hub.layouts.get(place.partition("/")[0]))
    if place.count("/") == 3:
        ends = {s.machine for line in lines if line.path == place for s in plan.ends(line)}
    else:
        ends = {s.machine for line in lines for s in plan.exits(line)}
    return [m for m in here if m in ends] or here


def _figures(
    place: str, spans: Sequence[Span], good: int, clock: PlantClock, start: int, stop: int, now: int
) -> dict[str, Any]:
    hours = labour_us(spans, clock.plant, start, stop, now) / 3.6e9
    return {
        "place": place,
        "labour_h": hours,
        "good": good,
        "per_good_h": hours / good if good > 0 and hours > 0 else None,
    }


@router.get("/now", response_model=SpanList)
async def there(who: StationWorker, have: Have, place: Place = None) -> Response:
    """Who is at work now, and where."""
    spans = await have.people.labour.there(places_asked(have, who, None, place))
    return json({"people": [_span(s) for s in spans]})


@router.post("/on", response_model=SpanList)
async def clock_on(who: StationWorker, have: Have, wanted: ClockOn) -> Response:
    """Begin work at a machine or a line."""
    place = known_place(have, who, wanted.place)
    act = deed(have, who, wanted, place)
    span = await have.people.labour.on(person(act.by), place, act)
    await noted(have, who, "clock-on", f"{place} {span.person}")
    return json({"people": [_span(span)]})


@router.post("/off", response_model=SpanList)
async def clock_off(who: StationWorker, have: Have, wanted: ClockOff) -> Response:
    """End work. Somebody else, who forgot to, an engineer clocks off."""
    check_tenant(who, wanted.enterprise)
    act = deed(have, who, wanted, wanted.enterprise)
    gone = wanted.person or person(act.by)
    if gone != person(act.by):
        demand(who, "station:manage")
    spans = await have.people.labour.off(gone, wanted.enterprise, act)
    await noted(have, who, "clock-off", f"{wanted.enterprise} {gone}")
    return json({"people": [_span(s) for s in spans]})


def _span(span: Span) -> dict[str, Any]:
    found = asdict(span)
    return {name: found[name] for name in ("id", "person", "place", "began", "ended")}
