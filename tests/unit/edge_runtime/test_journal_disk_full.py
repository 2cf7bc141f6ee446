"""The journal at its bound while its disk is full: it never breaks, and says no more and no less than what is so."""

from __future__ import annotations

import asyncio
import itertools
import sqlite3
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from andon_contracts.codec import decode_event
from andon_contracts.messages import Sample, Telemetry, Voided
from andon_edge.bootstrap import run
from andon_edge.journal import Entry, Journal, JournalFull
from andon_edge.settings import EdgeSettings
from support.edge_process import SmallSource
from support.small_disk import fill, mounted
from support.waiting import until

MACHINES = [f"acme/north/hall/line-1/press-{n}" for n in range(4)]
NOW = 1_800_000_000_000_000
BOUND = 4_000_000
#: Room for a commit of four messages, and not for a change of a hundred pages.
LEFT = 170_000


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    with mounted(tmp_path / "disk", "24m") as folder:
        yield folder


def opened(folder: Path, ticks: Iterator[int]) -> Journal:
    return Journal(folder / "journal.db", now=lambda: next(ticks), max_bytes=BOUND)


def put(journal: Journal, ticks: Iterator[int], rounds: int) -> None:
    for machine in MACHINES * rounds:
        samples = [Sample(t=next(ticks), values={f"x{i}": float(i) for i in range(40)})]
        journal.put(Telemetry(machine=machine, epoch=0, seq=0, samples=samples))


def filled(journal: Journal, ticks: Iterator[int], up_to: int) -> list[Entry]:
    """Messages until the journal holds so many bytes, all of them in its file and none in its log."""
    given: list[Entry] = []
    while journal.used_bytes() < up_to - 200_000:
        put(journal, ticks, 20)
        given += journal.commit()
        journal.checkpoint()
    while journal.used_bytes() < up_to:
        put(journal, ticks, 1)
        given += journal.commit()
    return given


def empty_log(folder: Path) -> None:
    database = sqlite3.connect(folder / "journal.db")
    assert database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0
    database.close()


def sound(journal: Journal, given: list[Entry]) -> int:
    """Every number was given once, and is there or declared gone; how many are gone."""
    gone: Counter[str] = Counter()
    for entry in given:
        event = decode_event(entry.payload) if entry.channel == "event" else None
        if isinstance(event, Voided):
            gone[entry.stream.path] += event.last - event.first + 1
    for machine in MACHINES:
        stream = journal.stream(machine)
        held = journal.after(stream, 0, 0, 1_000_000)
        assert len(held) == stream.pending
        assert stream.sent == stream.next_seq - 1 == len(held) + gone[machine]
        assert stream.voided == gone[machine] and stream.settled == 0
    assert sorted((e.stream.path, e.seq) for e in given) == sorted(
        (s.path, n) for s in journal.streams.values() for n in range(1, s.next_seq)
    )
    return sum(gone.values())


@pytest.mark.parametrize("left", [0, 20_000, 60_000, 200_000])
def test_at_its_bound_on_a_full_disk_it_drops_what_it_can_and_says_just_that(small_disk: Path, left: int) -> None:
    ticks = itertools.count(NOW)
    journal = opened(small_disk, ticks)
    given = filled(journal, ticks, BOUND - 30_000)
    empty_log(small_disk)
    fill(small_disk / "ballast", but=left)
    refused = 0
    for _ in range(60):
        put(journal, ticks, 2)
        try:
            given += journal.commit()
        except JournalFull:
            refused += 1
    if left == 0:
        assert refused  # else the disk was not full, and nothing was tested
    # what the journal holds for the next commit is given neither to the broker nor to the disk
    (small_disk / "ballast").unlink()
    given += journal.commit()
    for _ in range(4):
        put(journal, ticks, 2)
        given += journal.commit()
    assert sound(journal, given) > 0
    assert journal.used_bytes() <= BOUND
    journal.close()
    again = opened(small_disk, ticks)
    assert sound(again, given) > 0
    again.close()


def test_the_disk_that_is_full_while_it_drops(small_disk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The message still fits and the dropping does not: the journal stays over its bound, and says so once."""
    ticks = itertools.count(NOW)
    journal = opened(small_disk, ticks)
    given = filled(journal, ticks, BOUND - 10_000)
    empty_log(small_disk)
    assert "journal full" not in capsys.readouterr().out
    fill(small_disk / "ballast", but=LEFT)
    before = journal.used_bytes()
    for _ in range(40):
        put(journal, ticks, 1)
        try:
            given += journal.commit()
        except JournalFull:
            break
    assert capsys.readouterr().out.count("nothing can be dropped") == 1
    assert journal.used_bytes() >= before
    (small_disk / "ballast").unlink()
    given += journal.commit()
    assert sound(journal, given) > 0 and journal.used_bytes() <= BOUND
    journal.close()


def test_a_new_machine_may_come_and_the_end_may_too(small_disk: Path) -> None:
    ticks = itertools.count(NOW)
    journal = opened(small_disk, ticks)
    put(journal, ticks, 2)
    given = journal.commit()
    fill(small_disk / "ballast")
    late = "acme/north/hall/line-1/press-9"
    with pytest.raises(JournalFull):
        for _ in range(10_000):  # until what the log has room for is used up
            journal.put(Telemetry(machine=late, epoch=0, seq=0, samples=[Sample(t=next(ticks), values={"x": 1.0})]))
            given += journal.commit()
    journal.close()  # the last one cannot be written, and was not given to anybody
    (small_disk / "ballast").unlink()
    again = opened(small_disk, ticks)
    assert again.stream(late).next_seq - 1 == len([e for e in given if e.stream.path == late])
    again.close()


def test_a_journal_that_a_full_disk_does_not_let_open_is_not_called_damaged(small_disk: Path) -> None:
    ticks = itertools.count(NOW)
    journal = opened(small_disk, ticks)
    put(journal, ticks, 3)
    given = journal.commit()
    journal.close()
    fill(small_disk / "ballast")
    with pytest.raises(JournalFull, match="free some space"):
        opened(small_disk, ticks)
    assert list(small_disk.glob("*.broken-*")) == []
    (small_disk / "ballast").unlink()
    again = opened(small_disk, ticks)
    assert again.complete and [again.stream(m).pending for m in MACHINES] == [3, 3, 3, 3]
    assert len(given) == 12
    again.close()


async def test_an_edge_waits_for_the_room_to_open_its_journal(
    small_disk: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sqlite3.connect(small_disk / "journal.db").close()
    fill(small_disk / "ballast")
    settings = EdgeSettings(
        data_dir=small_disk, secrets_dir=tmp_path, mqtt_port=1, mqtt_tls=False, drain_s=0, recall_s=0
    )
    (tmp_path / "mqtt.json").write_text('{"username": "edge", "password": "none"}')
    stop = asyncio.Event()
    edge = asyncio.create_task(run(settings, stop, SmallSource({"w": [MACHINES[0]]}, 50_000)))
    said: list[str] = []

    def heard(text: str) -> bool:
        said.append(capsys.readouterr().out)
        return text in "".join(said)

    await until(lambda: edge.done() or heard("the journal cannot be opened"))
    assert not edge.done()
    (small_disk / "ballast").unlink()
    await until(lambda: edge.done() or heard("ready"))
    stop.set()
    await edge
