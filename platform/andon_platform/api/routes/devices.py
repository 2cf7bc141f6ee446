"""A new machine gets its credential: only if a file in this process's own mount of the machines names it."""

from __future__ import annotations

import asyncio
import secrets

from andon_contracts.errors import IdentityError
from andon_contracts.identity import Identity
from andon_contracts.placement import read_placements
from andon_security import grants
from andon_security.errors import BrokerRefused
from fastapi import APIRouter
from fastapi.responses import Response

from andon_platform.api.answers import PROBLEMS, json
from andon_platform.api.auth import Enroller, Have, check_tenant
from andon_platform.api.models import DeviceCredential
from andon_platform.api.problems import NotAllowed, NotFound, Unavailable
from andon_platform.api.routes.common import PATH, MachinePath

router = APIRouter(tags=["devices"], responses=PROBLEMS)


@router.post(f"/devices{PATH}/enrol", response_model=DeviceCredential, status_code=201)
async def enrol(who: Enroller, have: Have, path: MachinePath) -> Response:
    """Make the machine's user on the broker and tell its password, this once. Asking again makes a new one."""
    try:
        machine = Identity.parse(path)
    except IdentityError as error:
        raise NotFound(str(error)) from error
    check_tenant(who, path)
    name = f"{who.role}:{who.subject}"
    settings = have.settings
    found = await asyncio.to_thread(read_placements, settings.machines_dir, settings.plants_dir)
    if machine not in found.machines:
        raise NotAllowed(f"no file in {settings.machines_dir.name}/ names {path}; write one, then ask again")
    password = secrets.token_urlsafe(32)
    try:
        await have.broker_admin.grant(grants.device(machine), password)
    except BrokerRefused as error:
        raise Unavailable(f"the broker did not take the new user: {error}") from error
    await asyncio.to_thread(have.audit.append, "credential", name, f"enrolled {path}")
    response = json({"username": path, "password": password}, 201)
    response.headers["Cache-Control"] = "no-store"
    return response
