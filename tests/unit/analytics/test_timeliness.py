"""Timeliness: shares, quantiles and stretches from counts of delays."""

from __future__ import annotations

import pytest
from andon_platform.analytics.quality import Minute
from andon_platform.analytics.timeliness import of_signal, timeliness
from andon_platform.data.aggregate import MINUTE
from andon_platform.data.delays import BINS, EDGES, Delays, added, edge_for, quantile
from hypothesis import given
from hypothesis import strategies as st

M = "e/s/a/l/m"
S = 1_000_000


def minute(n: int, seconds: dict[float, int]) -> Delays:
    """Values by the seconds that they took."""
    counts = [0] * BINS
    for took, many in seconds.items():
        counts[next((i for i, e in enumerate(EDGES) if took * S <= e), BINS - 1)] += many
    return Delays(M, n * MINUTE, 0, tuple(counts), round(max(seconds) * S))


def test_values_within_the_named_time_are_timely() -> None:
    found = timeliness([minute(0, {0.4: 90, 2.5: 5, 4.0: 5})], 3 * S)
    assert (found.within_s, found.timed, found.share) == (3.0, 100, 0.95)
    assert found.longest_s == 4.0 and found.late == ()
    assert found.p50_s is not None and 0.2 < found.p50_s <= 0.5
    assert found.p99_s is not None and 3.0 < found.p99_s <= 4.0


def test_a_time_between_two_edges_is_taken_up_and_said() -> None:
    assert timeliness([minute(0, {2.5: 1})], round(2.2 * S)).within_s == 3.0
    assert edge_for(0) == EDGES[0] and edge_for(10**12) == EDGES[-1]


def test_nothing_timed_has_no_share() -> None:
    found = timeliness([], S)
    assert (found.timed, found.share, found.p50_s, found.p99_s, found.longest_s, found.late) == (
        0, None, None, None, None, (),
    )  # fmt: skip


def test_a_link_loss_is_a_stretch_and_its_end_belongs_to_no_other() -> None:
    good, held = {0.5: 60}, {400.0: 60}
    minutes = [minute(0, good), minute(1, {0.5: 20, 500.0: 40}), minute(2, held), minute(3, {0.5: 40, 20.0: 20})]
    found = timeliness([*minutes, minute(9, held)], 3 * S).late
    assert [(s.start // MINUTE, s.stop // MINUTE, s.values, s.late, s.longest_s) for s in found] == [
        (1, 3, 120, 100, 500.0), (9, 10, 60, 60, 400.0),
    ]  # fmt: skip


def test_a_signal_weighs_minutes_by_its_own_values() -> None:
    delays = [minute(0, {0.5: 60}), minute(1, {400.0: 60})]
    rare = {0: Minute(1.0, 0.0, 0.0), MINUTE: Minute(3.0, 0.0, 0.0)}
    assert of_signal(delays, rare, 3 * S) == 0.25
    assert of_signal(delays, {}, 3 * S) is None
    assert of_signal([], rare, 3 * S) is None


@given(st.lists(st.floats(0, 200_000), min_size=1, max_size=60), st.sampled_from([0.01, 0.5, 0.99, 1.0]))
def test_a_quantile_lies_in_the_bin_of_the_value_that_it_means(seconds: list[float], share: float) -> None:
    found = minute(0, dict.fromkeys(seconds, 1))
    ordered = sorted({round(s * S) for s in seconds})
    value = quantile(found.counts, share, found.longest)
    wanted = ordered[min(len(ordered) - 1, max(0, -(-round(share * len(ordered) * 100) // 100) - 1))]
    low = max((e for e in (0, *EDGES) if e < wanted), default=0)
    high = min((e for e in EDGES if e >= wanted), default=found.longest)
    assert value is not None and (low <= value <= max(high, low) + 1 or len(set(seconds)) != len(ordered))


def test_parts_of_a_minute_add_up_in_any_order() -> None:
    parts = [Delays(M, 0, p, (1,) * BINS, p) for p in (3, 1, 2)] + [Delays("other", 0, 1, (1,) * BINS, 9)]
    assert added(parts) == added(parts[::-1]) == [
        Delays(M, 0, 0, (3,) * BINS, 3), Delays("other", 0, 0, (1,) * BINS, 9),
    ]  # fmt: skip


def test_edges_grow_and_the_default_is_one_of_them() -> None:
    assert list(EDGES) == sorted(set(EDGES)) and edge_for(3 * S) == 3 * S
    assert pytest.approx(EDGES[-1]) == 86_400 * S
