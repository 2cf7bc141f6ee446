"""The limits that a machine's own controller watches: beyond for three samples is an alarm, back for ten ends it."""

from __future__ import annotations

from andon_contracts.messages import Sample

from andon_edge.simulation.engine import Engine
from andon_edge.simulation.machine import Machine


def watch(engine: Engine, machine: Machine, found: Sample, own: int) -> None:
    """Raise and end the alarms of this sample; limits hold while the machine works."""
    if machine.s.state != "producing":
        return
    for name, code, low, high in machine.limited:
        if name not in found.values:
            continue
        value = found.values[name]
        if (low is not None and value < low) or (high is not None and value > high):
            count = machine.s.breached.get(name, 0) + 1
            machine.s.breached[name] = count
            if count == 3:
                side = "low" if low is not None and value < low else "high"
                text = f"{(machine.model.signals[name].title or name.replace('_', ' '))} {side}"
                engine.alarm(machine, own, code, True, text, "warning")
        elif code in machine.s.alarms:
            machine.s.breached[name] = machine.s.breached.get(name, 0) - 1
            if machine.s.breached[name] <= -10:
                machine.s.breached[name] = 0
                engine.alarm(machine, own, code, False, "", "warning")
        else:
            machine.s.breached[name] = 0
