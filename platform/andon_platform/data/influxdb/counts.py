"""Sums of pieces, made by the server: several reads, which must all have seen the same rows."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace

from andon_contracts.messages import Event, PiecesCounted

from andon_platform.data.counting import summed
from andon_platform.data.influxdb.scripts import below, source
from andon_platform.data.port import CountQuery, Counts, EventQuery

Ask = Callable[[str], Awaitable[list[dict[str, str]]]]
#: So many rounds are tried before a machine that counts all the time is summed from its events.
ROUNDS = 4
#: More counts than a machine makes in any range that is asked for.
ALL = 10_000_000


async def counts(ask: Ask, events: Callable[[EventQuery], Awaitable[list[Event]]], asked: CountQuery) -> list[Counts]:
    """See the port. A machine's sum holds where as many rows were there before it was made as after."""
    found: dict[str, Counts] = {}
    places: Sequence[str] = asked.places
    before = await _newest(ask, asked, places)
    for _ in range(ROUNDS):
        sums = await _rows(ask, _sums_script(asked.start, asked.stop, places), ("good", "scrap", "summed"))
        after = await _newest(ask, asked, places)
        for machine, now in after.items():
            good, scrap, n = sums.get(machine, (0, 0, 0))
            if before.get(machine) == now and n == now.events:
                found[machine] = replace(now, good=good, scrap=scrap)
        open_ones = [machine for machine in after if machine not in found]
        if not open_ones:
            break
        before, places = after, open_ones
    else:
        for machine in open_ones:  # or rows of an earlier version, which have no fields to be summed
            query = EventQuery(asked.start, asked.stop, machine, ("count",), ALL)
            found[machine] = summed(machine, [e for e in await events(query) if isinstance(e, PiecesCounted)])
    return [found[machine] for machine in sorted(found)]


async def _newest(ask: Ask, asked: CountQuery, places: Sequence[str]) -> dict[str, Counts]:
    """Each machine's newest count and their number; nothing is summed yet."""
    found: dict[str, Counts] = {}
    for row in await ask(_newest_script(asked.start, asked.stop, places)):
        machine, epoch, value = row["machine"], int(row["epoch"]), int(row["_value"])
        was = found.get(machine, Counts(machine, 0, 0, 0, 0, 0))
        if row["result"] == "events":
            found[machine] = replace(was, events=was.events + value)
        else:
            epoch, seq = max((was.epoch, was.seq), (epoch, value))
            found[machine] = replace(was, epoch=epoch, seq=seq)
    return found


async def _rows(ask: Ask, script: str, names: tuple[str, str, str]) -> dict[str, tuple[int, int, int]]:
    """Machine to the values of the results named, over all epochs."""
    found: dict[str, dict[str, int]] = {}
    for row in await ask(script):
        mine = found.setdefault(row["machine"], dict.fromkeys(names, 0))
        mine[row["result"]] += int(row["_value"])
    return {machine: (v[names[0]], v[names[1]], v[names[2]]) for machine, v in found.items()}


def _newest_script(start: int, stop: int, places: Sequence[str]) -> str:
    """``newest`` and ``events``: the highest seq and the number of counts, one row per machine and epoch."""
    return _pieces_counted(start, stop, places, {"newest": ("seq", "max"), "events": ("seq", "count")})


def _sums_script(start: int, stop: int, places: Sequence[str]) -> str:
    """``good``, ``scrap`` and the number of rows that were ``summed``, one row per machine and epoch."""
    pieces = {"good": ("good", "sum"), "scrap": ("scrap", "sum"), "summed": ("good", "count")}
    return _pieces_counted(start, stop, places, pieces)


def _pieces_counted(start: int, stop: int, places: Sequence[str], pieces: Mapping[str, tuple[str, str]]) -> str:
    # each piece reads for itself: only so is it summed where the data lies
    where = 'r._measurement == "event" and r.kind == "count"' + (f" and {below(places)}" if places else "")
    return "\n".join(
        f'{source("events", start, stop)} |> filter(fn: (r) => {where} and r._field == "{field}") |> {function}() '
        f'|> keep(columns: ["_value", "machine", "epoch"]) |> yield(name: "{name}")'
        for name, (field, function) in pieces.items()
    )
