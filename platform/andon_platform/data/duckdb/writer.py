"""What goes into a DuckDB store: a batch, a new file, a file written anew."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import duckdb
import structlog
from andon_contracts.messages import Telemetry

from andon_platform.data.aggregate import MINUTE, ceil, floor
from andon_platform.data.duckdb import encode
from andon_platform.data.duckdb.chunk import Chunk
from andon_platform.data.duckdb.connection import Connection, Cursor
from andon_platform.data.errors import StoreRefused, StoreUnavailable
from andon_platform.data.marks import covers
from andon_platform.data.plan import joined
from andon_platform.data.port import (
    Batch,
    Mark,
)

log = structlog.get_logger(__name__)


class Writer(Connection):
    """What goes into a DuckDB store: a batch, a new file, a file written anew."""

    async def open(self) -> None:
        """Open or make the files; those that were closed unsorted are written anew in the background."""
        await super().open()
        for chunk in self._files.chunks[:-1]:
            if not chunk.sorted:
                self._later(self._rewrite(chunk))

    async def write(self, batch: Batch) -> None:
        """One transaction: rows, events, quarantine, marks. What the marks say is stored is not stored again."""
        async with self._lock:
            if self._broken:
                await self._run(self._writer, self._reopen)
            # asking for the file's size costs more than the clock does
            full = self._writes % 50 == 0 and self._files.current.bytes > self._chunk_bytes
            if full or (self._now() - self._begun > self._chunk_age and self._files.current.has_rows):
                await self._turn()
            await self._run(self._writer, self._write, batch)
            self._writes += 1

    def _reopen(self) -> None:
        self._files.close()
        self._open()
        self._broken = False

    def _fresh(self, batch: Batch, messages: Sequence[Any]) -> list[Any]:
        if batch.replays:
            return list(messages)
        marks, nothing = self._ledger.marks, Mark()
        return [m for m in messages if not covers(marks.get((m.machine, m.epoch), nothing), m.seq)]

    def _write(self, batch: Batch) -> None:
        telemetry, events = self._fresh(batch, batch.telemetry), self._fresh(batch, batch.events)
        quarantined = {q.id: q for q in batch.quarantined if q.id not in self._quarantined}
        columns, values = encode.raw_columns(telemetry, self._dimensions)
        happened = encode.event_columns(events, self._dimensions) if events else {}
        times = columns["t"]
        late = None
        oldest = int(times.min()) if len(times) else 0
        gone = self._late_floor = max(self._late_floor, ceil(self._now() - self._limits.raw, MINUTE))
        rows = encode.by_table(columns, oldest, gone)
        if len(times) and (boundary := max(self._rolled, self._rolling, gone)) > oldest:
            minutes = {floor(t, MINUTE) for t in times[times < boundary].tolist()}
            came = [(t, t + MINUTE) for t in minutes]
            self._came.extend(came)
            late = joined(self._ledger.late + came)
        counts = {"values": values, "messages": len(telemetry) + len(events), "events": len(events)}
        counts["quarantined"] = len(quarantined)
        entry = self._ledger.entry(batch.marks, counts, late)
        cursor, chunk = self._cursor, self._files.current
        assert cursor is not None
        cursor.execute("BEGIN")
        try:
            self._dimensions.save(cursor, chunk.alias)
            for table, some in rows.items():
                cursor.register("batch", some)
                cursor.execute(encode.INSERT_RAW.format(f"{chunk.alias}.{table}", "q" if "q" in some else "NULL"))
            if happened:
                cursor.register("happened", happened)
                cursor.execute(f"INSERT INTO {chunk.alias}.events SELECT * FROM happened")
            for q in quarantined.values():
                row = [q.id, q.received, q.topic, q.payload, q.reason, q.detail, q.machine, q.epoch, q.seq]
                cursor.execute(f"INSERT INTO {chunk.alias}.quarantine VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
            if batch.replays:
                cursor.execute(f"INSERT INTO {chunk.alias}.replayed VALUES (?, ?)", [batch.replays, self._now()])
            self._ledger.write(cursor, chunk.alias, entry)
            cursor.execute("COMMIT")
        except BaseException:
            self._roll_back(cursor)
            raise
        self._dimensions.saved()
        self._ledger.fold(entry)
        self._quarantined.update(quarantined)
        for table, some in rows.items():
            (chunk.raw if table == "raw" else chunk.late).widen(int(some["t"].min()), int(some["t"].max()))
        self._remember(telemetry)

    def _roll_back(self, cursor: Cursor) -> None:
        try:
            cursor.execute("ROLLBACK")
        except duckdb.Error as error:  # the commit failed: there may be nothing left to roll back
            log.debug("rollback", error=str(error))

    def _remember(self, telemetry: Sequence[Telemetry]) -> None:
        latest, mids = self._latest, self._dimensions.mids
        for message in telemetry:
            sample = message.samples[-1]
            key = (mids[message.machine], tuple(sample.values))
            before = latest.get(key)
            if before is None or before[0] <= sample.t:
                latest[key] = (sample.t, sample.values)

    async def _turn(self) -> None:
        """Begin a new chunk; the closed one is rewritten in the background. Under the lock."""
        closed = self._files.current
        await self._run(self._writer, self._files.begin, self._carry)
        self._begun = self._now()
        self._later(self._rewrite(closed))

    async def _rewrite(self, chunk: Chunk) -> None:
        try:
            async with self._upkeep:
                if chunk.dead:
                    return
                async with self._lease():
                    new = await self._run(self._readers, self._files.rewrite, chunk)
                    self._files.swap(chunk, new)
        except (StoreUnavailable, StoreRefused, OSError) as error:
            log.warning("chunk stays unsorted: slower to read, nothing lost", file=chunk.path.name, error=str(error))

    # --- reading -------------------------------------------------------------------------------------------
