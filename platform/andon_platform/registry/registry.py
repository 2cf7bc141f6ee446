"""The registry: every machine in memory, each change written behind to the database.

News come in as plain calls (they must cost little: one per message); what changed is written in one transaction
a beat. A crash in between loses nothing that the brokers' retained births do not say again.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from types import TracebackType

import sqlalchemy as sa
import structlog
from andon_contracts.identity import Identity
from andon_contracts.messages import Birth, Death, Event
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from andon_platform.registry import tables
from andon_platform.registry.database import create_tables
from andon_platform.registry.errors import database_away
from andon_platform.registry.record import Happening, Machine
from andon_platform.registry.rows import happening_of, history_row, machine_of, machine_row
from andon_platform.registry.search import fits

Listener = Callable[[Machine], None]
_log = structlog.get_logger(__name__)
_WRITE_S = 0.25
_SWEEP_S = 1.0
#: `last_seen` changes with every message; it is written this often, and whenever anything else changes.
_SEEN_S = 60.0


def _now_us() -> int:
    return time.time_ns() // 1000


class Registry:
    """An async context manager: opens its tables, loads what is known, writes until it is left."""

    def __init__(self, engine: AsyncEngine, now: Callable[[], int] = _now_us) -> None:
        self._engine = engine
        self._now = now
        self._machines: dict[str, Machine] = {}
        self._changed: set[str] = set()
        self._happened: list[Happening] = []
        self._listeners: list[Listener] = []
        self._wake = asyncio.Event()
        self._writing = asyncio.Lock()
        self._swept = now()
        self._seen_written = now()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Registry:
        await create_tables(self._engine, tables.metadata)
        await self._load()
        self._task = asyncio.create_task(self._write_behind(), name="registry-writer")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._task is not None:
            # never in the middle of a write: a cancelled transaction leaves its connection behind, and the file locked
            async with self._writing:
                self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self._changed |= set(self._machines)
        await self.write()

    def listen(self, listener: Listener) -> None:
        """Call ``listener`` with a machine whenever what is shown of it changed."""
        self._listeners.append(listener)

    # --- news -------------------------------------------------------------------------------------------------

    def birth(self, birth: Birth) -> None:
        """A birth, live or retained."""
        now, machine = self._now(), self._machines.get(birth.machine)
        if machine is None:
            machine = Machine(Identity.parse(birth.machine), birth, "online", birth.session, now, birth.t or now, now)
            self._machines[birth.machine] = machine
            happening = Happening(machine.path, birth.t or now, "birth", birth.session, birth.epoch)
            self._note(machine, happening)
            return
        before = machine.birth
        happened = machine.born(birth, now)
        if happened or machine.birth != before:
            self._note(machine, happened)

    def death(self, death: Death) -> None:
        """A death; of a machine nobody knows it says nothing."""
        machine = self._machines.get(death.machine)
        if machine is not None and (happened := machine.died(death, self._now())):
            self._note(machine, happened)

    def removed(self, path: str) -> None:
        """The machine's retained birth was cleared."""
        machine = self._machines.get(path)
        if machine is not None and (happened := machine.removed(self._now())):
            self._note(machine, happened)

    def said(self, path: str) -> None:
        """Anything counted came from the machine."""
        machine = self._machines.get(path)
        if machine is not None and (happened := machine.said(self._now())):
            self._note(machine, happened)

    def event(self, event: Event) -> None:
        """An event: state, reason and the unit at work come from it."""
        machine = self._machines.get(event.machine)
        if machine is not None and machine.lived(event):
            self._note(machine, None)

    def sweep(self, connected: bool) -> None:
        """Find who fell silent. While the API itself hears nothing, or slept, nobody is blamed for it."""
        now = self._now()
        slept = now - self._swept > 3 * _SWEEP_S * 1e6
        self._swept = now
        if not connected or slept:
            for machine in self._machines.values():
                machine.heard = now
            return
        for machine in self._machines.values():
            if happened := machine.fell_silent(now):
                self._note(machine, happened)

    def _note(self, machine: Machine, happened: Happening | None) -> None:
        self._changed.add(machine.path)
        if happened is not None:
            self._happened.append(happened)
        self._wake.set()
        for listener in self._listeners:
            listener(machine)

    # --- questions --------------------------------------------------------------------------------------------

    def get(self, path: str) -> Machine | None:
        """The machine, removed ones too."""
        return self._machines.get(path)

    def operations(self, path: str) -> list[str]:
        """Names of the operations that the machine announced."""
        machine = self._machines.get(path)
        return [o.name for o in machine.birth.operations] if machine else []

    def find(
        self,
        *,
        type: str | None = None,
        place: str | None = None,
        state: str | None = None,
        text: str | None = None,
        enterprise: str | None = None,
    ) -> list[Machine]:
        """Machines by type, by place (a beginning of the path, level by level), by state and by words.

        Removed machines are found by ``state="removed"`` alone.
        """
        found = (
            m
            for m in self._machines.values()
            if fits(m, type=type, place=place, state=state, text=text, enterprise=enterprise)
        )
        return sorted(found, key=lambda m: m.path)

    def counts(self) -> tuple[int, int]:
        """(machines, of these online), without removed ones."""
        here = [m for m in self._machines.values() if m.presence != "removed"]
        return len(here), sum(m.online for m in here)

    async def history(self, path: str, *, limit: int = 200, before: int | None = None) -> list[Happening]:
        """Births, deaths, silences and returns, newest first."""
        await self.write()
        query = sa.select(tables.history).where(tables.history.c.path == path)
        if before is not None:
            query = query.where(tables.history.c.t < before)
        query = query.order_by(tables.history.c.t.desc(), tables.history.c.id.desc()).limit(limit)
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query)).mappings().all()
        return [happening_of(row) for row in rows]

    async def reachable(self, within_s: float = 2.0) -> str:
        """Empty where the database answers in time, else what is wrong with it."""
        try:
            async with asyncio.timeout(within_s), self._engine.connect() as connection:
                await connection.execute(sa.select(1))
        except TimeoutError:
            return f"the registry's database does not answer within {within_s:g} s"
        except (SQLAlchemyError, OSError) as error:
            return database_away(error)
        return ""

    # --- the database -----------------------------------------------------------------------------------------

    async def write(self) -> None:
        """Write what changed, in one transaction."""
        async with self._writing:
            changed, happened = self._changed, self._happened
            if not changed and not happened:
                return
            self._changed, self._happened = set(), []
            rows = [machine_row(self._machines[path]) for path in changed]
            try:
                async with self._engine.begin() as connection:
                    if rows:
                        await connection.execute(
                            sa.delete(tables.machines).where(tables.machines.c.path == sa.bindparam("gone")),
                            [{"gone": row["path"]} for row in rows],
                        )
                        await connection.execute(sa.insert(tables.machines), rows)
                    if happened:
                        await connection.execute(sa.insert(tables.history), [history_row(h) for h in happened])
            except BaseException:
                self._changed |= changed
                self._happened = happened + self._happened
                raise

    async def _write_behind(self) -> None:
        while True:
            # not `wait_for`, which in Python 3.11 can swallow a cancellation that comes together with the event
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_SEEN_S):
                    await self._wake.wait()
            self._wake.clear()
            # gather what comes in one go: a thousand retained births are one transaction
            await asyncio.sleep(_WRITE_S)
            if self._now() - self._seen_written > _SEEN_S * 1e6:
                self._seen_written = self._now()
                self._changed |= set(self._machines)
            try:
                await self.write()
            except (SQLAlchemyError, OSError) as error:
                _log.error("registry not written, will try again", error=str(error))

    async def _load(self) -> None:
        async with self._engine.connect() as connection:
            rows = (await connection.execute(sa.select(tables.machines))).all()
        for machine in (machine_of(row, self._now()) for row in rows):
            self._machines[machine.path] = machine
