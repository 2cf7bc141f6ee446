"""The whole engine of a world: work, and what disturbs it: wear, failures and repairs, short stops, faults."""

from __future__ import annotations

from andon_edge.simulation import faults
from andon_edge.simulation.machine import MINUTE, N_BASE, N_SUPPLY, SECOND, ActiveFault, Machine
from andon_edge.simulation.sampling import evaluate, fill
from andon_edge.simulation.work import Work

HOUR = 3600 * SECOND


class Engine(Work):
    """Drives machines from timer to timer, in own time."""

    def begin(self, machine: Machine, now: int) -> None:
        """First timers of a machine that is new here."""
        s = machine.s
        s.begun_life = True
        self.set(machine, "minute", now + round(machine.rng.uniform() * MINUTE))
        if machine.model.micro_stops:
            self._next_micro(machine, now)
        if machine.model.manual:
            self._on_calendar(machine, now)
        self.want(machine)

    def _on_repair(self, machine: Machine, now: int) -> None:
        s = machine.s
        repaired, s.repairing = s.repairing, ""
        if repaired in machine.model.wear:
            wear = machine.model.wear[repaired]
            s.conditions[repaired] = wear.repaired * wear.limit
            self._tell(machine, now, "repair", {"condition": repaired, "value": s.conditions[repaired]})
            for fault in [f for f in s.faults if self._ages(machine, f, repaired)]:
                self.end_fault(machine, fault, now, "repaired")
        elif repaired:
            self._tell(machine, now, "repair", {"fault": repaired})
            for fault in [f for f in s.faults if f.name == repaired]:
                self.end_fault(machine, fault, now, "repaired")
        if repaired:
            self.alarm(machine, now, repaired.replace("_", "-"), False, "")
        self.want(machine)

    @staticmethod
    def _ages(machine: Machine, fault: ActiveFault, condition: str) -> bool:
        own = machine.model.faults.get(fault.name)
        return own is not None and own.wear == condition

    # --- wear and short stops ------------------------------------------------------------------------------

    def _on_minute(self, machine: Machine, now: int) -> None:
        s = machine.s
        self.set(machine, "minute", now + MINUTE)
        self._count_work(machine, now)
        ran, s.ran = s.ran, 0
        env = fill(machine, now, self.supply)
        self._take(machine, env)
        if s.faults:
            self._draw_micro(machine, now)
        if not machine.model.wear:
            return
        if ran:  # what stands still does not wear
            env[N_SUPPLY:N_BASE] = self.supply  # what it takes has changed them
            env[1] = 1.0  # growth is said for an hour of work
            env[3] = evaluate(machine.compiled.load, env, (1.0,))[0]
            rates = evaluate(machine.compiled.growth, env, (0.0,) * len(machine.model.wear))
            for (name, wear), rate in zip(machine.model.wear.items(), rates, strict=True):
                growth = max(0.0, rate) * ran / HOUR * machine.rng.around_one(wear.spread)
                s.conditions[name] += growth * faults.growth_factor(machine, name, now)
        self._tell(machine, now, "condition", {n: round(v, 6) for n, v in s.conditions.items()})
        self._check_conditions(machine, now)

    def _check_conditions(self, machine: Machine, now: int) -> None:
        if "repair" in machine.s.timers:
            return
        for name, wear in machine.model.wear.items():
            if machine.s.conditions[name] >= wear.limit:
                reason = wear.reason or f"{(wear.title or name).replace('_', ' ')} worn out"
                lasts = wear.repair_s * machine.rng.around_one(0.25)
                self._tell(machine, now, "failure", {"condition": name, "value": machine.s.conditions[name]})
                self.alarm(machine, now, name.replace("_", "-"), True, reason)
                self._go_down(machine, now, reason, wear.title, lasts, name)
                self.want(machine)
                return

    def _next_micro(self, machine: Machine, now: int) -> None:
        micro = machine.model.micro_stops
        assert micro is not None
        rate = evaluate(machine.compiled.micro_stops, fill(machine, now, self.supply), (0.0,))[0]
        mean_s = 3600.0 / rate if rate > 1e-3 else 3600.0  # a rate of none is asked again in an hour
        self.set(machine, "micro", now + max(SECOND, round(machine.rng.exponential(mean_s) * SECOND)))

    def _draw_micro(self, machine: Machine, now: int) -> None:
        """A fault changes how often the machine stops: the next stop is drawn anew. Where the rate is as it was, that
        changes nothing: an exponential time has no memory."""
        if machine.model.micro_stops:
            self._next_micro(machine, now)

    def _on_micro(self, machine: Machine, now: int) -> None:
        micro = machine.model.micro_stops
        if micro is None:
            return
        rate = evaluate(machine.compiled.micro_stops, fill(machine, now, self.supply), (0.0,))[0]
        if rate > 1e-3:
            self._short_stop(machine, now, micro.reason, micro.mean_s)
        self._next_micro(machine, now)

    def _short_stop(self, machine: Machine, now: int, reason: str, mean_s: float) -> None:
        lasts = min(machine.rng.exponential(mean_s) + 3.0, 10 * mean_s)
        if machine.s.state == "producing":
            self._go_down(machine, now, reason, "short stop", lasts, "")
            self.want(machine)

    # --- faults --------------------------------------------------------------------------------------------

    def inject(self, machine: Machine, fault: ActiveFault, now: int) -> None:
        """Let a fault begin."""
        s = machine.s
        s.faults.append(fault)
        machine.changed = True
        own = machine.model.faults.get(fault.name)
        if own is not None:
            if own.shape == "intermittent":
                fault.toggle = now + round(own.on_s * machine.rng.around_one(0.3) * SECOND)
            if own.wear and own.jump:
                s.conditions[own.wear] += own.jump * fault.severity
                self._check_conditions(machine, now)
        elif fault.name == "jams":
            fault.toggle = now + 5 * SECOND
        detail: dict[str, float | str] = {"fault": fault.name, "phase": "begin", "severity": fault.severity}
        if fault.signal >= 0:
            detail["signal"] = machine.names[fault.signal]
        self._tell(machine, now, "fault", detail)
        self.set(machine, "fault", faults.next_change(machine))
        self._draw_micro(machine, now)
        self.settle_all(now)

    def end_fault(self, machine: Machine, fault: ActiveFault, now: int, why: str) -> None:
        """Let a fault end."""
        machine.s.faults.remove(fault)
        machine.changed = True
        self._tell(machine, now, "fault", {"fault": fault.name, "phase": "end", "why": why})
        self.set(machine, "fault", faults.next_change(machine))
        self._draw_micro(machine, now)

    def _on_fault(self, machine: Machine, now: int) -> None:
        for fault in list(machine.s.faults):
            own = machine.model.faults.get(fault.name)
            if fault.until is not None and fault.until <= now:
                self.end_fault(machine, fault, now, "over")
                continue
            if fault.toggle is not None and fault.toggle <= now:
                self._toggle(machine, fault, now)
            if own and own.stop and not fault.stopped and fault.start + round(own.stop_after_s * SECOND) <= now:
                fault.stopped = True
                self._tell(machine, now, "failure", {"fault": fault.name})
                self.alarm(machine, now, fault.name, True, own.stop)
                lasts = 900.0 * machine.rng.around_one(0.25)
                self._go_down(machine, now, own.stop, own.title, lasts, fault.name)
                self.want(machine)
        self.set(machine, "fault", faults.next_change(machine))

    def _toggle(self, machine: Machine, fault: ActiveFault, now: int) -> None:
        own = machine.model.faults.get(fault.name)
        if own is None:  # jams: up to one a minute
            micro = machine.model.micro_stops
            self._short_stop(machine, now, micro.reason if micro else "Jam", micro.mean_s if micro else 20.0)
            fault.toggle = now + round(machine.rng.exponential(60.0 / max(fault.severity, 0.05)) * SECOND) + SECOND
            return
        fault.on = not fault.on
        mean = own.on_s if fault.on else own.off_s
        fault.toggle = now + round(mean * machine.rng.around_one(0.3) * SECOND) + 1
        self._draw_micro(machine, now)
