"""Who asks: the API's process hands every request on with ``X-Andon-User``, ``-Role`` and ``-Token``.

The console believes these headers because only that process can reach it. A request without them came another
way and is refused, pages and streams alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, get_args

from andon_security.tokens import ROLE_SCOPES, Role
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from andon_console.texts import text

USER: Final = "x-andon-user"
ROLE: Final = "x-andon-role"
TOKEN: Final = "x-andon-token"
_ROLES: Final = get_args(Role)


@dataclass(frozen=True, slots=True)
class Visitor:
    """The person at the browser. ``role`` decides what is offered; the API decides what is allowed."""

    name: str
    role: str

    @property
    def scopes(self) -> list[str]:
        """What the role may do, by the table that the API uses too."""
        for role in _ROLES:
            if role == self.role:
                return sorted(ROLE_SCOPES[role])
        return []


def visitor(headers: Headers) -> Visitor:
    """Read who asks; without the headers (development) a viewer without a name."""
    return Visitor(headers.get(USER, ""), headers.get(ROLE, "viewer"))


class GatewayOnly:
    """ASGI middleware: lets nothing through that the API's process did not hand on."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if all(headers.get(name) for name in (USER, ROLE, TOKEN)):
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await PlainTextResponse(text("refused.gateway") + "\n", 403)(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1008, "reason": "not through the API"})
