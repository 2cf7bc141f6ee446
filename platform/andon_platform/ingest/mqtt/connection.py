"""The transport over one TCP or TLS connection at a time."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence
from typing import Final, Literal, cast

from andon_security.mqtt import MqttCredential

from andon_platform.ingest.transport import Delivery, TransportLost
from andon_platform.mqtt import packets

KEEPALIVE_S: Final = 30
CONNECT_TIMEOUT_S: Final = 10.0
#: Deliveries that may lie here unread before the socket is not read any more; while it connects there may be more, at
#: most those that the broker sends unacknowledged.
HIGH_WATER: Final = 4_000


class _Protocol(asyncio.Protocol):
    """Bytes to deliveries; ``mark`` distinguishes the handles of this connection."""

    def __init__(self, version: int, mark: int) -> None:
        self.version, self.mark = version, mark
        self.transport: asyncio.Transport | None = None
        self.deliveries: list[Delivery] = []
        self.something = asyncio.Event()
        self.answer: asyncio.Future[tuple[int, bytes]] | None = None
        self.lost: str | None = None
        self.heard = True
        self._rest = b""
        self._open = self._paused = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's TLS transport is one in all but its class
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        if self._rest:
            data = self._rest + data
        others: list[tuple[int, bytes]] = []
        try:
            used = packets.parse(data, self.version, self.mark, self.deliveries, others)
        except (packets.Malformed, IndexError) as error:
            self.end(f"the broker sent what is no MQTT: {error}")
            return
        self._rest = data[used:] if used else data
        self.heard = True
        for kind, body in others:
            if kind == packets.DISCONNECT:
                self.end(f"the broker disconnected us (reason {body[0] if body else 0})")
            elif kind in (packets.CONNACK, packets.SUBACK) and self.answer is not None and not self.answer.done():
                self.answer.set_result((kind, body))
        if self.deliveries:
            self.something.set()
            self._hold()

    def opened(self) -> None:
        """The broker has answered all that we asked. Before, its answers are read however much comes with them: what it
        kept for us stands before the answer to the subscription, and nobody takes it yet."""
        self._open = True
        self._hold()

    def _hold(self) -> None:
        if self._open and len(self.deliveries) > HIGH_WATER and not self._paused and self.transport is not None:
            self._paused = True
            self.transport.pause_reading()

    def take(self) -> list[Delivery]:
        """All deliveries so far."""
        found, self.deliveries = self.deliveries, []
        self.something.clear()
        if self._paused and self.transport is not None and self.lost is None:
            self._paused = False
            self.transport.resume_reading()
        return found

    def connection_lost(self, exc: Exception | None) -> None:
        self.end(str(exc) if exc else "the broker closed the connection")

    def end(self, why: str) -> None:
        """Remember the first reason, wake who waits."""
        if self.lost is None:
            self.lost = why
        self.something.set()
        if self.answer is not None and not self.answer.done():
            self.answer.set_exception(TransportLost(why))
        if self.transport is not None:
            self.transport.abort()

    def write(self, data: bytes) -> None:
        if self.transport is not None and self.lost is None:
            self.transport.write(data)


class MqttTransport:
    """See :class:`andon_platform.ingest.transport.Transport`; 3.1.1 is ``version`` 4.

    ``filters`` are (filter, QoS). Births are best read at QoS 0: they then pass by a backlog whose messages
    wait for them, where QoS 1 would queue them behind it.
    """

    def __init__(
        self,
        host: str,
        port: int,
        client_id: str,
        filters: Sequence[tuple[str, int]],
        *,
        credential: MqttCredential | None = None,
        tls: ssl.SSLContext | None = None,
        version: Literal[4, 5] = 4,
        receive_maximum: int = 10_000,
    ) -> None:
        self._host, self._port, self._client_id = host, port, client_id
        self._filters = list(filters)
        self._credential, self._tls = credential, tls
        self._version: Literal[4, 5] = version
        self._receive_maximum = receive_maximum
        self._protocol: _Protocol | None = None
        self._connections = 0
        self._packet_id = 0
        self._pinger: asyncio.Task[None] | None = None

    @property
    def _where(self) -> str:
        return f"the broker at {self._host}:{self._port}"

    async def connect(self) -> bool:
        """See the port."""
        await self.close()
        self._connections += 1
        mark = self._connections << 16
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                _, protocol = await loop.create_connection(
                    lambda: _Protocol(self._version, mark),
                    self._host,
                    self._port,
                    ssl=self._tls,
                    server_hostname=self._host if self._tls else None,
                )
                self._protocol = protocol
                user = self._credential.username if self._credential else None
                password = self._credential.password if self._credential else None
                hello = packets.connect(
                    self._client_id,
                    user,
                    password,
                    version=self._version,
                    keepalive_s=KEEPALIVE_S,
                    receive_maximum=self._receive_maximum,
                )
                _, body = await self._ask(protocol, hello)
                if len(body) < 2 or body[1]:
                    code = body[1] if len(body) > 1 else 255
                    raise TransportLost(f"{self._where} refuses us: {packets.REFUSALS.get(code, f'reason {code}')}")
                kept = bool(body[0] & 1)  # session present: 3.1.1 section 3.2.2.2, 5 section 3.2.2.1.1
                _, body = await self._ask(protocol, packets.subscribe(1, self._filters, version=self._version))
                codes = body[-len(self._filters) :]
                refused = [f for (f, _), code in zip(self._filters, codes, strict=True) if code > 2]
                if refused:
                    raise TransportLost(f"{self._where} refuses the subscription to {', '.join(refused)}")
        except (OSError, ssl.SSLError, TimeoutError) as error:
            await self.close()
            raise TransportLost(f"cannot reach {self._where}: {str(error) or type(error).__name__}") from error
        except BaseException:
            await self.close()
            raise
        protocol.opened()
        self._pinger = asyncio.create_task(self._ping(protocol), name="ingest-ping")
        return kept

    async def _ask(self, protocol: _Protocol, packet: bytes) -> tuple[int, bytes]:
        protocol.answer = asyncio.get_running_loop().create_future()
        if protocol.lost is not None:
            raise TransportLost(protocol.lost)
        protocol.write(packet)
        return await protocol.answer

    async def _ping(self, protocol: _Protocol) -> None:
        while protocol.lost is None:
            await asyncio.sleep(KEEPALIVE_S / 2)
            if not protocol.heard and not protocol.deliveries:  # unread deliveries: it is we who do not listen
                protocol.end(f"{self._where} is silent")
            protocol.heard = False
            protocol.write(packets.PINGREQ)

    async def receive(self) -> list[Delivery]:
        """See the port."""
        protocol = self._protocol
        if protocol is None:
            raise TransportLost("not connected")
        await protocol.something.wait()
        if not protocol.deliveries and protocol.lost is not None:
            raise TransportLost(protocol.lost)
        return protocol.take()

    def acknowledge(self, handles: Sequence[int]) -> None:
        """See the port."""
        protocol = self._protocol
        if protocol is not None and protocol.lost is None:
            mark = protocol.mark
            protocol.write(packets.pubacks([h & 0xFFFF for h in handles if h - mark == h & 0xFFFF and h]))

    def publish(self, topic: str, payload: bytes) -> None:
        """See the port."""
        if self._protocol is not None:
            self._packet_id = self._packet_id % 65_535 + 1
            self._protocol.write(packets.publish(self._packet_id, topic, payload, version=self._version))

    async def close(self) -> None:
        """See the port."""
        if self._pinger is not None:
            self._pinger.cancel()
            await asyncio.gather(self._pinger, return_exceptions=True)
            self._pinger = None
        protocol, self._protocol = self._protocol, None
        if protocol is not None and protocol.transport is not None and protocol.lost is None:
            protocol.write(packets.GOODBYE)
            protocol.lost = "closed"
            protocol.something.set()
            protocol.transport.close()
