"""The files of machines and plants, looked at again and again; what changed is applied while the rest runs on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable
from concurrent.futures import Executor

import structlog

from andon_edge.runtime.source import Loaded, WorldSource
from andon_edge.runtime.time import pause

_log = structlog.get_logger()


class Files:
    """Reads ``source`` in ``pool``, since disks may hang, and gives what it says to ``apply``, in the loop."""

    def __init__(self, source: WorldSource, pool: Executor, apply: Callable[[Loaded], None]) -> None:
        self._source, self._pool, self._apply = source, pool, apply
        #: Of the newest look: why files are refused, and what in them may not be meant.
        self.problems: list[str] = []
        self.warnings: list[str] = []
        self._fingerprint: Hashable = None

    async def load(self) -> None:
        """Read all, and apply it. What is wrong is logged once."""
        loop = asyncio.get_running_loop()
        fingerprint = await loop.run_in_executor(self._pool, self._source.fingerprint)
        loaded = await loop.run_in_executor(self._pool, self._source.load)
        for problem in loaded.problems:
            if problem not in self.problems:
                _log.warning("a file is refused; what runs, runs on", problem=problem)
        for warning in loaded.warnings:
            if warning not in self.warnings:
                _log.warning("a file says what may not be meant; it runs as it stands", warning=warning)
        self.problems, self.warnings = loaded.problems, loaded.warnings
        self._apply(loaded)
        self._fingerprint = fingerprint

    async def follow(
        self, every_s: float, stop: asyncio.Event, halted: Callable[[], bool], changed: Callable[[], None]
    ) -> None:
        """Look every so many seconds, until ``stop`` is set; not while production is ``halted``."""
        loop = asyncio.get_running_loop()
        while not await pause(stop, every_s):
            found = self._fingerprint
            try:
                found = await loop.run_in_executor(self._pool, self._source.fingerprint)
                if found == self._fingerprint or halted():
                    continue
                await self.load()
            except Exception as error:  # whatever a file or a type's own code does: the machines that run, run on
                _log.exception("the files cannot be read; what runs, runs on")
                self.problems = [f"the files cannot be read: {error!r}"]
                self._fingerprint = found
            changed()
