"""What could not be trusted, as it came; and a second look at it."""

from __future__ import annotations

import asyncio
import base64
from collections import Counter
from dataclasses import asdict
from typing import Annotated, Any, Final

from andon_security.tokens import Principal
from fastapi import APIRouter, Path, Query
from fastapi.responses import Response

from andon_platform.api import limits
from andon_platform.api.answers import PROBLEMS, json
from andon_platform.api.auth import Have, QuarantineReader, QuarantineReplayer
from andon_platform.api.held import PAGE, Sieve, matching, visible
from andon_platform.api.models import QuarantinedView, QuarantineList, ReplayResult
from andon_platform.api.models_quarantine import HeldCount, ReplayMany, ReplayRound, ReplayRounds
from andon_platform.api.problems import BadQuestion, NotFound, Unavailable
from andon_platform.api.replaying import MOST, Round
from andon_platform.api.services import Services
from andon_platform.data.port import Quarantined

router = APIRouter(prefix="/quarantine", tags=["quarantine"], responses=PROBLEMS)
_CONFLICT: Final[dict[str, Any]] = PROBLEMS[400] | {"description": "A replay of many is under way."}
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


_Machine = Annotated[
    str | None, Query(max_length=64, description="Of a machine, or of all below a line, a site, a plant.")
]
_Reason = Annotated[str | None, Query(max_length=64)]
_From = Annotated[str | None, Query(max_length=40, description="Received from then on: us UTC, ISO 8601, or `-1h`.")]
_To = Annotated[str | None, Query(max_length=40, description="Received before.")]
_Round = Annotated[str, Path(max_length=32)]


def _sieve(have: Services, machine: str | None, reason: str | None, start: str | None, stop: str | None) -> Sieve:
    now = have.now()
    first = limits.moment(start, now, "start") if start else None
    last = limits.moment(stop, now, "stop") if stop else None
    if first is not None and last is not None and last <= first:
        raise BadQuestion(f"stop ({last}) must come after start ({first})")
    return Sieve(machine.strip("/") or None if machine else None, reason or None, first, last)


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
    reason: _Reason = None,
    machine: _Machine = None,
    start: _From = None,
    stop: _To = None,
) -> Response:
    """Newest first, page by page."""
    at, _, below = (before or "").partition(":")
    point = (min(int(at), 2**53 - 1), below) if at else None
    mine: list[Quarantined] = []
    # others' messages are left out: pages are read until this one is full and one more is there
    sieve = _sieve(have, machine, reason, start, stop)
    async for held in matching(have.store, who, sieve, point, min(limit + 1, PAGE)):
        mine.append(held)
        if len(mine) > limit:
            break
    more = len(mine) > limit
    mine = mine[:limit]
    following = f"{mine[-1].received}:{mine[-1].id}" if more else None
    return json({"messages": [_view(q) for q in mine], "next": following})


@router.get("/count", response_model=HeldCount)
async def count(
    who: QuarantineReader,
    have: Have,
    reason: _Reason = None,
    machine: _Machine = None,
    start: _From = None,
    stop: _To = None,
) -> Response:
    """How many match, and how many of them `POST /quarantine/replays` would judge again."""
    waiting: Counter[str] = Counter()
    messages, more = 0, False
    async for held in matching(have.store, who, _sieve(have, machine, reason, start, stop)):
        if messages == MOST:
            more = True
            break
        messages += 1
        if not held.replayed:
            waiting[held.reason] += 1
    return json({"messages": messages, "waiting": waiting.total(), "reasons": dict(waiting), "more": more})


@router.get("/replays", response_model=ReplayRounds)
async def rounds(who: QuarantineReader, have: Have) -> Response:
    """Replays of many messages, newest first."""
    return json({"rounds": [_round_view(r) for r in have.replaying.find(who)]})


@router.post("/replays", response_model=ReplayRound, status_code=202, responses={409: _CONFLICT})
async def replay_many(who: QuarantineReplayer, have: Have, wanted: ReplayMany) -> Response:
    """Judge all messages that match again, one after the other, in the background: what is sound now is stored under
    its first identity, what is not stays where it is. `GET` shows how far it has come. What ends it early loses
    nothing: ask again."""
    sieve = _sieve(have, wanted.machine, wanted.reason, wanted.start, wanted.stop)
    return json(_round_view(have.replaying.begin(who, sieve)), 202)


@router.get("/replays/{round}", response_model=ReplayRound)
async def one_round(who: QuarantineReader, have: Have, round: _Round) -> Response:
    """How far a replay of many has come, and what came of it."""
    return json(_round_view(_known(have, who, round)))


@router.delete("/replays/{round}", response_model=ReplayRound)
async def stop_round(who: QuarantineReplayer, have: Have, round: _Round) -> Response:
    """End a replay of many after the message that is being judged."""
    found = _known(have, who, round)
    await have.replaying.stop(found)
    return json(_round_view(found))


def _known(have: Services, who: Principal, id: str) -> Round:
    found = have.replaying.get(who, id)
    if found is None:
        raise NotFound(f"no replay of many {id!r} since the API started")
    return found


def _round_view(r: Round) -> dict[str, Any]:
    return {
        "id": r.id, "by": r.by, **asdict(r.sieve), "state": r.state, "started": r.started, "ended": r.ended,
        "total": r.total, "looked": r.looked, "stored": r.stored, "refused": r.refused, "gone": r.gone,
        "reasons": dict(r.reasons), "examples": [asdict(e) for e in r.examples], "more": r.more, "detail": r.detail,
    }  # fmt: skip


async def _get(have: Services, who: Principal, id: str) -> Quarantined:
    found = await have.store.quarantine_get(id)
    if found is None or not visible(who, found):
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
