"""What was measured and what happened: series, latest values, events, states."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Literal, get_args

import msgspec
from andon_contracts.messages import Event, StateChanged
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import Field

from andon_platform.api import limits, tables
from andon_platform.api.answers import CSV, PROBLEMS, as_csv, iso, json, preferred, wants_csv
from andon_platform.api.auth import DataReader, Have, check_tenant, in_tenant, tenant_filter
from andon_platform.api.intervals import Interval, overlay, states
from andon_platform.api.models import CountList, EventList, LatestView, SeriesList, StateList
from andon_platform.api.people_said import counted
from andon_platform.api.problems import BadQuestion, NotFound, TooMuch
from andon_platform.api.routes.absent import absent
from andon_platform.api.routes.common import MachineNames, SignalNames, Start, Stop, known_machine
from andon_platform.api.services import Services
from andon_platform.data.aggregate import Aggregate
from andon_platform.data.port import CountQuery, Counts, EventQuery, SeriesQuery
from andon_platform.registry.record import Machine

router = APIRouter(tags=["data"], responses=PROBLEMS)
_BINARY = (tables.ARROW, tables.PARQUET)
_CSV: dict[int | str, dict[str, Any]] = {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}
_TABLES: dict[int | str, dict[str, Any]] = {
    200: {"content": _CSV[200]["content"] | {k: {"schema": {"type": "string", "format": "binary"}} for k in _BINARY}}
}
_DAY_US = 86_400_000_000
_Points = Annotated[int | None, Query(ge=1, le=limits.MAX_POINTS, description="Choose buckets for so many points.")]
EventKind = Literal["state", "operation-started", "operation-finished", "count", "alarm", "gap", "void"]


@router.get("/series", response_model=SeriesList, responses=_TABLES)
async def series(
    request: Request,
    who: DataReader,
    have: Have,
    machine: MachineNames = None,
    signal: SignalNames = None,
    start: Start = "-1h",
    stop: Stop = "now",
    every: Annotated[str | None, Query(max_length=20, description="Bucket: `10s`, `1m`, microseconds.")] = None,
    agg: Annotated[Aggregate, Query(description="How a bucket becomes a value; `raw`: no buckets.")] = "mean",
    points: Annotated[int | None, Query(ge=1, le=limits.MAX_POINTS, description="Choose buckets for so many.")] = None,
) -> Response:
    """Values over time. Machines and signals are paired; one machine may come with several signals, and one signal
    with several machines. `Accept` chooses `text/csv`, `application/vnd.apache.arrow.stream` or
    `application/vnd.apache.parquet` instead of JSON: one row a value."""
    pairs = _pairs(machine or [], signal or [])
    first, last = limits.span(start, stop, have.now())
    raw = agg == "raw"
    if every is not None and points is not None:
        raise BadQuestion("give every or points, not both")
    if raw and every is not None:
        raise BadQuestion("agg=raw has no buckets: leave every away, or choose another agg")
    bucket = None if raw else limits.duration(every) if every else limits.bucket_for(first, last, points or 500)
    limit = min(points or limits.MAX_POINTS, limits.MAX_TOTAL_POINTS // len(pairs), limits.MAX_POINTS)
    if bucket is not None:
        limit = min(limits.MAX_POINTS, limits.MAX_TOTAL_POINTS // len(pairs))
        if (last - first) // bucket > limit:
            raise TooMuch(
                f"{(last - first) // bucket} buckets of {bucket} us are more than {limit} for {len(pairs)} series; "
                "make every longer, or let points choose it",
                limit="points",
                maximum=limit,
            )
        limit += 1
    known = [_signal(known_machine(have, who, m), s) for m, s in pairs]
    queries = [SeriesQuery(m, s, first, last, bucket, agg, limit) for m, s, _ in known]
    found = await asyncio.gather(*(have.store.series(q) for q in queries))
    kind = preferred(request, CSV, tables.ARROW, tables.PARQUET)
    if kind in (tables.ARROW, tables.PARQUET):
        made = tables.arrow if kind == tables.ARROW else tables.parquet
        return await asyncio.to_thread(made, found, [unit for _, _, unit in known])
    if kind == CSV:
        rows = (
            (s.machine, s.signal, unit, t, iso(t), value)
            for s, (_, _, unit) in zip(found, known, strict=True)
            for t, value in zip(s.times, s.values, strict=True)
        )
        return as_csv(("machine", "signal", "unit", "t", "time", "value"), rows, "series")
    answer = [
        {
            "machine": s.machine,
            "signal": s.signal,
            "unit": unit,
            "every": s.every,
            "agg": s.agg,
            "source": s.source,
            "truncated": s.truncated,
            "times": [int(t) for t in s.times],
            "values": [float(v) for v in s.values],
        }
        for s, (_, _, unit) in zip(found, known, strict=True)
    ]
    return json({"start": first, "stop": last, "series": answer})


def _pairs(machines: list[str], signals: list[str]) -> list[tuple[str, str]]:
    if not machines or not signals:
        raise BadQuestion("name at least one machine and one signal: machine=...&signal=...")
    if len(machines) == 1:
        machines = machines * len(signals)
    elif len(signals) == 1:
        signals = signals * len(machines)
    if len(machines) != len(signals):
        raise BadQuestion(
            f"{len(machines)} machines and {len(signals)} signals do not pair up; repeat both for each pair"
        )
    if len(machines) > limits.MAX_SERIES:
        raise TooMuch(f"at most {limits.MAX_SERIES} series at once", limit="series", maximum=limits.MAX_SERIES)
    return list(zip(machines, signals, strict=True))


def _signal(machine: Machine, name: str) -> tuple[str, str, str]:
    for signal in machine.birth.signals:
        if signal.name == name:
            return machine.path, name, signal.unit
    names = ", ".join(s.name for s in machine.birth.signals) or "none"
    raise NotFound(f"{machine.path} has no signal {name[:64]!r}; it has: {names}")


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
