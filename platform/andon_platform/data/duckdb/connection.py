"""The files of a DuckDB store opened, shared and closed: who may read what, and in which thread."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import duckdb
import structlog

from andon_platform.data.aggregate import DAY, HOUR, MINUTE, ceil
from andon_platform.data.duckdb import reads, retention
from andon_platform.data.duckdb.chunk import Chunk
from andon_platform.data.duckdb.files import Files
from andon_platform.data.duckdb.ledger import Ledger
from andon_platform.data.duckdb.schema import Dimensions
from andon_platform.data.errors import StoreRefused, StoreUnavailable
from andon_platform.data.plan import Range

T = TypeVar("T")
Cursor = duckdb.DuckDBPyConnection
log = structlog.get_logger(__name__)

#: Errors after which the same call may succeed: disk full, memory, a connection that a fatal error closed.
_PASSING = (
    duckdb.IOException,
    duckdb.OutOfMemoryException,
    duckdb.FatalException,
    duckdb.InternalException,
    duckdb.TransactionException,
    duckdb.ConnectionException,
    duckdb.InterruptException,
)


def _now() -> int:
    return time.time_ns() // 1000


class Connection:
    """The files of a DuckDB store opened, shared and closed: who may read what, and in which thread."""

    def __init__(
        self,
        folder: Path,
        *,
        now: Callable[[], int] = _now,
        raw_days: float = 7,
        minute_days: float = 90,
        max_disk: int = 4_000_000_000,
        chunk_bytes: int = 96_000_000,
        chunk_hours: float = 6,
        memory_mb: int = 400,
        threads: int = 2,
    ) -> None:
        self._now = now
        self._limits = retention.Limits(int(raw_days * DAY), int(minute_days * DAY), max_disk)
        self._chunk_bytes = max(1_000_000, min(chunk_bytes, max_disk // 16))
        self._chunk_age = int(chunk_hours * HOUR)
        self._files = Files(folder, memory_mb=memory_mb, threads=threads)
        self._dimensions = Dimensions()
        self._ledger = Ledger()
        self._latest: dict[tuple[int, tuple[str, ...]], tuple[int, dict[str, float]]] = {}
        self._quarantined: set[str] = set()
        self._rolled = self._rolling = 0
        #: Raw before it may be gone. Rows that come for a time before ``_late_floor`` are kept as late ones: it rises
        #: before the oldest chunk goes, so that what is still to be rolled up of that time does not grow any more.
        self._raw_floor = self._late_floor = 0
        self._came: list[Range] = []
        self._begun = 0
        self._writes = 0
        self._broken = False
        self._writer: ThreadPoolExecutor | None = None
        self._readers: ThreadPoolExecutor | None = None
        self._cursor: Cursor | None = None
        self._lock = asyncio.Lock()
        self._upkeep = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()

    # --- opening -------------------------------------------------------------------------------------------

    async def open(self) -> None:
        """Open or make the files. Raises ``StoreLocked`` where another process holds them."""
        self._writer = ThreadPoolExecutor(1, "duckdb-write")
        self._readers = ThreadPoolExecutor(3, "duckdb-read")
        try:
            await self._run(self._writer, self._open)
        except BaseException:
            await self.close()
            raise

    def _open(self) -> None:
        self._files.open()
        cursor = self._cursor = self._files.cursor()
        self._dimensions, self._ledger = Dimensions(), Ledger()
        for alias in ("base", *(c.alias for c in self._files.chunks)):
            self._dimensions.load(cursor, alias)
        if self._files.chunks:
            self._ledger.load(cursor, self._files.current.alias)
        else:
            self._files.begin(self._carry)
        reach = dict(cursor.execute("SELECT name, t FROM base.reach").fetchall())
        self._rolled = self._rolling = reach.get("rolled", 0)
        self._raw_floor = self._late_floor = ceil(reach.get("raw_floor", 0), MINUTE)
        self._begun = self._now()
        chunks = self._files.chunks
        for alias in ("base", *(c.alias for c in chunks)):
            self._quarantined |= {i for (i,) in cursor.execute(f"SELECT id FROM {alias}.quarantine").fetchall()}
        for path, values in reads.newest(cursor, chunks, self._dimensions, self._now() - DAY).items():
            for name, (t, value) in values.items():
                self._latest[self._dimensions.mids[path], (name,)] = (t, {name: value})

    def _carry(self, cursor: Cursor, alias: str) -> None:
        """What a new chunk takes over from the one before, in its first transaction."""
        self._dimensions.save_all(cursor, alias)
        self._ledger.write(cursor, alias, self._ledger.whole())

    async def close(self) -> None:
        """Let running work end, write everything back, release the files."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        async with self._lock:
            for pool in (self._readers, self._writer):
                if pool is not None:
                    await asyncio.to_thread(pool.shutdown)
            self._readers = self._writer = None
            await asyncio.to_thread(self._files.close)

    # --- threads and errors --------------------------------------------------------------------------------

    async def _run(self, pool: ThreadPoolExecutor | None, work: Callable[..., T], *args: Any) -> T:
        if pool is None:
            raise StoreUnavailable(f"the store in {self._files.folder} is not open")
        try:
            return await asyncio.get_running_loop().run_in_executor(pool, work, *args)
        except _PASSING as error:
            self._broken = self._broken or isinstance(error, (duckdb.FatalException, duckdb.ConnectionException))
            raise StoreUnavailable(f"DuckDB in {self._files.folder}: {error}") from error
        except duckdb.Error as error:
            raise StoreRefused(f"DuckDB in {self._files.folder}: {error}") from error

    @asynccontextmanager
    async def _lease(self) -> AsyncIterator[Sequence[Chunk]]:
        """The chunks of this moment; none of their files goes away within."""
        chunks = list(self._files.chunks)
        for c in chunks:
            c.readers += 1
        try:
            yield chunks
        finally:
            for c in chunks:
                c.readers -= 1
            for c in chunks:
                if c.dead and not c.readers:
                    await self._run(self._readers, self._files.discard, c)

    async def _read(self, work: Callable[[Cursor, Sequence[Chunk]], T]) -> T:
        def call(chunks: Sequence[Chunk]) -> T:
            with self._files.cursor() as cursor:
                return work(cursor, chunks)

        async with self._lease() as chunks:
            return await self._run(self._readers, call, chunks)

    def _later(self, work: Any) -> None:
        task = asyncio.create_task(work, name="duckdb-rewrite")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # --- writing -------------------------------------------------------------------------------------------
