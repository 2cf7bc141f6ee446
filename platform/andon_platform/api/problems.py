"""Errors of the API as ``application/problem+json`` (RFC 9457); the tree stands in the package's docstring."""

from __future__ import annotations

from typing import Any, ClassVar

import msgspec
import structlog
from andon_contracts.errors import ContractError
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from andon_platform.commands import Forbidden, Undeliverable

_log = structlog.get_logger(__name__)
MEDIA = "application/problem+json"


class ExposureError(Exception):
    """The settings would publish something unprotected."""


class Problem(Exception):
    """An answer that is an error. ``more`` is added to the object; ``headers`` to the answer."""

    status: ClassVar[int] = 500
    kind: ClassVar[str] = "internal"
    title: ClassVar[str] = "Something went wrong here"

    def __init__(self, detail: str, *, headers: dict[str, str] | None = None, **more: Any) -> None:
        super().__init__(detail)
        self.detail, self.headers, self.more = detail, headers or {}, more

    def answer(self) -> Response:
        """The answer that HTTP gives."""
        return problem(self.status, self.kind, self.title, self.detail, self.headers, **self.more)


class BadQuestion(Problem):
    status, kind, title = 400, "bad-question", "The question cannot be answered as asked"


class NotSignedIn(Problem):
    status, kind, title = 401, "not-signed-in", "Nobody knows who is asking"

    def __init__(self, detail: str = "send a bearer token, or open the console with a link first") -> None:
        super().__init__(detail, headers={"WWW-Authenticate": 'Bearer realm="andon"'})


class NotAllowed(Problem):
    status, kind, title = 403, "not-allowed", "This is not allowed"


class NotFound(Problem):
    status, kind, title = 404, "not-found", "There is no such thing"


class Conflict(Problem):
    status, kind, title = 409, "conflict", "Something is in the way"


class TooLarge(Problem):
    status, kind, title = 413, "too-large", "The request is too large"


class TooMuch(Problem):
    status, kind, title = 422, "too-much", "The question is beyond a limit"


class TooOften(Problem):
    status, kind, title = 429, "too-often", "Too many failed attempts"


class Unavailable(Problem):
    status, kind, title = 503, "unavailable", "A part of the stack cannot be reached now"


class TimedOut(Problem):
    status, kind, title = 504, "timed-out", "No answer came in time"


def problem(
    status: int, kind: str, title: str, detail: str, headers: dict[str, str] | None = None, **more: Any
) -> Response:
    """A problem document."""
    said = _readable(detail)
    body = {"type": f"urn:andon:problem:{kind}", "title": title, "status": status, "detail": said, **more}
    return Response(msgspec.json.encode(body), status, headers, media_type=MEDIA)


def _readable(text: str) -> str:
    """Without halves of characters (``\\ud800``), which JSON may hold and UTF-8 may not: `?` stands for each."""
    return text.encode("utf-8", "replace").decode("utf-8")


def install(app: FastAPI) -> None:
    """Make every error of the application a problem document."""

    @app.exception_handler(Problem)
    async def _own(_: Request, error: Problem) -> Response:
        return error.answer()

    @app.exception_handler(RequestValidationError)
    async def _invalid(_: Request, error: RequestValidationError) -> Response:
        faults = [
            {
                "where": _readable(".".join(str(part) for part in e["loc"])),
                "what": _readable(e["msg"]),
                "got": _readable(str(e.get("input"))[:200]),
            }
            for e in error.errors()
        ]
        detail = "; ".join(f"{f['where']}: {f['what']}" for f in faults)
        return problem(422, "invalid", "The request does not fit its description", detail, errors=faults)

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> Response:
        kind = {404: "not-found", 405: "method-not-allowed", 413: TooLarge.kind}.get(error.status_code, "http")
        title = TooLarge.title if error.status_code == 413 else str(error.detail)
        detail = f"{request.method} {request.url.path}: {error.detail}"
        return problem(error.status_code, kind, title, detail, dict(error.headers or {}))

    @app.exception_handler(ContractError)
    async def _contract(_: Request, error: ContractError) -> Response:
        return BadQuestion(str(error)).answer()

    @app.exception_handler(Forbidden)
    async def _forbidden(_: Request, error: Forbidden) -> Response:
        return NotAllowed(str(error), scope=error.scope).answer()

    @app.exception_handler(Undeliverable)
    async def _undeliverable(_: Request, error: Undeliverable) -> Response:
        return Unavailable(str(error)).answer()

    @app.exception_handler(Exception)
    async def _unforeseen(request: Request, error: Exception) -> Response:
        _log.error("request failed", path=request.url.path, exc_info=error)
        return problem(500, "internal", Problem.title, f"{type(error).__name__}; the log of the API says more")
