"""How the stack is: alive, ready, what flows, and the same for Prometheus."""

from __future__ import annotations

import asyncio
import importlib.metadata
from collections.abc import Iterator
from typing import Any

from andon_security.tokens import Principal
from fastapi import APIRouter
from fastapi.responses import Response
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from andon_platform.api.answers import PROBLEMS, json
from andon_platform.api.auth import DataReader, Have
from andon_platform.api.flow import balance
from andon_platform.api.flowing import gathered, misdealt
from andon_platform.api.models import HealthView, ReadyView
from andon_platform.api.models_flow import FlowView
from andon_platform.api.ports import IngestFlow
from andon_platform.api.services import Services
from andon_platform.data.errors import StoreError

router = APIRouter(tags=["system"])
#: Who asks whether the stack is ready has a time-out of a few seconds.
READY_S = 2.0
VERSION = importlib.metadata.version("andon")
_NO_INGEST = IngestFlow(False, False, 0, 0, 0, 0, 0, 0, 0, 0.0)


@router.get("/health", response_model=HealthView)
async def health() -> Response:
    """The process answers. Open to everyone."""
    return json({"status": "alive", "version": VERSION})


@router.get("/ready", response_model=ReadyView, responses={503: {"model": ReadyView}})
async def ready(have: Have) -> Response:
    """Broker, store, the registry's database and ingest can be reached, and ingest can write: 200, else 503. Open to
    everyone."""
    broker = have.feed.connected.is_set()
    faults = [] if broker else ["no connection to the broker"]
    try:
        async with asyncio.timeout(READY_S):
            found = await have.store.health()
        store = found.ready
        if not store:
            faults.append(f"the store is not ready: {found.detail}")
    except StoreError as error:
        store = False
        faults.append(f"the store is not ready: {error}")
    except TimeoutError:
        store = False
        faults.append(f"the store does not answer within {READY_S:g} s")
    registry = await have.registry.reachable()
    if registry:
        faults.append(registry)
    ingest, why = await _asked(have)
    running = ingest is not None and ingest.connected
    if ingest is None:
        faults.append(f"ingest cannot be reached: {why}")
    elif not running:
        without = [share.id for share in ingest.shares if not share.connected]
        whose = f" ({', '.join(without)})" if len(ingest.shares) > 1 else ""
        faults.append(f"ingest has no connection to the broker{whose}")
    elif not ingest.store_ready:
        running = False
        faults.append(f"ingest cannot write into the store, and tries on: {ingest.last_error}")
    body = {"broker": broker, "store": store, "registry": not registry, "ingest": running}
    detail = "; ".join(faults)
    if not faults and ingest is not None and misdealt(have, ingest):
        detail = "lines are not dealt out to the ingests as they should be: /flow says which"
    return json({"ready": not faults, **body, "detail": detail}, 503 if faults else 200)


async def _asked(have: Services) -> tuple[IngestFlow | None, str]:
    """Ingest's figures, or None and why."""
    try:
        return await have.ingest.flow(), ""
    except ConnectionError as error:
        return None, str(error)


async def figures(have: Services, who: Principal) -> dict[str, Any]:
    """The content of ``GET /flow``. Raises ``StoreError``."""
    known, _ = await _asked(have)
    ingest = known or _NO_INGEST
    store, marks = await have.store.health(), await have.store.marks()
    settled = balance(marks, have.hub.heard)
    machines, online = have.registry.counts()
    return {
        "sent": settled.sent,
        "stored": settled.stored,
        "quarantined": settled.quarantined,
        "held": int(store.counts.get("quarantined", 0)),
        "voided": settled.voided,
        "pending": settled.pending,
        "duplicated": int(store.counts.get("duplicated", 0)),
        "received": ingest.received,
        "redelivered": ingest.redelivered,
        "values": ingest.values,
        "messages_per_s": have.meter.per_second,
        "queue": ingest.queue,
        "lag_ms": ingest.lag_ms,
        "last_stored": ingest.last_stored,
        "machines": machines,
        "online": online,
        "live_readers": have.hub.readers,
        "live_received": have.hub.received,
        "live_undecodable": have.hub.undecodable,
        "store": {
            "kind": store.kind,
            "ready": store.ready,
            "detail": store.detail,
            "bytes_on_disk": store.bytes_on_disk,
            "oldest_raw": store.oldest_raw,
            "values": int(store.counts.get("values", 0)),
            "messages": int(store.counts.get("messages", 0)),
        },
        **await gathered(have, who, known, marks),
    }


@router.get("/flow", response_model=FlowView, responses=PROBLEMS)
async def flow(who: DataReader, have: Have) -> Response:
    """What was sent, stored, quarantined and lost, how fast it flows and how long each hop takes, and who was turned
    away. Of the whole stack, every tenant; machines are named of the asker's own."""
    return json(await figures(have, who))


@router.get("/metrics", responses={**PROBLEMS, 200: {"content": {"text/plain": {"schema": {"type": "string"}}}}})
async def metrics(who: DataReader, have: Have) -> Response:
    """For Prometheus, with a bearer token."""
    return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)


class ApiMetrics(Collector):
    """The API's own figures, read when they are scraped."""

    def __init__(self, have: Services) -> None:
        self._have = have

    def collect(self) -> Iterator[Metric]:
        """What Prometheus scrapes."""
        have = self._have
        machines, online = have.registry.counts()
        yield GaugeMetricFamily("andon_machines", "machines that the registry knows", value=machines)
        yield GaugeMetricFamily("andon_machines_online", "machines online", value=online)
        yield GaugeMetricFamily("andon_live_readers", "readers of the live stream", value=have.hub.readers)
        yield GaugeMetricFamily("andon_api_broker_connected", "1: connected", value=have.feed.connected.is_set())
        yield CounterMetricFamily("andon_live_received", "messages from the broker", value=have.hub.received)
        yield CounterMetricFamily("andon_live_undecodable", "messages not understood", value=have.hub.undecodable)
        if have.meter.ingest is not None:
            for name, value in _numbers(have.meter.ingest).items():
                yield GaugeMetricFamily(f"andon_flow_{name}", f"ingest's {name}", value=value)
            each = GaugeMetricFamily("andon_flow_ingest_messages", "messages stored by each ingest", labels=["ingest"])
            for share in have.meter.ingest.shares:
                each.add_metric([share.id], share.messages)
            yield each


def _numbers(flow: IngestFlow) -> dict[str, float]:
    names = ("received", "messages", "values", "redelivered", "quarantined", "voided", "queue", "lag_ms")
    return {name: float(getattr(flow, name)) for name in names}
