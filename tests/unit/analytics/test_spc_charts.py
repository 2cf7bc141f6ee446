"""Control charts against published examples: NIST/SEMATECH's handbook, Montgomery's textbook, qcc's piston rings."""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path

import numpy as np
import pytest
from andon_platform.analytics.spc import attributes, cusum, ewma, individuals, subgroups, t2
from andon_platform.analytics.spc.chart import Limits
from andon_platform.analytics.spc.constants import c4, d2, d3
from hypothesis import given
from hypothesis import strategies as st

PISTONS = Path(__file__).parents[2] / "data/spc/pistonrings.txt"
NIST_INDIVIDUALS = [49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1]
NIST_EWMA = [
    52.0, 47.0, 53.0, 49.3, 50.1, 47.0, 51.0, 50.1, 51.2, 50.5, 49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6,
    52.1,
]  # fmt: skip
#: Montgomery, table 7.1: nonconforming cans in samples of 50; table 7.7: nonconformities on printed circuit boards.
CANS = [
    12, 15, 8, 10, 4, 7, 16, 9, 14, 10, 5, 6, 17, 12, 22, 8, 10, 5, 13, 11, 20, 18, 24, 15, 9, 12, 7, 13, 9, 6,
]  # fmt: skip
BOARDS = [21, 24, 16, 12, 15, 5, 28, 20, 31, 25, 20, 24, 16, 19, 10, 17, 13, 22, 18, 39, 30, 24, 16, 19, 17, 15]
#: Montgomery, table 9.1: twenty values around 10, then ten around 11.
SHIFTED = [
    9.45, 7.99, 9.29, 11.66, 12.16, 10.18, 8.04, 11.46, 9.20, 10.34, 9.03, 11.47, 10.51, 9.40, 10.08, 9.37, 10.62,
    10.31, 8.52, 10.84, 10.90, 9.33, 12.29, 11.50, 10.60, 11.08, 10.38, 11.62, 11.31, 10.52,
]  # fmt: skip


def _rings() -> list[list[str]]:
    with PISTONS.open() as file:
        return [[cell for cell in row if cell] for row in csv.reader(file, delimiter=" ")][1:]


def later_pistons() -> list[float]:
    """The 15 samples of 5 that came later, one after the other."""
    return [float(diameter) for diameter, _, trial in _rings() if trial != "TRUE"]


def pistons() -> list[list[float]]:
    """The 25 samples of 5 that limits are estimated from."""
    found: dict[int, list[float]] = {}
    for diameter, sample, trial in _rings():
        if trial == "TRUE":
            found.setdefault(int(sample), []).append(float(diameter))
    return list(found.values())


@pytest.mark.parametrize(
    ("n", "mean", "spread", "unbias"),
    # ASTM MNL 7, table 16
    [(2, 1.128, 0.853, 0.7979), (3, 1.693, 0.888, 0.8862), (5, 2.326, 0.864, 0.9400), (10, 3.078, 0.797, 0.9727),
     (25, 3.931, 0.708, 0.9896)],
)  # fmt: skip
def test_constants_are_those_of_the_tables(n: int, mean: float, spread: float, unbias: float) -> None:
    assert d2(n) == mean
    assert d3(n) == pytest.approx(spread, abs=6e-4)
    assert c4(n) == pytest.approx(unbias, abs=5e-5)


@pytest.mark.parametrize("n", [1, 0, 101])
def test_constants_have_bounds(n: int) -> None:
    with pytest.raises(ValueError, match="2 to 100"):
        d2(n)


def test_individuals_as_nist_6_3_2_2() -> None:
    x, mr = individuals.limits(NIST_INDIVIDUALS)
    assert mr.centre == pytest.approx(1.8778, abs=5e-5)
    assert (x.centre, x.upper, x.lower) == pytest.approx((50.81, 55.8041, 45.8159), abs=5e-4)
    assert mr.upper == pytest.approx(3.267 * 1.8778, abs=2e-3)
    assert mr.lower == 0
    assert individuals.place(NIST_INDIVIDUALS, x).beyond == []


