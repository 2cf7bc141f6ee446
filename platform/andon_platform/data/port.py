"""The store's port: what any store of Andon can do. InfluxDB and DuckDB are adapters; `memory` is the fake.

One contract suite (``tests/contract/test_store_contract.py``) runs on every adapter. Times are integer
microseconds UTC. A value's identity is (machine, epoch, seq, sample, signal): writing it twice stores it once.

A value may come when raw of its time is gone (a journal that was away for long). It is added to the roll-ups of its
minute and hour, once, with the next :meth:`TelemetryStore.roll_up` of a range that :meth:`TelemetryStore.stale` names;
where minutes are gone as well, to its hour alone. Its message's events are kept like any others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from andon_contracts.messages import Event, Span, Telemetry

from andon_platform.data.aggregate import Aggregate
from andon_platform.data.delays import Delays
from andon_platform.data.history import RolledUp

MarkKey = tuple[str, int]
"""(machine, epoch)."""


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A message that cannot be trusted, kept as it came. ``id`` is stable over redeliveries."""

    id: str
    received: int
    topic: str
    payload: bytes
    reason: str
    detail: str
    machine: str = ""
    epoch: int = 0
    seq: int = 0
    replayed: int = 0


@dataclass(frozen=True, slots=True)
class Mark:
    """What is settled of an epoch: all up to ``settled``, and the ranges above it.

    ``stored``, ``quarantined`` and ``voided`` count messages; each seq is counted once, under one of them.
    """

    settled: int = 0
    above: tuple[Span, ...] = ()
    stored: int = 0
    quarantined: int = 0
    voided: int = 0
    updated: int = 0


@dataclass(slots=True)
class Batch:
    """What ingest writes in one go; when :meth:`TelemetryStore.write` returns, all of it is durable.

    ``marks`` hold, for each epoch in the batch, the mark as it is once the batch is stored.
    """

    telemetry: list[Telemetry] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    quarantined: list[Quarantined] = field(default_factory=list)
    marks: dict[MarkKey, Mark] = field(default_factory=dict)
    received: int = 0
    replays: str = ""
    """The quarantined message that this batch stores after all; it is marked as replayed with the rows.

    Such a message is settled already (as quarantined), so the marks do not keep it out.
    """


@dataclass(frozen=True, slots=True)
class SeriesQuery:
    """Points of one signal in [start, stop). ``every`` (us) buckets them by ``agg``; raw needs none.

    Buckets start at multiples of ``every`` since 1970. ``stddev`` is of the population (one value: 0).
    Where raw data of the range is gone, ``every`` grows to what the roll-ups still hold; the answer says so.
    """

    machine: str
    signal: str
    start: int
    stop: int
    every: int | None = None
    agg: Aggregate = "mean"
    limit: int = 10_000


@dataclass(frozen=True, slots=True)
class Series:
    """The answer: bucket starts (or stamps, raw) and values, oldest first; empty buckets are absent.

    ``source`` says what was read: ``raw``, ``minute`` or ``hour``. ``truncated``: the limit cut the end.
    """

    machine: str
    signal: str
    times: Sequence[int]
    values: Sequence[float]
    every: int | None
    agg: Aggregate
    source: Literal["raw", "minute", "hour"]
    truncated: bool = False


@dataclass(frozen=True, slots=True)
class EventQuery:
    """Events in [start, stop), newest last; of one machine and of some kinds, or of all."""

    start: int
    stop: int
    machine: str | None = None
    kinds: tuple[str, ...] = ()
    limit: int = 1_000
    newest: bool = False
    """With a limit: the newest of the range rather than the oldest."""
    enterprise: str | None = None
    """Those of the machines of one enterprise alone."""


@dataclass(frozen=True, slots=True)
class CountQuery:
    """Pieces counted in [start, stop) by the machines at or below any of these places; none: by all.

    A place is a beginning of the path, level by level: an enterprise, a site, a line, a machine.
    """

    start: int
    stop: int
    places: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Counts:
    """What a machine counted: pieces good and scrap, from ``events`` counts, of which the newest is the message
    (``epoch``, ``seq``): a live stream goes on after it without gap and without counting twice."""

    machine: str
    good: int
    scrap: int
    events: int
    epoch: int
    seq: int


