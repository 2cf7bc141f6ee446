"""Every kind of chart behind two functions, whatever its data: values, counted samples, or several together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, cast, get_args

from andon_platform.analytics.spc import counted, study, together
from andon_platform.analytics.spc.chart import Limits
from andon_platform.analytics.spc.counted import COUNT_CHARTS, CountChart, Samples
from andon_platform.analytics.spc.study import USUAL, Study, Tuning
from andon_platform.analytics.spc.together import Readings

Chart = Literal["individuals", "xbar-r", "xbar-s", "ewma", "cusum", "p", "np", "c", "u", "t2"]
CHARTS: Final[tuple[Chart, ...]] = get_args(Chart)


@dataclass(frozen=True, slots=True)
class Values:
    """One value a stamp. ``every``: each is the mean of so many microseconds; None: each was measured as it is."""

    times: Sequence[int]
    values: Sequence[float]
    every: int | None = None


Data = Values | Samples | Readings


def counts(data: Data) -> int:
    """How many values, samples or readings."""
    return len(data.times)


def estimate(chart: Chart, data: Data, size: int, basis: dict[str, Any], tuning: Tuning = USUAL) -> tuple[Limits, ...]:
    """Phase I; ``size`` of a subgroup for X-bar charts, ``tuning`` of EWMA, CUSUM and T2.

    Raises:
        ValueError: no limit follows from this data.
    """
    if isinstance(data, Samples):
        return counted.estimate(cast(CountChart, chart), data, basis)
    if isinstance(data, Readings):
        return together.estimate(data, basis, tuning.alpha)
    return study.estimate(cast(study.Chart, chart), data.values, size, basis, tuning)


def judge(chart: Chart, data: Data, limits: tuple[Limits, ...], rules: str, phase: Literal[1, 2]) -> Study:
    """Phase I or II: points, limits, and what is out of control."""
    if isinstance(data, Samples):
        return counted.judge(cast(CountChart, chart), data, limits[0], rules)
    if isinstance(data, Readings):
        return together.judge(data, limits[0], phase)
    return study.study(cast(study.Chart, chart), data.times, data.values, limits, rules)


__all__ = [
    "CHARTS", "COUNT_CHARTS", "USUAL", "Chart", "Data", "Readings", "Samples", "Tuning", "Values", "counts", "estimate",
    "judge",
]  # fmt: skip
