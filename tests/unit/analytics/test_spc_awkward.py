"""What charts and capability are asked that is no example of a book: values that stand still, that are missing, that
lie on a line, and signals in units far apart. Each has a defined figure or an error that says why not."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable

import numpy as np
import pytest
from andon_platform.analytics.spc import attributes, cusum, ewma, individuals, subgroups, t2
from andon_platform.analytics.spc.capability import Index, capability
from andon_platform.analytics.spc.chart import Points
from andon_platform.analytics.spc.rules import NELSON, WESTERN_ELECTRIC, Rules, violations
from andon_platform.analytics.spc.study import Chart, estimate, study
from hypothesis import given
from hypothesis import strategies as st
from unit.analytics.test_spc_charts import pistons

NAN = math.nan
RISES, FALLS, ZIGZAG = [-2.5, -1.5, -0.5, 0.5, 1.5, 2.5], [2.5, 1.5, 0.5, -0.5, -1.5, -2.5], [0.5, -0.5] * 7


@pytest.mark.parametrize("value", [0.0, 0.1, 0.7, 1.1, 49.3, -0.3, 1e9 + 0.1])
@pytest.mark.parametrize("count", [3, 6, 7, 10, 11])
@pytest.mark.parametrize("chart", ["individuals", "xbar-r", "xbar-s"])
def test_what_stands_still_is_in_control_and_any_change_of_it_is_not(chart: Chart, count: int, value: float) -> None:
    values = [value] * (count * 5)
    limits = estimate(chart, values, 5)
    assert limits[0].lower == limits[0].centre == limits[0].upper == value
    assert [p.violations for p in study(chart, range(len(values)), values, limits).panels] == [[], []]
    moved = study(chart, range(10), [value] * 5 + [value + 0.5] * 5, limits)
    assert moved.panels[0].violations


@pytest.mark.parametrize("chart", ["individuals", "xbar-r", "xbar-s"])
def test_what_only_rounding_moves_stands_still(chart: Chart) -> None:
    """Means of so many equal values differ in their last digit."""
    values = [sum([0.1] * n) / n for n in (3, 4, 5, 6, 7)] * 8
    assert len(set(values)) > 1
    limits = estimate(chart, values, 5)
    assert limits[0].sigma == 0
    assert [p.violations for p in study(chart, range(len(values)), values, limits).panels] == [[], []]
    for other in ("ewma", "cusum"):
        with pytest.raises(ValueError, match="do not vary"):
            estimate(other, values)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="do not vary"):
        capability(values, 0, 1)


@pytest.mark.parametrize("bad", [NAN, math.inf, -math.inf, None])
@pytest.mark.parametrize(
    "ask",
    [
        lambda bad: individuals.limits([1.0, bad, 2.0]),
        lambda bad: subgroups.xbar_r([[1.0, bad], [2.0, 3.0]]),
        lambda bad: subgroups.xbar_s([[1.0, bad], [2.0, 3.0]]),
        lambda bad: subgroups.place_means([[1.0, bad]], subgroups.xbar_s(pistons())[0]),
        lambda bad: ewma.place([1.0, bad, 2.0], ewma.limits(0, 1)),
        lambda bad: cusum.place([1.0, bad, 2.0], cusum.limits(0, 1)),
        lambda bad: ewma.limits(bad, 1),
        lambda bad: cusum.limits(bad, 1),
        lambda bad: capability([1.0, bad, 3.0], 0, 5),
        lambda bad: capability([1.0, 2.0, 3.0], 0, 5, target=NAN if bad is None else bad),
        lambda bad: capability([1.0, 2.0, 3.0], NAN if bad is None else bad, 5),
        lambda bad: t2.individuals(np.array([[1, 2], [bad, 3], [1, 3], [2, 5], [4, 4]], dtype=float)),
        lambda bad: t2.subgroups(np.array([[[1, 2], [bad, 3], [1, 4]], [[2, 5], [4, 4], [3, 3]]], dtype=float)),
        lambda bad: study("individuals", range(2), [1.0, bad], estimate("individuals", [1.0, 2.0, 3.0])),
        lambda bad: study("xbar-s", range(2), [1.0, bad], estimate("xbar-s", [1.0, 2.0, 3.0, 4.0], 2)),
    ],
)
def test_a_value_that_is_missing_or_no_number_is_said(ask: Callable[[float | None], object], bad: float | None) -> None:
    with pytest.raises(ValueError, match="missing or no number"):
        ask(bad)


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda: cusum.limits(0, NAN), "positive"),
        (lambda: cusum.limits(0, math.inf), "positive"),
        (lambda: ewma.limits(0, 1, n=0), "at least 1"),
        (lambda: subgroups.xbar_s([[1.0], [2.0, 3.0]]), "fewer than 2 values"),
        (lambda: attributes.place_p([0], [0], attributes.p([1, 2], [5, 5])), "not positive"),
        (lambda: attributes.place_p([6], [5], attributes.p([1, 2], [5, 5])), "more nonconforming"),
        (lambda: attributes.place_p([-1], [5], attributes.p([1, 2], [5, 5])), "negative"),
        (lambda: attributes.place_u([1], [0], attributes.u([1, 2], [5, 5])), "not positive"),
        (lambda: attributes.place([6], attributes.np([1, 2], 5)), "more nonconforming"),
        (lambda: attributes.place([-1], attributes.c([1, 2])), "negative"),
        (lambda: attributes.np([1, 2], 0), "not positive"),
        (lambda: t2.individuals(np.array([1.0, 2.0, 3.0])), "two dimensions"),
        (lambda: t2.subgroups(np.array([[1.0, 2.0], [3.0, 4.0]])), "three dimensions"),
        (lambda: capability([1.0, 2.0], 0, 5, confidence=1), "above 0 and below 1"),
        (lambda: capability([1.0, 2.0], 0, 5, confidence=95), "above 0 and below 1"),
    ],
)
def test_what_no_sample_can_be_is_said(ask: Callable[[], object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        ask()


@pytest.mark.parametrize(
    "ask",
    [
        lambda: individuals.limits([0.0, 1.0, 1e200]),
        lambda: subgroups.xbar_r([[0.0, 1e200], [1.0, 2.0]]),
        lambda: subgroups.xbar_s([[0.0, 1e200], [1.0, 2.0]]),
        lambda: t2.individuals(np.array([[1, 2], [1e200, 3], [1, 3], [2, 5], [4, 4]])),
        lambda: capability([0.0, 1.0, 1e200], None, 1.0),
        lambda: capability([0.0, 1.0], 0.0, 1e200),
        lambda: capability([0.0, 1.0], 0.0, 1e100),
        lambda: capability([0.0, 1e-250, 0.0], None, 1e100),
    ],
)
def test_what_is_too_large_to_reckon_with_is_said(ask: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match="too large"):
        ask()


@given(
    st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=25),
    st.sampled_from(["individuals", "xbar-r", "xbar-s", "ewma", "cusum"]),
    st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False)),
    st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False)),
)
def test_whatever_the_values_there_is_a_finite_figure_or_an_error_that_says_why(
    values: list[float], chart: Chart, lower: float | None, upper: float | None
) -> None:
    with contextlib.suppress(ValueError):
        limits = estimate(chart, values, 2)
        shown = study(chart, range(len(values)), values, limits).panels
        numbers = [n for x in limits for n in (x.centre, x.lower, x.upper, x.sigma)]
        numbers += [n for p in shown for side in (p.points.values, p.points.lower, p.points.upper) for n in side]
        assert all(map(math.isfinite, numbers))
    with contextlib.suppress(ValueError):
        found = capability(values, lower, upper)
        indices = (found.cp, found.cpk, found.pp, found.ppk, found.cpm)
        assert all(math.isfinite(n) for i in indices for n in (i.value, i.low, i.high) if n is not None)


def test_nothing_to_place_is_an_empty_chart() -> None:
    limits = estimate("individuals", [1.0, 2.0, 3.0])
    assert [p.points.values for p in study("individuals", [], [], limits).panels] == [[], []]
    assert [len(p.points.values) for p in study("individuals", [1], [9.0], limits).panels] == [1, 0]


def test_signals_in_units_far_apart_are_no_copies() -> None:
    """Pascals beside metres: variances a factor of 10^22 apart."""
    plain = np.random.default_rng(1).normal(size=(50, 2))
    scale = np.array([1e5, 1e-6])
    model, other = t2.individuals(plain), t2.individuals(plain * scale)
    assert other.statistics(plain * scale) == pytest.approx(model.statistics(plain))


def test_signals_that_follow_from_the_others_are_found_in_any_unit() -> None:
    plain = 40 + np.random.default_rng(1).normal(size=(50, 4))
    for last in (plain.sum(axis=1) * 1e-7, plain[:, 0] * 1e6, np.full(50, 0.1)):
        with pytest.raises(ValueError, match="leave it out"):
            t2.individuals(np.column_stack([plain, last]))


def test_a_point_on_its_limit_is_not_beyond_it_and_one_on_the_centre_on_no_side() -> None:
    """Limits of a share of .1 in samples of 100 are .19 and .01; .1 + .1 + .1 is not .3 to a computer."""
    p = attributes.p([10, 10, 19, 1], [100] * 4)
    points = attributes.place_p([10, 19, 1], [100] * 3, p)
    assert points.beyond == []
    assert violations(points.scaled, NELSON) == []
    centre = Points([0.1 + 0.2] * 9, [0.0] * 9, [0.6] * 9, [0.3] * 9, [0.1] * 9)
    assert centre.scaled == [0.0] * 9
    assert violations(centre.scaled, {"nelson-2": NELSON["nelson-2"]}) == []


@pytest.mark.parametrize(
    ("name", "scaled"),
    [
        ("nelson-1", [3.0, -3.0]),
        ("nelson-2", [0.5] * 8 + [0.0]),
        ("nelson-3", [*RISES[:5], RISES[4]]),
        ("nelson-3", [*FALLS[:5], FALLS[4]]),
        ("nelson-4", [*ZIGZAG[:13], ZIGZAG[12]]),
        ("nelson-4", [0.5, -0.5] * 3 + [0.0, 0.0] + [0.5, -0.5] * 3),
        ("nelson-5", [2.0, 2.5, 2.0]),
        ("nelson-5", [2.5, 0.0, -2.5]),
        ("nelson-6", [1.0, 1.5, 1.5, 1.5, 1.0]),
        ("nelson-6", [1.5, 1.5, -1.5, 1.5, 0.0]),
        ("nelson-7", [0.5] * 7 + [1.0] + [-0.5] * 7),
        ("nelson-8", [1.5, -1.5, 1.5, 1.0, -1.5, 1.5, -1.5, 1.5]),
        ("western-electric-1", [3.0]),
        ("western-electric-2", [2.0, 2.5]),
        ("western-electric-3", [1.0, 1.5, 1.5, 1.5]),
        ("western-electric-4", [0.5] * 7 + [0.0, 0.5]),
    ],
)
def test_a_tie_or_one_point_short_is_no_pattern(name: str, scaled: list[float]) -> None:
    rules: Rules = {name: (NELSON | WESTERN_ELECTRIC)[name]}
    assert violations(scaled, rules) == violations([-z for z in scaled], rules) == []


def test_a_two_sided_specification_of_which_one_limit_is_left() -> None:
    values = [2.0, 3.0, 4.0, 5.0, 4.0, 3.0]
    both, upper, lower = capability(values, 0, 6), capability(values, None, 6), capability(values, 0, None)
    assert both.cpk.value == pytest.approx(min(upper.cpk.value or 0, lower.cpk.value or 0))
    assert upper.ppk.value == pytest.approx((6 - upper.mean) / (3 * upper.sigma_overall))
    for one in (upper, lower):
        assert one.cp == one.pp == one.cpm == Index(None, None, None)
    assert (upper.below, upper.expected_below) == (lower.above, lower.expected_above) == (0.0, 0.0)
