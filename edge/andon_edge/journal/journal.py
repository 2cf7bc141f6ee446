"""The journal of one edge process: messages, numbering, worlds' state and plant clocks in one transaction.

``put`` numbers a message, ``commit`` writes everything since the last commit at once and returns what may be
published now. A commit of 20 messages takes about 0.2 ms (``benchmarks/bench_edge.py``), so it runs in the
loop itself; only the checkpoint, which waits for the disk, has a thread.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import replace

import structlog

from andon_edge.journal.contents import Entry
from andon_edge.journal.database import set_aside
from andon_edge.journal.errors import JournalBroken, JournalFull
from andon_edge.journal.intake import Intake
from andon_edge.journal.stream import Stream

_log = structlog.get_logger()

#: Answers kept, so that a command that comes twice is performed once.
_REPLIES = 2_000
#: When the journal is full, this part of it is freed at once, so that it does not happen at each message; where the
#: disk has no room for the log of so large a change, the next smaller part.
_FREED = (0.1, 0.01, 0.001)
_CHUNK = 500


class Journal(Intake):
    """See the module. Not for several threads; one edge process has one."""

    def commit(self) -> list[Entry]:
        """Write all of it, or nothing; returns the messages, which may be published from now on.

        Raises:
            JournalFull: the disk takes no more. What was put is held and written with the next commit.
            JournalBroken: the file is damaged; it was set aside. Start again.
        """
        if not self.has_work:
            return []
        try:
            trimmed = self._write()
        except sqlite3.OperationalError as error:
            self._roll_back()
            raise JournalFull(f"{self._path}: {error}; free some space on its disk") from error
        except sqlite3.DatabaseError as error:
            self._roll_back()
            self._db.close()
            aside = set_aside(self._path, self._now())
            raise JournalBroken(f"{self._path}: {error}; the file was set aside as {aside}") from error
        for stream, count in trimmed:
            stream.pending -= count
        entries, self._entries = self._entries, []
        for held in (self._dirty, self._trims, self._states, self._clocks, self._replies):
            held.clear()
        return entries + self._make_room() if entries else entries

    def _write(self) -> list[tuple[Stream, int]]:
        db = self._db
        db.execute("BEGIN IMMEDIATE")
        db.executemany(
            "INSERT INTO message (stream, epoch, seq, channel, payload) VALUES (?,?,?,?,?)",
            [(e.stream.id, e.epoch, e.seq, e.channel, e.payload) for e in self._entries],
        )
        trimmed = []
        for (stream_id, epoch), (stream, settled) in self._trims.items():
            done = db.execute(
                "DELETE FROM message WHERE stream = ? AND epoch = ? AND seq <= ?", (stream_id, epoch, settled)
            )
            trimmed.append((stream, done.rowcount))
        self._write_streams()
        db.executemany("INSERT OR REPLACE INTO world VALUES (?,?,?)", self._states)
        db.executemany("INSERT OR REPLACE INTO clock VALUES (?,?)", self._clocks)
        if self._replies:
            db.executemany("INSERT OR REPLACE INTO reply (owner, id, payload) VALUES (?,?,?)", self._replies)
            db.execute("DELETE FROM reply WHERE n <= (SELECT max(n) FROM reply) - ?", (_REPLIES,))
        db.execute("COMMIT")
        return trimmed

    def _write_streams(self) -> None:
        self._db.executemany(
            "INSERT OR REPLACE INTO stream (id, path, epoch, next_seq, last_t, session, sent, voided) "
            "VALUES (?,?,?,?,?,?,?,?)",
            [(s.id, s.path, s.epoch, s.next_seq, s.last_t, s.session, s.sent, s.voided) for s in self._dirty.values()],
        )

    def _roll_back(self) -> None:
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")

    def close(self) -> None:
        """Write what is held and say that the end was orderly; on a full disk the end is as after a kill."""
        try:
            self.commit()
            self._db.execute("INSERT OR REPLACE INTO meta VALUES ('clean', 1)")
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except (JournalFull, sqlite3.OperationalError) as error:
            _log.error("the last of the journal cannot be written; nothing of it was sent", error=str(error))
        self._db.close()

    def abandon(self) -> None:
        """Close without a word, as a killed process does."""
        self._roll_back()
        self._db.close()

    # --- a bound ----------------------------------------------------------------------------------------------

    def used_bytes(self) -> int:
        """Bytes in use in the file; pages that were freed are used again and do not count."""
        pages, free, size = (
            self._db.execute(f"PRAGMA {what}").fetchone()[0] for what in ("page_count", "freelist_count", "page_size")
        )
        return int((pages - free) * size)

    def _make_room(self) -> list[Entry]:
        """If the journal is over its bound, drop the oldest messages and say so; returns the events that do.

        Dropping is a change as well, which the disk may have no room for. Then nothing is dropped and nothing is said
        to be: the journal stays over its bound, by what came until the disk was full, and the next commit tries again.
        """
        if self.used_bytes() <= self._max_bytes:
            return []
        for part in _FREED:
            kept = {s.path: replace(s, asked=dict(s.asked), declared=set(s.declared)) for s in self.streams.values()}
            try:
                entries, dropped = self._drop(int(self._max_bytes * (1 - part)))
            except sqlite3.OperationalError as error:
                self._roll_back()
                for path, before in kept.items():  # in place: others hold these streams
                    for name in Stream.__slots__:
                        setattr(self.streams[path], name, getattr(before, name))
                self._entries.clear()
                self._dirty.clear()
                failure = str(error)
                continue
            self._stuck = False
            _log.warning(
                "journal full: oldest messages dropped and declared void", dropped=dropped, file=str(self._path)
            )
            return entries
        if not self._stuck:
            self._stuck = True
            _log.error("journal full, and its disk too: nothing can be dropped", error=failure, file=str(self._path))
        return []

    def _drop(self, goal: int) -> tuple[list[Entry], int]:
        """Drop the oldest down to ``goal`` bytes, and declare it: (the declarations, how many were dropped)."""
        by_id = {s.id: s for s in self.streams.values()}
        spans: dict[tuple[int, int], list[int]] = {}
        dropped = 0
        # the events that declare the loss must follow in the same transaction as the loss
        self._db.execute("BEGIN IMMEDIATE")
        while self.used_bytes() > goal:
            rows = self._db.execute(
                "SELECT id, stream, epoch, seq FROM message ORDER BY id LIMIT ?", (_CHUNK,)
            ).fetchall()
            if not rows:
                break
            self._db.execute("DELETE FROM message WHERE id <= ?", (rows[-1][0],))
            for _, stream_id, epoch, seq in rows:
                spans.setdefault((stream_id, epoch), []).append(seq)
            dropped += len(rows)
        for (stream_id, epoch), seqs in spans.items():
            by_id[stream_id].pending -= len(seqs)
            for first, last in ranges(seqs):
                self._void(by_id[stream_id], epoch, first, last, "dropped-by-policy")
        self._db.executemany(
            "INSERT INTO message (stream, epoch, seq, channel, payload) VALUES (?,?,?,?,?)",
            [(e.stream.id, e.epoch, e.seq, e.channel, e.payload) for e in self._entries],
        )
        self._write_streams()
        self._db.execute("COMMIT")
        entries, self._entries = self._entries, []
        self._dirty.clear()
        return entries, dropped


def ranges(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Ascending numbers as inclusive ranges: 1, 2, 3, 7 are (1, 3) and (7, 7)."""
    found: list[tuple[int, int]] = []
    for number in numbers:
        if found and number == found[-1][1] + 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return found
