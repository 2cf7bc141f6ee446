"""Tabular CUSUM: what is above (or below) the target by more than an allowance adds up until it is a shift (Page,
Biometrika 41 (1954) 100-115; Montgomery chapter 9; NIST/SEMATECH e-Handbook 6.3.2.3)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from andon_platform.analytics.spc.chart import Limits, finite


def limits(target: float, sigma: float, *, shift: float = 1.0, decision: float = 5.0) -> Limits:
    """``shift``: what is to be found, in sigmas (the allowance K is half of it); ``decision``: the interval H, in
    sigmas. Upper limit H for the sum above, lower -H for the sum below.

    Raises:
        ValueError: sigma, shift or decision not positive, or the target no number.
    """
    if not all(value > 0 and math.isfinite(value) for value in (sigma, shift, decision)):
        raise ValueError("sigma, shift and decision must be positive")
    finite([target], "the target")
    parameters = {"target": target, "allowance": shift * sigma / 2}
    height = decision * sigma
    return Limits("cusum", 0.0, -height, height, sigma, 1, decision, parameters)


@dataclass(frozen=True, slots=True)
class Sums:
    """Sums above and below (both positive), and for how many points each has been above 0."""

    above: list[float]
    below: list[float]
    since_above: list[int]
    since_below: list[int]
    alarms: list[int]


def place(values: Sequence[float], limits_: Limits, *, head_start: float = 0.0) -> Sums:
    """The sums; ``head_start`` (a share of H, such as 0.5) is the fast initial response of Lucas and Crosier
    (Technometrics 24 (1982) 199-205). ``alarms``: indices where a sum is beyond H.

    Raises:
        ValueError: a value that is no number.
    """
    finite(values)
    target, allowance, height = limits_.parameters["target"], limits_.parameters["allowance"], limits_.upper
    high = low = head_start * height
    found = Sums([], [], [], [], [])
    up = down = 0
    for i, value in enumerate(values):
        high = max(0.0, high + value - target - allowance)
        low = max(0.0, low + target - allowance - value)
        up, down = (up + 1 if high > 0 else 0), (down + 1 if low > 0 else 0)
        found.above.append(high)
        found.below.append(low)
        found.since_above.append(up)
        found.since_below.append(down)
        if high > height or low > height:
            found.alarms.append(i)
    return found
