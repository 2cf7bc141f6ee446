"""A characteristic on a chart: which values, which limits, which points are out of control and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, get_args

from andon_platform.analytics.spc import cusum, ewma, individuals, subgroups
from andon_platform.analytics.spc.chart import Limits, Points, constant, finite
from andon_platform.analytics.spc.rules import NELSON, WESTERN_ELECTRIC, Rules, Violation, violations

Chart = Literal["individuals", "xbar-r", "xbar-s", "ewma", "cusum"]
CHARTS: Final[tuple[Chart, ...]] = get_args(Chart)
RULES: Final[dict[str, Rules]] = {"nelson": NELSON, "western-electric": WESTERN_ELECTRIC, "none": {}}


@dataclass(frozen=True, slots=True)
class Tuning:
    """How quick a chart with a memory is, and what is known of its values. EWMA: ``weight`` (lambda, above 0, at most
    1; small finds small shifts) and ``width`` (L, in sigmas of the EWMA). CUSUM: reference value ``k`` and decision
    interval ``h``, in sigmas of a value; a shift of 2 k is found soonest. ``target`` and ``sigma`` (of a value) are
    estimated unless they are given. T2: ``alpha``, the share of points above the limit while all is well; the default
    is that of 3 sigma limits, so that one chart in the plant alarms as seldom as another.

    Defaults after Montgomery, Introduction to Statistical Quality Control, chapter 9: lambda .05 to .25 with L near 3,
    k .5 with h 4 or 5 (a false alarm in 465 points on average at h = 5).
    """

    weight: float = 0.2
    width: float = 3.0
    k: float = 0.5
    h: float = 5.0
    target: float | None = None
    sigma: float | None = None
    alpha: float = 0.0027

    @property
    def given(self) -> dict[str, float]:
        """What is not estimated."""
        asked = {"target": self.target, "sigma": self.sigma}
        return {name: value for name, value in asked.items() if value is not None}


USUAL: Final = Tuning()


@dataclass(frozen=True, slots=True)
class Panel:
    """One drawn chart: its points with the stamps they end at, and what the rules found."""

    name: str
    times: Sequence[int]
    points: Points
    violations: Sequence[Violation]


@dataclass(frozen=True, slots=True)
class Study:
    """``limits`` belong to the panels one by one (the mean's and the range's, say)."""

    chart: str
    limits: tuple[Limits, ...]
    panels: tuple[Panel, ...]


def estimate(
    chart: Chart, values: Sequence[float], size: int = 5, basis: dict[str, Any] | None = None, tuning: Tuning = USUAL
) -> tuple[Limits, ...]:
    """Phase I: limits from these values. ``size``: of a subgroup, for X-bar charts; ``tuning``: of EWMA and CUSUM.

    Raises:
        ValueError: too few values, or values from which no limit follows.
    """
    made: tuple[Limits, ...]
    if chart in ("xbar-r", "xbar-s"):
        groups = grouped(values, size)
        made = subgroups.xbar_r(groups) if chart == "xbar-r" else subgroups.xbar_s(groups)
    elif chart == "individuals":
        made = individuals.limits(values)
    else:
        target, sigma = _known(values, tuning)
        if chart == "ewma":
            made = (ewma.limits(target, sigma, tuning.weight, tuning.width),)
        else:
            made = (cusum.limits(target, sigma, shift=2 * tuning.k, decision=tuning.h),)
        basis = (basis or {}) | ({"given": tuning.given} if tuning.given else {})
    return tuple(replace(limits, basis=basis or {}) for limits in made)


def _known(values: Sequence[float], tuning: Tuning) -> tuple[float, float]:
    """Target and sigma, as given or else estimated from single values."""
    if tuning.target is not None and tuning.sigma is not None:
        return tuning.target, tuning.sigma
    single, _ = individuals.limits(values)
    sigma = single.sigma if tuning.sigma is None else tuning.sigma
    if sigma <= 0:
        raise ValueError("the values do not vary: no limit follows from them")
    return single.centre if tuning.target is None else tuning.target, sigma


def grouped(values: Sequence[float], size: int) -> list[Sequence[float]]:
    """Subgroups of neighbours; what is left over at the end is too few and waits."""
    if size < 2:
        raise ValueError(f"a subgroup of {size}: at least 2 values")
    return [values[i : i + size] for i in range(0, len(values) - size + 1, size)]


def within(values: Sequence[float], size: int) -> float:
    """Sigma within subgroups of ``size`` neighbours, by their mean range; the values left over at the end wait.

    Raises:
        ValueError: fewer than two subgroups.
    """
    return subgroups.xbar_r(grouped(values, size))[0].parameters["sigma_within"]


def study(
    chart: Chart, times: Sequence[int], values: Sequence[float], limits: tuple[Limits, ...], rules: str = "nelson"
) -> Study:
    """Phase II (or I, if the limits are of these values): place the values and judge them.

    Run rules other than "beyond the limits" ask for independent points, so they are not applied to EWMA and CUSUM,
    nor to ranges, whose distribution is skew.

    Raises:
        ValueError: a value that is no number.
    """
    named = RULES[rules]
    finite(values)
    if chart in ("xbar-r", "xbar-s"):
        size = limits[0].n
        groups = grouped(values, size)
        ends = [times[(i + 1) * size - 1] for i in range(len(groups))]
        spread = subgroups.ranges(groups) if chart == "xbar-r" else subgroups.deviations(groups)
        panels = [
            panel("mean", ends, constant(subgroups.means(groups), limits[0]), named),
            panel("range" if chart == "xbar-r" else "standard deviation", ends, constant(spread, limits[1])),
        ]
    elif chart == "individuals":
        panels = [
            panel("value", times, constant(values, limits[0]), named),
            panel("moving range", times[1:], constant(individuals.moving_ranges(values), limits[1])),
        ]
    elif chart == "ewma":
        panels = [panel("EWMA", times, ewma.place(values, limits[0]))]
    else:
        sums, height = cusum.place(values, limits[0]), limits[0].upper
        n = len(values)
        above = Points(sums.above, [0.0] * n, [height] * n, [0.0] * n, [limits[0].sigma] * n)
        below = Points([-s for s in sums.below], [-height] * n, [0.0] * n, [0.0] * n, [limits[0].sigma] * n)
        panels = [panel("sum above", times, above), panel("sum below", times, below)]
    return Study(chart, limits, tuple(panels))


def panel(name: str, times: Sequence[int], points: Points, rules: Rules | None = None) -> Panel:
    """Points beyond their limits are found always, patterns only those of ``rules``."""
    # where Phase I did not vary there are no sigmas to count: no pattern is found, and whatever moves is beyond
    found = violations(points.scaled, rules or {}) if all(sigma > 0 for sigma in points.sigma) else []
    known = {v.index for v in found if v.points == (v.index,)}
    found += [Violation("beyond-limits", i, (i,), "a point beyond its limit") for i in points.beyond if i not in known]
    return Panel(name, times, points, sorted(found, key=lambda v: v.index))
