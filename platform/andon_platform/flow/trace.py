"""One message followed from hop to hop: its wall time at each. Ingest fills it, the API adds the live stream's part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

#: Of the payload so much is kept to be looked at.
SHOWN_BYTES: Final = 16_384


@dataclass(slots=True)
class Trace:
    """Times are wall times in microseconds UTC, each by the clock of the process that it is named after; 0 where the
    message has not been yet. ``measured`` (the newest sample's stamp) and ``journaled`` are the machine's own.

    ``batch`` is how many messages were written with it. ``keyed``: it has a number that a watermark settles.
    """

    id: str
    machine: str
    asked: int
    topic: str = ""
    payload: bytes = b""
    size: int = 0
    epoch: int = 0
    seq: int = 0
    samples: int = 0
    values: int = 0
    measured: int = 0
    journaled: int = 0
    received: int = 0
    judged: int = 0
    written: int = 0
    acknowledged: int = 0
    watermark: int = 0
    batch: int = 0
    keyed: bool = True
    outcome: Literal["", "stored", "quarantined"] = ""
    reason: str = ""
    detail: str = ""

    @property
    def done(self) -> bool:
        """Nothing more will happen to it on this side."""
        return bool(self.acknowledged and (self.watermark or not self.keyed))
