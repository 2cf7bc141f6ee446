"""What must be sent once more, or was held back, goes out here at a bounded rate, machine by machine in turn.

After an outage a thousand machines have a backlog at the same moment. The broker queues at most 50,000
messages for ingest and drops beyond that, so a resend that came as a burst would lose what it repeats.
"""

from __future__ import annotations

import asyncio
from typing import Final, Protocol

_PERIOD_S: Final = 0.01
#: Messages one machine sends in its turn, so that others get theirs soon.
_TURN: Final = 50


class Pumped(Protocol):
    """Something with messages to send."""

    def send_more(self, limit: int) -> tuple[int, bool]:
        """Send up to ``limit``; how many were sent, and whether it wants another turn."""
        ...


class Pump:
    """``rate``: messages a second over all machines, on top of what is new in that second."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._tokens = 0.0
        self._queue: dict[Pumped, None] = {}
        self._wake = asyncio.Event()

    def want(self, link: Pumped) -> None:
        """The link asks for a turn."""
        self._queue[link] = None
        self._wake.set()

    def forget(self, link: Pumped) -> None:
        """The link is gone."""
        self._queue.pop(link, None)

    def grant(self, messages: int) -> None:
        """New messages may go out as well: held back, they would never be caught up with."""
        self._tokens = min(self._tokens + messages, 2 * self._rate)

    async def run(self) -> None:
        """Until cancelled."""
        tick = asyncio.Event()
        while True:
            await self._wake.wait()
            self._tokens = min(self._tokens + self._rate * _PERIOD_S, 2 * self._rate)
            for link in list(self._queue):
                if self._tokens < 1:
                    break
                del self._queue[link]  # and back at the end of the queue
                sent, more = link.send_more(min(_TURN, int(self._tokens)))
                self._tokens -= sent
                if more:
                    self._queue[link] = None
            if not self._queue:
                self._wake.clear()
            try:
                async with asyncio.timeout(_PERIOD_S):
                    await tick.wait()
            except TimeoutError:
                continue
