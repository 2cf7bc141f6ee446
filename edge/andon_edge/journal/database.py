"""The journal's file: its tables, how it is opened, and what happens to one that is damaged."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import psutil
import structlog

from andon_edge.journal.errors import JournalFull

_log = structlog.get_logger()

VERSION = 1
#: Files up to this size are read through after a start that follows a kill; larger ones would delay it.
_CHECKED_BYTES = 64_000_000
#: Two readings of the boot time differ by the clock's corrections; more than this is another boot.
_SAME_BOOT_S = 60.0

#: What says nothing of the file: the disk is full or fails, or somebody else writes.
_NOT_NOW = (
    sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_READONLY,
)  # fmt: skip

_TABLES = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS stream (
    id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, epoch INTEGER NOT NULL, next_seq INTEGER NOT NULL,
    last_t INTEGER NOT NULL, session INTEGER NOT NULL, sent INTEGER NOT NULL, voided INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS message (
    id INTEGER PRIMARY KEY, stream INTEGER NOT NULL, epoch INTEGER NOT NULL, seq INTEGER NOT NULL,
    channel TEXT NOT NULL, payload BLOB NOT NULL);
CREATE UNIQUE INDEX IF NOT EXISTS message_identity ON message (stream, epoch, seq);
CREATE TABLE IF NOT EXISTS world (
    name TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL, PRIMARY KEY (name, key)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS clock (enterprise TEXT PRIMARY KEY, segments TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS reply (
    n INTEGER PRIMARY KEY AUTOINCREMENT, owner TEXT NOT NULL, id TEXT NOT NULL, payload BLOB NOT NULL,
    UNIQUE (owner, id));
"""


def open_database(path: Path, now: int) -> tuple[sqlite3.Connection, bool]:
    """The connection, and whether the numbering of the last run can be trusted to be complete.

    A file that is damaged, or of another version, is set aside and a new one begun: a journal that cannot be
    read must not keep its machines silent.

    Raises:
        JournalFull: the file is well, and its disk takes nothing now: nothing is set aside for that.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        return _open(path)
    except sqlite3.DatabaseError as error:
        if (getattr(error, "sqlite_errorcode", 0) & 0xFF) in _NOT_NOW:
            raise JournalFull(f"{path}: {error}; free some space on its disk") from error
        aside = set_aside(path, now)
        _log.error(
            "journal damaged: set aside, new epochs begin",
            file=str(path),
            kept_as=str(aside),
            error=str(error),
            remedy="what was pending in it is lost to the platform; keep the file if you want to look at it",
        )
        return _open(path)


def _open(path: Path) -> tuple[sqlite3.Connection, bool]:
    database = connect(path)
    try:
        database.executescript(_TABLES)
        meta = dict(database.execute("SELECT key, value FROM meta").fetchall())
        if meta.get("version", VERSION) != VERSION:
            raise sqlite3.DatabaseError(f"the journal has version {meta['version']}, this reads {VERSION}")
        clean = bool(meta.get("clean", 1))
        if not clean and path.stat().st_size <= _CHECKED_BYTES:
            verdict = database.execute("PRAGMA quick_check(1)").fetchone()[0]
            if verdict != "ok":
                raise sqlite3.DatabaseError(verdict)
        boot = psutil.boot_time()
        complete = clean or abs(float(meta.get("boot", boot)) - boot) < _SAME_BOOT_S
        with database:
            database.executemany(
                "INSERT OR REPLACE INTO meta VALUES (?, ?)", [("version", VERSION), ("clean", 0), ("boot", boot)]
            )
    except sqlite3.DatabaseError:
        database.close()
        raise
    return database, complete


def connect(path: Path) -> sqlite3.Connection:
    """A connection as the journal uses it.

    ``synchronous=NORMAL``: a commit is one write into the log, without waiting for the disk. A killed process
    loses nothing by that, since the page cache belongs to the system. A power cut can lose the last commits;
    then the boot differs at the next start, and new epochs begin so that no number is given twice.
    ``wal_autocheckpoint=0``: moving the log into the file waits for the disk; that is done in a thread.
    """
    database = sqlite3.connect(path, timeout=10.0, isolation_level=None, check_same_thread=False)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=NORMAL")
    database.execute("PRAGMA wal_autocheckpoint=0")
    return database


def set_aside(path: Path, now: int) -> Path:
    """Rename the file and its log; they are kept for whoever wants to look."""
    aside = path.with_name(f"{path.name}.broken-{now}")
    for suffix in ("", "-wal", "-shm"):
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.replace(aside.with_name(aside.name + suffix))
    return aside


def checkpointer(path: Path) -> Callable[[], None]:
    """A function for a thread of its own: moves the log into the file, and cuts the log when it is long."""

    def checkpoint() -> None:
        database = connect(path)
        try:
            database.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
            log = path.with_name(path.name + "-wal")
            if log.exists() and log.stat().st_size > _LONG_LOG_BYTES:
                # waits for the writer, and the writer for it: short, since the log was moved a moment ago
                database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        finally:
            database.close()

    return checkpoint


_LONG_LOG_BYTES = 32_000_000
