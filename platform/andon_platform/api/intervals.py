"""States as intervals: from the events of a machine, with ``offline`` laid over them from the registry's history."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from andon_contracts.messages import StateChanged

from andon_platform.registry.record import Happening


@dataclass(frozen=True, slots=True)
class Interval:
    """``state`` from ``start`` to ``stop``, microseconds UTC."""

    machine: str
    state: str
    reason: str
    text: str
    start: int
    stop: int


def states(machine: str, changes: Iterable[StateChanged], start: int, stop: int) -> list[Interval]:
    """One after another without overlap; ``changes`` is oldest first and may begin before ``start``."""
    found: list[Interval] = []
    for change in changes:
        if change.t >= stop:
            break
        if found and found[-1].stop > change.t:
            found[-1] = replace(found[-1], stop=change.t)
        found.append(Interval(machine, change.state, change.reason, change.text, change.t, stop))
    clipped = (replace(i, start=max(i.start, start)) for i in found if i.stop > start)
    return _joined([i for i in clipped if i.stop > i.start])


@dataclass(frozen=True, slots=True)
class Absence:
    """The registry did not have the machine in [start, stop), because of ``reason``; without ``stop`` it still has not.
    ``same``: it came back with the journal that it went with."""

    start: int
    stop: int | None
    reason: str
    same: bool = False


def absences(history: Sequence[Happening], start: int, stop: int) -> list[Absence]:
    """Those that touch [start, stop); ``history`` is oldest first."""
    found: list[Absence] = []
    since: Happening | None = None
    for happening in history:
        if happening.what in ("death", "silent", "removed"):
            since = since or happening
        elif since is not None:
            found.append(Absence(since.t, happening.t, since.reason, since.epoch == happening.epoch))
            since = None
    if since is not None:
        found.append(Absence(since.t, None, since.reason))
    return [a for a in found if a.start < stop and (a.stop is None or a.stop > start)]


def unknown(
    machine: str, away: Iterable[Absence], gaps: Sequence[tuple[int, int]], known: int, start: int, stop: int
) -> list[Interval]:
    """What of absences is offline, in [start, stop).

    A machine that was only not reached went on, and its journal tells of it late. So when it is back, of the absence
    only what came after its newest stamp (``known``) is not known; and where it marked itself when it stopped
    (``gaps``), its word stands. One that comes back with another journal and marked nothing was away all the time.
    """
    found = []
    for a in away:
        since = a.start
        if a.stop is not None and (a.same or any(low < a.stop and high > a.start for low, high in gaps)):
            since = max(a.start, known)
        low, high = max(since, start), min(stop if a.stop is None else a.stop, stop)
        if low < high:
            found.append(Interval(machine, "offline", a.reason, "", low, high))
    return found


def overlay(below: Sequence[Interval], above: Sequence[Interval]) -> list[Interval]:
    """``above`` covers what lies below it; both are sorted and without overlaps of their own."""
    found = list(above)
    for interval in below:
        rest = interval
        for cover in above:
            if cover.stop <= rest.start or cover.start >= rest.stop:
                continue
            if cover.start > rest.start:
                found.append(replace(rest, stop=cover.start))
            rest = replace(rest, start=min(cover.stop, rest.stop))
            if rest.start >= rest.stop:
                break
        if rest.start < rest.stop:
            found.append(rest)
    return sorted(found, key=lambda i: i.start)


def _joined(found: list[Interval]) -> list[Interval]:
    joined: list[Interval] = []
    for i in found:
        last = joined[-1] if joined else None
        if last and last.stop == i.start and (last.state, last.reason) == (i.state, i.reason):
            joined[-1] = replace(last, stop=i.stop)
        else:
            joined.append(i)
    return joined
