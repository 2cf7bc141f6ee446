"""Scrap that people found and reasons that they gave: figures add up as before, however ranges are cut."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
from andon_contracts.messages import PiecesCounted, StateChanged
from andon_contracts.plant_clock import PlantClock
from andon_platform.analytics.oee.calendar import Calendar
from andon_platform.analytics.oee.elements import Elements
from andon_platform.analytics.oee.explained import Given, Scrapped, explained
from andon_platform.analytics.oee.kpis import kpis
from andon_platform.analytics.oee.losses import pareto, waterfall
from andon_platform.analytics.oee.report import Past, machine_elements
from andon_platform.analytics.oee.states import intervals
from andon_platform.people.deed import Deed, Refused
from andon_platform.people.desk import People
from andon_platform.people.scrap import Counted, Pieces, last_good
from andon_platform.people.stops import LOOK_BACK_US
from andon_platform.registry.database import open_database
from hypothesis import given
from hypothesis import strategies as st

PRESS = "polaris/north/cabinets/cabinets-1/press-1"
STATES = ("producing", "down", "starved", "blocked", "setup", "idle", "planned")
END = 10_000


def state(t: int, name: str, reason: str, seq: int) -> StateChanged:
    return StateChanged(machine=PRESS, epoch=1, seq=seq, t=t, state=name, reason=reason)  # type: ignore[arg-type]


def count(t: int, good: int, seq: int, product: str = "") -> PiecesCounted:
    return PiecesCounted(machine=PRESS, epoch=1, seq=seq, t=t, good=good, product=product)


_changes = st.lists(
    st.tuples(st.integers(0, END), st.sampled_from(STATES), st.sampled_from(("", "jam", "hot"))), max_size=20
)
_silent = st.lists(st.tuples(st.integers(0, END), st.integers(0, 900)).map(lambda p: (p[0], p[0] + p[1])), max_size=3)
_given = st.lists(
    st.tuples(st.integers(0, END), st.sampled_from(STATES[1:]), st.sampled_from(("no pallet", "jam"))).map(
        lambda g: Given(*g)
    ),
    max_size=8,
)


@given(_changes, _silent, _given, st.lists(st.integers(0, END), min_size=1, max_size=4))
def test_reasons_of_people_change_reasons_and_nothing_else(
    changes: list[tuple[int, str, str]], silent: list[tuple[int, int]], said: list[Given], cuts: list[int]
) -> None:
    events = [state(t, name, reason, i) for i, (t, name, reason) in enumerate(changes)]
    clock, calendar = PlantClock.starting(1), Calendar([])

    def of(start: int, stop: int, words: list[Given]) -> Elements:
        before = max((e for e in events if e.t < start), key=lambda e: (e.t, e.seq), default=None)
        within = [e for e in events if start <= e.t < stop]
        return machine_elements(Past(before, within, silent, given=words), clock, calendar, start, stop)

    own, told = of(0, END, []), of(0, END, said)
    for name in ("apt", "asut", "starved", "blocked", "down", "adot", "planned_stop", "offline", "failures"):
        assert getattr(own, name) == getattr(told, name)
    assert own.calendar == told.calendar == END

    def by_state(e: Elements) -> Counter[str]:
        found: Counter[str] = Counter()
        for (name, _), us in e.by_reason.items():
            found[name] += us
        return found

    assert by_state(own) == by_state(told)
    assert sum(x.us for x in pareto(own)) == sum(x.us for x in pareto(told))
    assert waterfall(own) == waterfall(told)
    # splitting a range changes no time, and no reason of a stop whose beginning the parts know
    points = [0, *sorted(set(cuts) - {0, END}), END]
    parts = sum((of(a, b, said) for a, b in pairwise(points)), start=Elements())
    assert by_state(parts) == by_state(told)


def test_a_reason_is_for_the_whole_stop_and_for_no_other() -> None:
    events = [
        state(0, "producing", "", 1),
        state(100, "down", "E-7", 2),
        state(200, "down", "waits for repair", 3),
        state(300, "producing", "", 4),
        state(400, "down", "E-7", 5),
        state(500, "producing", "", 6),
    ]
    found = explained(intervals(events, 0, 600, silent=[(220, 240)]), [Given(150, "down", "Bearing")])
    assert [(i.start, i.state, i.reason) for i in found if i.state != "producing"] == [
        (100, "down", "Bearing"), (200, "down", "Bearing"), (220, "offline", ""), (240, "down", "Bearing"),
        (400, "down", "E-7"),
    ]  # fmt: skip
    wrong_state = explained(intervals(events, 0, 600), [Given(150, "starved", "No pallet")])
    assert wrong_state == intervals(events, 0, 600)
    last = explained(intervals(events, 0, 600), [Given(150, "down", "Bearing"), Given(260, "down", "Motor")])
    assert {i.reason for i in last if i.start in (100, 200)} == {"Motor"}


def test_late_news_of_the_machine_ends_the_stop_that_was_explained() -> None:
    past = Past(None, [state(0, "down", "E-7", 1)], given=[Given(10, "down", "Bearing")])
    clock, calendar = PlantClock.starting(1), Calendar([])
    assert machine_elements(past, clock, calendar, 0, 1_000).by_reason == {("down", "Bearing"): 1_000}
    late = Past(None, [*past.events, state(400, "producing", "", 2), state(700, "down", "E-9", 3)], given=past.given)
    assert machine_elements(late, clock, calendar, 0, 1_000).by_reason == {
        ("down", "Bearing"): 400,
        ("down", "E-9"): 300,
    }


_counts = st.lists(st.tuples(st.integers(1, 100), st.integers(1, 5)), min_size=1, max_size=12)


@given(_counts, st.lists(st.integers(1, 6), max_size=6), st.lists(st.integers(0, 101), max_size=4))
def test_booked_scrap_moves_pieces_from_good_to_scrap(
    counts: list[tuple[int, int]], bookings: list[int], cuts: list[int]
) -> None:
    events = [count(t, good, i) for i, (t, good) in enumerate(counts)]
    taken: list[Pieces] = []
    booked = 0
    for wanted in bookings:
        try:
            taken += last_good([Counted(e.t, e.good) for e in events], taken, wanted, PRESS)
            booked += wanted
        except Refused:
            assert sum(e.good for e in events) - booked < wanted
    past = Past(None, events, scrapped=[Scrapped(p.t, p.pieces) for p in taken])
    clock, calendar = PlantClock.starting(1), Calendar([])
    whole = machine_elements(past, clock, calendar, 0, 102)
    assert (whole.produced, whole.scrap) == (sum(e.good for e in events), booked)
    points = [0, *sorted(set(cuts) - {0}), 102]
    parts = [machine_elements(past, clock, calendar, a, b) for a, b in pairwise(points) if a < b]
    assert all(p.good >= 0 and p.scrap >= 0 for p in parts)
    assert (sum(p.good for p in parts), sum(p.scrap for p in parts)) == (whole.good, whole.scrap)


def test_the_last_pieces_are_meant_and_the_quality_ratio_says_so() -> None:
    counted = [Counted(10, 1, "slim"), Counted(20, 1, "slim"), Counted(30, 2, "family")]
    first = last_good(counted, [], 3, PRESS)
    assert first == [Pieces(PRESS, 30, 2, "family"), Pieces(PRESS, 20, 1, "slim")]
    with pytest.raises(Refused, match="press-1 has made 1 good pieces lately"):
        last_good(counted, first, 2, PRESS)
    events = [count(c.t, c.good, i, c.product) for i, c in enumerate(counted)]
    past = Past(None, events, scrapped=[Scrapped(p.t, p.pieces, p.product) for p in first])
    found = machine_elements(past, PlantClock.starting(1), Calendar([]), 0, 100)
    assert kpis(found).quality_ratio == 0.25
    slim = machine_elements(past, PlantClock.starting(1), Calendar([]), 0, 100, product="slim")
    assert (slim.good, slim.scrap) == (1, 1)


async def test_bookings_are_kept_and_can_be_taken_back(tmp_path: Path) -> None:
    engine = await open_database(f"sqlite+aiosqlite:///{tmp_path / 'people.db'}")
    people = People(engine)
    await people.open()
    scrap, maria = people.scrap, "Maria (operator:a)"
    a = await scrap.book(PRESS, [Pieces(PRESS, 30, 2), Pieces(PRESS, 20, 1)], "scratch", "", Deed(maria, 40, "p:1"))
    assert await scrap.book(PRESS, [Pieces(PRESS, 30, 2)], "scratch", "", Deed(maria, 41, "p:1")) == a
    b = await scrap.book(PRESS, [Pieces(PRESS, 0, 1, "slim")], "dent", "RF-1", Deed(maria, 50))
    with pytest.raises(Refused, match="RF-1 is booked"):
        await scrap.book(PRESS, [Pieces(PRESS, 30, 1)], "dent", "RF-1", Deed(maria, 51))
    assert [(p.t, p.pieces) for p in await scrap.pieces([PRESS], 0, 100)] == [(20, 1), (30, 2)]
    assert await scrap.pieces(["polaris"], 21, 30) == []
    assert [(w.id, p.t) for w, p in await scrap.waiting(["polaris"])] == [(b.id, 0)]
    await scrap.counted(b, Counted(60, 1, "family"))
    assert await scrap.waiting([]) == []
    assert (await scrap.pieces([PRESS], 60, 61))[0].product == "family"
    undone = await scrap.undo(a.id, "wrong machine", Deed(maria, 70))
    assert (undone.undone, undone.undone_why) == (70, "wrong machine")
    assert [p.t for p in await scrap.pieces([], 0, 100)] == [60]
    assert len(await scrap.find(["polaris"], 0, 100)) == 2, "what was taken back stays in the list"
    with pytest.raises(Refused, match="taken it back"):
        await scrap.undo(a.id, "", Deed("Tom (operator:b)", 80))
    await engine.dispose()


async def test_reasons_are_kept_and_can_be_taken_back(tmp_path: Path) -> None:
    engine = await open_database(f"sqlite+aiosqlite:///{tmp_path / 'people.db'}")
    people = People(engine)
    await people.open()
    now = 10 * LOOK_BACK_US
    first = await people.stops.say(PRESS, now - 5, "down", "jam", "Jam", Deed("a", now, "p:1"))
    assert await people.stops.say(PRESS, now - 5, "down", "tool", "Tool", Deed("a", now, "p:1")) == first
    second = await people.stops.say(PRESS, now - 5, "down", "", "Belt", Deed("b", now + 1))
    assert [r.reason for r in await people.stops.of([PRESS, "x"], now, now + 9)] == ["Jam", "Belt"]
    await people.stops.undo(second.id, Deed("b", now + 2))
    assert [r.reason for r in await people.stops.of([PRESS], now, now + 9)] == ["Jam"]
    assert await people.stops.of([PRESS], now + LOOK_BACK_US, now + LOOK_BACK_US + 9) == []
    await engine.dispose()
