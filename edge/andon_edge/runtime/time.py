"""Time as the edge reads it, given from outside so that a test can set it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass


def wall_us() -> int:
    """Microseconds since 1970-01-01 UTC."""
    return time.time_ns() // 1_000


@dataclass(frozen=True, slots=True)
class Times:
    """``now``: wall time in microseconds. ``monotonic``: seconds that never step back."""

    now: Callable[[], int] = wall_us
    monotonic: Callable[[], float] = time.monotonic


async def pause(event: asyncio.Event, seconds: float) -> bool:
    """Wait until the event is set or the time is over; whether it was set.

    Not by ``wait_for``, which before Python 3.12 can swallow a cancellation that comes with the event.
    """
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return event.is_set()
    return True
