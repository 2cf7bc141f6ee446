"""Injected faults: how strong each is now, and when it next changes.

Shapes: *gradual* (grows over its onset), *sudden* (there at once), *intermittent* (comes and goes); sensors
that are stuck, drift or jump; samples that are lost; a link that is cut.
"""

from __future__ import annotations

from andon_edge.library.read_types import STANDARD_FAULTS
from andon_edge.simulation.machine import SECOND, ActiveFault, Machine

#: A drifting sensor is off by its whole severity after this time (plant seconds).
DRIFT_S = 1800.0
#: A cut link brings no command that could mend it, so it always ends by itself (plant seconds).
LINK_S, LINK_MOST_S = 60.0, 3600.0
SENSOR_FAULTS = ("stuck-sensor", "drifting-sensor", "noisy-sensor")


def names(machine: Machine) -> list[str]:
    """The scenarios this machine offers: its type's, then the standard ones."""
    standard = [f for f in STANDARD_FAULTS if f != "jams" or machine.operation]
    return [*machine.model.faults, *standard]


def title(machine: Machine, name: str) -> str:
    """The scenario in words."""
    own = machine.model.faults.get(name)
    return (own.title or name) if own else STANDARD_FAULTS[name]


def level(machine: Machine, fault: ActiveFault, now: int) -> float:
    """How strong the fault is at own time ``now``: 0 to its severity."""
    if not fault.on:
        return 0.0
    own = machine.model.faults.get(fault.name)
    if own is not None and own.shape == "gradual":
        onset = own.onset_s
    elif fault.name == "drifting-sensor":
        onset = DRIFT_S
    else:
        return fault.severity
    return fault.severity * min(1.0, max(0, now - fault.start) / (onset * SECOND))


def next_change(machine: Machine) -> int | None:
    """Own time at which a fault next ends, toggles or stops the machine."""
    moments: list[int] = []
    for fault in machine.s.faults:
        if fault.until is not None:
            moments.append(fault.until)
        if fault.toggle is not None:
            moments.append(fault.toggle)
        own = machine.model.faults.get(fault.name)
        if own is not None and own.stop and not fault.stopped:
            moments.append(fault.start + round(own.stop_after_s * SECOND))
    return min(moments, default=None)


def growth_factor(machine: Machine, condition: str, now: int) -> float:
    """How many times faster the condition ages under the active faults."""
    factor = 1.0
    for fault in machine.s.faults:
        own = machine.model.faults.get(fault.name)
        if own is not None and own.wear == condition:
            factor += own.factor * level(machine, fault, now)
    return factor


def is_link_down(machine: Machine) -> bool:
    """Whether the machine's network is cut."""
    return any(fault.name == "link-loss" for fault in machine.s.faults)
