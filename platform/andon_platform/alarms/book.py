"""Every alarm that ever was, with its history; in memory, and each change written before it is answered for.

What machines and detectors say comes in as plain calls and is written behind; what people do is written at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import asdict
from types import TracebackType

import sqlalchemy as sa
import structlog
from andon_contracts.messages import AlarmRaised, Severity
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from andon_platform.alarms import log
from andon_platform.alarms.alarm import Alarm, Source
from andon_platform.alarms.log import Entry

_log = structlog.get_logger(__name__)
_WRITE_S = 0.25


class AlarmBook:
    """An async context manager: reads what is known, writes until it is left."""

    def __init__(self, engine: AsyncEngine, now: Callable[[], int]) -> None:
        self._engine, self._now = engine, now
        self._alarms: dict[tuple[str, str], Alarm] = {}
        #: Newest stamp heard of each: an older one that comes late changes nothing.
        self._heard: dict[tuple[str, str], int] = {}
        self._changed: set[tuple[str, str]] = set()
        self._entries: list[Entry] = []
        self._wake = asyncio.Event()
        self._writing = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None
        self._listeners: list[Callable[[Alarm], None]] = []

    def listen(self, heard: Callable[[Alarm], None]) -> None:
        """Call ``heard`` with every alarm that changed or was commented, at once."""
        self._listeners.append(heard)

    async def __aenter__(self) -> AlarmBook:
        async with self._engine.begin() as connection:
            await connection.run_sync(log.metadata.create_all)
            rows = (await connection.execute(sa.select(log.alarms))).mappings().all()
        for row in rows:
            alarm = Alarm(**row)
            self._alarms[alarm.machine, alarm.code] = alarm
            self._heard[alarm.machine, alarm.code] = max(alarm.raised, alarm.cleared)
        self._task = asyncio.create_task(self._write_behind(), name="alarms-writer")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._task is not None:
            # never in the middle of a write: a cancelled transaction leaves its connection behind, and the file locked
            async with self._writing:
                self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self.write()

    # --- what machines and detectors say ----------------------------------------------------------------------

    def event(self, event: AlarmRaised) -> None:
        """From the machine's own controller."""
        self.said(event.machine, event.code[:64], "machine", event.active, event.t, event.severity, event.text)

    def said(
        self, machine: str, code: str, source: Source, active: bool, t: int, severity: Severity, text: str
    ) -> None:
        """A condition came or went at ``t``. Heard twice, or late, it changes nothing."""
        key = (machine, code)
        if t <= self._heard.get(key, -1):
            return
        self._heard[key] = t
        before = self._alarms.get(key, Alarm(machine, code, source, severity))
        after = before.came(t, severity, text[:1024]) if active else before.went(t)
        if after == before:
            return
        what = "came" if active and not before.active else "went" if not active else "changed"
        self._note(after, Entry(machine, code, t, what, "", text[:1024] if active else ""))
        self._wake.set()

    def _note(self, alarm: Alarm, *entries: Entry) -> None:
        key = (alarm.machine, alarm.code)
        self._alarms[key] = alarm
        self._changed.add(key)
        self._entries.extend(entries)
        for heard in self._listeners:
            heard(alarm)

    def sweep(self) -> None:
        """Give back what has been on the shelf for its time; called about once a second."""
        now = self._now()
        for alarm in list(self._alarms.values()):
            if 0 < alarm.shelved_until <= now:
                self._note(alarm.back(), *_lines(alarm, alarm.back(), alarm.shelved_until, "unshelved", "", ""))
                self._wake.set()

    # --- what people do ---------------------------------------------------------------------------------------

    async def change(self, id: str, do: Callable[[Alarm, int], Alarm], what: str, by: str, text: str = "") -> Alarm:
        """Change an alarm and write it with who did it.

        Raises:
            KeyError: there is no such alarm.
            AlarmRefused: ``do`` refuses.
        """
        machine, _, code = id.rpartition(":")
        alarm, now = self._alarms[machine, code], self._now()
        after = do(alarm, now)
        self._note(after, *_lines(alarm, after, now, what, by, text))
        await self.write()
        return after

    # --- questions --------------------------------------------------------------------------------------------

    def get(self, id: str) -> Alarm | None:
        """By its id."""
        machine, _, code = id.rpartition(":")
        return self._alarms.get((machine, code))

    def find(self, *, enterprise: str | None = None, machine: str | None = None) -> list[Alarm]:
        """All of them, the newest raised first."""
        found = [
            alarm
            for alarm in self._alarms.values()
            if (machine is None or alarm.machine == machine)
            and (enterprise is None or alarm.machine.partition("/")[0] == enterprise)
        ]
        return sorted(found, key=lambda alarm: (-alarm.raised, alarm.id))

    async def history(self, id: str, limit: int = 100) -> list[Entry]:
        """Newest first."""
        await self.write()
        machine, _, code = id.rpartition(":")
        return await log.history(self._engine, machine, code, limit)

    async def told(self, enterprise: str, start: int, stop: int, limit: int) -> list[Entry]:
        """See :func:`andon_platform.alarms.log.told`."""
        await self.write()
        return await log.told(self._engine, enterprise, start, stop, limit)

    # --- the database -----------------------------------------------------------------------------------------

    async def write(self) -> None:
        """Write what changed, in one transaction."""
        async with self._writing:
            changed, entries = self._changed, self._entries
            if not changed and not entries:
                return
            self._changed, self._entries = set(), []
            try:
                async with self._engine.begin() as connection:
                    for machine, code in changed:
                        await connection.execute(
                            sa.delete(log.alarms).where(log.alarms.c.machine == machine, log.alarms.c.code == code)
                        )
                    await connection.execute(sa.insert(log.alarms), [asdict(self._alarms[key]) for key in changed])
                    await connection.execute(sa.insert(log.entries), [asdict(entry) for entry in entries])
            except BaseException:
                self._changed |= changed
                self._entries = entries + self._entries
                raise

    async def _write_behind(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            await asyncio.sleep(_WRITE_S)  # what comes in one go is one transaction
            try:
                await self.write()
            except (SQLAlchemyError, OSError) as error:
                _log.error("alarms not written, will try again", error=str(error))
                self._wake.set()


def _lines(before: Alarm, after: Alarm, t: int, what: str, by: str, text: str) -> list[Entry]:
    """What happened; and that it rings again, if it came back from silence with its condition."""
    lines = [Entry(after.machine, after.code, t, what, by, text)]
    if what in ("unshelved", "returned-to-service") and after.active:
        lines.append(Entry(after.machine, after.code, t, "again", "", after.text))
    return lines
