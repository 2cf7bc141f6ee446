"""What is counted and not measured: how many values there are, and how timely they were.

A part of a minute's delays is a point of its own in the bucket of minutes: its stamp lies within that minute by as much
as its part says, so that parts stand beside each other, and writing one again replaces it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Iterable, Sequence

from andon_platform.data.aggregate import MINUTE, floor
from andon_platform.data.delays import BINS, NONE, Delays, added
from andon_platform.data.influxdb.connection import microseconds
from andon_platform.data.influxdb.scripts import below, source
from andon_platform.data.influxdb.text import flux, plain
from andon_platform.data.plan import Stretch

Ask = Callable[[str], Awaitable[list[dict[str, str]]]]


async def value_counts(ask: Ask, stretches: Sequence[Stretch], places: Sequence[str]) -> dict[tuple[str, str], int]:
    """See the port; summed where the data lies."""
    found: Counter[tuple[str, str]] = Counter()
    for where, start, stop in stretches:
        for bucket in ("raw", "late") if where == "raw" else (where,):
            for row in await ask(_script(bucket, start, stop, places)):
                name = row["_field"] if bucket in ("raw", "late") else row["signal"]
                found[row["machine"], name] += int(float(row["_value"]))
    return {key: n for key, n in found.items() if n}


def _script(bucket: str, start: int, stop: int, places: Sequence[str]) -> str:
    of = f" and {below(places)}" if places else ""
    if bucket in ("raw", "late"):
        where, how, name = f'r._measurement == "{bucket}" and r._field !~ /^@/', "count", "_field"
    else:
        where, how, name = 'r._measurement == "rolled" and r._field == "n"', "sum", "signal"
    return (
        f"{source(bucket, start, stop)} |> filter(fn: (r) => {where}{of}) |> {how}() "
        f'|> keep(columns: ["_value", "machine", "{name}"])'
    )


def delay_lines(counted: Iterable[Delays], kept_from: int) -> list[str]:
    """Line protocol; minutes before ``kept_from`` would be refused by the server."""
    return [
        f"delay,machine={plain(d.machine)} "
        + "".join(f"c{i}={n}i," for i, n in enumerate(d.counts) if n)
        + f"longest={d.longest}i {d.t + d.part % MINUTE}"
        for d in counted
        if d.t >= kept_from
    ]


async def delays(ask: Ask, machine: str, start: int, stop: int) -> list[Delays]:
    """See the port."""
    points: dict[str, dict[str, int]] = defaultdict(dict)
    for row in await ask(
        f'{source("minute", start, stop)} |> filter(fn: (r) => r._measurement == "delay" and '
        f'r.machine == {flux(machine)}) |> keep(columns: ["_time", "_field", "_value"])'
    ):
        points[row["_time"]][row["_field"]] = int(row["_value"])
    return added(_delays(machine, microseconds(time), fields) for time, fields in points.items())


def _delays(machine: str, t: int, fields: dict[str, int]) -> Delays:
    counts = list(NONE)
    for i in range(BINS):
        counts[i] = fields.get(f"c{i}", 0)
    return Delays(machine, floor(t, MINUTE), t % MINUTE, tuple(counts), fields.get("longest", 0))
