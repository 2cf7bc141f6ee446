"""State intervals of a machine, from its events: kept as such, so that no figure needs the raw points."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from andon_contracts.messages import Event, GapMarked, StateChanged

#: Nothing is known: before the first state, while a machine was silent, or while its computer slept.
OFFLINE = "offline"


@dataclass(frozen=True, slots=True)
class Interval:
    """The machine is in ``state`` in [start, stop), because of ``reason``. ``began``: when it came into it, which
    may be before ``start``: there somebody began to look, or only the reason changed; None means at ``start``."""

    start: int
    stop: int
    state: str
    reason: str = ""
    began: int | None = None

    @property
    def fresh(self) -> bool:
        """Whether the machine came into the state at ``start``."""
        return self.began is None or self.began == self.start


def intervals(
    events: Iterable[Event],
    start: int,
    stop: int,
    *,
    before: StateChanged | None = None,
    silent: Sequence[tuple[int, int]] = (),
    plant: Callable[[int], int] = lambda wall: wall,
) -> list[Interval]:
    """[start, stop) in plant time, cut into states without gap or overlap; equal neighbours are one.

    ``events`` and ``silent`` ranges have wall times, in any order; ``before`` is the last state that began earlier;
    ``plant`` is the plant clock. Marked gaps and silent ranges are offline, whatever state was said before.
    """
    changes = sorted(
        (plant(e.t), e.epoch, e.seq, e.state, e.reason)
        for e in (*([before] if before else []), *events)
        if isinstance(e, StateChanged)
    )
    kept = list(events) if not isinstance(events, list) else events
    unknown = [(plant(e.start), plant(e.t)) for e in kept if isinstance(e, GapMarked)]
    unknown += [(plant(a), plant(b)) for a, b in silent]
    said: list[Interval] = []
    at, state, reason, began = start, OFFLINE, "", start
    for true, _, _, next_state, next_reason in changes:
        t = min(max(true, start), stop)
        if t > at:
            said.append(Interval(at, t, state, reason, began))
            at = t
        if state != next_state:
            began = true
        state, reason = next_state, next_reason
    if at < stop:
        said.append(Interval(at, stop, state, reason, began))
    return _joined(_without(said, sorted(unknown)))


def _without(said: list[Interval], unknown: list[tuple[int, int]]) -> list[Interval]:
    """``said`` with the unknown ranges cut out and marked offline."""
    found: list[Interval] = []
    for one in said:
        at = one.start
        for low, high in unknown:
            low, high = max(low, at), min(high, one.stop)
            if low >= high:
                continue
            if low > at:
                found.append(Interval(at, low, one.state, one.reason, one.began))
            found.append(Interval(low, high, OFFLINE, "", low))
            at = high
        if at < one.stop:
            found.append(Interval(at, one.stop, one.state, one.reason, one.began))
    return found


def _joined(parts: list[Interval]) -> list[Interval]:
    found: list[Interval] = []
    for part in parts:
        if found and (found[-1].state, found[-1].reason) == (part.state, part.reason):
            found[-1] = Interval(found[-1].start, part.stop, part.state, part.reason, found[-1].began)
        else:
            found.append(part)
    return found


def cut(parts: Sequence[Interval], start: int, stop: int) -> list[Interval]:
    """What lies in [start, stop)."""
    return [
        Interval(max(p.start, start), min(p.stop, stop), p.state, p.reason, p.began)
        for p in parts
        if p.start < stop and p.stop > start
    ]
