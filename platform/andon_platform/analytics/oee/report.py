"""From a machine's events to its figures: elements, ratios, losses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from andon_contracts.messages import Event, OperationFinished, OperationStarted, PiecesCounted, StateChanged
from andon_contracts.plant_clock import PlantClock

from andon_platform.analytics.oee.calendar import Calendar
from andon_platform.analytics.oee.elements import Elements, Made, elements
from andon_platform.analytics.oee.explained import Given, Scrapped, explained
from andon_platform.analytics.oee.states import Interval, intervals


@dataclass(frozen=True, slots=True)
class Past:
    """What is known of a machine in a range of wall time: ``before`` is its last state before it, ``silent`` are
    the ranges in which the registry did not have it, and ``cycles_s`` the planned time of its operations.
    Events may reach beyond the range: an operation that ends later counts with its share. ``given`` and ``scrapped``
    are what people said since: reasons of stops, and good pieces that were scrap (wall times)."""

    before: StateChanged | None
    events: Sequence[Event]
    silent: Sequence[tuple[int, int]] = ()
    cycles_s: Mapping[str, float] = field(default_factory=dict)
    given: Sequence[Given] = ()
    scrapped: Sequence[Scrapped] = ()


def made(
    events: Iterable[Event], clock: PlantClock, cycles_s: Mapping[str, float], product: str | None = None
) -> list[Made]:
    """Pieces and planned times, in plant time; of one product, or of all. Each event counts once.

    ``cycles_s``: planned time of each operation in seconds, for the one that is still at work: its PRI is not said
    before it ends.
    """
    found: dict[tuple[int, int], Made] = {}
    running: OperationStarted | None = None
    for e in sorted(events, key=lambda e: (e.t, e.epoch, e.seq)):
        t = clock.plant(e.t)
        if isinstance(e, OperationStarted):
            running = e
        elif isinstance(e, OperationFinished):
            running = None
            planned, began = round(e.planned_s * 1e6), t - round(e.duration_s * 1e6)
            if product is None or e.product == product:
                found[e.epoch, e.seq] = Made(t, planned_us=planned, product=e.product, began=began)
        elif isinstance(e, PiecesCounted) and (product is None or e.product == product):
            found[e.epoch, e.seq] = Made(t, good=e.good, scrap=e.scrap, product=e.product)
    if running is not None and running.operation in cycles_s and product in (None, running.product):
        began, planned = clock.plant(running.t), round(cycles_s[running.operation] * 1e6)
        found[running.epoch, running.seq] = Made(
            began + planned, planned_us=planned, product=running.product, began=began
        )
    return list(found.values())


def states_of(past: Past, clock: PlantClock, start: int, stop: int) -> list[Interval]:
    """State intervals of the wall range [start, stop), in plant time, with the reasons that people gave."""
    plant = clock.plant
    said = intervals(past.events, plant(start), plant(stop), before=past.before, silent=past.silent, plant=clock.plant)
    return explained(said, [Given(plant(g.t), g.state, g.reason) for g in past.given])


def found_bad(past: Past, clock: PlantClock, product: str | None = None) -> list[Made]:
    """Pieces that people found bad, as corrections of what was counted then: as many pieces, fewer of them good."""
    return [
        Made(clock.plant(s.t), good=-s.pieces, scrap=s.pieces, product=s.product)
        for s in past.scrapped
        if product in (None, s.product)
    ]


def machine_elements(
    past: Past, clock: PlantClock, calendar: Calendar, start: int, stop: int, product: str | None = None
) -> Elements:
    """Of the wall range [start, stop). With ``product``, only while that product was in the machine, and only its
    pieces: from each operation's start to the next one's of another product."""
    first, last = clock.plant(start), clock.plant(stop)
    states = states_of(past, clock, start, stop)
    if product is not None:
        ranges = product_ranges(past.events, clock, product, first, last)
        states = [part for low, high in ranges for part in _inside(states, low, high)]
    pieces = [*made(past.events, clock, past.cycles_s, product), *found_bad(past, clock, product)]
    return elements(states, calendar.stretches(first, last), pieces, first, last)


def _inside(states: Sequence[Interval], low: int, high: int) -> list[Interval]:
    return [
        Interval(max(s.start, low), min(s.stop, high), s.state, s.reason, s.began if s.began is not None else s.start)
        for s in states
        if s.start < high and s.stop > low
    ]


def product_ranges(
    events: Iterable[Event], clock: PlantClock, product: str, start: int, stop: int
) -> list[tuple[int, int]]:
    """Plant time in which the machine worked on ``product``: what it began last."""
    begun = sorted(
        (clock.plant(e.t), e.epoch, e.seq, getattr(e, "product", ""))
        for e in events
        if e.__struct_config__.tag in ("operation-started", "operation-finished")
    )
    found: list[tuple[int, int]] = []
    at, now = start, begun[0][3] if begun else ""
    for t, _, _, name in begun:
        if name != now:
            if now == product and at < t:
                found.append((max(at, start), min(t, stop)))
            at, now = t, name
    if now == product and at < stop:
        found.append((max(at, start), stop))
    return found
