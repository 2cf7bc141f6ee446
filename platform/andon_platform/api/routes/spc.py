"""Statistical process control: charts of a characteristic, limits that are kept, capability.

The methods are imported when they are first asked for: they bring scipy, and the API's start shall not wait for it.
"""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from fastapi import APIRouter, Path, Query
from fastapi.responses import Response

from andon_platform.analytics.spc.stored import Stored
from andon_platform.api import limits
from andon_platform.api.answers import PROBLEMS, json
from andon_platform.api.auth import DataReader, Engineer, Have, in_tenant
from andon_platform.api.models_spc import (
    CapabilityView,
    Characteristics,
    LimitsList,
    LimitsRequest,
    SpcChart,
    StoredView,
)
from andon_platform.api.problems import BadQuestion, NotFound
from andon_platform.api.routes.characteristics import data_of, every_for, size_for, specification, there, values_of
from andon_platform.api.routes.common import Start, Stop, known_machine
from andon_platform.api.routes.tuning import Alpha, H, K, Sigma, Target, Weight, Width, tuned
from andon_platform.api.services import Services

if TYPE_CHECKING:
    from andon_platform.analytics.spc.chart import Limits
    from andon_platform.analytics.spc.charts import Data, Tuning

router = APIRouter(prefix="/spc", tags=["analytics"], responses=PROBLEMS)
Chart = Literal["individuals", "xbar-r", "xbar-s", "ewma", "cusum", "p", "np", "c", "u", "t2"]
_Machine = Annotated[str, Query(max_length=64, examples=["polaris/north/cabinets/cabinets-1/press-1"])]
_Characteristic = Annotated[
    str,
    Query(
        max_length=64,
        description="A signal, or what an operation measures; `scrap` for p and np, `stops` for c and u; for t2 "
        "signals as `a,b,c`, or `*` for all that vary.",
        examples=["hydraulic_pressure"],
    ),
]
_Every = Annotated[
    str | None,
    Query(max_length=20, description="For a signal: the mean of each `10s` is a value. For p, c and u: a sample."),
]
_Size = Annotated[
    int | None,
    Query(ge=2, le=10_000, description="Values in a subgroup of X-bar charts (5), pieces of an np sample (50)."),
]
_Id = Annotated[str, Path(max_length=40)]
_UNITS: Final[dict[str, str]] = {"p": "1", "np": "1", "c": "1", "u": "/h", "t2": "1"}


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
    size: _Size = None,
    rules: Annotated[Literal["nelson", "western-electric", "none"], Query(description="Run rules.")] = "nelson",
    limits_id: Annotated[
        str | None, Query(alias="limits", max_length=40, description="Kept limits (Phase II); else these values'.")
    ] = None,
    weight: Weight = None,
    width: Width = None,
    k: K = None,
    h: H = None,
    target: Target = None,
    sigma: Sigma = None,
    alpha: Alpha = None,
) -> Response:
    """The chart's points with their limits, and every point that is out of control with the rule it breaks."""
    from andon_platform.analytics.spc.charts import judge

    first, last = limits.so_far(start, stop, have.now())
    found = known_machine(have, who, machine)
    size = size_for(chart, size)
    tuning = tuned(chart, limits_id, weight=weight, width=width, k=k, h=h, target=target, sigma=sigma, alpha=alpha)
    kept: tuple[Limits, ...] = ()
    if limits_id is not None:
        kept, size, every = await _kept(have, limits_id, machine, characteristic, chart, size, every)
    every = every_for(found, chart, characteristic, first, last, every)
    names = _names(chart, kept)
    data = await data_of(have, found, chart, characteristic, first, last, every, size, names)
    basis = _basis(machine, characteristic, first, last, every, data)
    if kept and every is not None and _length(data) not in (None, limits.duration(every)):
        raise BadQuestion(
            f"limits {limits_id!r} are for every={every}, and of this range only means of {basis['every']} are left: "
            f"ask for a later range, or keep limits with every={basis['every']}"
        )
    made = kept or _estimated(chart, data, size, basis, tuning)
    try:
        done = judge(chart, data, made, rules, 2 if kept else 1)
    except ValueError as error:
        raise BadQuestion(f"these limits do not fit: {error}") from error
    return json(
        {
            "machine": machine,
            "characteristic": characteristic,
            "unit": _UNITS.get(chart) or specification(found, characteristic).unit,
            "chart": chart,
            "phase": 1 if limits_id is None else 2,
            "limits_id": limits_id,
            "limits": [x.to_dict() for x in done.limits],
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


def _estimated(chart: Chart, data: Data, size: int, basis: dict[str, Any], tuning: Tuning) -> tuple[Limits, ...]:
    from andon_platform.analytics.spc.charts import estimate

    try:
        return estimate(chart, data, size, basis, tuning)
    except ValueError as error:
        raise BadQuestion(f"no limits can be estimated: {error}") from error


def _basis(machine: str, characteristic: str, start: int, stop: int, every: str | None, data: Data) -> dict[str, Any]:
    """The data that limits come from. ``every``: how long a value is, which may be longer than was asked for."""
    length = _length(data)
    every = every if length is None else limits.written(length)
    return {
        "machine": machine, "characteristic": characteristic, "start": start, "stop": stop, "every": every,
        "count": len(data.times),
    }  # fmt: skip


def _length(data: Data) -> int | None:
    """How long a value is, in microseconds; None for what was measured or counted."""
    return getattr(data, "every", None)


def _names(chart: Chart, kept: tuple[Limits, ...]) -> list[str]:
    """Signals of a T2 model that is kept."""
    from andon_platform.analytics.spc.together import names_of

    return names_of(kept[0]) if chart == "t2" and kept else []


async def _kept(
    have: Services, id: str, machine: str, characteristic: str, chart: Chart, size: int, every: str | None
) -> tuple[tuple[Limits, ...], int, str | None]:
    """Limits that were kept, with the size of a sample and the length of a value that they are for: means over
    another time, or samples of another size, would be judged by limits that are not theirs."""
    from andon_platform.analytics.spc.chart import Limits

    stored = await have.limits.get(id)
    if stored is None or stored.machine != machine or stored.characteristic != characteristic:
        raise NotFound(f"no limits {id!r} of {characteristic} of {machine}; GET /spc/limits lists them")
    if stored.chart != chart:
        raise BadQuestion(f"limits {id!r} are of a chart {stored.chart}, not {chart}")
    found = tuple(Limits.from_dict(row) for row in stored.limits)
    theirs = found[0].basis.get("every")
    if every is not None and theirs is not None and limits.duration(every) != limits.duration(theirs):
        raise BadQuestion(f"limits {id!r} are for every={theirs}, not {every}")
    return found, found[0].n if chart in ("xbar-r", "xbar-s", "np") else size, every or theirs


@router.get("/characteristics", response_model=Characteristics)
async def characteristics(
    who: DataReader, have: Have, machine: _Machine, start: Start = "-8h", stop: Stop = "now"
) -> Response:
    """What of a machine can be charted, on which charts, and within which specification: its signals, what its
    operations measure (as it announces, or as they did in the range), its scrap and its stops, all signals together."""
    first, last = limits.span(start, stop, have.now())
    found = known_machine(have, who, machine)
    _, events = await have.history.of(machine, first, last)
    return json({"characteristics": there(found, events)})


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
    first, last = limits.so_far(wanted.start, wanted.stop, have.now())
    found = known_machine(have, who, wanted.machine)
    size = size_for(wanted.chart, wanted.size)
    tuning = tuned(
        wanted.chart, None, weight=wanted.weight, width=wanted.width, k=wanted.k, h=wanted.h, target=wanted.target,
        sigma=wanted.sigma, alpha=wanted.alpha,
    )  # fmt: skip
    every = every_for(found, wanted.chart, wanted.characteristic, first, last, wanted.every)
    data = await data_of(have, found, wanted.chart, wanted.characteristic, first, last, every, size)
    basis = _basis(wanted.machine, wanted.characteristic, first, last, every, data)
    made = _estimated(wanted.chart, data, size, basis, tuning)
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
    lower: Annotated[
        float | None, Query(allow_inf_nan=False, description="Without `lower` and `upper`: as the machine announces.")
    ] = None,
    upper: Annotated[float | None, Query(allow_inf_nan=False, description="Specification limit.")] = None,
    target: Annotated[
        float | None, Query(allow_inf_nan=False, description="Else the announced one with its limits, or the middle.")
    ] = None,
    start: Start = "-1h",
    stop: Stop = "now",
    every: _Every = None,
    size: Annotated[
        int | None, Query(ge=2, le=25, description="Values in a subgroup, for sigma within; else moving ranges.")
    ] = None,
) -> Response:
    """Cp, Cpk, Pp, Ppk and Cpm with 95 % confidence intervals; sigma within, of Cp, Cpk and Cpm, comes from the mean
    range of subgroups of ``size`` neighbours, as an X-bar R chart has it, or from moving ranges."""
    from andon_platform.analytics.spc.capability import capability as compute
    from andon_platform.analytics.spc.study import within

    first, last = limits.span(start, stop, have.now())
    found = known_machine(have, who, machine)
    if lower is None and upper is None:
        told = specification(found, characteristic)
        lower, upper, target = told.lower, told.upper, told.target if target is None else target
    values = (await values_of(have, found, characteristic, first, last, every)).values
    try:
        sigma = None if size is None else within(values, size)
        done = compute(values, lower, upper, target=target, sigma_within=sigma)
    except ValueError as error:
        raise BadQuestion(f"no capability: {error}") from error
    judged = {"machine": machine, "characteristic": characteristic, "lower": lower, "upper": upper, "target": target}
    return json(judged | asdict(done))
