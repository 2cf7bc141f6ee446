"""The live stream, over WebSocket and as server-sent events."""

from __future__ import annotations

import asyncio
import math
import re
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Annotated

from andon_security.tokens import Principal
from fastapi import APIRouter, Query, Request, WebSocket, WebSocketDisconnect
from fastapi.responses import StreamingResponse

from andon_platform.api.answers import PROBLEMS
from andon_platform.api.auth import (
    Have,
    LiveReader,
    by_cookie,
    demand,
    identify,
    refused,
    same_origin,
    session_cookie,
)
from andon_platform.api.live.channels import Wanted
from andon_platform.api.live.frames import KINDS
from andon_platform.api.live.hub import Hub
from andon_platform.api.live.recent import Point
from andon_platform.api.live.resume import Resume
from andon_platform.api.problems import BadQuestion, NotAllowed, NotSignedIn, Problem, TooMuch
from andon_platform.api.routes.common import MachineNames, SignalNames
from andon_platform.api.services import Services, services_of

router = APIRouter(tags=["live"])
_MAX_NAMES = 1_000
#: At most 18 digits: what fits the wire's integers.
_NUMBER = re.compile(r"[0-9]{1,18}")
MAX_HZ = 50.0
#: Comments keep proxies from closing a quiet stream.
_KEEP_ALIVE_S = 15.0
#: After so long without a frame a batch without any says that somebody is here: a server that hangs says nothing.
_STILL_HERE_S = 5.0

_Kinds = Annotated[
    list[str] | None,
    Query(description="telemetry, event, machine, clock, layout, alarm, call, scrap; all of them."),
]
_After = Annotated[
    list[str] | None,
    Query(
        description="machine:epoch:seq, the last message seen: what came after it is sent first, from memory and from "
        "the store; a frame of type `gap` says what is not to be had, and why."
    ),
]
_MaxHz = Annotated[float | None, Query(gt=0, le=MAX_HZ, description="At most so many telemetry frames a machine.")]


def _wanted(
    who: Principal, machine: list[str] | None, signal: list[str] | None, kinds: list[str] | None, max_hz: float | None
) -> Wanted:
    if len(machine or ()) > _MAX_NAMES or len(signal or ()) > _MAX_NAMES:
        raise TooMuch(f"name at most {_MAX_NAMES} machines or signals; none means all", limit="names")
    chosen = frozenset(k for text in kinds or () for k in text.split(",") if k) or KINDS
    if chosen - KINDS:
        raise BadQuestion(f"kinds {sorted(chosen - KINDS)}: known are {', '.join(sorted(KINDS))}")
    if max_hz is not None and not 0 < max_hz <= MAX_HZ:
        raise BadQuestion(f"max_hz must be more than 0 and at most {MAX_HZ:g}")
    return Wanted(frozenset(machine or ()), frozenset(signal or ()), chosen, who.tenant, max_hz)


def _points(after: list[str] | None, wanted: Wanted) -> dict[str, Point]:
    """``machine:epoch:seq`` to the newest message that was seen of each machine."""
    found: dict[str, Point] = {}
    for text in after or ():
        machine, _, rest = text.partition(":")
        epoch, _, seq = rest.partition(":")
        if not (machine and _NUMBER.fullmatch(epoch) and _NUMBER.fullmatch(seq)):
            raise BadQuestion(f"after={text[:100]!r}: write machine:epoch:seq, as the frames have them")
        found[machine] = max(found.get(machine, Point(0, 0)), Point(int(epoch), int(seq)))
    if len(found) > _MAX_NAMES:
        raise TooMuch(f"resume at most {_MAX_NAMES} machines in one stream", limit="names")
    if found and wanted.max_hz is not None:
        raise BadQuestion("after and max_hz exclude each other: a stream that leaves frames out cannot be whole")
    return found


@router.get(
    "/live/sse",
    responses={**PROBLEMS, 200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}},
    response_class=StreamingResponse,
)
async def sse(
    request: Request,
    who: LiveReader,
    have: Have,
    machine: MachineNames = None,
    signal: SignalNames = None,
    kinds: _Kinds = None,
    max_hz: _MaxHz = None,
    after: _After = None,
) -> StreamingResponse:
    """Server-sent events, one frame each. The same stream is at `/live` over WebSocket. Both end when the token or the
    session expires by which they were opened, or the session is signed out."""
    wanted = _wanted(who, machine, signal, kinds, max_hz)
    resume = Resume(have.hub, have.store, wanted, _points(after, wanted))
    frames = _events(resume, have, wanted, left(who), session_cookie(request))
    return StreamingResponse(
        frames, media_type="text/event-stream", headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    )


