"""How much the alarms of a plant ask of people: rate, floods, what chatters and what is stale."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Final

from fastapi import APIRouter, Query
from fastapi.responses import Response

from andon_platform.alarms.measures import BOUNDS, LOOK_BACK_US, annunciated, measures, stale
from andon_platform.api import limits
from andon_platform.api.answers import PROBLEMS, json
from andon_platform.api.auth import DataReader, Have, check_tenant
from andon_platform.api.models_alarms import AlarmMeasures
from andon_platform.api.problems import TooMuch
from andon_platform.api.routes.common import Start, Stop
from andon_platform.api.routes.oee import clock_of

router = APIRouter(prefix="/alarms", tags=["alarms"], responses=PROBLEMS)
_MOST_DAYS: Final = 31
_DAY_US: Final = 86_400_000_000
_MOST_LINES: Final = 100_000


@router.get("/measures", response_model=AlarmMeasures)
async def alarm_measures(
    who: DataReader,
    have: Have,
    enterprise: Annotated[str, Query(max_length=24, examples=["polaris"])],
    start: Start = "-8h",
    stop: Stop = "now",
) -> Response:
    """Alarms an hour, share of time in flood, worst ten minutes, the most frequent, the chattering and the stale,
    after ISA-18.2 and IEC 62682; with the bounds that these and EEMUA 191 give for one operating position."""
    check_tenant(who, enterprise)
    now, clock = have.now(), clock_of(have, enterprise)
    first, last = limits.so_far(start, stop, now)
    low, high = clock.plant(first), clock.plant(last)
    if high - low > _MOST_DAYS * _DAY_US:
        days = f"{_MOST_DAYS} days of plant time"
        raise TooMuch(f"the range is longer than {days}", limit="range", maximum=days)
    entries = await have.alarms.told(enterprise, clock.wall(low - LOOK_BACK_US), last, _MOST_LINES)
    if len(entries) > _MOST_LINES:
        raise TooMuch(
            f"more than {_MOST_LINES} lines of history; ask for less time", limit="lines", maximum=_MOST_LINES
        )
    rang = annunciated(entries, clock.plant)
    found = measures(rang, low, high)
    known = {alarm.id: alarm for alarm in have.alarms.find(enterprise=enterprise)}
    severities = Counter(known[r.id].severity for r in rang if low <= r.t < high and r.id in known)
    return json(
        {
            "start": first,
            "stop": last,
            "plant_s": (high - low) / 1e6,
            "alarms": found.alarms,
            "per_hour": found.per_hour,
            "peak": found.peak,
            "flood_s": found.flood_us / 1e6,
            "flood_share": found.flood_us / max(1, high - low),
            "peak_share": found.peak_share,
            "top_share": found.top_share,
            "periods": [{"start": clock.wall(t), "alarms": n} for t, n in found.periods],
            "by_severity": {name: severities[name] for name in ("critical", "warning", "information")},
            "top": [{"id": id, "alarms": n, "share": n / found.alarms} for id, n in found.top],
            "chattering": [{"id": id, "most": n} for id, n in found.chattering],
            "stale": [{"id": a.id, "s": us / 1e6} for a, us in stale(known.values(), now, clock.plant)],
            "bounds": BOUNDS,
        }
    )
