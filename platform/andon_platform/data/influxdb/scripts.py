"""Flux: one function per question; those that one module alone asks stand there.

Values from outside enter only through :func:`text.flux` or as integers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from andon_platform.data.aggregate import Aggregate
from andon_platform.data.influxdb.text import flux
from andon_platform.data.port import EventQuery

#: Flux function and roll-up field of each piece of a partial.
FUNCTIONS = {
    "n": "count",
    "total": "sum",
    "low": "min",
    "high": "max",
    "first": "first",
    "last": "last",
    "sd": '(column, tables=<-) => tables |> stddev(column: column, mode: "population")',
}
MERGES = {
    "n": "sum", "total": "sum", "low": "min", "high": "max",
    "first": "first", "last": "last", "first_t": "min", "last_t": "max",
}  # fmt: skip
PIECES: dict[Aggregate, tuple[str, ...]] = {
    "mean": ("n", "total"),
    "min": ("low",),
    "max": ("high",),
    "first": ("first", "first_t"),
    "last": ("last", "last_t"),
    "count": ("n",),
    "sum": ("total",),
    "stddev": ("n", "total", "sd"),
}


#: After every time stamp, in microseconds.
FOREVER = 9_000_000_000_000_000
_PLACE = re.compile(r"[a-z0-9/-]{1,64}\Z")


def time(us: int) -> str:
    """A Flux time."""
    return f"time(v: {max(us, 0) * 1000})"


def source(bucket: str, start: int, stop: int) -> str:
    """Points of [start, stop) us."""
    return f"from(bucket: {flux(bucket)}) |> range(start: {time(start)}, stop: {time(stop)})"


def points(machine: str, signal: str, start: int, stop: int, limit: int) -> str:
    """Raw points of a signal; at most ``limit`` per epoch."""
    return (
        f'{source("raw", start, stop)} |> filter(fn: (r) => r._measurement == "raw" and '
        f"r.machine == {flux(machine)} and r._field == {flux(signal)}) |> limit(n: {limit}) "
        f'|> keep(columns: ["_time", "_value"])'
    )


def raw_windows(machine: str, signal: str, start: int, stop: int, every: int, agg: Aggregate) -> str:
    """Pieces of partials from raw, one table per epoch; InfluxDB aggregates where the data lies."""
    data = (
        f'data = {source("raw", start, stop)} |> filter(fn: (r) => r._measurement == "raw" and '
        f"r.machine == {flux(machine)} and r._field == {flux(signal)})"
    )
    asks = [
        f"data |> aggregateWindow(every: {every}us, fn: {FUNCTIONS[piece]}, createEmpty: false, "
        f'timeSrc: "_start") |> keep(columns: ["_time", "_value", "epoch"]) |> yield(name: "{piece}")'
        for piece in PIECES[agg]
        if piece in FUNCTIONS
    ]
    return "\n".join([data, *asks])


def rolled_windows(bucket: str, machine: str, signal: str, start: int, stop: int, every: int, agg: Aggregate) -> str:
    """Pieces of partials from roll-ups; for ``stddev`` the roll-ups themselves (they merge only together)."""
    data = (
        f'data = {source(bucket, start, stop)} |> filter(fn: (r) => r._measurement == "rolled" and '
        f"r.machine == {flux(machine)} and r.signal == {flux(signal)})"
    )
    asks = []
    for piece in PIECES[agg]:
        ask = f'data |> filter(fn: (r) => r._field == "{piece}")'
        if agg != "stddev":
            ask += f' |> aggregateWindow(every: {every}us, fn: {MERGES[piece]}, createEmpty: false, timeSrc: "_start")'
        asks.append(ask + f' |> keep(columns: ["_time", "_value", "epoch", "late"]) |> yield(name: "{piece}")')
    return "\n".join([data, *asks])


def windows_of_all(start: int, stop: int, every: int, piece: str, late: str) -> str:
    """One piece of the partials of every signal of every machine, from raw, or from the late rows of a generation.
    ``squares``: the sum of v * v. The first and the last value come with their own time, others with the window's.

    ``stddev`` of every signal would take a hundred times as long: it is not aggregated where the data lies.
    """
    rows = f'r._measurement == "late" and r.gen == {flux(late)}' if late else 'r._measurement == "raw"'
    data = f"{source('late' if late else 'raw', start, stop)} |> filter(fn: (r) => {rows} and r._field !~ /^@/)"
    if piece == "squares":
        data += " |> map(fn: (r) => ({r with _value: r._value * r._value}))"
    at = "_time" if piece in ("first", "last") else "_start"
    return (
        f"{data} |> aggregateWindow(every: {every}us, fn: {FUNCTIONS.get(piece, 'sum')}, createEmpty: false, "
        f'timeSrc: "{at}") |> keep(columns: ["_time", "_value", "_field", "machine", "epoch"])'
    )


def raw_means(machine: str, signal: str, start: int, stop: int, every: int) -> str:
    """Means from raw, one table per epoch."""
    return (
        f'{source("raw", start, stop)} |> filter(fn: (r) => r._measurement == "raw" and '
        f"r.machine == {flux(machine)} and r._field == {flux(signal)}) |> aggregateWindow(every: {every}us, "
        f'fn: mean, createEmpty: false, timeSrc: "_start") |> keep(columns: ["_time", "_value"])'
    )


def latest(machine: str | None, since: int, until: int) -> str:
    """The newest value of each signal."""
    who = "" if machine is None else f" and r.machine == {flux(machine)}"
    return (
        f'{source("raw", since, until)} |> filter(fn: (r) => r._measurement == "raw" and r._field !~ /^@/{who}) '
        f'|> last() |> keep(columns: ["_time", "_value", "_field", "machine", "epoch"])'
    )


def events(bucket: str, asked: EventQuery) -> str:
    """Events; at most the limit per machine, epoch and kind."""
    where = ['r._measurement == "event"', "r._field =~ /^p/"]
    if asked.machine is not None:
        where.append(f"r.machine == {flux(asked.machine)}")
    some = " or ".join(f"r.kind == {flux(kind)}" for kind in asked.kinds)
    if some:
        where.append(f"({some})")
    if asked.enterprise is not None:
        where.append(below((asked.enterprise,)))
    cut = "tail" if asked.newest else "limit"
    return (
        f"{source(bucket, asked.start, asked.stop)} |> filter(fn: (r) => {' and '.join(where)}) "
        f"|> {cut}(n: {asked.limit}) "
        f'|> keep(columns: ["_time", "_value", "_field", "machine", "epoch", "kind"])'
    )


def below(places: Sequence[str]) -> str:
    """A condition on the machine's path, level by level; a place that no path can have matches nothing."""
    sound = "|".join(place.replace("/", "\\/") for place in places if _PLACE.match(place))
    return f"r.machine =~ /^({sound or '!'})(\\/|$)/"


