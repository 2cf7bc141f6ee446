"""Values over time: series, in buckets or raw, as JSON or as a table."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from andon_platform.api import limits, tables
from andon_platform.api.answers import CSV, PROBLEMS, as_csv, iso, json, preferred
from andon_platform.api.auth import DataReader, Have
from andon_platform.api.models import SeriesList
from andon_platform.api.problems import BadQuestion, NotFound, TooMuch
from andon_platform.api.routes.common import MachineNames, SignalNames, Start, Stop, known_machine
from andon_platform.api.services import Services
from andon_platform.data.aggregate import Aggregate
from andon_platform.data.port import Series, SeriesQuery
from andon_platform.registry.record import Machine

router = APIRouter(tags=["data"], responses=PROBLEMS)
_BINARY = (tables.ARROW, tables.PARQUET)
_TABLES: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {"text/csv": {"schema": {"type": "string"}}}
        | {k: {"schema": {"type": "string", "format": "binary"}} for k in _BINARY}
    }
}


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
    spread: Annotated[bool, Query(description="Each bucket's lowest and highest value as well; in JSON.")] = False,
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
    kind = preferred(request, CSV, *_BINARY)
    if spread and kind is not None:
        raise BadQuestion("spread=true is for JSON: for a table ask again with agg=min and agg=max")
    if spread and agg in ("count", "sum", "stddev"):
        raise BadQuestion(f"spread=true goes with values, and {agg} is none: ask for agg=mean, min, max, first or last")
    bucket = None if raw else limits.duration(every) if every else limits.bucket_for(first, last, points or 500)
    limit = min(points or limits.MAX_POINTS, limits.MAX_TOTAL_POINTS // len(pairs), limits.MAX_POINTS)
    if bucket is not None:
        limit = min(limits.MAX_POINTS, limits.MAX_TOTAL_POINTS // len(pairs) // (3 if spread else 1))
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
    if kind in _BINARY:
        made = tables.arrow if kind == tables.ARROW else tables.parquet
        return await asyncio.to_thread(made, found, [unit for _, _, unit in known])
    if kind == CSV:
        rows = (
            (s.machine, s.signal, unit, t, iso(t), value)
            for s, (_, _, unit) in zip(found, known, strict=True)
            for t, value in zip(s.times, s.values, strict=True)
        )
        return as_csv(("machine", "signal", "unit", "t", "time", "value"), rows, "series")
    if not spread or bucket is None:
        spreads: list[dict[str, object]] = [{}] * len(found)
    else:
        spreads = await asyncio.gather(*(_spread(have, q, s) for q, s in zip(queries, found, strict=True)))
    answer: list[dict[str, object]] = [
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
        | ends
        for s, (_, _, unit), ends in zip(found, known, spreads, strict=True)
    ]
    return json({"start": first, "stop": last, "series": answer})


async def _spread(have: Services, asked: SeriesQuery, found: Series) -> dict[str, object]:
    """The lowest and the highest value of each bucket that was found. Values may come in between: a bucket that is
    not in both answers, or that has grown since, says no more than what it was found with."""
    low, high = await asyncio.gather(*(have.store.series(replace(asked, agg=agg)) for agg in ("min", "max")))
    lows, highs = dict(zip(low.times, low.values, strict=True)), dict(zip(high.times, high.values, strict=True))
    pairs = list(zip(found.times, found.values, strict=True))
    return {
        "lows": [float(min(v, lows.get(t, v))) for t, v in pairs],
        "highs": [float(max(v, highs.get(t, v))) for t, v in pairs],
    }


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
