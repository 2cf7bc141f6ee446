"""How quick EWMA, CUSUM and T2 are, as one may ask for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

from fastapi import Query

from andon_platform.api.problems import BadQuestion

if TYPE_CHECKING:
    from andon_platform.analytics.spc.charts import Chart, Tuning

Weight = Annotated[float | None, Query(gt=0, le=1, description="EWMA: lambda, the weight of the newest value; 0.2.")]
Width = Annotated[float | None, Query(gt=0, le=10, description="EWMA: L, its limits in sigmas of the EWMA; 3.")]
K = Annotated[
    float | None,
    Query(gt=0, le=5, description="CUSUM: the reference value in sigmas, half the shift to be found; 0.5."),
]
H = Annotated[float | None, Query(gt=0, le=50, description="CUSUM: the decision interval in sigmas; 5.")]
Target = Annotated[
    float | None, Query(allow_inf_nan=False, description="EWMA, CUSUM: what the mean should be; else it is estimated.")
]
Sigma = Annotated[
    float | None,
    Query(gt=0, allow_inf_nan=False, description="EWMA, CUSUM: the known sigma of a value; else it is estimated."),
]
Alpha = Annotated[
    float | None, Query(gt=0, lt=1, description="T2: share of points above the limit while all is well; 0.0027.")
]
_KNOWN: Final = {"target", "sigma"}


def tuned(chart: Chart, limits_id: str | None, **asked: float | None) -> Tuning:
    """As asked, else as usual. Kept limits have their own, and other charts none: nothing asked for is left undone
    without a word."""
    from andon_platform.analytics.spc.charts import Tuning

    given = {name: value for name, value in asked.items() if value is not None}
    theirs = {"ewma": {"weight", "width"} | _KNOWN, "cusum": {"k", "h"} | _KNOWN, "t2": {"alpha"}}.get(chart, set())
    if odd := sorted(given.keys() - theirs):
        ask = f"; it takes {', '.join(sorted(theirs))}" if theirs else ", and only ewma, cusum and t2 are tuned"
        raise BadQuestion(f"a chart {chart} has no {' and no '.join(odd)}{ask}")
    if given and limits_id is not None:
        raise BadQuestion(f"limits {limits_id!r} are kept with their own {' and '.join(sorted(given))}; leave it out")
    return Tuning(**given)
