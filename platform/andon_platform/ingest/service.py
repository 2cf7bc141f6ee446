"""Ingest as a whole: transport, pipeline, watermarks, roll-ups and retention, as named tasks."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Self

import structlog
from andon_contracts.messages import Birth
from andon_contracts.topics import MachineChannel, every_machine, of_line
from andon_security.mqtt import load_credential, tls_context

from andon_platform.data.errors import StoreError
from andon_platform.data.port import Mark, MarkKey, TelemetryStore
from andon_platform.ingest.config import IngestConfig
from andon_platform.ingest.delays import DelayCounter
from andon_platform.ingest.follow import Follower
from andon_platform.ingest.judge import Machines, Sound
from andon_platform.ingest.mqtt import MqttTransport
from andon_platform.ingest.persist import BACK_OFF
from andon_platform.ingest.pipeline import Pipeline
from andon_platform.ingest.replay import ReplayResult, replay
from andon_platform.ingest.settle import Settlement
from andon_platform.ingest.stats import IngestStats
from andon_platform.ingest.transport import Transport, TransportLost
from andon_platform.ingest.upkeep import retain_forever, roll_up_forever
from andon_platform.ingest.watermarks import Watermarks

log = structlog.get_logger(__name__)

TICK_S = 0.2
#: A connection that lasted so long (s) was one; the next attempt after it waits least again.
LASTED_S = 10.0
#: After so many that did not, another process may have the same name.
TWIN = 3
#: A watermark is published at most so long after the last write on shutdown, then the connection closes.
GOODBYE_S = 2.0


def _now() -> int:
    return time.time_ns() // 1000


def filters(partition: Sequence[str]) -> list[tuple[str, int]]:
    """(topic filter, QoS) for these lines, or for all machines."""
    found: list[tuple[str, int]] = []
    channels: tuple[tuple[MachineChannel, int], ...] = (("birth", 0), ("telemetry", 1), ("event", 1))
    for channel, qos in channels:
        if not partition:
            found.append((every_machine(channel), qos))
        for text in partition:
            levels = text.split("/")
            if len(levels) != 4:
                raise ValueError(f"partition {text!r}: a line is enterprise/site/area/line")
            enterprise, site, area, line = levels
            found.append((of_line(enterprise, site, area, line, channel), qos))
    return found


def takes(partition: Sequence[str], machine: str) -> bool:
    """Whether the machine stands on one of these lines; none: on any."""
    return not partition or machine.rpartition("/")[0] in partition


def mqtt_transport(config: IngestConfig) -> MqttTransport:
    """The transport that the configuration describes. Raises ``SecretMissing``."""
    secrets = config.secrets_dir
    return MqttTransport(
        config.host,
        config.port,
        config.client_id,
        filters(config.partition),
        credential=load_credential(secrets / "mqtt.json") if secrets else None,
        tls=tls_context(secrets) if secrets else None,
        version=config.protocol,
        receive_maximum=config.inflight,
    )


class IngestService:
    """From the broker into the store. The store is opened and closed by the caller.

    Either ``await service.run(stop)``, or ``async with service:`` around what needs it running.
    """

    def __init__(
        self,
        config: IngestConfig,
        store: TelemetryStore,
        *,
        now: Callable[[], int] = _now,
        transport: Transport | None = None,
    ) -> None:
        self._config, self._store, self._now = config, store, now
        self._transport = transport or mqtt_transport(config)
        self._machines = Machines()
        self._stop = asyncio.Event()
        self._replaying = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None
        self.stats = IngestStats()
        self.follower = Follower(now)
        self._delays = DelayCounter(now)
        #: Set once connected and subscribed for the first time.
        self.ready = asyncio.Event()

    @property
    def machines(self) -> Mapping[str, Birth]:
        """The machines whose birth has come."""
        return self._machines.births

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self.run(self._stop), name="ingest")
        return self

    async def __aexit__(self, *exc: object) -> None:
        self._stop.set()
        if self._task is not None:
            await self._task

    async def run(self, stop: asyncio.Event) -> None:
        """Ingest until ``stop`` is set; then what was taken is written and acknowledged. Never gives up."""
        marks = await self._marks(stop)
        if marks is None:
            return
        config = self._config
        settlement = Settlement(marks)
        watermarks = Watermarks(
            marks,
            self._transport.publish,
            interval_s=config.watermark_s,
            gap_grace_s=config.gap_grace_s,
            now=self._now,
            told=lambda machine, waited: self._told(settlement, machine, waited),
        )

        def stored(sound: Sequence[Sound], keys: Sequence[MarkKey]) -> None:
            watermarks.stored(sound)
            watermarks.changed((key, settlement.marks[key]) for key in keys)

        pipeline = Pipeline(
            config,
            self._store,
            settlement,
            self._machines,
            self.stats,
            now=self._now,
            acknowledge=self._transport.acknowledge,
            stored=stored,
            follower=self.follower,
            delays=self._delays,
        )
        async with asyncio.TaskGroup() as group:
            writer = group.create_task(pipeline.run(), name="ingest-write")
            others = [
                group.create_task(self._receive(pipeline, watermarks), name="ingest-receive"),
                group.create_task(self._tick(pipeline, watermarks), name="ingest-watermarks"),
                group.create_task(roll_up_forever(self._store, config.roll_up_s, self._now), name="ingest-roll-up"),
                group.create_task(self._delays.write_forever(self._store), name="ingest-delays"),
                group.create_task(retain_forever(self._store, config.retain_s, self._now), name="ingest-retain"),
            ]
            try:
                await stop.wait()
            finally:
                others[0].cancel()
                pipeline.stop()
                await asyncio.wait([writer])
                for task in others[1:]:
                    task.cancel()
                watermarks.tick()
                # a store that is away must not hold up the stop: what is lost are times, and no values
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(GOODBYE_S):
                        await self._delays.write(self._store)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(GOODBYE_S):
                        await self._transport.close()
        self.stats.connected = False

    async def _marks(self, stop: asyncio.Event) -> dict[MarkKey, Mark] | None:
        """The durable marks; waits for the store. None: stopped before."""
        attempt = 0
        while not stop.is_set():
            try:
                found = await self._store.marks()
                # others' machines are told by others, who know what was settled since
                return {key: mark for key, mark in found.items() if takes(self._config.partition, key[0])}
            except StoreError as error:
                log.error("the store does not say what is settled; trying on", error=str(error))
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(BACK_OFF[min(attempt, len(BACK_OFF) - 1)]):
                        await stop.wait()
                attempt += 1
        return None

    async def _receive(self, pipeline: Pipeline, watermarks: Watermarks) -> None:
        attempt, since = 0, None
        while True:
            try:
                since = None
                kept = await self._transport.connect()
                since = time.monotonic()
                self.stats.connected = True
                self.ready.set()
                log.info("ingest is connected", broker=f"{self._config.host}:{self._config.port}")
                watermarks.again(kept=kept)
                while True:
                    await pipeline.take(await self._transport.receive())
            except TransportLost as error:
                self.stats.connected = False
                self.stats.last_error = str(error)
                pipeline.forget_waiting()
                attempt, twin = self._again(attempt, since)
                log.warning("no connection to the broker; trying again", error=str(error), **twin)
                await asyncio.sleep(BACK_OFF[min(attempt, len(BACK_OFF) - 1)])
                attempt += 1

    def _again(self, attempt: int, since: float | None) -> tuple[int, dict[str, str]]:
        """The attempt to count from, and what to say: a connection of a moment is no success. The broker ends the one
        when another comes under its name, and two would throw each other out for ever, many times a second."""
        if since is None:
            return attempt, {}
        if time.monotonic() - since >= LASTED_S:
            return 0, {}
        twin = {"twin": f"does another process run with ANDON_INGEST_ID={self._config.client_id}?"}
        return attempt, twin if attempt >= TWIN else {}

    async def _tick(self, pipeline: Pipeline, watermarks: Watermarks) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            pipeline.give_up_waiting(time.monotonic())
            if self.stats.connected:
                watermarks.tick()

    def _told(self, settlement: Settlement, machine: str, waited: float | None) -> None:
        """A machine's watermark was published."""
        if waited is not None:
            self.stats.hops["watermark"].add(round(waited * 1e6))
        if self.follower.under_way:
            self.follower.told(machine, lambda key: settlement.marks[key].settled if key in settlement.marks else 0)

    async def replay(self, id: str) -> ReplayResult:
        """See :func:`andon_platform.ingest.replay.replay`. One at a time: asked for twice, it is stored once."""
        async with self._replaying:
            return await replay(
                self._store,
                id,
                self._machines.births,
                now=self._now,
                future_s=self._config.future_s,
                past_days=self._config.past_days,
                stored=lambda sound: self._delays.stored([sound], self._now()),
            )
