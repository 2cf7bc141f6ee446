"""The store's face: who may write when, which thread does it, and what is kept in memory."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import structlog
from andon_contracts.messages import Event, Telemetry

from andon_platform.data import plan
from andon_platform.data.aggregate import DAY, HOUR, MINUTE, ceil, floor
from andon_platform.data.answers import answer_columns, shortened
from andon_platform.data.delays import Delays
from andon_platform.data.duckdb import history, query, reads, retention, rollup, tallies
from andon_platform.data.duckdb.chunk import Chunk
from andon_platform.data.duckdb.connection import Cursor
from andon_platform.data.duckdb.messages import messages
from andon_platform.data.duckdb.writer import Writer
from andon_platform.data.history import RolledUp, check_history
from andon_platform.data.plan import without
from andon_platform.data.port import (
    CountQuery,
    Counts,
    EventQuery,
    Mark,
    MarkKey,
    MessageQuery,
    Quarantined,
    Series,
    SeriesQuery,
    StoreHealth,
    ValueQuery,
)

log = structlog.get_logger(__name__)


class DuckDBStore(Writer):
    """``folder`` is the store's alone. One batch is written at a time; reads run beside it on cursors."""

    async def marks(self) -> dict[MarkKey, Mark]:
        """See the port."""
        return dict(self._ledger.marks)

    async def series(self, asked: SeriesQuery) -> Series:
        """See the port."""
        mid = self._dimensions.mids.get(asked.machine, -1)
        slot = self._dimensions.slots.get(mid, {}).get(asked.signal)
        raw = asked.every is None or asked.agg == "raw"
        reach = self._reach()
        every = None if raw or asked.every is None else plan.coarse_enough(asked.start, asked.every, reach)
        stretches = [] if every is None else plan.plan(asked.start, asked.stop, every, reach)

        def work(cursor: Cursor, chunks: Sequence[Chunk]) -> tuple[list[int], list[float]]:
            if slot is None:
                return [], []
            if every is None:
                points = query.raw_points(chunks, mid, slot, asked.start, asked.stop)
                text = f"SELECT t, v FROM ({points}) ORDER BY t LIMIT {asked.limit + 1}"
            else:
                text = query.bucketed(chunks, mid, slot, stretches, every, asked.agg, asked.limit + 1)
            times, values = cursor.execute(text).fetchnumpy().values()
            return times.tolist(), values.tolist()

        return answer_columns(asked, *await self._read(work), every, plan.coarsest(stretches))

    def _reach(self) -> plan.Reach:
        return plan.Reach(self._raw_floor, self._now() - self._limits.minute, self._rolled, list(self._ledger.late))

    async def value_counts(self, asked: ValueQuery) -> dict[tuple[str, str], int]:
        """See the port."""
        stretches = plan.plan(asked.start, asked.stop, HOUR, self._reach())
        return await self._read(
            lambda cursor, chunks: tallies.value_counts(cursor, chunks, self._dimensions, stretches, asked)
        )

    async def write_delays(self, counted: Sequence[Delays]) -> None:
        """See the port."""
        async with self._upkeep:
            await self._read(lambda cursor, _: tallies.write_delays(cursor, self._dimensions, counted))

    async def delays(self, machine: str, start: int, stop: int) -> list[Delays]:
        """See the port."""
        return await self._read(lambda cursor, _: tallies.delays(cursor, self._dimensions, machine, start, stop))

    async def events(self, asked: EventQuery) -> list[Event]:
        """See the port."""
        return await self._read(lambda cursor, chunks: reads.events(cursor, chunks, self._dimensions, asked))

    async def counts(self, asked: CountQuery) -> list[Counts]:
        """See the port."""
        return await self._read(lambda cursor, chunks: reads.counts(cursor, chunks, self._dimensions, asked))

    async def messages(self, asked: MessageQuery) -> list[Telemetry | Event]:
        """See the port."""
        return await self._read(lambda cursor, chunks: messages(cursor, chunks, self._dimensions, asked))

    async def latest(self, machine: str | None = None) -> dict[str, dict[str, tuple[int, float]]]:
        """See the port; from memory."""
        since = self._now() - DAY
        found: dict[str, dict[str, tuple[int, float]]] = {}
        for (mid, _), (t, values) in list(self._latest.items()):
            path = self._dimensions.paths[mid]
            if t < since or machine not in (None, path):
                continue
            mine = found.setdefault(path, {})
            for name, value in values.items():
                if name not in mine or mine[name][0] <= t:
                    mine[name] = (t, value)
        return found

    async def quarantine(
        self, *, limit: int = 100, before: int | None = None, below: str = "", reason: str | None = None
    ) -> list[Quarantined]:
        """See the port."""
        place = None if before is None else (before, below)
        return await self._read(lambda c, chunks: reads.quarantine(c, chunks, limit=limit, before=place, reason=reason))

    async def quarantine_get(self, id: str) -> Quarantined | None:
        """See the port."""
        found = await self._read(lambda cursor, chunks: reads.quarantine(cursor, chunks, id=id))
        return found[0] if found else None

    async def quarantine_done(self, id: str, when: int) -> None:
        """See the port."""

        def work() -> None:
            assert self._cursor is not None
            self._cursor.execute(f"INSERT INTO {self._files.current.alias}.replayed VALUES (?, ?)", [id, when])

        async with self._lock:
            await self._run(self._writer, work)

    # --- upkeep --------------------------------------------------------------------------------------------

    async def stale(self, now: int) -> list[tuple[int, int]]:
        """See the port."""
        found = list(self._ledger.late)
        firsts = [c.raw.first for c in self._files.chunks if c.raw.first is not None]
        start = self._rolled or floor(min(firsts, default=now), MINUTE)
        if firsts and start < floor(now, MINUTE):
            found.append((start, floor(now, MINUTE)))
        return found

    async def roll_up(self, start: int, stop: int) -> None:
        """See the port. What comes for the range while it is rolled up counts as late."""
        async with self._upkeep:
            await self._roll_up(floor(start, MINUTE), ceil(stop, MINUTE))

    async def _roll_up(self, start: int, stop: int) -> None:
        """The same, under the lock of upkeep."""
        async with self._lock:
            self._rolling = max(self._rolling, stop)
            self._came.clear()
        gone = max(self._raw_floor, ceil(self._now() - self._limits.minute, HOUR))
        await self._read(lambda c, chunks: rollup.roll_up(c, chunks, self._dimensions, start, stop, gone))
        self._rolled = max(self._rolled, stop)
        async with self._lock:
            await self._run(self._writer, self._caught_up, start, stop)

    def _caught_up(self, start: int, stop: int) -> None:
        """Late ranges within [start, stop) are done, but for those that came in the meantime."""
        late = sorted({*without(self._ledger.late, start, stop), *self._came})
        if late != self._ledger.late and self._cursor is not None:
            entry = self._ledger.entry({}, {}, late)
            self._ledger.write(self._cursor, self._files.current.alias, entry)
            self._ledger.fold(entry)

    async def write_history(self, rolled: Sequence[RolledUp], until: int) -> None:
        """See the port."""
        async with self._upkeep, self._lock:
            firsts = [c.raw.first for c in self._files.chunks if c.raw.first is not None]
            check_history(rolled, until, min(firsts, default=None))
            places = await self._run(self._writer, self._numbered, rolled)
            await self._read(lambda cursor, _: history.write(cursor, rolled, places, until))
            self._rolled, self._raw_floor = max(self._rolled, until), max(self._raw_floor, until)
            self._late_floor = max(self._late_floor, until)

    def _numbered(self, rolled: Sequence[RolledUp]) -> dict[tuple[str, str], tuple[int, int]]:
        """Machine and slot of each signal; those that are new are durable with this."""
        dimensions, places = self._dimensions, {}
        for block in rolled:
            mid = dimensions.mid(block.machine)
            dimensions.layout(mid, (block.signal,))
            places[block.machine, block.signal] = mid, dimensions.slots[mid][block.signal]
        assert self._cursor is not None
        dimensions.save(self._cursor, self._files.current.alias)
        dimensions.saved()
        return places

    async def retain(self, now: int) -> dict[str, Any]:
        """See the port. Drops whole chunks: their files go, and the disk has its space back."""
        async with self._upkeep:
            said: dict[str, Any] = {"chunks": [], "bytes": 0}
            while (why := await asyncio.to_thread(retention.excess, self._files, self._limits, now)) is not None:
                chunk, freed = await self._drop_oldest(now)
                said["chunks"].append({"file": chunk.path.name, "why": why, "up_to": chunk.raw.last})
                said["bytes"] += freed
                log.warning("dropped the oldest raw data", file=chunk.path.name, why=why, bytes=freed)
            await self._read(lambda c, _: retention.trim(c, self._limits, now))
            return said

    async def _drop_oldest(self, now: int) -> tuple[Chunk, int]:
        """The chunk that went, and its bytes. What it holds is in the roll-ups before; under the lock of upkeep."""
        async with self._lock:
            if len(self._files.chunks) == 1:
                await self._turn()
            chunk = self._files.chunks[0]
            gone = max(self._raw_floor, ceil((chunk.raw.last or -1) + 1, MINUTE))
            self._late_floor = max(self._late_floor, gone)
        for start, stop in await self.stale(gone):
            await self._roll_up(start, stop)
        freed = chunk.bytes
        over = await self._read(lambda c, _: retention.absorb(c, chunk, self._dimensions, now, gone, self._limits))
        if over:
            log.warning("dropped the oldest of the quarantine, which is too large to keep", messages=over)
        self._raw_floor = gone
        async with self._lease():
            self._files.chunks = self._files.chunks[1:]
            chunk.dead = True
        return chunk, freed

    def _detail(self) -> str:
        """What health says of the raw data."""
        if self._raw_floor <= self._now() - self._limits.raw + DAY // 4:  # whole files go: a little early or late
            return "ok"
        return shortened(self._now() - self._raw_floor, self._limits.raw, self._limits.disk)

    async def health(self, *, exact: bool = False) -> StoreHealth:
        """See the port. ``exact`` adds ``messages_on_disk`` and ``messages_dropped`` (by retention)."""
        counts = dict.fromkeys(("values", "messages", "events", "quarantined", "duplicated"), 0)
        counts.update(self._ledger.counts)
        counts["voided"] = sum(m.voided for m in list(self._ledger.marks.values()))
        ready, detail = self._writer is not None and not self._broken, self._detail()
        if not ready:
            detail = "closed" if self._writer is None else "a fatal error; the next write opens the files again"
        elif exact:
            counts.update(await self._read(reads.exact))
        firsts = [c.raw.first for c in self._files.chunks if c.raw.first is not None]
        size = await asyncio.to_thread(self._files.bytes)
        return StoreHealth("duckdb", ready, detail, size, min(firsts, default=None), counts)
