"""Plants: their layout, their clock, and the pace at which they live."""

from __future__ import annotations

from typing import Annotated

import msgspec
from andon_contracts.plant_clock import PlantClock
from fastapi import APIRouter, Path
from fastapi.responses import Response

from andon_platform.api.answers import PROBLEMS, json
from andon_platform.api.auth import DataReader, Have, Pacer, check_tenant, in_tenant
from andon_platform.api.models import CommandResult, PaceRequest, PlantList
from andon_platform.api.problems import NotFound
from andon_platform.api.routes.commands import TIMEOUT, result

router = APIRouter(tags=["plants"], responses=PROBLEMS)


@router.get("/plants", response_model=PlantList)
async def plants(who: DataReader, have: Have) -> Response:
    """Every plant with its layout and its clock; `plant_now` is plant time at this moment."""
    names = sorted({*have.hub.clocks, *have.hub.layouts})
    rows = []
    for name in names:
        if not in_tenant(who, name):
            continue
        layout, clock = have.hub.layouts.get(name), have.hub.clocks.get(name)
        rows.append(
            {
                "enterprise": name,
                "title": layout.title if layout else name,
                "product": layout.product if layout else "",
                "layout": msgspec.to_builtins(layout) if layout else None,
                "clock": {
                    "segments": clock.segments,
                    "pace": clock.segments[-1].pace,
                    "plant_now": PlantClock(clock.segments).plant(have.now()),
                }
                if clock
                else None,
            }
        )
    return json({"plants": rows})


@router.post("/plants/{enterprise}/pace", response_model=CommandResult, responses=TIMEOUT)
async def pace(
    who: Pacer, have: Have, enterprise: Annotated[str, Path(max_length=24, examples=["polaris"])], wanted: PaceRequest
) -> Response:
    """Set how many plant seconds pass in a second; stamps stay wall time."""
    check_tenant(who, enterprise)
    if enterprise not in have.hub.clocks:
        raise NotFound(f"no plant {enterprise}; GET /plants lists them")
    return result(await have.commands.run(who, enterprise, "set-pace", {"pace": f"{wanted.pace:g}"}))
