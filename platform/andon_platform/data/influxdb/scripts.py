"""Flux: one function per question; those that one module alone asks stand there.

Values from outside enter only through :func:`text.flux` or as integers.
"""

from __future__ import annotations

from collections.abc import Iterable

from andon_platform.data.aggregate import Aggregate
from andon_platform.data.influxdb.text import flux

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


def events(
    bucket: str, start: int, stop: int, machine: str | None, kinds: Iterable[str], limit: int, newest: bool
) -> str:
    """Events; at most ``limit`` per machine, epoch and kind."""
    where = ['r._measurement == "event"', "r._field =~ /^p/"]
    if machine is not None:
        where.append(f"r.machine == {flux(machine)}")
    some = " or ".join(f"r.kind == {flux(kind)}" for kind in kinds)
    if some:
        where.append(f"({some})")
    cut = "tail" if newest else "limit"
    return (
        f"{source(bucket, start, stop)} |> filter(fn: (r) => {' and '.join(where)}) |> {cut}(n: {limit}) "
        f'|> keep(columns: ["_time", "_value", "_field", "machine", "epoch", "kind"])'
    )


def quarantine_ids(before: int, reason: str | None, id: str | None, limit: int) -> str:
    """Where entries stand: newest first."""
    where = ['r._measurement == "quarantine"', 'r._field == "id"']
    if reason is not None:
        where.append(f"r.reason == {flux(reason)}")
    if id is not None:
        where.append(f"r._value == {flux(id)}")
    return (
        f"{source('events', 0, before)} |> filter(fn: (r) => {' and '.join(where)}) |> group() "
        f'|> sort(columns: ["_time"], desc: true) |> limit(n: {limit}) '
        f'|> map(fn: (r) => ({{r with at: int(v: r._time)}})) |> keep(columns: ["at", "_value", "reason", "page"])'
    )


def quarantine_entry(at: int, page: str) -> str:
    """All fields of the entry at ``at`` ns."""
    return (
        f'from(bucket: "events") |> range(start: time(v: {at}), stop: time(v: {at + 1})) '
        f'|> filter(fn: (r) => r._measurement == "quarantine" and r.page == {flux(page)}) '
        f'|> keep(columns: ["_field", "_value", "reason"]) |> map(fn: (r) => ({{r with _value: string(v: r._value)}}))'
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
