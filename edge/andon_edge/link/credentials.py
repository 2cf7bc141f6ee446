"""A machine's credential for the broker: from its file, or by enrolment at the API."""

from __future__ import annotations

import asyncio
from pathlib import Path

from andon_contracts.identity import Identity
from andon_security.errors import SecretMissing
from andon_security.files import write_json
from andon_security.mqtt import MqttCredential, load_credential

from andon_edge.link.api import PlatformApi, detail
from andon_edge.link.errors import ApiAway, EnrolmentFailed

#: The API changes the broker's users a few per second; more at once would only queue there.
_AT_ONCE = 4


class Credentials:
    """Files ``devices/{path}.json`` in the edge's own secrets, filled by the API where one is missing."""

    def __init__(self, secrets_dir: Path, api: PlatformApi) -> None:
        self._secrets, self._api = secrets_dir, api
        self._gate = asyncio.Semaphore(_AT_ONCE)

    def file(self, machine: Identity) -> Path:
        """Where the machine's credential lies."""
        return self._secrets / "devices" / f"{machine.path}.json"

    async def get(self, machine: Identity) -> MqttCredential:
        """From the file, else by enrolment.

        Raises:
            EnrolmentFailed: there is no file, and the API gave none; try again later.
        """
        try:
            return load_credential(self.file(machine))
        except SecretMissing:
            return await self.enrol(machine)

    async def enrol(self, machine: Identity) -> MqttCredential:
        """Ask the API for a credential and keep it (mode 0600).

        Raises:
            EnrolmentFailed: says why, and what to do.
        """
        async with self._gate:
            try:
                answer = await self._api.call("POST", f"/devices/{machine.path}/enrol")
            except ApiAway as error:
                raise EnrolmentFailed(str(error)) from error
        if answer.status_code >= 300:
            raise EnrolmentFailed(f"the API refused ({answer.status_code}): {detail(answer)}")
        try:
            found = answer.json()
            credential = MqttCredential(str(found["username"]), str(found["password"]))
        except (ValueError, KeyError, TypeError) as error:
            raise EnrolmentFailed(f"the API's answer holds no credential ({error!r})") from error
        write_json(self.file(machine), {"username": credential.username, "password": credential.password})
        return credential
