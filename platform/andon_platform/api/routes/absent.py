"""When nothing is known of a machine: by the registry's history, corrected by what its journal told since."""

from __future__ import annotations

from andon_contracts.messages import GapMarked

from andon_platform.api.intervals import Interval, absences, unknown
from andon_platform.api.services import Services
from andon_platform.data.port import EventQuery
from andon_platform.registry.record import Machine

#: A machine marks its gap when it is back: at most so long after the registry has it.
_NEAR_US = 60_000_000
_MOST = 1_000


async def absent(have: Services, machine: Machine, start: int, stop: int) -> tuple[list[Interval], list[GapMarked]]:
    """Offline intervals of the wall range, and the gaps that the machine marked over absences that touch it: these may
    end, and be marked, long after the range."""
    history = (await have.registry.history(machine.path, limit=_MOST))[::-1]
    away = absences(history, start, stop)
    over = [(a.start, a.stop) for a in away if a.stop is not None]
    marked: list[GapMarked] = []
    if over:
        query = EventQuery(over[0][0], over[-1][1] + _NEAR_US, machine.path, ("gap",), _MOST, newest=True)
        marked = [e for e in await have.store.events(query) if isinstance(e, GapMarked)]
    known = max((t for t, _ in have.hub.latest.get(machine.path, {}).values()), default=0)
    return unknown(machine.path, away, [(e.start, e.t) for e in marked], known, start, stop), marked
