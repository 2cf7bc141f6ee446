"""The fake API's live stream: what the platform sends, and moving values when it sends nothing."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, WebSocket, WebSocketDisconnect
from support.waiting import until

if TYPE_CHECKING:
    from support.fake_platform import FakePlatform

_BEAT_S = 0.5


def add_live_route(api: FastAPI, fake: FakePlatform) -> None:
    """The WebSocket; each socket has a queue in ``fake.sockets``."""

    @api.websocket("/live")
    async def live(socket: WebSocket) -> None:
        if fake.refuse_stream or fake.away:
            await socket.close(1013)
            return
        await socket.accept()
        queue: asyncio.Queue[Any] = asyncio.Queue()
        fake.sockets[socket] = queue
        wanted = set(socket.query_params.getlist("machine"))
        kinds = {k for text in socket.query_params.getlist("kinds") for k in text.split(",")}
        fake.wanted[socket] = kinds
        try:
            await until(lambda: not fake.hangs, what="a platform that goes on")
            await socket.send_json([{"type": "hello", "t": fake.now(), "pace": 1.0, "paces": {}}])
            while True:
                try:
                    async with asyncio.timeout(_BEAT_S):
                        frame = await queue.get()
                    if not fake.hangs:
                        await socket.send_json([frame])
                except TimeoutError:
                    if fake.hangs:
                        continue
                    if kinds and "telemetry" not in kinds:
                        await socket.send_json([])  # this is how one notices that nobody is there any more
                        continue
                    paths = [p for p, m in fake.machines.items() if m["online"] and (not wanted or p in wanted)]
                    await socket.send_json([fake.telemetry(p) for p in paths])
        except (WebSocketDisconnect, RuntimeError):
            return
        finally:
            fake.sockets.pop(socket, None)
            fake.wanted.pop(socket, None)
