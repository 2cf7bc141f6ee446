"""What people said, as figures take it: reasons of stops, and pieces that they found bad."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from andon_contracts.messages import OperationFinished, PiecesCounted, StateChanged

from andon_platform.analytics.oee.explained import Given, Scrapped
from andon_platform.api.services import Services
from andon_platform.data.port import CountQuery, Counts, EventQuery
from andon_platform.people.scrap import BACK_US, Counted
from andon_platform.people.stops import StopReason

#: A unit's count follows its end of work at once; the two may come in either order.
_NEAR_US = 60_000_000
_SEEN = 200


async def reasons_said(
    have: Services, before: Mapping[str, StateChanged | None], start: int, stop: int
) -> dict[str, list[tuple[Given, StopReason]]]:
    """Reasons for stops of the wall range, per machine, the last word last. ``before`` is each machine's last state
    before the range: a stop that began earlier has its reason from then."""
    found: dict[str, list[tuple[Given, StopReason]]] = {machine: [] for machine in before}
    for r in await have.people.stops.of(list(before), start, stop):
        last = before[r.machine]
        t = r.t
        if last is not None and r.t < last.t and last.state == r.state and await _stood(have, r.machine, r.t, last):
            t = last.t  # the machine only changed its words since
        found[r.machine].append((Given(t, r.state, r.reason), r))
    return found


async def _stood(have: Services, machine: str, since: int, last: StateChanged) -> bool:
    """Whether the machine has been in one state from then on."""
    query = EventQuery(since + 1, last.t + 1, machine, ("state",), _SEEN, newest=True)
    return all(e.state == last.state for e in await have.store.events(query) if isinstance(e, StateChanged))


async def pieces_scrapped(have: Services, machines: Sequence[str], start: int, stop: int) -> dict[str, list[Scrapped]]:
    """Pieces counted in the wall range that people found bad, per machine."""
    await settle_scrap(have, machines)
    found: defaultdict[str, list[Scrapped]] = defaultdict(list)
    for one in await have.people.scrap.pieces(machines, start, stop):
        found[one.machine].append(Scrapped(one.t, one.pieces, one.product))
    return dict(found)


async def counted(have: Services, query: CountQuery) -> list[Counts]:
    """The store's counts, with what people found bad among the scrap."""
    rows = await have.store.counts(query)
    await settle_scrap(have, query.places)
    bad: defaultdict[str, int] = defaultdict(int)
    for one in await have.people.scrap.pieces(query.places, query.start, query.stop):
        bad[one.machine] += one.pieces
    return [replace(c, good=c.good - bad[c.machine], scrap=c.scrap + bad[c.machine]) for c in rows]


async def settle_scrap(have: Services, places: Sequence[str]) -> None:
    """Look whether the machine has counted the units that were booked while they were in it."""
    for booking, _ in await have.people.scrap.waiting(places):
        found = await finished(have, booking.machine, booking.unit, booking.t - _NEAR_US)
        if found is not None:
            await have.people.scrap.counted(booking, await count_of(have, found) if found.good else None)


async def finished(have: Services, machine: str, unit: str, since: int) -> OperationFinished | None:
    """When the machine finished a unit, the last time."""
    query = EventQuery(since, have.now() + _NEAR_US, machine, ("operation-finished",), 10_000, newest=True)
    rows = await have.store.events(query)
    return next((e for e in reversed(rows) if isinstance(e, OperationFinished) and e.unit == unit), None)


async def count_of(have: Services, end: OperationFinished) -> Counted:
    """The count in which a finished unit is; if none is known, where it was finished."""
    query = EventQuery(end.t - _NEAR_US, end.t + _NEAR_US, end.machine, ("count",), 1_000, newest=True)
    counts = [e for e in await have.store.events(query) if isinstance(e, PiecesCounted) and e.good]
    near = min(counts, key=lambda e: (abs(e.t - end.t), e.seq < end.seq), default=None)
    return Counted(near.t if near else end.t, 1, end.product)


async def good_counts(have: Services, machine: str, until: int) -> list[Counted]:
    """Good pieces that the machine counted lately, until then."""
    query = EventQuery(until - BACK_US, until + 1, machine, ("count",), 10_000, newest=True)
    rows = await have.store.events(query)
    return [Counted(e.t, e.good, e.product) for e in rows if isinstance(e, PiecesCounted) and e.good]
