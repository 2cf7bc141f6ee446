"""Signals: expressions over the machine's state, through a lag and noise, as the machine's sensors see them."""

from __future__ import annotations

from math import exp

from andon_contracts.messages import Sample

from andon_edge.library.hooks import live
from andon_edge.simulation.faults import level
from andon_edge.simulation.machine import N_BASE, N_SUPPLY, SECOND, ActiveFault, Machine, Reading
from andon_edge.simulation.randomness import LCG_A, LCG_C, QUANTILES

_MASK = (1 << 64) - 1


def fill(machine: Machine, now: int, supply: list[float]) -> list[float]:
    """The values of all names of the type's expressions at own time ``now``; see ``compiled.BASE``."""
    s, env, compiled = machine.s, machine.env, machine.compiled
    producing = s.state == "producing"
    working = s.activity == "work"
    phase = elapsed = 0.0
    if working and s.total > 0:
        left = s.left if s.left >= 0 else s.end - now
        phase = 1.0 - left / s.total
        phase = 0.0 if phase < 0.0 else 1.0 if phase > 1.0 else phase
        elapsed = phase * s.total / SECOND
    env[0] = phase
    env[1] = 1.0 if producing else 0.0
    # somebody who clears a jam leaves the heaters and pumps on
    env[2] = 0.0 if s.state == "planned" or (s.state == "down" and s.repairing) else 1.0
    env[3] = 0.0
    env[4] = s.unit.work if s.unit else 1.0
    env[5] = float(s.made)
    env[6] = float(s.scrapped)
    env[7] = float(len(s.buffer))
    env[8] = elapsed
    env[N_SUPPLY:N_BASE] = supply
    i = N_BASE + len(compiled.parameters)
    start = i + len(s.conditions)
    env[i:start] = s.conditions.values()  # in the order of the type's
    i = start + len(compiled.faults)
    env[start:i] = machine.no_fault
    for fault in s.faults:
        if fault.name in machine.model.faults:
            place = start + compiled.faults.index(fault.name.replace("-", "_"))
            env[place] = level(machine, fault, now)
    if machine.behaviour:
        for name in compiled.variables:
            env[i] = machine.behaviour.values[name]
            i += 1
    if producing:
        env[3] = evaluate(compiled.load, env, (1.0,))[0]
    return env


def evaluate(function: object, env: list[float], otherwise: tuple[float, ...]) -> tuple[float, ...]:
    """The function's values, or ``otherwise`` where it has none (a division by zero in a corner)."""
    try:
        found: tuple[float, ...] = function(*env)  # type: ignore[operator]
    except (ArithmeticError, ValueError, TypeError):
        return otherwise
    return found


def sample(machine: Machine, wall: int, now: int, supply: list[float]) -> Sample | None:
    """Read the signals that are due at this tick; None if none is (or the sample is lost to a fault)."""
    s = machine.s
    env = fill(machine, now, supply)
    if machine.behaviour and not machine.broken:
        before = s.seen[0]
        dt = min(max(0, now - before), 3600 * SECOND) / SECOND if before >= 0 else 0.0
        machine.broken = live(machine.behaviour, dt, dict(zip(machine.compiled.names, env, strict=True)))
        offset = len(env) - len(machine.compiled.variables)
        for k, name in enumerate(machine.compiled.variables):
            env[offset + k] = machine.behaviour.values[name]
    targets = evaluate(machine.compiled.signals, env, ())
    if not targets:
        targets = tuple(s.values.get(n, spec[3]) for n, spec in zip(machine.names, machine.signals, strict=True))
    values: dict[str, float] = {}
    state, noise = s.values, s.noise_rng
    tick = s.ticks
    for g, (every, indices) in enumerate(machine.groups):
        if tick % every:
            continue
        before = s.seen[g]
        dt_us = now - before if before >= 0 else -1
        s.seen[g] = now
        if machine.readings[g][0] != dt_us:
            machine.readings[g] = (dt_us, [_reading(machine, i, dt_us) for i in indices])
        for i, name, share, deviation, low, high, digits in machine.readings[g][1]:
            value = targets[i]
            if share < 1.0 and name in state:
                old = state[name]
                value = old + (value - old) * share
            if value != value:  # not a number
                value = state.get(name, low)
            state[name] = value
            if deviation:
                noise = (noise * LCG_A + LCG_C) & _MASK
                value += deviation * QUANTILES[noise >> 52]
            values[name] = (
                low if value < low else high if value > high else value if digits < 0 else round(value, digits)
            )
    s.noise_rng = noise
    if not values:
        return None
    if machine.station is not None:
        values["buffer_out"] = float(len(s.buffer))
    if s.faults and not _distort(machine, values, now):
        return None
    return Sample(t=wall, values=values)


def _reading(machine: Machine, i: int, dt_us: int) -> Reading:
    """All of the way to its target a signal goes without a lag (us), and at its first sample."""
    name, tau, deviation, low, high, digits, _, _ = machine.signals[i]
    share = 1.0 - exp(-dt_us / tau) if tau and dt_us >= 0 else 1.0
    return i, name, share, deviation, low, high, digits if machine.rounds else -1


def _distort(machine: Machine, values: dict[str, float], now: int) -> bool:
    """What broken sensors make of the values; False if the sample is lost."""
    s = machine.s
    for fault in s.faults:
        if fault.name == "dropped-samples":
            if _uniform(machine) < fault.severity:
                return False
        elif fault.signal >= 0:
            name, _, _, low, high, digits, _, _ = machine.signals[fault.signal]
            if name in values:
                values[name] = round(min(max(_broken(machine, fault, values[name], low, high, now), low), high), digits)
    return True


def _broken(machine: Machine, fault: ActiveFault, value: float, low: float, high: float, now: int) -> float:
    if fault.name == "stuck-sensor":
        return fault.held
    if fault.name == "drifting-sensor":  # a third of the range at severity 1
        return value + level(machine, fault, now) * (high - low) / 3.0
    if fault.name == "noisy-sensor" and _uniform(machine) < 0.15:
        return value + (_uniform(machine) - 0.5) * fault.severity * (high - low)
    return value


def _uniform(machine: Machine) -> float:
    s = machine.s
    s.noise_rng = (s.noise_rng * LCG_A + LCG_C) & _MASK
    return (s.noise_rng >> 11) * 2.0**-53
