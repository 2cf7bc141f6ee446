"""OEE and its family, per machine, line, shift, product and any interval."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any, Literal

from andon_contracts.messages import LayoutMessage
from andon_contracts.plant_clock import PlantClock
from fastapi import APIRouter, Query
from fastapi.responses import Response

from andon_platform.analytics.oee.bottleneck import bottleneck
from andon_platform.analytics.oee.calendar import Calendar, ShiftRun
from andon_platform.analytics.oee.elements import Elements
from andon_platform.analytics.oee.kpis import FORMULAS, kpis
from andon_platform.analytics.oee.losses import pareto, waterfall
from andon_platform.analytics.oee.report import Past, machine_elements
from andon_platform.api import limits
from andon_platform.api.answers import PROBLEMS, json
from andon_platform.api.auth import DataReader, Have, check_tenant, tenant_filter
from andon_platform.api.models_oee import OeeReport, ShiftList
from andon_platform.api.people_said import pieces_scrapped, reasons_said
from andon_platform.api.problems import BadQuestion, NotFound, TooMuch
from andon_platform.api.routes.absent import absent
from andon_platform.api.routes.common import MachineNames, Start, Stop, known_machine
from andon_platform.api.services import Services
from andon_platform.api.views_station import clock_in
from andon_platform.registry.record import Machine

router = APIRouter(tags=["analytics"], responses=PROBLEMS)
MAX_MACHINES = 50
_DAY_US = 86_400_000_000
#: An operation that began in the range is looked for this long after it (plant time).
_LONGEST_US = 3_600_000_000
Shift = Annotated[
    Literal["current", "previous"] | None,
    Query(description="The running or the last shift, instead of start and stop."),
]
OrRange = Annotated[bool, Query(description="If there is no such shift: start and stop, not an error.")]
Place = Annotated[
    str | None, Query(max_length=64, description="A plant, a site, a line.", examples=["polaris/north/cabinets"])
]


@router.get("/oee", response_model=OeeReport)
async def oee(
    who: DataReader,
    have: Have,
    machine: MachineNames = None,
    place: Place = None,
    start: Start = "-8h",
    stop: Stop = "now",
    shift: Shift = None,
    or_range: OrRange = False,
    product: Annotated[str | None, Query(max_length=128, description="Only while this product was made.")] = None,
) -> Response:
    """Time elements, ratios, waterfall and losses of each machine and of all together, after ISO 22400-2; and the
    bottleneck among them. Durations are plant time; the figures of a range that is not over yet are those so far."""
    machines = _machines(have, who, machine, place)
    if not machines:
        raise NotFound("no machine there; GET /machines lists them")
    if len({m.identity.enterprise for m in machines}) > 1:
        raise BadQuestion("machines of several plants: each plant has its own clock and calendar; ask for one")
    clock, calendar = plant_of(have, machines[0])
    first, last, run = asked_range(have, clock, calendar, start, stop, shift, or_range)
    found = await elements_of(have, machines, clock, calendar, first, last, product)
    together = sum(found.values(), start=Elements())
    order = _in_flow(have.hub.layouts.get(machines[0].identity.enterprise), list(found))
    neck = bottleneck(order, found) if len(found) > 1 else None
    return json(
        {
            "start": first,
            "stop": last,
            "plant_s": (clock.plant(last) - clock.plant(first)) / 1e6,
            "shift": shift_view(run, clock) if run else None,
            "product": product,
            "machines": [{"machine": path, **figures(e)} for path, e in found.items()],
            "together": figures(together),
            "bottleneck": asdict(neck) if neck else None,
            "formulas": FORMULAS,
        }
    )


@router.get("/shifts", response_model=ShiftList)
async def shifts(
    who: DataReader,
    have: Have,
    enterprise: Annotated[str, Query(max_length=24, examples=["polaris"])],
    start: Start = "-1d",
    stop: Stop = "now",
) -> Response:
    """Shifts of a plant's calendar that touch a range, with their wall times at the plant's pace."""
    check_tenant(who, enterprise)
    clock, calendar = clock_of(have, enterprise), calendar_of(have.hub.layouts.get(enterprise))
    first, last = limits.span(start, stop, have.now())
    if clock.plant(last) - clock.plant(first) > 400 * _DAY_US:
        raise TooMuch("more than 400 days of plant time", limit="range", maximum="400 days")
    runs = calendar.runs(clock.plant(first), clock.plant(last))
    return json({"shifts": [shift_view(run, clock) for run in runs]})


def _machines(have: Services, who: Any, named: list[str] | None, place: str | None) -> list[Machine]:
    if named:
        found = [known_machine(have, who, path) for path in dict.fromkeys(named)]
    else:
        if place:
            check_tenant(who, place.strip("/"))
        found = have.registry.find(place=place, enterprise=tenant_filter(who))
        found = [m for m in found if m.birth.operations] or found
    if len(found) > MAX_MACHINES:
        raise TooMuch(f"{len(found)} machines; ask for a line", limit="machines", maximum=MAX_MACHINES)
    return found


def clock_of(have: Services, enterprise: str) -> PlantClock:
    """The plant's clock; without one, plant time is wall time."""
    return clock_in(have.hub, enterprise)


