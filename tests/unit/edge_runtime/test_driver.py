"""Time in the driver: sleep, a stop, a clock set back, a pace that changes, a disk that is full."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from andon_contracts.codec import decode_event
from andon_contracts.messages import GapMarked
from andon_contracts.plant_clock import PlantClock
from andon_edge.journal import Entry, Journal
from andon_edge.ports import Outgoing
from andon_edge.runtime.driver import Driver
from andon_edge.runtime.plants import Plants
from andon_edge.runtime.time import Times
from support.small_world import SmallWorld

PRESS, BEND = "acme/north/hall/line-1/press-1", "acme/north/hall/line-1/bend-1"
NOW = 1_800_000_000_000_000


class Bench:
    def __init__(self, folder: Path) -> None:
        self.us, self.folder = NOW, folder
        self.begin()

    def begin(self) -> None:
        self.journal = Journal(self.folder / "journal.db", now=lambda: self.us, max_bytes=10**9)
        times = Times(lambda: self.us, lambda: self.us / 1e6)
        self.plants = Plants(self.journal, times, 1.0, lambda _: None)
        self.driver = Driver(self.journal, times, self.plants.clock, lambda *_: None, lambda _: None)
        self.driver.stepped_back = self.plants.stepped_back  # type: ignore[method-assign]
        self.world = SmallWorld([PRESS, BEND])
        self.driver.add("w", self.world)

    def live(self, seconds: float, step: float = 0.1) -> list[Entry]:
        entries: list[Entry] = []
        for _ in range(round(seconds / step)):
            self.us += round(step * 1e6)
            self.driver.tick()
            entries += self.driver.commit()
        return entries


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def gaps(entries: list[Entry]) -> list[GapMarked]:
    found = [decode_event(e.payload) for e in entries if e.channel == "event"]
    return [event for event in found if isinstance(event, GapMarked)]


def test_a_computer_that_slept_goes_on_at_the_present(bench: Bench) -> None:
    bench.live(1)
    entries = bench.live(3600, step=3600) + bench.live(1)
    assert [(g.machine, g.reason) for g in gaps(entries)] == [(PRESS, "asleep"), (BEND, "asleep")]
    assert len(entries) < 30 and bench.world.skipped == [NOW + 3_601_000_000]


def test_a_process_that_was_off_marks_the_gap_and_counts_on(bench: Bench) -> None:
    before = bench.live(1)
    bench.journal.abandon()
    bench.us += 3_600_000_000
    bench.begin()
    after = bench.live(1)
    assert {g.reason for g in gaps(after)} == {"stopped"}
    seqs = [e.seq for e in before + after if e.stream.path == PRESS]
    assert (
        seqs == list(range(1, len(seqs) + 1)) and len({e.epoch for e in before + after if e.stream.path == PRESS}) == 1
    )
    assert bench.world.count > 10


def test_a_quick_restart_is_no_gap(bench: Bench) -> None:
    bench.live(1)
    bench.journal.abandon()
    bench.us += 1_000_000
    bench.begin()
    assert not gaps(bench.live(1))


def test_a_clock_set_back_opens_epochs_and_plant_time_goes_on(bench: Bench) -> None:
    before = bench.live(2)
    plant = bench.plants.clock("acme").plant(bench.us)
    bench.us -= 3_600_000_000
    after = bench.live(2)
    assert {e.seq for e in after if e.stream.path == PRESS} >= {1, 2}
    assert min(e.epoch for e in after) > max(e.epoch for e in before)
    stamps = [msgspec.json.decode(e.payload)["samples"][0]["t"] for e in after if e.stream.path == PRESS]
    assert stamps == sorted(stamps) and stamps[-1] <= bench.us
    assert bench.plants.clock("acme").plant(bench.us) > plant


def test_a_small_correction_is_waited_out(bench: Bench) -> None:
    before = bench.live(1)
    bench.us -= 300_000
    after = bench.live(1)
    assert {e.epoch for e in after} <= {e.epoch for e in before} and not gaps(after)


def test_a_world_that_fails_leaves_the_others_alone(bench: Bench) -> None:
    other = SmallWorld(["acme/north/hall/line-1/paint-1"])
    other.advance = lambda *_: 1 / 0  # type: ignore[assignment]
    bench.driver.add("broken", other)
    assert bench.live(1)
    assert "broken" in bench.driver.worlds["broken"].failed


def test_a_world_that_is_due_at_the_moment_it_has_lived_to_does_not_hold_the_loop(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.live(1)
    asked: list[int] = []
    advance = bench.world.advance

    def counted(clock: PlantClock, wall: int) -> list[Outgoing]:
        asked.append(wall)
        assert len(asked) < 100, "the loop asks for the same moment again and again"
        return advance(clock, wall)

    monkeypatch.setattr(bench.world, "advance", counted)
    monkeypatch.setattr(bench.world, "due", lambda clock: bench.us)
    bench.live(1)
    assert len(asked) == len(set(asked))
