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
    """Messages a second over the last seconds, from a counter that is sampled about once a second."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._samples: deque[tuple[float, int]] = deque()
        self.ingest: IngestFlow | None = None

    def sample(self, flow: IngestFlow | None) -> None:
        """Take ingest's figures; None: it did not answer. A counter that fell means that ingest began anew."""
        self.ingest = flow
        if flow is None:
            return
        now = self._now()
        if self._samples and flow.messages < self._samples[-1][1]:
            self._samples.clear()
        self._samples.append((now, flow.messages))
        while now - self._samples[0][0] > _WINDOW_S and len(self._samples) > 2:
            self._samples.popleft()

    @property
    def per_second(self) -> float:
        """Messages stored a second."""
        if len(self._samples) < 2:
            return 0.0
        (t0, n0), (t1, n1) = self._samples[0], self._samples[-1]
        return round((n1 - n0) / (t1 - t0), 1) if t1 > t0 else 0.0


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
