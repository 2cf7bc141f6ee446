"""Statistical process control: charts of a characteristic, limits that are kept, capability.

The methods are imported when they are first asked for: they bring scipy, and the API's start shall not wait for it.
"""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from fastapi.responses import Response

from andon_platform.analytics.spc.stored import Stored
from andon_platform.api import limits
from andon_platform.api.answers import PROBLEMS, json
from andon_platform.api.auth import DataReader, Engineer, Have, in_tenant
from andon_platform.api.characteristics import values_of
from andon_platform.api.models_spc import CapabilityView, LimitsList, LimitsRequest, SpcChart, StoredView
from andon_platform.api.problems import BadQuestion, NotFound
from andon_platform.api.routes.common import Start, Stop, known_machine

if TYPE_CHECKING:
    from andon_platform.analytics.spc.chart import Limits

router = APIRouter(prefix="/spc", tags=["analytics"], responses=PROBLEMS)
Chart = Literal["individuals", "xbar-r", "xbar-s", "ewma", "cusum"]
_Machine = Annotated[str, Query(max_length=64, examples=["polaris/north/cabinets/cabinets-1/press-1"])]
_Characteristic = Annotated[
    str, Query(max_length=64, description="A signal, or what an operation measures.", examples=["hydraulic_pressure"])
]
_Every = Annotated[str | None, Query(max_length=20, description="For a signal: the mean of each `10s` is a value.")]
_Size = Annotated[int, Query(ge=2, le=25, description="Values in a subgroup, for X-bar charts.")]
_Id = Annotated[str, Path(max_length=40)]


@router.get("/chart", response_model=SpcChart)
async def chart(
    who: DataReader,
    have: Have,
    machine: _Machine,
    characteristic: _Characteristic,
    chart: Annotated[Chart, Query(description="Kind of chart.")] = "individuals",
    start: Start = "-1h",
    stop: Stop = "now",
    every: _Every = None,
    size: _Size = 5,
    rules: Annotated[Literal["nelson", "western-electric", "none"], Query(description="Run rules.")] = "nelson",
    limits_id: Annotated[
        str | None, Query(alias="limits", max_length=40, description="Kept limits (Phase II); else these values'.")
    ] = None,
) -> Response:
    """The chart's points with their limits, and every point that is out of control with the rule it breaks."""
    from andon_platform.analytics.spc.chart import Limits
    from andon_platform.analytics.spc.study import estimate, study

    first, last = limits.span(start, stop, have.now())
    found = known_machine(have, who, machine)
    times, values = await values_of(have, found, characteristic, first, last, every)
    made: tuple[Limits, ...]
    if limits_id is None:
        basis = {
            "machine": machine,
            "characteristic": characteristic,
            "start": first,
            "stop": last,
            "count": len(values),
        }
        made = _estimated(estimate, chart, values, size, basis)
    else:
        stored = await have.limits.get(limits_id)
        if stored is None or stored.machine != machine or stored.characteristic != characteristic:
            raise NotFound(f"no limits {limits_id!r} of {characteristic} of {machine}; GET /spc/limits lists them")
        if stored.chart != chart:
            raise BadQuestion(f"limits {limits_id!r} are of a chart {stored.chart}, not {chart}")
        made = tuple(Limits.from_dict(row) for row in stored.limits)
    done = study(chart, times, values, made, rules)
    return json(
        {
            "machine": machine,
            "characteristic": characteristic,
            "unit": next((s.unit for s in found.birth.signals if s.name == characteristic), ""),
            "chart": chart,
            "phase": 1 if limits_id is None else 2,
            "limits_id": limits_id,
            "limits": [x.to_dict() for x in made],
            "panels": [
                {
                    "name": p.name,
                    "times": list(p.times),
                    "values": list(p.points.values),
                    "lower": list(p.points.lower),
                    "upper": list(p.points.upper),
                    "centre": list(p.points.centre),
                    "violations": [asdict(v) for v in p.violations],
                }
                for p in done.panels
            ],
        }
    )


