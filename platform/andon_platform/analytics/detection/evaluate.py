"""How good a detector is on labelled recordings: by point, by event, and how late it is.

By event: one event is a run of labelled rows; it is found if any of its rows is alarmed (its first such row
gives the delay); an alarm is a run of alarmed rows, false if no labelled row is in it. Both ways are
printed, since the first rewards covering every row and the second rewards crying out once.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from statistics import fmean, median
from typing import Any

from andon_platform.analytics.detection.alarm import Debounce
from andon_platform.analytics.detection.port import Detector


@dataclass(slots=True)
class Tally:
    """Counts pooled over recordings; ratios are 0 where nothing could be counted."""

    tp: int = 0
    fp: int = 0
    fn: int = 0
    tn: int = 0
    events: int = 0
    found: int = 0
    alarms: int = 0
    false_alarms: int = 0
    delays: list[int] = field(default_factory=list)

    def add(self, alarmed: Sequence[bool], labelled: Sequence[bool]) -> None:
        """Count a recording: one value a row in both."""
        for alarm, label in zip(alarmed, labelled, strict=True):
            if label:
                self.tp, self.fn = self.tp + alarm, self.fn + (not alarm)
            else:
                self.fp, self.tn = self.fp + alarm, self.tn + (not alarm)
        for start, stop in runs(labelled):
            self.events += 1
            first = next((i for i in range(start, stop) if alarmed[i]), None)
            if first is not None:
                self.found += 1
                self.delays.append(first - start)
        for start, stop in runs(alarmed):
            self.alarms += 1
            self.false_alarms += not any(labelled[start:stop])

    def figures(self) -> dict[str, float | int | None]:
        """Ratios between 0 and 1; delays in rows. Rates by point are of the rows, by event of the events."""
        precision, recall = _ratio(self.tp, self.tp + self.fp), _ratio(self.tp, self.tp + self.fn)
        event_precision = _ratio(self.alarms - self.false_alarms, self.alarms)
        event_recall = _ratio(self.found, self.events)
        return {
            "precision": precision,
            "recall": recall,
            "f1": _ratio(2 * self.tp, 2 * self.tp + self.fp + self.fn),
            "false_alarm_rate": _ratio(self.fp, self.fp + self.tn),
            "missed_alarm_rate": _ratio(self.fn, self.fn + self.tp),
            "events": self.events,
            "event_precision": event_precision,
            "event_recall": event_recall,
            "event_f1": _harmonic(event_precision, event_recall),
            "event_false_alarm_rate": _ratio(self.false_alarms, self.alarms),
            "event_missed_alarm_rate": _ratio(self.events - self.found, self.events),
            "delay_mean_rows": fmean(self.delays) if self.delays else None,
            "delay_median_rows": median(self.delays) if self.delays else None,
        }


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def _harmonic(a: float, b: float) -> float:
    return 2 * a * b / (a + b) if a + b else 0.0


def runs(flags: Sequence[bool]) -> list[tuple[int, int]]:
    """Half-open ranges of consecutive true values."""
    found, start = [], None
    for i, flag in enumerate(flags):
        if flag and start is None:
            start = i
        elif not flag and start is not None:
            found.append((start, i))
            start = None
    if start is not None:
        found.append((start, len(flags)))
    return found


def alarms(
    detector: Detector, rows: Iterable[Mapping[str, float]], learn: int, debounce: Debounce | None = None
) -> list[bool]:
    """Alarm or not for each row after the first ``learn``; causal: a row's alarm knows no later row."""
    debounce = debounce or Debounce()
    found = []
    for i, row in enumerate(rows):
        if i < learn:
            detector.learn_one(row)
        else:
            found.append(debounce.update(detector.score_one(row)))
    return found


def baselines(labels: Sequence[Sequence[bool]], share: float, seed: int = 1) -> dict[str, dict[str, Any]]:
    """What costs nothing: alarming always, and alarming by chance as often as the detector does (``share``)."""
    dice = random.Random(seed)
    always, chance = Tally(), Tally()
    for labelled in labels:
        always.add([True] * len(labelled), labelled)
        chance.add([dice.random() < share for _ in labelled], labelled)
    return {"always": always.figures(), "random": chance.figures()}


def pooled(tally: Tally) -> dict[str, Any]:
    """Figures and the counts behind them."""
    return tally.figures() | {k: v for k, v in asdict(tally).items() if k in ("tp", "fp", "fn", "tn")}
