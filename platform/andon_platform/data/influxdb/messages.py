"""Messages put together again from points, by their numbers.

Points are found by time and carry their message's number as a value. Times and numbers of an epoch grow together, so
the newest stretch is looked at first, and longer ones until one begins at or before the number that is wanted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace

import msgspec
from andon_contracts.messages import Event, Quality, Sample, Telemetry

from andon_platform.data.aggregate import DAY, HOUR, MINUTE
from andon_platform.data.influxdb.connection import microseconds, pieced
from andon_platform.data.influxdb.scripts import FOREVER, source
from andon_platform.data.influxdb.text import flux
from andon_platform.data.port import MessageQuery

Ask = Callable[[str], Awaitable[list[dict[str, str]]]]
#: How far back (us) is looked, one after the other.
STRETCHES = (10 * MINUTE, 2 * HOUR, DAY)
_event = msgspec.json.Decoder(Event)
_quality = msgspec.json.Decoder(dict[str, Quality])


@dataclass(slots=True)
class _Point:
    bucket: str
    t: int
    seq: int
    sample: Sample = field(init=False)

    def __post_init__(self) -> None:
        self.sample = Sample(t=self.t, values={})


async def messages(ask: Ask, now: int, oldest: int, asked: MessageQuery) -> list[Telemetry | Event]:
    """See the port. Raw reaches back to ``oldest`` at most."""
    start = await _start(ask, now, oldest, asked)
    found: dict[int, Telemetry | Event] = {}
    points = await _points(ask, "@seq", asked, start)
    texts: dict[int, dict[str, str]] = defaultdict(dict)
    for bucket, since in (("events", start), ("late", 0)):
        by_time: dict[str, dict[str, str]] = defaultdict(dict)
        for row in await ask(_events_since_script(bucket, asked.machine, asked.epoch, since)):
            by_time[row["_time"]][row["_field"]] = row["_value"]
        for fields in by_time.values():
            if asked.first <= (seq := int(fields.pop("seq"))) <= asked.last:
                texts[seq] = fields
    wanted = sorted({*texts, *(p.seq for p in points)})[: asked.limit]
    if not wanted:
        return []
    points += await _points(ask, "@more", replace(asked, last=wanted[-1]), start)
    points = [p for p in points if p.seq <= wanted[-1]]
    await _fill(ask, points, asked)
    for seq in wanted:
        samples = sorted((p.sample for p in points if p.seq == seq), key=lambda s: s.t) if seq not in texts else []
        found[seq] = (
            Telemetry(machine=asked.machine, epoch=asked.epoch, seq=seq, samples=samples)
            if samples
            else _event.decode(pieced(texts[seq]))
        )
    return [found[seq] for seq in wanted]


async def _points(ask: Ask, field: str, asked: MessageQuery, start: int) -> list[_Point]:
    return [
        _Point(bucket, microseconds(row["_time"]), int(row["_value"]))
        for bucket, since in (("raw", start), ("late", 0))
        for row in await ask(_numbers_script(bucket, field, asked, since))
    ]


async def _start(ask: Ask, now: int, oldest: int, asked: MessageQuery) -> int:
    """A time from which on all that is wanted lies."""
    for stretch in STRETCHES:
        if now - stretch <= oldest:
            break
        rows = await ask(_first_number_script(asked.machine, asked.epoch, now - stretch))
        if any(int(row["_value"]) <= asked.first for row in rows):
            return now - stretch
    return max(0, oldest)


async def _fill(ask: Ask, points: list[_Point], asked: MessageQuery) -> None:
    """Values and qualities of the points."""
    for bucket in ("raw", "late"):
        at = {p.t: p for p in points if p.bucket == bucket}
        if not at:
            continue
        for row in await ask(_fields_script(bucket, asked.machine, asked.epoch, min(at), max(at) + 1)):
            point = at.get(microseconds(row["_time"]))
            if point is None:
                continue
            if row["_field"] == "@q":
                point.sample.q = _quality.decode(row["_value"])
            else:
                point.sample.values[row["_field"]] = float(row["_value"])


def _of(machine: str, epoch: int) -> str:
    return f'r.machine == {flux(machine)} and r.epoch == "{epoch:d}"'


def _first_number_script(machine: str, epoch: int, since: int) -> str:
    """The number of the first message of an epoch since then."""
    return (
        f'{source("raw", since, FOREVER)} |> filter(fn: (r) => r._measurement == "raw" and {_of(machine, epoch)} '
        f'and r._field == "@seq") |> first() |> keep(columns: ["_value"])'
    )


def _numbers_script(bucket: str, field: str, asked: MessageQuery, since: int) -> str:
    """Times and numbers of the points whose number in ``field`` is asked for; as many as the limit of ``@seq``, of
    which a message has one, and all of ``@more``."""
    limit = f" |> limit(n: {asked.limit:d})" if field == "@seq" else ""
    return (
        f'{source(bucket, since, FOREVER)} |> filter(fn: (r) => r._measurement == "{bucket}" and '
        f'{_of(asked.machine, asked.epoch)} and r._field == "{field}" and r._value >= {asked.first:d} and '
        f'r._value <= {asked.last:d}){limit} |> keep(columns: ["_time", "_value"])'
    )


def _events_since_script(bucket: str, machine: str, epoch: int, since: int) -> str:
    """Numbers and texts of an epoch's events."""
    return (
        f'{source(bucket, since, FOREVER)} |> filter(fn: (r) => r._measurement == "event" and {_of(machine, epoch)} '
        f'and (r._field == "seq" or r._field =~ /^p/)) |> keep(columns: ["_time", "_value", "_field"])'
    )


def _fields_script(bucket: str, machine: str, epoch: int, start: int, stop: int) -> str:
    """Values and qualities of an epoch's points."""
    return (
        f'{source(bucket, start, stop)} |> filter(fn: (r) => r._measurement == "{bucket}" and {_of(machine, epoch)} '
        f'and r._field != "@seq" and r._field != "@more") |> keep(columns: ["_time", "_value", "_field"])'
    )
