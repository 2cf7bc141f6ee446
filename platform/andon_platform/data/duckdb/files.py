"""The files of the store: attach, begin a new chunk, rewrite a closed one in order, drop one. Crash-safe.

Every step leaves a folder from which :meth:`Files.open` finds its way: a new chunk exists once its one
transaction is committed; a rewritten chunk once it has its final name, and then its source is superfluous.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb

from andon_platform.data.duckdb.chunk import Chunk, remove, size
from andon_platform.data.duckdb.schema import BASE, CHUNK, LATE, RAW_COLUMNS
from andon_platform.data.errors import StoreLocked, StoreUnavailable

_NAME = re.compile(r"raw-(\d{6})(\.s)?\.duckdb\Z")
_PID = re.compile(r"PID (\d+)")
TABLES = ("machines", "signals", "events", "quarantine", "replayed")


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


class Files:
    """The connection, and the chunks oldest first; the last one is being written."""

    def __init__(self, folder: Path, *, memory_mb: int, threads: int) -> None:
        self.folder = folder
        self.chunks: list[Chunk] = []
        self._config: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": f"{memory_mb}MB",
            "threads": str(threads),
            "temp_directory": str(folder / "spill"),
        }
        self._db: duckdb.DuckDBPyConnection | None = None
        self._gate = threading.Lock()

    @property
    def db(self) -> duckdb.DuckDBPyConnection:
        """The connection. Raises :class:`StoreUnavailable` where it is not open."""
        if self._db is None:
            raise StoreUnavailable(f"the store in {self.folder} is not open")
        return self._db

    @property
    def current(self) -> Chunk:
        """The chunk being written."""
        return self.chunks[-1]

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """A connection of one's own to the same files; from any thread."""
        with self._gate:  # DuckDB refuses two calls on one connection at a time, and making a cursor is a call
            return self.db.cursor()

    def run(self, statement: str) -> None:
        """Carry out one statement on a cursor of its own."""
        with self.cursor() as cursor:
            cursor.execute(statement)

    def open(self) -> None:
        """Open everything there is, and tidy up what a crash left.

        Raises:
            StoreLocked: another process holds the folder.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        self._db = duckdb.connect(":memory:", config=self._config)
        try:
            self._attach(self.folder / "base.duckdb", "base")
            for statement in BASE:
                self._db.execute(statement.format("base"))
            self.chunks = list(self._find())
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Write everything back and let go of the files."""
        if self._db is not None:
            self._db.close()
            self._db = None

    def _attach(self, path: Path, alias: str) -> None:
        try:
            self.run(f"ATTACH {_quoted(path)} AS {alias}")
        except duckdb.IOException as error:
            if "lock" not in str(error).lower():
                raise
            found = _PID.search(str(error))
            pid = int(found[1]) if found else None
            holder = f"process {pid}" if pid else "another process"
            raise StoreLocked(
                f"{path} is held by {holder}: one process holds the embedded store. Stop that process, or "
                "give this one a data directory of its own.",
                pid,
            ) from error

    def _find(self) -> Iterator[Chunk]:
        for name in self.folder.glob("*.tmp*"):
            remove(name)
        dropped = {name for (name,) in self.db.execute("SELECT name FROM base.dropped").fetchall()}
        found: dict[int, Path] = {}
        for path in sorted(self.folder.glob("raw-*.duckdb"), key=lambda p: (p.name[:10], ".s." in p.name)):
            match = _NAME.match(path.name)
            if match is None:
                continue
            if path.name in dropped:
                remove(path)
                continue
            number = int(match[1])
            if number in found:  # the one in order comes later here
                remove(found[number])
            found[number] = path
        for number, path in sorted(found.items()):
            chunk = Chunk(number, path, f"c{number}{'s' if '.s.' in path.name else ''}", ".s." in path.name)
            self._attach(path, chunk.alias)
            has = self.db.execute(
                "SELECT count(*) FROM duckdb_tables() WHERE database_name = ? AND table_name = 'journal'", [chunk.alias]
            ).fetchone()
            if has == (0,):  # its first transaction never ended
                self.run(f"DETACH {chunk.alias}")
                remove(path)
                continue
            self._measure(chunk)
            yield chunk

    def _measure(self, chunk: Chunk) -> None:
        """Read how far its rows reach; a chunk of an earlier version gets the table it lacks."""
        self.run(LATE.format(chunk.alias))
        for table, extent in (("raw", chunk.raw), ("late", chunk.late)):
            row = self.db.execute(f"SELECT min(t), max(t) FROM {chunk.alias}.{table}").fetchone()
            if row is not None and row[0] is not None:
                extent.widen(row[0], row[1])

    def begin(self, fill: Callable[[duckdb.DuckDBPyConnection, str], None]) -> None:
        """Begin a new chunk; ``fill`` writes what it must know into its first transaction."""
        number = self.chunks[-1].number + 1 if self.chunks else 1
        with self.cursor() as reader:
            dropped = reader.execute("SELECT max(name) FROM base.dropped").fetchone()
        if dropped is not None and dropped[0] is not None:
            number = max(number, int(dropped[0][4:10]) + 1)
        chunk = Chunk(number, self.folder / f"raw-{number:06}.duckdb", f"c{number}", False)
        remove(chunk.path)
        self._attach(chunk.path, chunk.alias)
        cursor = self.cursor()
        cursor.execute("BEGIN")
        for statement in CHUNK:
            cursor.execute(statement.format(chunk.alias))
        fill(cursor, chunk.alias)
        cursor.execute("COMMIT")
        cursor.close()
        self.chunks.append(chunk)

    def rewrite(self, chunk: Chunk) -> Chunk:
        """A closed chunk in the order (machine, part, t), as a file of its own; the caller swaps them."""
        target = chunk.path.with_name(f"raw-{chunk.number:06}.s.duckdb")
        work = target.with_name(target.name + ".tmp")
        remove(work)
        alias = f"{chunk.alias}s"
        self._attach(work, f"{alias}_tmp")
        cursor = self.cursor()
        cursor.execute("BEGIN")
        for statement in CHUNK:
            cursor.execute(statement.format(f"{alias}_tmp"))
        for table in ("raw", "late"):
            cursor.execute(
                f"INSERT INTO {alias}_tmp.{table} SELECT {RAW_COLUMNS} FROM {chunk.alias}.{table} ORDER BY mid, part, t"
            )
        for table in TABLES:
            cursor.execute(f"INSERT INTO {alias}_tmp.{table} SELECT * FROM {chunk.alias}.{table}")
        cursor.execute("COMMIT")
        cursor.execute(f"CHECKPOINT {alias}_tmp")
        cursor.close()
        self.run(f"DETACH {alias}_tmp")
        work.replace(target)
        self._attach(target, alias)
        return Chunk(chunk.number, target, alias, True, chunk.raw, chunk.late)

    def swap(self, old: Chunk, new: Chunk) -> None:
        """From now on ``new`` is read."""
        self.chunks = [new if c is old else c for c in self.chunks]
        old.dead = True

    def discard(self, chunk: Chunk) -> None:
        """Delete a dead chunk's file; nobody may be reading it."""
        self.run(f"DETACH {chunk.alias}")
        remove(chunk.path)

    def bytes(self) -> int:
        """On disk, everything."""
        return sum(size(p) for p in self.folder.rglob("*") if p.is_file())
