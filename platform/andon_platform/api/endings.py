"""Streams that a session has open: they end with it, and not only when its time is over."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Ending:
    """The end of a session, as one stream of it sees it."""

    def __init__(self) -> None:
        self._event = asyncio.Event()
        self._cut: list[Callable[[], None]] = []

    @property
    def over(self) -> bool:
        """Whether the session has ended."""
        return self._event.is_set()

    def end(self) -> None:
        """It ends now."""
        self._event.set()
        for cut in self._cut:
            cut()

    def then(self, cut: Callable[[], None]) -> None:
        """Call ``cut`` when it ends; at once if it has."""
        self._cut.append(cut)
        if self.over:
            cut()

    async def wait(self) -> None:
        """Until it ends."""
        await self._event.wait()


class Endings:
    """Of all sessions, by the hash of their cookie."""

    def __init__(self) -> None:
        self._open: dict[str, set[Ending]] = {}

    @contextmanager
    def watch(self, session: str) -> Iterator[Ending]:
        """For as long as a stream is open."""
        ending = Ending()
        mine = self._open.setdefault(session, set())
        mine.add(ending)
        try:
            yield ending
        finally:
            mine.discard(ending)
            if not mine and self._open.get(session) is mine:
                del self._open[session]

    def end(self, session: str) -> None:
        """All streams of the session end."""
        for ending in list(self._open.get(session, ())):
            ending.end()
