"""What the origin answered: how many requests came, and which were turned away, by where they went and why.

It counts what leaves this process, so it sees every refusal of the API, of its streams and of the pages. It does not
see whom the broker turned away: the broker does that by itself and tells nobody.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from starlette.types import ASGIApp, Message, Receive, Scope, Send

Area = Literal["pages", "link", "stream", "command", "enrolment", "api"]
#: Statuses that are a refusal, and what each says.
REFUSALS: Final = {401: "not-signed-in", 403: "not-allowed", 429: "too-often"}


@dataclass(slots=True)
class Refused:
    """``count`` of a kind since the start; ``last`` is the newest one's time (us UTC)."""

    area: Area
    why: str
    count: int = 0
    last: int = 0


class Answers:
    """Counters since ``since`` (us UTC)."""

    def __init__(self, now: Callable[[], int] = lambda: time.time_ns() // 1000) -> None:
        self._now = now
        self.since = now()
        self.requests = 0
        self._refused: dict[tuple[Area, str], Refused] = {}

    @property
    def refused(self) -> list[Refused]:
        """Most first."""
        return sorted(self._refused.values(), key=lambda r: (-r.count, r.area, r.why))

    def note(self, method: str, path: str, status: int) -> None:
        """An answer leaves."""
        self.requests += 1
        why = REFUSALS.get(status)
        area = area_of(method, path)
        if why is None and area == "link" and status >= 400:
            why = "dead-link"
        if why is None:
            return
        found = self._refused.setdefault((area, why), Refused(area, why))
        found.count += 1
        found.last = self._now()


def area_of(method: str, path: str) -> Area:
    """What a request was about."""
    if path.startswith("/link/") or (path == "/api/v1/session" and method == "POST"):
        return "link"
    if not path.startswith("/api/"):
        return "pages"
    if path.startswith("/api/v1/live"):
        return "stream"
    if method == "POST" and path.endswith(("/commands", "/pace")):
        return "command"
    if path.startswith(("/api/v1/devices/", "/api/v1/edges/", "/api/v1/credentials")):
        return "enrolment"
    return "api"


class Counted:
    """An application whose answers are counted; WebSockets count when they are refused or accepted."""

    def __init__(self, app: ASGIApp, answers: Answers) -> None:
        self._app, self._answers = app, answers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        method, path, note = scope.get("method", "GET"), scope["path"], self._answers.note
        accepted = False

        async def noting(message: Message) -> None:
            nonlocal accepted
            kind = message["type"]
            if kind in ("http.response.start", "websocket.http.response.start"):
                note(method, path, message["status"])
            elif kind == "websocket.accept":
                accepted = True
                note(method, path, 101)
            elif kind == "websocket.close" and not accepted:
                note(method, path, 403)  # so servers answer a handshake that is closed: ASGI, "websocket.close"
            await send(message)

        await self._app(scope, receive, noting)