def test_xbar_and_range_of_the_piston_rings() -> None:
    groups = pistons()
    assert len(groups) == 25
    x, r = subgroups.xbar_r(groups)
    assert (x.centre, x.lower, x.upper) == pytest.approx((74.00118, 73.98805, 74.0143), abs=6e-6)
    assert x.parameters["sigma_within"] == pytest.approx(0.009785039, abs=1e-9)
    assert (r.centre, r.lower, r.upper) == pytest.approx((0.02276, 0.0, 0.04812533), abs=1e-6)


def test_xbar_and_deviation_of_the_piston_rings() -> None:
    _, s = subgroups.xbar_s(pistons())
    assert s.centre == pytest.approx(0.009240037, abs=1e-9)
    x, _ = subgroups.xbar_s(pistons())
    assert x.parameters["sigma_within"] == pytest.approx(0.009829977, abs=1e-8)
    assert s.upper == pytest.approx(0.01930242, abs=1e-7)


def test_p_chart_of_the_cans() -> None:
    found = attributes.p(CANS, [50] * 30)
    assert (found.centre, found.upper, found.lower) == pytest.approx((0.2313, 0.4102, 0.0524), abs=6e-5)
    assert attributes.place_p(CANS, [50] * 30, found).beyond == [14, 22]  # samples 15 and 23


def test_np_chart_is_the_p_chart_in_pieces() -> None:
    found, share = attributes.np(CANS, 50), attributes.p(CANS, [50] * 30)
    assert (found.centre, found.upper, found.lower) == pytest.approx(
        (share.centre * 50, share.upper * 50, share.lower * 50)
    )
    assert attributes.place(CANS, found).beyond == [14, 22]


def test_c_chart_of_the_boards() -> None:
    found = attributes.c(BOARDS)
    # the book goes on with the centre rounded to 19.85
    assert (found.centre, found.upper, found.lower) == pytest.approx((19.85, 33.22, 6.48), abs=0.01)
    assert attributes.place(BOARDS, found).beyond == [5, 19]  # samples 6 and 20


def test_u_chart_has_limits_of_each_size() -> None:
    # Montgomery, table 7.11: nonconformities on dyed cloth, in inspection units of 50 square metres
    counts = [14, 12, 20, 11, 7, 10, 21, 16, 19, 23]
    units = [10.0, 8.0, 13.0, 10.0, 9.5, 10.0, 12.0, 10.5, 12.0, 12.5]
    found = attributes.u(counts, units)
    assert found.centre == pytest.approx(1.42, abs=5e-3)
    points = attributes.place_u(counts, units, found)
    assert (points.upper[0], points.lower[0]) == pytest.approx((2.55, 0.29), abs=6e-3)
    assert (points.upper[1], points.lower[1]) == pytest.approx((2.68, 0.16), abs=1e-2)
    assert points.beyond == []


def test_ewma_as_nist_6_3_2_4() -> None:
    found = ewma.limits(50, 2.0539, weight=0.3)
    assert (found.upper, found.lower) == pytest.approx((52.5884, 47.4115), abs=1e-3)
    points = ewma.place(NIST_EWMA, found, steady=True)
    expected = [
        50.6, 49.52, 50.56, 50.18, 50.16, 49.21, 49.75, 49.85, 50.26, 50.33, 50.11, 49.36, 49.52, 50.05, 49.38, 49.92,
        50.73, 51.23, 51.94, 51.99,
    ]  # fmt: skip
    assert points.values == pytest.approx(expected, abs=0.011)
    assert points.beyond == []


def test_ewma_of_the_piston_rings_has_the_published_first_and_last_limits() -> None:
    groups = pistons()
    x, _ = subgroups.xbar_r(groups)
    found = ewma.limits(x.centre, x.parameters["sigma_within"], weight=0.2, n=5)
    points = ewma.place(subgroups.means(groups), found)
    assert (points.lower[0], points.lower[1], points.lower[-1]) == pytest.approx(
        (73.99855, 73.99781, 73.9968), abs=6e-6
    )


