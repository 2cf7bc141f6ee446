"""Work: a machine takes a unit, changes over, works, judges what it made and hands it on."""

from __future__ import annotations

from math import isfinite

from andon_contracts.messages import OperationFinished, OperationStarted, PiecesCounted

from andon_edge.simulation.machine import MINUTE, SECOND, Machine
from andon_edge.simulation.sampling import evaluate, fill
from andon_edge.simulation.states import States


class Work(States):
    """What a machine does when nothing stops it, and what it does when something does."""

    def _settle(self, machine: Machine, now: int) -> None:
        s = machine.s
        machine.changed = True
        if machine.broken:
            self._interrupt(machine, now)
            self._enter(machine, now, "down", "Its own code fails", machine.broken)
            return
        if "repair" in s.timers:
            self._interrupt(machine, now)
            return  # its state and reason were set when it went down
        if s.stopped:
            self._interrupt(machine, now)
            self._enter(machine, now, "planned", s.stopped)
            return
        if machine.model.continuous:
            self._enter(machine, now, "producing", "")
            return
        if s.left >= 0:
            s.end, s.left = now + s.left, -1
            self.set(machine, "finish", s.end)
            setup = s.activity == "setup"
            self._enter(machine, now, "setup" if setup else "producing", "Changeover" if setup else "")
            return
        if s.activity:
            return
        if s.held is not None:
            if not self.flow.hand_on(machine):
                places = f"no free place for {machine.station.carries}" if machine.station else ""
                self._enter(machine, now, "blocked", places, f"holds {s.held.serial}")
                self.want(*(m for m in machine.down if m.s.state == "starved"))
                return
            self.want(*(m for m in machine.down if m.s.state == "starved"))
        if s.closed:
            self._enter(machine, now, "planned", s.closed)
            return
        waits = self._interlock(machine, now)
        if waits:
            self._enter(machine, now, "starved", waits)
            self.set(machine, "recheck", now + 10 * SECOND)
            return
        unit, others = self.flow.take(machine, now + self.offset)
        if unit is None:
            names = sorted({m.station.carries for m in others if m.station})
            waits_for = ", ".join(sorted(m.identity.machine for m in others))
            self._enter(machine, now, "starved", f"waits for {' and '.join(names)}", f"from {waits_for}")
            return
        s.unit = unit
        self._start(machine, now)
        self.want(*others)

    def _interlock(self, machine: Machine, now: int) -> str:
        if not machine.model.interlocks:
            return ""
        env = fill(machine, now, self.supply)
        results = evaluate(machine.compiled.interlocks, env, ())
        for rule, held in zip(machine.model.interlocks, results, strict=False):
            if held:
                return rule.reason
        return ""

    def _start(self, machine: Machine, now: int) -> None:
        s, operation = machine.s, machine.operation
        assert operation is not None and s.unit is not None
        _, cycle, changeover, spread, every = operation
        changed = bool(s.product) and s.product != s.unit.product
        if changeover > 0 and (changed or (every and s.since_changeover >= every)):
            s.since_changeover = 0
            s.product = s.unit.product
            s.activity, s.begun = "setup", now
            s.total = round(changeover * machine.rng.around_one(0.1) * SECOND)
            s.end = now + s.total
            self.set(machine, "finish", s.end)
            self._enter(machine, now, "setup", "Changeover", f"to {s.unit.product}")
            return
        s.product = s.unit.product
        s.activity, s.begun = "work", now
        s.total = max(SECOND, round(cycle * s.unit.work * machine.rng.around_one(spread) * SECOND))
        s.end = now + s.total
        self.set(machine, "finish", s.end)
        self._enter(machine, now, "producing", "")
        self._say(machine, now, self.started(machine))

    @staticmethod
    def started(machine: Machine) -> OperationStarted:
        """The event that the machine's work began."""
        s = machine.s
        assert s.unit is not None and machine.operation is not None
        return OperationStarted(
            machine=machine.path,
            epoch=0,
            seq=0,
            t=0,
            operation=machine.operation[0],
            unit=s.unit.serial,
            product=s.unit.product,
        )

    def _on_finish(self, machine: Machine, now: int) -> None:
        s = machine.s
        was, s.activity = s.activity, ""
        if was == "setup":
            self._start(machine, now)
            return
        unit, s.unit = s.unit, None
        assert unit is not None and machine.operation is not None
        name, cycle, _, _, _ = machine.operation
        s.activity = "work"  # quality is judged at the end of the operation: phase 1
        good, reason, measured = self._judge(machine, now)
        s.activity = ""
        s.since_changeover += 1
        self._say(
            machine,
            now,
            OperationFinished(
                machine=machine.path,
                epoch=0,
                seq=0,
                t=0,
                operation=name,
                unit=unit.serial,
                product=unit.product,
                good=good,
                reason=reason,
                duration_s=round((now - s.begun) / SECOND, 3),
                planned_s=round(cycle * unit.work, 3),
                measured=measured,
            ),
        )
        counted = PiecesCounted(machine=machine.path, epoch=0, seq=0, t=0, reason=reason, product=unit.product)
        if good:
            s.made += 1
            counted.good = 1
            s.held = unit
        else:
            s.scrapped += 1
            counted.scrap = 1
            self.flow.books.scrapped += 1
        self._say(machine, now, counted)
        self.want(machine)

    def _judge(self, machine: Machine, now: int) -> tuple[bool, str, dict[str, float]]:
        quality, rng = machine.model.quality, machine.rng
        env = fill(machine, now, self.supply)
        chance = evaluate(machine.compiled.scrap, env, (0.0,))[0]
        good = rng.uniform() >= chance
        reason = "" if good else quality.reason
        measured: dict[str, float] = {}
        values = evaluate(machine.compiled.measured, env, ())
        for (name, spec), value in zip(quality.measured.items(), values, strict=False):
            found = value + spec.noise * rng.gauss()
            if not isfinite(found):
                continue
            measured[name] = float(f"{found:.5g}")
            low, high = spec.limits
            if (low is not None and found < low) or (high is not None and found > high):
                good, reason = False, reason or spec.reason or f"{name} out of limits"
        return good, reason, measured

    def _on_recheck(self, machine: Machine, now: int) -> None:
        self.want(machine)

    def _on_calendar(self, machine: Machine, now: int) -> None:
        machine.s.closed = self.closed(machine, now)
        plant = now + self.offset
        self.set(machine, "calendar", now + (plant // MINUTE + 1) * MINUTE - plant)
        self.want(machine)
