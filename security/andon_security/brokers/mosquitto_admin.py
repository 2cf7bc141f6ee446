"""Changes users and permissions of a running Mosquitto over ``$CONTROL/dynamic-security/v1``."""

from __future__ import annotations

import asyncio
import json
import ssl
from typing import Any

import aiomqtt

from andon_security.brokers.mosquitto import ADMIN, acls
from andon_security.errors import BrokerRefused
from andon_security.grants import Grant

_TOPIC = "$CONTROL/dynamic-security/v1"
_TIMEOUT_S = 10.0


class MosquittoAdmin:
    """One short connection a change: they are rare, and a lasting one would be one more thing to watch."""

    def __init__(self, host: str, port: int, password: str, tls: ssl.SSLContext | None) -> None:
        self._host, self._port, self._password, self._tls = host, port, password, tls
        self._lock = asyncio.Lock()

    async def grant(self, grant: Grant, password: str) -> None:
        """Make the user anew with this password and these permissions."""
        await self._do(
            [
                {"command": "deleteClient", "username": grant.name},
                {"command": "deleteRole", "rolename": grant.name},
            ],
            tolerate="not found",
        )
        await self._do(
            [
                {"command": "createRole", "rolename": grant.name, "acls": acls(grant)},
                {
                    "command": "createClient",
                    "username": grant.name,
                    "password": password,
                    "roles": [{"rolename": grant.name, "priority": 0}],
                },
            ]
        )

    async def revoke(self, name: str) -> None:
        """Disable (which ends the session at once), then remove."""
        await self._do(
            [
                {"command": "disableClient", "username": name},
                {"command": "deleteClient", "username": name},
                {"command": "deleteRole", "rolename": name},
            ],
            tolerate="not found",
        )

    async def names(self) -> set[str]:
        """The users the broker knows, without the administrator."""
        answers = await self._do([{"command": "listClients", "verbose": False, "count": -1, "offset": 0}])
        return {name for name in answers[0]["data"]["clients"] if name != ADMIN}

    async def _do(self, commands: list[dict[str, Any]], tolerate: str | None = None) -> list[dict[str, Any]]:
        try:
            async with self._lock, asyncio.timeout(_TIMEOUT_S):
                answers = await self._exchange(commands)
        except (aiomqtt.MqttError, TimeoutError) as error:
            raise BrokerRefused(f"the broker at {self._host}:{self._port} did not answer: {error!r}") from error
        for answer in answers:
            problem = answer.get("error")
            if problem and not (tolerate and tolerate in problem.lower()):
                raise BrokerRefused(f"{answer.get('command')}: {problem}")
        return answers

    async def _exchange(self, commands: list[dict[str, Any]]) -> list[dict[str, Any]]:
        answers: list[dict[str, Any]] = []
        async with aiomqtt.Client(
            self._host, self._port, username=ADMIN, password=self._password, tls_context=self._tls
        ) as client:
            await client.subscribe(f"{_TOPIC}/response", qos=1)
            await client.publish(_TOPIC, json.dumps({"commands": commands}), qos=1)
            async for message in client.messages:
                payload = message.payload
                assert isinstance(payload, bytes | bytearray | str)
                answers += json.loads(payload)["responses"]
                if len(answers) >= len(commands):
                    break
        return answers
