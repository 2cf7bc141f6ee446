"""Behaviour that a type's data cannot say: a small class in ``machines/types/NAME.py``.

The class is called ``Machine`` and stands beside ``NAME.yaml``. It gives the expressions of that file further
names, for example the output of a controller::

    from andon_edge.library.hooks import Behaviour

    class Machine(Behaviour):
        variables = {"heater": 0.0}
        def step(self, dt, now):
            self.values["heater"] = 1.0 if now["phase"] < 0.5 else 0.0

Its state is what stands in ``values``: it is saved with the machine and comes back after a restart.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import ClassVar


class Behaviour:
    """Base of a Python type. ``variables`` names what it gives, with first values."""

    variables: ClassVar[Mapping[str, float]] = {}

    def __init__(self, parameters: Mapping[str, float]) -> None:
        self.parameters = dict(parameters)
        self.values: dict[str, float] = dict(self.variables)

    def step(self, dt: float, now: Mapping[str, float]) -> None:
        """Live ``dt`` seconds of plant time; ``now`` has phase, load, conditions, faults, utilities by name.

        Called before each sample. ``dt`` grows with the pace (an hour at most), so integrate accordingly. If it raises,
        or leaves a variable that is no finite number, this machine is down until its file is mended; others run on.
        """


def live(behaviour: Behaviour, dt: float, now: Mapping[str, float]) -> str:
    """One step of somebody's own code: why it failed, or ``""``. Its variables are finite numbers afterwards."""
    before, problem = dict(behaviour.values), ""
    try:
        behaviour.step(dt, now)
        found = dict(behaviour.values)
    except (Exception, SystemExit) as error:
        problem, found = repr(error), {}
    for name in behaviour.variables:
        value = found.get(name)
        if isinstance(value, int | float) and isfinite(value):
            before[name] = float(value)
        elif not problem:
            problem = f"{name} is {value!r} and no finite number"
    behaviour.values = before
    return problem
