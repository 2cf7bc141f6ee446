"""What a store needs from time to time: roll-ups of what has become stale, and retention."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog

from andon_platform.data.aggregate import HOUR
from andon_platform.data.errors import StoreError
from andon_platform.data.port import TelemetryStore

log = structlog.get_logger(__name__)

#: Minutes are rolled up so long (us) after they end: most of what is late by a moment is there by then.
SETTLE = 5_000_000
#: A long range is rolled up in pieces, so that reads and retention have their turn between.
PIECE = 6 * HOUR


async def roll_up_forever(store: TelemetryStore, every_s: float, now: Callable[[], int]) -> None:
    """Roll up what is stale, again and again."""
    while True:
        await asyncio.sleep(every_s)
        try:
            await roll_up_once(store, now() - SETTLE)
        except StoreError as error:
            log.warning("roll-ups are behind; trying again", error=str(error))


async def roll_up_once(store: TelemetryStore, now: int) -> int:
    """Roll up what is stale at ``now``; returns the number of ranges."""
    ranges = await store.stale(now)
    for start, stop in ranges:
        for at in range(start, stop, PIECE):
            await store.roll_up(at, min(at + PIECE, stop))
    return len(ranges)


async def retain_forever(store: TelemetryStore, every_s: float, now: Callable[[], int]) -> None:
    """Apply retention, again and again."""
    while True:
        await asyncio.sleep(every_s)
        try:
            await store.retain(now())
        except StoreError as error:
            log.warning("retention has to wait", error=str(error))
