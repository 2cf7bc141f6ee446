"""The platform's processes, put together; the only file that names concrete adapters."""

from __future__ import annotations

import asyncio
import gc
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path

import structlog
from andon_security.brokers.connect import broker_admin
from andon_security.grants import BrokerAdmin
from prometheus_client import REGISTRY

from andon_platform.api import run
from andon_platform.api.exposure import Listen
from andon_platform.api.ingest_local import LocalIngest
from andon_platform.api.ingest_remote import RemoteIngest, status_app
from andon_platform.api.ingest_several import SeveralIngests
from andon_platform.api.ports import IngestControl, IngestFlow, Share
from andon_platform.api.server import serving
from andon_platform.data.port import TelemetryStore
from andon_platform.ingest import IngestConfig, IngestService, IngestStats
from andon_platform.settings import PlatformSettings

_log = structlog.get_logger(__name__)
_SIZE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([kmgt]?)i?b?\s*\Z", re.IGNORECASE)


async def serve_platform(settings: PlatformSettings, stop: asyncio.Event) -> None:
    """Ingest and API in one process, for the embedded store. Secrets lie in ``ingest/`` and ``api/``."""
    secrets = settings.secrets_dir
    async with _store(settings, secrets / "ingest") as store, _ingesting(settings, secrets / "ingest", store) as ingest:
        local = LocalIngest(lambda: flow_of(ingest.stats, settings), ingest.replay, ingest.follower)
        await _serve_api(settings, secrets / "api", store, local, stop)


async def serve_ingest(settings: PlatformSettings, stop: asyncio.Event) -> None:
    """Ingest alone; it answers for its figures on the status port."""
    secrets = settings.secrets_dir
    token = run.secret(secrets, "control-token")
    async with _store(settings, secrets) as store, _ingesting(settings, secrets, store) as ingest:
        local = LocalIngest(lambda: flow_of(ingest.stats, settings), ingest.replay, ingest.follower)
        where = Listen(settings.status_host, settings.status_port, None, None)
        async with serving(status_app(local, token), where):
            _log.info("ready", process="ingest", store=settings.store)
            with settled_memory():
                await stop.wait()


async def serve_api(settings: PlatformSettings, stop: asyncio.Event) -> None:
    """The API alone, beside an ingest in another process, or several."""
    secrets = settings.secrets_dir
    token = run.secret(secrets, "control-token")
    async with _store(settings, secrets) as store, AsyncExitStack() as stack:
        ingests = [await stack.enter_async_context(RemoteIngest(url, token)) for url in settings.ingest_urls]
        ingest = ingests[0] if len(ingests) == 1 else SeveralIngests(ingests)
        await _serve_api(settings, secrets, store, ingest, stop)


async def _serve_api(
    settings: PlatformSettings, secrets: Path, store: TelemetryStore, ingest: IngestControl, stop: asyncio.Event
) -> None:
    async with (
        run.building(settings, secrets, store, ingest, _admin(settings, secrets)) as services,
        run.running(services, secrets) as port,
    ):
        _log.info("ready", process="api", port=port, url=services.public_url, store=settings.store)
        with settled_memory():
            await stop.wait()
        _log.info("stopping", process="api")


def _admin(settings: PlatformSettings, secrets: Path) -> BrokerAdmin:
    port = settings.nats_port if settings.broker == "nats" else settings.mqtt_port
    return broker_admin(settings.broker, secrets, settings.mqtt_host, port, settings.nats_folder)


@asynccontextmanager
async def _store(settings: PlatformSettings, secrets: Path) -> AsyncIterator[TelemetryStore]:
    store = make_store(settings, secrets)
    await store.open()
    try:
        yield store
    finally:
        await store.close()


def make_store(settings: PlatformSettings, secrets: Path) -> TelemetryStore:
    """The store that the settings name; clients are imported only where they are used."""
    if settings.store == "duckdb":
        from andon_platform.data.duckdb import DuckDBStore

        return DuckDBStore(
            settings.data_dir / "store",
            raw_days=settings.raw_days,
            minute_days=settings.minute_days,
            max_disk=disk_bytes(settings.max_disk),
        )
    if settings.store == "influxdb":
        return _influx(settings, secrets)
    from andon_platform.data.memory import MemoryStore

    return MemoryStore(raw_days=settings.raw_days, minute_days=settings.minute_days)


def _influx(settings: PlatformSettings, secrets: Path) -> TelemetryStore:
    from andon_platform.data.influxdb import InfluxDBStore

    return InfluxDBStore(
        settings.influx_url,
        run.secret(secrets, "influx-token"),
        org=settings.influx_org,
        writer=settings.ingest_id,
        raw_days=settings.raw_days,
        minute_days=settings.minute_days,
        max_disk=disk_bytes(settings.max_disk),
    )


@contextmanager
def settled_memory() -> Iterator[None]:
    """What the start made (modules, schemas, routes) stays: within, the collector need not look at it.

    A full collection over it would stop everything for tens of milliseconds, again and again.
    """
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def disk_bytes(text: str) -> int:
    """``4GB``, ``500 MB`` or a number of bytes; decimal units.

    Raises:
        ValueError: anything else.
    """
    found = _SIZE.match(text)
    if not found:
        raise ValueError(f"ANDON_MAX_DISK={text!r}: write 4GB, 500MB, or a number of bytes")
    return int(float(found[1]) * 1000.0 ** " kmgt".index(found[2].lower() or " "))


@asynccontextmanager
async def _ingesting(settings: PlatformSettings, secrets: Path, store: TelemetryStore) -> AsyncIterator[IngestService]:
    """Ingest as a task; if it ends by itself, that is an error, and the process ends with it."""
    config = IngestConfig(
        host=settings.mqtt_host,
        port=settings.mqtt_port,
        secrets_dir=secrets,
        partition=tuple(settings.partition),
        client_id=settings.ingest_id,
        # 5: ingest says itself how much may be in flight; NATS knows 3.1.1 alone
        protocol=5 if settings.broker == "mosquitto" else 4,
    )
    service = IngestService(config, store)
    stop = asyncio.Event()
    REGISTRY.register(service.stats)
    try:
        async with AsyncExitStack() as stack:
            tasks = await stack.enter_async_context(asyncio.TaskGroup())
            tasks.create_task(service.run(stop), name="ingest")
            stack.callback(stop.set)
            yield service
    finally:
        REGISTRY.unregister(service.stats)


def flow_of(stats: IngestStats, settings: PlatformSettings) -> IngestFlow:
    """Ingest's figures as the API shows them; the lag is the mean since the start."""
    delivered = sum(stats.transit_s.counts)
    lines = tuple(settings.partition)
    share = Share(settings.ingest_id, lines, stats.connected, stats.store_ready, stats.messages)
    return IngestFlow(
        connected=stats.connected,
        store_ready=stats.store_ready,
        received=stats.received,
        messages=stats.messages,
        values=stats.values,
        redelivered=stats.redelivered,
        quarantined=sum(stats.quarantined.values()),
        voided=stats.voided,
        queue=stats.queue,
        lag_ms=round(stats.transit_s.total / delivered * 1e3, 2) if delivered else 0.0,
        last_stored=stats.last_stored,
        last_error=stats.last_error,
        batches=stats.batches,
        reasons=dict(stats.quarantined),
        hops={name: hop.figures() for name, hop in stats.hops.items()},
        shares=(share,),
    )
