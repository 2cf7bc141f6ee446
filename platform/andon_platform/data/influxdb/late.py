"""Rows that come when raw of their time is gone, or nearly so: they stand in a bucket of their own, ``late``.

InfluxDB has no transactions, so nothing is added to a roll-up that stands: the late rows of a minute are all kept,
make a roll-up of their own, and make it again when more of them come. Written twice, a row replaces itself; rolled
up twice, so does the roll-up. Rows carry a *generation*. One that is old enough is closed, once all of its messages
are settled (so that none of them comes again) and rolled up: then its rows go, and its roll-ups stay for ever.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec
from andon_contracts.messages import Telemetry

from andon_platform.data.influxdb.lines import RawLines
from andon_platform.data.influxdb.scripts import FOREVER, source, time
from andon_platform.data.influxdb.server import Server
from andon_platform.data.influxdb.text import flux
from andon_platform.data.port import Mark, MarkKey

#: So many machines are named in one question.
OWNERS = 50


def split(messages: Iterable[Telemetry], floor: int) -> tuple[list[Telemetry], list[Telemetry], list[Telemetry]]:
    """Messages before ``floor``, messages after it, and the later samples of those that reach across."""
    old, new, rest = [], [], []
    for message in messages:
        before = [s for s in message.samples if s.t < floor]
        if not before:
            new.append(message)
        elif len(before) == len(message.samples):
            old.append(message)
        else:
            old.append(msgspec.structs.replace(message, samples=before))
            rest.append(msgspec.structs.replace(message, samples=message.samples[len(before) :]))
    return old, new, rest


def write(server: Server, lines: RawLines, messages: Sequence[Telemetry], edge: int, floor: int, gen: str) -> int:
    """Write samples before ``floor`` as late ones, and the others as raw. Returns the number of values.

    What ingest wrote just before it was killed comes again, when ``floor`` has moved on: from ``edge`` on, where raw
    is still rolled up, a message that stands there as raw is not stored as late besides.
    """
    old, new, rest = split(messages, floor)
    there = _there(server, [m for m in old if m.samples[-1].t >= edge], floor)
    total = sum(len(s.values) for m in old if (m.machine, m.epoch, m.seq) in there for s in m.samples)
    old = [m for m in old if (m.machine, m.epoch, m.seq) not in there]
    for bucket, series, some, number in (
        ("late", f"late,gen={gen}", old, "@seq"),
        ("raw", "raw", new, "@seq"),
        ("raw", "raw", rest, "@more"),
    ):
        if some:
            text, values = lines.build(some, series, number)
            server.write(bucket, text)
            total += values
    return total


def _there(server: Server, messages: Sequence[Telemetry], stop: int) -> set[tuple[str, int, int]]:
    """(machine, epoch, seq) of those messages that stand in raw before ``stop``."""
    found = set()
    owners = sorted({(m.machine, m.epoch) for m in messages})
    for at in range(0, len(owners), OWNERS):
        some = owners[at : at + OWNERS]
        mine = [m for m in messages if (m.machine, m.epoch) in some]
        for row in server.ask(_stored_script(some, mine, stop)):
            found.add((row["machine"], int(row["epoch"]), int(row["_value"])))
    return found


def settled(server: Server, gen: str, marks: Mapping[MarkKey, Mark]) -> bool:
    """Whether no message of the generation can come again."""
    nothing = Mark()
    return all(
        marks.get((row["machine"], int(row["epoch"])), nothing).settled >= int(row["_value"])
        for row in server.ask(_newest_late_script(gen))
    )


def sweep(server: Server, writer: str, current: str) -> list[str]:
    """Delete the rows of a writer's closed generations; says which."""
    found = [row["_value"] for row in server.ask(_generations_script())]
    mine = [gen for gen in found if gen.rpartition("-")[0] == writer and gen.rpartition("-")[2].isdigit()]
    closed = [gen for gen in mine if gen != current]
    for gen in closed:
        server.delete("late", f'gen="{gen}"')
    return closed


def _stored_script(owners: Sequence[MarkKey], messages: Sequence[Telemetry], stop: int) -> str:
    """Numbers of the owners' rows in raw that lie among the messages'."""
    who = " or ".join(f'(r.machine == {flux(machine)} and r.epoch == "{epoch:d}")' for machine, epoch in owners)
    numbers = [m.seq for m in messages]
    return (
        f'{source("raw", min(m.samples[0].t for m in messages), stop)} |> filter(fn: (r) => r._measurement == "raw" '
        f'and ({who}) and r._field == "@seq" and r._value >= {min(numbers):d} and r._value <= {max(numbers):d}) '
        '|> keep(columns: ["_value", "machine", "epoch"])'
    )


def _newest_late_script(gen: str) -> str:
    """The highest sequence number of each machine and epoch among the late rows of a generation."""
    return (
        f'{source("late", 0, FOREVER)} |> filter(fn: (r) => r._measurement == "late" and r.gen == {flux(gen)} '
        f'and r._field == "@seq") |> max() |> keep(columns: ["_value", "machine", "epoch"])'
    )


def _generations_script() -> str:
    """The generations of which there are late rows or events."""
    return (
        f'import "influxdata/influxdb/schema"\nschema.tagValues(bucket: "late", tag: "gen", start: {time(0)}, '
        f"stop: {time(FOREVER)})"
    )
