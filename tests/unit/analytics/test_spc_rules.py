"""Run rules: each on the pattern it is for, just short of it, and mirrored."""

from __future__ import annotations

import pytest
from andon_platform.analytics.spc.rules import NELSON, WESTERN_ELECTRIC, Rules, violations
from andon_platform.analytics.spc.study import Chart, estimate, study
from hypothesis import given
from hypothesis import strategies as st

QUIET = [0.2, -0.3, 0.1]

PATTERNS: list[tuple[str, list[float], tuple[int, ...]]] = [
    ("nelson-1", [0.1, 3.1], (1,)),
    ("nelson-2", [0.5] * 9, tuple(range(9))),
    ("nelson-3", [-1.2, -0.8, -0.3, 0.1, 0.5, 0.9], tuple(range(6))),
    ("nelson-4", [0.5, -0.5] * 7, tuple(range(14))),
    ("nelson-5", [2.1, 0.3, 2.4], (0, 2)),
    ("nelson-6", [1.2, 1.4, 0.2, 1.1, 1.6], (0, 1, 3, 4)),
    ("nelson-7", [0.6, -0.4, 0.3] * 5, tuple(range(15))),
    ("nelson-8", [1.3, -1.2, 1.4, 1.1, -1.5, -1.1, 1.3, 1.2], tuple(range(8))),
    ("western-electric-1", [0.1, 3.1], (1,)),
    ("western-electric-2", [2.1, 0.3, 2.4], (0, 2)),
    ("western-electric-3", [1.2, 1.4, 0.2, 1.1, 1.6], (0, 1, 3, 4)),
    ("western-electric-4", [0.5] * 8, tuple(range(8))),
]


def of(name: str) -> Rules:
    rules = NELSON | WESTERN_ELECTRIC
    return {name: rules[name]}


@pytest.mark.parametrize(("name", "scaled", "points"), PATTERNS)
@pytest.mark.parametrize("sign", [1, -1])
def test_a_rule_finds_its_pattern(name: str, scaled: list[float], points: tuple[int, ...], sign: int) -> None:
    found = violations([sign * z for z in scaled], of(name))
    assert [v.points for v in found] == [points]
    assert found[0].index == len(scaled) - 1
    assert found[0].rule == name


@pytest.mark.parametrize(("name", "scaled", "points"), PATTERNS)
def test_and_not_one_point_earlier(name: str, scaled: list[float], points: tuple[int, ...]) -> None:
    assert violations(scaled[:-1], of(name)) == []


def test_eight_on_one_side_are_a_pattern_for_one_book_and_not_for_the_other() -> None:
    scaled = [0.5] * 8
    assert [v.rule for v in violations(scaled, WESTERN_ELECTRIC)] == ["western-electric-4"]
    assert violations(scaled, NELSON) == []


def test_a_pattern_that_goes_on_is_said_at_each_further_point() -> None:
    assert [v.index for v in violations([0.5] * 11, of("nelson-2"))] == [8, 9, 10]


@pytest.mark.parametrize("scaled", [[2.5, -2.5, 0.0], [2.5, 0.0, 0.0, 2.5]])
def test_two_of_three_are_on_one_side_and_near(scaled: list[float]) -> None:
    assert violations(scaled, of("nelson-5")) == []


def test_a_point_on_the_centre_is_on_no_side_and_equal_points_are_no_trend() -> None:
    assert violations([0.5] * 4 + [0.0] + [0.5] * 4, of("nelson-2")) == []
    assert violations([0.1, 0.2, 0.2, 0.3, 0.4, 0.5], of("nelson-3")) == []


def test_points_beyond_one_sigma_on_one_side_only_are_no_mixture() -> None:
    assert violations([1.5] * 8, of("nelson-8")) == []


@given(st.lists(st.floats(-4, 4), max_size=40))
def test_mirrored_values_break_the_same_rules(scaled: list[float]) -> None:
    here, there = violations(scaled, NELSON), violations([-z for z in scaled], NELSON)
    assert [(v.rule, v.points) for v in here] == [(v.rule, v.points) for v in there]


@pytest.mark.parametrize("rules", ["nelson", "western-electric", "none"])
@pytest.mark.parametrize(("chart", "index"), [("individuals", 2), ("xbar-r", 1), ("xbar-s", 1)])
def test_what_never_varied_and_then_does_is_out_of_control(rules: str, chart: Chart, index: int) -> None:
    limits = estimate(chart, [5.0] * 10, 2)
    found = study(chart, range(6), [5.0, 5.0, 7.0, 5.0, 5.0, 5.0], limits, rules).panels[0]
    assert [v.index for v in found.violations] == [index]
