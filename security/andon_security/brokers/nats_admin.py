"""Changes users of a running NATS server: the users' file anew, then a reload over the system account.

No signal is sent, so that it works on Windows as well.
"""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

from nats.errors import Error as NatsError

from andon_security.brokers.nats_system import ask_server
from andon_security.brokers.nats_users import NatsGrants
from andon_security.errors import BrokerRefused
from andon_security.grants import Grant

_TIMEOUT_S = 10.0


class NatsAdmin:
    """The server's users, for one process that owns the folder."""

    def __init__(self, host: str, port: int, password: str, tls: ssl.SSLContext, folder: Path) -> None:
        self._url = f"tls://{host}:{port}"
        self._password, self._tls = password, tls
        self._grants = NatsGrants(folder)
        self._lock = asyncio.Lock()

    async def grant(self, grant: Grant, password: str) -> None:
        """Make the user, or give it a new password and these permissions."""
        async with self._lock:
            found = self._grants.read()
            found[grant.name] = (grant, password)
            self._grants.write(found)
            await self._reload()

    async def revoke(self, name: str) -> None:
        """Remove the user; the reload ends its session."""
        async with self._lock:
            found = self._grants.read()
            if found.pop(name, None):
                self._grants.write(found)
                await self._reload()

    async def names(self) -> set[str]:
        """The users there are."""
        return set(self._grants.read())

    async def _reload(self) -> None:
        try:
            answer = await ask_server(self._url, self._password, self._tls, "RELOAD", b"", _TIMEOUT_S)
        except (NatsError, OSError, TimeoutError) as error:
            raise BrokerRefused(f"NATS at {self._url} did not reload: {error!r}") from error
        if answer.get("error"):
            raise BrokerRefused(f"NATS refused the new users: {answer['error']}")
