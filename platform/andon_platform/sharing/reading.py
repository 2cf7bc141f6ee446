"""The answer of a product as a table, from the store."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
import numpy as np
from andon_contracts.messages import Birth

from andon_platform.data.port import CountQuery, Counts, EventQuery, SeriesQuery, TelemetryStore
from andon_platform.sharing.errors import TooManyValues
from andon_platform.sharing.product import Column, Product, Question
from andon_platform.sharing.schema import column_of

Counted = Callable[[CountQuery], Awaitable[list[Counts]]]

MAX_CELLS: Final = 200_000
MAX_RAW: Final = 20_000
"""Raw values of one signal."""
MAX_EVENTS: Final = 10_000
_RAW_US: Final = 3_600_000_000
_DAY_US: Final = 24 * _RAW_US


@dataclass(frozen=True, slots=True)
class Table:
    """One list a column; ``truncated``: a limit cut the end. A missing number is NaN."""

    columns: tuple[Column, ...]
    data: list[Any]
    truncated: bool = False
    sources: tuple[str, ...] = ()
    """What was read of the store: raw, minute, hour."""

    @property
    def rows(self) -> int:
        """How many."""
        return len(self.data[0]) if self.data else 0

    def newest(self, rows: int) -> Table:
        """The last so many rows, by time where there is one."""
        if rows >= self.rows:
            return self
        names = [c.name for c in self.columns]
        order = np.argsort(np.asarray(self.data[names.index("t")]), kind="stable") if "t" in names else None
        kept = sorted(order[-rows:]) if order is not None else range(rows)
        data = [np.asarray(column, object if isinstance(column, list) else None)[list(kept)] for column in self.data]
        return Table(self.columns, data, True, self.sources)


def usual_range(question: Question, now: int, machines: int) -> tuple[int, int]:
    """What is read where nothing is said: the newest of what is offered, as much as one answer holds."""
    if question.kind == "events":
        length = _DAY_US
    elif question.kind == "counts":
        length = question.back
    elif question.every is None:
        length = _RAW_US
    else:
        length = question.every * max(1, MAX_CELLS // (max(1, machines) * max(1, len(question.signals))) - 1)
    return now - min(length, question.back), now


async def read(
    store: TelemetryStore, counted: Counted, product: Product, machines: Sequence[Birth], start: int, stop: int
) -> Table:
    """The product's values in [start, stop), sorted by machine and time. ``counted`` sums pieces, as all figures do.

    Raises:
        TooManyValues: more than one answer holds; says what to ask for instead.
    """
    match product.question.kind:
        case "events":
            return await _events(store, product, machines, start, stop)
        case "counts":
            return await _counts(counted, product, machines, start, stop)
    return await _series(store, product, machines, start, stop)


async def _series(store: TelemetryStore, product: Product, machines: Sequence[Birth], start: int, stop: int) -> Table:
    asked = product.question
    pairs = [(b.machine, s) for b in machines for s in b.signals if s.name in asked.signals]
    limit = MAX_RAW
    if asked.every is not None:
        buckets = (stop - start) // asked.every + 1
        if buckets * max(1, len(pairs)) > MAX_CELLS:
            most = asked.every * (MAX_CELLS // max(1, len(pairs))) // 1_000_000
            raise TooManyValues(
                f"{buckets * len(pairs)} values, at most {MAX_CELLS} at once: ask for {most} s or less with start and "
                "stop, one range after another"
            )
        limit = buckets + 1
    queries = (SeriesQuery(m, s.name, start, stop, asked.every, asked.agg, limit) for m, s in pairs)
    found = await asyncio.gather(*(store.series(q) for q in queries))
    paths: list[str] = []
    times: list[Any] = []
    values: list[list[Any]] = [[] for _ in product.columns]
    for birth in machines:
        mine = [(s, row) for (m, s), row in zip(pairs, found, strict=True) if m == birth.machine]
        stamps = np.unique(np.concatenate([np.asarray(row.times, np.int64) for _, row in mine]))
        cells = {i: np.full(len(stamps), np.nan) for i in range(3, len(product.columns))}
        for signal, row in mine:
            at = column_of(signal.name, signal.unit, product.columns)
            cells[at][np.searchsorted(stamps, np.asarray(row.times, np.int64))] = np.asarray(row.values, np.float64)
        paths += [birth.machine] * len(stamps)
        times.append(stamps)
        for i, cell in cells.items():
            values[i].append(cell)
    t = np.concatenate(times) if times else np.array([], np.int64)
    numbers = [np.concatenate(cells) if cells else np.array([], np.float64) for cells in values[3:]]
    sources = tuple(sorted({row.source for row in found}, key=("raw", "minute", "hour").index))
    return Table(product.columns, [paths, t, t, *numbers], any(row.truncated for row in found), sources)


async def _events(store: TelemetryStore, product: Product, machines: Sequence[Birth], start: int, stop: int) -> Table:
    most = MAX_EVENTS // len(machines) if machines else 0
    queries = (EventQuery(start, stop, b.machine, product.question.events, most + 1, newest=True) for b in machines)
    found = await asyncio.gather(*(store.events(q) for q in queries))
    rows = [e for events in found for e in events[-most:]]
    t = np.array([e.t for e in rows], np.int64)
    kinds = [str(e.__struct_config__.tag) for e in rows]
    data = [[e.machine for e in rows], kinds, t, t, [msgspec.json.encode(e).decode() for e in rows]]
    return Table(product.columns, data, any(len(events) > most for events in found))


async def _counts(counted: Counted, product: Product, machines: Sequence[Birth], start: int, stop: int) -> Table:
    places = tuple(b.machine for b in machines)
    # without a place the store would count every machine there is
    rows = {c.machine: c for c in await counted(CountQuery(start, stop, places))} if places else {}
    sums = [(rows[m].good, rows[m].scrap, rows[m].events) if m in rows else (0, 0, 0) for m in places]
    return Table(product.columns, [list(places), *(np.array([s[i] for s in sums], np.int64) for i in range(3))])
