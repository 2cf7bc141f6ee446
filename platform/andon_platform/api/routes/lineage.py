"""Lineage: from a figure to its formula, and on to the signals, events and the journal that it came from."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import Annotated, Any

from andon_contracts.messages import Event, SignalSpec
from andon_contracts.topics import PREFIX
from fastapi import APIRouter, Query
from fastapi.responses import Response

from andon_platform.analytics.energy.meters import AIR, ELECTRICITY
from andon_platform.analytics.lineage.figures import FIGURES, SUMMED, Figure
from andon_platform.api import limits
from andon_platform.api.answers import PROBLEMS, json
from andon_platform.api.auth import DataReader, Have
from andon_platform.api.models_lineage import FigureList, LineageView
from andon_platform.api.problems import BadQuestion, NotFound, TooMuch
from andon_platform.api.routes.common import Start, Stop, known_machine
from andon_platform.api.services import Services
from andon_platform.data.aggregate import HOUR, MINUTE, ceil, floor
from andon_platform.data.port import EventQuery, SeriesQuery, StoreHealth
from andon_platform.registry.record import Machine

router = APIRouter(prefix="/lineage", tags=["catalogue"], responses=PROBLEMS)
_DAY_US = 86_400_000_000
#: Longest range that is followed back.
MAX_US = 31 * _DAY_US


@router.get("/figures", response_model=FigureList)
async def figures(who: DataReader) -> Response:
    """The figures that have a lineage."""
    return json({"figures": [entry_of(f) for f in FIGURES.values()]})


@router.get("", response_model=LineageView)
async def lineage(
    who: DataReader,
    have: Have,
    figure: Annotated[str, Query(max_length=32, description="As `/lineage/figures` names it.", examples=["oee"])],
    machine: Annotated[str, Query(max_length=64, examples=["polaris/north/cabinets/cabinets-1/press-1"])],
    signal: Annotated[
        str | None, Query(max_length=64, description="Of a control chart, a capability, a quality, a value.")
    ] = None,
    start: Start = "-8h",
    stop: Stop = "now",
) -> Response:
    """Where a figure of a machine comes from: formula and standard, the elements of it, the events and signals that
    they are read from with how many came in the range, and what became of the messages of the machine's journal."""
    known = known_figure(figure)
    found = known_machine(have, who, machine)
    first, last = limits.span(start, stop, have.now())
    if last - first > MAX_US:
        raise TooMuch("more than 31 days at once", limit="range", maximum="31 days")
    signals = _signals(known, found, signal)
    health, happened, marks = await asyncio.gather(
        have.store.health(), have.history.of(found.path, first, last), have.store.marks()
    )
    voids = await have.store.events(EventQuery(first, last, found.path, ("void",), 1_000, newest=True))
    events = happened[1]
    names = {f"signal:{s.name}": s for s in signals}
    elements = [
        asdict(e) | {"sources": [id for source in e.sources for id in _named(known, source, names)]}
        for e in known.elements
    ]
    ids = list(dict.fromkeys(id for e in elements for id in e["sources"]))
    sources = await asyncio.gather(*(_source(have, found, id, names, events, health, first, last) for id in ids))
    journals = [
        {
            "epoch": epoch,
            "messages": max((mark.settled, *(r.last for r in mark.above))),
            "stored": mark.stored,
            "quarantined": mark.quarantined,
            "voided": mark.voided,
            "missing": _missing(mark.settled, [(r.first, r.last) for r in mark.above]),
            "updated": mark.updated,
        }
        for (path, epoch), mark in sorted(marks.items(), reverse=True)
        if path == found.path
    ]
    birth = found.birth
    return json(
        {
            "figure": entry_of(known),
            "machine": {
                "path": found.path, "title": birth.title, "type": birth.type, "origin": birth.origin,
                "source": birth.source, "session": birth.session,
            },
            "start": first, "stop": last, "elements": elements, "sources": sources, "journals": journals,
            "gaps": sum(_kind(e) == "gap" for e in events), "voids": len(voids), "store": health.kind,
        }
    )  # fmt: skip


def entry_of(figure: Figure) -> dict[str, Any]:
    """A figure without its elements."""
    row = asdict(figure) | {"summed": figure.name in SUMMED}
    row.pop("elements")
    return row


def known_figure(name: str) -> Figure:
    """Raises :class:`NotFound`."""
    if (known := FIGURES.get(name)) is None:
        raise NotFound(f"no figure {name[:32]!r}; GET /lineage/figures lists them")
    return known


