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


def absences(machine: str, history: Sequence[Happening], start: int, stop: int) -> list[Interval]:
    """When the registry did not have the machine; ``history`` is oldest first."""
    found: list[Interval] = []
    since: Happening | None = None
    for happening in history:
        if happening.what in ("death", "silent", "removed"):
            since = since or happening
        elif since is not None:
            found.append(Interval(machine, "offline", since.reason, "", since.t, happening.t))
            since = None
    if since is not None:
        found.append(Interval(machine, "offline", since.reason, "", since.t, stop))
    clipped = (replace(i, start=max(i.start, start), stop=min(i.stop, stop)) for i in found)
    return [i for i in clipped if i.stop > i.start]


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