@dataclass(frozen=True, slots=True)
class ValueQuery:
    """Values measured in [start, stop), both full minutes, of the machines at or below any of these places (see
    :class:`CountQuery`); none: of all."""

    start: int
    stop: int
    places: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MessageQuery:
    """Messages ``first`` to ``last`` of a machine's epoch, the lowest numbers first."""

    machine: str
    epoch: int
    first: int
    last: int
    limit: int = 1_000


@dataclass(frozen=True, slots=True)
class StoreHealth:
    """How the store is: figures for health, doctor and the summary of a run."""

    kind: str
    ready: bool
    detail: str
    bytes_on_disk: int
    oldest_raw: int | None
    counts: Mapping[str, int]
    """``values``, ``messages``, ``events``, ``quarantined``, ``voided``, ``duplicated``."""


class TelemetryStore(Protocol):
    """All methods are coroutines and safe to call at the same time; errors are ``StoreError``."""

    async def open(self) -> None: ...

    async def close(self) -> None: ...

    async def write(self, batch: Batch) -> None: ...

    async def marks(self) -> dict[MarkKey, Mark]: ...

    async def series(self, query: SeriesQuery) -> Series: ...

    async def events(self, query: EventQuery) -> list[Event]: ...

    async def counts(self, query: CountQuery) -> list[Counts]:
        """Sums of pieces, a row for each machine that counted any, in the order of their paths."""
        ...

    async def value_counts(self, query: ValueQuery) -> dict[tuple[str, str], int]:
        """(machine, signal) to how many values there are, from roll-ups where they stand; signals without any are
        absent. Where minutes are gone, hours that overlap the range count as a whole."""
        ...

    async def write_delays(self, counted: Sequence[Delays]) -> None:
        """Keep how timely values were, for as long as minutes; a part that is there already is replaced."""
        ...

    async def delays(self, machine: str, start: int, stop: int) -> list[Delays]:
        """Of the machine's minutes in [start, stop), oldest first, the parts of each added up (``part`` 0)."""
        ...

    async def messages(self, query: MessageQuery) -> list[Telemetry | Event]:
        """What was stored, as it came (values of a sample in any order), in the order of its numbers. Those whose
        raw data is gone are absent, and so are numbers that were quarantined or voided."""
        ...

    async def latest(self, machine: str | None = None) -> dict[str, dict[str, tuple[int, float]]]:
        """Machine to signal to (time, value): the newest of the last day."""
        ...

    async def quarantine(
        self, *, limit: int = 100, before: int | None = None, below: str = "", reason: str | None = None
    ) -> list[Quarantined]:
        """By (received, id), the greatest first: those received before ``before``, and of those received in that very
        microsecond the ids below ``below``. So the last one of a page begins the next."""
        ...

    async def quarantine_get(self, id: str) -> Quarantined | None: ...

    async def quarantine_done(self, id: str, when: int) -> None:
        """Mark as replayed."""
        ...

    async def stale(self, now: int) -> list[tuple[int, int]]:
        """Ranges whose roll-ups are missing or out of date, oldest first: complete minutes before ``now``
        that were never rolled up, and those that got late rows since. Survives a restart."""
        ...

    async def roll_up(self, start: int, stop: int) -> None:
        """Compute minute and hour values of [start, stop) afresh from raw, whatever stood there; where raw is gone,
        add what has come since."""
        ...

    async def write_history(self, rolled: Sequence[RolledUp], until: int) -> None:
        """Minutes and hours of a time before ``until`` (us UTC, a full hour), from which on raw begins: a back-fill.
        The same again replaces itself. Raises ``StoreRefused`` where there is raw before ``until``."""
        ...

    async def retain(self, now: int) -> dict[str, Any]:
        """Drop what is older than retention allows or than the disk's limit holds; says what it dropped."""
        ...

    async def health(self, *, exact: bool = False) -> StoreHealth:
        """``exact`` counts duplicates by reading everything (for the summary); else counters."""
        ...
