"""A machine's credential for the broker: from its file, or by enrolment at the API."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from pathlib import Path

import httpx
from andon_contracts.identity import Identity
from andon_security.errors import SecretMissing
from andon_security.files import write_json
from andon_security.mqtt import MqttCredential, load_credential

from andon_edge.link.errors import EnrolmentFailed

_TIMEOUT_S = 10.0
#: The API changes the broker's users a few per second; more at once would only queue there.
_AT_ONCE = 4


class Credentials:
    """Files ``devices/{path}.json`` in the edge's own secrets, filled by the API where one is missing."""

    def __init__(self, secrets_dir: Path, api_url: str, tls: Callable[[], ssl.SSLContext]) -> None:
        self._secrets, self._api_url, self._tls = secrets_dir, api_url.rstrip("/"), tls
        self._gate = asyncio.Semaphore(_AT_ONCE)
        self._client: httpx.AsyncClient | None = None

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
        token_file = self._secrets / "token"
        try:
            token = token_file.read_text().strip()
        except OSError as error:
            raise EnrolmentFailed(f"no token at {token_file} ({error.strerror}); `andon setup` makes it") from error
        url = f"{self._api_url}/api/v1/devices/{machine.path}/enrol"
        async with self._gate:
            if self._client is None:
                self._client = httpx.AsyncClient(
                    verify=self._tls() if url.startswith("https") else False, timeout=_TIMEOUT_S, trust_env=False
                )
            try:
                answer = await self._client.post(url, headers={"Authorization": f"Bearer {token}"})
            except httpx.HTTPError as error:
                raise EnrolmentFailed(f"the API at {self._api_url} does not answer ({error!r})") from error
        if answer.status_code >= 300:
            raise EnrolmentFailed(f"the API refused ({answer.status_code}): {_detail(answer)}")
        try:
            found = answer.json()
            credential = MqttCredential(str(found["username"]), str(found["password"]))
        except (ValueError, KeyError, TypeError) as error:
            raise EnrolmentFailed(f"the API's answer holds no credential ({error!r})") from error
        write_json(self.file(machine), {"username": credential.username, "password": credential.password})
        return credential

    async def aclose(self) -> None:
        """Close the HTTP client."""
        if self._client is not None:
            await self._client.aclose()


def _detail(answer: httpx.Response) -> str:
    try:
        return str(answer.json().get("detail") or answer.text[:200])
    except (ValueError, AttributeError):
        return answer.text[:200]
