"""Ingest as the API sees it when both live in one process."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from andon_platform.api.ports import IngestFlow, Replayed
from andon_platform.flow.trace import Trace


class Outcome(Protocol):
    """What a replay of ingest's answers."""

    @property
    def id(self) -> str: ...

    @property
    def stored(self) -> bool: ...

    @property
    def reason(self) -> str: ...

    @property
    def detail(self) -> str: ...


class Follows(Protocol):
    """Ingest's own follower."""

    def follow(self, machine: str) -> Trace: ...

    def get(self, id: str) -> Trace | None: ...


class LocalIngest:
    """``figures``, ``replay`` and ``follower`` are ingest's own, given by ``bootstrap``."""

    def __init__(
        self, figures: Callable[[], IngestFlow], replay: Callable[[str], Awaitable[Outcome]], follower: Follows
    ) -> None:
        self._figures, self._replay, self._follower = figures, replay, follower

    async def flow(self) -> IngestFlow:
        """Ingest's figures, now."""
        return self._figures()

    async def replay(self, id: str) -> Replayed | None:
        """Judge a quarantined message again; None: there is none."""
        try:
            done = await self._replay(id)
        except KeyError:
            return None
        return Replayed(done.id, done.stored, done.reason, done.detail)

    async def follow(self, machine: str) -> Trace:
        """Note the times of the machine's next telemetry message."""
        return self._follower.follow(machine)

    async def followed(self, id: str) -> Trace | None:
        """How far the message of this request has come."""
        return self._follower.get(id)
