"""Machines, their history and their signals."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response

from andon_platform.api.answers import PROBLEMS, json
from andon_platform.api.auth import DataReader, Have, tenant_filter
from andon_platform.api.models import HistoryView, MachineList, MachineView, SignalList
from andon_platform.api.routes.common import PATH, MachineNames, MachinePath, known_machine
from andon_platform.api.views import happening_view, machine_view, spec_view

router = APIRouter(tags=["machines"], responses=PROBLEMS)
_Text = Annotated[str | None, Query(max_length=100)]


@router.get("/machines", response_model=MachineList)
async def machines(
    who: DataReader,
    have: Have,
    type: _Text = None,
    place: Annotated[str | None, Query(max_length=64, description="Beginning of the path, level by level.")] = None,
    state: Annotated[str | None, Query(max_length=16, description="A state, `offline` or `removed`.")] = None,
    q: Annotated[str | None, Query(max_length=100, description="Words in path, type, title, description.")] = None,
) -> Response:
    """Every machine, or those that fit."""
    found = have.registry.find(type=type, place=place, state=state, text=q, enterprise=tenant_filter(who))
    return json({"machines": [machine_view(m) for m in found]})


@router.get(f"/machines{PATH}", response_model=MachineView)
async def machine(who: DataReader, have: Have, path: MachinePath) -> Response:
    """One machine, removed ones too."""
    return json(machine_view(known_machine(have, who, path)))


@router.get(f"/machines{PATH}/history", response_model=HistoryView)
async def history(
    who: DataReader, have: Have, path: MachinePath, limit: Annotated[int, Query(ge=1, le=1000)] = 200
) -> Response:
    """Births, deaths, silences and returns, newest first."""
    known_machine(have, who, path)
    found = await have.registry.history(path, limit=limit)
    return json({"machine": path, "history": [happening_view(h) for h in found]})


@router.get("/signals", response_model=SignalList)
async def signals(
    who: DataReader,
    have: Have,
    machine: MachineNames = None,
    q: Annotated[str | None, Query(max_length=100, description="Words in name, title or unit.")] = None,
) -> Response:
    """Signals of every machine, or of some, with units and ranges."""
    if machine:
        found = [known_machine(have, who, path) for path in machine]
    else:
        found = have.registry.find(enterprise=tenant_filter(who))
    words = q.lower().split() if q else []
    rows = [
        {"machine": m.path, **spec_view(s)}
        for m in found
        for s in m.birth.signals
        if all(word in f"{s.name} {s.title} {s.unit} {s.description}".lower() for word in words)
    ]
    return json({"signals": rows})
