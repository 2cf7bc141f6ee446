"""The bottleneck of a line: the station that others wait for.

A station that is seldom starved and seldom blocked sets the pace (the "turning point" of Li, Chang, Ni and others,
"Data driven bottleneck detection of manufacturing systems", International Journal of Production Research 47 (2009)
5019-5036): upstream of it stations are blocked more than starved, downstream starved more than blocked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from andon_platform.analytics.oee.elements import Elements


@dataclass(frozen=True, slots=True)
class Bottleneck:
    """``machine`` is waited for; ``waiting`` is its own share of busy time that it was starved or blocked, and
    ``certainty`` how clear it is: the gap to the next candidate, 0 to 1."""

    machine: str
    waiting: float
    certainty: float


def waiting(e: Elements) -> float | None:
    """Share of the busy time that a station waits for others."""
    return (e.starved + e.blocked) / e.aubt if e.aubt else None


def bottleneck(stations: Sequence[str], found: Mapping[str, Elements]) -> Bottleneck | None:
    """Of stations in the order of the flow. Stations side by side count each for itself.

    None while nothing was busy: then nobody waits for anybody.
    """
    shares = {name: waiting(found[name]) for name in stations if name in found}
    known = {name: share for name, share in shares.items() if share is not None}
    if not known or not any(found[name].apt for name in known):
        return None
    turning = _turning_points([name for name in stations if name in known], found)
    ranked = sorted(known, key=lambda name: (name not in turning, known[name]))
    first = ranked[0]
    rest = [known[name] for name in ranked[1:]]
    return Bottleneck(first, known[first], min(1.0, max(0.0, min(rest, default=1.0) - known[first])))


def _turning_points(stations: Sequence[str], found: Mapping[str, Elements]) -> set[str]:
    """Stations before which the others are rather blocked, and after which they are rather starved."""
    rather_blocked = [found[name].blocked >= found[name].starved for name in stations]
    points = set()
    for i, name in enumerate(stations):
        if all(rather_blocked[:i]) and not any(rather_blocked[i + 1 :]):
            points.add(name)
    return points
