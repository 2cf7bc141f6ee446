"""Browsers without a screen: each does on the wire what an open Floor does.

    python benchmarks/floor_clients.py LINK COUNT

Redeems the link once (browsers of a class share a link, each page its session's cookie), then COUNT times: the page,
NiceGUI's socket, the live stream as the page asks for it, machines, plants, newest values, events and today's counts
once, and the flow of messages every 5 s. Prints ``ready`` when all follow the stream, and at the end of its input one
JSON line: frames and bytes that came.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
import uuid
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect

#: As `floor.js` has them.
MAX_HZ, FLOW_S = 20, 5.0
_CLIENT = re.compile(r"'client_id': '([0-9a-f-]+)'")


class Floor:
    """One open Floor."""

    def __init__(self, base: str, cookies: dict[str, str]) -> None:
        self._base, self._cookie = base, "; ".join(f"{n}={v}" for n, v in cookies.items())
        self._headers = {"Cookie": self._cookie, "Origin": base}
        self._http = httpx.AsyncClient(base_url=base, headers=self._headers, trust_env=False, timeout=30)
        self.frames = self.bytes = 0
        self.live = asyncio.Event()

    async def open(self) -> None:
        """Load the page and follow both streams until cancelled."""
        page = await self._http.get("/", headers={"Accept": "text/html"})
        found = _CLIENT.search(page.raise_for_status().text)
        if found is None:
            raise SystemExit("the page names no client: NiceGUI has changed")
        ws = self._base.replace("http", "ws", 1)
        query = f"EIO=4&transport=websocket&client_id={found[1]}&next_message_id=0&implicit_handshake=true"
        query += f"&document_id={uuid.uuid4()}&tab_id={uuid.uuid4()}&old_tab_id=null"
        how: dict[str, Any] = {"additional_headers": self._headers, "proxy": None, "max_size": None}
        async with (
            connect(f"{ws}/_nicegui_ws/socket.io/?{query}", **how) as page_socket,
            connect(f"{ws}/api/v1/live?batch=1&max_hz={MAX_HZ}", **how) as stream,
            asyncio.TaskGroup() as group,
        ):
            group.create_task(self._page(page_socket))
            group.create_task(self._stream(stream))
            group.create_task(self._ask())

    async def _page(self, socket: ClientConnection) -> None:
        """engine.io: open, connect, and an answer to each ping."""
        async for text in socket:
            if text[:1] in ("0", b"0"):
                await socket.send("40")
            elif text == "2":
                await socket.send("3")
        raise ConnectionError(f"NiceGUI closed its socket: {socket.close_code} {socket.close_reason}")

    async def _stream(self, socket: ClientConnection) -> None:
        async for text in socket:
            self.live.set()
            self.bytes += len(text)
            self.frames += len(json.loads(text))
        raise ConnectionError(f"the live stream was closed: {socket.close_code} {socket.close_reason}")

    async def _ask(self) -> None:
        midnight = int(time.time() // 86400 * 86400 * 1e6)
        often, rare = "kind=state&kind=operation-finished", "kind=alarm&kind=gap&kind=void"
        events = [f"/events?{kinds}&start=-6h&stop=now&limit=400" for kinds in (often, rare)]
        first = ["/machines", "/plants", "/latest", f"/counts?start={midnight}&stop=now", *events]
        await asyncio.gather(*(self._get(path) for path in first))
        while True:
            await self._get("/flow")
            await asyncio.sleep(FLOW_S)

    async def _get(self, path: str) -> None:
        (await self._http.get(f"/api/v1{path}")).raise_for_status()


async def main() -> None:
    """Open all, until the input ends."""
    link, count = sys.argv[1], int(sys.argv[2])
    base, secret = link.split("/link/")
    async with httpx.AsyncClient(base_url=base, headers={"Origin": base}, trust_env=False) as browser:
        (await browser.post("/api/v1/session", json={"link": secret})).raise_for_status()
        cookies = dict(browser.cookies)
    floors = [Floor(base, cookies) for _ in range(count)]
    tasks = [asyncio.create_task(floor.open()) for floor in floors]
    ready = asyncio.gather(*(floor.live.wait() for floor in floors))
    await asyncio.wait([ready, *tasks], return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        if task.done():
            task.result()
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    for task in tasks:
        if task.done():
            task.result()  # a browser that went away in between would make the figures too good
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    print(json.dumps({"frames": sum(f.frames for f in floors), "bytes": sum(f.bytes for f in floors)}))


if __name__ == "__main__":
    asyncio.run(main())
