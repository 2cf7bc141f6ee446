"""Changes users of a running NATS server: the users' file anew, then a reload over the system account.

No signal is sent, so that it works on Windows as well.
"""

from __future__ import annotations

import asyncio
import json
import ssl
from pathlib import Path

import nats
from nats.errors import Error as NatsError

from andon_security.brokers.nats import SYSTEM_USER
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
            async with asyncio.timeout(_TIMEOUT_S):
                client = await nats.connect(
                    self._url, user=SYSTEM_USER, password=self._password, tls=self._tls, allow_reconnect=False
                )
                try:
                    server = client._server_info["server_id"]  # the library has no public name for it
                    answer = json.loads((await client.request(f"$SYS.REQ.SERVER.{server}.RELOAD", b"")).data)
                finally:
                    await client.close()
        except (NatsError, OSError, TimeoutError) as error:
            raise BrokerRefused(f"NATS at {self._url} did not reload: {error!r}") from error
        if answer.get("error"):
            raise BrokerRefused(f"NATS refused the new users: {answer['error']}")
