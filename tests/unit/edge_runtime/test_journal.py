"""The journal: numbering, epochs, settlement, its bound, and what happens to it when it is damaged."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from andon_contracts.codec import decode_event, encode
from andon_contracts.identity import Identity
from andon_contracts.messages import EpochMark, Sample, Span, StateChanged, Telemetry, Voided, Watermark
from andon_edge.journal import Journal
from andon_edge.runtime.settlement import Settlement

PRESS = "acme/north/hall/line-1/press-1"
NOW = 1_800_000_000_000_000


class Clock:
    def __init__(self) -> None:
        self.us = NOW

    def now(self) -> int:
        return self.us

    def monotonic(self) -> float:
        return self.us / 1e6


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def journal_of(tmp_path: Path, clock: Clock) -> Callable[..., Journal]:
    def make(max_bytes: int = 100_000_000) -> Journal:
        return Journal(tmp_path / "journal.db", now=clock.now, max_bytes=max_bytes)

    return make


def told(t: int, size: int = 1) -> Telemetry:
    return Telemetry(machine=PRESS, epoch=0, seq=0, samples=[Sample(t=t, values={f"x{i}": 1.0 for i in range(size)})])


def test_numbers_have_no_gap_and_stamps_grow(journal_of: Callable[..., Journal]) -> None:
    journal = journal_of()
    for t in (NOW + 10, NOW + 10, NOW + 5, NOW + 20):
        journal.put(told(t))
    entries = journal.commit()
    assert [e.seq for e in entries] == [1, 2, 3, 4]
    stamps = [msgspec.json.decode(e.payload)["samples"][0]["t"] for e in entries]
    assert stamps == sorted(set(stamps)) and len({e.epoch for e in entries}) == 1


def test_a_killed_process_finds_its_numbers_and_states(journal_of: Callable[..., Journal]) -> None:
    journal = journal_of()
    journal.put(told(NOW + 1))
    journal.keep_state("w", {"a": b"1"})
    journal.commit()
    journal.put(told(NOW + 2))  # put and not written: never published, so it never was
    journal.keep_state("w", {"a": b"2"})
    journal.abandon()
    again = journal_of()
    again.put(told(NOW + 3))
    (entry,) = again.commit()
    assert entry.seq == 2 and again.state("w") == {"a": b"1"}
    assert [e.seq for e in again.after(entry.stream, 0, 0, 10)] == [1, 2]


def test_a_clock_far_back_opens_an_epoch(journal_of: Callable[..., Journal]) -> None:
    journal = journal_of()
    journal.put(told(NOW + 10_000_000))
    journal.put(told(NOW))
    first, second = journal.commit()
    assert second.epoch > first.epoch and (first.seq, second.seq) == (1, 1)


def test_a_damaged_file_is_set_aside(journal_of: Callable[..., Journal], tmp_path: Path, clock: Clock) -> None:
    journal = journal_of()
    journal.put(told(NOW + 1))
    (before,) = journal.commit()
    journal.close()
    (tmp_path / "journal.db").write_bytes(b"no database at all" * 1000)
    clock.us += 1
    again = journal_of()
    again.put(told(NOW + 2))
    (after,) = again.commit()
    assert after.epoch > before.epoch and after.seq == 1
    assert list(tmp_path.glob("journal.db.broken-*"))


def test_a_power_cut_begins_new_epochs(journal_of: Callable[..., Journal], tmp_path: Path, clock: Clock) -> None:
    journal = journal_of()
    journal.put(told(NOW + 1))
    (before,) = journal.commit()
    journal.abandon()
    with sqlite3.connect(tmp_path / "journal.db") as database:
        database.execute("UPDATE meta SET value = value - 1000 WHERE key = 'boot'")
    database.close()
    clock.us += 5
    again = journal_of()
    assert not again.complete and again.stream(PRESS).epoch > before.epoch
    assert len(again.after(again.stream(PRESS), 0, 0, 10)) == 1  # what was pending still goes out


def test_what_is_too_large_is_void(journal_of: Callable[..., Journal]) -> None:
    journal = journal_of()
    journal.put(told(NOW + 1, size=60_000))
    (entry,) = journal.commit()
    void = decode_event(entry.payload)
    assert isinstance(void, Voided) and (void.first, void.last, void.reason) == (1, 1, "too-large")
    stream = journal.stream(PRESS)
    assert (stream.sent, stream.voided, stream.pending) == (2, 1, 1)


def test_a_full_journal_drops_the_oldest_and_says_so(journal_of: Callable[..., Journal]) -> None:
    journal = journal_of(max_bytes=300_000)
    entries = []
    for i in range(400):
        journal.put(told(NOW + i * 1000, size=200))
        entries += journal.commit()
    assert journal.used_bytes() <= 310_000
    voids = [e for e in entries if e.channel == "event"]
    assert voids
    stream = journal.stream(PRESS)
    kept = {e.seq for e in journal.after(stream, 0, 0, 10_000)}
    lost: set[int] = set()
    for event in (decode_event(e.payload) for e in voids):
        assert isinstance(event, Voided) and event.reason == "dropped-by-policy"
        lost |= set(range(event.first, event.last + 1))
    assert kept | lost == set(range(1, stream.next_seq)) and not kept & lost
    assert stream.sent == stream.pending + stream.voided + stream.settled and stream.settled == 0
    journal.abandon()


class Asked:
    def __init__(self) -> None:
        self.spans: list[tuple[int, int, int]] = []

    def resend(self, epoch: int, first: int, last: int) -> int:
        self.spans.append((epoch, first, last))
        return last

    def progressed(self) -> None: ...
    def announce(self) -> None: ...


def test_watermarks_settle_resend_and_void(journal_of: Callable[..., Journal], clock: Clock) -> None:
    journal, link = journal_of(), Asked()
    settlement = Settlement(journal, clock.monotonic)
    for i in range(10):
        journal.put(told(NOW + i))
    epoch = journal.commit()[0].epoch
    machine = Identity.parse(PRESS)

    def mark(*epochs: EpochMark) -> None:
        settlement.received(machine, encode(Watermark(machine=PRESS, t=1, epochs=list(epochs))), link)

    mark(EpochMark(epoch=epoch, settled=4, missing=[Span(6, 7)]))
    assert link.spans == [(epoch, 6, 7)]
    journal.commit()
    assert [e.seq for e in journal.after(journal.stream(PRESS), 0, 0, 99)] == [5, 6, 7, 8, 9, 10]
    mark(EpochMark(epoch=epoch, settled=4, missing=[Span(6, 7)]))
    assert len(link.spans) == 1  # asked twice at once: sent once
    mark(EpochMark(epoch=epoch, settled=4, missing=[Span(5, 9)]))
    assert link.spans[1:] == [(epoch, 5, 5), (epoch, 8, 9)]  # and what is on its way already is left out
    lost = EpochMark(epoch=7, settled=2, missing=[Span(3, 5)])
    mark(lost)
    assert journal.commit() == []
    mark(lost)
    (entry,) = journal.commit()
    void = decode_event(entry.payload)
    assert isinstance(void, Voided)
    assert (void.of_epoch, void.first, void.last, void.reason) == (7, 3, 5, "journal-lost")
    mark(lost)
    assert journal.commit() == []  # declared once
    stream = journal.stream(PRESS)
    assert stream.sent == 11 and stream.settled == 4 and stream.pending == 7 and stream.voided == 0


def test_a_platform_ahead_of_the_journal_opens_an_epoch(journal_of: Callable[..., Journal], clock: Clock) -> None:
    journal = journal_of()
    journal.put(told(NOW))
    epoch = journal.commit()[0].epoch
    mark = Watermark(machine=PRESS, t=1, epochs=[EpochMark(epoch=epoch, settled=9)])
    Settlement(journal, clock.monotonic).received(Identity.parse(PRESS), encode(mark), Asked())
    assert journal.stream(PRESS).epoch > epoch


def test_replies_are_kept(journal_of: Callable[..., Journal]) -> None:
    journal = journal_of()
    journal.keep_reply(PRESS, "c1", b"yes")
    assert journal.reply(PRESS, "c1") == b"yes"
    journal.commit()
    journal.abandon()
    assert journal_of().reply(PRESS, "c1") == b"yes"


def test_events_share_the_count(journal_of: Callable[..., Journal]) -> None:
    journal = journal_of()
    journal.put(told(NOW))
    journal.put(StateChanged(machine=PRESS, epoch=0, seq=0, t=NOW + 1, state="idle"))
    assert [(e.seq, e.channel) for e in journal.commit()] == [(1, "telemetry"), (2, "event")]
