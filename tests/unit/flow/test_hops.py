"""The time of a hop: percentiles against the exact ones, the window, and what Prometheus gets."""

from __future__ import annotations

import random

import pytest
from andon_platform.flow.hops import LEAST_US, SLOT_S, SLOTS, Hop, HopFigures, family
from hypothesis import given
from hypothesis import strategies as st


class Clock:
    def __init__(self) -> None:
        self.at = 1_000.0

    def __call__(self) -> float:
        return self.at


@given(st.lists(st.integers(LEAST_US, 900_000_000), min_size=1, max_size=300), st.sampled_from([0.5, 0.99]))
def test_a_percentile_is_within_six_percent_of_the_true_one(times: list[int], share: float) -> None:
    hop = Hop()
    hop.add_many(times)
    rank = max(1, -(-round(len(times) * share * 1e6) // 1_000_000))
    exact = sorted(times)[rank - 1] / 1e3
    found = hop.figures()
    got = found.p50_ms if share == 0.5 else found.p99_ms
    assert got == pytest.approx(exact, rel=0.06)


def test_of_many_evenly_spread_times_it_is_within_six_percent() -> None:
    hop, chance = Hop(), random.Random(4)
    times = [round(10 ** chance.uniform(3, 5)) for _ in range(20_000)]
    hop.add_many(times)
    exact = sorted(times)
    assert hop.figures().p50_ms == pytest.approx(exact[9_999] / 1e3, rel=0.06)
    assert hop.figures().p99_ms == pytest.approx(exact[19_799] / 1e3, rel=0.06)


def test_what_is_older_than_the_window_is_forgotten_but_stays_counted_for_prometheus() -> None:
    clock = Clock()
    hop = Hop(clock)
    hop.add_many([5_000_000] * 10)
    clock.at += SLOT_S * (SLOTS - 1)
    hop.add(1_000)
    assert hop.figures().count == 11
    clock.at += SLOT_S
    assert hop.figures() == HopFigures(1, pytest.approx(1.0, rel=0.07), pytest.approx(1.0, rel=0.07))
    clock.at += SLOT_S * SLOTS
    assert hop.figures() == HopFigures(0, 0.0, 0.0)
    buckets, total = hop.samples()
    assert buckets[-1] == ("+Inf", 11)
    assert total == pytest.approx(50.001)


def test_clocks_that_differ_are_seen() -> None:
    hop = Hop()
    hop.add_many([-3_000, -1, 0, 4])
    assert hop.figures() == HopFigures(4, LEAST_US / 2e3, LEAST_US / 2e3, ahead=2)


def test_times_beyond_the_bins_count_in_the_last() -> None:
    hop = Hop()
    hop.add(10**12)
    assert hop.figures().count == 1
    assert hop.figures().p50_ms >= 1e6


def test_prometheus_gets_cumulative_counts_by_ascending_edges() -> None:
    hop = Hop()
    hop.add_many([1, 50, 1_000, 90_000, 2_000_000, 10**10])
    (metric,) = [family("andon_hop_seconds", "time", {"write": hop})]
    rows = [s for s in metric.samples if s.name.endswith("_bucket")]
    edges = [float(s.labels["le"]) for s in rows]
    assert edges == sorted(edges)
    assert [s.value for s in rows] == sorted(s.value for s in rows)
    by_edge = {round(float(s.labels["le"]), 9): s.value for s in rows}
    assert by_edge[1e-4] == 2
    assert by_edge[0.1] == 4
    assert {s.labels["hop"] for s in rows} == {"write"}
    assert rows[-1].value == 6
