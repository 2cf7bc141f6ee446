"""The API as a running whole: registry, hub, feed, catching up, sweeping for the silent, serving."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import structlog
from andon_contracts.messages import AlarmRaised, Event
from andon_security.audit import AuditLog
from andon_security.errors import SecretMissing
from andon_security.grants import BrokerAdmin
from andon_security.mqtt import MqttCredential, load_credential, tls_context
from prometheus_client import REGISTRY, Histogram
from starlette.types import ASGIApp

from andon_platform.alarms.alarm import Alarm
from andon_platform.alarms.book import AlarmBook
from andon_platform.analytics.detection.watch import Opinion, Watch
from andon_platform.analytics.history import EventHistory
from andon_platform.analytics.spc.stored import StoredLimits
from andon_platform.api import exposure
from andon_platform.api.access import Access
from andon_platform.api.ahead import ReadingAhead
from andon_platform.api.app import create_api
from andon_platform.api.gateway.origin import create_origin
from andon_platform.api.live.feed import MqttFeed
from andon_platform.api.live.frames import Frame
from andon_platform.api.live.hub import Hub
from andon_platform.api.ports import IngestControl
from andon_platform.api.refusals import Refusals
from andon_platform.api.routes.system import ApiMetrics
from andon_platform.api.server import serving
from andon_platform.api.services import Services
from andon_platform.api.views import alarm_view
from andon_platform.api.views_station import call_view, clock_in
from andon_platform.api.watching import Watching
from andon_platform.commands.log import CommandLog
from andon_platform.commands.service import CommandService
from andon_platform.data.errors import StoreError
from andon_platform.data.patient import PatientStore
from andon_platform.data.port import EventQuery, TelemetryStore
from andon_platform.people.calls import Call
from andon_platform.people.desk import People
from andon_platform.registry.database import open_database
from andon_platform.registry.registry import Registry
from andon_platform.settings import PlatformSettings
from andon_platform.sharing.book import ProductBook

_log = structlog.get_logger(__name__)
_BEAT_S = 1.0
_DETECTOR = "detector"
_DAY_US = 86_400_000_000
_DELAY = Histogram(
    "andon_live_delay_seconds",
    "from a sample's stamp to the live stream",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 10),
)


@dataclass(frozen=True, slots=True)
class ApiSecrets:
    """What the API reads from its secrets folder."""

    signing_key: bytes
    audit_key: bytes
    mqtt: MqttCredential

    @classmethod
    def read(cls, folder: Path) -> ApiSecrets:
        """Raises ``SecretMissing``."""
        return cls(
            secret(folder, "signing-key").encode(),
            secret(folder, "audit-key").encode(),
            load_credential(folder / "mqtt.json"),
        )


def secret(folder: Path, name: str) -> str:
    """The text of a secret. Raises ``SecretMissing``."""
    try:
        return (folder / name).read_text().strip()
    except OSError as error:
        raise SecretMissing(f"cannot read {folder / name} ({error.strerror}); `andon setup` makes it") from error


class _Lazy:
    """The feed needs the hub, the hub the commands, the commands the feed: the ring is closed here."""

    feed: MqttFeed

    async def publish(self, topic: str, payload: bytes) -> None:
        await self.feed.publish(topic, payload)


@asynccontextmanager
async def building(
    settings: PlatformSettings,
    secrets_dir: Path,
    store: TelemetryStore,
    ingest: IngestControl,
    broker_admin: BrokerAdmin,
    *,
    now: Callable[[], int] = lambda: time.time_ns() // 1000,
) -> AsyncIterator[Services]:
    """All services, running, but for HTTP."""
    secrets, store = ApiSecrets.read(secrets_dir), PatientStore(store)
    listen = exposure.listen(settings, secrets_dir)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    audit = await asyncio.to_thread(AuditLog, settings.data_dir / "audit.jsonl", secrets.audit_key)
    async with AsyncExitStack() as stack:
        engine = await open_database(settings.registry_database)
        stack.push_async_callback(engine.dispose)
        command_log, access = CommandLog(engine), Access(engine, settings.session_hours * 3600, now=now)
        control_limits = StoredLimits(engine)
        products = ProductBook(engine, now)
        await control_limits.open()
        await products.open()
        await command_log.open()
        await access.open()
        registry = await stack.enter_async_context(Registry(engine, now))
        lazy = _Lazy()
        commands = CommandService(command_log, lazy, audit, now=now)
        history = EventHistory(store, now)
        alarms = await stack.enter_async_context(AlarmBook(engine, now))
        people = People(engine)
        await people.open()
        watch = Watch(lambda opinion: _detected(alarms, watch, opinion), operations=registry.operations)
        watching = Watching(watch, settings.data_dir / "detectors.json")
        await asyncio.to_thread(watching.load)
        _reconciled(alarms, watch, now())

        def heard(event: Event) -> None:
            history.note(event)
            watching.event(event)
            if isinstance(event, AlarmRaised):
                alarms.event(event)

        hub = Hub(
            registry, commands.reply, now=now, delay=_DELAY,
            on_event=heard, on_sample=watching.sample, on_plan=history.wanted.set,
        )  # fmt: skip
        watching.follow(hub, registry)
        alarms.listen(partial(_told, hub, now))

        people.calls.listen(partial(_called, hub))

        async def caught_up() -> None:
            hub.connected()
            history.forget()
            await catch_up(store, registry, hub, alarms, now())

        feed = MqttFeed(
            settings.mqtt_host, settings.mqtt_port, secrets.mqtt, tls_context(secrets_dir), hub.receive, caught_up
        )
        lazy.feed = feed
        services = Services(
            settings=settings,
            signing_key=secrets.signing_key,
            store=store,
            history=history,
            watch=watch,
            limits=control_limits,
            alarms=alarms,
            products=products,
            people=people,
            registry=registry,
            hub=hub,
            feed=feed,
            commands=commands,
            command_log=command_log,
            access=access,
            audit=audit,
            refusals=Refusals(audit),
            ingest=ingest,
            broker_admin=broker_admin,
            secure_cookie=listen.tls,
            now=now,
        )
        stack.push_async_callback(services.replaying.close)
        await stack.enter_async_context(feed)
        beat = asyncio.create_task(_beat(services), name="api-beat")
        stack.push_async_callback(_cancelled, beat)
        ahead = asyncio.create_task(ReadingAhead(services).run(), name="api-ahead")
        stack.push_async_callback(_cancelled, ahead)
        stack.callback(watching.save)
        saving = asyncio.create_task(watching.saving(), name="api-detectors")
        stack.push_async_callback(_cancelled, saving)
        yield services


@asynccontextmanager
async def running(services: Services, secrets_dir: Path) -> AsyncIterator[int]:
    """Serve HTTP on the published and on the internal listener; gives the published port.

    Streams end before the servers wait for their connections.
    """
    app: ASGIApp = create_origin(services, create_api(services))
    metrics = ApiMetrics(services)
    REGISTRY.register(metrics)
    try:
        async with AsyncExitStack() as stack:
            port = await stack.enter_async_context(serving(app, exposure.listen(services.settings, secrets_dir)))
            own = exposure.internal(services.settings)
            if own is not None:
                await stack.enter_async_context(serving(app, own, lifespan=False))
            stack.callback(services.hub.close)
            yield port
    finally:
        REGISTRY.unregister(metrics)


async def catch_up(store: TelemetryStore, registry: Registry, hub: Hub, alarms: AlarmBook, now: int) -> None:
    """What happened while nobody listened: states, work and alarms from the store's events, and the newest values."""
    kinds = ("state", "operation-started", "operation-finished")
    rung = EventQuery(now - _DAY_US, now + _DAY_US, None, ("alarm",), 10_000, newest=True)
    query = EventQuery(now - _DAY_US, now + _DAY_US, None, kinds, 10_000, newest=True)
    try:
        for event in await store.events(query):
            registry.event(event)
        for event in await store.events(rung):
            if isinstance(event, AlarmRaised):
                alarms.event(event)
        hub.seed(await store.latest())
    except StoreError as error:
        _log.warning("could not catch up from the store", error=str(error))


