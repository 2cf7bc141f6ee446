"""The API's own connection to the broker: QoS 0 in, commands out at QoS 1, reconnecting for as long as it runs."""

from __future__ import annotations

import asyncio
import secrets
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress
from types import TracebackType

import structlog
from andon_security.grants import SERVICES
from andon_security.mqtt import MqttCredential

from andon_platform.api.live.wire import VERSION, Lost, Wire
from andon_platform.mqtt import packets

_log = structlog.get_logger(__name__)
_RETRY_S, _RETRY_MAX_S = 0.2, 5.0
_CONNECT_S = 10.0
_KEEPALIVE_S = 20
#: What the hub reads: all that the user may, without ingest's own watermarks.
FILTERS = tuple(topic for topic in SERVICES["api"].subscribe if not topic.endswith("/watermark"))


class MqttFeed:
    """An async context manager. ``receive`` gets (topic, payload) of each message, in the loop.

    ``on_connect`` runs after each connection (what was missed meanwhile is to be fetched from the store).
    """

    def __init__(
        self,
        host: str,
        port: int,
        credential: MqttCredential | None,
        tls: ssl.SSLContext | None,
        receive: Callable[[str, bytes], None],
        on_connect: Callable[[], Awaitable[None]] | None = None,
        filters: tuple[str, ...] = FILTERS,
    ) -> None:
        self._host, self._port, self._credential, self._tls = host, port, credential, tls
        self._receive, self._on_connect, self._filters = receive, on_connect, filters
        self._wire: Wire | None = None
        self._task: asyncio.Task[None] | None = None
        self.connected = asyncio.Event()

    async def __aenter__(self) -> MqttFeed:
        self._task = asyncio.create_task(self._run(), name="api-mqtt")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._task is not None
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def publish(self, topic: str, payload: bytes) -> None:
        """At QoS 1; returns when the broker has it. Raises ``ConnectionError`` if it cannot."""
        wire = self._wire
        if wire is None:
            raise ConnectionError(f"no connection to the broker at {self._host}:{self._port}")
        try:
            await wire.publish(topic, payload)
        except Lost as error:
            raise ConnectionError(f"the broker at {self._host}:{self._port} did not take it: {error}") from error

    async def _run(self) -> None:
        wait = _RETRY_S
        while True:
            wire: Wire | None = None
            try:
                wire = await self._connect()
                wait = _RETRY_S
                await self._follow(wire)
            except (OSError, TimeoutError) as error:
                why = str(error) or type(error).__name__
                _log.warning("broker lost", host=self._host, port=self._port, error=why, retry_s=wait)
            finally:
                self._wire = None
                self.connected.clear()
                if wire is not None:
                    wire.close()
            await asyncio.sleep(wait)
            wait = min(wait * 2, _RETRY_MAX_S)

    async def _connect(self) -> Wire:
        """Connected and subscribed. Raises ``OSError`` or ``TimeoutError``."""
        wire = Wire(self._receive)
        try:
            async with asyncio.timeout(_CONNECT_S):
                await asyncio.get_running_loop().create_connection(
                    lambda: wire,
                    self._host,
                    self._port,
                    ssl=self._tls,
                    server_hostname=self._host if self._tls else None,
                )
                who = self._credential
                hello = packets.connect(
                    f"api-{secrets.token_hex(6)}",
                    who.username if who else None,
                    who.password if who else None,
                    version=VERSION,
                    keepalive_s=_KEEPALIVE_S,
                    clean=True,
                )
                answer = await wire.ask(hello)
                if len(answer) < 2 or answer[1]:
                    code = answer[1] if len(answer) > 1 else 255
                    raise Lost(f"it refuses us: {packets.REFUSALS.get(code, f'reason {code}')}")
                topics = [(topic, 0) for topic in self._filters]
                codes = (await wire.ask(packets.subscribe(1, topics, version=VERSION)))[2:]
                refused = [topic for topic, code in zip(self._filters, codes, strict=True) if code > 2]
                if refused:
                    _log.error("the broker refuses subscriptions", topics=refused)
        except BaseException:
            wire.close()
            raise
        return wire

    async def _follow(self, wire: Wire) -> None:
        """Until the connection ends. Raises :class:`Lost`."""
        self._wire = wire
        self.connected.set()
        _log.info("broker connected", host=self._host, port=self._port)
        catching_up = asyncio.create_task(self._catch_up(), name="api-catch-up")
        try:
            while not wire.ended.is_set():
                with suppress(TimeoutError):
                    async with asyncio.timeout(_KEEPALIVE_S / 2):
                        await wire.ended.wait()
                        break
                if not wire.heard:
                    wire.end("it is silent")
                wire.heard = False
                wire.write(packets.PINGREQ)
        finally:
            catching_up.cancel()
            await asyncio.gather(catching_up, return_exceptions=True)
        raise Lost(wire.why)

    async def _catch_up(self) -> None:
        """Worth trying, and no reason to drop the connection."""
        if self._on_connect is None:
            return
        try:
            await self._on_connect()
        except Exception as error:
            _log.error("could not catch up from the store", error=repr(error))
