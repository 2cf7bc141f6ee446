"""The port between the broker and ingest: small, so that brokers and client libraries can be exchanged."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

Delivery = tuple[bytes, bytes, int]
"""(topic, payload, handle). The handle acknowledges it; 0 needs no acknowledgement."""


class TransportLost(Exception):
    """The connection ended or could not be made; says why. Ingest connects again."""


class Transport(Protocol):
    """One persistent session at QoS 1 under a fixed client id.

    A handle belongs to the connection that delivered it. After a reconnection the broker delivers again what
    was not acknowledged, under new handles; old ones are ignored.
    """

    async def connect(self) -> bool:
        """Connect, take up the session, subscribe. False: the broker had no session, so what was published before
        will not come by itself. Raises :class:`TransportLost`."""
        ...

    async def receive(self) -> list[Delivery]:
        """What has come since the last call, at least one. Raises :class:`TransportLost`.

        While nobody calls, the socket is not read and the broker holds messages back.
        """
        ...

    def acknowledge(self, handles: Sequence[int]) -> None:
        """The messages are durable: the broker may forget them."""
        ...

    def publish(self, topic: str, payload: bytes) -> None:
        """Publish retained, QoS 1; dropped where there is no connection."""
        ...

    async def close(self) -> None:
        """Disconnect; the session stays on the broker."""
        ...
