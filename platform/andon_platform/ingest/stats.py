"""What ingest has done since it started, for health, the demo's summary and Prometheus."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from andon_platform.flow.hops import Hop, family

#: Upper edges in seconds, of the time from a batch's first message to its acknowledgement.
EDGES = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


#: The hops that ingest sees: ``journal`` from the newest sample's stamp into the machine's journal, ``broker`` from
#: there through the broker to ingest, ``write`` from there until it is durable, ``watermark`` from there until the
#: journal is told. The first two are of telemetry that says when it was journaled, the last is the longest wait of each
#: watermark. Of large batches a part is timed: see :data:`andon_platform.ingest.persist.TIMED`.
HOPS = ("journal", "broker", "write", "watermark")


@dataclass(slots=True)
class Histogram:
    """Counts by upper edge, and the sum."""

    counts: list[int] = field(default_factory=lambda: [0] * (len(EDGES) + 1))
    total: float = 0.0

    def add(self, seconds: float) -> None:
        """Count one observation."""
        self.total += seconds
        for i, edge in enumerate(EDGES):
            if seconds <= edge:
                self.counts[i] += 1
                return
        self.counts[-1] += 1

    def family(self, name: str, text: str) -> HistogramMetricFamily:
        """As Prometheus wants it: cumulative."""
        buckets, running = [], 0
        for edge, count in zip((*map(str, EDGES), "+Inf"), self.counts, strict=True):
            running += count
            buckets.append((edge, running))
        return HistogramMetricFamily(name, text, buckets=buckets, sum_value=self.total)


@dataclass(slots=True, eq=False)  # the registry of metrics keeps collectors by identity
class IngestStats(Collector):
    """Counters since the start; ``quarantined`` by reason. Register it: ``REGISTRY.register(service.stats)``."""

    connected: bool = False
    store_ready: bool = True
    received: int = 0
    messages: int = 0
    values: int = 0
    redelivered: int = 0
    voided: int = 0
    batches: int = 0
    store_failures: int = 0
    queue: int = 0
    waiting_for_birth: int = 0
    last_error: str = ""
    last_stored: int = 0
    quarantined: Counter[str] = field(default_factory=Counter)
    write_s: Histogram = field(default_factory=Histogram)
    settle_s: Histogram = field(default_factory=Histogram)
    transit_s: Histogram = field(default_factory=Histogram)
    #: See :data:`HOPS`.
    hops: dict[str, Hop] = field(default_factory=lambda: {name: Hop() for name in HOPS})

    def collect(self) -> Iterator[Metric]:
        """What Prometheus scrapes."""
        for name, value, text in (
            ("received", self.received, "messages delivered by the broker, redeliveries too"),
            ("stored_messages", self.messages, "messages stored"),
            ("stored_values", self.values, "values stored"),
            ("redelivered", self.redelivered, "messages that were settled already"),
            ("voided", self.voided, "messages that their machines declared void"),
            ("batches", self.batches, "batches written"),
            ("store_failures", self.store_failures, "writes that failed and were tried again"),
        ):
            yield CounterMetricFamily(f"andon_ingest_{name}", text, value=value)
        reasons = CounterMetricFamily("andon_ingest_quarantined", "messages quarantined", labels=["reason"])
        for reason, count in list(self.quarantined.items()):
            reasons.add_metric([reason], count)
        yield reasons
        for name, value, text in (
            ("queue", self.queue, "messages that wait to be written"),
            ("waiting_for_birth", self.waiting_for_birth, "messages that wait for their machine's birth"),
            ("connected", int(self.connected), "1: connected to the broker"),
            ("store_ready", int(self.store_ready), "1: the store took the last batch"),
        ):
            yield GaugeMetricFamily(f"andon_ingest_{name}", text, value=value)
        yield self.write_s.family("andon_ingest_write_seconds", "time to write a batch")
        yield self.settle_s.family("andon_ingest_settle_seconds", "from a batch's first message to its acknowledgement")
        yield self.transit_s.family("andon_ingest_transit_seconds", "from a sample's stamp to its delivery")
        yield family("andon_ingest_hop_seconds", "time of each hop of a message", self.hops)
