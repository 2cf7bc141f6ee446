"""Follow one message hop by hop; a viewer may."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import Response

from andon_platform.api.answers import PROBLEMS, json
from andon_platform.api.auth import DataReader, Have, check_tenant
from andon_platform.api.models_flow import FollowRequest, FollowView
from andon_platform.api.problems import NotFound, Unavailable
from andon_platform.api.routes.common import known_machine

router = APIRouter(tags=["system"], responses=PROBLEMS)
_Id = Annotated[str, Path(max_length=512, pattern=r"^[A-Za-z0-9_-]+$")]


@router.post("/follow", response_model=FollowView, status_code=201)
async def follow(who: DataReader, have: Have, body: FollowRequest) -> Response:
    """Follow the next telemetry message of a machine: from now on its time is noted at each hop, and nothing else is
    changed. Ask for it under its ``id`` until its ``state`` is ``settled``; after two minutes it is forgotten."""
    known_machine(have, who, body.machine)
    try:
        return json(await have.following.follow(body.machine), 201)
    except ConnectionError as error:
        raise Unavailable(f"ingest: {error}") from error


@router.get("/follow/{id}", response_model=FollowView)
async def followed(who: DataReader, have: Have, id: _Id) -> Response:
    """How far the message has come. ``now`` is this answer's time: with the time of asking and of the answer's arrival
    it tells how far a browser's clock is off."""
    machine = have.following.machine_of(id)
    if machine is not None:
        check_tenant(who, machine)
    try:
        found = await have.following.followed(id)
    except ConnectionError as error:
        raise Unavailable(f"ingest: {error}") from error
    if found is None:
        raise NotFound(f"nothing is followed under {id!r}; it is forgotten after two minutes")
    return json(found)
