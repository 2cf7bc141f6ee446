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
from typing import ClassVar


class Behaviour:
    """Base of a Python type. ``variables`` names what it gives, with first values."""

    variables: ClassVar[Mapping[str, float]] = {}

    def __init__(self, parameters: Mapping[str, float]) -> None:
        self.parameters = dict(parameters)
        self.values: dict[str, float] = dict(self.variables)

    def step(self, dt: float, now: Mapping[str, float]) -> None:
        """Live ``dt`` seconds of plant time; ``now`` has phase, load, conditions, faults, utilities by name.

        Called before each sample. ``dt`` grows with the pace (an hour at most), so integrate accordingly.
        """