def _told(hub: Hub, now: Callable[[], int], alarm: Alarm) -> None:
    """Whoever follows the stream sees what became of an alarm."""
    content = {"machine": alarm.machine, "alarm": alarm_view(alarm, now())}
    hub.publish(Frame("alarm", alarm.machine.partition("/")[0], alarm.machine, content))


def _called(hub: Hub, call: Call) -> None:
    """Lamp and Station follow a call for help at once."""
    enterprise = call.machine.partition("/")[0]
    content = {"machine": call.machine, "call": call_view(call, clock_in(hub, enterprise))}
    hub.publish(Frame("call", enterprise, call.machine, content))


def _detected(alarms: AlarmBook, watch: Watch, opinion: Opinion) -> None:
    """A detector's alarm is one like the machine's own: it is listed, acknowledged and shelved as they are. A machine
    has one, which ends with the last operation that is unusual."""
    if not opinion.alarm and any(o.alarm for o in watch.opinions(opinion.machine)):
        return
    signals = ", ".join(f"{name.replace('_', ' ')} {100 * share:.0f} %" for name, share in opinion.because.items())
    text = f"{opinion.mode}: unusual, because of {signals}" if opinion.alarm else ""
    known = alarms.get(f"{opinion.machine}:{_DETECTOR}")
    t = max(opinion.t, known.raised + 1) if known and not opinion.alarm else opinion.t  # a forgotten one ends at once
    alarms.said(opinion.machine, _DETECTOR, "detector", opinion.alarm, t, "warning", text)


def _reconciled(alarms: AlarmBook, watch: Watch, now: int) -> None:
    """What was learned is saved once a minute: an alarm that was raised since, before a kill, is nobody's now. It ends,
    and is raised again if it still holds."""
    for alarm in alarms.find():
        mine = alarm.code == _DETECTOR and alarm.source == "detector"
        if mine and alarm.active and not any(o.alarm for o in watch.opinions(alarm.machine)):
            t = max(now, alarm.raised + 1)
            alarms.said(alarm.machine, _DETECTOR, "detector", False, t, alarm.severity, "")


async def _beat(services: Services) -> None:
    """Once a second: who fell silent, which alarms leave their shelf, and how much flows."""
    while True:
        await asyncio.sleep(_BEAT_S)
        services.alarms.sweep()
        services.registry.sweep(services.feed.connected.is_set())
        try:
            services.meter.sample(await services.ingest.flow())
        except ConnectionError:
            services.meter.sample(None)


async def _cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