async def _events(
    resume: Resume, have: Services, wanted: Wanted, life_s: float | None, cookie: str | None
) -> AsyncIterator[bytes]:
    until = math.inf if life_s is None else time.monotonic() + life_s

    def lines(frames: list[bytes]) -> bytes:
        return b"".join(b"data: %b\n\n" % frame for frame in frames)

    async with have.access.until_end(cookie) as ending:
        yield lines([have.hub.hello(wanted)])
        async for frames in resume.frames():
            if ending.over:
                return
            yield lines(frames)
        with have.hub.reading(wanted, resume.points) as reader:
            ending.then(reader.close)
            while (left := until - time.monotonic()) > 0 and not ending.over:
                try:
                    async with asyncio.timeout(min(_KEEP_ALIVE_S, left)):
                        frames = await reader.take()
                except TimeoutError:
                    yield b": still here\n\n"
                    continue
                if ending.over or (reader.closed and not frames):
                    return
                if frames:
                    yield lines(frames)


@router.websocket("/live")
async def live(socket: WebSocket) -> None:
    """One frame a message; with ``batch=1`` a message is a JSON list of the frames that were ready, and an empty one
    every five seconds in which there were none."""
    have = services_of(socket)
    query = socket.query_params
    try:
        who = await identify(socket)
        if who is None:
            raise NotSignedIn()
        if by_cookie(socket) and not same_origin(socket):
            raise NotAllowed("a stream with a session cookie must be opened by this console's own pages")
        demand(who, "live:read")
        max_hz = _number(query.get("max_hz"))
        wanted = _wanted(who, query.getlist("machine"), query.getlist("signal"), query.getlist("kinds"), max_hz)
        after = _points(query.getlist("after"), wanted)
    except Problem as error:
        # refused before the handshake: the client sees the status and the problem document
        if isinstance(error, (NotAllowed, NotSignedIn)):
            await refused(socket, error)
        await socket.send_denial_response(error.answer())
        return
    await socket.accept()
    batch = query.get("batch", "") not in ("", "0", "false")
    resume = Resume(have.hub, have.store, wanted, after)
    sender = asyncio.create_task(_send(socket, resume, have.hub, wanted, batch), name="live-sender")
    gone = asyncio.create_task(_until_gone(socket), name="live-receiver")
    tasks = [sender, gone]
    try:
        async with have.access.until_end(session_cookie(socket)) as ending:
            tasks.append(over := asyncio.create_task(ending.wait(), name="live-session"))
            await asyncio.wait(tasks, timeout=left(who), return_when=asyncio.FIRST_COMPLETED)
            if not sender.done() and not gone.done():
                sender.cancel()  # nothing more to somebody who has left
                why = "signed out" if over.done() else "the session or token has expired"
                with suppress(WebSocketDisconnect, RuntimeError, OSError):
                    await socket.close(1008, why)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def left(who: Principal) -> float | None:
    """Seconds until the asker's session or token expires; None: it does not."""
    return None if who.expires is None else max(0.0, who.expires - time.time())


def _number(text: str | None) -> float | None:
    if not text:
        return None
    try:
        return float(text)
    except ValueError as error:
        raise BadQuestion(f"max_hz={text[:20]!r} is no number") from error


async def _send(socket: WebSocket, resume: Resume, hub: Hub, wanted: Wanted, batch: bool) -> None:
    async def send(frames: list[bytes]) -> None:
        if batch:
            await socket.send_text((b"[" + b",".join(frames) + b"]").decode())
            return
        for frame in frames:
            await socket.send_text(frame.decode())

    try:
        await send([hub.hello(wanted)])
        async for frames in resume.frames():
            await send(frames)
        with hub.reading(wanted, resume.points) as reader:
            while True:
                try:
                    async with asyncio.timeout(_STILL_HERE_S if batch else None):
                        frames = await reader.take()
                except TimeoutError:
                    await send([])
                    continue
                if not frames:
                    break
                await send(frames)
        await socket.close(1001, "the API stops")
    except (WebSocketDisconnect, RuntimeError, OSError):
        return  # the reader went away in the middle of a frame


async def _until_gone(socket: WebSocket) -> None:
    try:
        while True:
            await socket.receive_text()
    except (WebSocketDisconnect, RuntimeError, KeyError):
        return
