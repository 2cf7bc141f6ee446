"""What must change together with the rows: marks, counters, late minutes. Kept as a journal in the chunk.

Each batch appends one small JSON entry in its own transaction, which costs a fraction of what updating a table
of marks does; opening folds the entries. From time to time one entry with everything replaces the others.
"""

from __future__ import annotations

from collections import Counter

import duckdb
import msgspec
from andon_contracts.messages import Span

from andon_platform.data.plan import Range
from andon_platform.data.port import Mark, MarkKey


class _MarkEntry(msgspec.Struct, array_like=True):
    machine: str
    epoch: int
    settled: int
    above: list[Span]
    stored: int
    quarantined: int
    voided: int
    updated: int


class Entry(msgspec.Struct, omit_defaults=True):
    """One line of the journal. ``late`` replaces the list of late ranges; ``all`` marks a full entry."""

    marks: list[_MarkEntry] = []
    counts: dict[str, int] = {}
    late: list[Range] | None = None
    all: bool = False


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Entry).decode


def _mark_entry(key: MarkKey, m: Mark) -> _MarkEntry:
    return _MarkEntry(key[0], key[1], m.settled, list(m.above), m.stored, m.quarantined, m.voided, m.updated)


class Ledger:
    """The journal's state in memory, and its entries."""

    #: Bytes of entries after which a full one replaces them.
    COMPACT = 4_000_000

    def __init__(self) -> None:
        self.marks: dict[MarkKey, Mark] = {}
        self.counts: Counter[str] = Counter()
        self.late: list[Range] = []
        self._no = 0
        self._size = 0

    def load(self, cursor: duckdb.DuckDBPyConnection, alias: str) -> None:
        """Fold the journal of a chunk."""
        for no, text in cursor.execute(f"SELECT no, entry FROM {alias}.journal ORDER BY no").fetchall():
            self.fold(_decode(text))
            self._no = no

    def fold(self, entry: Entry) -> None:
        """Take up what an entry says; call it for one's own entry once that is durable."""
        for m in entry.marks:
            self.marks[m.machine, m.epoch] = Mark(
                m.settled, tuple(m.above), m.stored, m.quarantined, m.voided, m.updated
            )
        if entry.all:
            self.counts = Counter(entry.counts)
        else:
            self.counts.update(entry.counts)
        if entry.late is not None:
            self.late = [(a, b) for a, b in entry.late]

    def entry(self, marks: dict[MarkKey, Mark], counts: dict[str, int], late: list[Range] | None) -> Entry:
        """The entry for a batch."""
        return Entry([_mark_entry(k, m) for k, m in marks.items()], counts, late)

    def write(self, cursor: duckdb.DuckDBPyConnection, alias: str, entry: Entry) -> None:
        """Append the entry, within the caller's transaction."""
        text = _encode(entry).decode()
        self._no += 1
        cursor.execute(f"INSERT INTO {alias}.journal VALUES (?, ?)", [self._no, text])
        self._size += len(text)
        if self._size > self.COMPACT:
            # what stands in memory is older than ``entry`` by one: write both, in order
            self._no += 2
            cursor.execute(f"DELETE FROM {alias}.journal")
            whole = _encode(self.whole()).decode()
            cursor.execute(f"INSERT INTO {alias}.journal VALUES (?, ?), (?, ?)", [self._no - 1, whole, self._no, text])
            self._size = 0

    def whole(self) -> Entry:
        """Everything in one entry."""
        return Entry([_mark_entry(k, m) for k, m in self.marks.items()], dict(self.counts), list(self.late), True)
