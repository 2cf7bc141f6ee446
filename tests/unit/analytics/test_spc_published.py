"""More published examples of control charts: figures as their sources print them, to the last digit.

"qcc" is R's package (https://github.com/luca-scr/qcc, commit af35099): its data sets, and what its
``docs/articles/qcc.html`` prints of them. "Montgomery" is Introduction to Statistical Quality Control, 7th edition;
"NIST" is the NIST/SEMATECH e-Handbook; "ASTM" is table 16 of ASTM MNL 7.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from andon_platform.analytics.spc import attributes, charts, cusum, ewma, individuals, subgroups, t2
from andon_platform.analytics.spc.chart import Limits
from andon_platform.analytics.spc.constants import c4, d2, d3
from andon_platform.analytics.spc.rules import NELSON, WESTERN_ELECTRIC, violations
from unit.analytics.test_spc_charts import BOARDS, CANS, SHIFTED, later_pistons, pistons

#: qcc: viscosity, 20 batches and 15 more.
VISCOSITY = [
    34.05, 34.40, 33.59, 35.96, 34.70, 33.51, 33.79, 34.04, 34.52, 33.75, 33.27, 33.71, 34.03, 34.58, 34.02, 33.97,
    34.05, 34.04, 33.73, 34.05, 34.39, 33.75, 33.40, 33.27, 34.65, 34.80, 34.55, 35.40, 34.75, 34.50, 34.70, 34.29,
    34.61, 34.49, 35.03,
]  # fmt: skip
#: Montgomery, table 6.1: flow width in hard-bake, micrometres; 25 samples of 5.
HARD_BAKE = np.reshape([
    1.3235, 1.4128, 1.6744, 1.4573, 1.6914, 1.4314, 1.3592, 1.6075, 1.4666, 1.6109, 1.4284, 1.4871, 1.4932, 1.4324,
    1.5674, 1.5028, 1.6352, 1.3841, 1.2831, 1.5507, 1.5604, 1.2735, 1.5265, 1.4363, 1.6441, 1.5955, 1.5451, 1.3574,
    1.3281, 1.4198, 1.6274, 1.5064, 1.8366, 1.4177, 1.5144, 1.4190, 1.4303, 1.6637, 1.6067, 1.5519, 1.3884, 1.7277,
    1.5355, 1.5176, 1.3688, 1.4039, 1.6697, 1.5089, 1.4627, 1.5220, 1.4158, 1.7667, 1.4278, 1.5928, 1.4181, 1.5821,
    1.3355, 1.5777, 1.3908, 1.7559, 1.2856, 1.4106, 1.4447, 1.6398, 1.1928, 1.4951, 1.4036, 1.5893, 1.6458, 1.4969,
    1.3589, 1.2863, 1.5996, 1.2497, 1.5471, 1.5747, 1.5301, 1.5171, 1.1839, 1.8662, 1.3680, 1.7269, 1.3957, 1.5014,
    1.4449, 1.4163, 1.3864, 1.3057, 1.6210, 1.5573, 1.5796, 1.4185, 1.6541, 1.5116, 1.7247, 1.7106, 1.4412, 1.2361,
    1.3820, 1.7601, 1.4371, 1.5051, 1.3485, 1.5670, 1.4880, 1.4738, 1.5936, 1.6583, 1.4973, 1.4720, 1.5917, 1.4333,
    1.5551, 1.5295, 1.6866, 1.6399, 1.5243, 1.5705, 1.5563, 1.5530, 1.5797, 1.3663, 1.6240, 1.3732, 1.6887,
], (25, 5)).tolist()  # fmt: skip
#: NIST 6.3.2.3: means around 325, then above it.
NIST_CUSUM = [
    324.925, 324.675, 324.725, 324.350, 325.350, 325.225, 324.125, 324.525, 325.225, 324.600, 324.625, 325.150, 328.325,
    327.250, 327.825, 328.500, 326.675, 327.775, 326.875, 328.350,
]  # fmt: skip
#: qcc: pcmanufact, nonconformities in 20 samples of 5 computers.
COMPUTERS = [10, 12, 8, 14, 10, 16, 11, 7, 10, 15, 9, 5, 7, 11, 12, 6, 8, 10, 7, 5]
#: Pyzdek and Keller, The Handbook for Quality Management, table 9.6: bruised peaches in crates of 250, one or two a
#: shipment.
PEACHES = [
    47, 42, 55, 51, 46, 61, 39, 44, 41, 51, 88, 101, 101, 40, 48, 47, 50, 48, 57, 45, 43, 105, 98, 100, 96,
]  # fmt: skip
CRATES = [1] * 10 + [2] * 3 + [1] * 8 + [2] * 4
#: Mason and Young, Multivariate Statistical Process Control with Industrial Applications, p. 86 (qcc: boiler).
BOILER = np.reshape([
    507, 516, 527, 516, 499, 512, 472, 477, 512, 513, 533, 518, 502, 510, 476, 475, 520, 512, 537, 518, 503, 512, 480,
    477, 520, 514, 538, 516, 504, 517, 480, 479, 530, 515, 542, 525, 504, 512, 481, 477, 528, 516, 541, 524, 505, 514,
    482, 480, 522, 513, 537, 518, 503, 512, 479, 477, 527, 509, 537, 521, 504, 508, 478, 472, 533, 514, 528, 529, 508,
    512, 482, 477, 530, 512, 538, 524, 507, 512, 482, 477, 530, 512, 541, 525, 507, 511, 482, 476, 527, 513, 541, 523,
    506, 512, 481, 476, 529, 514, 542, 525, 506, 512, 481, 477, 522, 509, 539, 518, 501, 510, 476, 475, 532, 515, 545,
    528, 507, 511, 481, 478, 531, 514, 543, 525, 507, 511, 482, 477, 535, 514, 542, 530, 509, 511, 483, 477, 516, 515,
    537, 515, 501, 516, 476, 481, 514, 510, 532, 512, 497, 512, 471, 476, 536, 512, 540, 526, 509, 512, 482, 477, 522,
    514, 540, 518, 497, 514, 475, 478, 520, 514, 540, 518, 501, 514, 475, 478, 526, 517, 546, 522, 502, 516, 477, 480,
    527, 514, 543, 523, 502, 512, 475, 476, 529, 518, 544, 525, 504, 516, 479, 481,
], (25, 8)).astype(float)  # fmt: skip
#: Ryan, Statistical Methods for Quality Improvement, table 9.2 (qcc: RyanMultivar): 20 samples of 4, two variables.
RYAN = np.stack([
    np.reshape([
        72, 84, 79, 49, 56, 87, 33, 42, 55, 73, 22, 60, 44, 80, 54, 74, 97, 26, 48, 58, 83, 89, 91, 62, 47, 66, 53, 58,
        88, 50, 84, 69, 57, 47, 41, 46, 26, 39, 52, 48, 46, 27, 63, 34, 49, 62, 78, 87, 71, 63, 82, 55, 71, 58, 69, 70,
        67, 69, 70, 94, 55, 63, 72, 49, 49, 51, 55, 76, 72, 80, 61, 59, 61, 74, 62, 57, 35, 38, 41, 46,
    ], (20, 4)),
    np.reshape([
        23, 30, 28, 10, 14, 31, 8, 9, 13, 22, 6, 16, 9, 28, 15, 25, 36, 10, 14, 15, 30, 35, 36, 18, 12, 18, 14, 16,
        31, 11, 30, 19, 14, 10, 8, 10, 7, 11, 35, 30, 10, 8, 19, 9, 11, 20, 27, 31, 22, 16, 31, 15, 21, 19, 17, 20,
        18, 19, 18, 35, 15, 16, 20, 12, 13, 14, 16, 26, 22, 28, 18, 17, 19, 20, 16, 14, 10, 11, 13, 16,
    ], (20, 4)),
], axis=2).astype(float)  # fmt: skip

# ASTM: n, then A2, A3, c4, B3, B4, B5, B6, d2, d3, D3, D4
FACTORS = """
2 1.880 2.659 .7979 0 3.267 0 2.606 1.128 .853 0 3.267
3 1.023 1.954 .8862 0 2.568 0 2.276 1.693 .888 0 2.574
4 .729 1.628 .9213 0 2.266 0 2.088 2.059 .880 0 2.282
5 .577 1.427 .9400 0 2.089 0 1.964 2.326 .864 0 2.114
6 .483 1.287 .9515 .030 1.970 .029 1.874 2.534 .848 0 2.004
7 .419 1.182 .9594 .118 1.882 .113 1.806 2.704 .833 .076 1.924
8 .373 1.099 .9650 .185 1.815 .179 1.751 2.847 .820 .136 1.864
9 .337 1.032 .9693 .239 1.761 .232 1.707 2.970 .808 .184 1.816
10 .308 .975 .9727 .284 1.716 .276 1.669 3.078 .797 .223 1.777
11 .285 .927 .9754 .321 1.679 .313 1.637 3.173 .787 .256 1.744
12 .266 .886 .9776 .354 1.646 .346 1.610 3.258 .778 .283 1.717
13 .249 .850 .9794 .382 1.618 .374 1.585 3.336 .770 .307 1.693
14 .235 .817 .9810 .406 1.594 .399 1.563 3.407 .763 .328 1.672
15 .223 .789 .9823 .428 1.572 .421 1.544 3.472 .756 .347 1.653
16 .212 .763 .9835 .448 1.552 .440 1.526 3.532 .750 .363 1.637
17 .203 .739 .9845 .466 1.534 .458 1.511 3.588 .744 .378 1.622
18 .194 .718 .9854 .482 1.518 .475 1.496 3.640 .739 .391 1.608
19 .187 .698 .9862 .497 1.503 .490 1.483 3.689 .734 .403 1.597
20 .180 .680 .9869 .510 1.490 .504 1.470 3.735 .729 .415 1.585
21 .173 .663 .9876 .523 1.477 .516 1.459 3.778 .724 .425 1.575
22 .167 .647 .9882 .534 1.466 .528 1.448 3.819 .720 .434 1.566
23 .162 .633 .9887 .545 1.455 .539 1.438 3.858 .716 .443 1.557
24 .157 .619 .9892 .555 1.445 .549 1.429 3.895 .712 .451 1.548
25 .153 .606 .9896 .565 1.435 .559 1.420 3.931 .708 .459 1.541
"""


def of(limits: Limits) -> tuple[float, ...]:
    return limits.centre, limits.sigma, limits.lower, limits.upper


@pytest.mark.parametrize("row", FACTORS.strip().splitlines())
def test_all_factors_from_2_to_25(row: str) -> None:
    n, *printed = (float(cell) for cell in row.split())
    unbias, mean, spread = c4(round(n)), d2(round(n)), d3(round(n))
    rest = math.sqrt(1 - unbias**2)
    found = [
        3 / (mean * math.sqrt(n)), 3 / (unbias * math.sqrt(n)), unbias,
        max(0.0, 1 - 3 * rest / unbias), 1 + 3 * rest / unbias, max(0.0, unbias - 3 * rest), unbias + 3 * rest,
        mean, spread, max(0.0, 1 - 3 * spread / mean), 1 + 3 * spread / mean,
    ]  # fmt: skip
    # the tables were reckoned with rounded d2 and d3, so that their last digit may be one off
    assert found == pytest.approx(printed, abs=8e-4)
    assert unbias == pytest.approx(printed[2], abs=5e-5)


def test_viscosity_with_and_without_the_batch_that_had_a_cause() -> None:
    x, _ = individuals.limits(VISCOSITY[:20])
    assert of(x) == pytest.approx((34.088, 0.5076521, 32.56504, 35.61096), abs=6e-6)
    assert individuals.place(VISCOSITY[:20], x).beyond == [3]
    x, _ = individuals.limits(VISCOSITY[:3] + VISCOSITY[4:20])
    assert of(x) == pytest.approx((33.98947, 0.4117415, 32.75425, 35.2247), abs=6e-6)
    assert individuals.place(VISCOSITY[20:], x).beyond == [7]


def test_viscosity_on_an_ewma_chart_has_narrower_limits_at_first() -> None:
    x, _ = individuals.limits(VISCOSITY[:20])
    points = ewma.place(VISCOSITY, ewma.limits(x.centre, x.sigma, weight=0.2, width=2.7))
    found = [side[i] for i in (0, 1, 34) for side in (points.lower, points.upper)]
    assert found == pytest.approx([33.81387, 34.36213, 33.73694, 34.43906, 33.63111, 34.54489], abs=6e-6)


def test_ewma_as_montgomery_9_2() -> None:
    points = ewma.place(SHIFTED, ewma.limits(10, 1, weight=0.1, width=2.7))
    assert [points.values[i] for i in (0, 1, 2, 28, 29)] == pytest.approx(
        [9.945, 9.7495, 9.70355, 10.6468, 10.6341], abs=6e-5
    )
    assert [points.upper[i] for i in (0, 1, 29)] == pytest.approx([10.27, 10.36, 10.62], abs=5e-3)
    assert [points.lower[i] for i in (0, 1, 29)] == pytest.approx([9.73, 9.64, 9.38], abs=5e-3)
    assert points.beyond == [28, 29]  # observations 29 and 30


def test_cusum_as_montgomery_tabulates_it() -> None:
    sums = cusum.place(SHIFTED, cusum.limits(10, 1))
    assert sums.above[:29] == pytest.approx(
        [0, 0, 0, 1.16, 2.82, 2.50, 0.04, 1.00, 0, 0, 0, 0.97, 0.98, 0, 0, 0, 0.12, 0, 0, 0.34, 0.74, 0, 1.79, 2.79,
         2.89, 3.47, 3.35, 4.47, 5.28], abs=5e-3,
    )  # fmt: skip


def test_cusum_as_nist_6_3_2_3() -> None:
    sums = cusum.place(NIST_CUSUM, cusum.limits(325, 0.635, shift=1, decision=4.1959 / 0.635))
    assert sums.above[12:] == pytest.approx([3.01, 4.94, 7.45, 10.63, 11.99, 14.44, 16.00, 19.04], abs=6e-3)
    assert sums.alarms == list(range(13, 20))  # out of control from observation 14 on


@pytest.mark.parametrize(("decision", "published"), [(5.0, 10.4), (4.0, 8.38)])
def test_cusum_finds_a_shift_of_one_sigma_as_soon_as_published(decision: float, published: float) -> None:
    """Montgomery, chapter 9: average run lengths with k = 1/2."""
    limits, dice = cusum.limits(0, 1, decision=decision), np.random.default_rng(3)
    runs = [cusum.place(dice.normal(1, 1, 80).tolist(), limits).alarms[0] + 1 for _ in range(2_000)]
    assert np.mean(runs) == pytest.approx(published, abs=0.35)


def test_hard_bake_on_xbar_r_and_s() -> None:
    x, r = subgroups.xbar_r(HARD_BAKE)
    assert (x.centre, x.lower, x.upper) == pytest.approx((1.5056, 1.31795, 1.69325), abs=1e-4)
    assert (r.centre, r.lower, r.upper) == pytest.approx((0.32521, 0, 0.68749), abs=2e-4)
    assert x.parameters["sigma_within"] == pytest.approx(0.1398, abs=5e-5)
    _, s = subgroups.xbar_s(HARD_BAKE)
    # table 6.1 has no standard deviations: B4 of the factors above
    assert s.upper == pytest.approx(2.089 * s.centre, rel=2e-4)


def uneven() -> list[list[float]]:
    """Montgomery, table 6.4: the piston rings without twelve of them, so that samples have 3 to 5."""
    gone = {9, 10, 30, 35, 45, 64, 65, 74, 75, 85, 99, 100}
    return [[v for j, v in enumerate(g) if 5 * i + j + 1 not in gone] for i, g in enumerate(pistons())]


def test_samples_of_different_sizes_have_limits_of_their_own() -> None:
    groups = uneven()
    assert [len(g) for g in groups[:9]] == [5, 3, 5, 5, 5, 4, 4, 5, 4]
    found = subgroups.deviations(groups)
    assert found[:15] == pytest.approx(
        [0.0148, 0.0046, 0.0147, 0.0091, 0.0122, 0.0099, 0.0055, 0.0123, 0.0064, 0.0063, 0.0029, 0.0042, 0.0100, 0.0153,
         0.0087], abs=5.1e-5,
    )  # fmt: skip
    x, s = subgroups.xbar_s(groups)
    assert x.centre == pytest.approx(74.001, abs=5e-4)
    pooled = math.sqrt(sum((len(g) - 1) * d * d for g, d in zip(groups, found, strict=True)) / (113 - 25))
    assert s.centre == pytest.approx(pooled)
    means, deviations = subgroups.place_means(groups, x), subgroups.place_deviations(groups, s)
    for i, a3, b4 in ((0, 1.427, 2.089), (1, 1.954, 2.568), (5, 1.628, 2.266)):
        assert (means.upper[i] - x.centre) / pooled == pytest.approx(a3, abs=5e-4)
        assert (x.centre - means.lower[i]) / pooled == pytest.approx(a3, abs=5e-4)
        assert (deviations.lower[i], deviations.upper[i] / pooled) == pytest.approx((0, b4), abs=5e-4)
    assert means.beyond == deviations.beyond == []
    with pytest.raises(ValueError, match="X-bar S takes any"):
        subgroups.xbar_r(groups)


def test_samples_of_one_size_have_the_same_limits_both_ways() -> None:
    x, s = subgroups.xbar_s(pistons())
    means, deviations = subgroups.place_means(pistons(), x), subgroups.place_deviations(pistons(), s)
    assert (means.lower[0], means.upper[0]) == pytest.approx((x.lower, x.upper))
    assert (deviations.lower[0], deviations.upper[0]) == pytest.approx((s.lower, s.upper))


def test_orange_juice_without_the_samples_that_had_a_cause() -> None:
    kept = [count for i, count in enumerate(CANS, 1) if i not in (15, 23)]
    assert of(attributes.p(kept, [50] * 28)) == pytest.approx((0.215, 0.05809905, 0.04070284, 0.3892972), abs=1e-7)
    later = [9, 6, 12, 5, 6, 4, 6, 3, 7, 6, 2, 4, 3, 6, 5, 4, 8, 5, 6, 7, 5, 6, 3, 5]
    assert of(attributes.p(later, [50] * 24)) == pytest.approx((0.1108333, 0.04439579, 0, 0.2440207), abs=1e-7)
    assert of(attributes.np(CANS, 50)) == pytest.approx((11.56667, 2.981763, 2.621377, 20.51196), abs=6e-6)


def test_circuit_boards_without_the_samples_that_had_a_cause() -> None:
    kept = [count for i, count in enumerate(BOARDS, 1) if i not in (6, 20)]
    assert of(attributes.c(kept)) == pytest.approx((19.66667, 4.434712, 6.362532, 32.9708), abs=5e-6)
    u = attributes.u(kept, [100] * 24)
    assert (u.centre, u.lower, u.upper) == pytest.approx((0.1966667, 0.06362532, 0.329708), abs=1e-7)


def test_computers_on_a_u_chart() -> None:
    u = attributes.u(COMPUTERS, [5] * 20)
    assert (u.centre, u.lower, u.upper) == pytest.approx((1.93, 0.06613305, 3.793867), abs=1e-6)
    assert attributes.place_u(COMPUTERS, [5] * 20, u).beyond == []


def test_peaches_in_shipments_of_one_and_two_crates() -> None:
    sizes = [250 * n for n in CRATES]
    p, u = attributes.p(PEACHES, sizes), attributes.u(PEACHES, CRATES)
    assert (p.centre, u.centre) == (1544 / 8000, 1544 / 32)  # 0.193 and 48.25, as printed
    shares, rates = attributes.place_p(PEACHES, sizes, p), attributes.place_u(PEACHES, CRATES, u)
    for i, n in ((0, 250), (10, 500)):
        half = 3 * math.sqrt(0.193 * 0.807 / n)
        assert (shares.lower[i], shares.upper[i]) == pytest.approx((0.193 - half, 0.193 + half))
        half = 3 * math.sqrt(48.25 * 250 / n)
        assert (rates.lower[i], rates.upper[i]) == pytest.approx((48.25 - half, 48.25 + half))
    assert shares.beyond == rates.beyond == []


def test_t2_of_single_readings_in_both_phases() -> None:
    model = t2.individuals(BOILER)
    assert model.mean == pytest.approx([525, 513.56, 538.92, 521.68, 503.8, 512.44, 478.72, 477.24])
    assert np.linalg.det(model.covariance) == pytest.approx(8313.241, abs=5e-4)
    assert (model.limit(1, 0.001), model.limit(2, 0.001)) == pytest.approx((17.41705, 70.02943), abs=5e-6)
    # qcc takes the share of 3 sigma for each of the eight
    assert model.limit(1, 1 - (1 - 0.0027) ** 8) == pytest.approx(14.26225, abs=5e-6)


def test_t2_of_subgroups_in_both_phases() -> None:
    model, alpha = t2.subgroups(RYAN), 1 - 0.9973**2
    assert model.mean == pytest.approx([60.375, 18.4875])
    assert model.covariance.ravel() == pytest.approx([222.0333, 103.11667, 103.11667, 56.57917], abs=5e-5)
    assert (model.limit(1, alpha), model.limit(2, alpha)) == pytest.approx((11.03976, 12.20184), abs=5e-6)


def test_t2_of_the_textile_fibre() -> None:
    """Montgomery, table 11.1: tensile strength and diameter, 20 samples of 10; alpha .001."""
    model = t2.Model(np.array([115.59, 1.06]), np.array([[1.23, 0.79], [0.79, 0.83]]), 20, 10)
    means = np.array([[115.25, 1.04], [115.91, 1.06], [115.05, 1.09], [116.21, 1.05], [115.90, 1.07], [115.55, 1.06]])
    assert model.statistics(means) == pytest.approx([2.16, 2.14, 6.77, 8.29, 1.89, 0.03], abs=6e-3)
    assert (model.limit(1, 0.001), model.limit(2, 0.001)) == pytest.approx((13.72, 15.16), abs=6e-3)
    # exercise 11.2: three characteristics, 30 samples of 10
    assert t2.Model(np.zeros(3), np.eye(3), 30, 10).limit(2, 0.001) == pytest.approx(17.4251, abs=5e-5)


@pytest.mark.parametrize(
    ("rule", "scaled", "points"),
    # qcc: tests/testthat/test-rules.R, points counted from 1
    [
        ("western-electric-1", [0, 3.2, -3.5, 2.9], [2, 3]),
        ("western-electric-2", [0, 2.5, 1.0, 2.6, 0], [4]),
        ("western-electric-3", [0, 1.2, 1.3, 0.2, 1.4, 1.5], [6]),
        ("western-electric-4", [-1] * 8 + [1], [8]),
        ("nelson-1", [0, 3.2, -3.4, 3], [2, 3]),
        ("nelson-2", [0.5] * 10 + [-0.5] * 10, [9, 10, 19, 20]),
        ("nelson-3", [1, 2, 3, 4, 5, 6, 7, 7, 6, 5, 4, 3, 2, 1], [6, 7, 13, 14]),
        ("nelson-4", [1, 3, 2, 4, 3, 5, 4, 6, 5, 7, 6, 8, 7, 9, 8], [14, 15]),
        ("nelson-5", [0, 2.3, 0.4, 2.2, -2.4, -0.2, -2.5], [4, 7]),
        ("nelson-6", [1.2, 1.3, 0.2, 1.4, 1.5, -1.2, -1.3, -0.1, -1.4, -1.5], [5, 10]),
        ("nelson-7", [0.3] * 16 + [1.2], [15, 16]),
        ("nelson-8", [1.2, -1.3, 1.1, -1.4, 1.5, -1.2, 1.3, -1.1, 0.2], [8]),
        ("nelson-8", [1.2] * 8, []),
        # qcc waits for a third and a fifth point, and says 3 to 8 and 5 to 8
        ("western-electric-2", [2.5] * 7 + [3.2], [2, 3, 4, 5, 6, 7, 8]),
        ("western-electric-3", [2.5] * 7 + [3.2], [4, 5, 6, 7, 8]),
    ],
)
def test_run_rules_find_what_qcc_finds(rule: str, scaled: list[float], points: list[int]) -> None:
    found = violations(scaled, {rule: (NELSON | WESTERN_ELECTRIC)[rule]})
    assert [v.index + 1 for v in found] == points


def test_sums_and_weighted_means_of_a_few_values() -> None:
    """qcc: tests/testthat/test-cusum.R and test-ewma.R; a sum that is just the decision interval is no alarm."""
    sums = cusum.place([1.5, 0.5, 0.6, -1.5, -0.5, -0.8], cusum.limits(0, 1, decision=1))
    assert (sums.above, sums.below) == (pytest.approx([1, 1, 1.1, 0, 0, 0]), pytest.approx([0, 0, 0, 1, 1, 1.3]))
    assert sums.alarms == [2, 5]
    points = ewma.place([11, 13, 12], ewma.limits(10, 2, weight=0.5, width=2))
    assert points.values == pytest.approx([10.5, 11.75, 11.875])
    assert points.sigma == pytest.approx([1, math.sqrt(1.25), math.sqrt(1.3125)])


def test_later_piston_rings_are_out_of_control_and_later_boards_are_not() -> None:
    """Montgomery, examples 6.3 and 7.3 in Phase II: the mean of the rings moves up, the boards are as before."""
    rings = charts.Values(range(125), [v for group in pistons() for v in group])
    late = charts.Values(range(75), later_pistons())
    means, ranges = charts.judge("xbar-r", late, charts.estimate("xbar-r", rings, 5, {}), "western-electric", 2).panels
    assert [26 + v.index for v in means.violations if v.rule == "western-electric-1"] == [37, 38, 39]
    assert ranges.violations == []
    kept = [count for i, count in enumerate(BOARDS, 1) if i not in (6, 20)]
    later = [16, 18, 12, 15, 24, 21, 28, 20, 25, 19, 18, 21, 16, 22, 19, 12, 14, 9, 16, 21]
    assert attributes.place(later, attributes.c(kept)).beyond == []


def test_the_charts_that_a_page_asks_for_say_the_same() -> None:
    """Through the functions behind ``/spc/chart``: Phase I of what came first judges what came later."""
    early = charts.Values(range(20), VISCOSITY[:3] + VISCOSITY[4:20])
    limits = charts.estimate("individuals", early, 1, {})
    later = charts.judge("individuals", charts.Values(range(15), VISCOSITY[20:]), limits, "western-electric", 2)
    assert [v.index for v in later.panels[0].violations if v.rule == "western-electric-1"] == [7]
    cans = charts.Samples(range(30), CANS, [50] * 30)
    found = charts.judge("np", cans, charts.estimate("np", cans, 50, {}), "nelson", 1).panels[0]
    assert {v.index for v in found.violations if v.rule == "nelson-1"} == {14, 22}
    flat = charts.Values(range(125), [v for group in pistons() for v in group])
    x, r = charts.estimate("xbar-r", flat, 5, {})
    assert (x.lower, x.upper, r.upper) == pytest.approx((73.98805, 74.0143, 0.04812533), abs=6e-6)
    boiler = charts.Readings([f"t{i}" for i in range(1, 9)], range(25), BOILER.tolist())
    (t,) = charts.estimate("t2", boiler, 1, {})
    assert t.upper == pytest.approx(t2.individuals(BOILER).limit(1, 0.0027))