def test_cusum_as_montgomery_9_1() -> None:
    sums = cusum.place(SHIFTED, cusum.limits(10, 1))
    assert sums.alarms == [28, 29]  # the 29th value is the first beyond H = 5
    assert sums.above[28:] == pytest.approx([5.28, 5.30], abs=0.005)
    assert sums.since_above[28] == 7  # the shift began after the 22nd
    assert max(sums.below) < 5


def test_a_cusum_with_a_head_start_is_quicker() -> None:
    off = [11.0] * 12
    plain = cusum.place(off, cusum.limits(10, 1)).alarms
    assert plain[0] == 10
    assert cusum.place(off, cusum.limits(10, 1), head_start=0.5).alarms[0] == 5


def test_t2_of_one_signal_is_its_squared_distance() -> None:
    values = np.array(NIST_INDIVIDUALS)
    model = t2.individuals(values[:, None])
    expected = (values - values.mean()) ** 2 / values.var(ddof=1)
    assert model.statistics(values[:, None]) == pytest.approx(expected)


def test_t2_limits_let_through_what_they_promise() -> None:
    dice = np.random.default_rng(7)
    shape = np.array([[1.0, 0.8, 0.2], [0.0, 0.6, 0.4], [0.0, 0.0, 1.5]])
    above_1 = above_2 = above_groups = count = groups = 0
    for _ in range(300):
        model = t2.individuals(dice.normal(size=(40, 3)) @ shape)
        above_2 += (model.statistics(dice.normal(size=(40, 3)) @ shape) > model.limit(2, 0.05)).sum()
        own = dice.normal(size=(40, 3)) @ shape
        again = t2.individuals(own)
        above_1 += (again.statistics(own) > again.limit(1, 0.05)).sum()
        count += 40
        several = t2.subgroups(dice.normal(size=(20, 4, 3)) @ shape)
        fresh = (dice.normal(size=(20, 4, 3)) @ shape).mean(axis=1)
        above_groups += (several.statistics(fresh) > several.limit(2, 0.05)).sum()
        groups += 20
    assert above_1 / count == pytest.approx(0.05, abs=0.008)
    assert above_2 / count == pytest.approx(0.05, abs=0.008)
    assert above_groups / groups == pytest.approx(0.05, abs=0.011)


def test_t2_refuses_signals_that_are_copies() -> None:
    one = np.random.default_rng(1).normal(size=(30, 1))
    with pytest.raises(ValueError, match="leave it out"):
        t2.individuals(np.hstack([one, one]))


def test_limits_survive_storage_with_their_basis() -> None:
    basis = {"machine": "polaris/north/cabinets/cabinets-1/press-1", "signal": "force", "start": 1, "stop": 2}
    found = Limits("individuals", 1.0, 0.0, 2.0, 1 / 3, basis=basis)
    assert Limits.from_dict(json.loads(json.dumps(found.to_dict()))) == found


@pytest.mark.parametrize(
    "call",
    [
        lambda: individuals.limits([1.0]),
        lambda: subgroups.xbar_r([[1.0, 2.0], [1.0]]),
        lambda: subgroups.xbar_r([[1.0], [2.0]]),
        lambda: attributes.p([1, 60], [50, 50]),
        lambda: attributes.p([1, 2], [50]),
        lambda: attributes.c([-1, 2]),
        lambda: attributes.u([1, 2], [0.0, 1.0]),
        lambda: ewma.limits(0, 1, weight=1.5),
        lambda: ewma.limits(0, math.nan),
        lambda: cusum.limits(0, 0),
    ],
)
def test_what_gives_no_limits_is_refused(call: object) -> None:
    with pytest.raises(ValueError):
        call()  # type: ignore[operator]


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=50), st.floats(-1e3, 1e3), st.floats(0.1, 100))
def test_individuals_move_with_their_unit(values: list[float], shift: float, factor: float) -> None:
    x, mr = individuals.limits(values)
    moved, ranges = individuals.limits([v * factor + shift for v in values])
    assert moved.upper == pytest.approx(x.upper * factor + shift, rel=1e-6, abs=1e-3)
    assert ranges.upper == pytest.approx(mr.upper * factor, rel=1e-6, abs=1e-3)
