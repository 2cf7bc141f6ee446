"""What the edge keeps of a past: it goes on from where the past ended, and its sums agree with the store's."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from andon_contracts.plant_clock import PlantClock
from andon_edge.journal import Journal
from andon_edge.runtime.truth import TruthLog
from andon_edge.settings import EdgeSettings

from andon_cli.backfill.past import Stretch


@dataclass(slots=True)
class Handover:
    """Gathers from each stretch what the edge needs; :meth:`write` gives it to the edge's folder."""

    sent: dict[str, int] = field(default_factory=dict)
    stop: int = 0
    states: Mapping[str, Mapping[str, bytes]] = field(default_factory=dict)

    def take(self, stretch: Stretch, truth: TruthLog) -> None:
        for topic, _ in stretch.messages:
            path, _, channel = topic.decode().removeprefix("andon/v1/").rpartition("/")
            if channel != "birth":
                self.sent[path] = self.sent.get(path, 0) + 1
        self.stop = stretch.stop
        self.states = stretch.states or self.states
        truth.write(stretch.truths)

    def write(self, folder: Path, start: int) -> bool:
        """Whether the edge goes on from the end of the past; one that ran before goes on from its own."""
        settings = EdgeSettings(data_dir=folder, secrets_dir=folder)
        journal = Journal(
            settings.journal_file, now=lambda: time.time_ns() // 1000, max_bytes=settings.journal_max_bytes
        )
        try:
            new = not journal.knows_clocks
            for path, sent in self.sent.items():
                # of an edge that ran before the newest stamp is its own, and later
                journal.adopt(path, sent, self.stop)
            if new:
                for key, state in self.states.items():
                    journal.keep_state(key, state)
                    kind, _, enterprise = key.partition(":")
                    if kind == "plant":
                        journal.keep_clock(enterprise, PlantClock.starting(start, 1.0).segments)
            journal.commit()
        finally:
            journal.close()
        return new
