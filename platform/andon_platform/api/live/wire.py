"""One connection of the API to the broker: deliveries go straight from the socket to whom they concern."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, cast

import structlog

from andon_platform.mqtt import packets

_log = structlog.get_logger(__name__)
#: Protocol 3.1.1, which every broker of ours speaks.
VERSION: Final = 4


class Lost(ConnectionError):
    """The connection ended or could not be made; says why."""


class Wire(asyncio.Protocol):
    """``receive`` gets (topic, payload) of each message, inside the loop, and must not wait."""

    def __init__(self, receive: Callable[[str, bytes], None]) -> None:
        self._receive = receive
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[tuple[int, bytes]] | None = None
        self._published: dict[int, asyncio.Future[None]] = {}
        self._packet_id = 0
        self._rest = b""
        self._why: str | None = None
        #: Whether anything came since this was last set to False.
        self.heard = True
        #: Set when the connection has ended.
        self.ended = asyncio.Event()

    # --- asyncio's calls ----------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's TLS transport is one in all but its class
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        if self._rest:
            data = self._rest + data
        deliveries: list[tuple[bytes, bytes, int]] = []
        others: list[tuple[int, bytes]] = []
        try:
            used = packets.parse(data, VERSION, 0, deliveries, others)
        except (packets.Malformed, IndexError) as error:
            self.end(f"it sent what is no MQTT: {error}")
            return
        self._rest = data[used:] if used else data
        self.heard = True
        for kind, body in others:
            self._control(kind, body)
        for topic, payload, _ in deliveries:
            try:
                self._receive(topic.decode(), payload)
            except Exception:
                # a fault of ours in one message must cost that message alone
                _log.exception("a message could not be handed on", topic=topic.decode(errors="replace"))

    def _control(self, kind: int, body: bytes) -> None:
        if kind == packets.PUBACK:
            waiting = self._published.pop(body[0] << 8 | body[1], None)
            if waiting is not None and not waiting.done():
                waiting.set_result(None)
        elif kind in (packets.CONNACK, packets.SUBACK) and self._answer is not None and not self._answer.done():
            self._answer.set_result((kind, body))
        elif kind == packets.DISCONNECT:
            self.end("it disconnected us")

    def connection_lost(self, exc: Exception | None) -> None:
        self.end(str(exc) if exc else "it closed the connection")

    # --- ours ---------------------------------------------------------------------------------------------------

    @property
    def why(self) -> str:
        """Why it ended."""
        return self._why or "not connected"

    def end(self, why: str) -> None:
        """Remember the first reason, tell everyone who waits."""
        if self._why is None:
            self._why = why
        self.ended.set()
        published, self._published = self._published, {}
        for future in published.values():
            if not future.done():
                future.set_exception(Lost(self.why))
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(Lost(self.why))
        if self._transport is not None:
            self._transport.abort()

    async def ask(self, packet: bytes) -> bytes:
        """Send CONNECT or SUBSCRIBE; gives the answer's body. Raises :class:`Lost`."""
        if self._why is not None:
            raise Lost(self._why)
        self._answer = asyncio.get_running_loop().create_future()
        self.write(packet)
        try:
            return (await self._answer)[1]
        finally:
            self._answer = None

    async def publish(self, topic: str, payload: bytes) -> None:
        """At QoS 1, not retained; returns when the broker has it. Raises :class:`Lost`."""
        if self._why is not None:
            raise Lost(self._why)
        number = self._free_id()
        done = self._published[number] = asyncio.get_running_loop().create_future()
        self.write(packets.publish(number, topic, payload, version=VERSION, retain=False))
        try:
            await done
        finally:
            self._published.pop(number, None)

    def _free_id(self) -> int:
        for _ in range(65_535):
            self._packet_id = self._packet_id % 65_535 + 1
            if self._packet_id not in self._published:
                return self._packet_id
        raise Lost("65,535 messages wait for the broker")

    def write(self, data: bytes) -> None:
        """Hand bytes to the socket."""
        if self._transport is not None and self._why is None:
            self._transport.write(data)

    def close(self) -> None:
        """Say goodbye."""
        if self._transport is not None and self._why is None:
            self._transport.write(packets.GOODBYE)
            self._why = "closed"
            self._transport.close()
        self.end("closed")
