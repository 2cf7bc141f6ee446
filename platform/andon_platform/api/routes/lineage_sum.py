"""Lineage of a plant's or a line's figure: the machines that it sums, each with what it adds."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import Response

from andon_platform.analytics.energy.meters import ELECTRICITY, meters
from andon_platform.analytics.energy.use import EnergyUse
from andon_platform.analytics.lineage.figures import SUMMED
from andon_platform.api import limits
from andon_platform.api.answers import PROBLEMS, json
from andon_platform.api.auth import DataReader, Have
from andon_platform.api.models_lineage import LineageSum
from andon_platform.api.problems import BadQuestion, TooMuch
from andon_platform.api.routes.common import Start, Stop
from andon_platform.api.routes.energy import machines_of, measured
from andon_platform.api.routes.lineage import MAX_US, entry_of, known_figure
from andon_platform.api.routes.oee import plant_of

router = APIRouter(prefix="/lineage/sum", tags=["catalogue"], responses=PROBLEMS)


@router.get("", response_model=LineageSum)
async def lineage_sum(
    who: DataReader,
    have: Have,
    figure: Annotated[str, Query(max_length=32, description="One that is `summed`.", examples=["kwh"])],
    place: Annotated[str, Query(max_length=64, description="A plant, a site, a line.", examples=["polaris"])],
    start: Start = "-8h",
    stop: Stop = "now",
    carbon: Annotated[
        float | None, Query(ge=0, le=2_000, description="Grams of CO2 a kWh; else the platform's setting.")
    ] = None,
) -> Response:
    """Where an energy figure of a place comes from: what each machine there adds to it, and the good pieces that it is
    divided by. The figures are those of `/energy`; each machine's own is followed back by `/lineage`."""
    known = known_figure(figure)
    if figure not in SUMMED:
        raise BadQuestion(f"{figure} of several machines is no sum; these are: {', '.join(sorted(SUMMED))}")
    first, last = limits.so_far(start, stop, have.now())
    if last - first > MAX_US:
        raise TooMuch("more than 31 days at once", limit="range", maximum="31 days")
    machines = machines_of(have, who, None, place)
    clock, _ = plant_of(have, machines[0])
    used = await measured(have, machines, clock, first, last)
    is_carbon, per_piece = figure.startswith("carbon"), figure.endswith("_per_piece")
    factor = have.settings.carbon_g_per_kwh if carbon is None else carbon

    def added(use: EnergyUse) -> float:
        kwh = use.idle_kwh if figure == "idle_kwh" else use.kwh
        return kwh * factor / 1e3 if is_carbon else kwh

    rows: list[dict[str, Any]] = [
        {
            "machine": m.path,
            "title": m.birth.title,
            "value": added(use),
            "meters": [meter.signal for meter in meters(m.birth.signals, ELECTRICITY)],
        }
        for m, use in used.uses
    ]
    total = added(used.together)
    for row in rows:
        row["share"] = row["value"] / total if total else None
    divided = total / used.left if used.left else None
    what = "carbon" if is_carbon else "energy while it stands" if figure == "idle_kwh" else "energy"
    return json(
        {
            "figure": entry_of(known),
            "place": place.strip("/"),
            "start": first,
            "stop": last,
            "formula": f"sum of each machine's {what}" + (" / good pieces that left the lines" if per_piece else ""),
            "value": divided if per_piece else total,
            "sum": total,
            "unit": "kg" if is_carbon else "kW.h",
            "parts": sorted(rows, key=lambda row: -row["value"]),
            "unmetered": used.unmetered,
            "ends": [{"machine": path, "good": used.good.get(path, 0)} for path in used.ends] if per_piece else [],
            "pieces": used.left if per_piece else None,
            "carbon_g_per_kwh": factor if is_carbon else None,
        }
    )
