"""Hotelling's T2 of several characteristics: the model is kept in the limits, and each alarm names who made it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np

from andon_platform.analytics.spc import t2
from andon_platform.analytics.spc.chart import Limits, constant
from andon_platform.analytics.spc.rules import Violation
from andon_platform.analytics.spc.study import USUAL, Panel, Study

#: Where limits were kept before they said theirs.
ALPHA: Final = USUAL.alpha


@dataclass(frozen=True, slots=True)
class Readings:
    """One row a stamp, one column a name; complete rows only. ``every``: each value is the mean of so many us."""

    names: Sequence[str]
    times: Sequence[int]
    rows: Sequence[Sequence[float]]
    every: int | None = None


def estimate(readings: Readings, basis: dict[str, Any] | None = None, alpha: float = ALPHA) -> tuple[Limits, ...]:
    """Phase I: mean and covariance of these readings, and the limit for themselves; ``alpha``: share of points above it
    while all is well.

    Raises:
        ValueError: too few readings, or names that follow from each other.
    """
    if not len(readings.rows):
        raise ValueError("no moment at which all of them have a value")
    model = t2.individuals(np.array(readings.rows, dtype=float))
    kept = {f"mean:{a}": float(v) for a, v in zip(readings.names, model.mean, strict=True)}
    kept |= {
        f"covariance:{a}:{b}": float(model.covariance[i, j])
        for i, a in enumerate(readings.names)
        for j, b in enumerate(readings.names)
        if i <= j
    }
    kept |= {"count": float(model.count), "alpha": alpha}
    return (Limits("t2", 0.0, 0.0, model.limit(1, alpha), 0.0, 1, 0.0, kept, basis or {}),)


def names_of(limits: Limits) -> list[str]:
    """What the kept model is of, in its order."""
    return [key.partition(":")[2] for key in limits.parameters if key.startswith("mean:")]


def model_of(limits: Limits) -> t2.Model:
    """The model that was kept."""
    kept, names = limits.parameters, names_of(limits)
    upper = np.zeros((len(names), len(names)))
    for i, a in enumerate(names):
        for j in range(i, len(names)):
            upper[i, j] = upper[j, i] = kept[f"covariance:{a}:{names[j]}"]
    return t2.Model(np.array([kept[f"mean:{a}"] for a in names]), upper, round(kept["count"]))


def judge(readings: Readings, limits: Limits, phase: Literal[1, 2] = 2) -> Study:
    """T2 of each reading under the limit of its phase: later readings had no part in the mean, and get a wider one."""
    model, names = model_of(limits), names_of(limits)
    rows = np.array(readings.rows, dtype=float).reshape(-1, len(names))
    found = [float(v) for v in model.statistics(rows)] if len(rows) else []
    upper = model.limit(phase, limits.parameters.get("alpha", ALPHA))
    shown = Limits("t2", 0.0, 0.0, upper, 0.0, 1, 0.0, limits.parameters, limits.basis)
    points = constant(found, shown)
    broken = [Violation("t2", i, (i,), _because(model, rows[i], names)) for i in points.beyond]
    return Study("t2", (shown,), (Panel("T2", readings.times, points, broken),))


def _because(model: t2.Model, row: t2.Matrix, names: Sequence[str]) -> str:
    """Who contributes most (reconstruction-based: Alcala and Qin, Automatica 45 (2009) 1593-1600)."""
    deviations = np.sqrt(np.diag(model.covariance))
    precision = np.linalg.inv(model.covariance / np.outer(deviations, deviations))
    parts = (precision @ ((row - model.mean) / deviations)) ** 2 / np.diag(precision)
    most = int(parts.argmax())
    return f"T2 beyond its limit, {parts[most] / parts.sum():.0%} of it from {names[most]}"
