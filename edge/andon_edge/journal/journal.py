"""The journal of one edge process: messages, numbering, worlds' state and plant clocks in one transaction.

``put`` numbers a message, ``commit`` writes everything since the last commit at once and returns what may be
published now. A commit of 20 messages takes about 0.2 ms (``benchmarks/bench_edge.py``), so it runs in the
loop itself; only the checkpoint, which waits for the disk, has a thread.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
import structlog
from andon_contracts.codec import encode
from andon_contracts.errors import MessageError
from andon_contracts.messages import ClockSegment, Telemetry, Voided

from andon_edge.journal.database import checkpointer, open_database, set_aside
from andon_edge.journal.errors import JournalBroken, JournalFull
from andon_edge.journal.stream import Stream
from andon_edge.ports import Outgoing

_log = structlog.get_logger()

#: Answers kept, so that a command that comes twice is performed once.
_REPLIES = 2_000
#: When the journal is full, this part of it is freed at once, so that it does not happen at each message; where the
#: disk has no room for the log of so large a change, the next smaller part.
_FREED = (0.1, 0.01, 0.001)
_CHUNK = 500
#: Declared ranges remembered per machine; one that is forgotten is at worst declared again.
_DECLARED = 1_000


@dataclass(frozen=True, slots=True)
class Entry:
    """A message as it goes to the broker."""

    stream: Stream
    epoch: int
    seq: int
    channel: str
    payload: bytes


class Journal:
    """See the module. Not for several threads; one edge process has one."""

    def __init__(self, path: Path, *, now: Callable[[], int], max_bytes: int) -> None:
        self._path, self._now, self._max_bytes = path, now, max_bytes
        self._db, self.complete = open_database(path, now())
        self.streams: dict[str, Stream] = {}
        self.resent = 0
        self._entries: list[Entry] = []
        self._dirty: dict[str, Stream] = {}
        self._trims: dict[tuple[int, int], tuple[Stream, int]] = {}
        self._states: list[tuple[str, str, bytes]] = []
        self._clocks: list[tuple[str, str]] = []
        self._replies: list[tuple[str, str, bytes]] = []
        self.checkpoint = checkpointer(path)
        self._stuck = False
        self._load()
        self._next_id = max((s.id for s in self.streams.values()), default=0) + 1

    def _load(self) -> None:
        pending = dict(self._db.execute("SELECT stream, count(*) FROM message GROUP BY stream").fetchall())
        for row in self._db.execute("SELECT id, path, epoch, next_seq, last_t, session, sent, voided FROM stream"):
            stream = Stream(*row)
            stream.pending = pending.get(stream.id, 0)
            if not self.complete:
                stream.begin_epoch(self._now())
                self._dirty[stream.path] = stream
            self.streams[stream.path] = stream

    # --- writing ----------------------------------------------------------------------------------------------

    def stream(self, path: str) -> Stream:
        """The machine's numbering, begun with a new epoch if it has none."""
        if path not in self.streams:
            # written with the next commit: a machine may come while the disk takes nothing
            self.streams[path] = self._dirty[path] = Stream(self._next_id, path, self._now())
            self._next_id += 1
        return self.streams[path]

    def put(self, message: Outgoing) -> None:
        """Number the message and hold it for the next commit. One that is too large is refused and voided."""
        stream, now = self.stream(message.machine), self._now()
        stream.stamp(message, now)
        if isinstance(message, Telemetry):
            message.journaled = now
        self._dirty[stream.path] = stream
        try:
            payload = encode(message)
        except MessageError as error:
            _log.warning("message refused before the journal", machine=stream.path, error=str(error))
            self._void(stream, message.epoch, message.seq, message.seq, "too-large")
            return
        channel = "telemetry" if isinstance(message, Telemetry) else "event"
        self._entries.append(Entry(stream, message.epoch, message.seq, channel, payload))
        stream.pending += 1

    def declare_void(self, path: str, epoch: int, first: int, last: int, reason: str) -> None:
        """Say, as a counted event, that these messages will never come (they are not in the journal)."""
        stream = self.stream(path)
        if (epoch, first, last) not in stream.declared:
            self._void(stream, epoch, first, last, reason, counted=False)

    def _void(self, stream: Stream, epoch: int, first: int, last: int, reason: str, *, counted: bool = True) -> None:
        if len(stream.declared) >= _DECLARED:
            stream.declared.clear()
        stream.declared.add((epoch, first, last))
        if counted:  # these were sent by this journal; others were lost with an older one, which counted them
            stream.voided += last - first + 1
        # right behind the last message: now could lie ahead of samples that are still to be put
        t = min(self._now(), stream.last_t + 1) if stream.last_t else self._now()
        self.put(
            Voided(machine=stream.path, epoch=0, seq=0, t=t, of_epoch=epoch, first=first, last=last, reason=reason)
        )

    def keep_state(self, world: str, state: Mapping[str, bytes]) -> None:
        """A world's changed state, for the transaction that holds what it said."""
        self._states += [(world, key, value) for key, value in state.items()]

    def keep_clock(self, enterprise: str, segments: Iterable[ClockSegment]) -> None:
        """A plant's clock."""
        self._clocks.append((enterprise, msgspec.json.encode(list(segments)).decode()))

    def keep_reply(self, owner: str, command_id: str, payload: bytes) -> None:
        """The answer to a command, so that it is not performed a second time."""
        self._replies.append((owner, command_id, payload))

    def adopt(self, path: str, sent: int, last_t: int) -> None:
        """Count messages of a past of the machine, the last of ``last_t`` (us UTC), that the platform has settled
        already, so that sums still agree and what is missing since is a gap from there."""
        stream = self.stream(path)
        stream.sent += sent
        stream.last_t = max(stream.last_t, last_t)
        self._dirty[path] = stream

    def begin_epoch(self, stream: Stream) -> None:
        """From the next message on the machine counts anew."""
        stream.begin_epoch(self._now())
        self._dirty[stream.path] = stream

    def next_session(self, stream: Stream) -> int:
        """A session number that grows with each connection, even if the journal before was lost."""
        stream.session = max(stream.session + 1, self._now())
        self._dirty[stream.path] = stream
        return stream.session

    def settle(self, stream: Stream, epoch: int, settled: int) -> None:
        """Forget messages up to ``settled`` with the next commit."""
        key = (stream.id, epoch)
        if settled > self._trims.get(key, (stream, 0))[1]:
            self._trims[key] = (stream, settled)

    @property
    def has_work(self) -> bool:
        """Whether a commit would write anything."""
        return bool(self._entries or self._trims or self._states or self._clocks or self._replies or self._dirty)

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

    # --- reading ----------------------------------------------------------------------------------------------

    def after(self, stream: Stream, epoch: int, seq: int, limit: int) -> list[Entry]:
        """Pending messages after (epoch, seq), oldest first."""
        rows = self._db.execute(
            "SELECT epoch, seq, channel, payload FROM message WHERE stream = ? AND (epoch, seq) > (?, ?) "
            "ORDER BY epoch, seq LIMIT ?",
            (stream.id, epoch, seq, limit),
        )
        return [Entry(stream, *row) for row in rows.fetchall()]

    def between(self, stream: Stream, epoch: int, first: int, last: int, limit: int) -> list[Entry]:
        """Pending messages ``first`` to ``last`` of an epoch."""
        rows = self._db.execute(
            "SELECT epoch, seq, channel, payload FROM message WHERE stream = ? AND epoch = ? AND seq BETWEEN ? AND ? "
            "ORDER BY seq LIMIT ?",
            (stream.id, epoch, first, last, limit),
        )
        return [Entry(stream, *row) for row in rows.fetchall()]

    def absent(self, stream: Stream, epoch: int, first: int, last: int) -> list[tuple[int, int]]:
        """The ranges within ``first`` to ``last`` that the journal does not hold."""
        rows = self._db.execute(
            "SELECT seq FROM message WHERE stream = ? AND epoch = ? AND seq BETWEEN ? AND ? ORDER BY seq",
            (stream.id, epoch, first, last),
        )
        gaps, expected = [], first
        for (seq,) in rows:
            if seq > expected:
                gaps.append((expected, seq - 1))
            expected = seq + 1
        if expected <= last:
            gaps.append((expected, last))
        return gaps

    def state(self, world: str) -> dict[str, bytes]:
        """All state that was kept of a world, written or held for the next commit."""
        state = dict(self._db.execute("SELECT key, value FROM world WHERE name = ?", (world,)).fetchall())
        return {**state, **{key: value for name, key, value in self._states if name == world}}

    def clock(self, enterprise: str) -> list[ClockSegment]:
        """A plant's segments, or none."""
        row = self._db.execute("SELECT segments FROM clock WHERE enterprise = ?", (enterprise,)).fetchone()
        return msgspec.json.decode(row[0], type=list[ClockSegment]) if row else []

    @property
    def knows_clocks(self) -> bool:
        """Whether it holds any plant's clock; a new journal does not."""
        return bool(self._clocks) or self._db.execute("SELECT 1 FROM clock LIMIT 1").fetchone() is not None

    def reply(self, owner: str, command_id: str) -> bytes | None:
        """The answer that was given to a command, if it was given."""
        for held_owner, held_id, payload in self._replies:
            if (held_owner, held_id) == (owner, command_id):
                return payload
        row = self._db.execute("SELECT payload FROM reply WHERE owner = ? AND id = ?", (owner, command_id)).fetchone()
        return bytes(row[0]) if row else None

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


def ranges(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Ascending numbers as inclusive ranges: 1, 2, 3, 7 are (1, 3) and (7, 7)."""
    found: list[tuple[int, int]] = []
    for number in numbers:
        if found and number == found[-1][1] + 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return found