def quarantine_ids(before: int, reason: str | None, id: str | None, limit: int, below: str = "") -> str:
    """Where entries stand: by (received, id), the greatest first."""
    where = ['r._measurement == "quarantine"', 'r._field == "id"']
    if reason is not None:
        where.append(f"r.reason == {flux(reason)}")
    if id is not None:
        where.append(f"r._value == {flux(id)}")
    return (
        f"{source('events', 0, before + 1)} |> filter(fn: (r) => {' and '.join(where)}) |> group() "
        f"|> map(fn: (r) => ({{r with at: int(v: r._time), received: int(v: r._time) / 1000}})) "
        f"|> filter(fn: (r) => r.received < {before:d} or r._value < {flux(below)}) "
        f'|> sort(columns: ["received", "_value"], desc: true) |> limit(n: {limit:d}) '
        f'|> keep(columns: ["at", "_value", "reason", "page"])'
    )


def quarantine_entries(first: int, last: int, reasons: Iterable[str]) -> str:
    """All fields of the entries from ``first`` to ``last`` (ns) of these reasons."""
    some = " or ".join(f"r.reason == {flux(reason)}" for reason in sorted(reasons))
    return (
        f'from(bucket: "events") |> range(start: time(v: {first:d}), stop: time(v: {last + 1:d})) '
        f'|> filter(fn: (r) => r._measurement == "quarantine" and ({some})) '
        f"|> map(fn: (r) => ({{r with at: int(v: r._time), _value: string(v: r._value)}})) "
        f'|> keep(columns: ["at", "page", "reason", "_field", "_value"])'
    )


def state(measurement: str) -> str:
    """All fields of a measurement of the state bucket, as text."""
    return (
        f'from(bucket: "state") |> range(start: 0) |> filter(fn: (r) => r._measurement == {flux(measurement)}) '
        f'|> drop(columns: ["_start", "_stop", "_time"]) |> map(fn: (r) => ({{r with _value: string(v: r._value)}}))'
    )


def total(bucket: str, condition: str) -> str:
    """How many points a condition (of ours) selects."""
    return (
        f'from(bucket: "{bucket}") |> range(start: 0) |> filter(fn: (r) => {condition}) |> count() |> group() |> sum()'
    )


def distinct_seqs(bucket: str) -> str:
    """How many different sequence numbers the rows of telemetry carry; measurements are named like their buckets."""
    return (
        f'from(bucket: "{bucket}") |> range(start: 0) |> filter(fn: (r) => r._measurement == "{bucket}" and '
        'r._field == "@seq") |> distinct() |> count() |> group() |> sum()'
    )


def oldest() -> str:
    """The oldest row of raw."""
    return (
        'from(bucket: "raw") |> range(start: 0) |> filter(fn: (r) => r._measurement == "raw" and r._field == "@seq") '
        '|> first() |> group() |> min(column: "_time") |> keep(columns: ["_time"])'
    )
