"""The edge's own account in a small file, for the demo's screen and `andon doctor`."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import msgspec


class Change(msgspec.Struct, frozen=True):
    """A machine that came or went while the edge ran: its path, and ``added`` or ``removed``."""

    t: int
    machine: str
    what: str


class EdgeStatus(msgspec.Struct, kw_only=True):
    """``edge-status.json``. Counts are messages over all epochs: sent = settled + voided + pending."""

    t: int
    machines: int = 0
    connected: int = 0
    sent: int = 0
    settled: int = 0
    voided: int = 0
    pending: int = 0
    resent: int = 0
    messages_per_s: float = 0.0
    journal_bytes: int = 0
    problems: list[str] = []
    #: What files say and may not mean; it keeps nothing from running.
    warnings: list[str] = []
    #: Of the last half minute; who looks each second misses none.
    changes: list[Change] = []
    draining: bool = False
    drained: bool = False
    #: What the journal held when this edge process began: messages since then are the present ones less these.
    sent_before: int = 0
    settled_before: int = 0
    voided_before: int = 0
    pending_before: int = 0


def write_status(path: Path, status: EdgeStatus) -> None:
    """Write atomically: a reader sees the old file or the new one. Where it cannot be written the old one stays."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    # the disk is full, or (Windows) a reader has it open: machines must not stop for that, and the next second comes
    with contextlib.suppress(OSError):
        temporary.write_bytes(msgspec.json.encode(status))
        temporary.replace(path)
