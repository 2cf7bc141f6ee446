"""Data as a resource base: every signal there is, and how good what came of it is."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Annotated, Any

from andon_contracts.messages import CharacteristicSpec, SignalSpec
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from andon_platform.analytics.quality import Minute, Quality, assess, pooled
from andon_platform.analytics.timeliness import of_signal, timeliness
from andon_platform.api import limits
from andon_platform.api.answers import PROBLEMS, as_csv, json, wants_csv
from andon_platform.api.auth import DataReader, Have, check_tenant, tenant_filter
from andon_platform.api.completeness import DayOfValues
from andon_platform.api.models_catalogue import CatalogueList, QualityReport
from andon_platform.api.problems import TooMuch
from andon_platform.api.routes.common import Start, Stop, known_machine
from andon_platform.api.services import Services
from andon_platform.api.views import spec_view
from andon_platform.data.aggregate import MINUTE, ceil, floor
from andon_platform.data.port import SeriesQuery
from andon_platform.registry.record import SILENT_INTERVALS, Machine

router = APIRouter(tags=["catalogue"], responses=PROBLEMS)
_COLUMNS = (
    "machine", "signal", "title", "unit", "minimum", "maximum", "rate_hz", "class", "origin", "source", "owner",
    "raw_days", "minute_days", "values", "expected", "completeness",
)  # fmt: skip
#: A week is 10,080 minutes, and the answer's gaps are read by people.
_MAX_QUALITY_US = 7 * 86_400_000_000


@router.get("/catalogue", response_model=CatalogueList)
async def catalogue(
    request: Request,
    who: DataReader,
    have: Have,
    place: Annotated[str | None, Query(max_length=64, description="A plant, a site, a line, a machine.")] = None,
    text: Annotated[str | None, Query(max_length=64, description="Words in name, title, unit or class.")] = None,
) -> Response:
    """Every signal: unit, range, rate, what class of data it is, where it comes from, whose it is, how long it is kept,
    and how complete it is over the last day (`start` to `stop`; of a machine that became known meanwhile, since the
    next full minute); and every quality characteristic that a machine announces, with its specification. `Accept:
    text/csv` gives a table of the signals."""
    if place:
        check_tenant(who, place.strip("/"))
    machines = have.registry.find(place=place, enterprise=tenant_filter(who))
    day = await have.completeness.day({m.path: m.first_seen for m in have.registry.find()})
    rows = [_entry(have, day, m, s) for m in machines for s in m.birth.signals]
    words = (text or "").lower().split()
    rows = [row for row in rows if _holds(row, words)]
    if wants_csv(request):
        return as_csv(_COLUMNS, ([row[name] for name in _COLUMNS] for row in rows), "catalogue")
    specified = [_characteristic(m, c) for m in machines for c in m.birth.characteristics]
    specified = [row for row in specified if _holds(row, words)]
    return json({"signals": rows, "characteristics": specified, "start": day.start, "stop": day.stop})


def _holds(row: Mapping[str, Any], words: Sequence[str]) -> bool:
    text = " ".join(map(str, row.values())).lower()
    return all(word in text for word in words)


def _characteristic(machine: Machine, told: CharacteristicSpec) -> dict[str, Any]:
    row = spec_view(told)
    name = row.pop("name")
    where = {"origin": machine.birth.origin, "owner": machine.identity.enterprise}
    return {"machine": machine.path, "characteristic": name} | row | {"title": told.title or name} | where


def _entry(have: Services, day: DayOfValues, machine: Machine, signal: SignalSpec) -> dict[str, Any]:
    birth, settings = machine.birth, have.settings
    came, due, complete = day.of(machine.path, signal.name, signal.rate_hz, machine.first_seen)
    return {
        "machine": machine.path,
        "signal": signal.name,
        "title": signal.title or signal.name,
        "description": signal.description,
        "unit": signal.unit,
        "minimum": signal.minimum,
        "maximum": signal.maximum,
        "low_limit": signal.low_limit,
        "high_limit": signal.high_limit,
        "rate_hz": signal.rate_hz,
        "class": signal.role,
        "origin": birth.origin,
        "source": birth.source or birth.type,
        "owner": machine.identity.enterprise,
        "raw_days": settings.raw_days,
        "minute_days": settings.minute_days,
        "values": came,
        "expected": due,
        "completeness": complete,
    }


@router.get("/quality", response_model=QualityReport)
async def quality(
    who: DataReader,
    have: Have,
    machine: Annotated[str, Query(max_length=64, examples=["polaris/north/cabinets/cabinets-1/press-1"])],
    start: Start = "-1h",
    stop: Stop = "now",
    within: Annotated[
        str | None,
        Query(max_length=20, description="What is timely: `5s` from stamp to store. Else three publish intervals."),
    ] = None,
) -> Response:
    """How complete, timely, valid and alive each signal of a machine is, with its gaps as a list. By minutes. Values
    are due since the machine is known: what there is from before, as from a back-fill, is counted as `earlier`, and
    is neither complete nor missing."""
    first, last = limits.so_far(start, stop, have.now())
    if last - first > _MAX_QUALITY_US:
        raise TooMuch("more than 7 days at once", limit="range", maximum="7 days")
    found = known_machine(have, who, machine)
    wanted = limits.duration(within, "within") if within else _timely(have, found)
    # what came in time is counted and not expected: who asks for a minute that still runs gets what came so far
    low, high = ceil(first, MINUTE), floor(limits.span(start, stop, have.now())[1], MINUTE)
    delays = await have.store.delays(found.path, low, high) if low < high else []
    read = await asyncio.gather(*(_quality(have, found, s, first, last) for s in found.birth.signals))
    rows = [quality for quality, _ in read]
    complete, valid = pooled(rows)
    return json(
        {
            "machine": machine,
            "start": first,
            "stop": last,
            "completeness": complete,
            "validity": valid,
            "timeliness": asdict(timeliness(delays, wanted)),
            "signals": [
                {"signal": s.name, "title": s.title or s.name, "unit": s.unit}
                | {"timeliness": of_signal(delays, minutes, wanted)}
                | asdict(q)
                for s, (q, minutes) in zip(found.birth.signals, read, strict=True)
            ],
        }
    )


def _timely(have: Services, machine: Machine) -> int:
    """Microseconds within which the machine's values are timely."""
    return round((have.settings.timely_s or SILENT_INTERVALS * machine.birth.interval_s) * 1e6)


async def _quality(
    have: Services, machine: Machine, signal: SignalSpec, start: int, stop: int
) -> tuple[Quality, dict[int, Minute]]:
    most = (stop - start) // MINUTE + 2
    counts, lows, highs = await asyncio.gather(
        *(
            have.store.series(SeriesQuery(machine.path, signal.name, start, stop, MINUTE, agg, most))
            for agg in ("count", "min", "max")
        )
    )
    low, high = dict(zip(lows.times, lows.values, strict=True)), dict(zip(highs.times, highs.values, strict=True))
    minutes = {
        int(t): Minute(float(n), float(low[t]), float(high[t]))
        for t, n in zip(counts.times, counts.values, strict=True)
        if t in low and t in high
    }
    judged = assess(minutes, start, stop, signal.rate_hz, signal.minimum, signal.maximum, machine.first_seen)
    return judged, minutes
