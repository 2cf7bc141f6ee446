"""What every detector can do, on the same made-up machine: three signals that go together, one value a second."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator

import pytest
from andon_platform.analytics.detection.catalogue import DETECTORS, detector
from andon_platform.analytics.detection.port import Detector

LEARN = 300
Make = Callable[[int], Detector]


@pytest.fixture(params=list(DETECTORS))
def make(request: pytest.FixtureRequest) -> Make:
    name: str = request.param
    return lambda learn_rows: detector(name, learn_rows)


def machine(seed: int) -> Iterator[dict[str, float]]:
    dice = random.Random(seed)
    while True:
        load = dice.gauss(0, 1)
        yield {
            "current": 12 + load + dice.gauss(0, 0.2),
            "pressure": 200 + 9 * load + dice.gauss(0, 2),
            "temperature": 60 + dice.gauss(0, 0.5),
        }


def taught(make: Make, seed: int = 1) -> tuple[Detector, Iterator[dict[str, float]]]:
    detector, values = make(LEARN), machine(seed)
    for _ in range(LEARN):
        detector.learn_one(next(values))
    return detector, values


def test_it_warms_up_and_says_how_far_it_is(make: Make) -> None:
    detector, values = make(LEARN), machine(1)
    assert detector.learned == 0
    for _ in range(LEARN // 2):
        value = next(values)
        assert detector.score_one(value) == 0
        detector.learn_one(value)
    assert detector.learned == pytest.approx(0.5)
    for _ in range(LEARN):
        detector.learn_one(next(values))
    assert detector.learned == 1


def test_what_is_normal_mostly_scores_below_one(make: Make) -> None:
    detector, values = taught(make)
    scores = [detector.score_one(next(values)) for _ in range(500)]
    assert min(scores) >= 0
    assert sum(score > 1 for score in scores) < 50


def test_a_broken_sensor_scores_above_one_and_is_named(make: Make) -> None:
    detector, values = taught(make)
    normal = [detector.score_one(next(values)) for _ in range(100)]
    broken = [detector.score_one(next(values) | {"pressure": 900.0})]
    reasons = detector.because()
    assert broken[-1] >= max(normal)
    assert broken[-1] > 1
    assert next(iter(reasons)) == "pressure"
    assert sum(reasons.values()) == pytest.approx(1)
    assert list(reasons.values()) == sorted(reasons.values(), reverse=True)


def test_it_goes_on_from_its_state_as_if_nothing_had_been(make: Make) -> None:
    detector, values = taught(make)
    for _ in range(20):
        detector.score_one(next(values))
    other = make(LEARN)
    other.restore(json.loads(json.dumps(detector.state())))
    for _ in range(50):
        value = next(values)
        assert other.score_one(value) == pytest.approx(detector.score_one(value), rel=1e-9)
        assert other.because() == pytest.approx(detector.because())
    assert other.learned == 1


def test_it_goes_on_learning_from_its_state(make: Make) -> None:
    whole, values = taught(make)
    first, again = make(LEARN), machine(1)
    for _ in range(100):
        first.learn_one(next(again))
    second = make(LEARN)
    second.restore(json.loads(json.dumps(first.state())))
    for _ in range(LEARN - 100):
        second.learn_one(next(again))
    value = next(values)
    assert second.score_one(value) == pytest.approx(whole.score_one(value))


def test_a_signal_that_is_absent_is_as_it_was_and_a_strange_one_is_none_of_its_business(make: Make) -> None:
    (one, values), (two, _) = taught(make), taught(make)
    before = next(values)
    assert one.score_one(before) == two.score_one(before)
    after = next(values) | {"temperature": before["temperature"]}
    without = {k: v for k, v in after.items() if k != "temperature"} | {"humidity": 40.0}
    assert one.score_one(after) == two.score_one(without)


def test_a_signal_that_never_moved_does_not_break_it(make: Make) -> None:
    detector, values = make(LEARN), machine(1)
    for _ in range(LEARN):
        detector.learn_one(next(values) | {"valve": 32.0})
    assert detector.score_one(next(values) | {"valve": 32.0}) < 2
    assert detector.score_one(next(values) | {"valve": 33.0}) >= 0
