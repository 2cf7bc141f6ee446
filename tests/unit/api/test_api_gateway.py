"""The one origin: pages are handed on with who is asking, and without a session nobody gets behind it."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
import websockets
from andon_platform.api.access import COOKIE
from andon_platform.api.exposure import Listen
from andon_platform.api.server import PortTaken, serving
from andon_security.tokens import verify
from starlette.applications import Starlette
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket
from support.api_stack import Api, running_api
from support.broker import BrokerUnderTest
from websockets.asyncio.client import connect


async def _echo(request: Request) -> Response:
    body = (await request.body()).decode()
    answer = JSONResponse(
        {
            "path": f"{request.scope['raw_path'].decode()}?{request.url.query}",
            "headers": dict(request.headers),
            "body": body,
        }
    )
    answer.set_cookie("theirs", "1")
    return answer


async def _stream(_: Request) -> Response:
    async def parts() -> AsyncIterator[bytes]:
        for i in range(3):
            yield b"%d\n" % i

    return StreamingResponse(parts(), media_type="text/plain")


async def _socket(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text(json.dumps(dict(socket.headers)))
    while True:
        message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            return
        if message.get("text") == "bye":
            await socket.close(4000)
            return
        if message.get("bytes") is not None:
            await socket.send_bytes(message["bytes"])
        else:
            await socket.send_text(message["text"])


@asynccontextmanager
async def stack(broker: BrokerUnderTest, folder: Path) -> AsyncIterator[Api]:
    """The API in front of a small apps process."""
    apps = Starlette(
        routes=[
            WebSocketRoute("/_nicegui_ws/socket.io", _socket),
            Route("/stream", _stream),
            Route("/{path:path}", _echo, methods=["GET", "POST"]),
        ]
    )
    apps.add_middleware(GZipMiddleware, minimum_size=100)  # as NiceGUI does
    async with (
        serving(apps, Listen("127.0.0.1", 0, None, None)) as port,
        running_api(broker, folder, apps_url=f"http://127.0.0.1:{port}") as api,
    ):
        yield api


@asynccontextmanager
async def browser(api: Api, role: str = "operator") -> AsyncIterator[httpx.AsyncClient]:
    """A browser with a session."""
    async with api.client() as admin, httpx.AsyncClient(base_url=api.url, trust_env=False) as client:
        url = (await admin.post("/api/v1/links", json={"role": role})).json()["url"]
        await client.post(f"/link/{url.rpartition('/')[2]}")
        yield client


async def test_pages_are_handed_on_with_who_is_asking(broker: BrokerUnderTest, tmp_path: Path) -> None:
    async with stack(broker, tmp_path) as api, browser(api) as client:
        forged = {"X-Andon-Role": "admin", "X-Andon-Token": "mine", "X-Forwarded-For": "1.2.3.4"}
        answer = await client.get("/machine/a%2Fb?x=1&x=2", headers=forged)
        seen = answer.json()
        assert seen["path"].endswith("/machine/a%2Fb?x=1&x=2")
        assert seen["headers"]["x-andon-role"] == "operator" and seen["headers"]["x-forwarded-for"] == "127.0.0.1"
        who = verify(api.services.signing_key, seen["headers"]["x-andon-token"])
        assert who.role == "operator" and who.may("machine:operate") and not who.may("fault:inject")
        assert COOKIE not in seen["headers"].get("cookie", "") and answer.cookies["theirs"] == "1"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        posted = await client.post("/form", content=b"a=1", headers={"Origin": api.url})
        assert posted.json()["body"] == "a=1"
        assert (await client.post("/form", content=b"a=1", headers={"Origin": "https://evil"})).status_code == 403
        assert (await client.get("/stream")).text == "0\n1\n2\n"


async def test_the_asker_alone_says_what_encoding_it_reads(broker: BrokerUnderTest, tmp_path: Path) -> None:
    async with stack(broker, tmp_path) as api, browser(api) as client:
        for sent, handed_on in ((None, "identity"), ("br", "br"), ("gzip, deflate", "gzip, deflate")):
            client.headers.pop("accept-encoding", None)
            question = client.build_request("GET", "/long")
            if sent is not None:
                question.headers["accept-encoding"] = sent
            answer = await client.send(question)
            assert answer.json()["headers"]["accept-encoding"] == handed_on
            gzipped = answer.headers.get("content-encoding") == "gzip"
            assert gzipped == ("gzip" in handed_on)


async def test_without_a_session_the_page_says_how(broker: BrokerUnderTest, tmp_path: Path) -> None:
    async with stack(broker, tmp_path) as api, httpx.AsyncClient(base_url=api.url, trust_env=False) as client:
        page = await client.get("/", headers={"Accept": "text/html,*/*"})
        assert page.status_code == 401
        assert "andon link" in page.text and "docker compose exec api andon link" in page.text
        assert "http" not in page.text.replace('http-equiv="refresh"', "")
        other = await client.get("/data.json")
        assert other.status_code == 401 and other.headers["content-type"] == "application/problem+json"
        assert (await client.get("/api/v2/x")).status_code == 404
        missing = await client.get("/api/v1/nothing")
        assert missing.status_code == 404 and missing.headers["content-type"] == "application/problem+json"
        wrong = await client.put("/api/v1/machines")
        assert wrong.status_code == 405 and wrong.headers["content-type"] == "application/problem+json"


async def test_apps_that_are_away(broker: BrokerUnderTest, tmp_path: Path) -> None:
    # bound and not listening: a console that runs on this computer cannot answer in its place
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        away = f"http://127.0.0.1:{held.getsockname()[1]}"
        await _away(broker, tmp_path, away)


async def _away(broker: BrokerUnderTest, folder: Path, apps_url: str) -> None:
    async with running_api(broker, folder, apps_url=apps_url) as api, browser(api) as client:
        page = await client.get("/", headers={"Accept": "text/html"})
        assert page.status_code == 502 and 'http-equiv="refresh"' in page.text
        assert (await client.get("/x.json")).status_code == 503


async def test_the_web_socket_is_handed_on(broker: BrokerUnderTest, tmp_path: Path) -> None:
    async with stack(broker, tmp_path) as api, browser(api) as client:
        url, cookie = f"{api.ws}/_nicegui_ws/socket.io?EIO=4", f"{COOKIE}={client.cookies[COOKIE]}"
        headers = {"Cookie": cookie, "Origin": api.url}
        async with connect(url, additional_headers=headers, proxy=None) as socket:
            seen = json.loads(await socket.recv())
            assert seen["x-andon-role"] == "operator" and COOKIE not in seen.get("cookie", "")
            await socket.send("text")
            await socket.send(b"\x00bytes")
            assert (await socket.recv(), await socket.recv()) == ("text", b"\x00bytes")
            await socket.send("bye")
            with pytest.raises(websockets.ConnectionClosed):
                await socket.recv()
        for bad in ({"Cookie": cookie, "Origin": "https://evil.example"}, {"Origin": api.url}):
            with pytest.raises(websockets.InvalidStatus):
                async with connect(url, additional_headers=bad, proxy=None):
                    pass


async def test_the_pages_own_web_socket_ends_with_the_session(broker: BrokerUnderTest, tmp_path: Path) -> None:
    async with stack(broker, tmp_path) as api, browser(api) as client:
        headers = {"Cookie": f"{COOKIE}={client.cookies[COOKIE]}", "Origin": api.url}
        url = f"{api.ws}/_nicegui_ws/socket.io?EIO=4"
        async with connect(url, additional_headers=headers, proxy=None) as socket:
            await socket.recv()
            assert (await client.delete("/api/v1/session", headers={"Origin": api.url})).status_code == 204
            with pytest.raises(websockets.ConnectionClosed):
                await asyncio.wait_for(socket.recv(), 10)


async def test_a_taken_port_is_said(api: Api) -> None:
    port = int(api.url.rpartition(":")[2])
    with pytest.raises(PortTaken, match=str(port)):
        async with serving(Starlette(), Listen("127.0.0.1", port, None, None)):
            pass


async def _closes_when_reused(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answers the first question of a connection, and closes it on the second without an answer."""
    for turn in range(2):
        try:
            await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:
            break
        if turn == 0:
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\npage")
            await writer.drain()
    writer.close()


async def test_a_kept_connection_that_closes_costs_no_script(broker: BrokerUnderTest, tmp_path: Path) -> None:
    server = await asyncio.start_server(_closes_when_reused, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with (
        server,
        running_api(broker, tmp_path, apps_url=f"http://127.0.0.1:{port}") as api,
        api.client("viewer") as client,
    ):
        answers = [(await client.get("/vue.js")).status_code for _ in range(4)]
        refused = (await client.post("/form", content=b"x")).status_code
    assert answers == [200] * 4
    assert refused == 503, "a question that may have had an effect is not asked twice"
