"""Hands pages and NiceGUI's WebSocket on to the apps process, and tells it who is asking.

The apps process believes ``X-Andon-User``, ``X-Andon-Role`` and ``X-Andon-Token`` because only this process can
reach it; the same headers from outside are thrown away.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Final
from urllib.parse import urlsplit, urlunsplit

import httpx
import websockets
from andon_security.tokens import Principal, issue
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response, StreamingResponse
from starlette.websockets import WebSocket, WebSocketDisconnect
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from andon_platform.api.access import COOKIE
from andon_platform.api.auth import by_cookie, identify, same_origin, session_cookie
from andon_platform.api.bodies import too_large
from andon_platform.api.endings import Ending
from andon_platform.api.gateway import pages
from andon_platform.api.problems import NotAllowed, NotSignedIn, Problem, TooLarge, Unavailable
from andon_platform.api.services import Services, services_of

#: Every page load brings a fresh one.
TOKEN_LIFE_S: Final = 3600.0
_HOP: Final = frozenset(
    ("connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer", "transfer-encoding")
) | {"upgrade"}
_OURS: Final = ("x-andon-", "x-forwarded-", "forwarded")
_MAX_BODY: Final = 10_000_000
_SAFE: Final = frozenset(("GET", "HEAD", "OPTIONS"))


def headers_for(connection: HTTPConnection, who: Principal, services: Services) -> list[tuple[str, str]]:
    """The asker's headers without hop-by-hop ones, ours, and the session's cookie; then who is asking."""
    dropped = _HOP | {"host", "content-length", "cookie", "authorization"}
    kept = [
        (name, value)
        for name, value in connection.headers.items()
        if name not in dropped and not name.startswith(_OURS) and not name.startswith("sec-websocket")
    ]
    cookies = "; ".join(f"{name}={value}" for name, value in connection.cookies.items() if name != COOKIE)
    if cookies:
        kept.append(("cookie", cookies))
    if "accept-encoding" not in connection.headers:
        kept.append(("accept-encoding", "identity"))  # else the client here would ask for gzip in the asker's name
    token = issue(
        services.signing_key,
        who.subject,
        who.role,
        scopes=who.scopes,
        tenant=who.tenant,
        life_s=TOKEN_LIFE_S,
    )
    scheme = "https" if services.secure_cookie else "http"
    return [
        *kept,
        ("host", connection.headers.get("host", "localhost")),
        ("x-forwarded-proto", scheme),
        ("x-forwarded-for", connection.client.host if connection.client else "unknown"),
        ("x-andon-user", who.subject),
        ("x-andon-role", who.role),
        ("x-andon-token", token),
    ]


def _target(services: Services, connection: HTTPConnection, web_socket: bool = False) -> str:
    base = urlsplit(services.settings.apps_url)
    scheme = base.scheme if not web_socket else {"http": "ws", "https": "wss"}[base.scheme]
    raw: bytes = connection.scope.get("raw_path") or connection.url.path.encode()
    return urlunsplit((scheme, base.netloc, raw.decode("ascii").partition("?")[0], connection.url.query, ""))


def _wants_page(request: Request) -> bool:
    return request.method in ("GET", "HEAD") and "text/html" in request.headers.get("accept", "")


async def http(request: Request) -> Response:
    """Any path that is not the API's."""
    services = services_of(request)
    try:
        who = await identify(request)
        if who is None:
            raise NotSignedIn()
        if request.method not in ("GET", "HEAD", "OPTIONS") and by_cookie(request) and not same_origin(request):
            raise NotAllowed("a request with a session cookie must come from this console's own pages")
    except NotSignedIn as error:
        return pages.no_session() if _wants_page(request) else error.answer()
    except Problem as error:
        return error.answer()
    said = request.headers.get("content-length", "0")
    if not said.isdecimal() or int(said) > _MAX_BODY:
        return too_large(_MAX_BODY).answer()
    client: httpx.AsyncClient = request.app.state.client
    body = _limited(request.stream()) if _has_body(request) else None
    out = client.build_request(
        request.method, _target(services, request), headers=headers_for(request, who, services), content=body
    )
    try:
        answer = await _send(client, out, again=body is None and request.method in _SAFE)
    except TooLarge as error:
        return error.answer()
    except (httpx.TransportError, ConnectionError):
        if _wants_page(request):
            return pages.apps_away()
        return Unavailable("the apps process does not answer", headers={"Retry-After": "2"}).answer()
    response = StreamingResponse(_body(answer), answer.status_code)
    response.raw_headers = [(n.lower(), v) for n, v in answer.headers.raw if n.lower().decode() not in _HOP]
    return response


