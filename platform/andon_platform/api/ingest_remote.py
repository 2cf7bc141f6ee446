"""Ingest in a process of its own: it answers over HTTP to whoever holds the control token."""

from __future__ import annotations

import hmac
from types import TracebackType
from typing import TypeVar
from urllib.parse import quote

import httpx
import msgspec
from fastapi import FastAPI, Request
from fastapi.responses import Response
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, generate_latest

from andon_platform.api import problems
from andon_platform.api.ports import IngestControl, IngestFlow, Replayed
from andon_platform.api.problems import NotFound, NotSignedIn
from andon_platform.flow.trace import Trace

_TIMEOUT_S = 5.0
_Body = TypeVar("_Body")


class RemoteIngest:
    """An async context manager: the API's end of the line."""

    def __init__(self, url: str, token: str) -> None:
        self._client = httpx.AsyncClient(
            base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=_TIMEOUT_S, trust_env=False
        )

    async def __aenter__(self) -> RemoteIngest:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.aclose()

    async def flow(self) -> IngestFlow:
        """Ingest's figures. Raises ``ConnectionError``."""
        answer = await self._ask("GET", "/flow")
        return msgspec.json.decode(answer.content, type=IngestFlow)

    async def replay(self, id: str) -> Replayed | None:
        """Ask ingest to judge a message again. Raises ``ConnectionError``."""
        answer = await self._ask("POST", "/replay", {"id": id})
        return None if answer.status_code == 404 else msgspec.json.decode(answer.content, type=Replayed)

    async def follow(self, machine: str) -> Trace:
        """Ask ingest to note the times of the machine's next message. Raises ``ConnectionError``."""
        answer = await self._ask("POST", "/follow", {"machine": machine})
        return msgspec.json.decode(answer.content, type=Trace)

    async def followed(self, id: str) -> Trace | None:
        """How far it has come. Raises ``ConnectionError``."""
        answer = await self._ask("GET", f"/follow/{quote(id, safe='')}")
        return None if answer.status_code == 404 else msgspec.json.decode(answer.content, type=Trace)

    async def _ask(self, method: str, path: str, body: dict[str, str] | None = None) -> httpx.Response:
        try:
            answer = await self._client.request(method, path, json=body)
        except httpx.HTTPError as error:
            raise ConnectionError(f"{self._client.base_url}: {error!r}") from error
        if answer.status_code not in (200, 404):
            raise ConnectionError(f"{self._client.base_url} answers {answer.status_code}: {answer.text[:200]}")
        return answer


class _ReplayRequest(msgspec.Struct):
    id: str


class _FollowRequest(msgspec.Struct):
    machine: str


def status_app(ingest: IngestControl, token: str) -> FastAPI:
    """Ingest's end: ``/health`` and ``/ready`` are open, all else needs the control token."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    problems.install(app)

    def demand(request: Request) -> None:
        given = request.headers.get("authorization", "")
        if not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
            raise NotSignedIn("send the control token of this ingest as a bearer token")

    @app.get("/health")
    async def health() -> Response:
        return _json({"status": "alive"})

    @app.get("/ready")
    async def ready() -> Response:
        flow = await ingest.flow()
        good = flow.connected and flow.store_ready
        return _json({"ready": good, "broker": flow.connected, "store": flow.store_ready}, 200 if good else 503)

    @app.get("/flow")
    async def flow(request: Request) -> Response:
        demand(request)
        return _json(await ingest.flow())

    @app.get("/metrics")
    async def metrics(request: Request) -> Response:
        demand(request)
        return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)

    @app.post("/replay")
    async def replay(request: Request) -> Response:
        demand(request)
        wanted = _read(await request.body(), _ReplayRequest, "id")
        done = await ingest.replay(wanted.id)
        if done is None:
            raise NotFound(f"no message {wanted.id!r} in quarantine")
        return _json(done)

    @app.post("/follow")
    async def follow(request: Request) -> Response:
        demand(request)
        wanted = _read(await request.body(), _FollowRequest, "machine")
        return _json(await ingest.follow(wanted.machine))

    @app.get("/follow/{id}")
    async def followed(request: Request, id: str) -> Response:
        demand(request)
        found = await ingest.followed(id)
        if found is None:
            raise NotFound(f"nothing is followed under {id!r}")
        return _json(found)

    return app


def _read(body: bytes, kind: type[_Body], key: str) -> _Body:
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.MsgspecError as error:
        raise problems.BadQuestion(f"send {{'{key}': ...}}: {error}") from error


def _json(content: object, status: int = 200) -> Response:
    return Response(msgspec.json.encode(content), status, media_type="application/json")
