"""What happened in a shift on a line, put together for the handover from the figures that everybody sees."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Final

from andon_contracts.plant_clock import PlantClock

from andon_platform.analytics.oee import plan
from andon_platform.analytics.oee.calendar import Calendar
from andon_platform.analytics.oee.elements import Elements
from andon_platform.analytics.oee.kpis import kpis
from andon_platform.analytics.oee.losses import pareto
from andon_platform.api.people_said import counted
from andon_platform.api.problems import NotFound
from andon_platform.api.routes.oee import calendar_of, clock_of, elements_of, shift_run, shift_view
from andon_platform.api.routes.output import plan_began
from andon_platform.api.services import Services
from andon_platform.api.views_station import answer_s, call_view
from andon_platform.data.port import CountQuery
from andon_platform.people.figures import waits
from andon_platform.people.labour import labour_us

#: Without a calendar a shift is what happened in the last so many hours.
_LENGTH_US: Final = 8 * 3_600_000_000
_STOPS: Final = 8


async def facts(have: Services, line: str, which: str) -> dict[str, Any]:
    """Of the running or the last shift; durations are plant time.

    Raises:
        NotFound: there was no such shift.
    """
    enterprise = line.partition("/")[0]
    clock, now = clock_of(have, enterprise), have.now()
    layout = have.hub.layouts.get(enterprise)
    calendar = calendar_of(layout)
    name, day, start, stop = _shift(calendar, clock, now, which, bool(layout and layout.shifts))
    until = min(stop, now)
    machines = [m for m in have.registry.find(place=line) if m.identity.path.startswith(f"{line}/")]
    here = {m.path: m for m in machines}
    found = await elements_of(have, machines, clock, calendar, start, max(until, start + 1))
    places = next((found_line for found_line in plan.lines(layout) if found_line.path == line), None)
    ends = {s.machine for s in plan.ends(places)} if places else set(here)
    counts = await counted(have, CountQuery(start, max(until, start + 1), (line,)))
    began = await plan_began(have, enterprise, clock, clock.plant(start))
    busy = plan.planned(calendar, began, max(began, clock.plant(until)))
    bad = [b for b in await have.people.scrap.find([line], start, until + 1) if not b.undone]
    calls = await have.people.calls.find([line], start=start, stop=until + 1)
    open_calls = await have.people.calls.find([line], over=False)
    answers = [s for c in calls if (s := answer_s(c, clock)) is not None]
    spans = await have.people.labour.find([line], start, until)
    return {
        "line": line,
        "title": places.title if places else line.rpartition("/")[2],
        "shift": name,
        "day": day,
        "start": start,
        "stop": stop,
        "plant_s": (clock.plant(until) - clock.plant(start)) / 1e6,
        "oee": kpis(sum(found.values(), start=Elements())).oee,
        "output": {
            "good": sum(c.good for c in counts if c.machine in ends),
            "due": plan.pieces(busy, places.takt_s) if places else None,
            "scrap": sum(c.scrap for c in counts),
            "scrap_by_people": sum(b.pieces for b in bad),
        },
        "stops": _stops(found),
        "calls": len(calls),
        "answer_median_s": waits(answers).median_s,
        "open_calls": [call_view(c, clock) for c in open_calls],
        "open_alarms": [
            {"id": a.id, "severity": a.severity, "text": a.text, "raised": a.raised}
            for a in have.alarms.find(enterprise=enterprise)
            if a.machine in here and a.active
        ],
        "scrap": [asdict(b) for b in bad],
        "near_misses": len(await have.people.near_misses.find([line], start=start, stop=until + 1)),
        "labour_h": labour_us(spans, clock.plant, start, until, now) / 3.6e9,
        "units": {m.path: m.unit for m in machines if m.unit},
    }


def _shift(calendar: Calendar, clock: PlantClock, now: int, which: str, planned: bool) -> tuple[str, str, int, int]:
    run = shift_run(calendar, clock, now, which) if planned else None
    if run is not None:
        view = shift_view(run, clock)
        return run.name, view["day"], view["start"], view["stop"]
    if planned and which == "previous":
        raise NotFound("no shift ended in the last eight days")
    at = clock.plant(now)
    return "", calendar.day(at)[0].isoformat(), clock.wall(at - _LENGTH_US), now


def _stops(found: dict[str, Elements]) -> list[dict[str, Any]]:
    rows = [
        {"machine": path, "state": loss.state, "reason": loss.reason, "s": loss.us / 1e6}
        for path, e in found.items()
        for loss in pareto(e)
    ]
    return sorted(rows, key=lambda row: -float(str(row["s"])))[:_STOPS]
