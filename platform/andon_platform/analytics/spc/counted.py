"""p, np, c and u charts of samples: estimated, kept, and judged by what was kept.

Of the run rules only those are applied that do not divide the chart into zones: a point beyond its limits, a run on
one side, a trend, and points that go up and down in turn. Where fewer than five are expected in a sample only the
first is: such counts are mostly below their mean, and nine zeros in a row are no news (from an np of 5 on the binomial
is usually taken for normal).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, get_args

from andon_platform.analytics.spc import attributes
from andon_platform.analytics.spc.chart import Limits, Points
from andon_platform.analytics.spc.rules import NELSON, WESTERN_ELECTRIC, Rules
from andon_platform.analytics.spc.study import Study, panel

CountChart = Literal["p", "np", "c", "u"]
COUNT_CHARTS: Final[tuple[CountChart, ...]] = get_args(CountChart)
RULES: Final[dict[str, Rules]] = {
    "nelson": {f"nelson-{i}": NELSON[f"nelson-{i}"] for i in (1, 2, 3, 4)},
    "western-electric": {f"western-electric-{i}": WESTERN_ELECTRIC[f"western-electric-{i}"] for i in (1, 4)},
}
#: Expected in a sample, for patterns to mean something.
LEAST_EXPECTED: Final = 5.0
_NAMES: Final = {"p": "share", "np": "number", "c": "number", "u": "rate"}


@dataclass(frozen=True, slots=True)
class Samples:
    """What was counted in each sample, with the stamp it ends at and its size: pieces for p and np, the area of
    opportunity for c (1 each) and u."""

    times: Sequence[int]
    counts: Sequence[int]
    sizes: Sequence[float]


def estimate(chart: CountChart, samples: Samples, basis: dict[str, Any] | None = None) -> tuple[Limits, ...]:
    """Phase I.

    Raises:
        ValueError: fewer than two samples, sizes that differ where the chart wants one, nothing counted in any.
    """
    counts, sizes = samples.counts, samples.sizes
    if chart in ("np", "c") and len(set(sizes)) > 1:
        raise ValueError(f"samples of different sizes: a chart {chart} wants one, p and u take any")
    if chart == "p":
        made = attributes.p(counts, [int(n) for n in sizes])
    elif chart == "np":
        made = attributes.np(counts, int(sizes[0]) if sizes else 1)
    elif chart == "c":
        made = attributes.c(counts)
    else:
        made = attributes.u(counts, sizes)
    if made.sigma <= 0:
        raise ValueError("the same in every sample, none or all: no limit follows from that")
    return (replace(made, basis=basis or {}),)


def judge(chart: CountChart, samples: Samples, limits: Limits, rules: str = "nelson") -> Study:
    """Place the samples and judge them; ``limits`` are of the same chart.

    Raises:
        ValueError: np samples of another size than the limits are for.
    """
    counts, sizes = samples.counts, samples.sizes
    points: Points
    if chart == "p":
        points = attributes.place_p(counts, [int(n) for n in sizes], limits)
    elif chart == "u":
        points = attributes.place_u(counts, sizes, limits)
    else:
        if chart == "np" and any(n != limits.n for n in sizes):
            raise ValueError(f"these limits are for samples of {limits.n}")
        points = attributes.place(counts, limits)
    sized = sizes if chart in ("p", "u") else [1.0] * len(counts)
    few = any(limits.centre * size < LEAST_EXPECTED for size in sized)
    found = {} if few else RULES.get(rules, {})
    return Study(chart, (limits,), (panel(_NAMES[chart], samples.times, points, found),))
