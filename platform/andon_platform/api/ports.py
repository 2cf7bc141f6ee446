"""What the API asks of ingest, be it in the same process or in one of its own, and what it answers with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from andon_platform.flow.hops import HopFigures
from andon_platform.flow.trace import Trace


@dataclass(frozen=True, slots=True)
class Share:
    """What one ingest has of the stack's lines: its ``ANDON_INGEST_ID``, and the lines that it takes (none: all)."""

    id: str
    lines: tuple[str, ...] = ()
    connected: bool = True
    store_ready: bool = True
    messages: int = 0


@dataclass(frozen=True, slots=True)
class IngestFlow:
    """Ingest's figures since its start; ``lag_ms`` is the mean time from a sample's stamp to its delivery.

    ``hops`` are those of :data:`andon_platform.ingest.stats.HOPS`, of the last half minute. ``shares`` has one entry
    for each ingest.
    """

    connected: bool
    store_ready: bool
    received: int
    messages: int
    values: int
    redelivered: int
    quarantined: int
    voided: int
    queue: int
    lag_ms: float
    last_stored: int = 0
    last_error: str = ""
    batches: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    hops: dict[str, HopFigures] = field(default_factory=dict)
    shares: tuple[Share, ...] = ()


@dataclass(frozen=True, slots=True)
class Replayed:
    """Whether a quarantined message is stored now; else what is still wrong with it."""

    id: str
    stored: bool
    reason: str = ""
    detail: str = ""


class IngestControl(Protocol):
    """Ingest as the API sees it. All raise ``ConnectionError`` when it cannot be reached."""

    async def flow(self) -> IngestFlow: ...

    async def replay(self, id: str) -> Replayed | None:
        """None: there is no such message in quarantine."""
        ...

    async def follow(self, machine: str) -> Trace:
        """Note the times of the machine's next telemetry message."""
        ...

    async def followed(self, id: str) -> Trace | None:
        """How far the message of this request has come; None: no such request, or forgotten."""
        ...
