"""The foaming press's mould: its heat balance and the PI controller of its heater.

A heat balance with one heat capacity: a steel and aluminium mould of about 900 kg (0.6 kJ/(kg K) on average),
10 kW of heating, losses of 0.16 kW/K to the hall, and the heat of the reacting foam over the first third of the
operation. `SOURCES.md` tells what each figure rests on.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from andon_edge.library.hooks import Behaviour

CAPACITY = 540.0  # kJ/K
HEATER = 10.0  # kW
LOSSES = 0.16  # kW/K
FOAM = 20.0  # kW while the foam reacts: 7 kg at 400 kJ/kg over 140 s
SHARE = 0.25  # of the foam's heat that goes into the mould; the rest stays in the cabinet
GAIN, INTEGRAL_S = 0.5, 600.0  # 1/K and s


class Machine(Behaviour):
    """Gives ``mould`` (Cel) and ``heater`` (0 to 1)."""

    variables: ClassVar[Mapping[str, float]] = {"mould": 42.0, "heater": 0.3, "integral": 0.34}

    def step(self, dt: float, now: Mapping[str, float]) -> None:
        values, target = self.values, self.parameters["mould_target"]
        # steps of at most a minute: stable, since the controller's fastest time constant is about 2 min
        steps = max(1, min(60, round(dt / 30.0)))
        h = min(dt / steps, 60.0)
        if dt > 120.0:  # longer than the foam reacts: its mean over an operation
            foam = FOAM * SHARE * 0.35 * now["running"]
        else:
            foam = FOAM * SHARE if 0.1 < now["phase"] < 0.45 else 0.0
        for _ in range(steps):
            error = target - values["mould"]
            wanted = GAIN * error + values["integral"]
            values["heater"] = min(max(wanted, now["heater_stuck"], 0.0), 1.0)  # its share of the elements stays on
            if values["heater"] == wanted:  # not saturated: no wind-up
                values["integral"] += GAIN * error * h / INTEGRAL_S
            gain = HEATER * values["heater"] + foam - LOSSES * (values["mould"] - now["ambient"])
            values["mould"] += gain * h / CAPACITY
