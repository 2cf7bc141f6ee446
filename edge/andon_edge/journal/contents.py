"""What a journal's file holds, read: messages that wait, worlds' state, clocks, answers that were given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec
from andon_contracts.messages import ClockSegment

from andon_edge.journal.database import checkpointer, open_database
from andon_edge.journal.stream import Stream


@dataclass(frozen=True, slots=True)
class Entry:
    """A message as it goes to the broker."""

    stream: Stream
    epoch: int
    seq: int
    channel: str
    payload: bytes


class Contents:
    """The file, and what is held for its next commit, which counts as if it were written."""

    def __init__(self, path: Path, *, now: Callable[[], int], max_bytes: int) -> None:
        self._path, self._now, self._max_bytes = path, now, max_bytes
        self._db, self.complete = open_database(path, now())
        self.streams: dict[str, Stream] = {}
        self.resent = 0
        # what the next commit writes
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
