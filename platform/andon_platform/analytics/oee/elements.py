"""Time elements of ISO 22400-2 (chapter 5), from states and the calendar.

producing is APT, setup ASUT; starved, blocked and down are ADET; idle is ADOT; all of these together are the
planned busy time PBT. A planned stop, a break and unplanned time are outside PBT; so is offline, of which
nothing is known. A machine that produces or is set up during a break or outside all shifts worked then: that time
is APT or ASUT and part of PBT; whatever else it did then is break or unplanned.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from typing import Final

from andon_platform.analytics.oee.calendar import Planned, Stretch
from andon_platform.analytics.oee.states import OFFLINE, Interval

_DELAYS: Final = ("starved", "blocked", "down")


@dataclass(slots=True)
class Elements:
    """Microseconds of plant time, and pieces. They add up: of two intervals, and of machines.

    ``planned_run_us`` is the sum of PRI over what was made: of each operation that ended here, its planned time.
    ``failures`` counts stops (down) that began here; a piece counts where it was finished.
    """

    apt: int = 0
    asut: int = 0
    starved: int = 0
    blocked: int = 0
    down: int = 0
    adot: int = 0
    planned_stop: int = 0
    breaks: int = 0
    unplanned: int = 0
    offline: int = 0
    good: int = 0
    scrap: int = 0
    planned_run_us: int = 0
    failures: int = 0
    by_reason: dict[tuple[str, str], int] = field(default_factory=dict)
    """(state, reason) to microseconds, of all that is not producing."""

    @property
    def adet(self) -> int:
        """Actual unit delay time."""
        return self.starved + self.blocked + self.down

    @property
    def aupt(self) -> int:
        """Actual unit processing time."""
        return self.apt + self.asut

    @property
    def aubt(self) -> int:
        """Actual unit busy time."""
        return self.aupt + self.adet

    @property
    def pbt(self) -> int:
        """Planned busy time."""
        return self.aubt + self.adot

    @property
    def calendar(self) -> int:
        """All time."""
        return self.pbt + self.planned_stop + self.breaks + self.unplanned + self.offline

    @property
    def produced(self) -> int:
        """PQ: good and scrap."""
        return self.good + self.scrap

    def __add__(self, other: Elements) -> Elements:
        reasons = defaultdict(int, self.by_reason)
        for key, us in other.by_reason.items():
            reasons[key] += us
        numbers = {
            f.name: getattr(self, f.name) + getattr(other, f.name) for f in fields(self) if f.name != "by_reason"
        }
        return Elements(**numbers, by_reason=dict(reasons))


@dataclass(frozen=True, slots=True)
class Made:
    """Pieces counted, or an operation that ended (``planned_us``: its PRI), at plant time ``t``.

    An operation took from ``began`` to ``t``; where an interval cuts it, it counts with its share.
    """

    t: int
    good: int = 0
    scrap: int = 0
    planned_us: int = 0
    product: str = ""
    began: int | None = None

    def planned_in(self, low: int, high: int) -> int:
        """Planned time of the part in [low, high): whole microseconds, so that parts add up to all of it."""
        if self.began is None or self.began >= self.t:
            return self.planned_us if low <= self.t < high else 0
        return self._planned_until(high) - self._planned_until(low)

    def _planned_until(self, at: int) -> int:
        began = self.began or 0
        elapsed = min(max(at - began, 0), self.t - began)
        return self.planned_us * elapsed // (self.t - began)


def _element(state: str, kind: Planned) -> str:
    if state == "producing":
        return "apt"
    if state == "setup":
        return "asut"
    if state == OFFLINE:
        return "offline"
    if state == "planned":
        return "planned_stop"
    if kind != "shift":
        return "breaks" if kind == "break" else "unplanned"
    return state if state in _DELAYS else "adot"


def _known(states: Sequence[Interval], start: int, stop: int) -> list[tuple[int, int]]:
    """Ranges in which something is known of the machine; neighbours are one, so that these are few."""
    found: list[tuple[int, int]] = []
    for state in states:
        low, high = max(state.start, start), min(state.stop, stop)
        if state.state == OFFLINE or low >= high:
            continue
        if found and found[-1][1] == low:
            found[-1] = (found[-1][0], high)
        else:
            found.append((low, high))
    return found


def elements(
    states: Sequence[Interval],
    stretches: Sequence[Stretch],
    made: Iterable[Made],
    start: int,
    stop: int,
) -> Elements:
    """Of [start, stop); ``states`` and ``stretches`` each cover it without gap or overlap."""
    found = Elements()
    totals: defaultdict[str, int] = defaultdict(int)
    reasons: defaultdict[tuple[str, str], int] = defaultdict(int)
    at = 0
    for state in states:
        low, high = max(state.start, start), min(state.stop, stop)
        if low >= high:
            continue
        while at < len(stretches) and stretches[at].stop <= low:
            at += 1
        i = at
        while i < len(stretches) and stretches[i].start < high:
            us = min(high, stretches[i].stop) - max(low, stretches[i].start)
            element = _element(state.state, stretches[i].kind)
            totals[element] += us
            if element != "apt":
                shown = element if element in ("breaks", "unplanned") else state.state
                reasons[shown, state.reason if shown == state.state else ""] += us
            i += 1
        if state.state == "down" and state.fresh and state.start >= start:
            found.failures += 1
    for name, us in totals.items():
        setattr(found, name, us)
    known = _known(states, start, stop)
    for one in made:
        if start <= one.t < stop:
            found.good += one.good
            found.scrap += one.scrap
        if one.planned_us:
            found.planned_run_us += sum(one.planned_in(low, high) for low, high in known)
    found.by_reason = dict(reasons)
    return found
