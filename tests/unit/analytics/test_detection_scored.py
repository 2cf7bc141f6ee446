"""Detectors on recordings: the published benchmark's figures, counting by point and by event, the command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from andon_cli.main import _app
from andon_platform.analytics.detection.alarm import Debounce
from andon_platform.analytics.detection.evaluate import Tally, baselines, runs
from typer.testing import CliRunner

SKAB = sorted((Path(__file__).parents[2] / "data/skab/valve1").glob("*.csv"))


def run(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(_app, ["detect", *words])
    return done.exit_code, done.output


def test_the_default_on_skab_is_better_than_what_was_published() -> None:
    assert len(SKAB) == 16
    code, out = run(
        "score", *map(str, SKAB), "--label", "anomaly", "--ignore", "changepoint", "--learn", "400", "--json"
    )
    assert code == 0, out
    found = json.loads(out)
    assert found["rows"] == 11_760
    # Conv-AE .78 and MSET .78 are the best that SKAB's own page lists; alarming always is .70 here
    assert found["f1"] >= 0.84
    assert found["false_alarm_rate"] < 0.17
    assert found["missed_alarm_rate"] < 0.175
    assert found["event_recall"] == 1
    assert found["baselines"]["always"]["f1"] == pytest.approx(0.698, abs=0.001)
    assert found["baselines"]["random"]["f1"] < 0.6


def test_counts_by_point_and_by_event() -> None:
    tally = Tally()
    labels = [0, 0, 1, 1, 1, 0, 0, 1, 1, 0]
    alarm_ = [0, 1, 0, 1, 1, 1, 0, 0, 0, 1]
    tally.add([bool(a) for a in alarm_], [bool(v) for v in labels])
    assert (tally.tp, tally.fp, tally.fn, tally.tn) == (2, 3, 3, 2)
    found = tally.figures()
    assert found["precision"] == pytest.approx(2 / 5)
    assert found["recall"] == pytest.approx(2 / 5)
    assert found["f1"] == pytest.approx(2 / 5)
    assert found["false_alarm_rate"] == pytest.approx(3 / 5)
    # alarms: row 1 (false), rows 3 to 5 (true), row 9 (false); events: rows 2 to 4 (found, one row late), 7 to 8
    assert (tally.alarms, tally.false_alarms, tally.events, tally.found) == (3, 2, 2, 1)
    assert found["event_precision"] == pytest.approx(1 / 3)
    assert found["event_recall"] == pytest.approx(1 / 2)
    assert found["delay_mean_rows"] == 1


@pytest.mark.parametrize(
    ("delays", "median"), [([], None), ([4], 4), ([3, 1], 2), ([0, 9, 2], 2), ([90, 1, 4, 0], 2.5)]
)
def test_the_median_delay_lies_in_the_middle(delays: list[int], median: float | None) -> None:
    assert Tally(delays=delays).figures()["delay_median_rows"] == median


def test_runs() -> None:
    assert runs([True, True, False, True]) == [(0, 2), (3, 4)]
    assert runs([]) == []


def test_an_alarm_needs_three_in_a_row_and_ends_clearly_below() -> None:
    alarm = Debounce()
    assert [alarm.update(s) for s in (1.2, 1.2, 0.9, 1.1, 1.1, 1.1, 0.9, 0.85, 0.8, 1.5)] == [
        False, False, False, False, False, True, True, True, False, False,
    ]  # fmt: skip


def test_baselines_alarm_as_often_as_asked() -> None:
    found = baselines([[False] * 5_000 + [True] * 5_000], 0.3)
    assert found["always"]["recall"] == 1
    assert found["random"]["recall"] == pytest.approx(0.3, abs=0.03)
    assert found["random"]["precision"] == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--label", "anomalie"], "no column 'anomalie' (columns: Accelerometer1RMS"),
        (["--label", "anomaly", "--ignore", "anomaly"], "that is the label column"),
        (["--label", "anomaly", "--ignore", "nix"], "no column 'nix'"),
        (["--label", "anomaly", "--learn", "5000"], "nothing is left to score"),
        (["--label", "anomaly", "--detector", "crystal-ball"], "there are level-and-trend"),
    ],
)
def test_what_cannot_be_scored_is_said(words: list[str], said: str) -> None:
    code, out = run("score", str(SKAB[0]), *words)
    assert code == 2
    assert said in out