def _signals(figure: Figure, machine: Machine, named: str | None) -> list[SignalSpec]:
    """The signals that this figure of this machine is read from."""
    wanted = {source for e in figure.elements for source in e.sources}
    there = machine.birth.signals
    if "signal:all" in wanted:
        return list(there)
    for role in (ELECTRICITY, AIR):
        if f"signal:{role}" in wanted:
            return [s for s in there if s.role == role]
    if "signal:*" not in wanted:
        return []
    if named is None and figure.family == "quality":
        return list(there)
    if named is None:
        raise BadQuestion(f"{figure.name} is of one characteristic: say which with signal=...")
    found = [s for s in there if s.name == named]
    if not found and figure.family != "spc":  # what operations measure is no signal
        raise NotFound(f"{machine.path} has no signal {named!r}; it has: {', '.join(s.name for s in there)}")
    return found


def _named(figure: Figure, source: str, signals: dict[str, SignalSpec]) -> list[str]:
    """What an element's source is called in this answer."""
    if source.startswith("signal:"):
        return list(signals)
    if figure.family == "spc" and source == "event:operation-finished" and signals:
        return []  # a signal's values: no operation measured them
    return [source]


async def _source(
    have: Services,
    machine: Machine,
    id: str,
    signals: dict[str, SignalSpec],
    events: list[Event],
    health: StoreHealth,
    start: int,
    stop: int,
) -> dict[str, Any]:
    kind, _, name = id.partition(":")
    row: dict[str, Any] = dict.fromkeys(("count", "expected", "earlier", "completeness", "first", "last", "read_from"))
    row |= {"id": id, "kind": kind, "name": name, "unit": "", "topic": "", "kept": []}
    home = f"{PREFIX}/{machine.path}"
    if kind == "signal":
        return row | {"topic": f"{home}/telemetry"} | await _signal(have, machine, signals[id], health, start, stop)
    if kind == "event":
        stamps = [e.t for e in events if _kind(e) == name]
        ends = {"first": min(stamps), "last": max(stamps)} if stamps else {}
        return row | {"topic": f"{home}/event", "count": len(stamps)} | ends
    if kind == "announced":
        topics = {"topic": f"{home}/birth"}
        return row | topics | {"count": len(getattr(machine.birth, name))}
    if kind == "plant":
        channel = "clock" if name == "clock" else "layout"
        return row | {"topic": f"{PREFIX}/{machine.identity.enterprise}/{channel}"}
    return row


async def _signal(
    have: Services, machine: Machine, signal: SignalSpec, health: StoreHealth, start: int, stop: int
) -> dict[str, Any]:
    """How much of a signal came, and as what it is kept and read."""
    query = SeriesQuery(machine.path, signal.name, start, stop, MINUTE, "count", (stop - start) // MINUTE + 2)
    found = await have.store.series(query)
    # nothing was due before the machine was known: a past that was filled in has as many values as it has
    known = max(start, ceil(machine.first_seen, MINUTE))
    earlier = round(sum(float(n) for t, n in zip(found.times, found.values, strict=True) if t < known))
    count = round(sum(float(n) for n in found.values)) - earlier
    due = round(max(0, min(stop, have.now()) - known) / 1e6 * signal.rate_hz)
    ends: dict[str, Any] = {}
    if len(found.times):
        ends = {"first": int(found.times[0]), "last": int(found.times[-1]) + (found.every or 0)}
    return {
        "unit": signal.unit,
        "count": count,
        "expected": due,
        "earlier": earlier,
        "completeness": min(1.0, count / due) if due else None,
        "read_from": found.source,
        "kept": _kept(have, health, start, min(stop, have.now())),
    } | ends


def _kept(have: Services, health: StoreHealth, start: int, stop: int) -> list[dict[str, Any]]:
    """Raw from the oldest that is left on, minutes before that, hours before those."""
    raw = min(stop, floor(health.oldest_raw, MINUTE)) if health.oldest_raw is not None else stop
    minutes = min(raw, ceil(have.now() - round(have.settings.minute_days * _DAY_US), HOUR))
    edges = (("hour", start, minutes), ("minute", max(start, minutes), raw), ("raw", max(start, raw), stop))
    return [{"kept": kind, "start": a, "stop": b} for kind, a, b in edges if a < b]


def _missing(settled: int, above: list[tuple[int, int]]) -> int:
    """Numbers below the highest that are not settled."""
    top = max((settled, *(last for _, last in above)))
    return top - settled - sum(last - first + 1 for first, last in above)


def _kind(event: Event) -> str:
    return str(event.__struct_config__.tag)
