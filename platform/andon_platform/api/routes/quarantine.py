"""What could not be trusted, as it came; and a second look at it."""

from __future__ import annotations

import asyncio
import base64
from typing import Annotated, Any

from andon_security.tokens import Principal
from fastapi import APIRouter, Path, Query
from fastapi.responses import Response

from andon_platform.api.answers import PROBLEMS, json
from andon_platform.api.auth import Have, QuarantineReader, QuarantineReplayer, in_tenant
from andon_platform.api.models import QuarantinedView, QuarantineList, ReplayResult
from andon_platform.api.problems import NotFound, Unavailable
from andon_platform.api.services import Services
from andon_platform.data.port import Quarantined

router = APIRouter(prefix="/quarantine", tags=["quarantine"], responses=PROBLEMS)
_Id = Annotated[str, Path(max_length=128)]


def _view(q: Quarantined) -> dict[str, Any]:
    try:
        text: str | None = q.payload.decode()
    except UnicodeDecodeError:
        text = None
    return {
        "id": q.id,
        "received": q.received,
        "topic": q.topic,
        "reason": q.reason,
        "detail": q.detail,
        "machine": q.machine,
        "epoch": q.epoch,
        "seq": q.seq,
        "replayed": q.replayed,
        "size": len(q.payload),
        "payload": text,
        "payload_base64": base64.b64encode(q.payload).decode(),
    }


def _visible(who: Principal, q: Quarantined) -> bool:
    # the topic, not the content, says whose it is: the broker let only the owner write there
    parts = q.topic.split("/")
    return in_tenant(who, parts[2] if len(parts) > 2 else "")


@router.get("", response_model=QuarantineList)
async def listed(
    who: QuarantineReader,
    have: Have,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    before: Annotated[
        str | None,
        Query(
            pattern=r"^[0-9]{1,16}(:[0-9a-z-]{1,128})?$",
            description="Received before; microseconds UTC, or the `next` of the page before.",
        ),
    ] = None,
    reason: Annotated[str | None, Query(max_length=64)] = None,
) -> Response:
    """Newest first, page by page."""
    at, _, below = (before or "").partition(":")
    point = (min(int(at), 2**53 - 1), below) if at else None
    mine: list[Quarantined] = []
    # others' messages are left out: pages are read until this one is full and one more is there
    while len(mine) <= limit:
        page = await have.store.quarantine(
            limit=limit + 1, before=point and point[0], below=point[1] if point else "", reason=reason
        )
        mine += [q for q in page if _visible(who, q)]
        if len(page) <= limit:
            break
        point = (page[-1].received, page[-1].id)
    more = len(mine) > limit
    mine = mine[:limit]
    following = f"{mine[-1].received}:{mine[-1].id}" if more else None
    return json({"messages": [_view(q) for q in mine], "next": following})


async def _get(have: Services, who: Principal, id: str) -> Quarantined:
    found = await have.store.quarantine_get(id)
    if found is None or not _visible(who, found):
        raise NotFound(f"no message {id!r} in quarantine")
    return found


@router.get("/{id}", response_model=QuarantinedView)
async def one(who: QuarantineReader, have: Have, id: _Id) -> Response:
    """One message with its payload."""
    return json(_view(await _get(have, who, id)))


@router.post("/{id}/replay", response_model=ReplayResult)
async def replay(who: QuarantineReplayer, have: Have, id: _Id) -> Response:
    """Judge the message again: if it is sound now, it is stored under its first identity."""
    await _get(have, who, id)
    try:
        done = await have.ingest.replay(id)
    except ConnectionError as error:
        raise Unavailable(f"ingest cannot be reached: {error}") from error
    if done is None:
        raise NotFound(f"no message {id!r} in quarantine")
    what = f"replay {id}: {'stored' if done.stored else done.reason}"
    await asyncio.to_thread(have.audit.append, "replay", f"{who.role}:{who.subject}", what)
    return json({"id": done.id, "stored": done.stored, "reason": done.reason, "detail": done.detail})