def _estimated(estimate: Any, chart: Chart, values: list[float], size: int, basis: dict[str, Any]) -> Any:
    try:
        return estimate(chart, values, size, basis)
    except ValueError as error:
        raise BadQuestion(f"no limits can be estimated: {error}") from error


@router.get("/limits", response_model=LimitsList)
async def kept(
    who: DataReader,
    have: Have,
    machine: Annotated[str | None, Query(max_length=64)] = None,
    characteristic: Annotated[str | None, Query(max_length=64)] = None,
) -> Response:
    """Kept limits, newest first, each with the data they came from."""
    rows = await have.limits.find(machine, characteristic)
    return json({"limits": [asdict(row) for row in rows if in_tenant(who, row.machine.partition("/")[0])]})


@router.post("/limits", response_model=StoredView, status_code=201)
async def keep(who: Engineer, have: Have, wanted: LimitsRequest) -> Response:
    """Phase I: estimate limits from a range in which all was well, and keep them."""
    from andon_platform.analytics.spc.study import estimate

    first, last = limits.span(wanted.start, wanted.stop, have.now())
    found = known_machine(have, who, wanted.machine)
    _, values = await values_of(have, found, wanted.characteristic, first, last, wanted.every)
    basis = {
        "machine": wanted.machine, "characteristic": wanted.characteristic, "start": first, "stop": last,
        "every": wanted.every, "count": len(values),
    }  # fmt: skip
    made = _estimated(estimate, wanted.chart, values, wanted.size, basis)
    by = f"{who.role}:{who.subject}"
    stored = Stored(
        secrets.token_hex(8), wanted.machine, wanted.characteristic, wanted.chart, have.now(), by,
        [x.to_dict() for x in made],
    )  # fmt: skip
    await have.limits.add(stored)
    await asyncio.to_thread(
        have.audit.append, "spc-limits", by, f"{stored.id} of {wanted.characteristic}, {wanted.machine}"
    )
    return json(asdict(stored), 201)


@router.delete("/limits/{id}", status_code=204)
async def drop(who: Engineer, have: Have, id: _Id) -> Response:
    """Forget kept limits."""
    stored = await have.limits.get(id)
    if stored is None or not in_tenant(who, stored.machine.partition("/")[0]):
        raise NotFound(f"no limits {id!r}; GET /spc/limits lists them")
    await have.limits.remove(id)
    by = f"{who.role}:{who.subject}"
    await asyncio.to_thread(have.audit.append, "spc-limits", by, f"removed {id} of {stored.characteristic}")
    return Response(status_code=204)


@router.get("/capability", response_model=CapabilityView)
async def capability(
    who: DataReader,
    have: Have,
    machine: _Machine,
    characteristic: _Characteristic,
    lower: Annotated[float | None, Query(description="Specification limit; else the signal's own.")] = None,
    upper: Annotated[float | None, Query(description="Specification limit; else the signal's own.")] = None,
    target: Annotated[float | None, Query(description="Else the middle.")] = None,
    start: Start = "-1h",
    stop: Stop = "now",
    every: _Every = None,
) -> Response:
    """Cp, Cpk, Pp, Ppk and Cpm with 95 % confidence intervals; sigma within comes from moving ranges."""
    from andon_platform.analytics.spc.capability import capability as compute

    first, last = limits.span(start, stop, have.now())
    found = known_machine(have, who, machine)
    signal = next((s for s in found.birth.signals if s.name == characteristic), None)
    if lower is None and upper is None and signal is not None:
        lower, upper = signal.low_limit, signal.high_limit
    _, values = await values_of(have, found, characteristic, first, last, every)
    try:
        done = compute(values, lower, upper, target=target)
    except ValueError as error:
        raise BadQuestion(f"no capability: {error}") from error
    return json({"machine": machine, "characteristic": characteristic, "lower": lower, "upper": upper} | asdict(done))