def calendar_of(layout: LayoutMessage | None) -> Calendar:
    """The plant's calendar, in the time zone of its first site."""
    if layout is None:
        return Calendar([])
    zone = layout.sites[0].time_zone if layout.sites else "UTC"
    return Calendar(layout.shifts, layout.days_off, zone)


def plant_of(have: Services, machine: Machine) -> tuple[PlantClock, Calendar]:
    """Clock and calendar of the machine's plant."""
    enterprise = machine.identity.enterprise
    return clock_of(have, enterprise), calendar_of(have.hub.layouts.get(enterprise))


async def elements_of(
    have: Services,
    machines: Sequence[Machine],
    clock: PlantClock,
    calendar: Calendar,
    start: int,
    stop: int,
    product: str | None = None,
) -> dict[str, Elements]:
    """Each machine's time elements in the wall range; not in the loop, since a month's are seconds of work."""
    pasts = await pasts_of(have, machines, clock, start, stop)
    return {
        path: await asyncio.to_thread(machine_elements, past, clock, calendar, start, stop, product)
        for path, past in pasts.items()
    }


async def pasts_of(
    have: Services, machines: Sequence[Machine], clock: PlantClock, start: int, stop: int
) -> dict[str, Past]:
    """What is known of each machine in the wall range, and a little beyond it."""
    ahead = wall_ahead(clock, stop, have.now())
    paths = [m.path for m in machines]
    read = await have.history.of_all(paths, start, ahead)
    said = await reasons_said(have, {path: read[path][0] for path in paths}, start, stop)
    scrapped = await pieces_scrapped(have, paths, start, ahead)
    found = {}
    for m in machines:
        before, events = read[m.path]
        cycles = {o.name: o.cycle_s for o in m.birth.operations}
        away, gaps = await absent(have, m, start, stop)
        silent = [(i.start, i.stop) for i in away]
        given = [reason for reason, _ in said[m.path]]
        found[m.path] = Past(before, [*events, *gaps], silent, cycles, given, scrapped.get(m.path, ()))
    return found


def wall_ahead(clock: PlantClock, stop: int, now: int) -> int:
    """How far events are looked at for the figures of a range until ``stop``: operations that it cuts end later."""
    return min(max(now, stop), clock.wall(clock.plant(stop) + _LONGEST_US))


def asked_range(
    have: Services, clock: PlantClock, calendar: Calendar, start: str, stop: str, shift: str | None, or_range: bool
) -> tuple[int, int, ShiftRun | None]:
    """The wall range that a question means, until now at most, and its shift.

    Raises:
        NotFound: there is no such shift, and ``or_range`` does not let start and stop stand in for it.
    """
    run = shift_run(calendar, clock, have.now(), shift) if shift else None
    if shift and run is None and not or_range:
        none = "no shift runs now" if shift == "current" else "no shift ended in the last eight days"
        raise NotFound(f"{none}; or_range=true takes start and stop then")
    if run is not None:
        return clock.wall(run.start), min(clock.wall(run.stop), have.now()), run
    return *limits.so_far(start, stop, have.now()), None


def shift_run(calendar: Calendar, clock: PlantClock, now: int, which: str) -> ShiftRun | None:
    at = clock.plant(now)
    runs = list(calendar.runs(at - 8 * _DAY_US, at + 1))
    running = [run for run in runs if run.start <= at < run.stop]
    if which == "current":
        return running[0] if running else None
    over = [run for run in runs if run.stop <= at]
    return over[-1] if over else None


def shift_view(run: ShiftRun, clock: PlantClock) -> dict[str, Any]:
    return {
        "name": run.name,
        "day": run.day.isoformat(),
        "start": clock.wall(run.start),
        "stop": clock.wall(run.stop),
        "plant_start": run.start,
        "plant_stop": run.stop,
    }


def _in_flow(layout: LayoutMessage | None, paths: list[str]) -> list[str]:
    """Paths in the order of the flow; those that the layout does not know are no station."""
    if layout is None:
        return paths
    stations = [s.machine for site in layout.sites for line in site.lines for s in line.stations]
    return [path for path in stations if path in paths]


def figures(e: Elements) -> dict[str, Any]:
    """Elements in seconds, ratios, waterfall and losses."""
    seconds = {
        "APT": e.apt, "ASUT": e.asut, "ADET": e.adet, "ADOT": e.adot, "AUPT": e.aupt, "AUBT": e.aubt, "PBT": e.pbt,
        "starved": e.starved, "blocked": e.blocked, "down": e.down, "planned_stop": e.planned_stop,
        "breaks": e.breaks, "unplanned": e.unplanned, "offline": e.offline, "calendar": e.calendar,
        "planned_run": e.planned_run_us,
    }  # fmt: skip
    return {
        "kpis": asdict(kpis(e)),
        "times_s": {name: us / 1e6 for name, us in seconds.items()},
        "pieces": {"PQ": e.produced, "GQ": e.good, "SQ": e.scrap},
        "failures": e.failures,
        "waterfall": [
            {"name": s.name, "s": s.us / 1e6, "level_s": s.level / 1e6, "total": s.total} for s in waterfall(e)
        ],
        "losses": [
            {"state": x.state, "reason": x.reason, "s": x.us / 1e6, "share": x.share, "cumulative": x.cumulative}
            for x in pareto(e)
        ],
    }
