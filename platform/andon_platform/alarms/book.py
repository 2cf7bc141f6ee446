"""Every alarm that ever was, with its history; in memory, and each change written before it is answered for.

What machines and detectors say comes in as plain calls and is written behind; what people do is written at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from types import TracebackType

import sqlalchemy as sa
import structlog
from andon_contracts.messages import AlarmRaised, Severity
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from andon_platform.alarms.alarm import Alarm, Source

_log = structlog.get_logger(__name__)
_WRITE_S = 0.25
_metadata = sa.MetaData()
_alarms = sa.Table(
    "alarms",
    _metadata,
    sa.Column("machine", sa.String(64), primary_key=True),
    sa.Column("code", sa.String(64), primary_key=True),
    sa.Column("source", sa.String(16), nullable=False),
    sa.Column("severity", sa.String(16), nullable=False),
    sa.Column("text", sa.String(1024), nullable=False),
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Column("acknowledged", sa.Boolean, nullable=False),
    sa.Column("raised", sa.BigInteger, nullable=False),
    sa.Column("cleared", sa.BigInteger, nullable=False),
    sa.Column("count", sa.Integer, nullable=False),
    sa.Column("acknowledged_at", sa.BigInteger, nullable=False),
    sa.Column("acknowledged_by", sa.String(128), nullable=False),
    sa.Column("shelved_until", sa.BigInteger, nullable=False),
    sa.Column("out_of_service", sa.Boolean, nullable=False),
)
_log_table = sa.Table(
    "alarm_log",
    _metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("machine", sa.String(64), nullable=False, index=True),
    sa.Column("code", sa.String(64), nullable=False),
    sa.Column("t", sa.BigInteger, nullable=False, index=True),
    sa.Column("what", sa.String(24), nullable=False),
    sa.Column("by", sa.String(128), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of an alarm's history: ``what`` is came, went, acknowledged, shelved, unshelved, out-of-service,
    returned-to-service or comment; ``t`` in microseconds UTC."""

    machine: str
    code: str
    t: int
    what: str
    by: str = ""
    text: str = ""


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

    async def __aenter__(self) -> AlarmBook:
        async with self._engine.begin() as connection:
            await connection.run_sync(_metadata.create_all)
            rows = (await connection.execute(sa.select(_alarms))).mappings().all()
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

    def _note(self, alarm: Alarm, entry: Entry) -> None:
        key = (alarm.machine, alarm.code)
        self._alarms[key] = alarm
        self._changed.add(key)
        self._entries.append(entry)

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
        self._note(after, Entry(machine, code, now, what, by, text))
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
        query = (
            sa.select(_log_table)
            .where(_log_table.c.machine == machine, _log_table.c.code == code)
            .order_by(_log_table.c.id.desc())
            .limit(limit)
        )
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query)).mappings().all()
        return [Entry(*(row[f.name] for f in fields(Entry))) for row in rows]

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
                            sa.delete(_alarms).where(_alarms.c.machine == machine, _alarms.c.code == code)
                        )
                    await connection.execute(sa.insert(_alarms), [asdict(self._alarms[key]) for key in changed])
                    await connection.execute(sa.insert(_log_table), [asdict(entry) for entry in entries])
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
