"""The whole origin as one ASGI application: API, links, and the rest for the apps process."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI
from sqlalchemy.exc import SQLAlchemyError
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from andon_platform.api.answered import Counted
from andon_platform.api.bodies import LimitedBodies
from andon_platform.api.gateway import pages, proxy
from andon_platform.api.problems import NotFound, Problem, Unavailable
from andon_platform.api.routes.access import redeem, set_cookie
from andon_platform.api.services import Services, services_of
from andon_platform.registry.errors import database_away

#: NiceGUI writes scripts and styles into its pages and evaluates templates; nothing may come from elsewhere.
_CSP = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; "
    "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # `same-origin` and not `no-referrer`, with which browsers send no usable Origin along with a form
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


class SecurityHeaders:
    """Adds what is missing to every answer."""

    def __init__(self, app: ASGIApp, tls: bool) -> None:
        self._app, self._tls = app, tls

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("Content-Security-Policy", _CSP)
                for name, value in _HEADERS.items():
                    headers[name] = value
                if self._tls:
                    headers["Strict-Transport-Security"] = "max-age=31536000"
            await send(message)

        await self._app(scope, receive, guarded)


async def _link(request: Request) -> Response:
    """The landing page of a link; only POST redeems it, so that a previewer that fetches it uses nothing up."""
    if request.method != "POST":
        return pages.open_link()
    services = services_of(request)
    try:
        cookie, _ = await redeem(services, request, request.path_params["secret"])
    except Problem as error:
        return pages.dead_link(error.detail, error.status)
    response = RedirectResponse("/", 303)
    set_cookie(services, response, cookie)
    return response


async def _no_such(request: Request) -> Response:
    return NotFound(f"{request.url.path}: the API lives below /api/v1").answer()


async def _database(request: Request, error: Exception) -> Response:
    assert isinstance(error, SQLAlchemyError)
    return Unavailable(database_away(error), headers={"Retry-After": "2"}).answer()


def create_origin(services: Services, api: FastAPI) -> ASGIApp:
    """The published application around ``api``."""

    @asynccontextmanager
    async def life(app: Starlette) -> AsyncIterator[None]:
        limits = httpx.Limits(max_connections=200, max_keepalive_connections=50)
        timeout = httpx.Timeout(60.0, connect=5.0)
        # apps are reached over plain HTTP; httpx would read every authority of the system, which takes its time
        nobody = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        async with httpx.AsyncClient(limits=limits, timeout=timeout, trust_env=False, verify=nobody) as client:
            app.state.client = client
            yield

    origin = Starlette(
        routes=[
            Mount("/api/v1", LimitedBodies(api)),
            Route("/api", _no_such, methods=_METHODS),
            Route("/api/{rest:path}", _no_such, methods=_METHODS),
            Route("/link/{secret}", _link, methods=["GET", "HEAD", "POST"]),
            WebSocketRoute("/{path:path}", proxy.web_socket),
            Route("/{path:path}", proxy.http, methods=_METHODS),
        ],
        lifespan=life,
        exception_handlers={SQLAlchemyError: _database},
    )
    origin.state.services = services
    return Counted(SecurityHeaders(origin, services.secure_cookie), services.answers)
