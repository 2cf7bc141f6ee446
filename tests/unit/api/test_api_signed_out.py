"""Signing out ends what the session has open, at once and nothing else."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
import sqlalchemy as sa
import websockets
from andon_platform.api.access import COOKIE, Access
from support.api_stack import Api, MachineOnTheWire
from support.waiting import until
from websockets.asyncio.client import ClientConnection, connect


@asynccontextmanager
async def browser(api: Api) -> AsyncIterator[httpx.AsyncClient]:
    """Signed in by a link of its own."""
    async with api.client() as admin:
        url = (await admin.post("/api/v1/links", json={"role": "viewer"})).json()["url"]
    async with httpx.AsyncClient(base_url=api.url, headers={"Origin": api.url}, trust_env=False, timeout=20) as client:
        assert (await client.post("/api/v1/session", json={"link": url})).status_code == 201
        yield client


@asynccontextmanager
async def stream_of(api: Api, cookie: str) -> AsyncIterator[ClientConnection]:
    headers = {"Cookie": f"{COOKIE}={cookie}", "Origin": api.url}
    async with connect(f"{api.ws}/api/v1/live", additional_headers=headers, proxy=None) as socket:
        assert json.loads(await socket.recv())["type"] == "hello"
        yield socket


async def test_a_web_socket_is_cut_when_its_person_signs_out(api: Api, press: MachineOnTheWire) -> None:
    async with browser(api) as leaves, browser(api) as stays:
        one, another = leaves.cookies[COOKIE], stays.cookies[COOKIE]
        async with stream_of(api, one) as cut, stream_of(api, one) as other, stream_of(api, another) as kept:
            assert (await leaves.delete("/api/v1/session")).status_code == 204
            for socket in (cut, other):
                with pytest.raises(websockets.ConnectionClosedError):
                    async with asyncio.timeout(10):
                        while True:
                            await socket.recv()
                assert socket.close_code == 1008 and socket.close_reason == "signed out"
            await until(lambda: api.services.hub.readers == 1, what="the other person's reader alone")
            await press.measures(oil_temperature=44.0)
            async with asyncio.timeout(10):
                while json.loads(await kept.recv())["type"] != "telemetry":
                    pass
            with pytest.raises(websockets.InvalidStatus):
                async with stream_of(api, one):
                    pass


async def test_server_sent_events_end_too_and_a_token_outlives_the_session(api: Api, press: MachineOnTheWire) -> None:
    async with (
        browser(api) as leaves,
        api.client("viewer") as program,
        leaves.stream("GET", "/api/v1/live/sse?kinds=telemetry") as cut,
        program.stream("GET", "/api/v1/live/sse?kinds=telemetry") as kept,
    ):
        going, staying = cut.aiter_lines(), kept.aiter_lines()
        assert "hello" in await anext(going) and "hello" in await anext(staying)
        await until(lambda: api.services.hub.readers == 2, what="both streams")
        async with httpx.AsyncClient(base_url=api.url, cookies=leaves.cookies, trust_env=False) as same:
            assert (await same.delete("/api/v1/session", headers={"Origin": api.url})).status_code == 204
        async with asyncio.timeout(10):
            assert [line async for line in going if line] == []
        await press.measures(oil_temperature=44.0)
        async with asyncio.timeout(10):
            assert any("telemetry" in line for line in [await anext(staying), await anext(staying)])
    await until(lambda: api.services.hub.readers == 0, what="no reader")


async def test_a_session_that_ends_while_a_stream_opens_is_seen(api: Api) -> None:
    async with browser(api) as client:
        cookie = client.cookies[COOKIE]
        access = api.services.access
        assert await access.session(cookie) is not None  # known for some seconds from now on
        await access.end(cookie)
        async with access.until_end(cookie) as ending:
            assert ending.over
        said: list[str] = []
        ending.then(lambda: said.append("cut"))
        assert said == ["cut"]


async def test_a_look_that_began_before_the_end_makes_nobody_known_again(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with browser(api) as client:
        cookie = client.cookies[COOKIE]
        access: Access = api.services.access
        access._known.clear()
        read, go = asyncio.Event(), asyncio.Event()
        connection = access._engine.connect

        @asynccontextmanager
        async def slow() -> AsyncIterator[object]:
            async with connection() as real:

                class Held:
                    async def execute(self, query: sa.Executable) -> object:
                        found = await real.execute(query)
                        read.set()
                        await go.wait()
                        return found

                yield Held()

        class Slow:
            connect = staticmethod(slow)
            begin = access._engine.begin

        monkeypatch.setattr(access, "_engine", Slow())
        looking = asyncio.create_task(access.session(cookie))
        await read.wait()
        await access.end(cookie)
        go.set()
        assert await looking is None
        assert await access.session(cookie) is None