async def _send(client: httpx.AsyncClient, out: httpx.Request, again: bool) -> httpx.Response:
    try:
        return await client.send(out, stream=True)
    except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError, httpx.CloseError):
        # a kept connection that the apps process closed while this question was on its way: it was not answered,
        # so asking again does no harm, and a page would lack a script without it
        if not again:
            raise
        return await client.send(out, stream=True)


def _has_body(request: Request) -> bool:
    return "content-length" in request.headers or "transfer-encoding" in request.headers


async def _limited(stream: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    size = 0
    async for chunk in stream:
        size += len(chunk)
        if size > _MAX_BODY:
            raise too_large(_MAX_BODY)
        yield chunk


async def _body(answer: httpx.Response) -> AsyncIterator[bytes]:
    try:
        async for chunk in answer.aiter_raw():
            yield chunk
    finally:
        await answer.aclose()


async def web_socket(socket: WebSocket) -> None:
    """NiceGUI's stream, for as long as the session lives and is not signed out."""
    services = services_of(socket)
    try:
        who = await identify(socket)
        if who is None:
            raise NotSignedIn()
        if by_cookie(socket) and not same_origin(socket):
            raise NotAllowed("this stream must be opened by this console's own pages")
    except Problem as error:
        await socket.send_denial_response(error.answer())
        return
    cookie = socket.cookies.get(COOKIE, "")
    session = await services.access.session(cookie) if cookie and by_cookie(socket) else None
    life = session.expires / 1e6 - time.time() if session else TOKEN_LIFE_S
    wanted = socket.scope.get("subprotocols") or []
    extra = [h for h in headers_for(socket, who, services) if h[0] != "host"]
    try:
        upstream = await connect(
            _target(services, socket, web_socket=True),
            additional_headers=extra,
            subprotocols=[Subprotocol(s) for s in wanted] or None,
            user_agent_header=None,
            compression=None,
            max_size=None,
            proxy=None,
            open_timeout=5,
        )
    except (OSError, TimeoutError, websockets.WebSocketException):
        await socket.close(1013, "the console is not there yet")
        return
    async with upstream:
        await socket.accept(upstream.subprotocol)
        async with services.access.until_end(session_cookie(socket)) as ending:
            await _pump(socket, upstream, life, ending)


async def _pump(socket: WebSocket, upstream: ClientConnection, life_s: float, ending: Ending) -> None:
    tasks = [
        asyncio.create_task(ending.wait(), name="gateway-session"),
        asyncio.create_task(_up(socket, upstream), name="gateway-up"),
        asyncio.create_task(_down(socket, upstream), name="gateway-down"),
    ]
    try:
        await asyncio.wait(tasks, timeout=life_s, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    await _close_quietly(socket)


async def _up(socket: WebSocket, upstream: ClientConnection) -> None:
    while True:
        message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            return
        text = message.get("text")
        await upstream.send(text if text is not None else message["bytes"])


async def _down(socket: WebSocket, upstream: ClientConnection) -> None:
    async for message in upstream:
        await (socket.send_text(message) if isinstance(message, str) else socket.send_bytes(message))


async def _close_quietly(socket: WebSocket) -> None:
    try:
        await socket.close(1001)
    except (RuntimeError, WebSocketDisconnect, OSError):
        return  # the browser closed first
