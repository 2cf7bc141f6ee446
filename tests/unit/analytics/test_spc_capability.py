"""Capability of the piston rings, as qcc prints it, and what cannot be said."""

from __future__ import annotations

import random
from itertools import chain

import pytest
from andon_platform.analytics.spc import subgroups
from andon_platform.analytics.spc.capability import capability
from unit.analytics.test_spc_charts import pistons


def test_piston_rings() -> None:
    groups = pistons()
    x, _ = subgroups.xbar_r(groups)
    found = capability(
        list(chain.from_iterable(groups)), 73.95, 74.05, target=74.0, sigma_within=x.parameters["sigma_within"]
    )
    assert found.count == 125
    assert (found.cp.value, found.cp.low, found.cp.high) == pytest.approx((1.703, 1.491, 1.915), abs=6e-4)
    assert (found.cpk.value, found.cpk.low, found.cpk.high) == pytest.approx((1.663, 1.448, 1.878), abs=6e-4)
    assert (found.cpm.value, found.cpm.low, found.cpm.high) == pytest.approx((1.691, 1.480, 1.902), abs=2e-3)
    assert found.below == found.above == 0


def test_the_handbook_s_example() -> None:
    """NIST/SEMATECH e-Handbook 6.1.6: limits 8 and 20, mean 16, s = 2, target 14."""
    found = capability([14.0, 16.0, 18.0], 8.0, 20.0, sigma_within=2.0)
    assert (found.mean, found.sigma_overall) == (16.0, 2.0)
    assert [found.cp.value, found.cpk.value, found.cpm.value] == pytest.approx([1.0, 0.6667, 0.7071], abs=1e-4)


def test_one_limit_gives_a_one_sided_index() -> None:
    values = [random.Random(3).gauss(10, 1) for _ in range(2)] + [9.0, 10.0, 11.0]
    found = capability(values, None, 14.0)
    assert found.cp.value is None
    assert found.cpm.value is None
    assert found.cpk.value == pytest.approx((14 - found.mean) / (3 * found.sigma_within))


def test_a_drift_shows_in_the_long_run_and_not_in_the_short() -> None:
    dice = random.Random(1)
    values = [i / 50 + dice.gauss(0, 1) for i in range(500)]
    found = capability(values, -10, 20)
    assert found.cp.value is not None
    assert found.pp.value is not None
    assert found.cp.value > 2 * found.pp.value
    assert found.cpk.low is not None
    assert found.cpk.value is not None
    assert found.cpk.low < found.cpk.value


def test_the_interval_holds_the_true_value_as_often_as_it_says() -> None:
    dice, hits = random.Random(5), 0
    for _ in range(400):
        found = capability([dice.gauss(0, 1) for _ in range(60)], -4, 4).ppk
        assert found.low is not None
        assert found.high is not None
        hits += found.low <= 4 / 3 <= found.high
    assert hits / 400 == pytest.approx(0.95, abs=0.04)


@pytest.mark.parametrize(
    ("values", "lower", "upper", "said"),
    [
        ([1.0, 2.0], None, None, "no specification limit"),
        ([1.0, 2.0], 3.0, 2.0, "not below"),
        ([1.0], 0.0, 2.0, "at least 2"),
        ([1.0, 1.0, 1.0], 0.0, 2.0, "do not vary"),
    ],
)
def test_what_has_no_capability(values: list[float], lower: float | None, upper: float | None, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        capability(values, lower, upper)
