"""What the API asks of ingest, be it in the same process or in one of its own, and what it answers with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class IngestFlow:
    """Ingest's figures since its start; ``lag_ms`` is the mean time from a sample's stamp to its delivery."""

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


@dataclass(frozen=True, slots=True)
class Replayed:
    """Whether a quarantined message is stored now; else what is still wrong with it."""

    id: str
    stored: bool
    reason: str = ""
    detail: str = ""


class IngestControl(Protocol):
    """Ingest as the API sees it. Both raise ``ConnectionError`` when it cannot be reached."""

    async def flow(self) -> IngestFlow: ...

    async def replay(self, id: str) -> Replayed | None:
        """None: there is no such message in quarantine."""
        ...
