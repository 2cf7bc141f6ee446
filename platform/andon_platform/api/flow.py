"""What flows through the stack, in one place for the demo, doctor, the console and Prometheus."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from andon_platform.api.ports import IngestFlow
from andon_platform.data.port import Mark, MarkKey

_WINDOW_S = 5.0


class FlowMeter:
    """Anything a second over the last seconds, from counters that are sampled about once a second."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._samples: dict[str, deque[tuple[float, int]]] = {}
        self.ingest: IngestFlow | None = None
        #: Counters besides ingest's; each time they are asked anew.
        self.others: Callable[[], Mapping[str, int]] = dict

    def sample(self, flow: IngestFlow | None) -> None:
        """Take ingest's figures; None: it did not answer."""
        self.ingest = flow
        if flow is not None:
            for name in ("messages", "values", "received", "batches", "quarantined"):
                self._sample(name, getattr(flow, name))
        for name, count in self.others().items():
            self._sample(name, count)

    def _sample(self, name: str, count: int) -> None:
        """A counter that fell began anew."""
        now, samples = self._now(), self._samples.setdefault(name, deque())
        if samples and count < samples[-1][1]:
            samples.clear()
        samples.append((now, count))
        while now - samples[0][0] > _WINDOW_S and len(samples) > 2:
            samples.popleft()

    def rate(self, name: str) -> float:
        """A counter's increase a second; 0 where it is not known, or was not sampled lately."""
        samples = self._samples.get(name)
        if samples is None or len(samples) < 2 or self._now() - samples[-1][0] > _WINDOW_S:
            return 0.0
        (t0, n0), (t1, n1) = samples[0], samples[-1]
        return round((n1 - n0) / (t1 - t0), 2) if t1 > t0 else 0.0

    @property
    def per_second(self) -> float:
        """Messages stored a second."""
        return round(self.rate("messages"), 1)


@dataclass(frozen=True, slots=True)
class Balance:
    """Messages since each journal began: sent = stored + quarantined + voided + pending."""

    sent: int
    stored: int
    quarantined: int
    voided: int
    pending: int


def balance(marks: Mapping[MarkKey, Mark], heard: Mapping[MarkKey, int]) -> Balance:
    """From what the store has settled, and the highest sequence number heard of each epoch."""
    stored = quarantined = voided = sent = 0
    for key in {*marks, *heard}:
        mark = marks.get(key, Mark())
        stored += mark.stored
        quarantined += mark.quarantined
        voided += mark.voided
        top = max(mark.settled, mark.above[-1].last if mark.above else 0, heard.get(key, 0))
        sent += max(top, mark.stored + mark.quarantined + mark.voided)
    return Balance(sent, stored, quarantined, voided, sent - stored - quarantined - voided)
