"""Commands to a machine: stop, start, inject a fault, clear it."""

from __future__ import annotations

import difflib
import math

from andon_contracts.messages import Command

from andon_edge.ports import Answer
from andon_edge.simulation import faults
from andon_edge.simulation.engine import Engine
from andon_edge.simulation.machine import SECOND, ActiveFault, Machine


def perform(engine: Engine, machine: Machine, command: Command, now: int) -> Answer:
    """Carry the command out at own time ``now``; what is wrong with it stands in the answer."""
    who, s, arguments = machine.identity.machine, machine.s, command.arguments
    match command.command:
        case "stop":
            if s.stopped:
                return Answer("refused", f"{who} is stopped already")
            engine.stop(machine, now, (arguments.get("reason") or "Stopped by an operator")[:80])
            return Answer("done", f"{who} is stopped")
        case "start":
            if not s.stopped:
                told = f"is down: {s.reason}" if s.state == "down" else "is not stopped"
                return Answer("refused", f"{who} {told}")
            engine.start(machine, now)
            return Answer("done", f"{who} goes on")
        case "inject-fault":
            return _inject(engine, machine, arguments, now)
        case "clear-fault":
            name = arguments.get("fault", "")
            found = [f for f in s.faults if name in ("", f.name)]
            if not found:
                active = ", ".join(sorted({f.name for f in s.faults})) or "none"
                return Answer("refused", f"{who} has no fault {name!r} (active: {active})")
            for fault in found:
                engine.end_fault(machine, fault, now, "cleared")
            return Answer("done", f"{', '.join(f.name for f in found)} is over on {who}")
    return Answer("refused", f"{who} knows no command {command.command!r}: stop, start, inject-fault or clear-fault")


def _inject(engine: Engine, machine: Machine, arguments: dict[str, str], now: int) -> Answer:
    who, s = machine.identity.machine, machine.s
    known = faults.names(machine)
    name = arguments.get("fault", "")
    if name not in known:
        near = difflib.get_close_matches(name, known, 1)
        hint = f"; did you mean {near[0]!r}?" if near else f" ({', '.join(known)})"
        return Answer("refused", f"{who} knows no fault {name!r}{hint}")
    if any(f.name == name for f in s.faults):
        return Answer("refused", f"{name} is active on {who} already; clear it first")
    severity = _number(arguments.get("severity"), 0.6)
    duration = _number(arguments.get("duration_s"), 0.0)
    if severity is None or not 0 < severity <= 1:
        return Answer("refused", f"severity {arguments.get('severity')!r} is no number above 0 and up to 1")
    if duration is None or not 0 <= duration <= 1e8:
        return Answer("refused", f"duration_s {arguments.get('duration_s')!r} is no number of seconds")
    if name == "link-loss":
        duration = min(duration or faults.LINK_S, faults.LINK_MOST_S)
    signal = -1
    if name in faults.SENSOR_FAULTS:
        wanted = arguments.get("signal") or machine.names[0]
        if wanted not in machine.names:
            return Answer("refused", f"{who} has no signal {wanted!r}: {', '.join(machine.names)}")
        signal = machine.names.index(wanted)
    fault = ActiveFault(name, severity, now, now + round(duration * SECOND) if duration else None, signal)
    if name == "stuck-sensor":
        fault.held = s.values.get(machine.names[signal], machine.signals[signal][3])
    engine.inject(machine, fault, now)
    lasts = f"for {duration:g} s of plant time" if duration else "until it is cleared"
    return Answer("done", f"{faults.title(machine, name)}: begins on {who}, {lasts}")


def _number(text: str | None, otherwise: float) -> float | None:
    if text is None or not text.strip():
        return otherwise
    try:
        found = float(text)
    except ValueError:
        return None
    return found if math.isfinite(found) else None
