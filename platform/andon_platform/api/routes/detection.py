"""What the detectors think of the machines, with the signals behind it."""

from __future__ import annotations

import asyncio
from dataclasses import asdict

from fastapi import APIRouter
from fastapi.responses import Response

from andon_platform.api.answers import PROBLEMS, json
from andon_platform.api.auth import DataReader, Have, Teacher, tenant_filter
from andon_platform.api.models_detection import OpinionList
from andon_platform.api.routes.common import PATH, MachineNames, MachinePath, known_machine

router = APIRouter(prefix="/detection", tags=["analytics"], responses=PROBLEMS)


@router.get("", response_model=OpinionList)
async def opinions(who: DataReader, have: Have, machine: MachineNames = None) -> Response:
    """The newest opinion on each operation of each machine: how much was learned, how unusual the machine is now
    (1 is the limit), whether that is an alarm, and which signals made it one."""
    if machine:
        found = [known_machine(have, who, path) for path in machine]
    else:
        found = have.registry.find(enterprise=tenant_filter(who))
    return json({"opinions": [asdict(o) for m in found for o in have.watch.opinions(m.path)]})


@router.delete(PATH, status_code=204)
async def forget(who: Teacher, have: Have, path: MachinePath) -> Response:
    """Let the machine be learned anew: it was repaired, or what it does now is what it shall do."""
    known_machine(have, who, path)
    have.watch.forget(path)
    await asyncio.to_thread(have.audit.append, "detector-forget", f"{who.role}:{who.subject}", path)
    return Response(status_code=204)
