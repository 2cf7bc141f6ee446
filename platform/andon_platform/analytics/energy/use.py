"""Energy from mean power and states: how much, in which state, and what stood idle.

A bucket's energy is its mean power times the plant time in it that is known. Where several states share a bucket, they
share its energy by their own usual power, which is learned from the buckets that hold one state alone; so nothing is
lost and nothing made up, however coarse the buckets are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from andon_platform.analytics.oee.states import OFFLINE, Interval

_US_PER_H: Final = 3.6e9
#: A bucket with this share of one state tells what that state takes.
_PURE: Final = 0.95
#: States in which energy serves a product; in all others the machine stands idle, whatever the reason.
USEFUL: Final = frozenset({"producing", "setup"})


@dataclass(frozen=True, slots=True)
class EnergyUse:
    """kWh, all and by state; ``hours`` is the plant time it was measured over, by state too."""

    kwh: float = 0.0
    by_state: Mapping[str, float] = field(default_factory=dict)
    hours: Mapping[str, float] = field(default_factory=dict)

    @property
    def idle_kwh(self) -> float:
        """What was used while nothing was made or set up."""
        return sum(kwh for state, kwh in self.by_state.items() if state not in USEFUL)

    @property
    def mean_kw(self) -> float | None:
        """Over the time that was measured; None if there is none."""
        hours = sum(self.hours.values())
        return self.kwh / hours if hours else None

    def __add__(self, other: EnergyUse) -> EnergyUse:
        return EnergyUse(self.kwh + other.kwh, _sum(self.by_state, other.by_state), _sum(self.hours, other.hours))


def energy_use(
    buckets: Sequence[tuple[int, float]],
    every: int,
    states: Sequence[Interval],
    plant: Callable[[int], int],
    start: int,
    stop: int,
    *,
    offline_too: bool = False,
) -> EnergyUse:
    """Of the wall range [start, stop).

    ``buckets``: (start in wall microseconds, mean kW) of ``every`` microseconds, oldest first; those that are missing
    were not measured. ``states``: intervals in plant time, without gap or overlap; ``plant``: the plant clock.
    ``offline_too``: count time in which the machine's state is not known, as a meter without states has it.
    """
    shared: list[tuple[float, dict[str, float]]] = []
    at = 0
    for t, kw in buckets:
        if t + every <= start or t >= stop:
            continue
        low, high = plant(max(t, start)), plant(min(t + every, stop))
        while at < len(states) and states[at].stop <= low:
            at += 1
        here: defaultdict[str, float] = defaultdict(float)
        i = at
        while i < len(states) and states[i].start < high:
            if offline_too or states[i].state != OFFLINE:
                here[states[i].state] += (min(states[i].stop, high) - max(states[i].start, low)) / _US_PER_H
            i += 1
        if here:
            shared.append((kw, dict(here)))
    usual = _usual(shared)
    by_state: defaultdict[str, float] = defaultdict(float)
    hours: defaultdict[str, float] = defaultdict(float)
    for kw, inside in shared:
        known = sum(inside.values())
        weights = {state: usual.get(state, abs(kw)) * h for state, h in inside.items()}
        total = sum(weights.values())
        for state, h in inside.items():
            by_state[state] += kw * known * (weights[state] / total if total else h / known)
            hours[state] += h
    return EnergyUse(sum(by_state.values()), dict(by_state), dict(hours))


def _usual(shared: Sequence[tuple[float, Mapping[str, float]]]) -> dict[str, float]:
    """Mean power of each state, kW, from buckets that (almost) only hold it."""
    energy: defaultdict[str, float] = defaultdict(float)
    hours: defaultdict[str, float] = defaultdict(float)
    for kw, inside in shared:
        state, most = max(inside.items(), key=lambda item: item[1])
        if most >= _PURE * sum(inside.values()):
            energy[state] += abs(kw) * most
            hours[state] += most
    return {state: energy[state] / hours[state] for state in hours if hours[state]}


def _sum(a: Mapping[str, float], b: Mapping[str, float]) -> dict[str, float]:
    return {key: a.get(key, 0.0) + b.get(key, 0.0) for key in {**a, **b}}
