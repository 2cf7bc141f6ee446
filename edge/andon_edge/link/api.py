"""The platform's API, as the edge calls it: with the edge's own token, one connection kept open."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from andon_edge.link.errors import ApiAway

_TIMEOUT_S = 10.0


class PlatformApi:
    """Calls below ``/api/v1``. The token is read for each call, so that a new one counts at once."""

    def __init__(self, secrets_dir: Path, api_url: str, tls: Callable[[], ssl.SSLContext]) -> None:
        self._token, self.url, self._tls = secrets_dir / "token", api_url.rstrip("/"), tls
        self._client: httpx.AsyncClient | None = None

    async def call(self, method: str, path: str, content: Any = None) -> httpx.Response:
        """The answer, whatever its status; ``content`` goes as JSON.

        Raises:
            ApiAway: there is no token, or the API does not answer; says what to do.
        """
        try:
            token = self._token.read_text().strip()
        except OSError as error:
            raise ApiAway(f"no token at {self._token} ({error.strerror}); `andon setup` makes it") from error
        if self._client is None:
            verify = self._tls() if self.url.startswith("https") else False
            self._client = httpx.AsyncClient(verify=verify, timeout=_TIMEOUT_S, trust_env=False)
        try:
            return await self._client.request(
                method, f"{self.url}/api/v1{path}", headers={"Authorization": f"Bearer {token}"}, json=content
            )
        except httpx.HTTPError as error:
            raise ApiAway(f"the API at {self.url} does not answer ({error!r})") from error

    async def aclose(self) -> None:
        """Close the connection."""
        if self._client is not None:
            await self._client.aclose()


def detail(answer: httpx.Response) -> str:
    """What the API says of an error."""
    try:
        return str(answer.json().get("detail") or answer.text[:200])
    except (ValueError, AttributeError):
        return answer.text[:200]
