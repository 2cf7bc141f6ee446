"""One MQTT 3.1.1 connection on the running loop, without a thread of its own.

paho keeps the protocol; the loop watches its socket. Only the handshake, which blocks, runs in a small pool.
Compared over TLS at QoS 1 (``benchmarks/bench_edge_clients.py``; CPU a message, memory a connection): paho so
driven 97 us and 80 kB, aiomqtt 239 us (a future and a timer for each publish, a task for each connection), gmqtt
70 us and 294 kB (its TLS runs through asyncio's buffers). A thousand machines at 1 Hz send little and hold many
connections, so memory decides.

The loop must be able to watch sockets (``add_reader``): any on Linux and macOS, the Selector loop on Windows.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any, Final

import paho.mqtt.client as mqtt
from andon_security.mqtt import MqttCredential
from paho.mqtt.enums import CallbackAPIVersion

from andon_edge.link.errors import BrokerUnreachable, NotAuthorised

KEEPALIVE_S: Final = 30
_CONNECT_S: Final = 10.0
#: CONNACK codes of MQTT 3.1.1: bad user name or password, not authorised.
_REFUSED: Final = (4, 5)

OnMessage = Callable[[str, bytes, bool], None]
"""(topic, payload, whether the broker had kept it from before the subscription)."""


@dataclass(frozen=True, slots=True)
class BrokerAddress:
    """Where the broker listens, and the TLS context that trusts it (None: plain, for tests alone)."""

    host: str
    port: int
    tls: ssl.SSLContext | None
    pool: Executor


@dataclass(frozen=True, slots=True)
class Will:
    """What the broker publishes, retained, when the connection ends without a word."""

    topic: str
    payload: bytes


class Connection:
    """An open connection. ``inflight`` counts publishes that the broker has not acknowledged."""

    def __init__(self, client: mqtt.Client, on_message: OnMessage) -> None:
        self._client = client
        self._loop = asyncio.get_running_loop()
        self._sock: Any = None
        self._fd = -1
        self._writing = False
        self._on_message = on_message
        self._accepted: asyncio.Future[None] = self._loop.create_future()
        self.closed = asyncio.Event()
        self.inflight = 0
        self.on_ack: Callable[[], None] = lambda: None
        self._answers: dict[int, asyncio.Future[None]] = {}

    @classmethod
    async def open(
        cls,
        broker: BrokerAddress,
        credential: MqttCredential,
        *,
        will: Will | None,
        on_message: OnMessage,
        client_id: str = "",
    ) -> Connection:
        """Connect and wait for the broker's yes.

        A broker ends the older one of two connections with the same ``client_id``; it is the user's name unless given.

        Raises:
            BrokerUnreachable: nothing answers, or TLS failed.
            NotAuthorised: the broker does not take the credential.
        """
        client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id or credential.username,
            protocol=mqtt.MQTTv311,
            clean_session=True,
        )
        client.username_pw_set(credential.username, credential.password)
        client.max_inflight_messages_set(0)  # unbounded here: the pump bounds it, and counts with `inflight`
        client.connect_timeout = _CONNECT_S
        if broker.tls is not None:
            client.tls_set_context(broker.tls)
        if will is not None:
            client.will_set(will.topic, will.payload, qos=1, retain=True)
        connection = cls(client, on_message)
        try:
            await connection._connect(broker)
        except BaseException:
            connection.cut()
            raise
        return connection

    async def _connect(self, broker: BrokerAddress) -> None:
        client = self._client
        try:
            await self._loop.run_in_executor(broker.pool, client.connect, broker.host, broker.port, KEEPALIVE_S)
        except (OSError, ValueError) as error:
            raise BrokerUnreachable(f"broker {broker.host}:{broker.port}: {error}") from error
        self._sock = client.socket()
        if self._sock is None:
            raise BrokerUnreachable(f"broker {broker.host}:{broker.port} closed the connection at once")
        # only now: until here paho ran in the pool's thread, and these touch the loop
        client.on_connect = self._connected
        client.on_message = self._received
        client.on_publish = self._acknowledged
        client.on_subscribe = self._answered
        client.on_disconnect = self._disconnected
        client.on_socket_close = self._closing
        self._fd = self._sock.fileno()
        self._loop.add_reader(self._fd, self._read)
        self._flush()
        try:
            async with asyncio.timeout(_CONNECT_S):
                await self._accepted
        except TimeoutError as error:
            raise BrokerUnreachable(f"broker {broker.host}:{broker.port} does not answer CONNECT") from error

    # --- use ---------------------------------------------------------------------------------------------------

    @property
    def is_open(self) -> bool:
        """Whether something can be published."""
        return self._sock is not None and not self.closed.is_set()

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Send at QoS 1. If the connection ends before the acknowledgement, the message may be lost."""
        if not self.is_open:
            return
        self.inflight += 1
        self._client.publish(topic, payload, qos=1, retain=retain)
        self._flush()

    def subscribe(self, *topics: str) -> None:
        """Read these topics at QoS 1."""
        if self.is_open:
            self._client.subscribe([(topic, 1) for topic in topics])
            self._flush()

    async def subscribed(self, topic: str) -> None:
        """Read this topic at QoS 1; returns when the broker has answered.

        Raises:
            BrokerUnreachable: no answer, or the connection ended.
        """
        if not self.is_open:
            raise BrokerUnreachable("the connection has ended")
        answer: asyncio.Future[None] = self._loop.create_future()
        _, number = self._client.subscribe(topic, 1)
        self._answers[number or 0] = answer
        self._flush()
        try:
            async with asyncio.timeout(_CONNECT_S):
                await answer
        except TimeoutError as error:
            raise BrokerUnreachable("the broker does not answer SUBSCRIBE") from error
        finally:
            self._answers.pop(number or 0, None)

    def keep_alive(self) -> None:
        """Ping if it is time; notice a broker that went silent. To be called every few seconds."""
        if self.is_open:
            self._client.loop_misc()
            self._flush()

    async def settle_inflight(self, within_s: float) -> bool:
        """Wait until the broker acknowledged everything; False if it did not in time."""
        done, before = asyncio.Event(), self.on_ack

        def acknowledged() -> None:
            before()
            if self.inflight == 0:
                done.set()

        self.on_ack = acknowledged
        try:
            if self.inflight and self.is_open:
                async with asyncio.timeout(within_s):
                    await done.wait()
        except TimeoutError:
            return False
        finally:
            self.on_ack = before
        return self.inflight == 0

    def close(self) -> None:
        """Say goodbye: the broker drops the will."""
        if self.is_open:
            self._client.disconnect()
            self._flush()
        self._forget_socket()

    def cut(self) -> None:
        """End without a word, as a cut cable does: the broker publishes the will."""
        self._forget_socket()

    # --- the socket -------------------------------------------------------------------------------------------

    def _read(self) -> None:
        while self.is_open:
            self._client.loop_read()
            # TLS hands over whole records: what is left in its buffer wakes no selector
            if not self.is_open or not getattr(self._sock, "pending", int)():
                break
        self._flush()

    def _flush(self) -> None:
        if not self.is_open:
            return
        if self._client.want_write():
            self._client.loop_write()
        waits = self.is_open and self._client.want_write()
        if waits and not self._writing:
            self._loop.add_writer(self._fd, self._flush)
        elif not waits and self._writing and self._fd >= 0:
            self._loop.remove_writer(self._fd)
        self._writing = waits

    def _forget_socket(self) -> None:
        sock = self._sock
        self._closing()
        if sock is not None:
            sock.close()

    def _closing(self, *_: Any) -> None:
        """The socket is about to be closed: the loop must forget its number first."""
        if self._fd >= 0:
            self._loop.remove_reader(self._fd)
            self._loop.remove_writer(self._fd)
        self._fd, self._sock, self._writing = -1, None, False
        for answer in self._answers.values():
            if not answer.done():
                answer.set_exception(BrokerUnreachable("the connection ended"))
        self.closed.set()

    # --- what paho tells --------------------------------------------------------------------------------------

    def _connected(self, _client: Any, _data: Any, _flags: Any, code: Any, _properties: Any) -> None:
        if self._accepted.done():
            return
        if code.is_failure:
            known = code.value in (134, 135) or code.value in _REFUSED
            refused = NotAuthorised(f"the broker refuses the credential ({code})")
            self._accepted.set_exception(refused if known else BrokerUnreachable(f"the broker refuses: {code}"))
        else:
            self._accepted.set_result(None)

    def _received(self, _client: Any, _data: Any, message: mqtt.MQTTMessage) -> None:
        self._on_message(message.topic, bytes(message.payload), message.retain)

    def _acknowledged(self, _client: Any, _data: Any, _mid: int, _code: Any, _properties: Any) -> None:
        self.inflight -= 1
        self.on_ack()

    def _answered(self, _client: Any, _data: Any, mid: int, _codes: Any, _properties: Any) -> None:
        answer = self._answers.get(mid)
        if answer is not None and not answer.done():
            answer.set_result(None)

    def _disconnected(self, _client: Any, _data: Any, _flags: Any, code: Any, _properties: Any) -> None:
        self._closing()
        if not self._accepted.done():
            self._accepted.set_exception(BrokerUnreachable(f"the broker ended the connection ({code})"))
