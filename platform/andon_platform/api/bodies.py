"""No request brings more than the API ever needs: what is longer is refused before it is read to its end."""

from __future__ import annotations

from typing import Final

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from andon_platform.api.problems import TooLarge

#: Bytes of the body of a request to the API; the longest that anything of ours sends has a few thousand.
MAX_BODY: Final = 1_000_000


def too_large(limit: int) -> TooLarge:
    """The refusal."""
    return TooLarge(f"the body of a request has at most {limit} bytes here", limit="body", maximum=limit)


class LimitedBodies:
    """An application whose requests are at most ``limit`` bytes long."""

    def __init__(self, app: ASGIApp, limit: int = MAX_BODY) -> None:
        self._app, self._limit = app, limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        said = Headers(scope=scope).get("content-length", "0")
        if not said.isdecimal() or int(said) > self._limit:
            await too_large(self._limit).answer()(scope, receive, send)
            return
        size = 0

        async def counted() -> Message:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            if size > self._limit:
                raise HTTPException(413, too_large(self._limit).detail)
            return message

        await self._app(scope, counted, send)
